"""API keys: made, listed, revoked."""

import asyncio
from typing import Annotated

import msgspec
from fastapi import Depends, Request

from truestock.catalog import keys
from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of, strict
from truestock.entrypoints.api.front.call import ADMIN

router = Router("keys", ADMIN)
Draft = strict(keys.KeyDraft)


class NewKey(msgspec.Struct, frozen=True):
    """The key, and its token: the only time that it is shown."""

    key: keys.StoredKey
    token: str


@router.get("/v1/keys")
def list_keys(hub: TheHub, page: ThePage) -> Rows[keys.StoredKey]:
    """All keys, the revoked ones too, without their secrets."""
    return rows_of(keys.list_keys(hub.db, page.after, page.limit))


@router.post("/v1/keys", status_code=201)
async def create_key(body: Annotated[keys.KeyDraft, Depends(Body(Draft))], request: Request, hub: TheHub) -> NewKey:
    """Make a key. From the first one on, every request needs one."""
    draft = msgspec.convert(body, keys.KeyDraft, from_attributes=True)
    made = await asyncio.to_thread(keys.create_key, hub.db, draft)
    await asyncio.to_thread(request.app.state.gate.ring.refresh)
    return NewKey(made.key, made.token)


@router.delete("/v1/keys/{key}")
async def revoke_key(key: str, request: Request, hub: TheHub) -> keys.StoredKey:
    """End a key for good; other processes notice within seconds."""
    revoked = await asyncio.to_thread(keys.revoke_key, hub.db, key)
    await asyncio.to_thread(request.app.state.gate.ring.refresh)
    return revoked
