"""/health says that the process is up, /ready whether it can serve, /metrics what it does."""

from typing import ClassVar, Literal

import msgspec
from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from truestock.entrypoints.api.framework.route import Router, TheHub
from truestock.entrypoints.api.front.call import READ
from truestock.entrypoints.api.operate.metrics import CONTENT_TYPE, exposition

router = Router("operate")
metrics_router = Router("operate", READ)


class Health(msgspec.Struct, frozen=True):
    """The process is up."""

    status: Literal["ok"]


class Check(msgspec.Struct, frozen=True):
    """One thing that a hub needs."""

    name: str
    ok: bool


class Readiness(msgspec.Struct, frozen=True):
    """Whether the hub can serve; `truestock doctor` says what is wrong and how to mend it."""

    statuses: ClassVar = (200, 503)
    ready: bool
    checks: list[Check]

    @property
    def http_status(self) -> int:
        """What a load balancer looks at."""
        return 200 if self.ready else 503


@router.get("/health")
async def health() -> Health:
    """The process is up."""
    return Health("ok")


@router.get("/ready")
async def ready(hub: TheHub) -> Readiness:
    """Whether the database answers, its schema is current, the coming month has its partition, and the lane commits."""
    checks = [Check(fact.name, fact.fault is None) for fact in await hub.facts()]
    return Readiness(all(check.ok for check in checks), checks)


@metrics_router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request, hub: TheHub) -> Response:
    """For Prometheus."""
    return Response(exposition(hub, request.app.state.tally), media_type=CONTENT_TYPE)
