"""Structured logs: an event name and facts, as text on a terminal and as JSON lines in a rotating file.

Never a secret, a body of mail, chat or transcript, a window title or a token: name the thing, not its content.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

import structlog

ROTATE_BYTES, ROTATE_FILES = 10_000_000, 5


def configure_log(level: str, folder: Path | None) -> None:
    """Send every log line, ours and the libraries', to standard error and to `folder`/crewhall.log.

    `level` is a name of the logging module; `folder` None means no file.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    handlers: list[logging.Handler] = [_terminal(shared)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(_file(shared, folder / "crewhall.log"))
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(level)
    for chatty in ("httpx2", "httpcore2", "mcp", "fastmcp", "uvicorn.access", "uvicorn.error", "asyncio", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # it prints tracebacks; what happens to jobs, the engine says
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)  # a database that is away is told once, by the hub, without a traceback


def _terminal(shared: list[structlog.typing.Processor]) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    # Plain tracebacks: the pretty ones print local variables, and among those are keys and passwords.
    look = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=look, foreign_pre_chain=shared))
    return handler


def _file(shared: list[structlog.typing.Processor], path: Path) -> logging.Handler:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=ROTATE_BYTES, backupCount=ROTATE_FILES, encoding="utf-8")
    lines: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=lines, foreign_pre_chain=shared))
    return handler
