"""Tells what became of lines that were booked: as a table, as JSON, or, where one alone was refused, as its problem."""

from typing import Any

import typer

from truestock.entrypoints.cli.faults import PROBLEM, Refusal
from truestock.entrypoints.cli.output import print_json, print_table
from truestock.entrypoints.cli.session import Session


def done(answer: Any) -> Any:
    """The answer, if nothing is wrong with it."""
    from truestock.ledger.values import NotBooked

    if isinstance(answer, NotBooked):
        raise Refusal(answer.type, answer.detail, answer.field)
    return answer


def tell(session: Session, skus: list[str], answers: list[Any]) -> None:
    """One line each; a single refusal is told as a problem."""
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
            else (sku, f"{one.qty:+} units", f"movement {one.movement}{', told before' if one.replay else ''}")
            for sku, one in zip(skus, answers, strict=True)
        ]
        print_table(("sku", "booked", "told"), rows)
    if refused:
        raise typer.Exit(PROBLEM)
