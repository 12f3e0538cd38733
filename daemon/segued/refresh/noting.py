"""What a whole refresh leaves for the next: a note that says when it will have nothing to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain
from pathlib import Path

from segue.playlists.gather.pool import day_ends
from segue.playlists.inventory import Inventory
from segue.recipe.recipe import Recipe
from segue.recipe.values import FLOW, named_in
from segued.config.schedule.rules import day_start
from segued.config.secrets import expanded
from segued.inventory.outside import never_files, next_fetches, next_look
from segued.refresh.outcome import RefreshOutcome
from segued.refresh.unchanged import Asked, Note, key_of, put
from segued.run import Run, RunRecipe
from segued.spotify.glance import LISTING, access_of, listing_digest
from segued.store.files.atomic import file_mark
from segued.store.library import ACCOUNT
from segued.sync.playlist import READING, SEEN_ONCE
from segued.sync.similar import next_named
from segued.sync.tracks import ASK_AGAIN
from segued.sync.wanted import wanted_by

LONGEST = timedelta(days=1)
"""No note holds for longer: what rests after refusals is then asked for again."""
_ROUNDING = timedelta(seconds=1)
"""Windows of time are compared as days; this is far more than what that rounds."""


def note(run: Run, asked: Asked, outcome: RefreshOutcome) -> None:
    """Keep a note of a refresh after which the next has nothing to do, as long as nothing changes.

    Where anything is left to do (something could not be read, was looked up just now, was refused
    or failed) none is kept. The caller holds the writer's lock.
    """
    if not (_settled(outcome) and _all_read(run)):
        return
    token = run.state.auth.token()
    answers = dict(run.client().first_pages)
    wanted = wanted_by(run.settings.playlists, run.settings.never)
    needed = {"GET /me/tracks", "GET /me/player/recently-played"}
    needed |= {"GET /me/albums"} if wanted.albums else set()
    if token is None or set(answers) != needed:
        return
    answers[LISTING] = listing_digest(run.state.playlists.summaries())
    ids = [each.plan.recipe_id for each in outcome.refreshed]
    bound = {recipe_id: run.state.playlists.binding(recipe_id) for recipe_id in ids}
    if any(each is None or each.paused_reason is not None for each in bound.values()):
        return
    if any(each is not None and each.owed is not None for each in bound.values()):
        return
    put(
        asked,
        Note(
            key=key_of(asked),
            since=run.now,
            until=min(_ends(run)),
            login=token.authorized_at.isoformat(),
            access=access_of(run.settings.spotify),
            answers=answers,
            recipes=tuple(bound),
            audio_folder=audio_folder_of(run),
            called={
                name: known.recipe.id
                for known in run.recipes
                for name in (known.recipe.name, known.configured_id)
                if known.recipe.id in bound
            },
            enriched=outcome.enriched.document() if outcome.enriched is not None else None,
            snapshots={name: each.snapshot_id if each else None for name, each in bound.items()},
            files=never_files(run.settings.never)
            | {
                str(each.path): file_mark(each.path)
                for each in outcome.exports
                if not isinstance(each, str)
            }
            | {str(path): file_mark(path) for path in _cover_files(run)},
        ),
    )


def _cover_files(run: Run) -> Iterator[Path]:
    """The images that recipes name as covers."""
    for known in run.recipes:
        cover = known.recipe.write.cover
        if cover is not None and cover != FLOW:
            yield expanded(cover)


def audio_folder_of(run: Run) -> str:
    """The folder of the user's own files, where a refresh looks for new ones."""
    features, budget = run.settings.features, run.settings.enrich
    looked_at = "audio" in features.sources and budget.before_refresh_features
    return features.audio_folder if looked_at else ""


def _settled(outcome: RefreshOutcome) -> bool:
    """Whether every playlist stands as its recipe wants it, and everything asked for is known."""
    enriched, synced = outcome.enriched, outcome.synced
    if outcome.recovered or synced is None or synced.unfinished or not outcome.refreshed:
        return False
    if any(isinstance(exported, str) for exported in outcome.exports):
        return False
    if enriched is not None and (enriched.requests or not enriched.complete):
        return False
    return all(
        each.error is None and each.plan.status in ("changed", "unchanged") and not each.plan.guards
        for each in outcome.refreshed
    ) and not any(each.left_out for each in outcome.refreshed)


