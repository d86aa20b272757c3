"""What people do with sources of files: add or change one, list, pause, resume and remove them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from truestock.catalog.changes import take_ids
from truestock.catalog.listings.column_mappings import read_column_mapping
from truestock.connections.outside.guard import checked_url
from truestock.connections.rotation import Vault
from truestock.connections.seal import Seal
from truestock.connectors.contract.veil import hide, veiled
from truestock.core.checks import check_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.feeds.file_sources import queries
from truestock.feeds.file_sources.doors.door import Door
from truestock.feeds.file_sources.doors.folder import FolderDoor, folder_of
from truestock.feeds.file_sources.doors.url import UrlDoor
from truestock.feeds.file_sources.memory import KEPT, Read, reads_of
from truestock.feeds.file_sources.report import FileReport
from truestock.feeds.file_sources.settings import ERRAND, AtUrl, InFolder, OnServer, SourceSettings, where_of
from truestock.store.database import Connection, Database

SOURCES_MAX: Final = 1_000
TROUBLE_MAX: Final = 500


class NewSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a source is reached and read, all of it: what is left out of an earlier one is forgotten, its secrets too.

    The files tell of the listings of `channel`; stock in them is counted at `location`, one of kind supplier."""

    channel: str
    settings: SourceSettings
    location: str | None = None
    secrets: dict[str, str] = {}


class Source(msgspec.Struct, frozen=True):
    """A source, and what its last look came to; secrets are not here. `last_file` was read or tried last, at
    `last_read_at`; `trouble` says what to do."""

    code: str
    channel: str
    location: str | None
    settings: SourceSettings
    paused: bool
    trouble: str
    trouble_since: datetime | None
    looked_at: datetime | None
    added_at: datetime
    last_file: FileReport | None = None
    last_read_at: datetime | None = None


class Stored(msgspec.Struct, frozen=True):
    """A source with what else its reader needs."""

    id: int
    source: Source
    sealed: bytes


def put_source(db: Database, seal: Seal, code: str, draft: NewSource, *, on_lan: bool) -> Source:
    """Add a source, or change it; nothing is called now. Raises Invalid naming what is at fault, NotFound, Conflict."""
    check_text("code", code, required=True)
    check_address(draft, on_lan=on_lan)
    if draft.settings.mapping:
        read_column_mapping(db, draft.settings.mapping)
    (new,) = take_ids(db, "file_source", 1)
    with db.transaction() as conn:
        parameters = {"id": new, "code": code, **_places(conn, draft)}
        if conn.execute(queries.others, {"code": code}).fetchall() == [(SOURCES_MAX,)]:
            raise Conflict(f"there are {SOURCES_MAX} sources already; a hub takes no more", "code")
        conn.execute(queries.forget_faulty, {"code": code})
        conn.execute(queries.forget_tags, {"code": code, "address": draft.settings.address})
        settings = msgspec.json.encode(draft.settings).decode()
        ((source,),) = conn.execute(queries.put_source, {**parameters, "settings": settings}).fetchall()
        conn.execute(queries.put_vault, {"ids": [source], "sealed": [seal.close(whose(source), draft.secrets)]})
    return read_source(db, code)


def check_address(draft: NewSource, *, on_lan: bool) -> None:
    """Whether files can be fetched from there as far as it says itself. Raises Invalid."""
    where = where_of(draft.settings.address)
    allowed = {InFolder: (), OnServer: ("password", "private_key"), AtUrl: ("password", "header")}[type(where)]
    for name in draft.secrets:
        if name not in allowed:
            takes = f"takes {' and '.join(allowed)}" if allowed else "takes none"
            raise Invalid("secrets", f"this address needs no secret {name!r}; it {takes}")
    try:
        if isinstance(where, AtUrl):
            checked_url(where.url, to_lan=on_lan, errand=ERRAND)
        door_of(draft.settings, draft.secrets, on_lan=on_lan)
    except Invalid as problem:
        raise Invalid("settings", f"address: {problem.detail}") from None
    except ValueError as error:
        raise Invalid("settings", str(error)) from None


