"""Which recipe is which: a recipe keeps its id, and with it its playlist, when it is renamed.

It is known again by a fingerprint of what it asks for, and a playlist by the mark that Segue leaves
in its description: "… · segue:morning". Under its id stand the lists it made, and how these were
heard, and which of them the user put into another order."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel

from segue.models.data import Indices, Vocabulary
from segue.music.features import FEATURE_NAMES
from segue.names import track_id_in
from segue.playlists.heard import HeardVersion, Listed, heard_versions
from segue.playlists.library import Playlist, PlaylistSummary
from segue.playlists.listening import Listening
from segue.recipe.recipe import Recipe
from segue.recipe.references import drawn
from segued.config.schema import Settings
from segued.store.library import ACCOUNT
from segued.store.playlists import Binding, Trial, list_digest
from segued.store.state import State


@dataclass(frozen=True, slots=True)
class RecipeIdentity:
    """A recipe under its lasting id. `configured_id` is what the configuration calls it;
    `note` says, in words, when the two differ."""

    recipe: Recipe
    configured_id: str
    note: str | None = None


def recipes_with_ids(settings: Settings, state: State, now: datetime) -> tuple[RecipeIdentity, ...]:
    """Every recipe of the configuration, in its order, under the id it keeps when it is renamed;
    an archive under that of its year or month. The lists of its other years are nobody else's."""
    account = state.library.cursor(ACCOUNT)
    archives = [each for each in settings.playlists if each.write.mode == "archive"]

    def archived(known_id: str | None) -> bool:
        return any(each.write.is_archive_id(known_id or "", each.id) for each in archives)

    found = identify(
        [each for each in settings.playlists if each.write.mode != "archive"],
        {i: bound for i, bound in state.playlists.bindings().items() if not archived(i)},
        [each for each in state.playlists.summaries() if not archived(mark_in(each.description))],
        str(account["id"]) if account else None,
    )
    by_id = {each.configured_id: each for each in found}
    for each in archives:
        local = now.astimezone(settings.zone_of(each.id))
        by_id[each.id] = RecipeIdentity(each.dated(local), each.id)
    return tuple(by_id[each.id] for each in settings.playlists)


def identify(
    recipes: Sequence[Recipe],
    bindings: Mapping[str, Binding],
    summaries: Sequence[PlaylistSummary] = (),
    user_id: str | None = None,
) -> tuple[RecipeIdentity, ...]:
    """Each recipe under its lasting id, in order.

    A recipe that is bound keeps its id. One that is not is a renamed one when exactly one
    binding that no recipe claims any more has its name (it was renamed before) or else its
    fingerprint, and no other recipe wants the same; or, where the state was lost, when exactly one
    playlist of the user's with its name carries the mark of an id that nothing claims.
    """
    configured = {recipe.id for recipe in recipes}
    marks = [
        (mark, summary.name)
        for summary in summaries
        if user_id in (None, summary.owner_id) and (mark := mark_in(summary.description))
    ]
    marked_ids = {mark for mark, _ in marks}
    unbound = [r for r in recipes if r.id not in bindings and r.id not in marked_ids]
    vanished = [b for b in bindings.values() if b.recipe_id not in configured]
    alike = {recipe.id: _alike(recipe, vanished) for recipe in unbound}
    found: list[RecipeIdentity] = []
    taken: set[str] = set()
    for recipe in recipes:
        known = alike.get(recipe.id, ())
        contested = sum(known == other for other in alike.values()) > 1
        if len(known) != 1 or contested:
            unclaimed = configured | set(bindings) | taken
            known = _named(recipe, marks, unclaimed) if recipe.id in alike else ()
        if len(known) == 1 and known[0] not in taken:
            taken.add(known[0])
            note = f"{recipe.name!r} is the recipe that was made as {known[0]!r}: it keeps that id"
            found.append(
                RecipeIdentity(recipe.model_copy(update={"id": known[0]}), recipe.id, note)
            )
        else:
            orphans = [mark for mark in marks if mark[0] not in configured | taken]
            # Of several new ones or several lost ones, nobody can guess which became which.
            asked = _perhaps_renamed(orphans) if list(alike) == [recipe.id] else None
            found.append(RecipeIdentity(recipe, recipe.id, asked))
    return tuple(found)


def _perhaps_renamed(orphans: Sequence[tuple[str, str]]) -> str | None:
    """What is said beside a new recipe while playlists carry the mark of none."""
    if len(orphans) != 1:
        return None
    ((mark, name),) = orphans
    return (
        f"it is new to Segue; if it is the one that made {name!r} and was renamed since, "
        f'say id = "{mark}" in it, or it gets a second playlist'
    )


def _alike(recipe: Recipe, vanished: Sequence[Binding]) -> tuple[str, ...]:
    renamed = tuple(binding.recipe_id for binding in vanished if binding.name == recipe.name)
    if renamed:
        return renamed
    wanted = fingerprint(recipe)
    return tuple(binding.recipe_id for binding in vanished if binding.fingerprint == wanted)


def _named(
    recipe: Recipe, marks: Sequence[tuple[str, str]], claimed: Collection[str]
) -> tuple[str, ...]:
    return tuple(mark for mark, name in marks if name == recipe.name and mark not in claimed)


LONGEST = 300
"""Characters that Spotify keeps of a description."""

_MARK = re.compile(r"(?:\s*·)?\s*\bsegue:([a-z0-9][a-z0-9-]{0,39})(?![\w-])")


