"""The key of a refresh with nothing to do: it changes, or the plan does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from segue.music.features import AudioFeatures
from segue.playlists.library import Asked as AnswerKept
from segue.playlists.library import Play
from segued.config.load import check
from segued.providers.audio.files import INDEX_FILE, refreshed_index
from segued.refresh import unchanged
from segued.refresh.job import _shown, refresh_all
from segued.refresh.noting import _ends, audio_folder_of, note
from segued.refresh.planning import plan_all
from segued.refresh.unchanged import Asked, Note, key_of, known
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running
from segued.store.files.atomic import program_signature, signature
from segued.store.playlists import Ban
from segued.store.state import READ_FROM, State
from segued.store.tracks.features import KnownFeatures, KnownTags

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

RECIPES = """
[[playlist]]
name = "Rested"
from = "liked"
length = 12
score = { plays = 1.0, novelty = 0.5 }
where = { not_played_within = "20 days" }

[[playlist]]
name = "Loud"
from = "liked"
length = 12
score = { recency = 1.0 }
where = { energy = "0.4..", added_within = "400 days" }
"""


@dataclass
class Noted:
    """A state folder after a refresh that left a note, and what that refresh was asked."""

    folder: Path
    text: str
    until: datetime
    asked: Asked
    note: Note

    def copy(self, folder: Path) -> Noted:
        """The same in another folder, with a note that holds there."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        copied = replace(self, folder=folder, asked=replace(self.asked, folder=folder))
        signed = {path: repr(signature(Path(path))) for path in self.note.files}
        key = key_of(copied.asked)
        unchanged.put(copied.asked, replace(self.note, key=key, files=signed))
        return copied

    def plans(self, now: datetime = NOW) -> list[tuple[str, ...]]:
        """What would be made of everything known, in order."""
        state = State.open(self.folder)
        try:
            with Run(check(self.text, "c", {}).settings, state, {}, lambda: now) as run:
                planned = plan_all(run, (), offline=True)
                return [
                    (each.plan.status, repr(_shown(run, each, run.inventory())), *each.plan.uris)
                    for each in planned
                ]
        finally:
            state.close()


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory, new_house) -> Noted:
    return after_a_refresh(tmp_path_factory.mktemp("noted") / "state", new_house, RECIPES)


def after_a_refresh(
    folder: Path, new_house, recipes: str, prepare: Callable[[State], None] | None = None
) -> Noted:
    small = SandboxSettings(tracks=300, artists=60, likes=100, playlists=4, now=NOW)
    with running(small) as sandbox:
        house = new_house(sandbox, folder, recipes)
        house.log_in()
        house.refresh()
        if prepare is not None:
            state = State.open(folder)
            prepare(state)
            state.close()
        house.refresh()
        text = house.text
        asked = Asked(folder, text.encode(), {})
        state = State.open(folder)
        with Run(house.settings, state, {}, lambda: NOW) as run:
            note(run, asked, refresh_all(run))
        state.close()
    found = known(asked, NOW)
    assert found is not None
    return Noted(folder, text, found.until, asked, found)


Edit = Callable[[Noted, int], Noted]


def _in_state(change: Callable[[State, int], None]) -> Edit:
    def edit(at: Noted, number: int) -> Noted:
        state = State.open(at.folder)
        change(state, number)
        for store in (state.library, state.playlists, state.plays, state.features):
            store.commit()
        state.close()
        return at

    return edit


def unlike(state: State, number: int) -> None:
    liked = list(state.library.liked())
    del liked[number % len(liked)]
    state.library.set_liked(liked)


def play(state: State, number: int) -> None:
    saved = state.library.liked()[number % 100]
    state.plays.add([Play(saved.track_id, NOW - timedelta(hours=number % 900))], {})


def measure(state: State, number: int) -> None:
    saved = state.library.liked()[number % 100]
    features = AudioFeatures(energy=number % 10 / 10)
    state.features.put({saved.track_id: KnownFeatures(features, "reccobeats", NOW)})


def ban(state: State, number: int) -> None:
    bound = next(iter(state.playlists.bindings().values()))
    assert bound.written
    uri = bound.written[number % len(bound.written)]
    state.playlists.bind(replace(bound, bans=(Ban(uri, NOW, NOW + timedelta(days=1)),)))


def take_out(state: State, number: int) -> None:
    bound = list(state.playlists.bindings().values())[number % 2]
    assert bound.written
    state.playlists.bind(replace(bound, kept_out=(bound.written[number % len(bound.written)],)))


def edit_by_hand(state: State, number: int) -> None:
    bound = list(state.playlists.bindings().values())[number % 2]
    found = state.playlists.playlist(bound.playlist_id or "")
    assert found is not None
    rows = list(found.entries)
    del rows[number % len(rows)]
    state.playlists.put_playlist(replace(found, entries=tuple(rows)))


def nothing(state: State, number: int) -> None:
    state.budget.count_request("GET /me", NOW.date(), number % 3 + 1)


