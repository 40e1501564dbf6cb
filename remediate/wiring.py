"""Puts the parts together for one command or page: configuration, keys, ledger, spool, archive; decides nothing."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from remediate import __version__
from remediate.config.settings import Config
from remediate.dicom.client import DicomArchive, MeasuredExchange, Operation
from remediate.dicom.retrying import never, unheard
from remediate.dicom.sockets import Listener
from remediate.epd.registry import SqlRegistry
from remediate.errors import KeysError, LedgerError, PlanError
from remediate.header.correction import Provenance
from remediate.header.dataset import HeldDataSet
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.profiles import Profile, custom_profile, numbers_in_place, profile_named
from remediate.header.refusal import Refusal
from remediate.hl7_output.sender import Hl7Sender
from remediate.identity.bsn import Bsn, BsnRange
from remediate.identity.number_spelling import NumberSpelling
from remediate.identity.verdicts import ExceptionRule, MatchingPolicy, MatchReason
from remediate.ledger.database import Database, is_locked, ledger_file, lock_note, may_write, open_database
from remediate.ledger.fast_sql import own_clock
from remediate.ledger.key_files import keys_from_credential, keys_from_environment, load_keys
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.creation import check_version, has_ledger
from remediate.night.gate import Gate
from remediate.night.pulse import ArchiveEar
from remediate.night.status import NightStatus, NightStores, standing
from remediate.persons import account, people_on_pages, person_of
from remediate.plan.approval import exchanged
from remediate.plan.bound_settings import changed_since
from remediate.plan.judge import Judge
from remediate.plan.message_corrections import Messages
from remediate.plan.reading import digest_of, parameters_in
from remediate.ports import Clock
from remediate.processes import fate_of, is_of_this_boot, since_boot, this_process
from remediate.records.ledger import EventType, PlanRow
from remediate.records.signs import Fate, Holder, Process, holder_of, process_of
from remediate.spool.files import SpoolFiles
from remediate.spool.folder_spool import FolderSpool
from remediate.survey.access_log import LoggedArchive
from remediate.survey.survey import Headers, Survey
from remediate.texts.language import Sentence

if TYPE_CHECKING:
    from remediate.review.queue import ReviewQueue

SOFTWARE = f"remediate {__version__}"
THREAD_SECONDS = 0.0005
"""How long a worker that computes keeps the others waiting, whose archive has answered; Python's own 5 ms is as long
as an archive takes for an object."""


def now() -> datetime:
    """The present moment, aware, in the machine's zone."""
    return datetime.now(UTC).astimezone()


def today(config: Config) -> date:
    """The present day in the configured zone, which is not everywhere the machine's."""
    return now().astimezone(config.execute.window.zone).date()


def steady() -> float:
    """Seconds on a clock that nobody can set: for spans of time, such as how long a batch has worked."""
    return time.monotonic()


def wait_until(moment: datetime) -> None:
    """Sleep until the clock on the wall shows it, also where that is set meanwhile."""
    while (left := (moment - now()).total_seconds()) > 0:
        time.sleep(min(left, 30.0))


def worker_name() -> str:
    """Names this process in claims."""
    return this_process().name


def is_gone(owner: str) -> bool:
    """Whether the process that a claim names is known to have ended. Of one of another machine nobody here knows."""
    process = process_of(owner)
    return process is not None and fate_of(process) is Fate.GONE


def database_url(config: Config) -> str:
    """The ledger's URL, with a relative SQLite path made absolute from the configuration's folder."""
    url = config.ledger.url
    prefix = "sqlite:///"
    return f"{prefix}{config.path(url.removeprefix(prefix))}" if url.startswith(prefix) else url


def keys_of(config: Config) -> Keys:
    """The keys from the configured place. Raises `KeysError`."""
    if config.keys.credential:
        return keys_from_credential(config.keys.credential, os.environ)
    if config.keys.env:
        return keys_from_environment(config.keys.env, os.environ)
    path = config.path(config.keys.file)
    if not path.exists():
        raise KeysError(
            Sentence(f"No keys at {path}.", f"Geen sleutels op {path}."),
            advice=Sentence(
                "Put them back from their backup; only where there is no ledger yet, `remediate init` makes them.",
                "Zet ze terug uit hun reservekopie; alleen waar nog geen logboek is, maakt `remediate init` ze.",
            ),
        )
    return load_keys(path)


