"""Cleaning lyrics: what a page or a file carries around the words that are sung."""

from __future__ import annotations

import re

_TIMESTAMP = re.compile(r"\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]|<\d{1,3}:\d{2}(?:[.:]\d{1,3})?>")
_LRC_TAG = re.compile(
    r"^\[(?:ar|ti|al|au|by|la|re|ve|offset|length|tool|id|#)\s*:[^\]]*\]\s*$", re.I
)
_SECTION = re.compile(r"^\s*[\[(【](?P<label>[^\])】]{1,80})[\])】]\s*:?\s*$")
_SECTION_WORD = re.compile(
    r"^(?:intro|verse|pre[- ]?chorus|post[- ]?chorus|chorus|refrain|hook|bridge|outro|interlude|"
    r"break(?:down)?|drop|instrumental|solo|part|skit|spoken|couplet|strophe|strofa|estribillo|"
    r"verso|coro|puente|refr(?:ão|ao|ein|äng)|pont|ritornello|vers|build|guitar solo|produced by)"
    r"\b",
    re.I,
)
_BARE_SECTION = re.compile(
    r"^\s*(?:intro|verse|pre[- ]?chorus|chorus|refrain|hook|bridge|outro|interlude)"
    r"\s*(?:\d{1,2}|[ivx]{1,4})?\s*:?\s*(?:\(?x\s*\d\)?)?\s*$",
    re.I,
)
_CREDIT = re.compile(
    r"^\s*(?:lyrics?|music|words|written|composed|produced|composer|lyricist|producer|arranged|"
    r"arranger|mixed|mastered|vocals?|作词|作曲|编曲|作詞|編曲)\s*(?:&\s*\w+\s*)?(?:by)?\s*[:：]\s*\S.*$",
    re.I,
)
_CONTRIBUTORS = re.compile(r"^\s*\d+\s+contributors?.*?(?:lyrics\s*|$)", re.I)
_READ_MORE = re.compile(r"^.*?…\s*read more\s*", re.I)
_TRANSLATIONS = re.compile(r"^\s*translations?(?:[A-ZÀ-ÿ].*)?$")
_ADVERT = re.compile(
    r"(?:you might also like|see .{1,80} live\s*get tickets as low as \$\d+)", re.I
)
# Glued to the last line: a song may well end in the word, with a space before it.
_EMBED = re.compile(r"(?:\s*\d+|(?<=\S)|^\s*)Embed\s*$")


def clean_lyrics(text: str) -> str:
    """The words that are sung: section headers, credits, adverts and time stamps taken out.

    Lines keep their order; runs of empty lines become one; the answer may be empty.
    """
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, raw in enumerate(lines):
        line = _LRC_TAG.sub("", raw)
        line = _TIMESTAMP.sub("", line)
        if number < 3:
            line = _CONTRIBUTORS.sub("", line)
            if _TRANSLATIONS.match(line):
                continue
            line = _READ_MORE.sub("", line)
        line = _ADVERT.sub("", line)
        if number == len(lines) - 1 or not any(rest.strip() for rest in lines[number + 1 :]):
            line = _EMBED.sub("", line)
        if _is_header(line) or _CREDIT.match(line):
            line = ""
        line = " ".join(line.split())
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def _is_header(line: str) -> bool:
    """Whether a line is a section header: in brackets with a section's name, or bare."""
    found = _SECTION.match(line)
    if found is None:
        return _BARE_SECTION.match(line) is not None
    # Square brackets on a line of their own are always a header; round ones may be sung.
    return line.lstrip().startswith(("[", "【")) or bool(_SECTION_WORD.match(found["label"]))
