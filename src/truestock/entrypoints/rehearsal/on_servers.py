"""Two hubs on a server of their own, for as long as a rehearsal takes."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from pydantic import SecretStr

from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.core.replay.events import OrderEvent
from truestock.entrypoints.bench.stages.stage import server_of
from truestock.entrypoints.rehearsal.rehearse import Rehearsed, rehearse


def rehearsed(
    events: Sequence[OrderEvent], parent: Path | None, *, each: int, seed: int, advance: Callable[[int], None]
) -> Rehearsed:
    """What came to light; the server's folder lies below `parent` meanwhile. Raises RehearsalFailed."""
    with ExitStack() as stack:
        server = stack.enter_context(server_of(parent))

        def hub(name: str) -> Hub:
            server.cluster.create_database(name)
            url = SecretStr(server.cluster.url(name))
            return stack.enter_context(
                open_hub(Settings(database_url=url, data_dir=server.cluster.home), lambda _: None)
            )

        return rehearse(hub("as_it_was"), hub("with_errors"), events, each=each, seed=seed, advance=advance)