def _places(conn: Connection, draft: NewSource) -> dict[str, int | None]:
    """The ids of what a source names. Raises NotFound, Invalid."""
    names = {"channel": draft.channel, "location": draft.location}
    ((channel, location, kind),) = conn.execute(queries.names_of, names).fetchall()
    if channel is None:
        raise NotFound("channel", draft.channel, "channel")
    if draft.location is not None and location is None:
        raise NotFound("location", draft.location, "location")
    if kind not in (None, "supplier"):
        detail = f"{draft.location} is a {kind}; files count at a location of kind supplier alone, so name one or none"
        raise Invalid("location", detail)
    return {"channel": channel, "loc": location}


def sources(db: Database) -> list[Source]:
    """All of them, by code, each with what its last look came to."""
    return [_with_last(db, stored) for stored in _stored(db, None)]


def read_source(db: Database, code: str) -> Source:
    """One of them. Raises NotFound."""
    return _with_last(db, stored_source(db, code))


def files_of(db: Database, code: str) -> list[Read]:
    """The files of a source that were read or tried, the newest reading first, up to a bound. Raises NotFound."""
    return reads_of(db, stored_source(db, code).id, KEPT)


def stored_source(db: Database, code: str) -> Stored:
    """One of them as it is kept. Raises NotFound."""
    for found in _stored(db, code):
        return found
    raise NotFound("source", code, "source")


def pause(db: Database, code: str, *, paused: bool) -> Source:
    """Read nothing of a source for a while, or go on. Raises NotFound, Invalid."""
    if read_source(db, code).paused is paused:
        raise Invalid("source", f"{code!r} is {'paused' if paused else 'not paused'} already")
    with db.transaction() as conn:
        conn.execute(queries.pause, {"code": code, "paused": paused})
    return read_source(db, code)


def forget_last(db: Database, code: str) -> None:
    """Have the newest file, and those that could not be read, read again by the next look. Raises NotFound."""
    source = stored_source(db, code).id
    with db.transaction() as conn:
        conn.execute(queries.forget_faulty, {"code": code})
        conn.execute(queries.forget_newest, {"code": code})
        conn.execute(queries.unsettle, {"source": source})


def remove_source(db: Database, code: str) -> Source:
    """Forget a source with what was read of it; what its files have changed stays. Raises NotFound, and Conflict while
    a schedule names it."""
    found = read_source(db, code)
    with db.transaction() as conn:
        if schedules := [str(number) for (number,) in conn.execute(queries.schedules_of, {"code": code})]:
            detail = f"schedule {', '.join(schedules)} names it; remove that first (truestock schedule remove)"
            raise Conflict(detail, "source")
        conn.execute(queries.drop_reads, {"code": code})
        conn.execute(queries.drop_source, {"code": code})
    return found


def now_of(db: Database) -> datetime:
    """The database's clock."""
    with db.transaction() as conn:
        rows: list[tuple[datetime]] = conn.execute(queries.clock).fetchall()
    return rows[0][0]


def note_look(db: Database, source: int, trouble: str, *, answered: bool) -> None:
    """Keep what a look came to; an empty trouble is none."""
    parameters = {"source": source, "trouble": veiled(trouble)[:TROUBLE_MAX], "answered": answered}
    with db.transaction() as conn:
        conn.execute(queries.looked, parameters)


def door_of(settings: SourceSettings, secrets: Mapping[str, str], *, on_lan: bool) -> Door:
    """How the files are reached. Raises ValueError, which names what is at fault and shows no secret."""
    hide(secrets.values())
    where = where_of(settings.address)
    if isinstance(where, AtUrl):
        return UrlDoor(where, settings, secrets, on_lan=on_lan)
    return FolderDoor(folder_of(where, settings, secrets), settings)


def whose(source: int) -> str:
    """Whose the secrets of a source are."""
    return f"source {source}"


def _stored(db: Database, code: str | None) -> list[Stored]:
    with db.transaction() as conn:
        rows = conn.execute(queries.sources, {"code": code}).fetchall()
    return [
        Stored(number, Source(name, channel, location, msgspec.convert(settings, SourceSettings), *rest), sealed)
        for number, name, channel, location, settings, sealed, *rest in rows
    ]


def _with_last(db: Database, stored: Stored) -> Source:
    reads = reads_of(db, stored.id, 1)
    if not reads:
        return stored.source
    return msgspec.structs.replace(stored.source, last_file=reads[0].report, last_read_at=reads[0].read_at)


VAULT: Final = Vault("file_source", whose, queries.lock_vault, queries.put_vault)
