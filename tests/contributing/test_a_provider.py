"""A provider is added as CONTRIBUTING.md says, in three files, and is asked like the others."""

from __future__ import annotations

import json

USED = """
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from segue.music.track import Artist, Track
from segued.config.load import check
from segued.enrich.lyrics import LyricLookup
from segued.enrich.sources import lyric_sources, requests_made
from segued.run import Run
from segued.store.state import State


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.rstrip("?")
        body = json.dumps({"lyrics": "rain on the roof"}).encode()
        self.send_response({"/Ina%20Vale/Rain": 200, "/Ina%20Vale/Snow": 404}.get(path, 503))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
settings = check(
    '[lyrics]\\nsources = ["sheets"]\\ninterval_seconds = 0.0\\n'
    f'sheets_url = "http://127.0.0.1:{server.server_address[1]}"',
    "c",
    {},
).settings
state = State.open(Path("state"))
now = datetime(2026, 11, 20, tzinfo=UTC)
artist = (Artist(name="Ina Vale", id="i"),)
found = {}
with lyric_sources(Run(settings, state, {}, lambda: now)) as sources:
    lookup = LyricLookup(sources)
    for title in ("Rain", "Snow", "Hail"):
        name, lyrics, failed = lookup.find(Track(id=title, title=title, artists=artist))
        found[title] = [name, lyrics and lyrics.text, failed]
found["requests"] = requests_made(state.budget)["sheets"] >= 3
state.close()
print(json.dumps(found))
"""


def test_a_provider_takes_three_files_and_is_asked_like_the_others(walked) -> None:
    house = walked("A provider")
    assert len(set(house.touched)) == 3
    found = json.loads(house.python(USED))
    assert found == {
        "Rain": ["sheets", "rain on the roof", False],
        "Snow": ["sheets", None, False],
        "Hail": ["", None, True],
        "requests": True,
    }
