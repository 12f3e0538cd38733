"""Which encoder's vectors the inventory holds: known without loading the encoder."""

from __future__ import annotations

from segue.errors import UsageError
from segued.config.schema import Settings
from segued.providers.encoders.loading import EncoderChoice, choice_token
from segued.store.state import State

LYRICS = "lyrics"
"""The kind of vectors under which those of lyrics are kept, by track id."""

TEXTS = "texts"
"""The kind of vectors under which texts that recipes name are kept, each as its own id."""


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
