"""`segue evaluate embedding`: what few numbers keep of a song, beside PCA and the original."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segued.cli.call import Call, pass_call
from segued.cli.evaluation_data import columns_option, data_option, json_option

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from segue.progress import Progress

LONGEST = 5000


@click.command("embedding", help="Measure the autoencoders beside PCA and the original.")
@data_option
@columns_option
@click.option(
    "--texts",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="A TSV or CSV file of texts, or a folder: the 5,000 longest stand in for lyrics.",
)
@click.option(
    "--encoder",
    metavar="NAME",
    help="The encoder of the texts; the packaged one by default.",
)
@json_option
@pass_call
def command(call: Call, data: Path | None, columns: str, texts: tuple[Path, ...],
            encoder: str | None, as_json: bool) -> None:  # fmt: skip
    """Print the table."""
    from segue.evaluation.embedding import evaluate_embedding
    from segued.cli.evaluation_data import playlists_of, print_table
    from segued.cli.progress import progress_bar

    tracks, source = playlists_of(call, data, columns)
    with progress_bar(quiet=call.quiet) as progress:
        vectors = _vectors(call, texts, encoder, progress) if texts else None
        table = evaluate_embedding(
            tracks, source, lyric_vectors=vectors, seed=call.seed or 0, progress=progress
        )
    print_table(table, as_json=as_json)


def _vectors(
    call: Call,
    files: Sequence[Path],
    encoder: str | None,
    progress: Progress,
) -> NDArray[np.float32]:
    """The vectors of the longest texts of these files: (n_texts, dim) float32."""
    from segued.cli.learn_sentiment_run import read_sets
    from segued.jobs.learn_sentiment import load
    from segued.providers.encoders.loading import PACKAGED, EncoderChoice

    every = {text for one in read_sets(tuple(files)) for text in one.texts}
    longest = sorted(every, key=lambda text: (-len(text), text))[:LONGEST]
    loaded = load(EncoderChoice(name=encoder or PACKAGED, revision=None), call.state_folder)
    return loaded.encode(longest, progress=progress)
