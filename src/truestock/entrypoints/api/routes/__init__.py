"""Everything that is not hot, one module a noun."""

from truestock.entrypoints.api.files import content, fees, products, sources
from truestock.entrypoints.api.hot.streams import changes
from truestock.entrypoints.api.operate import health, messages, personal, schedules, webhooks
from truestock.entrypoints.api.operate.mapping import inbox, rules
from truestock.entrypoints.api.reconciling import alerts, count_plans, counts, discrepancies
from truestock.entrypoints.api.routes import (
    availability,
    catalog,
    challenges,
    connections,
    items,
    keys,
    ledger,
    lists,
    loads,
    orders,
    policies,
)
from truestock.entrypoints.api.routes.receiving import ROUTERS as RECEIVING
from truestock.entrypoints.api.stock_feeds import aliases, feeds, mapping

ROUTERS = (
    availability.router,
    changes.router,
    lists.orders,
    lists.reader,
    orders.router,
    fees.router,
    fees.reader,
    ledger.router,
    *RECEIVING,
    items.router,
    items.reader,
    catalog.router,
    catalog.reader,
    policies.router,
    policies.reader,
    discrepancies.router,
    discrepancies.reader,
    loads.router,
    aliases.router,
    aliases.reader,
    feeds.admin,
    feeds.router,
    mapping.router,
    products.router,
    products.reader,
    sources.router,
    content.router,
    content.reader,
    connections.router,
    challenges.router,
    inbox.reader,
    inbox.router,
    rules.reader,
    rules.router,
    counts.router,
    counts.reader,
    count_plans.router,
    count_plans.reader,
    webhooks.router,
    messages.router,
    alerts.reader,
    alerts.router,
    alerts.keeper,
    keys.router,
    personal.router,
    schedules.router,
    health.router,
    health.metrics_router,
)
