"""Conditions on lyrics: mood, language, instrumental, and closeness to a text or a track."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from segue.music.track import Track
from segue.playlists.facts import Facts
from segue.playlists.plan import Reason
from segue.playlists.recipe import LikeText, LikeTrack, Range, Where
from segue.playlists.words import number, quoted, range_words
from segue.playlists.words_of_songs import LyricSpace, Vector

Like = LikeText | LikeTrack
LyricTest = Callable[[str], bool | None]


def likes_of(where: Where) -> tuple[Like, ...]:
    """What a filter wants lyrics to be close to, nested filters left out."""
    return tuple(like for like in (where.like_text, where.like_track) if like is not None)


def asks_about_lyrics(where: Where) -> bool:
    """Whether a filter asks about lyrics anywhere in it."""
    here = where.mood, where.instrumental, where.like_text, where.like_track
    named = bool(where.languages or where.not_languages)
    inner = (*where.any_of, *where.none_of)
    return named or any(one is not None for one in here) or any(map(asks_about_lyrics, inner))


def target_of(like: Like, space: LyricSpace) -> Vector | None:
    """The vector that lyrics should be close to, (dim,); None while it is unknown."""
    if isinstance(like, LikeText):
        return space.texts.get(like.text)
    return space.of_track(like.track_id)


def words_of(like: Like, tracks: Mapping[str, Track]) -> str:
    """What lyrics should be close to, in quotes: the text, or the track's title."""
    if isinstance(like, LikeText):
        return quoted((like.text,))
    track = tracks.get(like.track_id)
    return quoted((track.title if track else like.track_id,))


def lyric_tests(where: Where, facts: Facts) -> Iterator[tuple[str, LyricTest]]:
    """The conditions of a filter on lyrics: a phrase that completes "37 …", and the test.

    What is unknown answers None.
    """
    tracks = facts.all_tracks
    if (mood := where.mood) is not None:
        yield f"with {range_words('mood', mood)}", _mood(mood, facts)
    if where.languages:
        yield f"sung in {quoted(where.languages)}", _sung_in(where.languages, facts)
    if where.not_languages:
        test = _sung_in(where.not_languages, facts)
        yield f"not sung in {quoted(where.not_languages)}", _not(test)
    if (instrumental := where.instrumental) is not None:
        text = "without words" if instrumental else "with words"
        yield text, _instrumental(instrumental, facts)
    for like in likes_of(where):
        least = f"at least {number(like.at_least)}"
        yield f"with lyrics close to {words_of(like, tracks)} ({least})", _close(like, facts)


def lyric_reasons(track_id: str, facts: Facts, where: Where) -> Iterator[Reason]:
    """What is known of a track's lyrics, as far as the filter asks about it. It weighs nothing."""
    words, tracks = facts.words.get(track_id), facts.all_tracks
    for like in likes_of(where):
        target = target_of(like, facts.lyric_space)
        close = None if target is None else facts.lyric_space.closeness(track_id, target)
        if close is not None:
            yield Reason("lyrics", f"lyrics close to {words_of(like, tracks)} ({close:.2f})")
    if words is not None:
        if where.mood is not None and words.mood is not None:
            yield Reason("mood", f"mood {words.mood:+.2f}")
        if (where.languages or where.not_languages) and words.language is not None:
            yield Reason("language", f"sung in “{words.language}”")
        if where.instrumental is not None and words.instrumental:
            yield Reason("instrumental", "without words")
    for inner in where.any_of:
        yield from lyric_reasons(track_id, facts, inner)


def _mood(wanted: Range, facts: Facts) -> LyricTest:
    def test(track_id: str) -> bool | None:
        words = facts.words.get(track_id)
        return None if words is None or words.mood is None else wanted.holds(words.mood)

    return test


def _sung_in(languages: tuple[str, ...], facts: Facts) -> LyricTest:
    wanted = {language.casefold() for language in languages}

    def test(track_id: str) -> bool | None:
        words = facts.words.get(track_id)
        if words is None or (words.language is None and not words.instrumental):
            return None
        return words.language in wanted

    return test


def _instrumental(wanted: bool, facts: Facts) -> LyricTest:
    def test(track_id: str) -> bool | None:
        words = facts.words.get(track_id)
        return None if words is None else words.instrumental is wanted

    return test


def _close(like: Like, facts: Facts) -> LyricTest:
    space, target = facts.lyric_space, target_of(like, facts.lyric_space)

    def test(track_id: str) -> bool | None:
        words = facts.words.get(track_id)
        if words is not None and words.instrumental:
            return False
        close = None if target is None else space.closeness(track_id, target)
        return None if close is None else close >= like.at_least

    return test


def _not(test: LyricTest) -> LyricTest:
    def negation(track_id: str) -> bool | None:
        answer = test(track_id)
        return None if answer is None else not answer

    return negation
