"""Notes that services give in place of lyrics, and how to recognise them; texts of no song."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from segue.lyrics.cleaning import clean_lyrics, searchable_title
from segue.music.track import Track, normalised_title

Placeholder = Literal["instrumental", "missing"]

RULES = 2
"""Which rules these are. Raise it with each change: what other rules let in is looked at again."""

LONGEST = 160
"""How many characters a note may have: a text above it is sung, whatever words it contains."""

_SONG = r"(?:song|track|piece|title|tune|recording|composition|music)"
_BE = r"(?:is|s|are|was)"
_INSTRUMENTAL = (
    # English, and the many languages that write the word alike.
    (
        rf"(?:au )?(?:(?:this|the)(?: {_SONG})? (?:{_BE} )?)?(?:an? |(?:pure|ful|entire|on)ly )*"
        rf"instrumental\w{{0,3}}(?: (?:{_SONG}|music|version|only|no lyrics|no vocals|no words|"
        r"without (?:lyrics|vocals|words)))*"
    ),
    rf"(?:this {_SONG} (?:has|contains) |there are |with )?no (?:vocals?|singing|words)",
    (
        rf"(?:(?:this|the) {_SONG} {_BE} )?(?:just |only )?(?:pure(?:ly)? )?music"
        r"(?: (?:only|playing|without words|please (?:enjoy|appreciate|listen).{0,12}))?"
    ),
    rf"(?:(?:this|the) {_SONG} {_BE} )?pure(?:ly)? music.{{0,40}}",
    (
        r"(?:(?:esta|este|essa|esse|é|es|una?|um|cette|ce|est|une?|questo|questa|è|dieses?|diese|ist|"
        r"eine?|il|la|le|el|das|canción|cancion|tema|pista|pieza|música|musica|faixa|canção|cancao|"
        r"chanson|musique|morceau|titre|brano|canzone|lied|stück|song|nummer|detta|är|en|ett|låt|"
        r"dit|nummer|piosenka|utwór|jest|to) )*"
        r"(?:instrumental\w{0,3}|instrumentaal|instrumentale?s?|strumentale|instrumentaln\w{1,3}|"
        r"enstrümantal|enstrumantal|instrumentell?)"
    ),
    (
        r"(?:música|musica|musique|muzică|muzyka|reine|nur|solo|tiszta) ?(?:pura|pure|musik|czysta|"
        r"zene|musica|música)?(?: (?:por favor|por favore|s il vous plaît|per favore|bitte|prego)"
        r".{0,30})"
    ),
    r"(?:música|musica) pura|musique pure|reine musik|zuivere muziek|ren musik",
    r"nhạc không lời|không lời|bản nhạc không lời",
    # Chinese, Japanese, Korean, Russian, Ukrainian, Arabic, Hebrew, Thai, Greek, Hindi.
    r".{0,12}(?:纯音乐|純音樂|纯音樂|純音乐|没有填词|沒有填詞|没有歌词的|无人声|無人聲|轻音乐).{0,20}",
    (
        r".{0,12}(?:インストゥルメンタル|インストルメンタル|インスト曲|純粋な音楽|純音楽|"
        r"歌詞のない曲).{0,20}|インスト"
    ),
    r".{0,8}(?:연주곡|순수 ?음악|경음악|인스트루멘탈|인스트루멘틀|가사 ?없는).{0,20}",
    (
        r"(?:это )?(?:чистая музыка|инструментал\w*|інструментал\w*|только музыка|музыка без слов)"
        r"(?: (?:композиция|трек|музыка|версия|пьеса|пожалуйста)){0,2}.{0,24}"
    ),
    r"موسيقى (?:فقط|نقية|صافية|خالصة).{0,24}|معزوفة موسيقية|موسيقى بدون كلمات",
    r"(?:please )?enjoy(?: it| the music| listening)?|please listen",
    r"אינסטרומנטלי|מוזיקה בלבד|ดนตรีบรรเลง|เพลงบรรเลง.{0,12}|ορχηστρικό",
    r".{0,12}(?:वाद्य|केवल) संगीत.{0,8}",
)
_GONE = (
    r"(?:yet|not found|not available|unavailable|not yet available|not available yet|"
    r"available yet|coming soon|to be added|missing|needed|not provided|pending)"
)
_MISSING = (
    (
        rf"(?:the )?lyrics (?:for|to|of) this {_SONG} (?:ha(?:ve|s) yet to be|are yet to be|"
        r"have not been|haven t been|will be|are not|aren t|are currently not|are unavailable|"
        r"can t be|cannot be).*"
    ),
    (
        rf"(?:sorry |unfortunately )?(?:no |any |the )?lyrics? (?:for this {_SONG} )?"
        rf"(?:are |is )?(?:currently )?{_GONE}\b.*"
    ),
    (
        r"(?:the |full |snippet )?lyrics (?:will|have yet to|to) be "
        r"(?:available|added|updated|released|announced|posted|revealed|transcribed).*"
    ),
    rf"(?:there are |we have )?no lyrics?(?: (?:found|available|yet|here|for this {_SONG}))*",
    (
        r"(?:sorry |unfortunately )?we (?:don t|do not|couldn t|could not) (?:have|find) "
        r"(?:the |any |these )?lyrics.*"
    ),
    (
        r"(?:sorry |unfortunately )?(?:we (?:are|re) )?not (?:authori[sz]ed|licensed|allowed) "
        r"to (?:show|display) (?:the |these )?lyrics.*"
    ),
    r"we (?:are|re) working on (?:it|getting (?:the )?lyrics.*|(?:the|these) lyrics.*)",
    (
        r"(?:lyrics )?coming soon|(?:yet )?to be (?:released|announced|added|transcribed)|tba|tbd|"
        r"n a|none|null|nan|undefined|not available|unavailable"
    ),
    (
        rf"(?:this {_SONG} (?:is|has) )?(?:yet to be|not yet|not been) released.*|"
        rf"(?:(?:this )?{_SONG} is )?unreleased|please check back once .*"
    ),
    (
        r".{0,8}(?:暂无歌词|暫無歌詞|没有歌词|沒有歌詞|歌词待|歌詞待|无歌词|無歌詞|暂未提供歌词|"
        r"歌词暂缺|找不到歌词|找不到歌詞|未找到歌词|歌詞未提供).{0,14}|敬请期待|敬請期待"
    ),
    r"歌詞(?:は|が)?(?:ありません|未登録|見つかりません|登録されていません).{0,8}",
    r"가사(?:가|를)? ?(?:없습니다|없음|찾을 수 없습니다|준비 ?중.{0,8})|등록된 가사가 없습니다",
    r"текста? (?:песни )?(?:отсутствует|не найден|пока нет).*|слов нет",
    (
        r"(?:la )?letra (?:no disponible|não disponível|nao disponivel|indisponível).*|"
        r"letra de esta canción no .*|(?:les )?paroles (?:non|pas|indisponibles|bientôt).*|"
        r"(?:kein|keine) (?:song)?(?:text|texte|lyrics) (?:verfügbar|vorhanden|gefunden)|"
        r"testo non (?:disponibile|trovato).*|brak tekstu.*|geen (?:songtekst|tekst).*"
    ),
    r"(?:الكلمات|كلمات الأغنية) غير متوفرة.{0,12}|לא נמצאו מילים|ไม่มีเนื้อเพลง",
)
_INSTRUMENTAL_NOTE = re.compile("|".join(f"(?:{each})" for each in _INSTRUMENTAL))
_MISSING_NOTE = re.compile("|".join(f"(?:{each})" for each in _MISSING))
_TIMES = re.compile(r"[\[<][\d:. ]+[\]>]")
_NOTE_SIGNS = re.compile("[♩♪♫♬\N{MUSICAL NOTE}\N{MULTIPLE MUSICAL NOTES}\N{MUSICAL SCORE}]")


def placeholder(text: str) -> Placeholder | None:
    """What a text says in place of lyrics, or None where it is lyrics.

    "instrumental": the song has no words. "missing": the words are not there, as if the service
    had answered that it has none; so is a text without a single letter, in any script. Only a
    short text every line of which says nothing else is such a note.
    """
    cleaned = clean_lyrics(text)
    if len(cleaned) > 2 * LONGEST:
        return None
    if not any(c.isalpha() for c in cleaned):
        return _wordless(text)
    note = _plain(cleaned)
    if len(note) > LONGEST:
        return None
    lines = {line for raw in cleaned.splitlines() if (line := _plain(raw))}
    kinds = {_kind(note)} if _kind(note) else {_kind(line) for line in lines}
    if None in kinds:
        return None
    return "instrumental" if "instrumental" in kinds else "missing"


def _wordless(text: str) -> Placeholder:
    """What a text says that keeps no letter once it is cleaned: the headers alone may tell."""
    note = _plain(_TIMES.sub(" ", text))
    said = {line for raw in text.splitlines() if (line := _plain(_TIMES.sub(" ", raw)))}
    if _INSTRUMENTAL_NOTE.fullmatch(note) or _NOTE_SIGNS.search(text):
        return "instrumental"
    return "instrumental" if any(map(_INSTRUMENTAL_NOTE.fullmatch, said)) else "missing"


def _kind(note: str) -> Placeholder | None:
    if _INSTRUMENTAL_NOTE.fullmatch(note):
        return "instrumental"
    return "missing" if _MISSING_NOTE.fullmatch(note) else None


def _plain(text: str) -> str:
    """Letters and figures in lower case, anything else as one space. Marks stay: scripts of Asia
    spell vowels with them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded)
    return " ".join("".join(kept).split())


def shared_by_songs(texts: Mapping[str, object], tracks: Mapping[str, Track]) -> list[list[str]]:
    """Track ids that share one text although they are different songs, a list for each text.

    `texts` gives a hashable value by track id that is equal where the texts are (the words, or the
    bytes of their vector). Versions and covers of a song share its words rightly, so that songs
    differ by their titles alone. Such a text is suspect: a note in words not known here,
    or a service's mistake.
    """
    groups: dict[object, list[str]] = defaultdict(list)
    for track_id, text in texts.items():
        if track_id in tracks:
            groups[text].append(track_id)
    return [
        sorted(group)
        for group in groups.values()
        if len({normalised_title(searchable_title(tracks[i].title)) for i in group}) > 1
    ]
