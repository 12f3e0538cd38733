"""The configured encoder, loaded only when something has to be encoded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import SegueError, ServiceError, UnavailableError, UsageError
from segued.inventory.reading import TEXTS, choice_of, known_key
from segued.learn.sentiment import FOLDER, find_head
from segued.providers.encoders.loading import (
    PACKAGED,
    EncoderChoice,
    choice_token,
    is_folder,
    load_encoder,
    packaged_folder,
)
from segued.run import Run
from segued.store.state import State
from segued.store.tracks.lyrics import Vectors
from segued.web.service import ENCODER

if TYPE_CHECKING:
    from segue.lyrics.encoder import TextEncoder
    from segue.lyrics.sentiment import SentimentHead

log = logging.getLogger(__name__)

NOT_LOADED_WAIT = timedelta(hours=1)


def encode_texts(texts: Sequence[str], encoder: LazyEncoder, state: State) -> None:
    """Encode the texts that are not yet, and keep their vectors. Raises as `prepare` does."""
    if not texts:
        return
    if encoder.key is None:
        encoder.check()
        encoder.prepare()
    assert encoder.key is not None
    held = state.vectors.get(TEXTS, encoder.key)
    known = frozenset(held.track_ids) if held is not None else frozenset[str]()
    missing = tuple(text for text in dict.fromkeys(texts) if text not in known)
    if missing:
        encoder.check()
        made = Vectors(missing, encoder.encode(missing))
        state.vectors.put(
            TEXTS, encoder.key, made
        )  # the key of what encoded, now that it is loaded
        state.lyrics.commit()


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
                f"{until:%Y-%m-%d %H:%M} UTC, `segue enrich` at once. Check [lyrics] encoder and "
                f'the connection, or set encoder = "{PACKAGED}" to work offline'
            )

    def _rests_until(self) -> datetime | None:
        """Until when it is not to be tried again; None where it is."""
        until = self._state.budget.get(self._name).cool_down_until
        return None if self._insist or until is None or until <= self._clock() else until

    @property
    def _stand_in(self) -> EncoderChoice | None:
        """The packaged encoder, where it is installed and another is configured by its name on the
        hub: for a folder that is wrong nothing may stand in."""
        is_hubs = self._choice.name != PACKAGED and not is_folder(self._choice.name)
        if not is_hubs or packaged_folder() is None:
            return None
        return replace(self._choice, name=PACKAGED, revision=None)

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
            why = f"{self._name} could not be loaded lately; tried again after {until:%H:%M} UTC"
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
            self._head = find_head(self._loaded.card, self._state.folder / FOLDER)
        return self._head

    @property
    def _name(self) -> str:
        return ENCODER + self._choice.name
