"""The technical log: one JSON object a line, on standard error. It names references and traces, never a person.

Messages of exceptions are left out: what a library puts into one is not ours to know. Where it happened is kept.
"""

import logging
import sys
import traceback
from types import TracebackType

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

PLACES_MAX = 30
"""How many frames of a failure are written, innermost last."""

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class _Handler(logging.Handler):
    """Ours, so that configuring twice does not log twice. Writes to what standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, whole."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def configure(level: str) -> None:
    """Send our log and that of every library to standard error, from `level` on."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _places,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    for other in [h for h in root.handlers if isinstance(h, _Handler)]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # The server tells of its own starts and stops in English; ours says it once.
    logging.getLogger("uvicorn").setLevel(max(logging.WARNING, root.level))


def _places(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say of a failure which kind it is and where it came from, not what it says."""
    failure = _failure(event.pop("exc_info", None))
    if failure is not None:
        kind, _error, trace = failure
        event["erreur"] = kind.__name__
        event["lieux"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-PLACES_MAX:]
        ]
    return event


def _failure(given: object) -> _ExcInfo | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if isinstance(given, tuple):
        return given if given[0] is not None else None
    if given:
        current = sys.exc_info()
        return current if current[0] is not None else None
    return None
