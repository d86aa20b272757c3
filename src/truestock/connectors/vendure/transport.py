"""One call to a Vendure server's Admin API, and which way it failed: without effect, or nobody knows."""

from collections.abc import Mapping
from typing import Final, TypeVar

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.reserving.http_calls import File, ShopServer, checked_url, decoded, given, one_line, refused
from truestock.connectors.vendure.answers import NOTHING, Answer, Fault
from truestock.connectors.vendure.settings import API_KEY, VendureSettings

T = TypeVar("T")
# The server refuses these before it begins.
BEFORE: Final = frozenset(
    {
        "BAD_REQUEST",
        "BAD_USER_INPUT",
        "CHANNEL_NOT_FOUND",
        "ENTITY_NOT_FOUND",
        "FORBIDDEN",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "UNAUTHENTICATED",
        "UNAUTHORIZED",
        "USER_INPUT_ERROR",
    }
)
# Of these, what is wrong with the very thing that was sent.
OF_THE_INPUT: Final = frozenset({"BAD_USER_INPUT", "ENTITY_NOT_FOUND", "USER_INPUT_ERROR"})
NOT_LET_IN: Final = frozenset({"FORBIDDEN", "UNAUTHENTICATED", "UNAUTHORIZED"})
ADVICE: Final = {
    400: "the server does not understand the call; is it Vendure 3.6 or later?",
    401: "check the API key, that authOptions.tokenMethod of the server has 'api-key' in it",
    403: "check the API key, and that a firewall before the server lets the hub pass",
    404: "there is no Admin API at this URL; it ends in /admin-api unless the server was told otherwise",
}


class WrongInput(ChannelDown):
    """The server will not have this input, whenever it comes."""


class AdminApi:
    """The Admin API of one server."""

    def __init__(self, client: httpx2.AsyncClient, settings: VendureSettings, secrets: Mapping[str, str]) -> None:
        # Without the second, a server that guards against forged forms takes no file.
        headers = {"vendure-api-key": given(secrets, API_KEY), "apollo-require-preflight": "true"}
        if settings.channel_token:
            headers["vendure-token"] = settings.channel_token
        self._server = ShopServer(client, checked_url(settings.url), headers, settings.timeout_s)

    async def read(self, document: str, variables: Mapping[str, object], form: type[T]) -> T:
        """Ask something. Raises ChannelDown."""
        try:
            return await self.write(document, variables, form)
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def write(self, document: str, variables: Mapping[str, object], form: type[T]) -> T:
        """Change something. Raises ChannelDown when it had no effect, InDoubt when it may have had one."""
        return _answer(await self._server.call("POST", "", {"query": document, "variables": variables}), form)

    async def upload(self, document: str, variables: Mapping[str, object], file: File, form: type[T]) -> T:
        """Change something with a file, which `variables` has as `file: null`. Raises ChannelDown, InDoubt."""
        fields = {
            "operations": msgspec.json.encode({"query": document, "variables": variables}).decode(),
            "map": '{"0": ["variables.file"]}',
        }
        return _answer(await self._server.upload("", fields, {"0": file}), form)


def _answer(response: httpx2.Response, form: type[T]) -> T:
    """The data of an answer. Raises ChannelDown, InDoubt."""
    if not 200 <= response.status_code < 300:
        raise refused(response, _said(response), ADVICE)
    answer = decoded(response, Answer)
    if answer.errors or answer.data == NOTHING:
        raise failed(answer.errors)
    try:
        return msgspec.json.decode(answer.data, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InDoubt(f"the shop's answer cannot be read: {one_line(str(error))}") from error


def failed(faults: list[Fault]) -> ChannelDown | InDoubt:
    """What a list of errors means; one code that is not known to come first leaves all in doubt."""
    codes = {fault.extensions.code for fault in faults}
    said = one_line("; ".join(fault.message or fault.extensions.code for fault in faults) or "no data and no reason")
    if codes & NOT_LET_IN:
        return ChannelDown(f"the shop said: {said}. To do: {ADVICE[401]}, and that the key's role may do this")
    if codes and codes <= OF_THE_INPUT:
        return WrongInput(f"the shop said: {said}")
    return ChannelDown(f"the shop said: {said}") if codes and codes <= BEFORE else InDoubt(f"the shop said: {said}")


def _said(response: httpx2.Response) -> str:
    try:
        return "; ".join(fault.message for fault in decoded(response, Answer).errors)
    except InDoubt:
        return ""
