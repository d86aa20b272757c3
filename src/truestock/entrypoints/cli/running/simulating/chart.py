"""A simulation as one SVG file: oversold and lost units over time, and each channel's cancelled orders by its limit.

It holds all it needs, so that it opens without a network."""

from collections.abc import Iterable, Sequence
from html import escape

from truestock.core.replay.simulate.report import Report, Side
from truestock.entrypoints.cli.running.simulating.tables import span

WIDTH, LEFT, RIGHT = 900, 70, 30
PLOT = WIDTH - LEFT - RIGHT
PANEL, GAP, TOP = 180, 70, 105
ROW, BAR = 44, 14
COLORS = ("#b3402e", "#1f6f5c")  # today, truestock
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}.title{font-size:18px;font-weight:600}.small{font-size:11px;"
    "fill:#555}.end{text-anchor:end}.mid{text-anchor:middle}.grid{stroke:#ddd}.axis{stroke:#888}.limit{stroke:#222;"
    "stroke-width:2}"
)


def draw(report: Report) -> str:
    """The whole file."""
    bars_at = TOP + 2 * (PANEL + GAP)
    height = bars_at + ROW * len(report.sides[0].channels) + 50
    title = f"{report.world}, seed {report.seed}: {_totals(report)}"
    oversold = [side.oversold_by_period for side in report.sides]
    lost = [side.lost_by_period for side in report.sides]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        _text(LEFT, 30, f"{report.world}, seed {report.seed}", "title"),
        *_legend(report.sides),
        *_panel(report, TOP, "Units oversold, summed up", oversold),
        *_panel(report, TOP + PANEL + GAP, "Units refused although one was there, summed up", lost),
        *_bars(report, bars_at),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _totals(report: Report) -> str:
    return "; ".join(
        f"{side.name} {side.total.oversold:,} units oversold, {side.total.lost:,} lost" for side in report.sides
    )


def _legend(sides: Sequence[Side]) -> Iterable[str]:
    for n, side in enumerate(sides):
        x = LEFT + 150 * n
        yield f'<rect x="{x}" y="44" width="14" height="14" fill="{COLORS[n]}"/>'
        yield _text(x + 20, 56, side.name)


def _panel(report: Report, top: float, title: str, lines: Sequence[Sequence[int]]) -> Iterable[str]:
    """Steps over the periods, drawn to the highest of all."""
    most = max(1, *(line[-1] for line in lines))
    yield _text(LEFT, top - 10, title)
    for share in (0, 0.5, 1):
        y = top + PANEL * (1 - share)
        yield f'<line class="grid" x1="{LEFT}" x2="{LEFT + PLOT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, f"{most * share:,.0f}", "small end")
        at = LEFT + PLOT * share
        yield _text(at, top + PANEL + 16, span(report.span_s * share), "small mid")
    for n, line in enumerate(lines):
        points = [f"{LEFT},{top + PANEL}"]
        for period, units in enumerate(line, 1):
            points.append(f"{LEFT + PLOT * period / len(line):.1f},{top + PANEL * (1 - units / most):.1f}")
        yield f'<polyline points="{" ".join(points)}" fill="none" stroke="{COLORS[n]}" stroke-width="2"/>'


def _bars(report: Report, top: float) -> Iterable[str]:
    """Cancelled orders in percent, a bar for each side, the channel's limit as a mark across them."""
    channels = list(report.sides[0].channels)
    left, room = LEFT + 110, PLOT - 170
    shares = [[side.channels[code].cancelled_percent for side in report.sides] for code in channels]
    limits = [report.sides[0].channels[code].limit_percent or 0.0 for code in channels]
    most = max([0.1, *limits, *(share for both in shares for share in both)])
    yield _text(LEFT, top - 10, "Orders cancelled, in percent; the mark is the channel's limit")
    for row, (code, both, limit) in enumerate(zip(channels, shares, limits, strict=True)):
        y = top + ROW * row
        yield _text(left - 8, y + 22, code if len(code) <= 16 else f"{code[:15]}…", "end")
        for n, share in enumerate(both):
            wide = room * share / most
            at = y + 3 + n * (BAR + 2)
            yield f'<rect x="{left}" y="{at}" width="{max(wide, 1):.1f}" height="{BAR}" fill="{COLORS[n]}"/>'
            yield _text(left + wide + 6, at + 11, f"{share:.2f} %", "small")
        x = left + room * limit / most
        yield f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 6 + 2 * BAR}"/>'


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(words)}</text>'
