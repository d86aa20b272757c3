"""What is expected, what comes in and where it goes: supply, receipts, decisions, bins, transfers, variances, tills."""

from truestock.entrypoints.api.routes.receiving import bins, documents, moving, receipts, rules, supply

ROUTERS = (
    supply.router,
    supply.reader,
    documents.router,
    documents.reader,
    receipts.router,
    receipts.reader,
    rules.router,
    rules.ruler,
    rules.reader,
    moving.router,
    bins.router,
    bins.reader,
)
