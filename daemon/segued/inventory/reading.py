"""The inventory: what the state knows, as the one value a plan is built from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from itertools import chain
from typing import Any

import numpy as np

from segue.errors import UsageError
from segue.music.features import DISCO, Scaling
from segue.music.genres import genre_tree, genres_of
from segue.music.track import Track, song_key
from segue.names import name_key, track_id_in
from segue.playlists.heard import known_of, unreached
from segue.playlists.inventory import Inventory, LyricFacts, VectorSpace
from segue.playlists.library import Playlist
from segue.playlists.listening import (
    Listening,
    listening_of,
    merged,
    under_ids,
    unreported,
)
from segue.recipe.recipe import Recipe
from segued.config.schema import Settings
from segued.inventory.identity import mark_in, read_heard_lists
from segued.providers.encoders.loading import EncoderChoice, choice_token
from segued.store.history import History
from segued.store.library import ABSENT, ACCOUNT, PARTS_READ, SEEDS, SEEDS_ABSENT
from segued.store.playlists import MADE_KEPT, Binding
from segued.store.state import State


def read_inventory(
    state: State,
    recipes: Iterable[Recipe],
    periods: Mapping[str, str],
    encoder: str | None = None,
    zone: tzinfo = UTC,
    sound: str | None = None,
) -> Inventory:
    """Everything known when plans for these recipes are built.

    `periods` maps a recipe id to its current period, as `Made.period` names it: what the recipe
    made in that period is left out of `made`. `encoder` is the key of the encoder whose vectors
    are meant, `sound` that of the sound encoder's; without, nothing is known to be close to
    anything. `zone` is that of days and hours. Raises UsageError where nothing was synced yet.
    """
    account = state.library.cursor(ACCOUNT)
    if account is None:
        raise UsageError("Nothing is known of the account yet. Run `segue sync` first.")
    playlists = {
        playlist_id: playlist
        for playlist_id, playlist in state.playlists.playlists().items()
        if playlist.complete
    }
    recipes = tuple(recipes)
    found = {recipe.id: state.playlists.binding(recipe.id) for recipe in recipes}
    bindings = {recipe_id: bound for recipe_id, bound in found.items() if bound is not None}
    tracks = _tracks(state.library.tracks(), playlists.values())
    imported = read_imported(state, tracks)
    liked, albums, plays = state.library.liked(), state.library.albums(), state.plays.all()
    return Inventory(
        user_id=str(account["id"]),
        tracks=tracks,
        features=state.features.features(),
        **genres_known(state, tracks),
        popularity={
            track_id: known.value
            for track_id, known in state.features.popularity().items()
            if known.value is not None
        },
        lyrics=_lyric_facts(state, encoder),
        lyric_space=_lyric_space(state, encoder),
        sound_space=_space(state, SOUND, SOUND_TEXTS, sound),
        liked=liked,
        albums=albums,
        playlists=playlists,
        summaries=state.playlists.summaries(),
        unread=state.playlists.unread(),
        top=state.library.top(),
        plays=unreported(plays, imported),
        **known_of(imported),
        zone=zone,
        seeds=found_seeds(state),
        scaling=_scaling(state),
        recipe_playlists={
            recipe_id: bound.playlist_id
            for recipe_id, bound in bindings.items()
            if bound.playlist_id is not None
        },
        recipe_names={name_key(recipe.name): recipe.id for recipe in recipes},
        kept_by_segue=_kept_by_segue(state, str(account["id"])),
        not_found=_not_found(state),
        unread_parts=_unread_parts(state, {"likes": liked, "albums": albums, "plays": plays}),
        made={
            recipe_id: _made(bound, periods.get(recipe_id)) for recipe_id, bound in bindings.items()
        },
        unreached={
            recipe_id: unreached(heard)
            for recipe_id, heard in read_heard_lists(state, bindings, periods, imported).items()
        },
        kept_out={recipe_id: frozenset(bound.kept_out) for recipe_id, bound in bindings.items()},
        kept_in={recipe_id: bound.kept_in for recipe_id, bound in bindings.items()},
        dead={recipe_id: frozenset(bound.dead) for recipe_id, bound in bindings.items()},
    )


def found_seeds(state: State) -> Mapping[str, str]:
    """The ids of tracks that were searched for by title and artist and found, by those words."""
    asked = state.library.cursor(SEEDS) or {}
    return {words: known["id"] for words, known in asked.items() if known["id"] is not None}


def _kept_by_segue(state: State, user_id: str) -> frozenset[str]:
    """The playlists that recipes are bound to, or that bear Segue's mark, also of recipes gone."""
    bound = {binding.playlist_id for binding in state.playlists.bindings().values()}
    marked = {
        summary.id
        for summary in state.playlists.summaries()
        if summary.owner_id == user_id and mark_in(summary.description)
    }
    return frozenset(marked | {playlist_id for playlist_id in bound if playlist_id is not None})


