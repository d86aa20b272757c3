"""How log lines look: one line an event, as JSON for machines or in colour for people; never a secret."""

import logging
import sys

import structlog

from truestock.config import Settings
from truestock.connectors.contract.veil import veiled


class _Veiled(structlog.stdlib.ProcessorFormatter):
    """What others wrote comes into our lines in their errors: no secret that this process knows is let through."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, or several for a traceback."""
        return veiled(super().format(record))


def configure(settings: Settings) -> None:
    """Send our lines and those of the libraries through the same renderer to standard error."""
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        # The library's own way with exceptions prints the values of all variables, secrets among them.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        _Veiled(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer]
        )
    )
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