def marked(text: str, recipe_id: str) -> str:
    """A description with the recipe's mark at its end, and no other mark in it.

    A text that leaves no room for the mark within what Spotify keeps is cut.
    """
    plain, mark = unmarked(text), f"segue:{recipe_id}"
    room = LONGEST - len(f" · {mark}")
    if len(plain) > room:
        plain = plain[: room - 1].rstrip() + "…"
    return f"{plain} · {mark}" if plain else mark


def unmarked(text: str) -> str:
    """A description without any mark. Spotify answers descriptions escaped as HTML."""
    return _MARK.sub("", html.unescape(text)).strip()


def mark_in(text: str) -> str | None:
    """The recipe id in a description's mark, or None."""
    found = _MARK.search(html.unescape(text))
    return found[1] if found else None


_DAY_SECONDS = 86400.0
_ALWAYS = frozenset({"id", "name", "source"})

_AS_STORED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "Recipe.duration": ("duration_ms", lambda seconds: round(seconds * 1000)),
    "LikeTrack.track": ("track_id", str),
    **{
        f"Where.{name}": (f"{name}_days", lambda seconds: seconds / _DAY_SECONDS)
        for name in ("added_within", "not_added_within", "played_within", "not_played_within")
    },
    "Where.artist": ("artists", list),
    "Where.not_artist": ("not_artists", list),
    "Where.title": ("title_matches", str),
    "Where.duration": ("duration_seconds", lambda wanted: wanted),
    "Where.year": ("release_year", lambda wanted: wanted),
    "Where.in_playlist": ("in_playlists", list),
    "Where.not_in_playlist": ("not_in_playlists", list),
    "Where.language": ("languages", list),
    "Where.not_language": ("not_languages", list),
}


def fingerprint(recipe: Recipe) -> str:
    """What a recipe asks for, without id and name, in 16 hex digits.

    Fields at their default do not count, so that a newer Segue with more options still knows the
    recipes of an older one.
    """
    content = _content(recipe.base.model_copy(update={"id": "", "name": ""}))
    return hashlib.blake2b(
        orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=8
    ).hexdigest()


def _content(value: object) -> object:
    """Plain JSON that tells values of different types apart and leaves defaults out."""
    if isinstance(value, BaseModel):
        return _section(value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {
            field.name: _content(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
        return [type(value).__name__, given]
    if isinstance(value, Mapping):
        return {str(key): _content(member) for key, member in value.items()}
    if isinstance(value, tuple | list):
        return [_content(member) for member in value]
    return value


def _section(section: BaseModel) -> object:
    kind = type(section).__name__
    given: dict[str, object] = {}
    sounds: dict[str, object] = {}
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if value == info.get_default(call_default_factory=True) and name not in _ALWAYS:
            continue
        if kind == "Where" and name in FEATURE_NAMES:
            sounds[name] = _content(value)
            continue
        key, change = _AS_STORED.get(f"{kind}.{name}", (name, lambda same: same))
        given[key] = _content(change(value))
    return [kind, given | ({"features": sounds} if sounds else {})]


BLINDED = "part of an experiment: which variant this is stays hidden until `segue verdict` knows"


def trial_of(recipe: Recipe, period: str) -> Trial | None:
    """The variant of its experiment that a recipe has in a period; None where it has none.

    The experiment begins anew whenever the recipe asks for something else.
    """
    if not recipe.experiment.differs:
        return None
    key = fingerprint(recipe)[:8]
    return Trial(key, drawn(recipe.id, key, period))


def read_heard_lists(
    state: State, bindings: Mapping[str, Binding], periods: Mapping[str, str], imported: Listening
) -> Mapping[str, list[HeardVersion]]:
    """How the lists of recipes were heard, by recipe id, oldest first; the list of the period under
    way (`periods`, by recipe id) does not count yet."""
    plays = [play for play in state.plays.all() if play.context is not None]
    found = {}
    for recipe_id, bound in bindings.items():
        context = f"spotify:playlist:{bound.playlist_id}"
        of_list = [play for play in plays if play.context == context]
        if of_list:
            heard = heard_versions(made_lists(bound), of_list, context, imported, {})
            now = periods.get(recipe_id)
            found[recipe_id] = [each for each in heard if each.listed.id != now]
    return found


def reordered_lists(
    bindings: Mapping[str, Binding], playlists: Mapping[str, Playlist], vocabulary: Vocabulary
) -> Iterator[tuple[Indices, Indices]]:
    """The tracks of each list that stands in another order than Segue last wrote it in: the order
    by hand and ours, of those in both. A list that still shows a write of ours is none."""
    for bound in bindings.values():
        found, last = playlists.get(bound.playlist_id or ""), bound.last
        ours = (*last.lists, *last.unconfirmed) if last is not None else ()
        if found is None or not found.complete or list_digest(found.uris) in ours or bound.late:
            continue
        both = set(found.uris).intersection(bound.written or ())
        now, before = (
            vocabulary.indices(
                dict.fromkeys(i for u in rows if u in both and (i := track_id_in(u)))
            )
            for rows in (found.uris, bound.written or ())
        )
        if now.tolist() != before.tolist():
            yield now, before


def made_lists(bound: Binding) -> list[Listed]:
    """The lists a recipe made, by period, of which it is known since when they stood."""
    return [
        Listed(made.period, since, tuple(track_id_in(uri) or uri for uri in made.uris))
        for made in bound.made
        if (since := made.since or _moment(made.period)) is not None
    ]


def _moment(period: str) -> datetime | None:
    try:
        return datetime.fromisoformat(period)
    except ValueError:
        return None  # what stood there before Segue's first write
