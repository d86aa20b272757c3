"""The report as people read it: every figure with its bar and its aim, reached or not."""

from truestock.entrypoints.bench.all import Report
from truestock.entrypoints.bench.figures.result import Result
from truestock.entrypoints.bench.figures.targets import Figure
from truestock.entrypoints.cli.output import print_table, say

VERDICTS = {"aim": "aim reached", "bar": "bar holds", "missed": "BAR MISSED", "shown": ""}


def show(report: Report) -> None:
    """Print it."""
    machine = report.machine
    say(f"{machine.cpu}, {machine.cores} cores, {machine.memory_mb} MB, {machine.system}, Python {machine.python}")
    say("PostgreSQL " + ", ".join(f"{name} {value}" for name, value in machine.postgresql.items()))
    say(f"Data on {machine.file_system}; load of the machine before: {machine.load}", "")
    rows = [_row(result, figure) for result in report.results for figure in result.figures]
    print_table(("bench", "figure", "measured", "bar", "aim", ""), rows)
    for result in report.results:
        say("", f"{result.name}: p50 {result.p50_ms} ms, p99 {result.p99_ms} ms, {_rounds(result)}")
        if result.measured:
            say("  " + ", ".join(f"{name} {_number(value)}" for name, value in result.measured.items()))
        say(*(f"  {note}" for note in result.notes))
    missed = [f"{result.name} {name}" for result in report.results for name in result.missed]
    say("", f"Below their bar: {', '.join(missed)}." if missed else "Every bar holds.")


def _row(result: Result, figure: Figure) -> tuple[str, str, str, str, str, str]:
    bound = "at most " if figure.at_most else ""
    limits = [f"{bound}{_number(limit)}" if limit is not None else "" for limit in (figure.bar, figure.aim)]
    return (result.name, figure.name, _number(figure.value), limits[0], limits[1], VERDICTS[figure.verdict])


def _rounds(result: Result) -> str:
    told = [f"{_number(sample.rate_per_s)}/s at {_number(sample.batch)} a batch" for sample in result.rounds]
    return f"median of {', '.join(told)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"
