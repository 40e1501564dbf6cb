"""Loads files of patient records into the registry, in order, in chunks; decides nothing about their content.

A chunk is one transaction. Killed at any moment and started again, the outcome is that of one run: what was applied
before says nothing new.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from hashlib import blake2b
from pathlib import Path

from remediate.config.epd import EpdSettings
from remediate.epd.changes import DOUBTS, Change, ChangeKind
from remediate.epd.csv.reader import CsvReader
from remediate.epd.hl7.explain import Explainer
from remediate.epd.hl7.messages import Interpreter, RefusedError
from remediate.epd.hl7.moments import is_of_message
from remediate.epd.hl7.reader import AdtMessage, OtherMessage, read_messages
from remediate.epd.hl7.time import wall_clock
from remediate.epd.listing import Listed, TooManyMissingError
from remediate.epd.load_verdict import LoadTally, hints_of
from remediate.epd.reasons import RejectedRecord
from remediate.epd.registry import SqlRegistry
from remediate.errors import EpdError, LedgerError
from remediate.identity.patients import LocalId
from remediate.texts.language import Sentence, unreadable

CHUNK = 2_000
"""Records applied in one transaction, and as many more as are of one moment with the last."""

_MOST_OF_A_MOMENT = 10
"""So many chunks may be one transaction, where an export gives all its messages one moment."""

_KEPT = 50_000
"""Records that are kept from looking through files until they are applied; a file with more is read again."""

_CLOCKS_DIFFER = timedelta(days=1)
_HL7 = re.compile(rb"(?:^|[\r\n\x0b])(?:MSH|FHS|BHS)[!-/:-@\[-`{-~]")
_CODE = re.compile(r'[A-Z0-9]{1,8}|""')
_HEAD_BYTES = 1 << 16
_UTF_16 = (b"\xff\xfeM\x00", b"\xfe\xff\x00M", b"M\x00S\x00", b"\x00M\x00S")  # the beginning of MSH

Progress = Callable[[str, int, int], None]
"""Called with the file's name, the bytes of it that were read, and its size."""


class LoadEnding(StrEnum):
    """How a load ended that wrote anything."""

    COMPLETE = "complete"
    TOO_MANY_MISSING = "too-many-missing"  # a snapshot, of which nobody was taken as missing
    FILE_UNREADABLE = "file-unreadable"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


Ended = Callable[["LoadReport", LoadEnding], None]
"""Called once when a load ends that wrote anything, with what it wrote, before its error goes on."""


