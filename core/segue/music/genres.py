"""Genres: names as people spell them, which genre is part of which, and the genres of a track.

The parents are ours, a few hundred genres at most two steps below a dozen; a longer list of names,
such as MusicBrainz', hangs itself on by their last words: a "deep house" is a house.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from segue.names import did_you_mean

# A genre, and what is part of it. "drum and bass" may stand in several lines.
_PARTS = """
blues: acoustic blues, boogie-woogie, chicago blues, country blues, delta blues, electric blues,
    jump blues, rhythm and blues, soul blues, swamp blues
classical: baroque, chamber music, choral, early music, impressionism, medieval, minimalism,
    modern classical, neoclassicism, opera, orchestral, renaissance, romantic classical, symphony
country: alt-country, americana, bluegrass, honky tonk, nashville sound, outlaw country, western
electronic: ambient, big beat, breakbeat, chillout, chillwave, downtempo, drum and bass, dubstep,
    ebm, electro, electroclash, electronica, eurodance, footwork, future bass, garage house,
    glitch, gqom, grime, hardcore techno, hardstyle, house, hyperpop, idm, indietronica, jungle,
    krautrock, trip hop, synthpop, synthwave, techno, trance, uk garage, vaporwave, witch house
folk: anti-folk, celtic, chanson, contemporary folk, freak folk, indie folk, klezmer,
    neofolk, psychedelic folk, sea shanty, singer-songwriter, traditional folk
hip hop: boom bap, cloud rap, conscious hip hop, crunk, drill, east coast hip hop, g-funk,
    gangsta rap, grime, horrorcore, jazz rap, lo-fi hip hop, phonk, rap, southern hip hop, trap,
    trip hop, turntablism, west coast hip hop
jazz: acid jazz, avant-garde jazz, bebop, big band, bossa nova, cool jazz, dixieland, free jazz,
    fusion, gypsy jazz, hard bop, jazz fusion, latin jazz, modal jazz, nu jazz, post-bop, ragtime,
    smooth jazz, soul jazz, spiritual jazz, swing, vocal jazz
latin: bachata, bolero, bossa nova, cumbia, flamenco, forró, latin jazz, latin pop, mariachi,
    mpb, reggaeton, rumba, salsa, samba, tango, tropicália, vallenato
metal: black metal, death metal, deathcore, djent, doom metal, folk metal, glam metal, grindcore,
    groove metal, heavy metal, metalcore, nu metal, power metal, progressive metal, sludge metal,
    speed metal, stoner metal, symphonic metal, thrash metal
pop: art pop, baroque pop, bedroom pop, britpop, bubblegum pop, cantopop, chamber pop, city pop,
    dance-pop, dream pop, electropop, europop, hyperpop, indie pop, j-pop, jangle pop, k-pop,
    latin pop, mandopop, new wave, power pop, schlager, sophisti-pop, synthpop, teen pop, twee pop
punk: anarcho-punk, crust punk, emo, hardcore punk, pop punk, post-hardcore, post-punk,
    riot grrrl, screamo, ska punk, skate punk
r&b: alternative r&b, contemporary r&b, doo-wop, funk, gospel, motown, neo soul, new jack swing,
    quiet storm, soul, disco
reggae: dancehall, dub, lovers rock, ragga, rocksteady, roots reggae, ska
rock: acoustic rock, alternative rock, arena rock, art rock, blues rock, classic rock,
    garage rock, glam rock, grunge, hard rock, heavy metal, indie rock, krautrock, math rock,
    metal, new wave, noise rock, pop rock, post-rock, progressive rock, psychedelic rock, punk,
    rock and roll, rockabilly, shoegaze, slowcore, soft rock, southern rock, space rock,
    stoner rock, surf rock, britpop, yacht rock
house: acid house, ambient house, chicago house, deep house, electro house, french house,
    progressive house, tech house, tropical house, garage house
techno: acid techno, detroit techno, dub techno, hard techno, minimal techno
trance: goa trance, progressive trance, psytrance, uplifting trance
ambient: dark ambient, drone, new age, space ambient
drum and bass: jump up, jungle, liquid funk, neurofunk
funk: afrobeat, deep funk, electro-funk, p-funk, jazz-funk
soul: neo soul, northern soul, philly soul, soul jazz, southern soul, blue-eyed soul
disco: euro disco, italo disco, nu disco
african: afrobeat, afrobeats, amapiano, gqom, highlife, jùjú, kizomba, soukous
spoken: audiobook, comedy, poetry, podcast
soundtrack: film score, musical, video game music
experimental: avant-garde, free improvisation, industrial, musique concrète, noise, sound art
industrial: ebm, industrial metal, industrial rock
"""

# Other names for a genre, as their key, and the key of what is meant.
_ALIASES = {
    "rnb": "rb",
    "dnb": "drumandbass",
    "drumbass": "drumandbass",
    "drumnbass": "drumandbass",
    "electronicmusic": "electronic",
    "electronicdance": "electronic",
    "edm": "electronic",
    "electronicdancemusic": "electronic",
    "rap": "hiphop",
    "raphiphop": "hiphop",
    "hiphoprap": "hiphop",
    "altrock": "alternativerock",
    "alternative": "alternativerock",
    "indie": "indierock",
    "classicalmusic": "classical",
    "neoclassical": "modernclassical",
    "contemporaryclassical": "modernclassical",
    "psychedelictrance": "psytrance",
    "rocknroll": "rockandroll",
    "bossa": "bossanova",
}


@cache
def genre_key(name: str) -> str:
    """What the spellings of one genre have in common: "Hip-Hop", "hip hop" and "hiphop" are one.

    Letters and digits alone, without accents or case; "and", "&" and "'n'" are the same.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    plain = re.sub(r"\s*[&+]\s*", "&", plain)
    plain = re.sub(r"\s+'?n'?\s+|'n'|\s+and\s+", "and", plain)
    plain = plain.replace("r&b", "rb").replace("&", "and")
    key = re.sub(r"[\W_]+", "", plain)
    return _ALIASES.get(key, key)


