"""Notes that services send in place of lyrics: "instrumental", "not yet released"."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from segue.lyrics.cleaning import clean_lyrics

Placeholder = Literal["instrumental", "missing"]

LONGEST = 160
"""How many characters a note may have: a text above it is sung, whatever words it contains."""

_SONG = r"(?:song|track|piece|title|tune|recording)"
_INSTRUMENTAL = re.compile(
    rf"(?:au )?(?:(?:this|the)(?: {_SONG})? (?:is|s) )?(?:an? |purely |fully |entirely )*"
    rf"instrumental(?:e|es|is)?(?: (?:{_SONG}|music|version|only|no lyrics|no vocals|"
    r"without (?:lyrics|vocals|words)))*"
    rf"|(?:this {_SONG} has )?no (?:vocals?|singing)"
    r"|.{0,12}(?:纯音乐|純音樂|没有填词|沒有填詞).{0,16}"
    r"|インストゥルメンタル|インスト|연주곡|инструментал\w*|strumentale|instrumentaal"
)
_GONE = (
    r"(?:yet|not found|not available|unavailable|not yet available|not available yet|"
    r"available yet|coming soon|to be added|missing|needed)"
)
_MISSING = re.compile(
    rf"(?:the )?lyrics (?:for|to|of) this {_SONG} (?:have yet to be|are yet to be|have not been|"
    r"haven t been|will be|are not|aren t|are currently not|are unavailable).*"
    rf"|(?:sorry )?(?:no |any |the )?lyrics? (?:for this {_SONG} )?(?:are |is )?(?:currently )?"
    rf"{_GONE}\b.*"
    rf"|(?:there are |we have )?no lyrics?(?: (?:found|available|yet|here|for this {_SONG}))*"
    r"|(?:sorry )?we (?:don t|do not) have (?:the |any )?lyrics.*|(?:lyrics )?coming soon"
    r"|.{0,8}(?:暂无歌词|暫無歌詞|没有歌词|沒有歌詞|歌词待|歌詞待|无歌词|無歌詞).{0,12}"
    r"|歌詞(?:は)?(?:ありません|未登録)|текста? (?:песни )?(?:отсутствует|не найден).*"
)
_TIMES = re.compile(r"[\[<][\d:. ]+[\]>]")


def placeholder(text: str) -> Placeholder | None:
    """What a text says in place of lyrics, or None where it is lyrics.

    "instrumental": the song has no words. "missing": the words are not there, as if the service
    had answered that it has none. Only a short text that says nothing else is such a note.
    """
    note = _plain(clean_lyrics(text)) or _plain(_TIMES.sub(" ", text))
    if len(note) > LONGEST:
        return None
    if not note:  # time stamps, tags and music notes only
        return "instrumental" if re.search("[♪♫♬]", text) else "missing"
    if _INSTRUMENTAL.fullmatch(note):
        return "instrumental"
    return "missing" if _MISSING.fullmatch(note) else None


def _plain(text: str) -> str:
    """Letters and figures in lower case, anything else as one space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())
