"""Run benchmarks by name, or all of them: `python -m bench [NAME…]`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def names() -> list[str]:
    """The benchmarks there are: every module beside this one that does not start with `_`."""
    return sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
    )


def main(wanted: list[str]) -> int:
    """Run the wanted benchmarks, or all; an unknown name is an error that lists the known."""
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(names())}")
        return 2
    for name in wanted or names():
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