def measured_by(gate: Gate) -> Callable[[MeasuredExchange], None]:
    """Tells the pace of every object that came or went, and counts how long each exchange took."""

    def heard(exchange: MeasuredExchange) -> None:
        if not exchange.ok:
            return
        gate.exchanges.took(exchange.operation.value, exchange.seconds)
        if exchange.operation in (Operation.ARRIVAL, Operation.STORE):
            gate.seats.moved(exchange.operation.value, exchange.nbytes, exchange.seconds)

    return heard


def processors() -> int:
    """Of this machine, as far as we may use them; a few are enough."""
    return min(4, len(os.sched_getaffinity(0)))


def open_ledger(config: Config, keys: Keys, database: Database, own: str) -> SqlLedger:
    """An existing ledger, for who acts under the account `own`. Raises `LedgerError` or `KeysError`."""
    return SqlLedger.open(
        database,
        keys,
        system_account=own,
        software=SOFTWARE,
        config_digest=config.digest(),
        responsible=config.ledger.responsible,
    )


def has_ledger_in(database: Database) -> bool:
    """Whether the database holds a ledger."""
    with database.read() as connection:
        return has_ledger(connection)


def require_no_ledger(config: Config) -> None:
    """New keys are for a new ledger. Raises `KeysError` when the configured database holds one."""
    try:
        database = open_database(database_url(config), create=False)
    except LedgerError:
        return  # not there yet, or not usable, which is told when it is to be made
    try:
        if has_ledger_in(database):
            raise KeysError(
                Sentence(
                    "The ledger is there and its keys are not; new keys would open nothing of it.",
                    "Het logboek is er en zijn sleutels niet; nieuwe sleutels zouden er niets van openen.",
                ),
                advice=Sentence(
                    f"Put {config.keys.file} back from its backup.",
                    f"Zet {config.keys.file} terug uit de reservekopie.",
                ),
            )
    finally:
        database.close()


def create_ledger(config: Config, keys: Keys) -> tuple[str, bool]:
    """The identifier of the configured ledger, and whether it was made just now."""
    database = open_database(database_url(config), create=True)
    try:
        if has_ledger_in(database):
            return open_ledger(config, keys, database, account()).ledger_id, False
        ledger = SqlLedger.create(
            database,
            keys,
            system_account=account(),
            software=SOFTWARE,
            config_digest=config.digest(),
            now=now(),
            responsible=config.ledger.responsible,
        )
        return ledger.ledger_id, True
    finally:
        database.close()


@dataclass(frozen=True)
class Machine:
    """What this machine tells of processes, and of the ledger's lock (port `Watch`)."""

    config: Config

    def fate_of(self, process: Process) -> Fate:
        """What became of a process."""
        return fate_of(process)

    def is_of_this_boot(self, process: Process) -> bool:
        """Whether it runs, or ran, under the kernel that runs here now."""
        return is_of_this_boot(process)

    def since_boot(self) -> float:
        """Seconds since this machine began, on a clock that nobody sets."""
        return since_boot()

    @property
    def machine(self) -> str:
        """Its name."""
        return socket.gethostname()

    def is_locked(self) -> bool | None:
        """Whether a process holds the lock of an embedded ledger; None where none tells."""
        return is_locked(database_url(self.config))

    def holder(self) -> Holder | None:
        """Who holds that lock, or is at work on a server's ledger, as far as it told."""
        return holder_of(lock_note(database_url(self.config)))

    def ledger_room(self) -> int | None:
        """Bytes free on the disk under an embedded ledger; None where a server keeps it."""
        path = ledger_file(database_url(self.config))
        return shutil.disk_usage(path.parent).free if path is not None else None

    def may_write(self) -> bool:
        """Whether the ledger can be written here, as far as its file and folder tell."""
        return may_write(database_url(self.config))


