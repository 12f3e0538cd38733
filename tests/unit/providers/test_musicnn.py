"""MusiCNN from the files of its package: the network, its checkpoint, the words it knows."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.sounds import noise, saved_musicnn

from segue.errors import ServiceError, UsageError
from segued.providers.audio.musicnn import (
    DIM,
    FOLDERS,
    INSTALL,
    WINDOW,
    load_musicnn,
    shapes,
    tags_in,
    tags_of,
    tensors,
)

INSTALLED = importlib.util.find_spec("musicnn") is not None
needs_package = pytest.mark.skipif(not INSTALLED, reason=f"no package musicnn: {INSTALL}")

ANSWERED = {
    "musicnn": (
        [-0.17718, 5.88682, -0.28483, 0.65795, 2.94735, 1.98902],
        {"metal": 0.8952, "heavy metal": 0.02641, "experimental": 0.02264, "electronic": 0.01166},
    ),
    "musicnn-mtt": (
        [1.36823, -0.03288, 1.33101, -0.18606, -0.0787, 2.70644],
        {"male": 0.41099, "male vocal": 0.37043, "guitar": 0.36696, "man": 0.2717},
    ),
}
"""What the package's own code answered to `waves` on TensorFlow 2.21 (compat.v1): the first units
of the layer before the tags, and the four highest tags."""


def waves() -> np.ndarray:
    """Bands that anybody can make again: (1, 187, 96) float32."""
    frame, band = np.arange(187)[:, None], np.arange(96)[None]
    return (2 + np.sin(frame / 9 + band / 7) + np.cos(frame * band / 300)).astype(np.float32)[None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with random weights, found before any other."""
    made = saved_musicnn(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return made


@needs_package
@pytest.mark.parametrize("name", FOLDERS)
def test_the_network_answers_as_the_packages_own_code_does(name: str) -> None:
    units, highest = ANSWERED[name]
    hidden, tags = load_musicnn(name).forward(waves())
    assert hidden[0, :6].numpy() == pytest.approx(units, abs=1e-4)
    order = tags[0].argsort(descending=True)[:4].tolist()
    found = {tags_of(name)[place]: float(tags[0, place]) for place in order}
    assert found == pytest.approx(highest, abs=1e-4)
    assert list(found) == list(highest)


@needs_package
def test_loud_music_is_finite() -> None:
    net = load_musicnn("musicnn")
    assert np.isfinite(net.vector(np.sign(noise(3, 4)))).all()


def test_neither_the_packages_code_nor_tensorflow_is_imported(package: Path) -> None:
    net = load_musicnn("musicnn")
    assert net.vector(noise(1, 4)).shape == (DIM,)
    assert "musicnn" not in sys.modules
    assert "tensorflow" not in sys.modules


def test_a_short_sound_is_repeated_to_the_length_of_an_excerpt(package: Path) -> None:
    net, sound = load_musicnn("musicnn"), noise(1, 1)
    assert net.spectrogram(sound) == pytest.approx(net.spectrogram(np.resize(sound, WINDOW)))


def test_the_direction_of_a_tag_is_that_in_which_its_output_grows(package: Path) -> None:
    net = load_musicnn("musicnn-mtt")
    one, other = (net.spectrogram(noise(seed, 4)) for seed in (1, 9))
    tags = net.forward(np.stack([one, other]))[1].double().numpy()
    grows = np.diff(np.log(tags / (1 - tags)), axis=0)[0]
    moved = net.vector(noise(9, 4)) - net.vector(noise(1, 4))
    scaled = (
        net.weights["batch_normalization_10/gamma"][:, None] * net.weights["dense_1/kernel"]
    ).numpy()
    for place, tag in enumerate(tags_of("musicnn-mtt")[:5]):
        length = np.linalg.norm(scaled[:, place])
        assert grows[place] == pytest.approx(moved @ net.direction(tag) * length, rel=1e-3)


@pytest.mark.parametrize("part", [".index", ".data-00000-of-00001"])
@pytest.mark.parametrize("left", [0, 30, 2000])
def test_files_cut_short_are_refused_by_name(package: Path, part: str, left: int) -> None:
    file = package / FOLDERS["musicnn"] / part
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(ServiceError, match=r"weights of musicnn in .*MSD_musicnn.*no-deps"):
        load_musicnn("musicnn")


def test_an_index_with_any_byte_changed_gives_the_right_shapes_or_an_error(package: Path) -> None:
    folder, wanted = package / FOLDERS["musicnn"], dict(shapes())
    index, data = ((folder / each).read_bytes() for each in (".index", ".data-00000-of-00001"))
    for place in range(0, len(index), 41):
        broken = bytearray(index)
        broken[place] ^= 0x55
        try:
            found = dict(tensors(bytes(broken), data, wanted))
        except ValueError:
            continue
        assert {name: each.shape for name, each in found.items()} == wanted


def test_a_missing_package_says_how_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "musicnn", None)
    with pytest.raises(UsageError, match="pip install --no-deps musicnn"):
        load_musicnn("musicnn")


def test_a_text_names_the_tags_it_has_the_longer_ones_first() -> None:
    assert tags_in("musicnn", "Sad  Hard Rock, for a House party") == (
        "hard rock", "party", "house", "sad",
    )  # fmt: skip
    assert tags_in("musicnn-mtt", "no vocals") == ("no vocals",)


def test_a_text_without_a_tag_is_refused_with_the_tags_there_are() -> None:
    with pytest.raises(UsageError, match=r"rainy piano.*easy listening"):
        tags_in("musicnn", "rainy piano")


def test_each_network_tells_fifty_tags() -> None:
    assert [len(set(tags_of(name))) for name in FOLDERS] == [50, 50]
