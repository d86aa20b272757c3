"""Where a channel that sends messages asks first whose the address is."""

from fastapi import Request

from truestock.connectors.contract.notices import NotGenuine
from truestock.entrypoints.api.framework.route import Router, TheHub
from truestock.entrypoints.api.problems.surface import Unauthorized

router = Router("channel orders")


@router.get("/v1/hooks/{channel:path}")
async def prove(channel: str, request: Request, hub: TheHub) -> dict[str, str]:
    """Proves to a channel that this address is ours, as eBay asks with `challenge_code` before it sends anything here.

    Needs no API key."""
    base = hub.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    try:
        return dict(await hub.door.challenged(channel, base + request.url.path, request.query_params))
    except NotGenuine as error:
        raise Unauthorized(f"the challenge is not answered: {error}") from None
