"""One answer that is empty or half of the last, from what lies beyond the account: nothing that
stands on it changes for that, and a second answer alike is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.faults.campaign.lies import ANSWERS, PAGES
from tests.faults.campaign.proxy import Forward, Lie, Proxy, Reply, Request, honest
from tests.integration.runs.conftest import NOW, House

from segue.playlists.library import Release
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running
from segued.store.library import SPENT, Share
from segued.store.state import State

GONE = PAGES["no rows and a total of none"]
HALF = PAGES["half the rows as if all"]
PLAIN = 'sequence.method = "none"\n'
WIDE = '[discover]\nartists = ["followed"]\ncalls_a_day = 500\nreleased_within = "9 years"\n'
LIST = "/lists/machine-artists.csv"


@pytest.fixture(scope="module")
def front() -> Iterator[tuple[House, Proxy]]:
    """An account behind a proxy; each test has a state of its own."""
    settings = SandboxSettings(tracks=600, artists=60, likes=120, playlists=3, now=NOW)
    with running(settings) as sandbox, Proxy(sandbox.port) as proxy:
        yield House(sandbox, Path(), api_url=f"{proxy.address}/v1"), proxy


@pytest.fixture
def house(front: tuple[House, Proxy], tmp_path: Path) -> Iterator[House]:
    found, proxy = front
    account = found.sandbox.world.account
    kept, listed = dict(account.playlists), list(account.listed)
    found.folder, found.now = tmp_path / "state", NOW
    found.log_in()
    yield found
    proxy.lie = honest
    account.playlists, account.listed[:] = kept, listed


def lie_about(proxy: Proxy, at: str, lie: Lie, times: int = 1) -> None:
    """Have the next answers of an endpoint lie."""
    left = [times]

    def lying(request: Request, forward: Forward) -> Reply:
        if not request.endpoint.startswith(at) or not left[0]:
            return forward()
        left[0] -= 1
        return lie(request, forward)

    proxy.lie = lying


def artist(house: House) -> str:
    """The name of an artist of a few albums whom no other is called like."""
    catalogue = house.sandbox.world.catalogue
    names = [each.name for each in catalogue.artists.values()]
    albums = [i for album in catalogue.albums.values() for i in album.artist_ids]
    return next(
        each.name
        for each in catalogue.artists.values()
        if names.count(each.name) == 1 and albums.count(each.id) == 4
    )


def recipe(*sources: str) -> str:
    drawn = ", ".join(f'"{each}"' for each in sources)
    return f'[[playlist]]\nname = "All"\nfrom = [{drawn}]\nwrite.min_tracks = 1\n{PLAIN}'


SOURCES: dict[str, tuple[Callable[[House], str], str]] = {
    "a search": (lambda house: f"search:artist:{artist(house)}", "GET /v1/search"),
    "the top of an artist": (lambda house: f"top-of-artist:{artist(house)}", "GET /v1/search"),
    "an artist": (lambda house: f"artist:{artist(house)}", "GET /v1/artists/{id}/albums"),
    "new releases": (lambda _: "new-releases", "GET /v1/me/following"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_shrank_by_one_answer_takes_no_track_away(
    house: House, front: tuple[House, Proxy], source: str
) -> None:
    words, endpoint = SOURCES[source]
    house.recipes = recipe(words(house), "liked") + WIDE
    for _ in range(2):  # what is asked for the first time and comes empty is asked again
        house.refresh()
    before = sorted(house.mine["All"])
    house.now += timedelta(days=8)
    house.log_in()
    for lie in (GONE, HALF):
        lie_about(front[1], endpoint, lie)
        outcome = house.refresh()
        assert all(each.error is None for each in outcome.refreshed)
        assert sorted(house.mine["All"]) == before
    house.refresh()
    assert sorted(house.mine["All"]) == before


def test_a_search_that_finds_less_twice_is_believed(
    house: House, front: tuple[House, Proxy]
) -> None:
    house.recipes = recipe(f"search:artist:{artist(house)}", "liked")
    house.refresh()
    before = sorted(house.mine["All"])
    house.now += timedelta(days=8)
    house.log_in()
    lie_about(front[1], "GET /v1/search", PAGES["half the rows"], times=2)
    house.refresh()
    assert sorted(house.mine["All"]) == before
    house.refresh()
    assert len(house.mine["All"]) < len(before)


def test_an_album_that_came_without_its_tracks_is_read_again(
    house: House, front: tuple[House, Proxy]
) -> None:
    house.recipes = recipe(f"artist:{artist(house)}")
    house.refresh()
    whole = set(house.mine["All"])
    house.folder = house.folder.with_name("other")
    house.log_in()
    for lie in (GONE, HALF, ANSWERS["404"]):
        lie_about(front[1], "GET /v1/albums/{id}/tracks", lie)
        house.refresh()
        house.refresh()
        assert set(house.mine["All"]) == whole
        state = State.open(house.folder)
        state.discover.put_releases(
            replace(each, track_ids=None) for each in list(state.discover.releases().values())
        )
        state.discover.commit()
        state.close()


def test_a_question_that_is_always_refused_costs_itself_alone(
    house: House, front: tuple[House, Proxy]
) -> None:
    name = artist(house)
    house.recipes = recipe("search:broken") + recipe(f"artist:{name}").replace("All", "Other")
    for answer in ("400", "500"):
        lie_about(front[1], "GET /v1/search?q=broken", ANSWERS[answer], times=99)

        def lying(request: Request, forward: Forward, lie: Lie = ANSWERS[answer]) -> Reply:
            return lie(request, forward) if "q=broken" in request.path else forward()

        front[1].lie = lying
        house.refresh()
        assert house.mine["Other"]
        assert "All" not in house.mine


def test_an_artist_whose_albums_are_gone_is_no_mistake_in_segue(
    house: House, front: tuple[House, Proxy]
) -> None:
    house.recipes = recipe("new-releases") + '[discover]\nartists = ["top"]\n'
    house.refresh()
    state = State.open(house.folder)
    partly = [i for i, each in state.discover.looked().items() if not each.whole]
    looked = partly or list(state.discover.looked())
    state.close()
    front[1].lie = lambda request, forward: (
        ANSWERS["404"](request, forward) if "/albums" in request.path else forward()
    )
    house.recipes = recipe(f"artist:spotify:artist:{looked[0]}")
    for _ in range(3):
        (done,) = house.refresh().refreshed
        assert done.error is not None


@pytest.mark.parametrize("lie", ["deep", "empty", "a page of HTML", "truncated", "half"])
def test_a_list_of_artists_that_shrank_by_one_answer_lets_nobody_in(
    house: House, front: tuple[House, Proxy], lie: str
) -> None:
    half: Lie = lambda _, forward: Reply(200, forward().body[:150])  # noqa: E731
    house.recipes = recipe("liked") + f'[never]\nlists = ["{front[1].address}{LIST}"]\n'
    house.refresh()
    before = sorted(house.mine["All"])
    house.tomorrow()
    lie_about(front[1], f"GET {LIST}", half if lie == "half" else ANSWERS[lie])
    outcome = house.refresh()
    assert sorted(house.mine["All"]) == before
    assert any(LIST in name for name in outcome.synced.skipped)
    house.refresh()
    assert sorted(house.mine["All"]) == before


def test_requests_that_a_wrong_clock_counted_in_the_future_are_not_owed_for_ever(
    tmp_path: Path,
) -> None:
    state = State.open(tmp_path / "state")
    state.discover.set_cursor(SPENT, {(NOW + timedelta(days=9000)).isoformat(): 60})
    assert Share(state.discover, 60, NOW).left == 60
    state.close()


@pytest.mark.parametrize("released", ["99999999999-01-01", "9" * 5000, "0000", "2020-13-45", "−1"])
def test_a_date_of_release_that_no_calendar_has_is_unknown(released: str) -> None:
    assert Release("1", "Album", released).released_at is None