@dataclass(frozen=True)
class Offline:
    """What the configuration alone gives: no keys, ledger or archive."""

    config: Config

    @cached_property
    def evidence_settings(self) -> EvidenceSettings:
        """Which elements besides the usual ones may hold a BSN."""
        named = (*self.config.identity.private_elements, *self.profile.evidence_elements)
        return EvidenceSettings(private_elements=tuple(dict.fromkeys(named)))

    @cached_property
    def profile(self) -> Profile:
        """Where the BSN belongs."""
        target = self.config.target
        if target.profile == "custom":
            return custom_profile("custom", target.elements)
        return profile_named(target.profile)

    @cached_property
    def numbers(self) -> NumberSpelling:
        """In which spellings a hospital number is one number."""
        settings = self.config.epd.numbers
        return NumberSpelling(**settings.model_dump() | {"width": settings.width or 0})

    @cached_property
    def policy(self) -> MatchingPolicy:
        """The settings of a decision."""
        identity = self.config.identity
        return MatchingPolicy(
            bsn_range=BsnRange(identity.bsn_range),
            fill_missing=identity.fill_missing,
            default_issuer=self.config.epd.default_issuer,
            issuer_aliases=dict(self.config.epd.issuer_aliases),
            numbers=self.numbers,
            placeholder_birth_dates=frozenset(d.replace("-", "") for d in identity.placeholder_birth_dates),
            placeholder_january_first=identity.placeholder_january_first,
            placeholder_names=frozenset(name.upper() for name in identity.placeholder_names),
            exceptions=tuple(
                ExceptionRule(
                    reason=MatchReason(rule.kind),
                    patient_name=rule.patient_name,
                    patient_id=rule.patient_id,
                    issuer=rule.issuer,
                )
                for rule in identity.exceptions
            ),
        )

    def provenance(self) -> Provenance:
        """Where corrections of this run come from."""
        target = self.config.target
        return Provenance(
            modified_at=now(),
            modifying_system=target.modifying_system,
            source_of_previous_values=target.source_of_previous_values,
            suppress_values=target.suppress_values,
            issuer_for_others=target.issuer_for_others,
        )


