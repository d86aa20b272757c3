"""What every bench answers, and for how long it is run here."""

import msgspec

from truestock.entrypoints.bench.figures.result import Result

SHORT_S = 0.1


def well_formed(result: Result, figures: set[str], rounds: int = 3) -> bool:
    told = msgspec.to_builtins(result)
    main = told.get("rate_per_s") or told["ms"]
    return (
        main > 0
        and 0 < result.p50_ms <= result.p99_ms
        and len(result.rounds) == rounds
        and {figure.name for figure in result.figures} >= figures
    )
