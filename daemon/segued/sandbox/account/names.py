"""Made-up names, and the genres they are made for."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ADJECTIVES = _words(
    """
    amber ashen blue bright broken burning careless cold copper crimson distant dizzy electric
    empty endless faded feral fevered foreign fragile frozen gentle gilded glass golden hollow
    honest hungry idle ivory late lavender little lonely long lost low lucky midnight mild
    narrow neon northern old open pale paper patient perfect private quiet reckless restless
    rising rusted salt secret silent silver simple sleepless slow small soft solar southern
    stolen strange sudden sugar summer sunday tall tender tidal velvet violet visible warm
    wasted western white wild winter wooden yellow young
    """
)
_NOUNS = _words(
    """
    afternoon airport alley anchor april arrow atlas autumn avenue balcony bell bicycle bird
    blossom border bridge candle canyon carousel cathedral chapel cinema circle city cloud coast
    compass corner curtain dancer dawn daughter desert diamond door dream echo ember engine
    evening ferry field fire flood flower forest fountain garden ghost glacier guitar harbour
    heart highway hill holiday horizon hotel hour house hurricane island january jasmine kitchen
    ladder lake lantern letter lighthouse lightning line lullaby machine magnet map market
    meadow mirror moon morning mountain museum needle neighbour night november ocean orchard
    orchid palace parade passenger photograph pilot planet poem postcard radio rain river road
    room rooftop rose sailor sea season shadow shore signal skyline sleep snow song sparrow
    spring stairs star station stone storm stranger street sun swimmer telegram thunder tide
    tiger town train tree valley village voice wall water wave weather wheel window winter wire
    wolf
    """
)
_VERBS = _words(
    """
    belong breathe call carry chase come dance disappear drift drive fade fall fly follow forget
    go hold hurry keep learn leave listen live look lose move remember return run send shine
    sing sleep slow stay swim talk turn wait wake walk wander
    """
)
_PLACES = _words(
    """
    Antwerp Bergen Bilbao Brno Cádiz Coimbra Dunkirk Essaouira Galway Gdańsk Ghent Hamra Havana
    Izmir Kaunas Kyoto Leith Lisbon Ljubljana Malmö Marfa Marseille Montréal Naples Oaxaca Odesa
    Porto Reykjavík Riga Sète Tangier Tbilisi Trieste Tromsø Turin Valparaíso Vilnius Zagreb
    """
)
_FIRST = _words(
    """
    Ada Alma Amara Anton Astrid Bela Bruno Camille Celia Clara Dario Delia Edda Elio Esme Farah
    Felix Frida Gael Hana Hugo Ida Imre Ines Iris Jonah Jules Kaya Lars Leila Leo Lotte Luca
    Mara Marlow Mei Milo Mina Nadia Nico Noor Odile Olive Oscar Otis Petra Rafa Remy Rosa Ruben
    Sanna Selma Silas Sofia Tavi Tess Theo Uma Vera Viggo Wes Xenia Yara Yusuf Zadie
    """
)
_LAST = _words(
    """
    Abara Almeida Arden Bakker Bellamy Castel Dahl Delacroix Ekström Farrow Ferrante Grey
    Halloran Holm Iyer Jansen Karlsen Keller Kovač Lang Laurent Lindqvist Marchetti Marsh Mercer
    Moreau Nakamura Novak Okafor Orlov Osei Palmer Quist Rahimi Reyes Rossi Sandoval Sato Sorel
    Stone Tanaka Thorne Toivonen Vance Varga Vega Voss Wilder Winslow Zeman
    """
)
_PEOPLE = _words(
    """
    Band Club Collective Company Cousins Dancers Ensemble Family Orchestra Parade Quartet
    Sisters Society Sound System Trio Union
    """
)
_WORDS_OF_PLACE = ("Above", "After", "Behind", "Below", "Beyond", "Under", "Towards", "Near")
_PLAYLIST_MOODS = {
    "calm": (
        "Slow Morning",
        "Rain on the Window",
        "Late and Quiet",
        "Reading Lamp",
        "Soft Landing",
    ),
    "bright": (
        "Windows Down",
        "Saturday Kitchen",
        "First Coffee",
        "Long Evening Light",
        "Good Legs",
    ),
    "dark": ("Night Bus", "After Hours", "Grey Coat Weather", "Two in the Morning", "Undertow"),
    "loud": ("Full Volume", "Uphill", "Shake the Walls", "Sprint", "Everything at Once"),
}


class Namer:
    """Makes names, no artist name and no title of one artist twice. Seeded by its generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._artists: set[str] = set()
        self._titles: set[tuple[str, str]] = set()

    def artist(self) -> str:
        """The name of an artist nobody else has."""
        for _ in range(200):
            name = self._artist()
            if name.casefold() not in self._artists:
                break
        else:
            name = f"{self._artist()} {self._pick(_LAST)}"
        self._artists.add(name.casefold())
        return name

    def title(self, artist_id: str) -> str:
        """A title that this artist has not used."""
        title = self._title()
        while (artist_id, title) in self._titles:
            title = f"{self._title()} {self._pick(('I', 'II', 'III', 'Again', 'at Night'))}"
        self._titles.add((artist_id, title))
        return title

    def album(self) -> str:
        """A name for an album."""
        kind = int(self._rng.integers(5))
        noun, other = self._pick(_NOUNS).title(), self._pick(_NOUNS).title()
        adjective = self._pick(_ADJECTIVES).title()
        if kind == 0:
            return f"{adjective} {_plural(noun)}"
        if kind == 1:
            return f"The {noun} and the {other}"
        if kind == 2:
            return f"{self._pick(_WORDS_OF_PLACE)} {self._pick(_PLACES)}"
        if kind == 3:
            return f"{noun} Music"
        return f"{adjective} {noun}"

    def playlist(self, mood: str, genre: str) -> str:
        """A name for a playlist of a mood (calm, bright, dark or loud) and genre."""
        name = self._pick(_PLAYLIST_MOODS[mood])
        if self._rng.random() < 0.4:
            name = f"{name} ({genre})"
        while ("playlist", name) in self._titles:
            name = f"{self._pick(_ADJECTIVES).title()} {self._pick(_NOUNS).title()} {genre}"
        self._titles.add(("playlist", name))
        return name

    def _artist(self) -> str:
        kind = int(self._rng.integers(8))
        adjective, noun = self._pick(_ADJECTIVES).title(), self._pick(_NOUNS).title()
        if kind <= 2:
            return f"{self._pick(_FIRST)} {self._pick(_LAST)}"
        if kind == 3:
            return f"The {adjective} {_plural(noun)}"
        if kind == 4:
            return f"{adjective} {noun}"
        if kind == 5:
            return f"{self._pick(_PLACES)} {self._pick(_PEOPLE)}"
        if kind == 6:
            return f"{self._pick(_FIRST)} & the {_plural(noun)}"
        return f"{noun} {self._pick(_PEOPLE)}"

    def _title(self) -> str:
        kind = int(self._rng.integers(10))
        noun, other = self._pick(_NOUNS), self._pick(_NOUNS)
        adjective, verb = self._pick(_ADJECTIVES), self._pick(_VERBS)
        forms = (
            f"{adjective} {noun}",
            f"{adjective} {noun}",
            f"{noun} {other}",
            f"{verb} to the {noun}",
            f"the {noun} song",
            f"when the {_plural(noun)} {verb}",
            f"{self._pick(_PLACES)} in {adjective} light",
            f"don't {verb} yet",
            f"how we {verb}",
            f"{noun}, {noun}",
        )
        return _title_case(forms[kind])

    def _pick(self, words: tuple[str, ...]) -> str:
        return words[int(self._rng.integers(len(words)))]


def _title_case(text: str) -> str:
    small = {"the", "to", "in", "and", "of", "at"}
    words = text.split()
    return " ".join(
        word if place and word in small else word[0].upper() + word[1:]
        for place, word in enumerate(words)
    )


def _plural(noun: str) -> str:
    """More than one of it: walls, valleys, cities, wolves, compasses."""
    if noun.casefold() == "wolf":
        return noun[:-1] + "ves"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


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
