"""Audio files made here, and a tiny CLAP with seeded weights to hear them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from segue.music.track import Track

RATE = 16_000


def saved_clap(folder: Path) -> Path:
    """A CLAP of 15,000 random weights that hears 10 seconds at 16 kHz, saved as any on disk is."""
    import torch
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, RobertaTokenizerFast

    letters = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *sorted(ByteLevel.alphabet())]
    (folder / "vocab.json").write_text(json.dumps({each: i for i, each in enumerate(letters)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    RobertaTokenizerFast(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=64
    ).save_pretrained(folder)
    ClapFeatureExtractor(
        feature_size=16,
        sampling_rate=RATE,
        hop_length=700,
        fft_window_size=1024,
        frequency_max=RATE // 2,
        truncation="rand_trunc",
        padding="repeatpad",
    ).save_pretrained(folder)
    torch.manual_seed(7)
    text: dict[str, Any] = {
        "vocab_size": len(letters),
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 66,
        "pad_token_id": 1,
    }
    sound: dict[str, Any] = {
        "spec_size": 64,
        "num_mel_bins": 16,
        "patch_embeds_hidden_size": 8,
        "depths": [1, 1],
        "num_attention_heads": [1, 2],
        "hidden_size": 16,
        "window_size": 4,
        "num_classes": 4,
    }
    config = ClapConfig(text_config=text, audio_config=sound, projection_dim=16)
    ClapModel(config).save_pretrained(folder)
    return folder


def noise(seed: int, seconds: float = 3) -> np.ndarray:
    """A tone with some noise in it, another for each seed."""
    rng = np.random.default_rng(seed)
    tone = np.sin(2 * np.pi * 110 * (seed + 1) * np.arange(int(seconds * RATE)) / RATE)
    return (0.3 * tone + 0.05 * rng.normal(size=tone.size)).astype(np.float32)


def saved(path: Path, samples: np.ndarray, track: Track) -> Path:
    """Samples as a file that is tagged as a track."""
    import mutagen
    import soundfile

    soundfile.write(path, samples, RATE)
    file = mutagen.File(path)
    file["title"], file["artist"] = track.title, track.artist
    file["isrc"] = track.isrc or ""
    file.save()
    return path


def saved_musicnn(site: Path, seed: int = 5) -> Path:
    """A package `musicnn` as it is installed, with seeded random weights in TensorFlow's format."""
    import struct

    from segued.providers.audio.musicnn import FOLDERS, shapes

    def varint(number: int) -> bytes:
        low, rest = number & 127, number >> 7
        return bytes([low | 128]) + varint(rest) if rest else bytes([low])

    def field(number: int, value: int | bytes) -> bytes:
        if isinstance(value, int):
            return varint(number << 3) + varint(value)
        return varint(number << 3 | 2) + varint(len(value)) + value

    def block(pairs: list[tuple[bytes, bytes]]) -> bytes:
        rows = [b"\0" + varint(len(k)) + varint(len(v)) + k + v for k, v in pairs]
        return b"".join(rows) + struct.pack("<II", 0, 1)

    rng = np.random.default_rng(seed)
    entries, data = [(b"", field(1, 1))], b""
    for name, shape in sorted(shapes()):
        scale = 0.3 / np.sqrt(max(1, np.prod(shape[:-1])))
        positive = name.endswith(("variance", "gamma"))
        values = rng.uniform(0.5, 1.5, shape) if positive else rng.normal(0, scale, shape)
        raw = values.astype("<f4").tobytes()
        dims = b"".join(field(2, field(1, size)) for size in shape)
        entry = field(1, 1) + field(2, dims) + field(4, len(data)) + field(5, len(raw))
        entries.append((name.encode(), entry + b"\x35\0\0\0\0"))
        data += raw
    body = block(entries)
    index = block([(b"\xff", b"\0" + varint(len(body)))])
    start = varint(len(body) + 5) + varint(len(index))
    footer = (b"\0\0" + start).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    package = site / "musicnn"
    for folder in FOLDERS.values():
        (package / folder).mkdir(parents=True)
        (package / folder / ".index").write_bytes(body + b"\0" * 5 + index + b"\0" * 5 + footer)
        (package / folder / ".data-00000-of-00001").write_bytes(data)
    (package / "__init__.py").write_text('raise ImportError("its code is never run")\n')
    return package
