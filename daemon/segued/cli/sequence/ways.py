"""`segue path` and `segue cluster`: a way through the library, and the groups it falls into.

Neither makes a request, and neither changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from segue.errors import ConfigError, NotEnoughDataError, UsageError
from segue.names import TRACK_URI, did_you_mean, plural, recipe_id_for, spotify_id
from segue.sequencing.options import Weights
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import (
    Row,
    clock_length,
    play_length,
    print_json,
    print_next,
    print_rows,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from segue.music.track import Track
    from segue.playlists.groups import By, Group, Grouping
    from segue.playlists.inventory import Inventory
    from segue.recipe.recipe import Recipe
    from segued.config.starter import Starter
    from segued.run import Run

_LENGTH = 40


@click.command(
    "path",
    help="Find a way from one song to another: songs of your library that lead from FROM to TO in"
    ' small steps, each fitting the one before. A song is "title - artist", a link or an id. Makes'
    " no request.",
)
@click.argument("start", metavar="FROM")
@click.argument("goal", metavar="TO")
@click.option(
    "--length",
    type=click.IntRange(2, 100),
    default=12,
    show_default=True,
    help="How many songs, FROM and TO among them.",
)
@json_option
@pass_call
def path(call: Call, start: str, goal: str, length: int, as_json: bool) -> None:
    """Print the way with how each song follows the one before it."""
    from segue.playlists.order.columns import columns_of, transitions
    from segue.recipe.sections import SequenceSettings
    from segue.sequencing.sequence import way_between
    from segue.sequencing.transitions import transition_costs

    with call.look() as run:
        inventory = run.inventory()
        ends = _song(start, inventory), _song(goal, inventory)
        tracks, places, by = _places(run, inventory, ends)
    columns = columns_of(tracks, inventory.features, inventory.scaling)
    row_of = {track.id: row for row, track in enumerate(tracks)}

    def steps(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return transition_costs(columns.songs.take(rows), Weights())

    way = way_between(places, (row_of[ends[0].id], row_of[ends[1].id]), length, steps).tolist()
    passages = transitions(columns, way, SequenceSettings())
    if as_json:
        songs = [
            {"uri": tracks[row].uri, "title": tracks[row].title,
             "artist": tracks[row].artist_line, "duration_ms": tracks[row].duration_ms,
             "transition": passage.text if passage is not None else None}
            for row, passage in zip(way, passages, strict=True)
        ]  # fmt: skip
        print_json({"schema": 1, "by": by, "songs": songs})
        return
    total = play_length(sum(tracks[row].duration_ms for row in way))
    stdout().print(f"{plural(len(way), 'song')}, {total}, by {by}", markup=False)
    print_rows(
        stdout(),
        [
            Row(
                tracks[row].title,
                tracks[row].artist_line,
                clock_length(tracks[row].duration_ms),
                why=passage.text if passage is not None else "",
            )
            for row, passage in zip(way, passages, strict=True)
        ],
    )


def _song(words: str, inventory: Inventory) -> Track:
    """The song of the library that is meant. Raises UsageError, with what was probably meant."""
    from segue.playlists.gather.collected import library_names, seed_id

    identity = spotify_id(words, "track")
    reference = f"{TRACK_URI}{identity}" if identity is not None else words
    found = seed_id(reference, inventory, library_names(inventory.tracks))
    if found is None:
        names = (f"{track.title} - {track.artist}" for track in inventory.tracks.values())
        hint = did_you_mean(words, names) or 'A song is named as "title - artist" or by its link.'
        raise UsageError(f"“{words}” is not in your library. {hint}")
    return inventory.tracks[found]


def _places(
    run: Run, inventory: Inventory, ends: tuple[Track, Track]
) -> tuple[list[Track], NDArray[np.float64], str]:
    """The songs a way may lead over, each recording once, where each stands, and in what space.

    It is the learned embedding where it knows both ends, else the audio features. Raises
    UsageError where neither does.
    """
    import numpy as np

    from segue.models.embedding.learner import EmbeddingScorer
    from segue.music.features import UNKNOWN, abstract_matrix
    from segue.music.track import unique_recordings

    others = sorted(inventory.tracks.values(), key=lambda track: track.id)
    playable = [*ends, *(t for t in others if t.playable is not False and t not in ends)]
    copies = unique_recordings(playable)
    tracks = [track for track in playable if track.id not in copies or track in ends]
    scorer = run.models("embedding")
    if isinstance(scorer, EmbeddingScorer):
        row_of = {track_id: row for row, track_id in enumerate(scorer.vocabulary.ids)}
        known = [t for t in tracks if t.id in row_of and bool(scorer.known[row_of[t.id]])]
        if known[:2] == list(ends):
            rows = [row_of[track.id] for track in known]
            return known, scorer.vectors[rows].astype(np.float64), "what Segue learned"
    matrix = abstract_matrix(inventory.features.get(track.id, UNKNOWN) for track in tracks)
    there = np.asarray(np.isfinite(matrix).all(axis=1))
    for end, is_known in zip(ends, there.tolist()[:2], strict=True):
        if not is_known:
            raise UsageError(
                f"it is not known what “{end.title}” sounds like; `segue enrich` looks it up"
            )
    scaled = inventory.scaling.transform(matrix[there]).astype(np.float64)
    heard = [track for track, is_known in zip(tracks, there.tolist(), strict=True) if is_known]
    return heard, scaled, "audio features"


@click.command(
    "cluster",
    help="Sort your library into groups, by what its songs sound like, by genre, by lyrics and by"
    " which of your files sound alike, and print each as a recipe that chooses it, to be kept:"
    " `segue cluster >> config.toml`. Makes no request.",
)
@click.option("--k", default="auto", show_default=True, metavar="N|auto", help="How many groups.")
@click.option(
    "--by",
    "ways",
    type=click.Choice(["sound", "genre", "lyrics", "alike"]),
    multiple=True,
    help="By what; repeatable. By default everything of which enough is known.",
)
@click.option(
    "--from", "source", default="liked", show_default=True, help="The songs, as in a recipe."
)
@json_option
@pass_call
def cluster(call: Call, k: str, ways: tuple[By, ...], source: str, as_json: bool) -> None:
    """Print the recipes on stdout, and what is to be said of them on stderr."""
    from segue.playlists.groups import WAYS, group

    number_of = None if k == "auto" else int(k) if k.isdecimal() else 0
    if number_of is not None and not 2 <= number_of <= 50:
        raise UsageError(f"--k {k}: say auto or a number from 2 to 50")
    found: list[tuple[Grouping, list[tuple[Group, Starter, int]]]] = []
    with call.look() as run:
        inventory = run.inventory()
        ids = _candidates(run, source)
        taken = {recipe.id for recipe in run.settings.playlists}
        known = WAYS if inventory.sound_space.rows else tuple(by for by in WAYS if by != "alike")
        for by in ways or known:
            try:
                grouping = group(by, ids, inventory, number_of, run.seed or 0)
            except NotEnoughDataError as error:
                if ways:
                    raise
                stderr().print(f"Left out: {error}.", markup=False, soft_wrap=True)
                continue
            found.append((grouping, list(_recipes(run, grouping, source, taken))))
    if not found:
        raise NotEnoughDataError("of too few songs anything is known yet; `segue enrich` looks up")
    if as_json:
        print_json({"schema": 1, "tracks": len(ids), "groupings": [_document(*f) for f in found]})
        return
    for grouping, recipes in found:
        _print_grouping(grouping, recipes, len(ids))
    print_next(stderr(), "segue cluster >> config.toml", "segue config check")


def _candidates(run: Run, source: str) -> tuple[str, ...]:
    """The songs of a source, each recording once. Raises what a recipe with it would."""
    from segue.music.track import unique_recordings
    from segue.playlists.gather.candidates import find_candidates

    recipe = _parsed(f'[[playlist]]\nname = "x"\nfrom = {_toml(source)}\n')
    found = find_candidates(recipe, run.inventory(), run.now)
    copies = unique_recordings(run.inventory().tracks[i] for i in found.passed)
    return tuple(i for i in found.passed if i not in copies)


def _recipes(
    run: Run, grouping: Grouping, source: str, taken: set[str]
) -> Iterator[tuple[Group, Starter, int]]:
    """Each group as a recipe that is right as it stands, with how many songs it chooses from.

    `taken` are the ids of recipes there are; those given here are added to it.
    """
    from segue.playlists.gather.candidates import find_candidates
    from segued.config.starter import Starter, playlist_text

    tracks = run.inventory().tracks
    for each in grouping.groups:
        name = each.name
        while recipe_id_for(name) in taken:
            name = f"{name} by {each.by.title()}" if name == each.name else f"{name}, Again"
        titles = ", ".join(f"“{tracks[i].title}”" for i in each.track_ids[:3])
        length = min(_LENGTH, len(each.track_ids))
        body = f"from = {_toml(source)}\nlength = {length}\nwhere = {_toml(dict(each.where))}\n"
        summary = f"{plural(len(each.track_ids), 'song')}, such as {titles}: {each.words}"
        starter = Starter(recipe_id_for(name), name, summary, body)
        recipe = _parsed(playlist_text(starter))
        taken.add(recipe.id)
        yield each, starter, len(find_candidates(recipe, run.inventory(), run.now).passed)


def _parsed(text: str) -> Recipe:
    """The one recipe of a text, with every check of a configuration. Raises UsageError."""
    from segued.config.load import check

    try:
        return check(text, "segue cluster", {}).settings.playlists[0]
    except ConfigError as error:
        raise UsageError(str(error)) from error


def _toml(value: object) -> str:
    from segued.config.starter import toml_value

    return toml_value(value)


def _print_grouping(
    grouping: Grouping, recipes: Sequence[tuple[Group, Starter, int]], of: int
) -> None:
    from segued.config.starter import playlist_text

    apart = grouping.silhouette
    said = f"By {grouping.by}: {plural(len(recipes), 'group')} of {grouping.known} of {of} songs"
    if apart is not None:
        said += f"; silhouette {apart:.2f} ({grouping.by_chance:z.2f} by chance)"
    if grouping.blends:
        said += ": they blend into one another, and are no distinct kinds"
    stderr().print(f"{said}.", markup=False, soft_wrap=True)
    click.echo(f"# {said}.\n")
    for _, starter, _ in recipes:
        click.echo(playlist_text(starter))


def _document(
    grouping: Grouping, recipes: Sequence[tuple[Group, Starter, int]]
) -> dict[str, object]:
    from segued.config.starter import playlist_text

    return {
        "by": grouping.by,
        "known": grouping.known,
        "silhouette": grouping.silhouette,
        "by_chance": grouping.by_chance,
        "groups": [
            {"name": starter.name, "id": starter.id, "words": each.words, "chooses_from": count,
             "where": dict(each.where), "tracks": list(each.track_ids),
             "toml": playlist_text(starter)}
            for each, starter, count in recipes
        ],
    }  # fmt: skip
