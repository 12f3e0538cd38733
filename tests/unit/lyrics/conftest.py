"""A tiny BERT made on disk, and the packaged encoder where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

WORDS = ("the moon is a lamp over river and we sing until morning love rain fire road").split()  # noqa: SIM905


@pytest.fixture(scope="session")
def tiny_bert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 2 layers and 32 values with random weights, saved as any model on disk is."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tiny_bert_folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The tiny BERT, loaded by the real loading code of transformers."""
    from transformers import AutoModel, AutoTokenizer

    return (
        AutoModel.from_pretrained(tiny_bert_folder),
        AutoTokenizer.from_pretrained(tiny_bert_folder),
    )
