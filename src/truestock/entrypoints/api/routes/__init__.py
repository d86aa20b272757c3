"""Everything that is not hot, one module a noun."""

from truestock.entrypoints.api.operate import health
from truestock.entrypoints.api.routes import availability, catalog, items, keys, ledger, loads, orders, policies

ROUTERS = (
    availability.router,
    orders.router,
    ledger.router,
    items.router,
    items.reader,
    catalog.router,
    catalog.reader,
    policies.router,
    policies.reader,
    loads.router,
    keys.router,
    health.router,
    health.metrics_router,
)
