"""What the doctor asks the other services that are named, each one thing, as a look-up would; and
whether the sound of own files can be encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from segue.errors import (
    ForbiddenError,
    MalformedAnswerError,
    SegueError,
    UnavailableError,
    UsageError,
)
from segue.music.track import Album, Artist, Track
from segue.names import plural
from segued.config.schema import Settings
from segued.config.secrets import expanded
from segued.doctor.local import OWN_FILES, Check, failed
from segued.enrich.sources import FEATURE_PROVIDERS, LYRIC_PROVIDERS, Opening, opening_for
from segued.enrich.tags import TAG_PROVIDERS
from segued.inventory.outside import is_address, look_at
from segued.inventory.reading import sound_key
from segued.providers.encoders import hub
from segued.providers.encoders.loading import is_folder
from segued.providers.features.source import PATH as RECCOBEATS_PATH
from segued.providers.tags.services import LISTENBRAINZ_PATH
from segued.run import Run
from segued.sync import scrobbles
from segued.sync.similar import OPENED
from segued.sync.wanted import wanted_by
from segued.web.source import Json, Params
from segued.web.transport import Limits

PROBE = Track(
    "3z8h0TU7ReDPLIbEnYhWZb", "Bohemian Rhapsody", (Artist("Queen"),), Album("A Night at the Opera")
)
"""A song that every provider may be asked about, whatever is in the library."""


def asked(run: Run, *, offline: bool) -> Iterator[Check]:
    """Every other service that is named: sources, engines of similar songs, addresses of lists."""
    sections: list[tuple[str, str]] = [("features", n) for n in run.settings.features.sources]
    sections.extend(("tags", name) for name in run.settings.tags.sources)
    if run.settings.lyrics.enabled:
        sections.extend(("lyrics", name) for name in run.settings.lyrics.sources)
    else:
        yield Check("lyrics", "good", "switched off, by [lyrics] enabled = false")
    sections.extend(("scrobbles", f"scrobbles:{n}") for n in scrobbles.named_in(run.settings))
    named = wanted_by(run.settings.playlists).engines
    sections.extend(("discover", f"similar:{engine}") for engine in named)
    sections.extend(("never", name) for name in run.settings.never.lists if is_address(name))
    for section, name in sections:
        if not offline or name in OWN_FILES:
            yield _provider(run, section, name)


def _provider(run: Run, section: str, name: str) -> Check:
    look = OWN_FILES.get(name)
    try:
        with opening_for(run) as opening:
            said = look(run) if look is not None else _asked(opening, section, name)
    except ForbiddenError as error:
        step = f"take {name} out of the configuration, or see what it asks of its users"
        return Check(name, "warning", str(error), step)
    except UnavailableError as error:
        step = f"check the network and [{section}]; a refresh goes on without it meanwhile"
        return Check(name, "bad", str(error), step, error.exit_code)
    except SegueError as error:
        return failed(name, error, f"[{section}]")
    return Check(name, "good", said)


def _asked(opening: Opening, section: str, name: str) -> str:
    """Ask a provider about one song as a look-up does, or what only this one answers."""
    if name in _SERVICES:
        return _SERVICES[name].look(opening)
    if section == "features":
        features = FEATURE_PROVIDERS[name].open(opening)
        if features is None:
            return "not asked here: it has nothing to be asked with"
        features.fetch([PROBE])
    elif section == "discover":
        engine = next(each for each in OPENED if name == f"similar:{each}")
        OPENED[engine](opening.run, opening.services).beside(PROBE, 1)
    elif section == "never":
        return f"it lists {look_at(name, opening.run.state, opening.run.clock):,} artists"
    elif section == "scrobbles":
        scrobbles.look(opening.run, name.removeprefix("scrobbles:"))
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


def sound(run: Run) -> Iterator[Check]:
    """The encoder of sound, and of how many tracks a file of the user's was encoded."""
    settings, state = run.settings, run.state
    if not settings.sound.enabled:
        return
    if found := list(sound_problems(settings)):
        yield from found
        return
    key, name = sound_key(settings, state), settings.sound.model
    records = [each for each in state.features.sounds().values() if each.encoder == key]
    failed_files = sum(bool(each.problem) for each in records)
    text = f"{name} has encoded the files of {plural(len(records) - failed_files, 'track')}"
    if failed_files:
        text += f"; {plural(failed_files, 'file')} cannot be decoded or is silent"
    if len(records) > failed_files:
        yield Check("sound", "good", text)
    else:
        step = "`segue enrich` encodes your files; those that are tracks of your library count"
        yield Check("sound", "warning", text, step)


