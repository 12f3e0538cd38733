"""The configured encoders, loaded only when something has to be encoded: that of texts, and that of
the sound of the user's own files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError, SegueError, ServiceError, UnavailableError, UsageError
from segue.music.track import Track
from segued.config.schedule.zone import local_end
from segued.enrich.outcome import SoundOutcome
from segued.enrich.sources import own_files
from segued.inventory.reading import (
    SOUND,
    SOUND_TEXTS,
    TEXTS,
    choice_of,
    known_key,
    sound_choice,
    sound_key,
)
from segued.learn.sentiment import head_in_use
from segued.providers.encoders.loading import (
    PACKAGED,
    EncoderChoice,
    choice_token,
    is_folder,
    load_encoder,
    packaged_folder,
)
from segued.run import Run
from segued.store.access import ENCODER, NOT_LOADED_WAIT
from segued.store.state import State
from segued.store.tracks.features import SoundRecord
from segued.store.tracks.lyrics import Vectors

if TYPE_CHECKING:
    from segue.lyrics.encoder import TextEncoder
    from segue.lyrics.sentiment import SentimentHead
    from segued.providers.audio.analysis import SoundEncoder
log = logging.getLogger(__name__)


def encode_texts(texts: Sequence[str], encoder: LazyEncoder, state: State) -> None:
    """Encode the texts that are not yet, and keep their vectors. Raises as `prepare` does."""
    if not texts:
        return
    if encoder.key is None:
        encoder.check()
        encoder.prepare()
    assert encoder.key is not None
    if missing := _not_encoded(TEXTS, encoder.key, texts, state):
        encoder.check()
        made = Vectors(missing, encoder.encode(missing))
        state.vectors.put(TEXTS, encoder.key, made)  # of what encoded, now that it is loaded
        state.lyrics.commit()


def _not_encoded(
    kind: str, encoder: str | None, texts: Sequence[str], state: State
) -> tuple[str, ...]:
    """The texts without a vector of a kind by an encoder, each once."""
    held = state.vectors.get(kind, encoder) if encoder is not None else None
    known = frozenset(held.track_ids if held is not None else ())
    return tuple(text for text in dict.fromkeys(texts) if text not in known)


class LazyEncoder:
    """The configured encoder, loaded when a text has to be encoded: its key is known before.

    One that could not be loaded is not tried again for a while, unless `insist` is set.
    """

    def __init__(self, run: Run, *, insist: bool = False) -> None:
        self._choice = choice_of(run.settings)
        self._state = run.state
        self._clock = run.clock
        self._progress = run.progress
        self._insist = insist
        self._loaded: TextEncoder | None = None
        self._failed: SegueError | None = None
        self._head: SentimentHead | None = None

    @property
    def key(self) -> str | None:
        """The key of its card, or None while this choice was never loaded."""
        return known_key(self._choice, self._state)

    def check(self) -> None:
        """Raise UnavailableError while it is not to be tried again: once is enough for a run."""
        if self._failed is not None:
            raise self._failed
        until = self._rests_until()
        if until is not None and self._stand_in is None:
            raise UnavailableError(
                f"{self._name} could not be loaded lately; a refresh tries again after "
                f"{local_end(until)}, `segue enrich` at once. Check [lyrics] encoder and "
                f'the connection, or set encoder = "{PACKAGED}" to work offline'
            )

    def _rests_until(self) -> datetime | None:
        """Until when it is not to be tried again; None where it is."""
        rests = self._state.budget.get(self._name).cool_down(self._clock())
        return rests.until if rests is not None and not self._insist else None

    @property
    def _stand_in(self) -> EncoderChoice | None:
        """The packaged encoder, where it is installed and another is configured by its name on the
        hub: for a folder that is wrong nothing may stand in."""
        is_hubs = self._choice.name != PACKAGED and not is_folder(self._choice.name)
        allowed = is_hubs and packaged_folder() is not None
        return replace(self._choice, name=PACKAGED, revision=None) if allowed else None

    def prepare(self) -> None:
        """Load it, unless it is loaded. Raises as `load_encoder` does."""
        if self._loaded is not None:
            return
        if self._failed is not None:
            raise self._failed
        self._loaded = self._load()
        card = self._loaded.card
        stands_in = self._stand_in is not None and card.name == PACKAGED
        self._state.lyrics.set_encoder_key(
            choice_token(self._choice), card.key, PACKAGED if stands_in else None
        )

    def _load(self) -> TextEncoder:
        """The configured encoder; the packaged one where the hub cannot be reached."""
        budget, built = self._state.budget, self._state.folder / "encoders"
        stand_in, until = self._stand_in, self._rests_until()
        if until is not None and stand_in is not None:
            why = f"{self._name} could not be loaded lately; tried again after {local_end(until)}"
        else:
            try:
                loaded = load_encoder(self._choice, built, self._progress)
            except (ServiceError, UsageError) as error:
                wait = self._clock() + NOT_LOADED_WAIT
                budget.set_cool_down(self._name, wait, "could not be loaded")
                if stand_in is None or not isinstance(error, UnavailableError):
                    self._failed = error
                    raise
                why = str(error).split("; check", 1)[0]
            else:
                if budget.get(self._name).cool_down_until is not None:
                    budget.set_cool_down(self._name, None, None)
                return loaded
        log.warning("%s; the packaged %s, which is for English, stands in", why, PACKAGED)
        return load_encoder(stand_in, built)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: (n_texts, dim) float32, each row of unit length."""
        self.prepare()
        assert self._loaded is not None
        return self._loaded.encode(texts)

    @property
    def head(self) -> SentimentHead | None:
        """The sentiment head for its vectors, or None. Raises StoreError for a damaged one."""
        self.prepare()
        assert self._loaded is not None
        if self._head is None:
            self._head = head_in_use(self._state, self._loaded.card)
        return self._head

    @property
    def _name(self) -> str:
        return ENCODER + self._choice.name


