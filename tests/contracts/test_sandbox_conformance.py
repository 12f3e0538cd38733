"""The sandbox answers every call Segue makes as the Web API does.

What it is held to is a table of facts of this project's own, and so holds in any clone; where the
Web API's description and recorded answers are at hand, the table and the answers are held to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from tests.contracts.calls import calls, names
from tests.contracts.facts import KINDS, TABLE, example, problems

from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox, running

NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
REGIMES = ("development", "extended")
OPERATIONS = [(regime, name) for regime in REGIMES for name in TABLE["operations"][regime]]
CLIENT = Path(__file__).parents[2] / "daemon" / "segued" / "spotify"
RECORDED = {
    "GET /me": ("current_user",),
    "GET /me/tracks": ("saved_tracks",),
    "GET /me/albums": ("saved_albums",),
    "GET /me/playlists": ("current_user_playlist_1", "current_user_playlist_2"),
    "GET /me/top/tracks": ("top_tracks",),
    "GET /me/top/artists": ("top_artists",),
    "GET /me/player/recently-played": ("recently_played_tracks",),
    "GET /me/following": ("followed_artists",),
    "GET /me/library/contains": ("library_contains",),
    "GET /playlists/{id}": ("playlist_1", "playlist_2"),
    "GET /playlists/{id}/items": ("playlist_items",),
    "GET /artists/{id}/albums": ("artist_albums",),
    "GET /search": ("search",),
    "POST /me/playlists": ("new_playlist",),
    "POST /playlists/{id}/items": ("playlist_update_items",),
    "PUT /playlists/{id}/items": ("playlist_update_items",),
    "DELETE /playlists/{id}/items": ("playlist_update_items",),
}


@dataclass
class Talk:
    """A sandbox in one regime, and what it answered to every call, by operation."""

    sandbox: Sandbox
    session: requests.Session
    answers: dict[str, list[requests.Response]] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        sent = {"data": body} if isinstance(body, str) else {"json": body}
        return self.session.request(method, f"{self.sandbox.api_url}{path}", timeout=120, **sent)


def operation(method: str, path: str) -> str:
    """The operation a call belongs to, as the table names it."""
    parts = path.partition("?")[0].split("/")
    return f"{method} {'/'.join('{id}' if len(part) == 22 else part for part in parts)}"


def opened(regime: str) -> Iterator[Talk]:
    sizes = {"tracks": 300, "artists": 40, "likes": 120, "playlists": 6}
    with running(SandboxSettings(mode=regime, now=NOW, **sizes)) as sandbox:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {sandbox.tokens()['access_token']}"
        talk = Talk(sandbox, session)
        for method, path, body in calls(sandbox):
            answers = talk.answers.setdefault(operation(method, path), [])
            answers.append(talk.ask(method, path, body))
        yield talk


@pytest.fixture(scope="module")
def talks() -> Iterator[dict[str, Talk]]:
    made = {regime: opened(regime) for regime in REGIMES}
    yield {regime: next(talk) for regime, talk in made.items()}
    for talk in made.values():
        assert next(talk, None) is None


@pytest.mark.parametrize(("regime", "name"), OPERATIONS)
def test_an_operation_is_answered_as_the_table_has_it(
    talks: dict[str, Talk], regime: str, name: str
) -> None:
    fact = TABLE["operations"][regime][name]
    for response in talks[regime].answers[name]:
        assert response.status_code == fact["status"], response.text
        if fact["answer"] == "nothing":
            assert not response.content
        else:
            assert [*problems(response.json(), fact["answer"], name)] == []


def test_every_call_has_its_facts(talks: dict[str, Talk]) -> None:
    for regime, talk in talks.items():
        assert set(talk.answers) == set(TABLE["operations"][regime])


def test_the_table_has_every_operation_that_the_client_names() -> None:
    named = {
        found
        for file in CLIENT.rglob("*.py")
        for found in re.findall(r'"((?:GET|POST|PUT|DELETE) /[^"]+)"', file.read_text("utf-8"))
    }
    assert named
    known = set(TABLE["operations"]["development"])
    assert named - known <= {"GET /audio-features", "POST /api/token"}, "old apps, and the login"


@pytest.mark.parametrize(
    ("regime", "name"),
    [place for place in OPERATIONS if "limit" in TABLE["operations"][place[0]][place[1]]],
)
def test_a_page_holds_at_most_its_limit(talks: dict[str, Talk], regime: str, name: str) -> None:
    most = TABLE["operations"][regime][name]["limit"]
    address = urlsplit(talks[regime].answers[name][0].request.url)
    path = address.path.removeprefix("/v1")
    query = "&".join(f"{k}={v}" for k, v in parse_qsl(address.query) if k != "limit")
    assert talks[regime].ask("GET", f"{path}?{query}&limit={most}").status_code == 200
    assert talks[regime].ask("GET", f"{path}?{query}&limit={most + 1}").status_code == 400


def test_local_files_and_episodes_stand_among_tracks(talks: dict[str, Talk]) -> None:
    for talk in talks.values():
        pages = [answer.json()["items"] for answer in talk.answers["GET /playlists/{id}/items"]]
        kinds = {row["item"]["type"] for page in pages for row in page}
        assert kinds == {"track", "episode"}
        assert any(row["is_local"] for page in pages for row in page)


def test_pages_cover_a_list_once_and_link_to_each_other(talks: dict[str, Talk]) -> None:
    for talk in talks.values():
        page = talk.ask("GET", "/me/tracks?limit=50").json()
        seen = [row["track"]["id"] for row in page["items"]]
        while page["next"]:
            assert page["next"].startswith(talk.sandbox.api_url)
            page = talk.session.get(page["next"], timeout=120).json()
            seen += [row["track"]["id"] for row in page["items"]]
        assert seen == list(talk.sandbox.world.account.likes)
        assert dict(parse_qsl(urlsplit(page["previous"]).query))["offset"] == "50"


REMOVED_IN_DEVELOPMENT = """
GET /tracks?ids={track}
GET /albums?ids={album}
GET /artists?ids={artist}
GET /audio-features?ids={track}
GET /audio-features/{track}
GET /audio-analysis/{track}
GET /recommendations?seed_tracks={track}
GET /recommendations/available-genre-seeds
GET /artists/{artist}/related-artists
GET /artists/{artist}/top-tracks
GET /browse/new-releases
GET /browse/categories
GET /browse/featured-playlists
GET /markets
GET /users/{user}
GET /users/{user}/playlists
POST /users/{user}/playlists
GET /playlists/{made}/tracks
POST /playlists/{made}/tracks
PUT /playlists/{made}/tracks
DELETE /playlists/{made}/tracks
PUT /playlists/{made}/followers
DELETE /playlists/{made}/followers
GET /playlists/{made}/followers/contains?ids={user}
PUT /me/tracks?ids={track}
GET /me/tracks/contains?ids={track}
DELETE /me/tracks?ids={track}
PUT /me/albums?ids={album}
GET /me/albums/contains?ids={album}
DELETE /me/albums?ids={album}
PUT /me/following?ids={artist}&type=artist
GET /me/following/contains?ids={artist}&type=artist
DELETE /me/following?ids={artist}&type=artist
"""


@pytest.mark.parametrize("line", REMOVED_IN_DEVELOPMENT.strip().splitlines())
def test_a_removed_route_is_refused_in_development(talks: dict[str, Talk], line: str) -> None:
    talk = talks["development"]
    method, path = line.split()
    known = {**names(talk.sandbox), "user": talk.sandbox.settings.user_id}
    response = talk.ask(method, path.format(**known), None if method == "GET" else {"ids": []})
    refusal = {"error": {"status": 403, "message": "Forbidden"}}
    assert (response.status_code, response.json()) == (403, refusal)


@pytest.mark.parametrize("path", ["/audio-features?ids={track}", "/audio-features/{track}"])
def test_an_app_with_extended_quota_keeps_audio_features(talks: dict[str, Talk], path: str) -> None:
    talk = talks["extended"]
    answer = talk.ask("GET", path.format(**names(talk.sandbox)))
    assert answer.status_code == 200
    found = answer.json()
    assert 0 <= found.get("audio_features", [found])[0]["energy"] <= 1


def test_the_table_tells_a_field_that_is_missing_unknown_or_of_another_type() -> None:
    right = example("user", full=True)
    assert [*problems(right, "user", "user")] == []
    assert [*problems({**right, "shoe_size": 1}, "user", "user")] == ["user.shoe_size is unknown"]
    assert [*problems({**right, "uri": 3}, "user", "user")] == ["user.uri is int, not string"]
    del right["uri"]
    assert [*problems(right, "user", "user")] == ["user.uri is missing"]
    assert KINDS["user"]["type"] == "=user"


@pytest.mark.shared
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize(("regime", "name"), OPERATIONS)
def test_the_table_says_what_the_description_says(
    description: Any, regime: str, name: str, *, full: bool
) -> None:
    """An answer with every field of the table, and one with only those that are always there."""
    fact = TABLE["operations"][regime][name]
    body = None if fact["answer"] == "nothing" else example(fact["answer"], full=full)
    found = described(description, regime, name, fact["status"], body)
    formats = ("is not one of", "does not match", "was expected")  # an example is not so exact
    assert [
        difference for difference in found if not any(words in difference for words in formats)
    ] == []


@pytest.mark.shared
@pytest.mark.parametrize(("regime", "name"), OPERATIONS)
def test_an_operation_is_answered_as_described(
    talks: dict[str, Talk], description: Any, regime: str, name: str
) -> None:
    for response in talks[regime].answers[name]:
        body = response.json() if response.content else None
        assert described(description, regime, name, response.status_code, body) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", [name for name, fact in TABLE["operations"]["development"].items() if "limit" in fact]
)
def test_limits_are_those_described(description: Any, name: str) -> None:
    limit = TABLE["operations"]["development"][name]["limit"]
    assert limit == description.limit(name)
    assert limit <= TABLE["operations"]["extended"][name]["limit"]


def described(description: Any, regime: str, name: str, status: int, body: Any) -> list[str]:
    method, path = name.split()
    shape = description.shape(*RECORDED.get(name, ()))
    found: list[str] = description.problems(
        method, path, status, body, shape, extended=regime == "extended"
    )
    return found
