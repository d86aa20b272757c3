"""Which messages a shop sends: exactly those that say which order to read, and no more of it than its ID."""

from typing import Final

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.shopify.documents import Answer, PageInfo, Part, UserError
from truestock.connectors.shopify.mapping import said
from truestock.connectors.shopify.transport import AdminApi

SUBSCRIPTIONS: Final = """
query Subscriptions($uri: String!, $topics: [WebhookSubscriptionTopic!]!, $after: String) {
  webhookSubscriptions(first: 100, uri: $uri, topics: $topics, after: $after) {
    nodes { id topic uri format filter includeFields } pageInfo { hasNextPage endCursor }
  }
}"""
SUBSCRIBE: Final = """
mutation Subscribe($topic: WebhookSubscriptionTopic!, $given: WebhookSubscriptionInput!) {
  done: webhookSubscriptionCreate(topic: $topic, webhookSubscription: $given) {
    userErrors { field message }
  }
}"""
RESUBSCRIBE: Final = """
mutation Resubscribe($id: ID!, $given: WebhookSubscriptionInput!) {
  done: webhookSubscriptionUpdate(id: $id, webhookSubscription: $given) {
    userErrors { field message }
  }
}"""
UNSUBSCRIBE: Final = """
mutation Unsubscribe($id: ID!) {
  done: webhookSubscriptionDelete(id: $id) { userErrors { field message } }
}"""


class Subscription(Part, frozen=True):
    """What the shop sends where."""

    id: str
    topic: str
    uri: str
    format: str
    include_fields: list[str]
    filter: str | None = None


class Subscriptions(Part, frozen=True):
    """A page of them."""

    nodes: list[Subscription]
    page_info: PageInfo


class SubscriptionsData(Part, frozen=True):
    """The answer to SUBSCRIPTIONS."""

    webhook_subscriptions: Subscriptions


class Changed(Part, frozen=True):
    """What became of a change of a subscription."""

    user_errors: list[UserError]


class ChangedData(Part, frozen=True):
    """The answer to each of the changes."""

    done: Changed | None


OF_AN_ORDER: Final = ("id", "admin_graphql_api_id", "updated_at")
# What is sent of each, so that no address of a buyer travels in a message that is only to say: read this order.
FIELDS: Final = {
    "ORDERS_CREATE": OF_AN_ORDER,
    "ORDERS_UPDATED": OF_AN_ORDER,
    "ORDERS_CANCELLED": OF_AN_ORDER,
    "ORDERS_EDITED": ("order_edit",),
    "ORDERS_DELETE": ("id",),
    "REFUNDS_CREATE": ("id", "order_id", "created_at"),
}
PAGES_MAX: Final = 20


class Change(Part, frozen=True):
    """One call: its document and its variables."""

    document: str
    variables: dict[str, object]


def changes(found: list[Subscription], url: str) -> list[Change]:
    """What makes the subscriptions those that are needed; nothing when they are."""
    todo: list[Change] = []
    for topic, fields in FIELDS.items():
        given: dict[str, object] = {"uri": url, "format": "JSON", "includeFields": list(fields), "filter": ""}
        mine = sorted((one for one in found if one.topic == topic and one.uri == url), key=lambda one: one.id)
        if not mine:
            todo.append(Change(SUBSCRIBE, {"topic": topic, "given": given}))
        elif mine[0].format != "JSON" or set(mine[0].include_fields) != set(fields) or mine[0].filter:
            todo.append(Change(RESUBSCRIBE, {"id": mine[0].id, "given": given}))
        todo += [Change(UNSUBSCRIBE, {"id": one.id}) for one in mine[1:]]
    return todo


async def subscribe(api: AdminApi, url: str) -> None:
    """See to it that the shop sends what is needed to `url`. Raises ChannelDown."""
    for change in changes(await _found(api, url), url):
        try:
            data, _ = await api.write(change.document, change.variables, Answer[ChangedData])
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt
        if data.done is None or data.done.user_errors:
            reason = said(data.done.user_errors) if data.done else "it gave no reason"
            raise ChannelDown(f"the shop does not send its messages to {url}: {reason}")


async def _found(api: AdminApi, url: str) -> list[Subscription]:
    found: list[Subscription] = []
    variables: dict[str, object] = {"uri": url, "topics": list(FIELDS), "after": None}
    for _ in range(PAGES_MAX):
        data, _throttle = await api.read(SUBSCRIPTIONS, variables, Answer[SubscriptionsData])
        found += data.webhook_subscriptions.nodes
        if not data.webhook_subscriptions.page_info.has_next_page:
            break
        variables["after"] = data.webhook_subscriptions.page_info.end_cursor
    return found