def _unread_parts(state: State, parts: Mapping[str, Sequence[object]]) -> frozenset[str]:
    """Those of the account's parts that are empty only because nobody has read them yet."""
    read = state.library.cursor(PARTS_READ) or {}
    return frozenset(part for part, rows in parts.items() if not rows and part not in read)


def _not_found(state: State) -> frozenset[str]:
    """The seeds and track ids that Spotify was asked for and does not have."""
    return frozenset(
        key for name in (SEEDS_ABSENT, ABSENT) for key in state.library.cursor(name) or {}
    )


def _scaling(state: State) -> Scaling:
    learned = state.models.learned()
    return Scaling.from_document(learned.scaling) if learned and learned.scaling else DISCO


def _tracks(known: Mapping[str, Track], playlists: Iterable[Playlist]) -> Mapping[str, Track]:
    """Every track by id: the library's, and those that only a playlist holds."""
    entries = (entry for playlist in playlists for entry in playlist.entries)
    listed = {entry.track.id: entry.track for entry in entries if entry.track is not None}
    missing = {track_id: track for track_id, track in listed.items() if track_id not in known}
    return {**known, **missing} if missing else known


def _lyric_facts(state: State, encoder: str | None) -> Mapping[str, LyricFacts]:
    """What is known of lyrics. Where nobody has them nothing is; mood belongs to one encoder."""
    return {
        track_id: LyricFacts(
            instrumental=record.status == "instrumental",
            language=record.language,
            mood=record.valence if record.encoder == encoder else None,
        )
        for track_id, record in state.lyrics.records().items()
        if record.status != "none"
    }


def genres_known(state: State, tracks: Mapping[str, Track]) -> dict[str, Any]:
    """The `genres` of an inventory, and its `genre_tree`: by a track's own tags and those of its
    artists, its own counting first."""
    artists, own, listed = state.tags.artists(), state.tags.tracks(), state.tags.genre_names()
    if not artists and not own:
        return {}
    tree = genre_tree(listed.names) if listed else genre_tree()
    by_artist = {key: genres_of(known.tags, tree) for key, known in artists.items()}
    found: dict[str, tuple[str, ...]] = {}
    for track_id, track in tracks.items():
        keys = [artist.key for artist in track.artists]
        known = [by_artist[key] for key in keys if key in by_artist]
        if track_id in own:
            known.insert(0, genres_of(own[track_id].tags, tree))
        if known:
            found[track_id] = tuple(dict.fromkeys(chain.from_iterable(known)))
    return {"genres": found, "genre_tree": tree}


def _lyric_space(state: State, encoder: str | None) -> VectorSpace:
    space, records = _space(state, LYRICS, TEXTS, encoder), state.lyrics.records()
    # The matrix keeps the rows of texts that were found to be no lyrics.
    found = (i for i in space.rows if i in records and records[i].status == "found")
    return replace(space, rows={i: space.rows[i] for i in found})