def _all_read(run: Run) -> bool:
    """Whether the next sync would begin with the same few requests and end with them."""
    library = run.state.library
    for name in ("liked", "albums"):
        cursor = library.cursor(name)
        if cursor and (cursor["hole"] is not None or cursor["gaps"] or cursor.get("doubted")):
            return False
    account = library.cursor(ACCOUNT)
    confirmed = account is not None and account.get("confirmed", True)
    return bool(confirmed) and not library.cursor(READING) and not library.cursor(SEEN_ONCE)


def _ends(run: Run) -> Iterator[datetime]:
    """The moments at which time alone gives a refresh something to do."""
    now, inventory = run.now, run.inventory()
    yield now + LONGEST
    for known in run.recipes:  # a recipe may draw on what another makes in its period
        yield _period_end(run, known)
        yield from _window_ends(known.recipe, inventory, now)
        if known.recipe.score.get("due"):
            yield day_ends(now)
        zone = run.settings.zone_of(known.configured_id)
        if _names_the_day(known.recipe):
            yield day_start(now.astimezone(zone) + timedelta(days=1), zone)
        changes = _variant_ends(known, zone, now)
        yield from (change for change in changes if change > now)
    every = timedelta(seconds=run.settings.sync.top_tracks_every)
    wanted = wanted_by(run.settings.playlists)
    yield from next_named(run, wanted)
    for part in wanted.top:
        cursor = run.state.library.cursor(f"top {part}") or {}
        yield datetime.fromisoformat(cursor["at"]) + every if "at" in cursor else now
    asked = (each.asked_at + ASK_AGAIN for each in run.state.discover.asked().values())
    yield from (due for due in asked if due > now)
    yield from next_fetches(run.settings.never, run.state)
    if run.settings.looks_for_releases:
        yield next_look(run.settings.discover, run.state, now)
        yield day_start(now + timedelta(days=1), UTC)  # a release grows old
    for known in run.recipes:
        rule = known.recipe.discover.rule if known.recipe.discover is not None else None
        for song in inventory.outside.newcomers.get(known.recipe.id, ()):
            if rule is not None and song.outcome == "trying":
                yield max(now, song.since + rule.span)
    for bound in run.state.playlists.bindings().values():
        limits = bound.limits
        dates = (*(ban.until for ban in bound.bans), limits.most_rows_until, limits.unmovable_until)
        yield from (date for date in dates if date is not None and date > now)


def _names_the_day(recipe: Recipe) -> bool:
    """Whether the playlist's name or description is another tomorrow."""
    texts = (recipe.name, recipe.write.description)
    return not {"date", "year", "month", "week"}.isdisjoint(
        name for text in texts for name in named_in(text)
    )


def _period_end(run: Run, known: RunRecipe) -> datetime:
    settings = run.settings
    schedule = settings.schedules.get(known.configured_id)
    if schedule is not None:
        return schedule.next(run.now)
    tomorrow = known.period_start + timedelta(hours=36)
    return day_start(tomorrow, settings.zone_of(known.configured_id))


def _variant_ends(known: RunRecipe, zone: tzinfo, now: datetime) -> Iterator[datetime]:
    """The moments of today and tomorrow at which another variant of a recipe may begin to hold."""
    variants = known.recipe.base.when
    times = [time for variant in variants for time in variant.on]
    minutes = {0, *(at for time in times for at in (time.start, time.end))} if variants else ()
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    for day in (today, today + timedelta(days=1)):
        yield from ((day + timedelta(minutes=at)).astimezone(UTC) for at in minutes)


def _window_ends(recipe: Recipe, inventory: Inventory, now: datetime) -> Iterator[datetime]:
    """The next moment at which a track leaves or enters a filter by time, for each such filter."""
    for part in recipe.where.every():
        windows = (
            *(part.added_within, part.not_added_within),
            *(part.played_within, part.not_played_within),
        )
        for seconds in (each for each in windows if each is not None):
            window = timedelta(seconds=seconds)
            passed = now - window - _ROUNDING
            later = [moment for moment in _moments(inventory) if moment >= passed]
            if later:
                yield max(now, min(later) + window - _ROUNDING)


def _moments(inventory: Inventory) -> Iterable[datetime]:
    """Every time that a filter may count from: of adding and of playing."""
    return chain(
        (saved.added_at for saved in inventory.liked),
        (album.added_at for album in inventory.albums),
        (
            entry.added_at
            for playlist in inventory.playlists.values()
            for entry in playlist.entries
            if entry.added_at is not None
        ),
        (play.played_at for play in inventory.plays),
        (heard.last for heard in inventory.heard.values()),
    )
