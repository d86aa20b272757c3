"""The frame of every command: the options that may stand anywhere in the line, and one sentence for what goes wrong."""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from truestock.entrypoints.cli.faults import STOPPED, Fault, fault_of

GLOBAL = {"--json": False, "--database-url": True, "--data-dir": True}


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The arguments with the global options and their values in front, from wherever they stand before a `--`."""
    front: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for word in left:
        name, equals, _ = word.partition("=")
        if word == "--":
            return [*front, *rest, word, *left]
        if GLOBAL.get(name) is None:
            rest.append(word)
            continue
        front.append(word)
        if GLOBAL[name] and not equals:
            front += [value for value in [next(left, None)] if value is not None]
    return front + rest


class Root(TyperGroup):
    """The command `truestock` itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take global options from anywhere."""
        return super().parse_args(ctx, hoisted(args) if args else args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it raises is told in one sentence, a fault of ours with its traceback."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(STOPPED) from None
        except BrokenPipeError:
            raise
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            _tell(fault, as_json=bool(ctx.params.get("as_json")))
            raise typer.Exit(fault.exit_code) from None


def _tell(fault: Fault, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        error = {"type": fault.type, "detail": fault.detail, "field": fault.field}
        sys.stderr.write(msgspec.json.encode({"error": error}).decode() + "\n")
        return
    place = f" ({fault.field})" if fault.field and fault.field not in fault.detail else ""
    typer.echo(f"{typer.style('Error', fg='red')}{place}: {fault.detail}", err=True)
