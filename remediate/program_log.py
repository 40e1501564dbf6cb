"""The program log: what the program did and how it fared, for whoever keeps it running. No patient data can enter it.

Beside the ledger, which proves what was done to whom, and the terminal, which tells whoever gave the command. A line
holds a known event and known fields, each with a value of its own kind; anything else is written as `?`. Logging never
fails: where the log cannot be written, work goes on.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum, StrEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Literal, TypedDict, Unpack

from remediate.files import OWNER_ONLY

UNTOLD = "?"
"""In the place of a value that is not of its field's kind."""

Level = Literal["debug", "info", "warning", "error", "off"]
Form = Literal["text", "json"]

_PACKAGE = Path(__file__).parent
_LOGGER = logging.getLogger("remediate.program")
_LOGGER.propagate = False
_LOGGER.setLevel(logging.CRITICAL + 1)


class Happened(StrEnum):
    """What a line can tell."""

    COMMAND_BEGUN = "command-begun"
    COMMAND_ENDED = "command-ended"
    COMMAND_FAILED = "command-failed"
    ASSOCIATION_OPENED = "association-opened"
    ASSOCIATION_REFUSED = "association-refused"
    EXCHANGE_FAILED = "exchange-failed"
    SURVEY_BEGUN = "survey-begun"
    SURVEY_ENDED = "survey-ended"
    BATCH_BEGUN = "batch-begun"
    BATCH_ENDED = "batch-ended"
    PACE = "pace"
    HELD_UP = "held-up"
    GOES_ON = "goes-on"
    STUDY_ENDED = "study-ended"


class Fields(TypedDict, total=False):
    """The fields that a line may hold."""

    version: str
    code: int  # exit code
    exception: BaseException  # only its class and where it was raised are written
    peer: str  # HOST:PORT as configured
    fault: Enum
    contexts: int  # presentation contexts that the peer accepted
    plan: str
    batch: str
    state: Enum
    reason: Enum | None  # a reason code
    hold: Enum
    complete: bool
    seconds: float
    studies: int
    instances: int
    mib: float
    queries: int
    associations: int
    remaining: int
    objects_a_second: float


def _number(value: object) -> object:
    return round(value, 3) if isinstance(value, int | float) and not isinstance(value, bool) else UNTOLD


def _member(value: object) -> object:
    """A value of an enumeration is ours; a text that only looks like one may be anybody's name."""
    return "" if value is None else str(value.value) if isinstance(value, Enum) else UNTOLD


def _flag(value: object) -> object:
    return value if isinstance(value, bool) else UNTOLD


def _shaped(pattern: str) -> Callable[[object], object]:
    shape = re.compile(pattern)
    return lambda value: value if isinstance(value, str) and shape.fullmatch(value) else UNTOLD


def _where(value: object) -> object:
    """Class and place of an exception: the innermost line of ours in its traceback, and never what it says."""
    if not isinstance(value, BaseException):
        return UNTOLD
    trace, place = value.__traceback__, ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(_PACKAGE):
            place = f" {path.relative_to(_PACKAGE)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(value).__qualname__}{place}"


_KINDS: Mapping[str, Callable[[object], object]] = {
    "version": _shaped(r"[0-9]+\.[0-9]+[0-9A-Za-z.+-]{0,60}"),
    "exception": _where,
    "peer": _shaped(r"[0-9A-Za-z.:\[\]-]{1,255}:[0-9]{1,5}"),
    "fault": _member,
    "plan": _shaped(r"plan-[0-9]{1,6}"),
    "batch": _shaped(r"batch-[0-9]{1,6}"),
    "state": _member,
    "reason": _member,
    "hold": _member,
    "complete": _flag,
}
"""Every field that is no plain number."""

_NUMBERS = frozenset(Fields.__annotations__) - _KINDS.keys()


_COMMAND = re.compile(r"remediate( [a-z][a-z-]{1,20}){0,3}")
_command = ""
"""Which command of ours is at work; it stands in every line."""


def tell(happened: Happened, *, level: int = logging.INFO, **fields: Unpack[Fields]) -> None:
    """Write one line, where the log is open and takes lines of this level."""
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, "%s", happened.value, extra={"told": checked(fields)})


def checked(fields: Mapping[str, object]) -> dict[str, object]:
    """Only known fields, each with a value of its kind; what is not is told as `?`, and unknown fields not at all."""
    kept: dict[str, object] = {}
    for name, value in fields.items():
        if name in _KINDS:
            kept[name] = _KINDS[name](value)
        elif name in _NUMBERS:
            kept[name] = _number(value)
    return kept


def open_log(file: Path, command: str, *, level: Level, form: Form, most_bytes: int, kept: int) -> None:
    """Write to this file from now on, as what `command` does; it is made for its owner only, and up to `kept` older
    ones stay beside it. An earlier one is closed."""
    global _command
    close_log()
    if level == "off":
        return
    _command = command if _COMMAND.fullmatch(command) else UNTOLD
    handler = _OwnersFile(file, maxBytes=most_bytes, backupCount=kept, encoding="utf-8", delay=True)
    handler.setFormatter(_Lines() if form == "text" else _Json())
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(level.upper())


def is_open() -> bool:
    """Whether lines are written."""
    return bool(_LOGGER.handlers)


@contextmanager
def apart() -> Iterator[None]:
    """What is opened in the block is closed with it, and what was open before goes on: one command may call others."""
    global _command
    handlers, level, command = list(_LOGGER.handlers), _LOGGER.level, _command
    for handler in handlers:
        _LOGGER.removeHandler(handler)
    try:
        yield
    finally:
        close_log()
        for handler in handlers:
            _LOGGER.addHandler(handler)
        _LOGGER.setLevel(level)
        _command = command


def close_log() -> None:
    """Nothing is written any more."""
    for handler in list(_LOGGER.handlers):
        _LOGGER.removeHandler(handler)
        handler.close()
    _LOGGER.setLevel(logging.CRITICAL + 1)


class _OwnersFile(RotatingFileHandler):
    """A file that nobody else may read, with a few older ones beside it."""

    def _open(self) -> IO[str]:  # type: ignore[override]
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, OWNER_ONLY)

        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=opener)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's signature
        """A full disk stops no work: whoever writes what was done will say so."""


def _told(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "told", {})
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return {
        "at": moment,
        "level": record.levelname.lower(),
        "process": record.process,
        "command": _command,
        "event": record.getMessage(),
        **fields,
    }


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_told(record), ensure_ascii=True)


class _Lines(logging.Formatter):
    """Moment, level, process, command and event, then the fields as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        told = _told(record)
        head = [str(told.pop(name)) for name in ("at", "level", "process", "command", "event")]
        return " ".join([*head, *(f"{name}={json.dumps(value)}" for name, value in told.items())])