def recipe(at: Noted, number: int) -> Noted:
    text = at.text.replace("length = 12", f"length = {8 + number % 6}")
    return replace(at, text=text, asked=replace(at.asked, config=text.encode()))


EDITS: dict[str, Edit] = {
    "config": recipe,
    "library.json": _in_state(unlike),
    "plays": _in_state(play),
    "features.json": _in_state(measure),
    "playlists.json": _in_state(edit_by_hand),
    "ban": _in_state(ban),
    "kept out": _in_state(take_out),
    "nothing": _in_state(nothing),
}


def broken(at: Noted, edit: Edit, number: int, later: timedelta = timedelta(0)) -> bool:
    """Whether the key stays though the plan is another one."""
    key, plans = key_of(at.asked), at.plans()
    edited = edit(at, number)
    if key_of(edited.asked) != key or NOW + later >= at.until:
        return False
    return edited.plans(NOW + later) != plans


NOT_CHECKED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(
    max_examples=25,
    suppress_health_check=NOT_CHECKED,
)
@given(
    name=st.sampled_from(sorted(EDITS)),
    number=st.integers(0, 10_000),
    later=st.one_of(st.just(0.0), st.floats(0, 40)),
)
def test_the_key_changes_or_the_plan_stays(noted, tmp_path, name, number, later) -> None:
    at = noted.copy(tmp_path / "state")
    assert not broken(at, EDITS[name], number, timedelta(days=later))


@pytest.mark.parametrize("left_out", ["library.json", "features.json", "playlists.json", "plays"])
def test_a_key_without_one_of_its_inputs_would_be_found_out(
    noted, tmp_path, monkeypatch, left_out
) -> None:
    monkeypatch.setattr(
        unchanged, "INPUTS", tuple(name for name in unchanged.INPUTS if name != left_out)
    )
    assert any(
        broken(noted.copy(tmp_path / "state"), EDITS[left_out], number)
        for number in range(0, 900, 9)
    )


def test_everything_an_inventory_is_read_from_is_in_the_key() -> None:
    assert set(READ_FROM.values()) <= set(unchanged.INPUTS)


def test_a_new_file_of_the_users_own_ends_a_note(noted, tmp_path) -> None:
    at, music = noted.copy(tmp_path / "state"), tmp_path / "music"
    music.mkdir()
    refreshed_index(music, at.folder / INDEX_FILE)
    found = known(noted.asked, NOW)
    assert found is not None
    unchanged.put(at.asked, replace(found, key=key_of(at.asked), audio_folder=str(music)))
    assert known(at.asked, NOW) is not None
    (music / "new.mp3").touch()
    assert known(at.asked, NOW) is None


@pytest.mark.parametrize("harm", ["removed", "emptied"])
def test_an_exported_file_that_was_harmed_ends_a_note(noted, tmp_path, harm) -> None:
    at, file = noted.copy(tmp_path / "state"), tmp_path / "Loud.m3u8"
    file.write_text("#EXTM3U")
    found = known(noted.asked, NOW)
    assert found is not None
    exported = {str(file): repr(signature(file))}
    unchanged.put(at.asked, replace(found, key=key_of(at.asked), files=exported))
    assert known(at.asked, NOW) is not None
    file.unlink() if harm == "removed" else file.write_text("")
    assert known(at.asked, NOW) is None