@dataclass(frozen=True, slots=True)
class GenreTree:
    """Every genre by its key: its usual name, and the keys of the genres it is part of."""

    names: Mapping[str, str]
    parents: Mapping[str, frozenset[str]]

    def find(self, name: str) -> str | None:
        """The key of a genre by any spelling of its name; None where it is none."""
        key = genre_key(name)
        return key if key in self.names else None

    def above(self, key: str) -> frozenset[str]:
        """The genre itself and everything it is part of, at any distance."""
        found, new = {key}, {key}
        while new:
            new = {up for each in new for up in self.parents.get(each, ())} - found
            found |= new
        return frozenset(found)

    def every(self, keys: Iterable[str]) -> frozenset[str]:
        """Some genres and everything they are part of."""
        return frozenset[str]().union(*(self.above(key) for key in keys))

    def worth(self, genres: Iterable[str], weights: Mapping[str, float]) -> tuple[float, str]:
        """What the genres of a track come to, and which of them counts most, "" where none does.

        `genres` and `weights` go by keys. The sum of the weights of all genres that those of the
        track are or are part of, each once; "electronic" and "house" both count for a deep house.
        """
        counted = {key: self.above(key) & weights.keys() for key in genres}
        each = {key: sum(weights[up] for up in found) for key, found in counted.items() if found}
        heaviest = max(each, key=lambda key: abs(each[key]), default="")
        return sum(weights[up] for up in set[str]().union(*counted.values())), heaviest


def no_such_genre(name: str, tree: GenreTree) -> str:
    """Why a name that is no genre cannot be used, and which one was probably meant."""
    hint = did_you_mean(name, tree.names.values(), 0.7)
    aside = f"; {hint[0].lower()}{hint[1:]}" if hint else ""
    return f"“{name}” is no genre that Segue knows{aside}"


def genre_tree(more: Iterable[str] = ()) -> GenreTree:
    """The tree of our genres and `more` names.

    A name that our table does not have is part of the longest of its own endings that is a genre;
    one without any is on its own.
    """
    names: dict[str, str] = {}
    parents: dict[str, set[str]] = {}
    for line in re.sub(r",\s*\n\s+", ", ", _PARTS.strip()).splitlines():
        parent, _, children = line.partition(": ")
        names.setdefault(genre_key(parent), parent)
        for child in re.split(r",\s*", children):
            names.setdefault(genre_key(child), child)
            parents.setdefault(genre_key(child), set()).add(genre_key(parent))
    added = [name for name in dict.fromkeys(more) if genre_key(name)]
    names = {**{genre_key(name): name for name in added}, **names}
    for key, name in names.items():
        ending = _ending(name, names)
        if ending is not None and key not in parents and ending != key:
            parents.setdefault(key, set()).add(ending)
    return GenreTree(names, {key: frozenset(up - {key}) for key, up in parents.items()})


def _ending(name: str, names: Mapping[str, str]) -> str | None:
    words = re.split(r"[\s\-/]+", name.strip())
    endings = (genre_key(" ".join(words[start:])) for start in range(1, len(words)))
    return next((key for key in endings if key in names), None)


LEAST_SHARE = 0.2
"""A tag counts as a genre from this share of the votes of the most frequent one."""


def genres_of(tags: Iterable[tuple[str, int]], tree: GenreTree) -> tuple[str, ...]:
    """The keys of the genres among tags, most votes first.

    `tags` are names with their counts. Names that are no genre ("seen live") are left out, and so
    is what few voted for beside the first: one listener's "jazz" on a metal band is a slip.
    """
    votes: dict[str, int] = {}
    for name, count in tags:
        key = tree.find(name)
        if key is not None and count > 0:
            votes[key] = votes.get(key, 0) + count
    if not votes:
        return ()
    least = LEAST_SHARE * max(votes.values())
    return tuple(sorted((k for k, n in votes.items() if n >= least), key=lambda k: (-votes[k], k)))
