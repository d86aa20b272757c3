"""Lists the settlement reports that Amazon has made, and reads each once, in the order in which they were made.

They cannot be asked for: Amazon makes one with each settlement, and keeps it for 90 days."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import msgspec

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.operations import Operation
from truestock.connectors.amazon.calls.transport import Refused, SellingPartnerApi
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded, unzipped
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.amazon.settlements.flat_file import Mine, fees_of
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import SettledFee, SettledFees

TYPE: Final = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
KEPT: Final = timedelta(days=89)
FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
PAGES_MAX: Final = 20
DONE: Final = "DONE"
UNDER_WAY: Final = frozenset({"IN_QUEUE", "IN_PROGRESS"})
FULFILMENTS: Final = {"merchant": "MFN", "amazon": "AFN"}
T = TypeVar("T")


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """A report, and where it is found once it is made."""

    report_id: str
    created_time: datetime
    processing_status: str
    report_document_id: str = ""

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among all."""
        return self.created_time, self.report_id


class Reports(msgspec.Struct, frozen=True, rename="camel"):
    """A page of them."""

    reports: list[Report]
    next_token: str = ""


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """Where a report lies for a few minutes, and how it is packed."""

    url: str
    compression_algorithm: str = ""


class Settlements:
    """Of one seller, as far as they are of one marketplace and one kind of fulfilment."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings) -> None:
        self._api = api
        self._mine = Mine(settings.settlement_name, FULFILMENTS[settings.fulfilled_by], settings.account_fees)

    @property
    def read(self) -> bool:
        """Whether they are."""
        return bool(self._mine.marketplace)

    async def since(self, cursor: str) -> SettledFees:
        """The fees of the first report after the cursor. Raises ChannelDown."""
        at = _place(cursor)
        known = sorted(await self._listed(at[0]), key=lambda report: report.place)
        left = [report for report in known if report.place > at]
        report = next((one for one in left if one.processing_status in {DONE, *UNDER_WAY}), None)
        if report is None or report.processing_status in UNDER_WAY:
            # What comes after one that is being made waits for it, so that none is passed over.
            return SettledFees([], cursor)
        unread: dict[str, str] = {}
        try:
            fees = await self._fees(report)
        except NotAsAgreed as error:
            fees, unread = [], {report.report_id: str(error)}
        return SettledFees(fees, _cursor(report), more=report is not left[-1], unread=unread)

    async def check(self) -> str:
        """That reports may be listed; empty where they are not to be. Raises ChannelDown."""
        if not self.read:
            return ""
        await self._listed(datetime.now(UTC))
        return "; settlements may be read"

    async def _listed(self, since: datetime) -> list[Report]:
        """All that were made since. Raises ChannelDown."""
        begin = max(since, datetime.now(UTC) - KEPT)
        query = {"reportTypes": TYPE, "createdSince": begin.astimezone(UTC).strftime(FORM), "pageSize": "100"}
        found: list[Report] = []
        for _ in range(PAGES_MAX):
            page = await self._ask(op.GET_REPORTS, {}, query, Reports)
            found += page.reports
            if not page.next_token:
                return found
            query = {"nextToken": page.next_token}
        raise ChannelDown(f"Amazon's settlement reports have no end after {PAGES_MAX} pages")

    async def _fees(self, report: Report) -> list[SettledFee]:
        """Raises ChannelDown, NotAsAgreed."""
        names = {"reportDocumentId": report.report_document_id}
        place = await self._ask(op.GET_REPORT_DOCUMENT, names, {}, Document)
        content = await self._api.download(place.url)

        def read() -> list[SettledFee]:
            return fees_of(unzipped(content) if place.compression_algorithm else content, self._mine)

        # A large seller's report takes seconds, in which other channels go on.
        return await asyncio.to_thread(read)

    async def _ask(self, operation: Operation, names: Mapping[str, str], query: Mapping[str, str], form: type[T]) -> T:
        """Raises ChannelDown."""
        try:
            return decoded(await self._api.ask(operation, names, query), form)
        except Refused as refused:
            raise ChannelDown(str(refused)) from refused
        except NotAsAgreed as error:
            raise ChannelDown(f"the answer of {operation.name} cannot be read: {error}") from error


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, report = cursor.partition(" ")
    try:
        return datetime.fromisoformat(at) if cursor else datetime.now(UTC) - KEPT, report
    except ValueError as error:
        raise ChannelDown(f"the fees' cursor is none of this connector's: {error}") from error


def _cursor(report: Report) -> str:
    return f"{report.created_time.isoformat()} {report.report_id}"
