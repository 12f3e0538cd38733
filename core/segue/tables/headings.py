"""What columns are called in the tables people have, and which of ours each stands for.

The names are those of Spotify's own fields, of Exportify in the languages it speaks, and of the
other exporters, data sets and disc jockeys' programs that people's tables come from. Case,
accents, blanks and punctuation do not matter: "Artist Name(s)" is "artistnames".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

TEXT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "track_id": (
        "track id", "spotify track id", "spotify id", "id", "track uri", "spotify uri",
        "spotify track uri", "uri", "spotify - id", "song id", "track url", "spotify url",
        "spotify track url", "spotify link", "track link", "song link", "external url", "url",
        "link", "track href", "href", "Track-URI",
        "URI du titre", "URI de la canción", "URI della traccia", "URI da faixa", "Nummer URI",
        "Låtens URI", "Parça URI", "URI κομματιού", "رابط الأغنية (URI)", "トラックURI",
        "曲目 URI", "URI utworu",
    ),
    "isrc": ("isrc", "track isrc", "isrc code", "external ids isrc", "isrcs"),
    "title": (
        "title", "track name", "track title", "song title", "song name", "track names", "name",
        "track", "song", "songs", "Track-Name", "Titel", "Titelname", "Songtitel",
        "Nom du titre", "Titre", "Morceau", "Nombre de la canción", "Título", "Canción",
        "Nome della traccia", "Titolo", "Brano", "Nome da faixa", "Nome da música", "Faixa",
        "Nummernaam", "Nummer", "Låtens namn", "Låt", "Parça Adı", "Parça", "Tytuł",
        "Nazwa utworu", "Utwór", "Όνομα κομματιού", "اسم الأغنية", "トラック名", "曲名",
        "タイトル", "曲目名称", "曲目名稱", "歌曲", "Название", "Название трека", "Трек",
    ),
    "artist": (
        "artist", "artist name", "artist names", "artists", "track artist", "artist(s) name",
        "artists names", "song artist", "main artist", "performer", "Künstlername(n)",
        "Künstlername", "Künstler", "Interpret", "Interpreten", "Nom(s) de l'artiste", "Artiste",
        "Artistes", "Interprète", "Nombre(s) del artista", "Artista", "Artistas", "Intérprete",
        "Nome dell'artista", "Artisti", "Nome(s) do artista", "Naam van artiest", "Artiest",
        "Artiesten", "Artistens namn", "Sanatçı Adı", "Sanatçı", "Wykonawca", "Artysta",
        "Nazwa artysty", "Όνομα/τα καλλιτέχνη", "أسماء الفنانين", "アーティスト名",
        "アーティスト", "艺人名称", "藝人名稱", "歌手", "Исполнитель", "artist 1",
        "album artist", "album artist name", "album artist names",
    ),
    "album": (
        "album", "album name", "track album name", "album title", "release", "Album-Name",
        "Albumname", "Nom de l'album", "Nombre del álbum", "Álbum", "Nome dell'album",
        "Nome do álbum", "Naam van album", "Albumets namn", "Albüm Adı", "Όνομα άλμπουμ",
        "اسم الألبوم", "アルバム名", "专辑名称", "專輯名稱", "Nazwa albumu", "Альбом",
    ),
    "album_id": ("album id", "track album id", "album uri", "spotify album id"),
    "released": (
        "released", "track album release date", "release date", "album release date",
        "album date", "year", "release year", "released year", "Veröffentlichungsdatum des Albums",
        "Date de sortie de l'album", "Fecha de lanzamiento del álbum",
        "Data di rilascio dell'album", "Data de lançamento do álbum",
        "Releasedatum van het album", "Albumets releasedatum", "Albüm Çıkış Tarihi",
        "Ημερομηνία κυκλοφορίας άλμπουμ", "تاريخ إصدار الألبوم", "アルバム発売日",
        "专辑发行日期", "專輯發行日期", "Rok wydania", "Jahr",
    ),
    "genre": (
        "genre", "genres", "artist genres", "track genre", "playlist subgenre", "subgenre",
        "playlist genre", "tags",
    ),
    "playlist": ("playlist", "playlist id", "playlist uri", "pid", "playlist name"),
    "lyrics": ("lyrics", "lyric", "text"),
}  # fmt: skip
"""Canonical text columns and the names they go by; the first present that holds values wins."""

NUMBER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "acousticness": (
        "acousticness", "acoustic", "acous", "acousticity", "Akustik", "Acoustique", "Acústica",
        "Acustica", "Akoestiek", "Akustiklik", "Akustyczność", "Ακουστικότητα", "الطابع الصوتي",
        "アコースティック性", "原声性", "原音性",
    ),
    "danceability": (
        "danceability", "dance", "dnce", "danceable", "Tanzbarkeit", "Danseabilité",
        "Bailabilidad", "Ballabilità", "Dançabilidade", "Dansbaarheid", "Dansbarhet",
        "Dans Edilebilirlik", "Taneczność", "Χορευτικότητα", "قابلية الرقص", "ダンサビリティ",
        "舞蹈性",
    ),
    "energy": (
        "energy", "nrgy", "Energie", "Énergie", "Energía", "Energia", "Energi", "Enerji",
        "Ενέργεια", "الطاقة", "エネルギー", "能量",
    ),
    "instrumentalness": (
        "instrumentalness", "instrumental", "instr", "instrumentality", "Instrumentalität",
        "Instrumentalidad", "Strumentalità", "Instrumentalidade", "Instrumentaliteit",
        "Instrumentalhet", "Enstrümantalite", "Instrumentalność", "Οργανοκεντρικότητα",
        "الطابع الآلي", "インストゥルメンタル性", "器乐度", "器樂度",
    ),
    "liveness": (
        "liveness", "live", "Lebendigkeit", "Vivacité", "Vivacidad", "Vivacità", "Vivacidade",
        "Levendigheid", "Livlighet", "Canlılık", "Żywość", "Ζωντάνια", "الحيوية", "ライブ感",
        "现场感", "現場感",
    ),
    "loudness": (
        "loudness", "loudness (db)", "loud", "loud (db)", "db", "Lautstärke", "Lautheit",
        "Volume sonore", "Volumen", "Volume", "Luidheid", "Ljudstyrka", "Ses Seviyesi",
        "Głośność", "Ένταση", "مستوى الصوت", "ラウドネス", "响度", "響度",
    ),
    "speechiness": (
        "speechiness", "speech", "spch", "Sprachanteil", "Parlabilité", "Hablado",
        "Linguaggio parlato", "Oralidade", "Spraakzaamheid", "Talighet", "Konuşma Oranı",
        "Mowa", "Ομιλητικότητα", "محتوى الكلام", "スピーチ性", "语音度", "語音度",
    ),
    "valence": (
        "valence", "val", "happy", "happiness", "positivity", "Valenz", "Valencia", "Valenza",
        "Valência", "Valentie", "Valens", "Duygusallık", "Walencja", "Θετικότητα", "الإيجابية",
        "感情値", "情绪效价", "情緒效價",
    ),
    "key": (
        "key", "musical key", "initial key", "track key", "song key", "key name", "camelot",
        "camelot key", "key (camelot)", "open key", "tonality", "tonart", "Tonalité", "Tonalidad",
        "Chiave", "Tonalità", "Tonalidade", "Toonsoort", "Ton", "Tonacja", "Τονικότητα",
        "المفتاح", "キー", "调性", "調性", "tkey", "root note",
    ),
    "mode": (
        "mode", "Modus", "Modo", "Modalità", "Läge", "Mod", "Tryb", "Τρόπος", "النمط", "モード",
        "调式", "調式", "scale", "major minor",
    ),
    "tempo": (
        "tempo", "bpm", "tempo (bpm)", "beats per minute", "beats per minute (bpm)", "track bpm",
        "average bpm", "Ρυθμός", "الإيقاع", "テンポ", "速度", "tbpm",
    ),
    "duration_ms": (
        "duration ms", "track duration ms", "duration", "track duration", "song duration",
        "duration (s)", "duration sec", "duration seconds", "duration in seconds",
        "duration min", "duration minutes", "duration mins", "length", "length ms", "length (s)",
        "track length", "song length", "length (duration)", "time", "track time", "total time",
        "dur", "runtime", "length seconds", "duration millis", "duration milliseconds",
        "Track-Dauer (ms)", "Dauer", "Länge", "Durée du titre (ms)", "Durée",
        "Duración de la canción (ms)", "Duración", "Durata della traccia (ms)", "Durata",
        "Duração da faixa (ms)", "Duração", "Nummerduur (ms)", "Duur", "Låtlängd (ms)", "Längd",
        "Parça Süresi (ms)", "Süre", "Czas trwania", "Czas trwania (ms)", "Czas",
        "Διάρκεια κομματιού (ms)", "مدة الأغنية (بالمللي ثانية)", "トラックの長さ（ミリ秒）",
        "時間", "曲目时长（毫秒）", "曲目長度（毫秒）", "Длительность",
    ),
    "popularity": (
        "popularity", "track popularity", "pop", "song popularity", "Beliebtheit", "Popularité",
        "Popularidad", "Popolarità", "Popularidade", "Populariteit", "Popularitet", "Popülerlik",
        "Popularność", "Δημοτικότητα", "الشعبية", "人気度", "热度", "熱門度",
    ),
    "position": ("position", "pos", "track position"),
    "liked": ("liked", "target", "like"),
}  # fmt: skip
"""Canonical columns of numbers and the names they go by."""

CANONICAL: tuple[str, ...] = (*TEXT_COLUMNS, *NUMBER_COLUMNS)

_PREFIXES = ("audiofeatures", "audiofeature", "features", "spotify", "track", "song")


@lru_cache(maxsize=65_536)
def plain(heading: str) -> str:
    """A heading without case, accents, blanks and punctuation."""
    decomposed = unicodedata.normalize("NFKD", heading)
    bare = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    folded = unicodedata.normalize("NFKC", bare).casefold().replace("ı", "i")
    return "".join(c for c in folded if c.isalnum())


_KNOWN: Mapping[str, tuple[str, int]] = {
    plain(name): (canonical, place)
    for canonical, names in reversed({**TEXT_COLUMNS, **NUMBER_COLUMNS}.items())
    for place, name in reversed(list(enumerate(names)))
}


def recognised(heading: str) -> bool:
    """Whether a heading is known."""
    return _meaning(heading) is not None


def columns_by_meaning(headings: Iterable[str]) -> dict[str, list[int]]:
    """The columns that may stand for each canonical name, the likeliest first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for index, heading in enumerate(headings):
        meaning = _meaning(heading)
        if meaning is not None:
            canonical, place = meaning
            found.setdefault(canonical, []).append((place, index))
    return {name: [index for _, index in sorted(places)] for name, places in found.items()}


def usual_names(canonical: str, most: int = 4) -> str:
    """Some names a canonical column goes by, for messages."""
    names = {**TEXT_COLUMNS, **NUMBER_COLUMNS}[canonical]
    return ", ".join(names[:most])


def _meaning(heading: str) -> tuple[str, int] | None:
    if len(heading) > 100:
        return None
    name = plain(heading)
    if name in _KNOWN:
        return _KNOWN[name]
    for prefix in _PREFIXES:
        canonical = name.removeprefix(prefix)
        if canonical != name and canonical in _KNOWN and _KNOWN[canonical][0] in NUMBER_COLUMNS:
            return _KNOWN[canonical][0], 999
    return None
