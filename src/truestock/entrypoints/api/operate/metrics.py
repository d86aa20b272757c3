"""What Prometheus reads, made of plain numbers when it asks; nothing is kept twice."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from truestock.bootstrap import Hub
from truestock.entrypoints.api.operate.tally import BOUNDS_S, Tally
from truestock.feeds.inbox.entries import sizes
from truestock.reconciliation.alerts import manage as alerts
from truestock.store.errors import StoreError
from truestock.store.jobs.queue import counts
from truestock.sync.messages import manage as messages
from truestock.sync.messages.alerts import targets
from truestock.sync.outbound import Standing, standings
from truestock.sync.schedules.schedules import overdue_s
from truestock.sync.webhooks import deliveries
from truestock.sync.webhooks.deliveries import WebhookStanding

CONTENT_TYPE = CONTENT_TYPE_LATEST
OF_CHANNELS: tuple[tuple[str, str, Callable[[Standing], float]], ...] = (
    ("waiting", "Listings whose newest number the channel has not acknowledged.", lambda s: s.waiting),
    ("in_flight", "Of them, those that are on their way.", lambda s: s.in_flight),
    ("in_trouble", "Of them, those that the channel would not take.", lambda s: s.in_trouble),
    ("oldest_waiting_seconds", "For how long the oldest waits; 0 while none does.", lambda s: s.oldest_s),
    ("paused", "1 while it is paused.", lambda s: s.paused),
    ("answers", "0 while the channel does not answer.", lambda s: s.answers),
)

OF_WEBHOOKS: tuple[tuple[str, str, Callable[[WebhookStanding], float]], ...] = (
    ("waiting", "Deliveries that wait.", lambda s: s.waiting),
    ("oldest_waiting_seconds", "For how long the oldest waits; 0 while none does.", lambda s: s.oldest_s),
    ("dead", "Deliveries that were given up.", lambda s: s.dead),
    ("paused", "1 while it is paused.", lambda s: s.paused),
    ("answers", "0 while the last call failed.", lambda s: s.answers),
)


def exposition(hub: Hub, tally: Tally) -> bytes:
    """All figures of this process in the text form."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(hub, tally))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, hub: Hub, tally: Tally) -> None:
        self._hub = hub
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        yield self._requests()
        lane = self._hub.lane
        yield _counter("truestock_lane_answers", "Commands answered by the lane.", lane.committed)
        yield HistogramMetricFamily(
            "truestock_lane_batch",
            "Commands that one transaction of the lane gathered.",
            _running([str(2.0**n) for n in range(len(lane.sizes) - 1)], lane.sizes),
            lane.committed,
        )
        flights = lane.flights
        yield _counter(
            "truestock_lane_ahead", "Transactions decided before their locks.", flights.held + flights.failed
        )
        yield _counter("truestock_lane_ahead_in_vain", "Of them, those decided anew with locks.", flights.failed)
        yield GaugeMetricFamily("truestock_lane_depth", "Commands that wait for the lane.", lane.depth)
        yield GaugeMetricFamily("truestock_lane_bound", "How many may wait.", lane.bound)
        yield _counter("truestock_orders_refused", "Orders refused for want of stock.", self._tally.refused_orders)
        last = self._hub.publisher.last
        yield GaugeMetricFamily(
            "truestock_publisher_lag_seconds", "Age of the oldest change published last.", last.lag_s
        )
        yield GaugeMetricFamily("truestock_streams", "Open change streams.", self._tally.open_streams)
        yield from self._channels()
        yield from self._inbox()
        yield from self._jobs()
        yield from self._webhooks()
        yield from self._messages()
        yield from self._alerts()

    def _channels(self) -> Iterator[Metric]:
        """How connected channels stand; while the database is away, which others tell, nothing."""
        try:
            found = standings(self._hub.db)
        except StoreError:
            return
        for name, help_text, figure in OF_CHANNELS:
            family = GaugeMetricFamily(f"truestock_channel_{name}", help_text, labels=["channel"])
            for standing in found:
                family.add_metric([standing.channel], figure(standing))
            yield family

    def _inbox(self) -> Iterator[Metric]:
        """What waits for people to say what it means; while the database is away, nothing."""
        try:
            found = sizes(self._hub.db)
        except StoreError:
            return
        family = GaugeMetricFamily("truestock_inbox", "Entries of the inbox.", labels=["channel", "kind"])
        for size in found:
            family.add_metric([size.channel, size.kind], size.entries)
        yield family

    def _jobs(self) -> Iterator[Metric]:
        """What is queued and what failed; while the database is away, nothing."""
        try:
            found, late_s = counts(self._hub.db), overdue_s(self._hub.db)
        except StoreError:
            return
        family = GaugeMetricFamily("truestock_jobs", "Jobs that are kept.", labels=["kind", "state"])
        for count in found:
            family.add_metric([count.kind, count.state], count.jobs)
        yield family
        yield GaugeMetricFamily("truestock_schedule_overdue_seconds", "For how long the oldest has been due.", late_s)

    def _webhooks(self) -> Iterator[Metric]:
        """How webhooks stand, and how calls of this process ended."""
        results = CounterMetricFamily(
            "truestock_webhook_calls", "Calls of webhooks by how they ended.", labels=["result"]
        )
        for result, count in sorted(self._hub.webhooks.results.items()):
            results.add_metric([result], count)
        yield results
        try:
            found, events = deliveries.standings(self._hub.db), deliveries.events_waiting(self._hub.db)
        except StoreError:
            return
        yield GaugeMetricFamily("truestock_events_waiting", "Events not made into deliveries yet.", events)
        for name, help_text, figure in OF_WEBHOOKS:
            family = GaugeMetricFamily(f"truestock_webhook_{name}", help_text, labels=["webhook"])
            for standing in found:
                family.add_metric([str(standing.webhook)], figure(standing))
            yield family

    def _messages(self) -> Iterator[Metric]:
        """What shoppers are still to be told, and how tries of this process ended."""
        results = CounterMetricFamily(
            "truestock_message_tries", "Tries to send a message by result.", labels=["result"]
        )
        for result, count in sorted(self._hub.messages.results.items()):
            results.add_metric([result], count)
        yield results
        try:
            found, oldest_s = messages.counts(self._hub.db)
        except StoreError:
            return
        family = GaugeMetricFamily(
            "truestock_messages", "Messages to shoppers that wait or are dead.", labels=["channel", "kind", "state"]
        )
        for row in found:
            family.add_metric([row.channel, row.kind, row.state], row.messages)
        yield family
        yield GaugeMetricFamily("truestock_message_oldest_waiting_seconds", "For how long the oldest waits.", oldest_s)

    def _alerts(self) -> Iterator[Metric]:
        """What is not well, how far looking for it is behind, and how telling of it goes."""
        results = CounterMetricFamily(
            "truestock_alert_message_tries", "Tries to send a message about alerts by result.", labels=["result"]
        )
        for result, count in sorted(self._hub.alert_messages.results.items()):
            results.add_metric([result], count)
        yield results
        try:
            found, lag_s = alerts.counts(self._hub.db), alerts.look_lag_s(self._hub.db)
            told = targets.counts(self._hub.db)
        except StoreError:
            return
        family = GaugeMetricFamily("truestock_alerts", "Alerts that are not resolved.", labels=["severity", "state"])
        for row in found:
            family.add_metric([row.severity, row.state], row.alerts)
        yield family
        yield GaugeMetricFamily(
            "truestock_alert_look_lag_seconds",
            "For how long the oldest item that changed waits to be looked at.",
            lag_s,
        )
        waiting = GaugeMetricFamily(
            "truestock_alert_messages", "Messages about alerts that wait or are dead.", labels=["target", "state"]
        )
        for message in told:
            waiting.add_metric([message.target, message.state], message.messages)
        yield waiting

    def _requests(self) -> Metric:
        family = HistogramMetricFamily(
            "truestock_request_seconds", "Requests by route and status.", labels=["method", "route", "status"]
        )
        for (method, route, status), durations in sorted(self._tally.requests.items()):
            buckets = _running(map(str, BOUNDS_S), durations.counts)
            family.add_metric([method, route, str(status)], buckets, durations.total_s)
        return family


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(name, help_text, value)


def _running(bounds: Iterable[str], counts: Iterable[int]) -> list[tuple[str, float]]:
    """The buckets of a histogram: each counts those below it as well."""
    return [(bound, float(total)) for bound, total in zip((*bounds, "+Inf"), accumulate(counts), strict=True)]
