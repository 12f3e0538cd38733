"""MusiCNN: what music sounds like, by weights that the package `musicnn` ships (ISC licence).

The network is computed here, in torch, from the files of a TensorFlow checkpoint; neither the
package's code nor TensorFlow is imported. Pons and Serra, "musicnn: pre-trained convolutional
neural networks for music audio tagging", ISMIR 2019; Pons et al., "End-to-end learning for music
audio tagging at scale", ISMIR 2018.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from segue.errors import ServiceError, UsageError

if TYPE_CHECKING:
    import torch

INSTALL = "pip install --no-deps musicnn"
"""Its own dependencies (TensorFlow, a NumPy of 2019) are for its code, which is not used."""

RATE, DIM = 16_000, 200
"""Samples a second, as in training; the length of a vector, the layer before the tags."""
_HOP, _FFT, _BANDS, _FRAMES = 256, 512, 96, 187
WINDOW = _HOP * (_FRAMES - 1) + _FFT
"""Samples in one excerpt, 3 seconds: 187 frames."""

_EPSILON = 1e-3
"""What TensorFlow's batch normalisation adds to a variance."""
_LAST = "batch_normalization_10"
_NORMS = ("moving_mean", "moving_variance", "beta", "gamma")
_TABLE = 0xDB4775248B80FB57
"""What a table of LevelDB ends with."""

FOLDERS: Mapping[str, str] = {"musicnn": "MSD_musicnn", "musicnn-mtt": "MTT_musicnn"}
"""What `[sound] model` says, and the package's folder: of the Million Song Dataset with tags of
Last.fm's listeners, or of MagnaTagATune with tags of players of a game."""

_TAGS: Mapping[str, str] = {
    "musicnn": (
        "rock, pop, alternative, indie, electronic, female vocalists, dance, 00s, alternative "
        "rock, jazz, beautiful, metal, chillout, male vocalists, classic rock, soul, indie rock, "
        "mellow, electronica, 80s, folk, 90s, chill, instrumental, punk, oldies, blues, hard rock, "
        "ambient, acoustic, experimental, female vocalist, guitar, hip-hop, 70s, party, country, "
        "easy listening, sexy, catchy, funk, electro, heavy metal, progressive rock, 60s, rnb, "
        "indie pop, sad, house, happy"
    ),
    "musicnn-mtt": (
        "guitar, classical, slow, techno, strings, drums, electronic, rock, fast, piano, ambient, "
        "beat, violin, vocal, synth, female, indian, opera, male, singing, vocals, no vocals, "
        "harpsichord, loud, quiet, flute, woman, male vocal, no vocal, pop, soft, sitar, solo, "
        "man, classic, choir, voice, new age, dance, male voice, female vocal, beats, harp, cello, "
        "no voice, weird, country, metal, female voice, choral"
    ),
}


def tags_of(name: str) -> tuple[str, ...]:
    """The 50 tags that a network tells, in the order of its outputs."""
    return tuple(_TAGS[name].split(", "))


def tags_in(name: str, text: str) -> tuple[str, ...]:
    """The tags that a text names, the longest first: "sad hard rock" names "hard rock" and "sad".

    Raises UsageError where it names none, with those there are.
    """
    found, left = [], " ".join(text.casefold().split())
    for tag in sorted(tags_of(name), key=len, reverse=True):
        left, times = re.subn(rf"(?<!\w){re.escape(tag)}(?!\w)", "|", left)
        found += [tag] * bool(times)
    if not found:
        raise UsageError(
            f"{name} knows 50 words for sound, and “{text}” has none of them: "
            f"{', '.join(tags_of(name))}; use one of these, a track's link, or a CLAP model, "
            "which takes any words, as [sound] model"
        )
    return tuple(found)


def folder_of(name: str) -> Path | None:
    """Where the package keeps a network's files; None where it is not installed."""
    found = importlib.util.find_spec("musicnn")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / FOLDERS[name]


