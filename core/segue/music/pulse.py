"""The tempo of a recording from its beats, checked for having been heard at half or double time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SLOWEST, FASTEST = 56.0, 215.0
"""Beats a minute. A tempo outside is brought in by octaves."""

FEWEST_BEATS = 8
WEAK = 0.3
"""Every second beat below this share of the others' onset strength is no beat at all."""
LEAST_PULSE = 1.6
"""Onsets on the beats over onsets anywhere. Steady noise has 1.2: whatever beat is found there is
none, and the tempo is unknown rather than a guess."""
STRONG = 0.75
"""Onsets half way between beats above this share are beats that were missed."""


def tempo_of_beats(
    beat_frames: NDArray[np.int64], onset_strength: NDArray[np.float32], frames_per_second: float
) -> float:
    """The tempo in beats a minute, or 0 where the beats are too few or too weak to tell.

    `beat_frames` (n_beats,) are places in `onset_strength` (n_frames,), rising. The tempo is the
    slope of time over beats, so that it is finer than one frame. Where every second beat carries
    hardly an onset, the beats were found at double time; where the middles between beats carry
    nearly as much, at half time. Raises ValueError where a beat lies outside.
    """
    if beat_frames.size and (beat_frames.min() < 0 or beat_frames.max() >= onset_strength.size):
        raise ValueError("a beat lies outside the recording")
    if beat_frames.size < FEWEST_BEATS:
        return 0.0
    frames = _slope(beat_frames.astype(np.float64))
    on_beat = _strengths(beat_frames, onset_strength)
    anywhere = _strengths(np.arange(onset_strength.size), onset_strength)
    if frames <= 0 or float(np.median(on_beat)) < LEAST_PULSE * float(anywhere.mean()):
        return 0.0
    tempo = 60.0 * frames_per_second / frames
    middles = ((beat_frames[:-1] + beat_frames[1:]) // 2).astype(np.int64)
    between = _strengths(middles, onset_strength)
    odd, even = float(np.median(on_beat[1::2])), float(np.median(on_beat[::2]))
    if min(odd, even) < WEAK * max(odd, even) and tempo / 2 >= SLOWEST:
        tempo /= 2
    elif float(np.median(between)) > STRONG * float(np.median(on_beat)) and tempo * 2 <= FASTEST:
        tempo *= 2
    while tempo > FASTEST:
        tempo /= 2
    while tempo < SLOWEST:
        tempo *= 2
    return tempo


def _slope(times: NDArray[np.float64]) -> float:
    """Frames a beat: the median distance finds how many beats lie in each gap, a fit the rest."""
    gaps = np.diff(times)
    typical = float(np.median(gaps))
    if typical <= 0:
        return 0.0
    # A beat that was passed over counts as two gaps, not as a slower one.
    places = np.concatenate([[0.0], np.cumsum(np.maximum(1.0, np.round(gaps / typical)))])
    centred = places - places.mean()
    return float(centred @ (times - times.mean()) / (centred @ centred))


def _strengths(
    frames: NDArray[np.int64], onset_strength: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The largest strength within one frame of each place."""
    near = np.stack([np.clip(frames + shift, 0, onset_strength.size - 1) for shift in (-1, 0, 1)])
    found: NDArray[np.float32] = onset_strength[near].max(axis=0)
    return found
