"""Lists of the ledger and of orders for people, a page at a time, with codes instead of numbers."""

from truestock.reporting.lists.bins import list_bin_gaps, list_bin_stock
from truestock.reporting.lists.fees import fee_totals, list_fees
from truestock.reporting.lists.movements import list_entries, list_movements, read_movement
from truestock.reporting.lists.orders import list_orders, read_order
from truestock.reporting.lists.received import list_decisions, list_received, waiting_totals
from truestock.reporting.lists.stock import list_stock

__all__ = [
    "fee_totals",
    "list_bin_gaps",
    "list_bin_stock",
    "list_decisions",
    "list_entries",
    "list_fees",
    "list_movements",
    "list_orders",
    "list_received",
    "list_stock",
    "read_movement",
    "read_order",
    "waiting_totals",
]
