"""Tells what became of lines that were booked: as a table, as JSON, or, where one alone was refused, as its problem."""

from typing import Any, Final

import typer

from truestock.entrypoints.cli.faults import PROBLEM, Refusal
from truestock.entrypoints.cli.output import print_json, print_table
from truestock.entrypoints.cli.session import Session

# What became of units, by the kind of booking; of the others, and where it is left open, the sign says it.
BECAME: Final = {
    "receive": "came in",
    "return": "came back",
    "transfer_out": "left",
    "transfer_in": "arrived",
    "status": "changed status",
    "put_away": "put away",
    "ring_fence": "moved",
    "bin": "moved",
    "sale": "sold",
}


def moved(kind: str, qty: int) -> str:
    """How many units a booking of a kind moved, and how."""
    units = "unit" if abs(qty) == 1 else "units"
    if kind in BECAME:
        return f"{qty} {units} {BECAME[kind]}"
    return f"{qty:+} {units}" if qty and kind in ("adjust", "count") else f"{qty} {units}"


def done(answer: Any) -> Any:
    """The answer, if nothing is wrong with it."""
    from truestock.ledger.values import NotBooked

    if isinstance(answer, NotBooked):
        raise Refusal(answer.type, answer.detail, answer.field)
    return answer


def tell(session: Session, kind: str, skus: list[str], answers: list[Any]) -> None:
    """One line each, of bookings of a kind; a single refusal is told as a problem."""
    from truestock.ledger.values import NotBooked

    if len(answers) == 1:
        done(answers[0])
    refused = sum(isinstance(answer, NotBooked) for answer in answers)
    if session.as_json:
        print_json({"refused": refused, "lines": answers})
    else:
        rows = [
            (sku, "refused", f"({one.field}) {one.detail}")
            if isinstance(one, NotBooked)
            else (sku, moved(kind, one.qty), f"movement {one.movement}{', told before' if one.replay else ''}")
            for sku, one in zip(skus, answers, strict=True)
        ]
        print_table(("sku", "booked", "told"), rows)
    if refused:
        raise typer.Exit(PROBLEM)
