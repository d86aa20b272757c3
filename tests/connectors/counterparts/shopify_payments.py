"""The shop's account with Shopify Payments: payouts, and what they are made of."""

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from graphql import GraphQLError

Json = dict[str, Any]
SCOPES = ("read_shopify_payments_accounts", "read_shopify_payments_payouts")
ISSUED = re.compile(r"issued_at:>='(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)'")
OF_PAYOUT = re.compile(r"payments_transfer_id:(\d+)")
PAYOUT = "gid://shopify/ShopifyPaymentsPayout/"
DAY = timedelta(days=1)


class Payments:
    """`payouts` by ID, each with its transactions; `page` is the most that the shop gives at once."""

    def __init__(self) -> None:
        self.open = True
        self.page = 50
        self.payouts: dict[str, Json] = {}
        self.asked: list[str] = []
        self._ids = count(1)

    def pay_out(self, *transactions: Json, days_ago: float = 1, status: str = "PAID") -> str:
        """A payout; its number."""
        number = str(next(self._ids))
        issued = (datetime.now(UTC) - days_ago * DAY).replace(microsecond=0)
        self.payouts[PAYOUT + number] = {
            "id": PAYOUT + number,
            "issuedAt": issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": status,
            "transactions": list(transactions),
        }
        return number

    def set_status(self, payout: str, status: str) -> None:
        """The bank has answered."""
        self.payouts[PAYOUT + payout]["status"] = status

    def transaction(
        self, kind: str, amount: str, fee: str = "0.0", order: str | None = None, source: int | None = 7, **more: object
    ) -> Json:
        """A change of the balance."""
        return {
            "id": f"gid://shopify/ShopifyPaymentsBalanceTransaction/{next(self._ids)}",
            "type": kind,
            "test": False,
            "transactionDate": "2026-11-20T10:00:00Z",
            "sourceOrderTransactionId": source,
            "associatedOrder": {"id": order, "name": "#1"} if order else None,
            "amount": {"amount": amount, "currencyCode": "EUR"},
            "fee": {"amount": fee, "currencyCode": "EUR"},
            **more,
        }

    def listed(self, given: Json) -> Json:
        """A page of payouts, the oldest first."""
        found = ISSUED.fullmatch(given["query"])
        if not found:
            raise GraphQLError(f"no search for payouts: {given['query']}")
        self.asked.append("payouts")
        known = sorted(self.payouts.values(), key=lambda one: (one["issuedAt"], one["id"]))
        return self._page([one for one in known if one["issuedAt"] >= found[1]], given)

    def transactions(self, given: Json) -> Json:
        """A page of what a payout is made of."""
        found = OF_PAYOUT.fullmatch(given["query"])
        if not found:
            raise GraphQLError(f"no search for transactions: {given['query']}")
        self.asked.append(found[1])
        return self._page(self.payouts[PAYOUT + found[1]]["transactions"], given)

    def _page(self, rows: list[Json], given: Json) -> Json:
        start = int(given.get("after") or 0)
        end = start + min(self.page, given["first"])
        info = {"hasNextPage": end < len(rows), "hasPreviousPage": start > 0, "endCursor": str(end)}
        return {"nodes": rows[start:end], "pageInfo": info}


RESOLVERS = {
    "ShopifyPaymentsAccount": {
        "payouts": lambda payments, _info, **given: payments.listed(given),
        "balanceTransactions": lambda payments, _info, **given: payments.transactions(given),
    }
}
