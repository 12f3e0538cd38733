"""The source "audio": files found by their tags and analysed, on signals made here."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from segue.errors import DataError, UsageError
from segue.music.features import AudioFeatures
from segue.music.track import Artist, Track
from segued.providers.audio.files import (
    INDEX_FILE,
    AudioFiles,
    IndexedFile,
    Tags,
    audio_files,
    is_indexed,
    refreshed_index,
)
from segued.providers.encoders.onnx import NOTES_INSTALL, NOTES_RATE, notes_heard
from segued.providers.features.source import Found

RATE = 22_050


def track(title: str, artist: str, **more: object) -> Track:
    unique = f"{title} by {artist} {more.get('duration_ms', 0)}"
    return Track(id=unique, title=title, artists=(Artist(artist),), **more)  # type: ignore[arg-type]


def files(*tags: Tags) -> AudioFiles:
    indexed = [IndexedFile(f"/music/{i}.flac", 1, 1, tag) for i, tag in enumerate(tags)]
    return AudioFiles(indexed, changed=False)


def found(path: Path) -> Found:
    return Found(AudioFeatures(tempo=100.0 + int(path.stem)), ("tempo",))


def tempi(source: AudioFiles, *tracks: Track) -> list[float | None]:
    answer = source.fetch(tracks, found)
    return [answer[t.id].values.tempo if t.id in answer else None for t in tracks]


def test_a_file_is_found_by_its_isrc_whatever_its_title() -> None:
    source = files(Tags("Track 01", ("?",), "usum7-12-34567", 1000))
    asked = track("Moonlight", "Ada", isrc="USUM71234567", duration_ms=200_000)
    assert tempi(source, asked) == [100.0]


def test_a_file_is_found_by_title_artist_and_duration() -> None:
    source = files(
        Tags("Moonlight (2011 Remaster)", ("Ada feat. Bo",), "", 200_500),
        Tags("Moonlight (Live)", ("Ada",), "", 200_000),
    )
    assert tempi(
        source,
        track("Moonlight", "Ada", duration_ms=200_000),
        track("Moonlight", "Somebody", duration_ms=200_000),
        track("Moonlight", "Ada", duration_ms=320_000),
    ) == [100.0, None, None]


@pytest.mark.parametrize("line", ["Ada; Bo", "Bo / Ada", "Bo, Ada", "Ada & Bo"])
def test_artists_joined_in_one_tag_are_each_found(line: str) -> None:
    source = files(Tags("Moonlight", (line,), "", 200_000))
    assert tempi(source, track("Moonlight", "Ada", duration_ms=200_000)) == [100.0]


def test_a_file_that_cannot_be_decoded_is_warned_of_and_the_others_go_on(caplog) -> None:
    def failing(path: Path) -> Found:
        if path.stem == "0":
            raise DataError(f"{path}: cannot be decoded")
        return found(path)

    source = files(Tags("One", ("Ada",), "", 1000), Tags("Two", ("Ada",), "", 1000))
    tracks = [track("One", "Ada", duration_ms=1000), track("Two", "Ada", duration_ms=1000)]
    with caplog.at_level(logging.WARNING):
        answer = source.fetch(tracks, failing)
    assert set(answer) == {tracks[1].id}
    assert "0.flac" in caplog.text


def touch(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_hidden_files_and_other_kinds_are_passed_over(tmp_path) -> None:
    for name in ("a.mp3", "b/c.FLAC", ".hidden.mp3", ".trash/d.mp3", "cover.jpg"):
        touch(tmp_path / name)
    assert [path.name for path in audio_files(tmp_path)] == ["a.mp3", "c.FLAC"]


def test_a_folder_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match="audio_folder"):
        list(audio_files(tmp_path / "nowhere"))


def test_tags_are_read_again_only_where_a_file_changed(tmp_path) -> None:
    music, index = tmp_path / "music", tmp_path / "index.json"
    touched, _ = touch(music / "1.mp3"), touch(music / "2.mp3")
    read: list[str] = []

    def reader(path: Path) -> Tags:
        read.append(path.name)
        return Tags(title=path.stem, artists=("Ada",))

    first, changed = refreshed_index(music, index, reader)
    assert changed
    assert refreshed_index(music, index, reader) == (first, False)
    os.utime(touched, ns=(1, 1))
    touch(music / "3.mp3")
    again, changed = refreshed_index(music, index, reader)
    assert changed
    assert [file.tags.title for file in again] == ["1", "2", "3"]
    assert read == ["1.mp3", "2.mp3", "1.mp3", "3.mp3"]


def test_looking_without_keeping_leaves_the_news_to_who_looks_for_it(tmp_path) -> None:
    music, index = tmp_path / "music", tmp_path / INDEX_FILE
    touch(music / "1.mp3")
    read, changed = refreshed_index(music, index, lambda _: Tags("One"), keep=False)
    assert changed
    assert refreshed_index(music, index, lambda _: Tags("One")) == (read, True)


def test_a_kill_before_the_index_is_kept_loses_no_news(tmp_path) -> None:
    music, index = tmp_path / "music", tmp_path / INDEX_FILE
    touch(music / "1.mp3")

    def killed() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refreshed_index(music, index, lambda _: Tags("One"), on_change=killed)
    assert refreshed_index(music, index, lambda _: Tags("One"))[1]


def test_an_index_is_that_of_its_folder_until_a_file_comes_goes_or_changes(tmp_path) -> None:
    music, index = tmp_path / "music", tmp_path / INDEX_FILE

    def indexed() -> bool:
        before = is_indexed(music, tmp_path)
        refreshed_index(music, index, lambda _: Tags("One"))
        assert is_indexed(music, tmp_path)
        return before

    song, _ = touch(music / "1.mp3"), touch(music / "cover.jpg")
    assert not indexed()
    os.utime(song, ns=(1, 1))
    assert not indexed()
    touch(music / "2.mp3")
    assert not indexed()
    song.unlink()
    assert not indexed()
    touch(music / "3.txt")
    assert indexed()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 1, "files": [{}]}'])
def test_an_index_that_cannot_be_understood_is_made_anew(tmp_path, content: str) -> None:
    index = touch(tmp_path / "index.json", content)
    touch(tmp_path / "music" / "1.mp3")
    read, changed = refreshed_index(tmp_path / "music", index, lambda _: Tags("One"))
    assert changed
    assert [file.tags.title for file in read] == ["One"]


# What follows needs the extra `audio`.


def sound(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    soundfile = pytest.importorskip("soundfile", reason="the extra `audio` is not installed")
    pytest.importorskip("librosa", reason="the extra `audio` is not installed")
    pytest.importorskip("mutagen", reason="the extra `audio` is not installed")
    soundfile.write(path, samples.astype(np.float32), rate)
    return path


def clicks(tempo: float, seconds: float = 20) -> np.ndarray:
    samples = np.zeros(int(seconds * RATE))
    t = np.arange(600)
    click = 0.6 * np.exp(-t / 80) * np.sin(2 * np.pi * 1000 * t / RATE)
    for start in np.arange(0.1, seconds - 0.1, 60 / tempo):
        at = int(start * RATE)
        samples[at : at + 600] += click
    return samples


def tones(pitches: list[int], seconds: float) -> np.ndarray:
    """MIDI pitches together, each with three partials."""
    t = np.arange(int(seconds * RATE)) / RATE
    fade = np.minimum(1, np.minimum(t / 0.01, (seconds - t) / 0.05))
    hertz = [440 * 2 ** ((pitch - 69) / 12) for pitch in pitches]
    return 0.1 * fade * sum(np.sin(2 * np.pi * f * k * t) / k for f in hertz for k in (1, 2, 3))


@pytest.mark.slow
@pytest.mark.parametrize("tempo", [70, 90, 120, 128, 174])
def test_clicks_have_the_tempo_they_were_made_with(tmp_path, tempo: int) -> None:
    path = sound(tmp_path / "clicks.wav", clicks(tempo))
    from segued.providers.audio.analysis import analyse

    heard = analyse(path)
    assert heard.values.tempo == pytest.approx(tempo, rel=0.01)
    assert "tempo" in heard.estimated
    # Clicks have no pitch: no key is made up.
    assert heard.values.key == -1
    assert "key" not in heard.estimated


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tonic", "mode", "steps"),
    [
        (0, 1, [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]),
        (6, 0, [(0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)]),
        (3, 1, [(0,), (2,), (4,), (5,), (7,), (9,), (11,), (12,)]),
        (9, 0, [(0,), (2,), (3,), (5,), (7,), (8,), (11,), (12,)]),
    ],
)
def test_chords_and_scales_have_the_key_they_were_made_in(tmp_path, tonic, mode, steps) -> None:
    root = 57 + (tonic - 57) % 12
    played = [tones([root + step for step in chord], 0.5) for chord in steps]
    from_file = sound(tmp_path / "song.wav", np.concatenate(played * 3))
    from segued.providers.audio.analysis import analyse

    heard = analyse(from_file).values
    assert (heard.key, heard.mode) == (tonic, mode)


@pytest.mark.slow
def test_loudness_is_measured_and_energy_estimated_from_it(tmp_path) -> None:
    t = np.arange(48_000 * 4) / 48_000
    wave = 0.1 * np.sin(2 * np.pi * 997 * t)
    path = sound(tmp_path / "sine.flac", np.stack([wave, wave], axis=1), 48_000)
    from segued.providers.audio.analysis import analyse

    heard = analyse(path)
    assert heard.values.loudness == pytest.approx(-20, abs=0.05)
    assert heard.values.energy == pytest.approx(1 / (1 + np.exp(-(2.198 - 0.1938 * 20))), abs=0.01)
    assert "energy" in heard.estimated
    assert "loudness" not in heard.estimated
    assert heard.values.tempo == 0
    assert {"danceability", "valence", "liveness"} <= set(heard.values.missing())


def test_a_file_that_is_no_sound_is_named(tmp_path) -> None:
    sound(tmp_path / "good.wav", clicks(120, 1))
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"ID3 this is no music at all" * 50)
    from segued.providers.audio.analysis import analyse

    with pytest.raises(DataError, match=r"bad\.mp3"):
        analyse(bad)


@pytest.mark.parametrize("suffix", ["flac", "wav", "ogg", "mp3"])
def test_tags_are_read_from_every_usual_format(tmp_path, suffix: str) -> None:
    path = sound(tmp_path / f"song.{suffix}", clicks(120, 2))
    import mutagen
    from mutagen.id3 import TIT2, TPE1, TSRC

    from segued.providers.audio.files import read_tags

    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if suffix in ("wav", "mp3"):
        for frame in (TIT2(text="Moonlight"), TPE1(text="Ada"), TSRC(text="USUM71234567")):
            file.tags.add(frame)
    else:
        file.tags["title"], file.tags["artist"] = "Moonlight", "Ada"
        file.tags["isrc"] = "USUM71234567"
    file.save()
    tags = read_tags(path)
    assert (tags.title, tags.artists, tags.isrc) == ("Moonlight", ("Ada",), "USUM71234567")
    assert tags.duration_ms == pytest.approx(2000, abs=80)


def test_the_key_is_told_by_the_notes_where_something_hears_them(tmp_path) -> None:
    path = sound(tmp_path / "song.wav", tones([60, 64, 67], 6))
    from segued.providers.audio.analysis import analyse

    in_d = np.array([0.1, 0, 3, 0, 0.1, 0, 2, 0.1, 0, 2, 0, 0.1])
    heard = analyse(path, lambda signal: in_d * signal.size).values
    assert (heard.key, heard.mode) == (2, 1)


def test_basic_pitch_hears_which_notes_are_played_and_its_code_is_not_imported() -> None:
    if importlib.util.find_spec("basic_pitch") is None:
        pytest.skip(f"no package basic-pitch: {NOTES_INSTALL}")
    played = [tones([pitch], 1.0) for pitch in (57, 60, 64)]
    assert RATE == NOTES_RATE
    weights = notes_heard()(np.concatenate(played).astype(np.float32))
    assert set(np.argsort(weights)[-3:].tolist()) == {9, 0, 4}
    assert weights[[9, 0, 4]].sum() > 0.8 * weights.sum()
    assert "basic_pitch" not in sys.modules


def test_without_its_package_it_is_said_how_it_is_installed(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "basic_pitch", None)
    with pytest.raises(UsageError, match="pip install --no-deps basic-pitch"):
        notes_heard()


def test_a_network_that_is_another_is_refused_by_name(tmp_path, monkeypatch) -> None:
    package = tmp_path / "basic_pitch"
    (package / "saved_models" / "icassp_2022").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "saved_models" / "icassp_2022" / "nmp.onnx").write_bytes(b"no network")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match=r"nmp\.onnx cannot be read"):
        notes_heard()
