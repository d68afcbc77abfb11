"""Structured logging: events with facts, never a secret."""

import logging
import re
import sys
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor

_SECRET_KEYS = {"authorization", "cookie", "password", "token", "secret", "key", "set-cookie"}
_TOKEN = re.compile(r"\bblt[a-z]_[0-9A-Za-z]{8,}")
_MASK = "[masked]"


def mask(text: str) -> str:
    """`text` without anything that looks like a baltoro token."""
    return _TOKEN.sub(lambda found: found.group()[:5] + _MASK, text)


def _redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if name.lower() in _SECRET_KEYS:
            event[name] = _MASK
        elif isinstance(value, str):
            event[name] = mask(value)
    return event


def configure_logging(form: str = "auto", *, level: int = logging.INFO) -> None:
    """Send structured log lines to standard error.

    Args:
        form: `json`, `text`, or `auto` (text on a terminal).
        level: lowest level that is written.
    """
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[Processor] = [structlog.processors.format_exc_info] if as_json else []
    structlog.configure(
        processors=[*shared, *after, _redact, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after, _redact, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """A logger: `log.info("run.finished", run_id=4711, status=3)`."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())