@dataclass(frozen=True)
class Session(Offline):
    """What one command works with; parts are made when first asked for and closed together."""

    stack: ExitStack
    patience: Listener | None  # of commands that work alone, when the archive falls silent
    account: str  # under which whoever gave the command or opened the page acts

    def person(self, given: str) -> str:
        """The name of who gave the command; `given` by --by. Raises `UsageError` when it is nobody's or another's."""
        on_pages = people_on_pages(self.config.path(self.config.web.database))
        return person_of(given, self.account, self.config.approval.names, on_pages)

    @cached_property
    def keys(self) -> Keys:
        """Keys of this ledger."""
        return keys_of(self.config)

    @cached_property
    def database(self) -> Database:
        """The ledger's database. Raises `LedgerError` when `init` never made it, or another version of us did."""
        database = open_database(database_url(self.config), create=False)
        self.stack.callback(database.close)
        with database.read() as connection:
            if has_ledger(connection):
                check_version(connection)
        return database

    def shared_clock(self, clock: Clock) -> Clock:
        """The clock of leases and rates: that of a database which several machines use, for theirs may differ."""
        if self.database.is_sqlite:
            return clock
        with self.database.read() as connection:
            differs = timedelta(seconds=own_clock(connection) - clock().timestamp())
        return lambda: clock() + differs

    @cached_property
    def ledger(self) -> SqlLedger:
        """The ledger."""
        return open_ledger(self.config, self.keys, self.database, self.account)

    @cached_property
    def registry(self) -> SqlRegistry:
        """The EPD's patients."""
        issuer = self.config.epd.default_issuer
        return SqlRegistry(self.database, self.keys, default_issuer=issuer, numbers=self.numbers)

    @cached_property
    def spool(self) -> FolderSpool:
        """Originals on disk."""
        return FolderSpool(self.config.path(self.config.execute.spool.folder), self.spool_files)

    @cached_property
    def spool_files(self) -> SpoolFiles:
        """How its files are sealed: by keys that the ledger keeps."""
        return SpoolFiles(self._spool_key)

    def _spool_key(self, batch_id: str) -> bytes:
        """Kept, since every file of a study asks for it."""
        if batch_id not in self._spool_keys:
            self._spool_keys[batch_id] = self.ledger.spool_key(batch_id)
        return self._spool_keys[batch_id]

    @cached_property
    def _spool_keys(self) -> dict[str, bytes]:
        return {}

    def new_archive(self, gate: Gate | None = None) -> DicomArchive:
        """An archive with associations of its own; the caller closes it. What fails is not tried again when the batch
        whose `gate` it is has to end, and the waits between tries end with it."""
        ear = None if gate is None else ArchiveEar(gate.pulse, gate.seats.refused)
        return DicomArchive(
            self.config.archive,
            self.evidence_settings,
            base=self.config.base,
            files=self.spool_files,
            observe=None if gate is None else measured_by(gate),
            sleep=time.sleep if gate is None else gate.wait,
            patience=0 if gate is None else gate.settings.patience_seconds,
            ending=never if gate is None else gate.is_over,
            hear=ear or unheard,
            listener=ear or self.patience,
        )

    def echo_alone(self) -> None:
        """One C-ECHO over an association of its own, that is tried once. Raises `ArchiveError`."""
        settings = self.config.archive.model_copy(update={"retries": 0, "store": None})
        archive = DicomArchive(settings, self.evidence_settings, base=self.config.base)
        try:
            archive.echo()
        finally:
            archive.close()

    @cached_property
    def archive(self) -> DicomArchive:
        """The archive, for commands that work alone."""
        archive = self.new_archive()
        self.stack.callback(archive.close)
        return archive

    def new_survey(self, progress: Callable[[int], object], headers: Headers | None = None) -> Survey:
        """A survey of the archive, with every look at a patient recorded; `headers` where not as configured."""
        return Survey(
            archive=LoggedArchive(archive=self.archive, events=self.ledger, clock=now, type=EventType.HEADER_PROBE),
            surveyed=self.ledger,
            studies=self.ledger,
            events=self.ledger,
            spool=self.spool,
            clock=now,
            cap=self.config.archive.find_cap,
            headers=headers or self.config.archive.headers,
            evidence_settings=self.evidence_settings,
            progress=progress,
        )

    def new_sender(self) -> Hl7Sender:
        """The archive's HL7 interface, over a connection of its own; the caller closes it."""
        return Hl7Sender(settings=self.config.hl7_output, base=self.config.base)

    @property
    def messages(self) -> Messages:
        """How corrections become messages."""
        return Messages(
            pseudonym=self.ledger.pseudonym,
            settings=self.config.hl7_output,
            default_issuer=self.config.epd.default_issuer,
        )

    def bsn_in_place(self, held: HeldDataSet) -> Bsn | None:
        """The BSN that stands where the profile wants it in an object that was read; None when none does."""
        evidence = read_evidence(held.header, held.transfer_syntax_uid, self.evidence_settings)
        if isinstance(evidence, Refusal):
            return None
        return next(iter(numbers_in_place(evidence, self.profile)), None)

    @cached_property
    def judge(self) -> Judge:
        """Judges studies under this configuration."""
        return Judge(
            registry=self.registry,
            policy=self.policy,
            profile=self.profile,
            reviews=self.ledger,
            pseudonym=self.ledger.pseudonym,
        )

    @cached_property
    def reviews(self) -> ReviewQueue:
        """What waits for people, as this account sees it."""
        from remediate.review.queue import ReviewQueue  # few commands review, and it loads a library of its own

        ledger, settings = self.ledger, self.config.review
        return ReviewQueue(
            studies=ledger,
            reviews=ledger,
            queue=ledger,
            vault=ledger,
            account=self.account,
            judge=self.judge,
            settings=settings,
        )

    @property
    def place(self) -> str:
        """This machine and its spool, as events of intents name them."""
        return f"{Machine(self.config).machine}:{self.config.path(self.config.execute.spool.folder)}"

    def standing(self) -> NightStatus:
        """How things stand at this moment."""
        ledger = self.ledger
        stores = NightStores(
            plans=ledger, batches=ledger, studies=ledger, control=ledger, vault=ledger, events=ledger, facts=ledger
        )
        return standing(
            stores, self.spool, self.config, Machine(self.config), self.changed_since, now=now(), here=self.place
        )

    def changed_since(self, head: PlanRow) -> Sentence | None:
        """What `execute` would find changed since a plan was made: its file, or the settings that the file names."""
        path = Path(head.path)
        try:
            if _is_touched(path, head) and exchanged(head, {"plan.json": digest_of(path)}):
                return Sentence(f"{path} was changed after it was made.", f"{path} is gewijzigd nadat het is gemaakt.")
            with path.open(encoding="utf-8", newline="\n") as file:
                parameters = parameters_in(file)
        except (OSError, UnicodeDecodeError, PlanError):
            return Sentence(f"{path} cannot be read here.", f"{path} is hier niet te lezen.")
        return changed_since(head.kind, parameters, self.config) if parameters is not None else None


def _is_touched(path: Path, head: PlanRow) -> bool:
    """Whether somebody wrote a plan's file after its first approval: only then is all of it read; it may be large."""
    return bool(head.approvals) and path.stat().st_mtime > head.approvals[0].at.timestamp()
