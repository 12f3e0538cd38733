"""Seeds that are not in the library: one search each, and remembered."""

from __future__ import annotations

from datetime import timedelta

from segue.playlists.gather.collected import starting_tracks
from segue.playlists.inventory import Inventory
from segued.run import Run
from segued.store.state import State
from segued.sync.account import sync

RECIPES = """
[[playlist]]
name = "From Far"
from = "liked"
seeds = [{seeds}]
"""


def synced(house, *seeds: str, later: timedelta = timedelta(0)):
    """What starting_tracks from these seeds finds after a sync, its outcome, and its searches."""
    house.recipes = RECIPES.format(seeds=", ".join(f'"{seed}"' for seed in seeds))
    state = State.open(house.folder)
    run = Run(house.settings, state, {}, lambda: house.now + later)
    try:
        outcome = sync(run)
        known = state.library.cursor("seeds") or {}
        found = {words: seed["id"] for words, seed in known.items() if seed["id"]}
        library = Inventory("", tracks=dict(state.library.tracks()), seeds=found)
        return starting_tracks(seeds, library), outcome, run.requests.get("GET /search", 0)
    finally:
        run.close()
        state.close()


def stranger(house):
    """A track of the catalogue that is nowhere in the account, and its artist's name."""
    world = house.sandbox.world
    held = set(world.account.likes)
    for playlist in world.account.playlists.values():
        held |= {uri.rpartition(":")[2] for uri in playlist.uris}
    held |= {play.track_id for play in world.plays()}
    names = {track.title for track in world.catalogue.tracks.values() if track.id in held}
    track = next(
        t for t in world.catalogue.tracks.values() if t.id not in held and t.title not in names
    )
    return track, world.catalogue.artists[track.artist_ids[0]].name


def test_a_song_that_is_not_in_the_library_is_searched_for_once(house) -> None:
    track, artist = stranger(house)
    seed = f"{track.title} - {artist}"
    found, outcome, searches = synced(house, seed)
    assert len(found.seeds) == 1
    assert (searches, outcome.counts["seeds_found"]) == (1, 1)
    again, _, searches = synced(house, seed)
    assert (again.seeds, searches) == (found.seeds, 0)


def test_a_song_in_the_library_is_not_searched_for(house) -> None:
    world = house.sandbox.world
    track = world.catalogue.tracks[next(iter(world.account.likes))]
    artist = world.catalogue.artists[track.artist_ids[0]].name
    found, _, searches = synced(house, f"{track.title} - {artist}")
    assert (found.seeds, searches) == ((track.id,), 0)


def test_a_song_that_nobody_knows_is_named_and_asked_for_again_after_a_week(house) -> None:
    seed = "No Such Song - Nobody At All"
    found, outcome, searches = synced(house, seed)
    assert (found.seeds, searches) == ((), 1)
    assert any(seed in name for name in outcome.skipped)
    assert synced(house, seed)[2] == 1  # one answer may be wrong
    assert synced(house, seed, later=timedelta(days=6))[2] == 0
    assert synced(house, seed, later=timedelta(days=8))[2] == 1


def test_a_song_named_by_its_link_is_read_by_its_id(house) -> None:
    track, _ = stranger(house)
    found, _, searches = synced(house, f"https://open.spotify.com/track/{track.id}")
    assert searches == 0
    assert found.notes  # the words above are a link, which only the configuration reads
    state = State.open(house.folder)
    assert state.library.track(track.id) is not None
    state.close()
