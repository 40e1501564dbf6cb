"""A small hospital in which anything may happen at night; `night_oracle` looks at every object after each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from remediate import wiring
from remediate.cli.night import working
from remediate.cli.night.working import Limits, run_plan
from remediate.cli.output import Output
from remediate.demo import rewriting
from remediate.demo.faults import Break, ConversationEnding, Faults, Phase, StorePolicy, nth
from remediate.demo.hospital import Study
from remediate.demo.part10 import DicomObject
from remediate.identity.bsn import problem_of
from remediate.ledger.database import Database
from remediate.records.states import OPEN, State
from tests.night.night_oracle import Held, NightOracle
from tests.night.watched import Moment, watched
from tests.workplace import Ran, Workplace

_DUTCH = ZoneInfo("Europe/Amsterdam")

FAULTS: Mapping[str, Faults] = {
    "aborts a store": Faults(breaks=(Break(phase=Phase.STORE, on=nth(2)),)),
    "closes after storing": Faults(breaks=(Break(phase=Phase.STORED, by=ConversationEnding.CLOSE, on=nth(3)),)),
    "resets a retrieval": Faults(breaks=(Break(phase=Phase.GET, by=ConversationEnding.RESET, on=nth(6)),)),
    "hands over all but one": Faults(retrieve_lost=nth(2)),
    "is out of resources": Faults(store_status=0xA700, store_status_on=nth(2)),
    "stays out of resources": Faults(store_status=0xA700, store_status_on=range(3, 1_000)),
    "loses what it stores": Faults(store_lost=nth(2)),
    "keeps the old": Faults(store_policy=StorePolicy.IGNORE),
}
MANGLING: Mapping[str, Faults] = {
    "forks": Faults(store_policy=StorePolicy.FORK_INSTANCE),
    "renames": Faults(store_policy=StorePolicy.RENAME),
    "transcodes": Faults(store_policy=StorePolicy.TRANSCODE),
    "coerces": Faults(store_status=0xB000),
}


class Crash(BaseException):
    """The process is gone: nothing that it still tries has any effect."""


class NightWorld:
    """One copy of a planned hospital with its archive running."""

    def __init__(self, template: Workplace, folder: Path, happened: Counter[str]) -> None:
        self.happened = happened  # of many nights
        self.history: list[str] = []  # of this one
        self.place = template.copy(folder)
        waits = dict.fromkeys(("connect", "association", "message", "network", "store"), 300)  # nothing here is slow
        self.place.configure(archive={"retries": 0, "timeouts": waits}, execute={"associations": 1, "breaker": 2})
        self.stack = ExitStack()
        self.archive = self.stack.enter_context(self.place.archive())
        self.plan, self.plan_id = self.place.plan, "plan-0001"
        self.troubled = False  # whether the archive may misbehave, or may have lost its probe by that
        self.numbers = count(1)
        free = (str(n) for n in range(999_950_000, 999_999_999) if problem_of(str(n)) is None)
        used = {person.bsn for person in self.place.hospital.people}
        self.new_bsns = (bsn for bsn in free if bsn not in used)
        self.studies = {study.study_instance_uid: self._held(study) for study in self.place.hospital.studies}
        self.oracle = NightOracle(place=self.place, archive=self.archive, studies=self.studies)

    def _held(self, study: Study) -> Held:
        objects = {item.sop_instance_uid: item for item in study.objects()}
        bsn = study.truth.bsn.digits if study.truth.bsn else None
        return Held(study=study, bsn=bsn, known={bsn} if bsn else set(), sent=objects, held=dict(objects))

    def close(self) -> None:
        """The archive stops."""
        self.stack.close()

    def did(self, what: str, which: str = "") -> None:
        """Write it down: for the counts of many nights, and for whoever reads of a night that failed."""
        self.happened[what] += 1
        self.history.append(f"{what} {which}".strip())

    # What a person or a timer does.

    def work(self, *arguments: str, watch: Callable[[str, Moment], None] | None = None) -> Ran | None:
        """One command, then the oracle's look. None when it crashed."""
        ran = None
        try:
            if watch is None:
                ran = self.place.json(*arguments)
            else:
                with watched(watch):
                    ran = self.place.json(*arguments)
        except Crash:
            pass
        self.history.append(f"{arguments[0]} {'died' if ran is None else f'ended with {ran.code}'}")
        if ran is not None:
            assert len(ran.err.strip().splitlines()) <= 1, ran.err
        self.look()
        return ran

    def look(self) -> None:
        """Nothing is wrong."""
        before = {uid: one.state for uid, one in self.studies.items()}
        wrong = self.oracle.look()
        for uid, one in self.studies.items():
            if one.state is not before[uid]:
                self.happened[f"{before[uid]} to {one.state}"] += 1
                self.history.append(f"  {uid[-6:]}: {before[uid]} to {one.state}")
        assert wrong == [], wrong

    def execute(self) -> None:
        """A night's work."""
        self.did("execute")
        self.work("execute", self.plan, "--now")

    def crash(self, calls: int) -> None:
        """A night's work that dies at the n-th call of a port."""
        self.did("crash", f"at call {calls}")
        left = calls

        def watch(_: str, __: Moment) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Crash

        self.work("execute", self.plan, "--now", watch=watch)

    def crowd(self, calls: int, *, later: bool) -> None:
        """A second worker does a night's work while the first is frozen at a call; `later`: past the first's lease."""
        self.did("second worker", f"at call {calls}{', past the lease' if later else ''}")
        left = calls

        def watch(_: str, __: Moment) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self._second_worker(timedelta(hours=5 if later else 0))

        with patch.object(Database, "is_ours_alone", property(lambda _: False)):  # as on a shared database
            self.work("execute", self.plan, "--now", watch=watch)

    def _second_worker(self, ahead: timedelta) -> None:
        real = wiring.now

        def now() -> datetime:
            return real() + ahead

        with (
            patch.object(working, "now", now),
            patch.object(working, "worker_name", lambda: "second"),
            self.place.session(exclusive=False) as work,
        ):
            run_plan(work, Output(as_json=True), self.plan_id, Limits(ignore_window=True))

    def new_plan(self) -> None:
        """Survey, plan and approve again."""
        self.did("new plan")
        self.work("survey", "--headers", "series")
        name = f"plan-{len(list((self.place.folder / 'plans').iterdir())) + 1:04d}"
        ran = self.work("plan", "--out", str(self.place.folder / "plans" / name))
        if ran is not None and ran.code == 0:
            path = Path(ran.answer["path"]).with_name("plan.json")
            if self.place.json("approve", str(path), "--by", "A. Reviewer").code == 0:
                self.plan, self.plan_id = str(path), ran.answer["plan"]

    def rollback(self, uid: str) -> None:
        """Undo one study."""
        self.did("rollback", uid[-6:])
        self.work("rollback", "--study", uid, "--by", "A. Reviewer", "--why", "asked for")

    def release(self, uid: str) -> None:
        """A person looked at a quarantined study and takes it as it is now."""
        self.did("release", uid[-6:])
        ran = self.work("release", uid, "--by", "A. Reviewer", "--why", "looked at")
        if ran is not None and ran.code == 0:
            self.studies[uid].sent = dict(self.studies[uid].held)

    # What the EPD does.

    def epd(self, uid: str, bsn: str | None) -> None:
        """The EPD names another BSN for the study's patient, or none any more."""
        self.did("EPD changes", uid[-6:])
        held = self.studies[uid]
        self._message("A31", held.study, f"{bsn}^^^NLMINBIZA^NNNLD" if bsn else '""^^^NLMINBIZA^NNNLD')
        held.bsn = bsn
        held.known |= {bsn} if bsn else set()

    def merge(self, uid: str, into: str) -> None:
        """The EPD merges the study's patient into somebody else, whose name and birth date are others."""
        self.did("EPD merges", f"{uid[-6:]} into {into[-6:]}")
        gone = self.studies[uid].study.case.identity.patient_id
        self._message("A40", self.studies[into].study, "", f"MRG|{gone}^^^HOSPITAL^PI\r")
        self.studies[uid].bsn, self.studies[uid].merged = None, True

    def _message(self, event: str, study: Study, identifier: str, more: str = "") -> None:
        number = next(self.numbers)
        when = f"{datetime.now(_DUTCH) + timedelta(seconds=number):%Y%m%d%H%M%S}"  # later than the extract, in order
        numbers = "~".join(filter(None, (f"{study.case.identity.patient_id}^^^HOSPITAL^PI", identifier)))
        path = self.place.folder / f"news-{number}.hl7"
        path.write_bytes(
            f"MSH|^~\\&|EPD|HOSPITAL|REMEDIATE||{when}||ADT^{event}|N{number}|P|2.4||||||8859/1\r"
            f"EVN|{event}|{when}\rPID|1||{numbers}||||||\r{more}".encode("latin-1")
        )
        assert self.place.must("epd", "load", str(path)).answer["rejected"] == []

    # What happens to the archive.

    def misbehave(self, name: str) -> None:
        """From now on."""
        self.did("archive", name)
        self.archive.faults = FAULTS.get(name) or MANGLING[name]
        self.troubled = True
        self.oracle.mangles = self.oracle.mangles or name in MANGLING

    def cure(self) -> None:
        """The archive does its work again, and is probed."""
        self.did("cure")
        self.archive.faults, self.troubled = Faults(), False
        self.place.must("doctor", "--probe")

    def add(self, uid: str) -> None:
        """A modality sends one more object."""
        self.did("object added", uid[-6:])
        one = next(iter(self.studies[uid].sent.values()), None)
        if one is not None:
            new = rewriting.with_instance_uid(one, f"55.{next(self.numbers)}")
            self.studies[uid].late.add(new.sop_instance_uid)
            self._sent(uid, new)

    def resend(self, uid: str) -> None:
        """A modality sends an object again with other content."""
        self.did("object sent again", uid[-6:])
        one = next(iter(self.studies[uid].sent.values()), None)
        if one is not None:
            self._sent(uid, rewriting.coerced(one))

    def _sent(self, uid: str, item: DicomObject) -> None:
        self.archive.store_directly([item])
        self.studies[uid].touched = True
        self.studies[uid].sent[item.sop_instance_uid] = self.studies[uid].held[item.sop_instance_uid] = item

    def delete(self, uid: str, *, whole: bool) -> None:
        """Somebody deletes an object, or the study."""
        self.did("study deleted" if whole else "object deleted", uid[-6:])
        self.studies[uid].touched = True
        names = [] if whole else sorted(self.studies[uid].held)[:1]
        if whole or names:
            self.archive.remove_directly(uid, *names)
        for name in names or list(self.studies[uid].held):
            self.studies[uid].held.pop(name)
            if name in self.studies[uid].sent:
                self.studies[uid].gone[name] = self.studies[uid].sent.pop(name)

    # Morning.

    def end(self) -> None:
        """With the archive cured everything comes to an end: nothing stays half done, what is planned is done, a
        verified study is what it says, and the ledger proves itself."""
        if self.troubled:
            self.cure()
        if self._having(State.PLANNED, State.FAILED, *OPEN):
            self.execute()
        self.new_plan()
        if self._having(State.PLANNED):
            self.execute()
        assert self._having(State.PLANNED, *OPEN) == []
        told = {one["sop_instance_uid"] for one in self.place.json("verify").answer["different"]}
        sound = [uid for uid in self._having(State.VERIFIED) if not self.studies[uid].touched]
        assert [uid for uid in sound if self.studies[uid].late or told.intersection(self.studies[uid].held)] == []
        proof = self.place.must("ledger", "verify").answer
        assert proof["ok"], proof["problems"]

    def _having(self, *states: State) -> list[str]:
        return [uid for uid, one in self.studies.items() if one.state in states]
