"""Names of artists, albums, tracks and playlists, put together from word lists."""

from __future__ import annotations

import numpy as np


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