def _space(state: State, kind: str, texts_kind: str, encoder: str | None) -> VectorSpace:
    """What an encoder made of tracks and texts; a row that is damaged is left out."""
    if encoder is None:
        return VectorSpace()
    tracks, texts = (state.vectors.get(each, encoder) for each in (kind, texts_kind))
    named = {} if texts is None else dict(zip(texts.track_ids, texts.matrix, strict=True))
    if tracks is None:
        return VectorSpace(texts=named)
    rows = {i: row for i, row in tracks.rows().items() if np.isfinite(tracks.matrix[row]).all()}
    return VectorSpace(rows, tracks.matrix, named)


def _made(bound: Binding, period: str | None) -> tuple[tuple[str, ...], ...]:
    """The track ids of each earlier period's version, newest first."""
    return tuple(
        tuple(found for found in map(track_id_in, version.uris) if found is not None)
        for version in bound.made[:MADE_KEPT]
        if version.period != period
    )


LYRICS, TEXTS = "lyrics", "texts"
"""The kinds of vectors of lyrics, by track id, and of texts that recipes name, by themselves."""
SOUND, SOUND_TEXTS = "sound", "sound-texts"
"""The kinds of vectors of the sound of tracks' files, and of texts compared with it, likewise."""


def sound_choice(settings: Settings) -> EncoderChoice:
    """The model that `[sound]` names."""
    sound = settings.sound
    return EncoderChoice(sound.model, sound.revision, device=sound.device)


def sound_key(settings: Settings, state: State) -> str | None:
    """The key of the sound encoder's vectors; None where it is off or was never loaded."""
    return known_key(sound_choice(settings), state) if settings.sound.enabled else None


def choice_of(settings: Settings) -> EncoderChoice:
    """The encoder that `[lyrics]` names."""
    section = settings.lyrics
    return EncoderChoice(
        name=section.encoder,
        revision=section.revision,
        runtime=section.runtime,
        device=section.device,
    )


def known_key(choice: EncoderChoice, state: State) -> str | None:
    """The key of the encoder's card, or None while it was never loaded or cannot be."""
    try:
        return state.lyrics.encoder_key(choice_token(choice))
    except UsageError:
        return None


@dataclass(frozen=True, slots=True)
class EncoderStatus:
    """The encoder that is configured: `key` names its vectors, None while it was never loaded;
    `stand_in` is the one that works in its place; `here` is whether it need not be fetched."""

    name: str
    key: str | None
    stand_in: str | None
    here: bool


def encoder_status(settings: Settings, state: State) -> EncoderStatus:
    """How the configured encoder stands, without loading it or asking anybody."""
    key = known_key(choice := choice_of(settings), state)
    stand_in = state.lyrics.stand_in(choice_token(choice)) if key is not None else None
    return EncoderStatus(choice.name, key, stand_in, key is not None and stand_in is None)


def read_imported(state: State, tracks: Mapping[str, Track]) -> Listening:
    """The imported plays, each under the id its track has in the library."""
    history = state.history.get()
    if history is None:
        return listening_of(())
    return under_ids(history.listening, library_ids(history, tracks))


def read_listening(state: State, tracks: Mapping[str, Track]) -> Listening:
    """Every play that is known. Where an import tells a play too, its word counts: it knows how
    long it was heard."""
    return merged(read_imported(state, tracks), listening_of(state.plays.all()))


def library_ids(history: History, tracks: Mapping[str, Track]) -> tuple[str, ...]:
    """The ids of a history's tracks as the library has them.

    Spotify gives one recording several ids over the years: one that the library does not have is
    taken for the track of the same title and artist there, if there is one.
    """
    ids = history.listening.track_ids
    if all(track_id in tracks for track_id in ids):
        return ids
    named = {
        song_key(track.title, track.artist): track.id
        for track in sorted(tracks.values(), key=lambda track: track.id, reverse=True)
    }
    return tuple(
        track_id if track_id in tracks else named.get(song_key(title, artist), track_id)
        for track_id, title, artist in zip(ids, history.titles, history.artists, strict=True)
    )
