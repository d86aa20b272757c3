"""Sources of files: where suppliers' files lie, how they are read, and what was. Secrets go in and never come out."""

from typing import Annotated

import msgspec
from fastapi import Depends

from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import Rows
from truestock.entrypoints.api.front.call import ADMIN
from truestock.entrypoints.api.operate.schedules import Queued
from truestock.entrypoints.api.routes.connections import Sent
from truestock.feeds.file_sources import sources as manage
from truestock.feeds.file_sources.memory import Read
from truestock.feeds.file_sources.reading import Looked
from truestock.feeds.file_sources.sources import NewSource, Source
from truestock.sync.schedules import schedules

router = Router("sources", ADMIN)


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`again`: the newest file, and those that could not be read, are read once more."""

    again: bool = False


@router.get("/v1/sources")
def list_sources(hub: TheHub) -> Rows[Source]:
    """All sources by code, each with what its last look came to; they come on one page."""
    return Rows(manage.sources(hub.db), None)


@router.get("/v1/sources/{source:path}/files")
def list_files(source: str, hub: TheHub) -> Rows[Read]:
    """The files of a source that were read or tried, the newest reading first: 100 at most."""
    return Rows(manage.files_of(hub.db, source), None)


@router.get("/v1/sources/{source:path}")
def read_source(source: str, hub: TheHub) -> Source:
    """How a source is reached and read, and what its last look came to."""
    return manage.read_source(hub.db, source)


@router.put("/v1/sources/{source:path}")
def put_source(source: str, body: Annotated[NewSource, Depends(Body(NewSource))], hub: TheHub) -> Source:
    """Add a source, or change it; nothing is fetched before it is run. No answer has the secrets."""
    return manage.put_source(hub.db, hub.seal(), source, body, on_lan=hub.settings.sources_on_lan)


@router.delete("/v1/sources/{source:path}")
def remove_source(source: str, hub: TheHub) -> Source:
    """Forget a source with what was read of it; what its files have changed stays. The answer is what it was."""
    return manage.remove_source(hub.db, source)


@router.post("/v1/sources/{source:path}/test")
def try_source(source: str, _: Sent, hub: TheHub) -> Looked:
    """What reading the oldest new file would do; nothing is written or moved."""
    return hub.sources.test(source)


@router.post("/v1/sources/{source:path}/run", status_code=202)
def run_source(source: str, body: Annotated[Run, Depends(Body(Run))], hub: TheHub) -> Queued:
    """Queue the reading of what is new; the job says what it came to, and the source has the report."""
    if body.again:
        manage.forget_last(hub.db, source)
    return Queued(schedules.run_once(hub.db, hub.jobs.kinds, "import", None, source))


@router.post("/v1/sources/{source:path}/pause")
def pause(source: str, _: Sent, hub: TheHub) -> Source:
    """Read nothing of a source until it is resumed."""
    return manage.pause(hub.db, source, paused=True)


@router.post("/v1/sources/{source:path}/resume")
def resume(source: str, _: Sent, hub: TheHub) -> Source:
    """Read a paused source again, first what came meanwhile."""
    return manage.pause(hub.db, source, paused=False)
