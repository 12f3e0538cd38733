"""Filters: what one is, and those by lyrics and by what sounds alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segue.music.track import Track
from segue.playlists.gather.pool import Facts
from segue.playlists.inventory import Inventory, LyricFacts, Vector, VectorSpace
from segue.playlists.plan import Reason
from segue.playlists.text import number, quoted, range_words
from segue.recipe.sections import LikeSound, LikeText, LikeTrack, Where
from segue.recipe.values import Range

Answer = bool | None
Test = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter: a phrase that completes "37 …", and its test on a track id.

    `lenient` is the test where no nested filter drops what is unknown; None: the same.
    """

    text: str
    test: Test
    lenient: Test | None = None

    @property
    def possible(self) -> Test:
        """Whether a track may hold once all is known: False where it cannot."""
        return self.lenient or self.test


@dataclass(frozen=True, slots=True)
class Filter:
    """One key of `[playlist.where]`, which `segue.recipe.sections` declares.

    `condition` makes the condition of its value. `feature` is the audio feature that has to be
    known for it; `lyrics` says whether it asks about lyrics. `reasons` say of a track
    what the filter asks about: what it is given are the value, the track's id and the facts.
    """

    key: str
    condition: Callable[[Any, Facts, Inventory], Condition]
    feature: str = ""
    lyrics: bool = False
    reasons: Callable[[Any, str, Facts], Iterable[Reason]] | None = None


def negated(test: Test) -> Test:
    """The opposite of a test; the unknown stays unknown."""

    def negation(track_id: str) -> Answer:
        answer = test(track_id)
        return None if answer is None else not answer

    return negation


def all_of(tests: Sequence[Test]) -> Test:
    """Whether every test holds."""

    def test(track_id: str) -> Answer:
        answers = [each(track_id) for each in tests]
        return False if False in answers else None if None in answers else True

    return test


def any_of(tests: Sequence[Test]) -> Test:
    """Whether at least one test holds."""

    def test(track_id: str) -> Answer:
        answers = [each(track_id) for each in tests]
        return True if True in answers else None if None in answers else False

    return test


Like = LikeText | LikeTrack


def likes_of(where: Where) -> tuple[Like, ...]:
    """What a filter wants lyrics to be close to, nested filters left out."""
    return tuple(like for like in (where.like_text, where.like_track) if like is not None)


def target_of(like: Like, space: VectorSpace) -> Vector | None:
    """The vector that lyrics should be close to, (dim,); None while it is unknown."""
    if isinstance(like, LikeText):
        return space.texts.get(like.text)
    return space.of_track(like.track)


def _title_of(like: Like, tracks: Mapping[str, Track]) -> str:
    """What lyrics should be close to, in quotes: the text, or the track's title."""
    if isinstance(like, LikeText):
        return quoted((like.text,))
    track = tracks.get(like.track)
    return quoted((track.title if track else like.track,))


def _mood(wanted: Range, facts: Facts, _: Inventory) -> Condition:
    def test(track_id: str) -> Answer:
        known = facts.lyrics.get(track_id)
        return None if known is None or known.mood is None else wanted.holds(known.mood)

    return Condition(f"with {range_words('mood', wanted)}", test)


def _sung_in(languages: tuple[str, ...], facts: Facts, _: Inventory) -> Condition:
    wanted = {language.casefold() for language in languages}

    def test(track_id: str) -> Answer:
        known = facts.lyrics.get(track_id)
        if known is None or (known.language is None and not known.instrumental):
            return None
        return known.language in wanted

    return Condition(f"sung in {quoted(languages)}", test)


def _not_sung_in(languages: tuple[str, ...], facts: Facts, inventory: Inventory) -> Condition:
    found = _sung_in(languages, facts, inventory)
    return Condition(f"not {found.text}", negated(found.test))


def _instrumental(wanted: bool, facts: Facts, _: Inventory) -> Condition:
    def test(track_id: str) -> Answer:
        known = facts.lyrics.get(track_id)
        return None if known is None else known.instrumental is wanted

    return Condition("without words" if wanted else "with words", test)


def _close(like: Like, facts: Facts, _: Inventory) -> Condition:
    space, target = facts.lyric_space, target_of(like, facts.lyric_space)

    def test(track_id: str) -> Answer:
        known = facts.lyrics.get(track_id)
        if known is not None and known.instrumental:
            return False
        close = None if target is None else space.closeness(track_id, target)
        return None if close is None else close >= like.at_least

    least = f"at least {number(like.at_least)}"
    title = _title_of(like, facts.all_tracks)
    return Condition(f"with lyrics close to {title} ({least})", test)


def _closeness(like: Like, track_id: str, facts: Facts) -> Iterable[Reason]:
    target = target_of(like, facts.lyric_space)
    close = None if target is None else facts.lyric_space.closeness(track_id, target)
    if close is not None:
        title = _title_of(like, facts.all_tracks)
        yield Reason("lyrics", f"lyrics close to {title} ({close:.2f})")


def _sounding(like: LikeSound, facts: Facts, _: Inventory) -> Condition:
    space, target = facts.sound_space, facts.sound_space.of_track(like.track)

    def test(track_id: str) -> Answer:
        close = None if target is None else space.closeness(track_id, target)
        return None if close is None else close >= like.at_least

    title = _title_of(like, facts.all_tracks)
    return Condition(f"that sound like {title} (at least {number(like.at_least)})", test)


def _sound_closeness(like: LikeSound, track_id: str, facts: Facts) -> Iterable[Reason]:
    target = facts.sound_space.of_track(like.track)
    close = None if target is None else facts.sound_space.closeness(track_id, target)
    if close is not None:
        yield Reason("sound", f"sounds like {_title_of(like, facts.all_tracks)} ({close:.2f})")


def _known(
    kind: str, text: Callable[[LyricFacts], str | None]
) -> Callable[[object, str, Facts], Iterable[Reason]]:
    """A reason from what is known of a track's lyrics, where `text` has words for it."""

    def reasons(_: object, track_id: str, facts: Facts) -> Iterable[Reason]:
        known = facts.lyrics.get(track_id)
        if known is not None and (words := text(known)):
            yield Reason(kind, words)

    return reasons


_language = _known("language", lambda known: known.language and f"sung in “{known.language}”")

LYRICS: tuple[Filter, ...] = (
    Filter(
        "mood",
        _mood,
        lyrics=True,
        reasons=_known(
            "mood", lambda known: None if known.mood is None else f"mood {known.mood:+.2f}"
        ),
    ),
    Filter("language", _sung_in, lyrics=True, reasons=_language),
    Filter("not_language", _not_sung_in, lyrics=True, reasons=_language),
    Filter(
        "instrumental",
        _instrumental,
        lyrics=True,
        reasons=_known("instrumental", lambda known: "without words" if known.instrumental else ""),
    ),
    Filter("like_text", _close, lyrics=True, reasons=_closeness),
    Filter("like_track", _close, lyrics=True, reasons=_closeness),
    Filter("like_sound", _sounding, reasons=_sound_closeness),
)
