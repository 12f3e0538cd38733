"""What runs by ONNX Runtime: a BERT encoder exported to ONNX, fused, and quantised where it keeps
meaning; and the network of the package basic-pitch, which hears notes.

Weights become int8 per channel. The second matrix of each feed-forward block stays float32: its
inputs have a few very large values, and rounding them is what ruins a quantised sentence encoder.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segue.errors import UsageError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from segue.lyrics.encoder import EncoderCard, Forward

_INSTALL = "the fast runtime needs ONNX Runtime; run: pip install 'segue[fast]', or set runtime = "


def cached_forward(model: PreTrainedModel, card: EncoderCard, cache_folder: Path) -> Forward:
    """The forward pass of `model` through ONNX Runtime, built once a card and kept.

    Raises UsageError when the extra `fast` is missing or the model is no BERT.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise UsageError(f'{_INSTALL}"torch"') from error
    cache_folder.mkdir(parents=True, exist_ok=True)
    path = cache_folder / f"{card.key}.onnx"
    if not path.is_file():
        built = build(model)
        # A build that was cut must not be taken for a model.
        partial = path.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(built)
        partial.replace(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, os.cpu_count() or 1)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64] | None) -> NDArray[np.float32]:
        full = np.ones_like(ids) if mask is None else mask
        (states,) = session.run(None, {"input_ids": ids, "attention_mask": full})
        answer: NDArray[np.float32] = states
        return answer

    return forward


NOTES_INSTALL = "pip install --no-deps basic-pitch 'onnxruntime>=1.20'"
"""Its own dependencies (TensorFlow among them) are for its code, which is not used."""
NOTES_RATE = 22_050
_NOTES = "saved_models/icassp_2022/nmp.onnx"
_WINDOW, _LOWEST_CLASS, _HEARD = 43_844, 9, 0.3
"""Samples the network takes, the pitch class of its lowest note, and how sure a note must be."""

Notes = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""A mono signal (n,) at `NOTES_RATE` to how long each of the twelve pitch classes sounds (12,)."""


def notes_heard() -> Notes:
    """The weights of pitch classes by the network of basic-pitch (Apache 2.0; Bittner et al., "A
    lightweight instrument-agnostic model for polyphonic note transcription", ICASSP 2022).

    Raises UsageError where the package or ONNX Runtime is missing, or the network is another.
    """
    found = importlib.util.find_spec("basic_pitch")
    if found is None or found.origin is None or importlib.util.find_spec("onnxruntime") is None:
        raise UsageError(f'[features] key_by = "basic-pitch" needs: {NOTES_INSTALL}')
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as raised

    # Its errors have no common base; these are those of reading a model.
    unreadable = (
        raised.Fail,
        raised.InvalidArgument,
        raised.InvalidGraph,
        raised.InvalidProtobuf,
        raised.NoModel,
        raised.NoSuchFile,
        raised.NotImplemented,
        raised.RuntimeException,
        ValueError,
    )
    path = Path(found.origin).parent / _NOTES
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        (given,), outputs = session.get_inputs(), session.get_outputs()
        likely = [each.name for each in outputs if each.shape[1:] == [172, 88]]
        if given.shape[1:] != [_WINDOW, 1] or "StatefulPartitionedCall:1" not in likely:
            raise ValueError("its inputs and outputs are others")
    except unreadable as error:
        text = f"the network of basic-pitch in {path} cannot be read ({error})"
        raise UsageError(f"{text}; run: {NOTES_INSTALL} --force-reinstall") from error

    def weights(signal: NDArray[np.float32]) -> NDArray[np.float64]:
        padded = np.pad(signal, (0, -signal.size % _WINDOW)).reshape(-1, 1, _WINDOW, 1)
        total = np.zeros(88)
        for window in padded:
            (notes,) = session.run(
                ["StatefulPartitionedCall:1"], {given.name: window.astype(np.float32)}
            )
            total += np.where(notes[0] > _HEARD, notes[0], 0.0).sum(axis=0)
        classes = (np.arange(88) + _LOWEST_CLASS) % 12
        return np.asarray(np.bincount(classes, weights=total), dtype=np.float64)

    return weights


def build(model: PreTrainedModel) -> bytes:
    """Export, fuse and quantise a BERT: the finished ONNX model.

    Raises UsageError for another architecture than BERT, or when the extra `fast` is missing.
    """
    if model.config.model_type != "bert":
        raise UsageError(
            f"the fast runtime knows BERT models only, and this is {model.config.model_type}; "
            'set [lyrics] runtime = "torch"'
        )
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.transformers import optimizer
        from onnxruntime.transformers.fusion_options import FusionOptions
    except ImportError as error:
        raise UsageError(f'{_INSTALL}"torch"') from error
    # Both tools report their every step to the root logger.
    logging.getLogger().addFilter(_no_tool_chatter)
    try:
        with tempfile.TemporaryDirectory() as name:
            exported, fused, quantised = (
                Path(name) / f"{step}.onnx" for step in ("exported", "fused", "quantised")
            )
            _export(model, exported)
            optimizer.optimize_model(
                str(exported),
                model_type="bert",
                num_heads=model.config.num_attention_heads,
                hidden_size=model.config.hidden_size,
                optimization_options=FusionOptions("bert"),
                opt_level=0,
            ).save_model_to_file(str(fused))
            quantize_dynamic(
                fused,
                quantised,
                per_channel=True,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_feed_forward_outputs(onnx.load(fused), model),
                extra_options={
                    "MatMulConstBOnly": True,
                    "DefaultTensorType": onnx.TensorProto.FLOAT,
                },
            )
            return quantised.read_bytes()
    finally:
        logging.getLogger().removeFilter(_no_tool_chatter)


def _no_tool_chatter(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


def _export(model: PreTrainedModel, path: Path) -> None:
    """Write the model's graph with a free batch size and length."""
    import torch

    class States(torch.nn.Module):
        """Only the last hidden state: no pooler, no tuple."""

        def __init__(self, inner: PreTrainedModel) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.inner(
                input_ids=input_ids,
                attention_mask=attention_mask,
                token_type_ids=torch.zeros_like(input_ids),
            ).last_hidden_state
            return states

    before = getattr(model.config, "_attn_implementation", "sdpa")
    # The fusion recognises attention by its plain form.
    model.set_attn_implementation("eager")
    free = {0: "batch", 1: "length"}
    ids = torch.zeros((2, 8), dtype=torch.long)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The newer exporter writes attention in a form that the fusion does not recognise.
            torch.onnx.export(
                States(model.to("cpu").eval()),  # type: ignore[arg-type]  # see torch_forward
                (ids, torch.ones_like(ids)),
                str(path),
                input_names=["input_ids", "attention_mask"],
                output_names=["states"],
                dynamic_axes={"input_ids": free, "attention_mask": free, "states": free},
                opset_version=17,
                dynamo=False,
            )
    finally:
        model.set_attn_implementation(before)


def _feed_forward_outputs(graph: object, model: PreTrainedModel) -> list[str]:
    """The names of the MatMul nodes that leave a feed-forward block."""
    from onnx import ModelProto

    assert isinstance(graph, ModelProto)
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.graph.initializer}
    leaving = (model.config.intermediate_size, model.config.hidden_size)
    return [
        node.name
        for node in graph.graph.node
        if node.op_type == "MatMul" and shapes.get(node.input[1]) == leaving
    ]
