"""The model hub: asked once, in few seconds, and fetched from with one line and a bar.

Its own client tries many times, with long pauses, and writes bars and warnings as it likes; here
it is asked for what it knows, silenced, and given a bar of ours.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from segue.errors import UnavailableError
from segue.progress import Progress
from segued.config.sections import PACKAGED_ENCODER

log = logging.getLogger(__name__)

HUB_SECONDS = 3.0
"""How long the hub may take to say that it is there, looking up its address included."""
STALL_SECONDS = 4.0
"""How long nothing may come of a file before its fetch is given up."""
STAGE = "encoder, in MB"

LOOKS = 8
"""How often within a limit it is looked whether something came."""
_CHUNK_BYTES = 64 * 1024
"""How much is fetched between two signs of life: slow is not stalled."""

_COMMIT = re.compile("[0-9a-f]{40}")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_TEXTS = re.compile(r"[^/]*(config|token|vocab|merges|sentencepiece|spiece)[^/]*\.(json|txt|model)")
_SAFE, _PICKLED = (
    re.compile(r"model[^/]*\.safetensors(\.index\.json)?"),
    re.compile(r"pytorch_model[^/]*\.bin(\.index\.json)?"),
)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model, by its name and its size in bytes where that is known."""

    name: str
    size: int | None = None


def here_or_fetched(name: str, revision: str | None, progress: Progress) -> str | None:
    """Have a model in the cache of the hub's client, and give the revision that is there.

    A pinned revision that was fetched before needs nobody. Raises UnavailableError where the hub
    cannot be reached, or stops in the middle.
    """
    _silence()
    cached = any(cached_file(name, file, revision) for file in _WEIGHTS)
    if cached and revision is not None and _COMMIT.fullmatch(revision):
        return revision
    try:
        commit, missing = within(HUB_SECONDS, lambda: _missing(name, revision))
    except Exception as error:  # the transport's errors have no documented root
        if cached:
            return revision
        raise not_loaded(name, error) from error
    if missing:
        _fetch(name, commit, missing, progress)
    return commit


def cached_file(name: str, file: str, revision: str | None) -> bool:
    """Whether a file of a model is in the cache of the hub's client."""
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(name, file, revision=revision), str)


def is_cached(name: str, revision: str | None) -> bool:
    """Whether the weights of a model are in the cache. Makes no request."""
    return any(cached_file(name, file, revision) for file in _WEIGHTS)


def cache_folder() -> Path:
    """Where the hub's client keeps what it fetched."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def endpoint() -> str:
    """The address of the hub."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def ask(name: str, revision: str | None) -> tuple[str, int | None]:
    """Ask the hub for a model: the commit, and how many bytes would be fetched.

    Raises UnavailableError where it cannot be reached or does not know the model.
    """
    _silence()
    try:
        commit, files = within(HUB_SECONDS, lambda: _asked(name, revision))
    except Exception as error:  # as above
        raise not_loaded(name, error) from error
    return commit, _total(files)


def within(
    seconds: float, call: Callable[[], Result], progressed: Callable[[], object] = lambda: None
) -> Result:
    """What a call gives, or TimeoutError: the look-up of an address heeds no other limit.

    The time begins anew whenever `progressed` gives another value.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - handed to the one who waits
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    latest, quiet_looks = progressed(), 0
    while thread.is_alive() and quiet_looks < LOOKS:
        thread.join(seconds / LOOKS)
        earlier, latest = latest, progressed()
        quiet_looks = quiet_looks + 1 if latest == earlier else 0
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"nothing came for {seconds:.0f} s")
    return results[0]


def not_loaded(name: str, error: BaseException) -> UnavailableError:
    """The one line on a model that cannot be had from the hub."""
    first = re.sub(r"\s+", " ", str(error).strip().split("\n", 1)[0])
    return UnavailableError(
        f"the encoder {name} could not be loaded from the model hub {endpoint()} "
        f"({first or type(error).__name__}); check the name and the connection, or set "
        f'[lyrics] encoder = "{PACKAGED_ENCODER}" to work offline'
    )


def _asked(name: str, revision: str | None) -> tuple[str, list[HubFile]]:
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint()).model_info(
        name, revision=revision, files_metadata=True, timeout=HUB_SECONDS
    )
    files = [HubFile(each.rfilename, each.size) for each in info.siblings or ()]
    return info.sha or revision or "main", needed(files)


def _missing(name: str, revision: str | None) -> tuple[str, list[HubFile]]:
    """The commit, and the files that are not here; where there are any, that they are to be had.

    The hub may answer what it knows of a model while its files cannot be reached.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    commit, files = _asked(name, revision)
    missing = [file for file in files if not cached_file(name, file.name, commit)]
    for file in missing[:1]:
        url = hf_hub_url(name, file.name, revision=commit, endpoint=endpoint())
        get_hf_file_metadata(url, timeout=HUB_SECONDS, retry_on_errors=False)
    return commit, missing


def needed(files: Iterable[HubFile]) -> list[HubFile]:
    """What transformers reads of a model: settings, tokenizer, and the weights in one form."""
    files = list(files)
    safe = [file for file in files if _SAFE.fullmatch(file.name)]
    weights = safe or [file for file in files if _PICKLED.fullmatch(file.name)]
    return [*(file for file in files if _TEXTS.fullmatch(file.name) and file not in safe), *weights]


def _total(files: Iterable[HubFile]) -> int | None:
    sizes = [file.size for file in files]
    return None if None in sizes else sum(size or 0 for size in sizes)


def _fetch(name: str, commit: str, files: list[HubFile], progress: Progress) -> None:
    from huggingface_hub import hf_hub_download

    total = _total(files)
    size = "" if total is None else f", {megabytes(total)}"
    log.warning(
        "fetching the text encoder %s%s from %s, once; it is kept in %s",
        name,
        size,
        endpoint(),
        cache_folder(),
    )
    done = [0]
    given_up = threading.Event()

    def add(count: float) -> None:
        if given_up.is_set():
            raise TimeoutError("nobody waits for this any more")
        done[0] += int(count)
        progress(STAGE, done[0] // 1_000_000, None if total is None else max(1, total // 1_000_000))

    bar = _bar(add)

    def fetch() -> bool:
        for file in files:
            hf_hub_download(
                name,
                file.name,
                revision=commit,
                etag_timeout=HUB_SECONDS,
                tqdm_class=bar,
                endpoint=endpoint(),
            )
        return True

    try:
        within(STALL_SECONDS, fetch, lambda: done[0])
    except Exception as error:  # as above
        given_up.set()
        raise not_loaded(name, error) from error


def megabytes(count: int) -> str:
    """A number of bytes as people say it: "471 MB"."""
    return f"{max(1, round(count / 1_000_000)):,} MB"


def _bar(add: Callable[[float], None]) -> type:
    """What the hub's client takes for its bar: draws nothing, and says what came."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Counter(tqdm):  # type: ignore[misc]  # no types there
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **{**settings, "disable": True})
            add(settings.get("initial") or 0)

        def update(self, n: float | None = 1) -> None:
            add(n or 0)

    return Counter


def _silence() -> None:
    """Let the hub's client say nothing but what breaks it, nobody about this machine, and hurry."""
    from huggingface_hub import constants
    from huggingface_hub.utils import logging as hub_logging

    constants.HF_HUB_DISABLE_TELEMETRY = True
    constants.HF_HUB_DOWNLOAD_TIMEOUT = max(1, round(STALL_SECONDS))
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK_BYTES
    hub_logging.get_logger()  # the first call sets the level, so it comes before ours
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
