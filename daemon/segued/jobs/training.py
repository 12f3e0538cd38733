"""Training data: everything the state knows that learners may learn from."""

from __future__ import annotations

from dataclasses import replace

from segue.models.data import TrainingData
from segue.playlists.training import training_data as data_of
from segued.config.schema import Settings
from segued.jobs.history import read_listening
from segued.jobs.inventory import read_inventory
from segued.jobs.lazy_encoder import choice_of, known_key
from segued.store.state import State


def training_data(state: State, settings: Settings) -> TrainingData:
    """What can be learned from, with the vectors of the encoder that the settings name.

    Raises UsageError where nothing was synced yet.
    """
    return read_training(state, known_key(choice_of(settings), state))


def read_training(state: State, encoder: str | None) -> TrainingData:
    """The same with the key of the encoder whose lyric vectors are meant.

    Whatever recipes make is no playlist of the user's, and what was taken out of it by hand is
    what they do not like, also of recipes that are no longer in the configuration.
    """
    inventory = read_inventory(state, (), {}, encoder)
    known = state.playlists.bindings()
    made = {recipe: one.playlist_id for recipe, one in known.items() if one.playlist_id}
    out = {recipe: frozenset(one.kept_out) for recipe, one in known.items()}
    whole = replace(inventory, recipe_playlists=made, kept_out=out)
    return data_of(whole, read_listening(state, whole.tracks))