class Passed(Enum):
    """A record that is neither a change nor a fault."""

    PASSED = "says nothing about who a patient is"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did."""

    files: int  # that were begun
    records: int  # messages and rows that were read, rejected ones included
    patients: int  # live patients in the registry afterwards
    merges: int  # merges among the records, also those that were known
    rejected: tuple[RejectedRecord, ...]
    passed: int = 0  # messages that say nothing about who a patient is
    unlisted: int = 0  # patients whom a full snapshot does not name
    hints: tuple[Sentence, ...] = ()  # what can hardly be as it was read, with the setting that is likely


def load_files(
    paths: Sequence[Path],
    settings: EpdSettings,
    registry: SqlRegistry,
    now: datetime,
    *,
    progress: Progress | None = None,
    ended: Ended | None = None,
    chunk: int = CHUNK,
    snapshot: bool = False,
    accept_missing: bool = False,
) -> LoadReport:
    """Read every file, in the order given, into the registry. `now` is noted with what is rejected.

    Every file is looked through first, to see whether it is understood at all. Where more than `epd.max_rejected` of
    one is rejected nothing is applied, and `TooManyRejectedError` names the likely setting.

    The files of a `snapshot` hold every patient: about whom they do not name, nothing counts as verified any more,
    unless more are missing than is likely and that was not accepted. Raises `EpdError` for that, and for a file that
    cannot be read as a whole (nothing of it is applied then when it is CSV), and `LedgerError`.
    """
    for path in paths:
        check_readable(path)
        if snapshot and _is_hl7(path, settings):
            raise EpdError(
                Sentence(
                    f"{path.name} is HL7 v2; only CSV can be a full snapshot.",
                    f"{path.name} is HL7 v2; alleen CSV kan een volledige momentopname zijn.",
                ),
                advice=Sentence("Leave out --snapshot.", "Laat --snapshot weg."),
            )
    looked: list[_Looked] = []
    for path in paths:
        room = _KEPT - sum(len(each.records or ()) for each in looked)
        looked.append(_look_through(path, settings, now, room))
    tallies = [each.tally for each in looked]
    for tally in tallies:
        tally.check(settings.max_rejected)
    registry.begin_load(rule_mark(settings))
    load = _Load(registry, now, chunk, Listed() if snapshot else None)
    for name in {path.name for path in paths}:
        registry.forget_rejected(name)
    try:
        report = _loaded(load, looked, settings, progress, accept_missing=accept_missing)
    except BaseException as error:
        if ended is not None and load.wrote:
            with suppress(LedgerError):  # where the ledger is at fault, the error that is on its way says so
                ended(load.report(), _ending_of(error))
        raise
    if ended is not None:
        ended(report, LoadEnding.COMPLETE)
    return replace(report, hints=(*hints_of(tallies), *load.hints()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """A file that was looked through."""

    path: Path
    tally: LoadTally
    records: list[Change | RejectedRecord | Passed] | None  # all of it; None where it is to be read again


def _look_through(path: Path, settings: EpdSettings, now: datetime, room: int) -> _Looked:
    """What is in a file, with its records where they are no more than `room`.

    A file that breaks off is counted until there: reading it again says why.
    """
    tally = LoadTally(file=path.name, is_hl7=_is_hl7(path, settings))
    kept: list[Change | RejectedRecord | Passed] | None = []
    try:
        for record in _records(path, settings, lambda _: None, now, Explainer().explain, tally):
            tally.add(record)
            if kept is not None:
                kept.append(record)
                kept = kept if len(kept) <= room else None
    except EpdError:
        tally.records, kept = tally.records or 1, None
    return _Looked(path=path, tally=tally, records=kept)


def _loaded(
    load: _Load, files: Sequence[_Looked], settings: EpdSettings, progress: Progress | None, *, accept_missing: bool
) -> LoadReport:
    explain = Explainer().explain
    for file in files:
        size = file.path.stat().st_size
        report = _progress_of(file.path, size, progress)
        load.begin_file(file.path.name)
        kept = file.records
        again = _records(file.path, settings, report, load.now, explain) if kept is None else _kept(kept, size, report)
        for record in again:
            load.take(record)
        load.flush()
        report(size)
    unlisted = load.end(accept_missing=accept_missing)
    return replace(load.report(), unlisted=unlisted)


def _kept(
    records: Sequence[Change | RejectedRecord | Passed], size: int, report: Callable[[int], None]
) -> Iterator[Change | RejectedRecord | Passed]:
    for at, record in enumerate(records):
        if at % 1000 == 0:
            report(size * at // len(records))
        yield record


def _ending_of(error: BaseException) -> LoadEnding:
    if isinstance(error, TooManyMissingError):
        return LoadEnding.TOO_MANY_MISSING
    if isinstance(error, EpdError | OSError):
        return LoadEnding.FILE_UNREADABLE
    return LoadEnding.INTERRUPTED if isinstance(error, KeyboardInterrupt) else LoadEnding.FAILED


_RULE = {
    "verified", "identifier_types", "bsn_types", "bsn_authorities", "person_issuers", "name_types", "other_name_types",
    "hl7_encoding",
}  # fmt: skip


def rule_mark(settings: EpdSettings) -> str:
    """A short mark of the settings that say what a message means and which BSN counts as verified."""
    text = json.dumps(settings.model_dump(mode="json", include=_RULE), sort_keys=True)
    if "changed" in settings.csv.columns:  # rows have a moment of their own
        text += settings.csv.changed_format
    return blake2b(text.encode(), digest_size=5).hexdigest()


class _Load:
    def __init__(self, registry: SqlRegistry, now: datetime, chunk: int, listed: Listed | None) -> None:
        self._registry = registry
        self._listed = listed
        self.now = now
        self._chunk = chunk
        self._changes: list[Change] = []
        self._new_rejected: list[RejectedRecord] = []
        self._file = ""
        self._rejected: list[RejectedRecord] = []
        self._files = self._records = self._merges = self._passed = 0
        self._shared: set[LocalId] = set()  # numbers that are one under the settings, of more than one patient
        self._written = (0, 0, 0)  # records, merges and passed ones as of the last transaction
        self.wrote = False

    def begin_file(self, name: str) -> None:
        """The records that follow stand in this file."""
        self._file = name
        self._files += 1

    def take(self, record: Change | RejectedRecord | Passed) -> None:
        """One record; what was taken before is written when the chunk is full."""
        if len(self._changes) + len(self._new_rejected) >= self._chunk and not self._is_of_the_last_moment(record):
            self.flush()
        self._records += not (isinstance(record, Change) and record.kind in DOUBTS)  # it was counted as rejected
        if isinstance(record, Passed):
            self._passed += 1
        elif isinstance(record, RejectedRecord):
            self._new_rejected.append(record)
        else:
            self._changes.append(record)
            self._merges += record.kind in (ChangeKind.MERGE, ChangeKind.RENUMBER)
            if record.bsn_refused is not None:
                self._new_rejected.append(RejectedRecord(file=self._file, line=record.line, reason=record.bsn_refused))

    def _is_of_the_last_moment(self, record: Change | RejectedRecord | Passed) -> bool:
        """Whether it is to be applied together with the last change: see `moments.in_order_of_time`."""
        last = self._changes[-1] if self._changes else None
        is_short = len(self._changes) + len(self._new_rejected) < _MOST_OF_A_MOMENT * self._chunk
        if last is None or not is_short or not is_of_message(last):
            return False
        return not isinstance(record, Change) or record.at == last.at

    def flush(self) -> None:
        """Write what was taken, in one transaction."""
        if self._changes or self._new_rejected:
            refused = self._registry.apply(
                self._changes, self._new_rejected, file=self._file, now=self.now, listed=self._listed
            )
            self._rejected += (*self._new_rejected, *refused)
            self._shared |= self._registry.shared_spellings(one for each in self._changes for one in each.numbers)
            self._changes, self._new_rejected = [], []
            self.wrote = True
        self._written = (self._records, self._merges, self._passed)

    def end(self, *, accept_missing: bool) -> int:
        """After the last file of a snapshot: doubt whom it does not name; answers how many."""
        if self._listed is None:
            return 0
        return self._registry.doubt_unlisted(self._listed, now=self.now, chunk=self._chunk, accept=accept_missing)

    def hints(self) -> Iterator[Sentence]:
        """What the settings make of the numbers."""
        if self._shared:
            yield Sentence(
                f"{len(self._shared)} numbers are one number under epd.numbers and have more than one live patient: "
                "studies under them wait for a person.",
                f"{len(self._shared)} nummers zijn volgens epd.numbers één nummer en horen bij meer dan één levende "
                "patiënt: onderzoeken onder die nummers wachten op een mens.",
            )

    def report(self) -> LoadReport:
        """What was written so far."""
        records, merges, passed = self._written
        return LoadReport(
            files=self._files,
            records=records,
            patients=self._registry.patients(),
            merges=merges,
            rejected=tuple(sorted(self._rejected, key=lambda item: (item.file, item.line, item.reason))),
            passed=passed,
        )


def _records(
    path: Path,
    settings: EpdSettings,
    report: Callable[[int], None],
    now: datetime,
    explain: Callable[[bytes], str],
    tally: LoadTally | None = None,
) -> Iterator[Change | RejectedRecord | Passed]:
    if _is_hl7(path, settings):
        return _hl7_records(path, settings, report, now, explain, tally)
    reader = CsvReader(
        path,
        settings=settings.csv,
        verified=settings.verified,
        default_issuer=settings.default_issuer,
        latest=wall_clock(now + _CLOCKS_DIFFER),
    )
    if tally is not None:
        tally.dates = reader.dates
    return reader.read(report)


def _hl7_records(
    path: Path,
    settings: EpdSettings,
    report: Callable[[int], None],
    now: datetime,
    explain: Callable[[bytes], str],
    tally: LoadTally | None,
) -> Iterator[Change | RejectedRecord | Passed]:
    latest = wall_clock(now + _CLOCKS_DIFFER)
    interpreter = Interpreter(settings, now=wall_clock(now), latest=latest)
    if tally is not None:
        tally.nine_digits = interpreter.identifiers.nine_digits
    with path.open("rb") as stream:
        messages = read_messages(stream, file=path.name, encoding=settings.hl7_encoding, explain=explain)
        for count, found in enumerate(messages):
            if count % 1000 == 0:
                report(stream.tell())
            if isinstance(found, RejectedRecord):
                yield found
            elif isinstance(found, OtherMessage):
                yield Passed.PASSED
            else:
                if tally is not None:
                    tally.relabelled += found.relabelled
                yield from _meaning(interpreter, found, path.name, explain)


def _meaning(
    interpreter: Interpreter, message: AdtMessage, file: str, explain: Callable[[bytes], str]
) -> Iterator[Change | RejectedRecord | Passed]:
    try:
        changes = interpreter.changes(message)
    except RefusedError as refused:
        told = explain(message.content)
        yield RejectedRecord(
            file=file, line=message.line, reason=refused.reason, met=_codes(refused.met), explanation=told
        )
        yield from interpreter.doubts(message, refused.reason)
        return
    yield from changes or (Passed.PASSED,)


def _codes(met: str) -> str:
    """Types as they may be shown: what is no code may be anything."""
    return " ".join(dict.fromkeys(code if _CODE.fullmatch(code) else "?" for code in met.split()))


def _is_hl7(path: Path, settings: EpdSettings) -> bool:
    """As configured, or by content: HL7 v2 has a line that begins with MSH, FHS or BHS and a delimiter."""
    if settings.format != "auto":
        return settings.format == "hl7"
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return _HL7.search(head.removeprefix(codecs.BOM_UTF8)) is not None


def check_readable(path: Path) -> None:
    """Raises `EpdError` where there is no such file, or none that can be read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except FileNotFoundError:
        raise EpdError(
            Sentence(f"The file {path.name} does not exist.", f"Het bestand {path.name} bestaat niet.")
        ) from None
    except OSError as error:
        raise EpdError(unreadable(path.name, error)) from None
    if head.startswith(_UTF_16):
        raise EpdError(
            Sentence(f"{path.name} is HL7 v2 in UTF-16.", f"{path.name} is HL7 v2 in UTF-16."),
            advice=Sentence("Export it as UTF-8 or ISO 8859-1.", "Exporteer het als UTF-8 of ISO 8859-1."),
        )


def _progress_of(path: Path, size: int, progress: Progress | None) -> Callable[[int], None]:
    def report(done: int) -> None:
        if progress is not None:
            progress(path.name, done, size)

    return report
