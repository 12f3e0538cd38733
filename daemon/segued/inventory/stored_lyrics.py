"""Stored lyrics, looked at again: notes among them, and texts that several songs share.

Texts were stored by the rules of their day. Those whose words were kept are judged by today's rules
at once. Where only the vector was kept it tells nothing of one text, but texts that are alike have
the same vector: where different songs share one, it is a note, or a mistake of the service.
"""

from __future__ import annotations

from dataclasses import replace

from segue.lyrics.notes import LONGEST, RULES, placeholder, shared_by_songs
from segued.inventory.reading import LYRICS
from segued.store.state import State

_COMPARED = 12


def drop_notes(state: State) -> int:
    """Judge stored words again where today's rules did not yet; how many were no lyrics.

    A note that a song has no words makes it an instrumental; after one that the words are missing
    the track is asked about anew. Committed.
    """
    records = state.lyrics.records()
    judged, missing = {}, []
    for track_id, record in records.items():
        if record.status != "found" or record.text is None or record.rules >= RULES:
            continue
        kind = placeholder(record.text) if len(record.text) <= 2 * LONGEST else None
        if kind == "missing":
            missing.append(track_id)
        elif kind == "instrumental":
            judged[track_id] = replace(
                record,
                status="instrumental",
                text=None,
                language=None,
                encoder=None,
                valence=None,
                polarity=None,
                head=None,
                rules=RULES,
            )
        else:
            judged[track_id] = replace(record, rules=RULES)
    if judged or missing:
        state.lyrics.put(judged)
        state.lyrics.drop(missing)
        state.lyrics.commit()
    return len(missing) + sum(record.status == "instrumental" for record in judged.values())


def shared_texts(state: State, encoder: str | None) -> tuple[tuple[str, ...], ...]:
    """The tracks of different songs that share one text, a group for each text; largest first.

    `encoder` is the key of the encoder whose vectors stand for the texts.
    """
    held = state.vectors.get(LYRICS, encoder) if encoder is not None else None
    if held is None:
        return ()
    rows = held.rows()
    # One text encoded in two batches differs in its last digits: the fewer numbers are rounded, the
    # rarer it is that one of them falls on the other side. A dozen tell any two texts apart.
    rounded = held.matrix[:, :_COMPARED].round(3) + 0.0
    vectors = {
        track_id: rounded[rows[track_id]].tobytes()
        for track_id, record in state.lyrics.records().items()
        if record.status == "found" and track_id in rows
    }
    groups = shared_by_songs(vectors, state.library.tracks())
    return tuple(tuple(group) for group in sorted(groups, key=lambda group: (-len(group), group)))