def test_another_version_of_a_library_is_another_key(noted, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "site-packages"
    (folder / "numpy-1.26.4.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(folder)
    program_signature.cache_clear()
    before = key_of(noted.asked)
    (folder / "numpy-1.26.4.dist-info").rename(folder / "numpy-2.0.0.dist-info")
    program_signature.cache_clear()
    assert key_of(noted.asked) != before
    monkeypatch.undo()
    program_signature.cache_clear()


def test_a_note_names_the_folder_of_own_files_where_a_refresh_looks_for_new_ones(noted) -> None:
    def named(features: str) -> str:
        settings = check(noted.text.replace("[features]", features), "c", {}).settings
        state = State.open(noted.folder)
        with Run(settings, state, {}, lambda: NOW) as run:
            return audio_folder_of(run)

    assert named('[features]\naudio_folder = "/music"\nsources = ["audio"]') == "/music"
    assert named('[features]\naudio_folder = "/music"') == ""


def test_time_alone_ends_a_note_before_it_changes_a_plan(noted, tmp_path) -> None:
    at = noted.copy(tmp_path / "state")
    assert NOW < at.until <= datetime(2026, 11, 21, tzinfo=UTC)
    assert at.plans(at.until - timedelta(seconds=2)) == at.plans()


MANY = """
[never]
lists = ["{never}"]

[[playlist]]
name = "Shared out {{n}}"
from = {{ shares = [["liked oldest", 50], ["search:morning", 50]], layout = "interleaved" }}
length = 10
sort = "added"
write = {{ cover = "{cover}", description = "made on {{date}}" }}

[[playlist]]
name = "Tried, {{top_genre}}"
from = "liked"
length = 10
score = {{ recency = 1.0 }}
where = {{ genre = "rock" }}
[playlist.experiment]
of = "score"

[[playlist]]
name = "By the clock"
from = "liked"
length = 10
score = {{ plays = 1.0 }}
[[playlist.when]]
on = ["18:00-23:00"]
score = {{ recency = 1.0 }}
"""
"""What recipes can draw on besides, each with an input of its own."""


def of_rock(state: State) -> None:
    keys = {track.artist_key for track in state.library.tracks().values()}
    state.tags.put({key: KnownTags((("rock", 1),), "musicbrainz", NOW) for key in keys if key}, {})
    state.tags.commit()


@pytest.fixture(scope="module")
def of_many(tmp_path_factory: pytest.TempPathFactory, new_house) -> Noted:
    folder = tmp_path_factory.mktemp("many")
    never, cover = folder / "never.txt", folder / "cover.jpg"
    never.write_text("6M2wZ9GZgrQXHCFfjv46w1\n")
    Image.new("RGB", (64, 64)).save(cover)
    recipes = MANY.format(never=never, cover=cover)
    made = after_a_refresh(folder / "state", new_house, recipes, of_rock)
    assert {Path(path).name for path in made.note.files} == {"never.txt", "cover.jpg"}
    return made


def bar(at: Noted, number: int) -> Noted:
    """One of the artists stands on the list of those that never come in."""
    state = State.open(at.folder)
    saved = state.library.liked()[number % 100]
    artist = state.library.tracks()[saved.track_id].artists[0]
    state.close()
    (never,) = (Path(path) for path in at.note.files if path.endswith(".txt"))
    never.write_text(f"{artist.id}\n")
    return at


def other_cover(at: Noted, number: int) -> Noted:
    (cover,) = (Path(path) for path in at.note.files if path.endswith(".jpg"))
    Image.new("RGB", (64, 64), (number % 256, 0, 0)).save(cover)
    return at


def tag(state: State, number: int) -> None:
    saved = state.library.liked()[number % 100]
    key = state.library.tracks()[saved.track_id].artist_key
    state.tags.put({key: KnownTags((("jazz", 1),), "musicbrainz", NOW)}, {})
    state.tags.commit()


def find(state: State, number: int) -> None:
    (key,) = state.discover.asked()
    ids = state.discover.asked()[key].ids
    state.discover.put_asked(key, AnswerKept(ids[number % len(ids) :], NOW))
    state.discover.commit()


def rearrange(at: Noted, number: int) -> Noted:
    """Another configuration of what came later: sort, shares, template, experiment, variant."""
    before, after = (
        ('sort = "added"', 'sort = "release"'),
        ('["liked oldest", 50]', '["liked newest", 50]'),
        ("Shared out {n}", "Shared out {duration}"),
        ('of = "score"', 'of = "length"'),
        ("18:00-23:00", "11:00-23:00"),
    )[number % 5]
    text = at.text.replace(before, after)
    assert text != at.text
    return replace(at, text=text, asked=replace(at.asked, config=text.encode()))


LATER_EDITS: dict[str, Edit] = {
    "never": bar,
    "cover": other_cover,
    "tags.json": _in_state(tag),
    "discover.json": _in_state(find),
    "config": rearrange,
    "library.json": _in_state(unlike),
    "plays": _in_state(play),
    "nothing": _in_state(nothing),
}


@settings(
    max_examples=15,
    suppress_health_check=NOT_CHECKED,
)
@given(
    name=st.sampled_from(sorted(LATER_EDITS)),
    number=st.integers(0, 10_000),
    later=st.one_of(st.just(0.0), st.floats(0, 2)),
)
def test_a_note_ends_or_the_plan_stays_whatever_recipes_draw_on(
    of_many, tmp_path, name, number, later
) -> None:
    at, then = of_many.copy(tmp_path / "state"), NOW + timedelta(days=later)
    plans = at.plans()
    edited = LATER_EDITS[name](at, number)
    if known(edited.asked, then) is not None:
        assert edited.plans(then) == plans
        assert name not in ("cover", "never", "tags.json", "discover.json", "config")


def test_a_variant_ends_a_note_when_it_begins_to_hold(of_many) -> None:
    assert of_many.until == datetime(2026, 11, 20, 18, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Loud", "Loud on {date}", "Loud in week {week}"])
def test_a_name_with_the_day_in_it_ends_a_note_at_midnight(noted, name) -> None:
    weekly = noted.text.replace('from = "liked"', 'from = "liked"\nschedule = "0 7 * * 1"')
    text = weekly.replace('name = "Loud"', f'name = "{name}"')
    text = text.replace('timezone = "UTC"', 'timezone = "America/New_York"')
    state = State.open(noted.folder)
    with Run(check(text, "c", {}).settings, state, {}, lambda: NOW) as run:
        ends = set(_ends(run))
    assert (datetime(2026, 11, 21, 5, tzinfo=UTC) in ends) == ("{" in name)
