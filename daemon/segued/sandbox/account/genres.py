"""Two dozen genres and how their tracks sound.

Centres and spreads are of the size that public collections of audio features show; between the
features of one track stand the correlations of `CORRELATION` (loud with energetic, acoustic
against both, happy with danceable).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Genre:
    """How tracks of one genre sound: centres 0..1, loudness in dB, tempo in beats a minute."""

    name: str
    energy: float
    loudness: float
    acousticness: float
    danceability: float
    valence: float
    tempo: float
    tempo_spread: float
    instrumentalness: float
    speechiness: float
    liveness: float
    major: float
    duration_seconds: float
    explicit: float
    first_year: int


# Columns: the fields of Genre, in their order.
_TABLE = """
indie_folk        0.36 -10.5  0.66  0.49  0.37   112    24   0.1  0.04  0.13  0.72   225  0.04  2004
indie_pop         0.63  -7.0  0.24  0.61  0.52   119    20  0.06  0.05  0.16  0.66   218  0.08  2006
dream_pop         0.54  -9.2   0.3  0.47  0.33   114    20  0.34  0.04  0.15  0.62   248  0.04  1990
dance_pop         0.74  -5.2  0.12   0.7  0.58   119    12  0.01  0.07  0.18  0.57   204  0.18  2000
synthpop          0.72  -7.0  0.11  0.65   0.6   121    14   0.1  0.04  0.18  0.58   236  0.03  1980
alternative_rock  0.78  -6.2  0.07  0.51  0.47   124    23  0.06  0.06   0.2  0.65   232  0.12  1988
classic_rock      0.72  -8.8  0.16  0.53   0.6   122    22  0.06  0.05  0.21  0.74   252  0.01  1966
post-punk         0.74  -7.6  0.06  0.54  0.52   130    19   0.2  0.05  0.17   0.6   214  0.06  1979
shoegaze          0.79  -6.8  0.04  0.36   0.3   121    21  0.46  0.05  0.18  0.64   272  0.03  1988
metal             0.92  -5.0  0.01  0.42  0.32   128    26  0.22   0.1  0.22   0.5   268  0.14  1983
hip_hop           0.66  -6.9  0.18  0.73  0.49   110    28  0.02  0.24   0.2  0.52   212   0.7  1992
trap              0.61  -6.4  0.18  0.75  0.36   138    20  0.02   0.2  0.17  0.47   186  0.82  2013
r&b               0.52  -7.8  0.29  0.65  0.45   108    24  0.02   0.1  0.15  0.48   222  0.34  1994
soul              0.51  -9.6  0.42   0.6  0.64   110    22  0.03  0.05  0.19  0.62   204  0.02  1964
funk              0.72  -8.4  0.16  0.73  0.79   112    13   0.1  0.07  0.18  0.55   244  0.03  1970
house             0.79  -6.9  0.05  0.75  0.52   124     4  0.42  0.06  0.17  0.52   262  0.05  1991
techno            0.82  -8.6  0.03  0.72  0.31   130     5   0.8  0.06  0.13  0.54   352  0.01  1993
drum_and_bass     0.88  -5.3  0.03  0.55  0.38   174     3   0.4  0.08  0.24  0.53   262  0.05  1995
ambient           0.18 -18.5   0.8  0.28  0.14    98    26  0.86  0.04  0.11  0.66   308   0.0  1985
jazz              0.32 -13.2  0.74  0.53  0.47   112    28  0.42  0.05  0.15  0.54   318   0.0  1958
bossa_nova        0.33 -12.4  0.76  0.61  0.58   118    22  0.16  0.05  0.13  0.58   196   0.0  1962
latin_pop         0.73  -5.4  0.22  0.71  0.66   108    22  0.01  0.08  0.17  0.52   208  0.14  2002
country           0.64  -7.0  0.28  0.57  0.57   120    25  0.01  0.04  0.17  0.88   210  0.03  1985
modern_classical  0.14 -20.5  0.94  0.32  0.16    96    27   0.9  0.04   0.1  0.58   232   0.0  2003
"""


_FIELDS = tuple(field.name for field in fields(Genre))[1:-1]


def _genre(line: str) -> Genre:
    name, *numbers = line.split()
    named = zip(_FIELDS, map(float, numbers[:-1]), strict=True)
    return Genre(name=name.replace("_", " "), first_year=int(numbers[-1]), **dict(named))


GENRES: tuple[Genre, ...] = tuple(_genre(line) for line in _TABLE.strip().splitlines())
"""The genres, in the order in which smaller sandboxes take them."""

LATENT = ("energy", "loudness", "acousticness", "danceability", "valence", "liveness")
CORRELATION: NDArray[np.float64] = np.array(
    [
        [1.00, 0.70, -0.55, 0.05, 0.25, 0.15],
        [0.70, 1.00, -0.40, 0.10, 0.20, 0.08],
        [-0.55, -0.40, 1.00, -0.15, -0.10, -0.08],
        [0.05, 0.10, -0.15, 1.00, 0.40, -0.12],
        [0.25, 0.20, -0.10, 0.40, 1.00, 0.02],
        [0.15, 0.08, -0.08, -0.12, 0.02, 1.00],
    ]
)
"""How the features of `LATENT` go together within one genre."""

MAJOR_KEYS = np.array([0.13, 0.09, 0.12, 0.04, 0.08, 0.07, 0.06, 0.14, 0.07, 0.10, 0.05, 0.05])
MINOR_KEYS = np.array([0.06, 0.10, 0.06, 0.04, 0.10, 0.07, 0.09, 0.07, 0.05, 0.11, 0.09, 0.16])
"""How often each pitch class is the tonic, C first."""


def logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(p / (1 − p)), with p kept off 0 and 1."""
    kept = np.clip(share, 0.003, 0.997)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `logit`."""
    return np.asarray(1 / (1 + np.exp(-values)), dtype=np.float64)
