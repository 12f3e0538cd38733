"""What the site of the documentation takes from files outside docs/: a hook of mkdocs.

The steps of CONTRIBUTING.md and the example configuration are pages of it, and links from pages to
files of the repository that are no pages become plain text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Add the pages that are kept outside docs/."""
    for name, text in (("contributing.md", contributing()), ("config-example.md", example())):
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Leave of a link out of docs/ its words."""
    return _LINK.sub(lambda m: m[1] if m[2].startswith("../") else m[0], markdown)


def contributing() -> str:
    """The steps for contributors, with links as seen from docs/."""
    return (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("](docs/", "](")


def example() -> str:
    """The example configuration, whole."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    return (
        "# An example with everything\n\n"
        "Every option with its default and a line on why, as `segue init` knows them.\n\n"
        f"```toml\n{text}```\n"
    )
