"""A simulation's report as tables for people."""

from collections.abc import Callable

from truestock.core.replay.simulate.report import Figures, Report

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


def span(seconds: float | None) -> str:
    """A length of time as people say it, in two units; a dash where there is none."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes < 60:
        return f"{minutes:.0f} min {seconds % 60:.0f} s"
    if hours < 24:
        return f"{hours:.0f} h {minutes % 60:.0f} min"
    return f"{days:.0f} d {hours % 24:.0f} h"


def _rows(currency: str) -> dict[str, Callable[[Figures], str]]:
    return {
        "units asked": lambda f: f"{f.asked:,}",
        "units sold": lambda f: f"{f.sold:,}",
        "units refused": lambda f: f"{f.refused:,}",
        "units oversold": lambda f: f"{f.oversold:,}",
        "orders cancelled": lambda f: f"{f.cancelled_orders:,} of {f.orders:,}",
        "first oversell after": lambda f: span(f.first_oversell_s),
        "lost sales, units": lambda f: f"{f.lost:,}",
        f"cost of oversells, {currency}": lambda f: f"{f.cost.oversold:,.2f}",
        "  fees": lambda f: f"{f.cost.fees:,.2f}",
        "  service": lambda f: f"{f.cost.service:,.2f}",
        "  lost customers": lambda f: f"{f.cost.lost_customers:,.2f}",
        "  lost margin": lambda f: f"{f.cost.lost_margin:,.2f}",
        f"margin of lost sales, {currency}": lambda f: f"{f.cost.lost_sales:,.2f}",
        "staleness p50, unit-seconds": lambda f: f"{f.staleness.p50_unit_s:,.0f}",
        "staleness p95, unit-seconds": lambda f: f"{f.staleness.p95_unit_s:,.0f}",
        "staleness max, unit-seconds": lambda f: f"{f.staleness.max_unit_s:,.0f}",
        "time shown wrong": lambda f: f"{f.staleness.wrong_percent:.2f} %",
        "time shown beyond the truth": lambda f: f"{f.staleness.beyond_truth_percent:.2f} %",
    }


def side_by_side(report: Report) -> Table:
    """All channels together, one column for each side."""
    rows = _rows(report.currency)
    return (
        ("", *(side.name for side in report.sides)),
        [(title, *(show(side.total) for side in report.sides)) for title, show in rows.items()],
    )


def by_channel(report: Report) -> Table:
    """A row for each channel and side, with the limit that it keeps or breaks."""
    head = (
        "channel",
        "side",
        "sold",
        "oversold",
        "cancelled",
        "limit",
        "lost",
        "cost",
        "first oversell",
        "beyond truth",
    )
    rows: list[tuple[str, ...]] = []
    for code in report.sides[0].channels:
        for n, side in enumerate(report.sides):
            f = side.channels[code]
            numbers = f"{f.sold:,}", f"{f.oversold:,}", f"{f.cancelled_percent:.2f} %{' !' if f.limit_broken else ''}"
            more = f"{f.limit_percent:g} %", f"{f.lost:,}", f"{f.cost.oversold:,.2f}", span(f.first_oversell_s)
            beyond = f"{f.staleness.beyond_truth_percent:.2f} %"
            rows.append(("" if n else code, side.name, *numbers, *more, beyond))
    return head, rows


def looks(report: Report) -> Table:
    """What each channel showed at the instants that the world names."""
    sides = report.sides
    head = ("after", "channel", *(f"{side.name} {what}" for side in sides for what in ("shown", "truth")))
    rows = []
    for same in zip(*(side.looks for side in sides), strict=True):
        numbers = (f"{number:,}" for look in same for number in (look.shown, look.truth))
        rows.append((span(same[0].at_s), same[0].channel, *numbers))
    return head, rows