KEPT_TOGETHER = 8
"""How many tracks' sound is written to disk together: an interruption repeats at most so many."""


def enrich_sounds(
    run: Run,
    tracks: Sequence[Track],
    texts: Sequence[str],
    out_of_time: Callable[[], bool],
    *,
    insist: bool = False,
) -> SoundOutcome:
    """Encode the texts that recipes compare with sound, and the sound of those of the tracks that
    have a file and no vector of it as it is now. What is done is on disk every few tracks.

    An encoder that could not be loaded is not tried again for a while, unless `insist` is set.
    """
    outcome = SoundOutcome()
    try:
        key, state = sound_key(run.settings, run.state), run.state
        todo = _without_sound(run, tracks, key) if tracks else []
        outcome.asked = len(todo)
        if not (todo or _not_encoded(SOUND_TEXTS, key, texts, state)):
            return outcome
        encoder = _sound_encoder(run, insist=insist)
        key = encoder.card.key  # not known before it was first loaded
        _encode_files(run, todo, encoder, outcome, out_of_time)
        for text in _not_encoded(SOUND_TEXTS, key, texts, state):
            try:
                state.vectors.put(SOUND_TEXTS, key, Vectors((text,), encoder.of_texts([text])))
            except UsageError as error:  # each text costs itself alone
                outcome.problem = f"{outcome.problem}; {error}" if outcome.problem else str(error)
    except SegueError as error:
        outcome.problem = str(error)
    return outcome


def _without_sound(
    run: Run, tracks: Sequence[Track], key: str | None
) -> list[tuple[Track, Path, str]]:
    """Tracks with their file and its version, where that was not encoded by this encoder yet."""
    own = own_files(run)
    if own is None:
        raise UsageError(
            "the sound of your own files cannot be encoded: set [features] audio_folder to where "
            "they are, or [sound] enabled = false"
        )
    held = run.state.vectors.get(SOUND, key) if key is not None else None
    rows = held.rows() if held is not None else {}
    records = run.state.features.sounds()
    found = []
    for track in tracks:
        path = own.path_of(track)
        if path is None:
            continue
        version, record = own.version_of(path), records.get(track.id)
        same = record is not None and (record.encoder, record.file) == (key, version)
        if not (same and record is not None and (record.problem or track.id in rows)):
            found.append((track, Path(path), version))
    return found


def _sound_encoder(run: Run, *, insist: bool) -> SoundEncoder:
    """The model of `[sound]`, loaded. Raises a SegueError where that cannot be done now."""
    from segued.providers.audio.analysis import load_sound_encoder

    choice, budget = sound_choice(run.settings), run.state.budget
    name = ENCODER + choice.name
    advice = "check [sound] model and the connection, or set [sound] enabled = false"
    rests = budget.get(name).cool_down(run.clock())
    if rests is not None and not insist:
        raise UnavailableError(
            f"{choice.name} could not be loaded lately; {advice}. "
            f"Next try: {local_end(rests.until)}"
        )
    try:
        loaded = load_sound_encoder(choice, run.progress)
    except (ServiceError, UsageError) as error:
        budget.set_cool_down(name, run.clock() + NOT_LOADED_WAIT, "could not be loaded")
        if not isinstance(error, UnavailableError):
            raise
        raise UnavailableError(f"{str(error).split('; check', 1)[0]}; {advice}") from error
    if rests is not None:
        budget.set_cool_down(name, None, None)
    run.state.lyrics.set_encoder_key(choice_token(choice), loaded.card.key)
    run.state.lyrics.commit()
    return loaded


def _encode_files(
    run: Run,
    todo: Sequence[tuple[Track, Path, str]],
    encoder: SoundEncoder,
    outcome: SoundOutcome,
    out_of_time: Callable[[], bool],
) -> None:
    key, state = encoder.card.key, run.state
    for start in range(0, len(todo), KEPT_TOGETHER):
        made: dict[str, NDArray[np.float32]] = {}
        records: dict[str, SoundRecord] = {}
        for number, (track, path, version) in enumerate(todo[start:][:KEPT_TOGETHER], start):
            if out_of_time():
                outcome.out_of_time = True
                break
            run.progress("sound", number, len(todo))
            problem = ""
            try:
                made[track.id] = encoder.of_file(path)
            except DataError as error:
                log.warning("%s", error)
                problem = str(error)
            records[track.id] = SoundRecord(key, version, run.clock(), problem)
        if made:  # before what says that they are there
            state.vectors.put(SOUND, key, Vectors(tuple(made), np.stack(list(made.values()))))
        state.features.put_sounds(records)
        state.features.commit()
        outcome.encoded += len(made)
        outcome.silent += len(records) - len(made)
        if outcome.out_of_time:
            return
    if todo:
        run.progress("sound", len(todo), len(todo))
