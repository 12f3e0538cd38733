"""Tables as any exporter may write them, made from tracks that are known: all is read back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.music.keys import camelot, key_name
from segue.tables.reading import read_table

FEATURES = ("energy", "valence", "danceability")
HEADINGS = {
    "api": ("id", "name", "artists", "energy", "valence", "danceability", "tempo", "key", "mode",
            "duration_ms"),
    "exportify": ("Track URI", "Track Name", "Artist Name(s)", "Energy", "Valence",
                  "Danceability", "Tempo", "Key", "Mode", "Duration (ms)"),
    "de": ("Track-URI", "Track-Name", "Künstlername(n)", "Energie", "Valenz", "Tanzbarkeit",
           "Tempo", "Tonart", "Modus", "Track-Dauer (ms)"),
    "fr": ("URI du titre", "Nom du titre", "Nom(s) de l'artiste", "Énergie", "Valence",
           "Danseabilité", "Tempo", "Tonalité", "Mode", "Durée du titre (ms)"),
    "es": ("URI de la canción", "Nombre de la canción", "Nombre(s) del artista", "Energía",
           "Valencia", "Bailabilidad", "Tempo", "Tonalidad", "Modo",
           "Duración de la canción (ms)"),
    "it": ("URI della traccia", "Nome della traccia", "Nome dell'artista", "Energia", "Valenza",
           "Ballabilità", "Tempo", "Chiave", "Modalità", "Durata della traccia (ms)"),
    "pt": ("URI da faixa", "Nome da faixa", "Nome(s) do artista", "Energia", "Valência",
           "Dançabilidade", "Tempo", "Tonalidade", "Modo", "Duração da faixa (ms)"),
    "nl": ("Nummer URI", "Nummernaam", "Naam van artiest", "Energie", "Valentie",
           "Dansbaarheid", "Tempo", "Toonsoort", "Modus", "Nummerduur (ms)"),
    "sv": ("Låtens URI", "Låtens namn", "Artistens namn", "Energi", "Valens", "Dansbarhet",
           "Tempo", "Tonart", "Läge", "Låtlängd (ms)"),
    "tr": ("Parça URI", "Parça Adı", "Sanatçı Adı", "Enerji", "Duygusallık",
           "Dans Edilebilirlik", "Tempo", "Ton", "Mod", "Parça Süresi (ms)"),
    "el": ("URI κομματιού", "Όνομα κομματιού", "Όνομα/τα καλλιτέχνη", "Ενέργεια", "Θετικότητα",
           "Χορευτικότητα", "Ρυθμός", "Τονικότητα", "Τρόπος", "Διάρκεια κομματιού (ms)"),
    "ja": ("トラックURI", "トラック名", "アーティスト名", "エネルギー", "感情値", "ダンサビリティ",
           "テンポ", "キー", "モード", "トラックの長さ（ミリ秒）"),
    "zh": ("曲目 URI", "曲目名称", "艺人名称", "能量", "情绪效价", "舞蹈性", "速度", "调性", "调式",
           "曲目时长（毫秒）"),
    "ar": ("رابط الأغنية (URI)", "اسم الأغنية", "أسماء الفنانين", "الطاقة", "الإيجابية",
           "قابلية الرقص", "الإيقاع", "المفتاح", "النمط", "مدة الأغنية (بالمللي ثانية)"),
    "pl": ("URI utworu", "Tytuł", "Wykonawca", "Energia", "Walencja", "Taneczność", "Tempo",
           "Tonacja", "Tryb", "Czas trwania (ms)"),
    "organizer": ("Spotify Track Id", "title", "artist", "nrgy", "val", "dnce", "bpm", "Key",
                  "mode", "dur"),
    "chosic": ("Spotify Track Id", "Song", "Artist", "Energy", "Happy", "Dance", "BPM", "Key",
               "Mode", "Time"),
    "r4ds": ("track_id", "track_name", "track_artist", "energy", "valence", "danceability",
             "tempo", "key", "mode", "duration_ms"),
}  # fmt: skip
_ID = st.text("0123456789ABCXYZabcxyz", min_size=22, max_size=22)
_WORDS = st.text(st.sampled_from("abcXYZ ,;|éłß日本\"'()[]#&/-."), min_size=1, max_size=14).map(
    lambda text: f"T{text.strip()}"
)


@dataclass(frozen=True)
class Song:
    id: str
    title: str
    artist: str
    hundredths: tuple[int, int, int]
    tempo: float
    key: int
    mode: int
    seconds: int


SONGS = st.lists(
    st.builds(
        Song, _ID, _WORDS, _WORDS,
        st.tuples(*[st.integers(11, 99)] * 3),
        st.integers(600, 2000).map(lambda tenths: tenths / 10),
        st.integers(0, 11), st.integers(0, 1), st.integers(61, 3599),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@dataclass(frozen=True)
class Form:
    """How a table is written."""

    language: str
    delimiter: str
    encoding: str
    line_end: str
    quote_all: bool
    blank: bool
    comma: bool
    percent: str
    id_form: str
    key_form: str
    clock: str
    junk: bool
    shout: bool

    def number(self, value: float) -> str:
        text = f"{value:g}"
        return text.replace(".", ",") if self.comma else text

    def fields(self, song: Song) -> list[str]:
        shares = {
            "": [self.number(h / 100) for h in song.hundredths],
            "72": [str(h) for h in song.hundredths],
            "72 %": [f"{h} %" for h in song.hundredths],
            "72%": [f"{h}%" for h in song.hundredths],
        }[self.percent]
        key, mode = str(song.key), str(song.mode)
        if self.key_form == "camelot":
            key, mode = camelot(song.key, song.mode), ""
        elif self.key_form == "open":
            hour = (int(camelot(song.key, song.mode)[:-1]) - 8) % 12 + 1
            key, mode = f"{hour}{'d' if song.mode else 'm'}", ""
        elif self.key_form == "name":
            key, mode = key_name(song.key, song.mode), ""
        elif self.key_form == "words":
            mode = "Major" if song.mode else "Minor"
        minutes, seconds = divmod(song.seconds, 60)
        duration = {
            "ms": str(song.seconds * 1000),
            "s": str(song.seconds),
            "m:ss": f"{minutes}:{seconds:02}",
            "h:mm:ss": f"0:{minutes:02}:{seconds:02}",
            "spelt": f"{minutes}m {seconds}s",
        }[self.clock]
        track_id = {
            "id": song.id,
            "uri": f"spotify:track:{song.id}",
            "link": f"https://open.spotify.com/track/{song.id}",
            "intl": f"https://open.spotify.com/intl-pt/track/{song.id}?si=0a1b&utm_source=x",
        }[self.id_form]
        made = [track_id, song.title, song.artist, *shares, self.number(song.tempo), key, mode]
        return [*made, duration, *(["", 'no, "one" needs; it'] if self.junk else [])]

    def text(self, songs: list[Song]) -> bytes:
        headings = [*HEADINGS[self.language], *(["ISRC", "Notes, of mine"] if self.junk else [])]
        if self.shout:
            headings = [heading.upper() for heading in headings]
        rows = [headings, *(self.fields(song) for song in songs)]
        joined = (self.delimiter + (" " if self.blank else "")).join
        lines = [joined(self.quoted(field) for field in row) for row in rows]
        text = self.line_end.join(lines) + self.line_end
        return text.encode(self.encoding)

    def quoted(self, field: str) -> str:
        special = any(c in field for c in f'{self.delimiter}"\n') or field != field.strip()
        if self.quote_all or special:
            return f'"{field.replace(chr(34), chr(34) * 2)}"'
        return field


FORMS = st.builds(
    Form,
    language=st.sampled_from(sorted(HEADINGS)),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quote_all=st.booleans(),
    blank=st.booleans(),
    comma=st.booleans(),
    percent=st.sampled_from(["", "72", "72 %", "72%"]),
    id_form=st.sampled_from(["id", "uri", "link", "intl"]),
    key_form=st.sampled_from(["number", "camelot", "open", "name", "words"]),
    clock=st.sampled_from(["ms", "s", "m:ss", "h:mm:ss", "spelt"]),
    junk=st.booleans(),
    shout=st.booleans(),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(songs=SONGS, form=FORMS)
def test_whatever_a_table_looks_like_its_tracks_are_read(
    songs: list[Song], form: Form, tmp_path: Path
) -> None:
    if form.encoding in ("utf-16-le", "utf-16-be") and not form.language.isascii():
        return
    path = tmp_path / "made [up].csv"
    path.write_bytes(form.text(songs))
    table = read_table(path)
    assert table.unread == ()
    rows = table.frame.rows(named=True)
    assert [(row["track_id"], row["title"], row["artist"]) for row in rows] == [
        (song.id, song.title.strip(), song.artist.strip()) for song in songs
    ]
    for song, row in zip(songs, rows, strict=True):
        for name, share in zip(FEATURES, song.hundredths, strict=True):
            assert math.isclose(row[name], share / 100)
        assert row["tempo"] == song.tempo
        assert (row["key"], row["mode"]) == (song.key, song.mode)
        assert row["duration_ms"] == song.seconds * 1000


@pytest.mark.parametrize("language", sorted(HEADINGS))
def test_every_language_of_headings_is_known(language: str, tmp_path: Path) -> None:
    path = tmp_path / "headings.csv"
    path.write_text(
        ",".join(f'"{heading}"' for heading in HEADINGS[language])
        + f"\n{'a' * 22},T,A,0.5,0.25,0.75,120,7,1,200000\n",
        encoding="utf-8",
    )
    (row,) = read_table(path).frame.rows(named=True)
    assert row == {
        "track_id": "a" * 22, "title": "T", "artist": "A", "energy": 0.5, "valence": 0.25,
        "danceability": 0.75, "key": 7, "mode": 1, "tempo": 120, "duration_ms": 200_000,
    }  # fmt: skip
