"""The sound of own files as vectors, by a tiny CLAP with seeded weights that is saved here."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.sounds import RATE, noise, saved, saved_clap, saved_musicnn

from segue.errors import UsageError
from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked
from segued.cli.stages.enrich import coverage_lines
from segued.doctor.services import sound, sound_problems
from segued.inventory.reading import SOUND, SOUND_TEXTS, read_inventory, sound_key
from segued.providers.audio.analysis import SoundEncoder, load_sound_encoder, windows_of
from segued.providers.audio.musicnn import INSTALL
from segued.providers.encoders.loading import EncoderChoice
from segued.status.coverage import read_coverage
from segued.store.library import ACCOUNT

if TYPE_CHECKING:
    from conftest import House

pytest.importorskip("librosa", reason="the extra `audio` is not installed")
pytest.importorskip("mutagen", reason="the extra `audio` is not installed")

WORDS = "rainy piano"


@pytest.fixture(scope="session")
def tiny_clap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_clap(tmp_path_factory.mktemp("tiny-clap"))


@pytest.fixture(scope="session")
def encoder(tiny_clap: Path) -> SoundEncoder:
    return load_sound_encoder(EncoderChoice(str(tiny_clap), None))


@pytest.fixture
def music(house: House, tmp_path: Path, tiny_clap: Path) -> Path:
    """Three of four tracks as files, and a house that encodes what is in their folder."""
    folder = tmp_path / "music"
    folder.mkdir()
    for seed, track in enumerate(house.tracks(3)):
        saved(folder / f"{seed}.flac", noise(seed), track)
    house.features = {"sources": [], "audio_folder": str(folder)}
    house.sound = {"enabled": True, "model": str(tiny_clap)}
    house.state.library.set_cursor(ACCOUNT, {"id": "me"})
    house.state.library.put_tracks(house.tracks(4))
    house.state.library.commit()
    return folder


def test_every_track_with_a_file_gets_a_vector_and_no_second_look_makes_it_again(
    house: House, music: Path
) -> None:
    tracks = house.tracks(4)
    first = house.enrich(tracks).sound
    assert first is not None
    assert (first.asked, first.encoded, first.silent, first.problem) == (3, 3, 0, None)
    key = sound_key(house.settings, house.state)
    assert key is not None
    held = house.state.vectors.get(SOUND, key)
    assert held is not None
    assert set(held.track_ids) == {track.id for track in tracks[:3]}
    assert np.linalg.norm(held.matrix, axis=1) == pytest.approx(1, abs=1e-5)
    house.reopen()
    again = house.enrich(tracks).sound
    assert again is not None
    assert (again.asked, again.encoded) == (0, 0)
    lines = list(coverage_lines(read_coverage(house.settings, house.state), house.now))
    assert "Sound of your files: 3 of 4 tracks." in lines


def test_a_file_that_changed_is_encoded_again_and_the_others_are_not(
    house: House, music: Path
) -> None:
    tracks = house.tracks(3)
    house.enrich(tracks)
    saved(music / "1.flac", noise(40), tracks[1])
    os.utime(music / "1.flac", ns=(5, 5))
    found = house.enrich(tracks).sound
    assert found is not None
    assert (found.asked, found.encoded) == (1, 1)


def test_a_file_that_cannot_be_decoded_costs_itself_and_is_not_tried_again(
    house: House, music: Path
) -> None:
    tracks = house.tracks(3)
    damaged = (music / "0.flac").read_bytes()
    (music / "0.flac").write_bytes(damaged[:9000] + b"\0" * 50 + damaged[30_000:])
    saved(music / "2.flac", np.zeros(RATE, dtype=np.float32), tracks[2])
    found = house.enrich(tracks).sound
    assert found is not None
    assert found.encoded + found.silent == 3
    assert found.silent >= 1
    assert found.problem is None
    assert "silent" in house.state.features.sounds()[tracks[2].id].problem
    again = house.enrich(tracks).sound
    assert again is not None
    assert again.asked == 0


def test_switched_off_nothing_is_encoded(house: House, music: Path) -> None:
    house.sound = {}
    assert house.enrich(house.tracks(3)).sound is None


def test_without_a_folder_it_is_said_and_the_rest_goes_on(house: House, tiny_clap: Path) -> None:
    house.features = {"sources": []}
    house.sound = {"enabled": True, "model": str(tiny_clap)}
    outcome = house.enrich(house.tracks(2))
    assert outcome.features is not None
    assert not outcome.complete
    assert any("audio_folder" in line for line in outcome.said())


def test_a_recipes_words_are_encoded_and_its_inventory_knows_both(
    house: House, music: Path, encoder: SoundEncoder
) -> None:
    recipe = Recipe(name="Rain", source=Liked(), score={"like_sound": {WORDS: 1.0}})
    tracks = house.tracks(3)
    house.enrich(tracks, recipes=[recipe])
    key = sound_key(house.settings, house.state)
    assert key is not None
    texts = house.state.vectors.get(SOUND_TEXTS, key)
    assert texts is not None
    assert texts.track_ids == (WORDS,)
    assert np.allclose(texts.matrix, encoder.of_texts([WORDS]), atol=1e-6)
    space = read_inventory(house.state, (), {}, sound=key).sound_space
    by_hand = encoder.of_file(music / "0.flac") @ encoder.of_texts([WORDS])[0]
    assert space.closeness(tracks[0].id, space.texts[WORDS]) == pytest.approx(by_hand, abs=1e-5)


def test_a_damaged_row_costs_itself(house: House, music: Path) -> None:
    tracks = house.tracks(3)
    house.enrich(tracks)
    key = sound_key(house.settings, house.state)
    assert key is not None
    held = house.state.vectors.get(SOUND, key)
    assert held is not None
    held.matrix[list(held.track_ids).index(tracks[1].id), 0] = np.nan
    house.state.vectors.put(SOUND, key, held)
    space = read_inventory(house.state, (), {}, sound=key).sound_space
    assert set(space.rows) == {tracks[0].id, tracks[2].id}


def test_a_long_file_is_the_mean_of_windows_that_are_each_heard_whole(
    encoder: SoundEncoder, tiny_clap: Path
) -> None:
    import torch
    from transformers import ClapFeatureExtractor, ClapModel

    extractor = ClapFeatureExtractor.from_pretrained(tiny_clap)
    model = ClapModel.from_pretrained(tiny_clap)

    parts = [noise(1, 10), noise(5, 10)]
    rows = []
    for part in parts:
        prepared = extractor(part, sampling_rate=RATE, return_tensors="pt")
        with torch.inference_mode():
            states = model.audio_model(**prepared).pooler_output
            row = model.audio_projection(states)[0].numpy()
        rows.append(row / np.linalg.norm(row))
    mean = np.mean(rows, axis=0)
    found = encoder.of_windows(windows_of(np.concatenate([*parts, parts[0][:500]]), 10 * RATE))
    assert found == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_windows_lie_side_by_side_and_are_spread_over_a_long_file() -> None:
    signal = np.arange(4000, dtype=np.float32)
    assert [w[0] for w in windows_of(signal[:350], 100)] == [0, 100, 200]
    assert [w.size for w in windows_of(signal[:30], 100)] == [30]
    spread = windows_of(signal, 100)
    assert len(spread) == 12
    assert (spread[0][0], spread[-1][-1]) == (0, 3999)


def test_a_model_that_knows_no_sound_is_refused_by_name(tiny_bert_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"bert model and knows no sound.*\[sound\] model"):
        load_sound_encoder(EncoderChoice(str(tiny_bert_folder), None))


def test_files_of_tracks_that_a_service_knows_tell_how_far_estimates_are_off_once(
    house: House, music: Path
) -> None:
    house.sound = {}
    house.features |= {"sources": ["reccobeats", "audio"]}
    tracks = house.tracks(40)
    house.enrich(tracks)
    known = house.state.features.known()
    told = [t for t in tracks[3:] if t.id in known and not known[t.id].values.missing()]
    whole = [t for t in told if t.isrc][:3]
    for seed, track in enumerate(whole):
        saved(music / f"own-{seed}.flac", noise(seed, 6), track)
    house.enrich(tracks)
    found = house.state.features.calibration()
    assert found is not None
    assert found.compared == len(house.state.features.estimates()) >= 3
    assert found.errors["energy_mae"] > 0
    told_of = " ".join(coverage_lines(read_coverage(house.settings, house.state), house.now))
    assert f"on {found.compared} tracks that others know too" in told_of
    assert f"energy off by {found.errors['energy_mae']:.2f}" in told_of
    assert all(house.state.features.known()[t.id].source == "reccobeats" for t in whole)
    house.reopen()
    before = house.state.features.estimates()
    house.enrich(tracks)
    assert house.state.features.estimates().keys() == before.keys()


def test_musicnn_hears_the_same_files_and_its_words_are_compared_with_them(
    house: House, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved_musicnn(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    house.sound = {"enabled": True, "model": "musicnn"}
    recipe = Recipe(name="Rock", source=Liked(), score={"like_sound": {"Hard rock": 1.0}})
    tracks = house.tracks(3)
    found = house.enrich(tracks, recipes=[recipe]).sound
    assert found is not None
    assert (found.encoded, found.problem) == (3, None)
    space = read_inventory(
        house.state, (), {}, sound=sound_key(house.settings, house.state)
    ).sound_space
    own = load_sound_encoder(EncoderChoice("musicnn", None))
    by_hand = own.of_file(music / "0.flac") @ own.of_texts(["hard rock"])[0]
    assert space.closeness(tracks[0].id, space.texts["Hard rock"]) == pytest.approx(
        by_hand, abs=1e-5
    )


def test_words_that_a_model_does_not_know_are_told_and_files_are_heard_all_the_same(
    house: House, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved_musicnn(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    house.sound = {"enabled": True, "model": "musicnn"}
    recipe = Recipe(name="Rain", source=Liked(), score={"like_sound": {WORDS: 1.0}})
    found = house.enrich(house.tracks(3), recipes=[recipe]).sound
    assert found is not None
    assert found.encoded == 3
    assert found.problem is not None
    assert WORDS in found.problem
    assert house.enrich(house.tracks(3), recipes=[recipe]).sound.problem == found.problem


def test_words_that_a_model_does_not_know_cost_themselves_alone(
    house: House, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved_musicnn(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    house.sound = {"enabled": True, "model": "musicnn"}
    weights = {WORDS: 1.0, "hard rock": 1.0, "so very unheard-of": 1.0, "jazz": 1.0}
    recipe = Recipe(name="Rain", source=Liked(), score={"like_sound": weights})
    found = house.enrich(house.tracks(3), recipes=[recipe]).sound
    key = sound_key(house.settings, house.state)
    texts = house.state.vectors.get(SOUND_TEXTS, key)
    assert texts is not None
    assert set(texts.track_ids) == {"hard rock", "jazz"}
    assert WORDS in found.problem
    assert "so very unheard-of" in found.problem


def test_the_doctor_says_what_is_missing_and_then_how_many_tracks_were_heard(
    house: House, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.sound = {"enabled": True, "model": "musicnn"}
    monkeypatch.setitem(sys.modules, "musicnn", None)
    (missing,) = sound(house.run)
    assert (missing.outcome, missing.next_step) == ("bad", INSTALL)
    monkeypatch.delitem(sys.modules, "musicnn")
    saved_musicnn(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    (unheard,) = sound(house.run)
    assert unheard.outcome == "warning"
    assert "segue enrich" in unheard.next_step
    saved(music / "2.flac", np.zeros(RATE, dtype=np.float32), house.tracks(3)[2])
    house.enrich(house.tracks(3))
    (heard,) = sound(house.run)
    assert heard.outcome == "good"
    assert heard.text == (
        "musicnn has encoded the files of 2 tracks; 1 file cannot be decoded or is silent"
    )


def test_a_folder_that_is_none_and_a_model_that_is_none_are_both_told(
    house: House, tmp_path: Path
) -> None:
    house.features = {"sources": [], "audio_folder": str(tmp_path / "gone")}
    house.sound = {"enabled": True, "model": str(tmp_path)}
    said = [check.text for check in sound_problems(house.settings)]
    assert len(said) == 2
    assert "audio_folder" in said[0]
    assert "holds no model" in said[1]
    house.sound = {}
    assert not list(sound(house.run))