def sound_problems(settings: Settings) -> Iterator[Check]:
    """What `[sound]` lacks on this machine, as far as it shows without loading the model."""
    section, folder = settings.sound, settings.features.audio_folder
    if not section.enabled:
        return
    from segued.providers.audio.analysis import require_librosa
    from segued.providers.audio.musicnn import FOLDERS, INSTALL, folder_of, tags_in

    try:
        require_librosa()
    except UsageError as error:
        yield Check("sound", "bad", str(error), "pip install 'segue[audio]'", error.exit_code)
    if not folder or not expanded(folder).is_dir():
        text = "[sound] hears your own files, and [features] audio_folder names no folder of them"
        yield Check("sound", "bad", text, "set audio_folder in [features]", UsageError.exit_code)
    if section.model in FOLDERS:
        if folder_of(section.model) is None:
            text = f"the model {section.model} needs the package musicnn, which is not installed"
            yield Check("sound", "bad", text, INSTALL, UsageError.exit_code)
        forms = [form for recipe in settings.playlists for form in recipe.forms]
        for words in dict.fromkeys(text for form in forms for text in form.sound_texts):
            try:
                tags_in(section.model, words)
            except UsageError as error:
                step = "change like_sound in the recipe, or [sound] model"
                yield Check("sound", "bad", str(error), step, error.exit_code)
    elif is_folder(section.model):
        if not (expanded(section.model) / "config.json").is_file():
            text = f"{section.model} holds no model"
            yield Check("sound", "bad", text, "check [sound] model", UsageError.exit_code)
    elif not hub.is_cached(section.model, section.revision):
        text = f"{section.model} was not fetched yet"
        step = f'`segue enrich` fetches it; model = "musicnn" needs no hub ({INSTALL})'
        yield Check("sound", "warning", text, step)


@dataclass(frozen=True, slots=True)
class _Service:
    """A service, asked what only it answers so; its address is NAME_url of the section."""

    name: str
    section: str
    path: str
    query: Params
    is_own: Callable[[Json], bool]

    def look(self, opening: Opening) -> str:
        """Ask it. Raises MalformedAnswerError where something else answers there."""
        section = getattr(opening.settings, self.section)
        address: str = getattr(section, f"{self.name.lower()}_url")
        source = opening.services.open(self.name.lower(), address, Limits.of(section))
        if not self.is_own(source.get_json(self.path, self.query)):
            raise MalformedAnswerError(f"{address} does not answer as {self.name} does")
        return f"{address} answers"


def _has_list(key: str) -> Callable[[Json], bool]:
    return lambda answer: isinstance(answer, dict) and isinstance(answer.get(key), list)


_SERVICES = {
    "reccobeats": _Service(
        "ReccoBeats", "features", RECCOBEATS_PATH, {"ids": PROBE.id}, _has_list("content")
    ),
    "lrclib": _Service(
        "LRCLIB",
        "lyrics",
        "/api/search",
        {"q": f"{PROBE.title} {PROBE.artist}"},
        lambda answer: isinstance(answer, list),
    ),
    "musicbrainz": _Service(
        "MusicBrainz", "tags", "/ws/2/genre/all", {"fmt": "json", "limit": 1}, _has_list("genres")
    ),
    "listenbrainz": _Service(
        "ListenBrainz",
        "tags",
        LISTENBRAINZ_PATH,
        {"recording_name": PROBE.title, "artist_name": PROBE.artist},
        lambda answer: isinstance(answer, dict),
    ),
}