@dataclass(frozen=True, slots=True, eq=False)
class MusiCnn:
    """A network in evaluation mode; `revision` names its weights."""

    name: str
    revision: str
    weights: Mapping[str, torch.Tensor]

    def spectrogram(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel bands of a mono signal at `RATE`: (187, 96) float32. One that is shorter than
        `WINDOW` is repeated, as in training."""
        import librosa

        whole = np.resize(signal, WINDOW) if signal.size < WINDOW else signal[:WINDOW]
        bands = librosa.feature.melspectrogram(
            y=whole, sr=RATE, n_fft=_FFT, hop_length=_HOP, n_mels=_BANDS, center=False
        )
        # In float32: the package's own float16 overflows on loud music.
        return np.asarray(np.log10(10_000 * bands + 1).T, dtype=np.float32)

    def forward(self, bands: NDArray[np.float32]) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, 187, 96) log-mel bands to the last hidden layer (n, 200) and tags (n, 50), 0 to 1."""
        import torch

        with torch.inference_mode():
            device = self.weights["dense/bias"].device
            hidden = self._hidden(self._frames(torch.from_numpy(bands).to(device)))
            return hidden, torch.sigmoid(self._dense("dense_1", hidden))

    def vector(self, signal: NDArray[np.float32]) -> NDArray[np.float64]:
        """The last hidden layer for one excerpt: (200,), each unit with mean 0 and variance 1 over
        the music the network was trained on, by its own batch normalisation."""
        hidden = self.forward(self.spectrogram(signal)[None])[0]
        standard = (hidden[0] - self.weights[f"{_LAST}/beta"]) / self.weights[f"{_LAST}/gamma"]
        values: NDArray[np.float64] = standard.double().cpu().numpy()
        return values

    def direction(self, text: str) -> NDArray[np.float64]:
        """Where a text's tags lie: (200,), the direction in which their outputs grow most. Raises
        as `tags_in` does."""
        columns = [tags_of(self.name).index(tag) for tag in tags_in(self.name, text)]
        scaled = self.weights[f"{_LAST}/gamma"][:, None] * self.weights["dense_1/kernel"]
        rows = (scaled / scaled.norm(dim=0))[:, columns]
        total: NDArray[np.float64] = rows.sum(dim=1).double().cpu().numpy()
        return total

    def _frames(self, bands: torch.Tensor) -> torch.Tensor:
        """Timbre (tall filters), rhythm (long ones), three layers over both: (n, 753, 187)."""
        import torch

        image = self._norm("batch_normalization", bands[:, None])
        found = []
        for number in range(5):
            kernel = self.weights[f"conv2d{_suffix(number)}/kernel"].permute(3, 2, 0, 1)
            size = kernel.shape[2]
            padded = torch.nn.functional.pad(image, (0, 0, (size - 1) // 2, size // 2))
            bias = self.weights[f"conv2d{_suffix(number)}/bias"]
            heard = torch.nn.functional.conv2d(padded, kernel, bias).relu()
            heard = self._norm(f"batch_normalization_{number + 1}", heard)
            found.append(heard.amax(dim=3))
        layers = [torch.cat(found, dim=1)]
        for number in range(5, 8):
            kernel = self.weights[f"conv2d_{number}/kernel"][:, :, 0].permute(2, 1, 0)
            bias = self.weights[f"conv2d_{number}/bias"]
            heard = torch.nn.functional.conv1d(layers[-1], kernel, bias, padding=3).relu()
            heard = self._norm(f"batch_normalization_{number + 1}", heard)
            layers.append(heard if number == 5 else heard + layers[-1])
        return torch.cat(layers, dim=1)

    def _hidden(self, frames: torch.Tensor) -> torch.Tensor:
        """Pooled over time, maximum and mean of each channel side by side; then one layer."""
        import torch

        pooled = torch.stack([frames.amax(dim=2), frames.mean(dim=2)], dim=2).flatten(1)
        dense = self._dense("dense", self._norm("batch_normalization_9", pooled)).relu()
        return self._norm(_LAST, dense)

    def _dense(self, layer: str, values: torch.Tensor) -> torch.Tensor:
        return values @ self.weights[f"{layer}/kernel"] + self.weights[f"{layer}/bias"]

    def _norm(self, layer: str, values: torch.Tensor) -> torch.Tensor:
        """Batch normalisation of channels (axis 1) by the statistics of training."""
        shape = (1, -1, *(1 for _ in values.shape[2:]))
        mean, var, beta, gamma = (self.weights[f"{layer}/{n}"].view(shape) for n in _NORMS)
        return (values - mean) / (var + _EPSILON).sqrt() * gamma + beta


def _suffix(number: int) -> str:
    return f"_{number}" if number else ""


def shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every tensor the network needs, with its shape."""
    kernels = [(7, 38, 1, 204), (7, 67, 1, 204), *((n, 1, 1, 51) for n in (128, 64, 32))]
    kernels += [(7, 561, 1, 64), (7, 64, 1, 64), (7, 64, 1, 64)]
    for number, kernel in enumerate(kernels):
        yield f"conv2d{_suffix(number)}/kernel", kernel
        yield f"conv2d{_suffix(number)}/bias", kernel[3:]
    for number, size in enumerate((1, *(kernel[3] for kernel in kernels), 1506, DIM)):
        for name in _NORMS:
            yield f"batch_normalization{_suffix(number)}/{name}", (size,)
    for layer, shape in (("dense", (1506, DIM)), ("dense_1", (DIM, 50))):
        yield f"{layer}/kernel", shape
        yield f"{layer}/bias", shape[1:]


def load_musicnn(name: str, device: str = "cpu") -> MusiCnn:
    """A network of the installed package. Raises UsageError where the package is missing,
    ServiceError for files that are not as they were published."""
    folder = folder_of(name)
    import torch

    if folder is None:
        raise UsageError(f"the sound model {name} needs the package musicnn; run: {INSTALL}")
    try:
        index = (folder / ".index").read_bytes()
        data = (folder / ".data-00000-of-00001").read_bytes()
        arrays = dict(tensors(index, data, dict(shapes())))
    except (OSError, ValueError) as error:
        text = f"the weights of {name} in {folder} cannot be read ({error}); run: {INSTALL}"
        raise ServiceError(f"{text} --force-reinstall") from error
    weights = {key: torch.from_numpy(value).to(device) for key, value in arrays.items()}
    return MusiCnn(name, hashlib.sha256(data).hexdigest()[:16], weights)


def tensors(
    index: bytes, data: bytes, shapes: Mapping[str, tuple[int, ...]]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The named float32 tensors of a TensorFlow checkpoint of one shard.

    The index is a LevelDB table (table_format.md there) of `BundleEntryProto`
    (tensor_bundle.proto in TensorFlow). Raises ValueError where it is not, or of other shapes.
    """
    try:
        entries = _entries(index)
        for name, shape in shapes.items():
            entry = dict(_fields(entries.get(name, b"")))
            sizes = tuple(dict(_fields(dim)).get(1) for _, dim in _fields(entry.get(2, b"")))
            start, size = entry.get(4, 0), 4 * math.prod(shape)
            if (entry.get(1), sizes, entry.get(5)) != (1, shape, size) or start + size > len(data):
                raise ValueError(f"{name} is not {shape} of float32")
            values = np.frombuffer(data, "<f4", size // 4, start).reshape(shape)
            if not np.isfinite(values).all():
                raise ValueError(f"{name} holds what is no number")
            yield name, values.astype(np.float32)
    except (IndexError, TypeError, struct.error) as error:
        raise ValueError("its index is no checkpoint's") from error


def _entries(table: bytes) -> dict[str, bytes]:
    if struct.unpack("<Q", table[-8:])[0] != _TABLE:
        raise ValueError("its index is no checkpoint's")
    numbers, place = [], len(table) - 48
    for _ in range(4):  # where two blocks are; the second lists all others
        number, place = _varint(table, place)
        numbers.append(number)
    found: dict[str, bytes] = {}
    for _, handle in _block(table, numbers[2], numbers[3]):
        start, after = _varint(handle, 0)
        size, _ = _varint(handle, after)
        found |= {key.decode(): value for key, value in _block(table, start, size)}
    return found


def _block(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of one uncompressed block."""
    if table[start + size] != 0:
        raise ValueError("the index is compressed")
    block = table[start : start + size]
    (restarts,) = struct.unpack("<I", block[-4:])
    place, end, key = 0, size - 4 - 4 * restarts, b""
    while place < end:
        shared, place = _varint(block, place)
        own, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + own]
        place += own + length
        yield key, block[place - length : place]


def _fields(message: Any) -> Iterator[tuple[int, Any]]:
    """The fields of a protocol buffer by number: integers, or bytes."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        if tag & 7 == 0:
            value, place = _varint(message, place)
            yield tag >> 3, value
            continue
        size, place = _varint(message, place) if tag & 7 == 2 else (4, place)
        yield tag >> 3, message[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where the next begins."""
    number, shift = data[place] & 127, 7
    while data[place] > 127:
        place += 1
        number |= (data[place] & 127) << shift
        shift += 7
    return number, place + 1
