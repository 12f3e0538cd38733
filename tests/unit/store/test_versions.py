from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.errors import UsageError
from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segued.store.writes import Version, VersionStore

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def playlist(*uris: str) -> Playlist:
    entries = tuple(PlaylistEntry(uri, "episode", uri) for uri in uris)
    return Playlist(PlaylistSummary("p/1", "P", "me", "s"), entries)


def save(store: VersionStore, *uris: str) -> Version:
    return store.save(playlist(*uris), recipe_id="r", why="before", run="run", now=NOW)


def test_a_version_comes_back_whole(tmp_path: Path) -> None:
    saved = save(VersionStore(tmp_path), "a", "b")
    assert VersionStore(tmp_path).get("p/1", saved.id) == saved
    assert saved.uris == ("a", "b")


def test_versions_are_listed_newest_first(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    for number in range(12):
        save(store, str(number))
    assert [version.id for version in store.list("p/1")][:3] == ["v12", "v11", "v10"]


def test_the_same_list_twice_is_one_version(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    assert save(store, "a").id == save(store, "a").id


def test_a_renamed_playlist_is_another_version(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    save(store, "a")
    renamed = replace(playlist("a"), summary=replace(playlist().summary, name="Q"))
    assert store.save(renamed, recipe_id="r", why="before", run="x", now=NOW).id == "v2"


def test_only_the_newest_are_kept_and_no_id_is_used_twice(tmp_path: Path) -> None:
    store = VersionStore(tmp_path, keep=2)
    for name in "abcd":
        save(store, name)
    assert [version.id for version in store.list("p/1")] == ["v4", "v3"]


def test_an_unknown_version_names_those_there_are(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    save(store, "a")
    with pytest.raises(UsageError, match=r"'v9'.*there are: v1"):
        store.get("p/1", "v9")
