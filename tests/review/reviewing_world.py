"""A small ledger with an EPD, in which reviewers decide about studies that no proof decides. No checks here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remediate.config.review import ReviewSettings
from remediate.config.settings import parse_config
from remediate.epd.changes import Change, ChangeKind, NameParts, News
from remediate.epd.registry import SqlRegistry
from remediate.header.profiles import profile_named
from remediate.identity.evidence import Evidence
from remediate.identity.verdicts import MatchingPolicy
from remediate.ledger.database import Database, open_database
from remediate.ledger.ledger import SqlLedger
from remediate.plan.document import PlanDocument
from remediate.plan.judge import Judge
from remediate.plan.planning import Draft, Planner
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import PlanItem
from remediate.review.queue import Answered, ReviewQueue, Taken
from tests.ledger.ledger_samples import make_keys

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
AUTHORITY = "HOSPITAL"
WHY = "seen at the desk"
NUMBER, BSN = "4711", "999990019"
HEADER = Evidence(patient_id=NUMBER, patient_name="Jansen^Anna", birth_date="19800215", sex="F")
"""As the EPD has it, but for the day of birth: for a person to decide."""


def record(line: int, number: str = NUMBER, **said: object) -> Change:
    """A patient as the EPD tells it."""
    known = {"surname": "Jansen", "given": "Anna", "birth_date": "19800214", "sex": "F", "bsn": BSN, "verified": True}
    told = known | said
    name = NameParts(str(told["surname"]), "", "", "", str(told["given"]), str(told["given"])[:1])
    news = News(name, str(told["birth_date"]), str(told["sex"]), str(told["bsn"]), bool(told["verified"]))
    return Change(line, ChangeKind.UPSERT, 202501010000000000 + line, ((AUTHORITY, number),), (), news)


@dataclass
class World:
    """The ledger; time goes on with each step."""

    ledger: SqlLedger
    database: Database
    folder: Path
    settings: ReviewSettings = field(default_factory=ReviewSettings)
    steps: int = 0
    plans: int = 0
    draft: Draft | None = None

    @property
    def now(self) -> datetime:
        """A minute later each time."""
        self.steps += 1
        return START + timedelta(minutes=self.steps)

    @property
    def judge(self) -> Judge:
        """Judges studies here."""
        policy = MatchingPolicy(default_issuer=AUTHORITY)
        registry = SqlRegistry(self.database, make_keys(), AUTHORITY, policy.numbers)
        return Judge(
            registry=registry,
            policy=policy,
            profile=profile_named("other-patient-ids-sequence"),
            reviews=self.ledger,
            pseudonym=self.ledger.pseudonym,
        )

    def tell(self, *changes: Change) -> None:
        """The EPD says more."""
        self.judge.registry.apply(changes, (), file="", now=self.now)  # type: ignore[attr-defined]

    def survey(self, uid: str, header: Evidence = HEADER, *, study_date: str = "20200101") -> str:
        """A study comes into the archive; its UID."""
        found = FoundStudy(study_instance_uid=uid, study_date=study_date, instances=1, evidence=header)
        self.ledger.save_found([found], now=self.now)
        return uid

    def plan(self) -> PlanDocument:
        """What the command does: carries what is remembered, plans, keeps it, and makes the queue anew."""
        self.plans += 1
        plan_id, ledger = f"plan-{self.plans:04d}", self.ledger
        archive = {"ae_title": "A", "host": "127.0.0.1", "port": 104, "called_ae_title": "B"}
        planner = Planner(
            studies=ledger, decisions=ledger, reviews=ledger, plans=ledger, batches=ledger, vault=ledger,
            judge=self.judge, config=parse_config({"archive": archive}, base=self.folder),
        )  # fmt: skip
        self.desk("planner").carry(now=self.now)
        draft = planner.make(now=self.now, actor="", plan_id=plan_id)
        planner.keep(draft, "plan.json", {})
        self.desk("planner").refill(plan_id)
        self.draft = draft  # holds the file of its lines open
        return draft.document

    def items(self) -> dict[str, PlanItem]:
        """The studies of a new plan by UID."""
        return {item.study_instance_uid: item for item in self.plan().items}

    def desk(self, account: str, **settings: object) -> ReviewQueue:
        """The queue as somebody sees it."""
        ours = self.settings.model_copy(update=settings)
        ledger = self.ledger
        return ReviewQueue(
            studies=ledger, reviews=ledger, queue=ledger, vault=ledger, account=account, judge=self.judge,
            settings=ours,
        )  # fmt: skip

    def decide(self, account: str, uid: str, decision: str = "confirm", *, person: str = "", **how: bool) -> Taken:
        """Somebody decides about the likeliest candidate of a study."""
        desk = self.desk(account)
        (row,) = self.ledger.studies_named([uid])
        (case, _), *_ = [*desk.undecided([row])] or [(None, None)]
        assert case is not None, "the study waits for nobody"
        line = desk.lines(case)[0]
        answer = Answered(
            line=1, study_instance_uid=uid, epd_patient_id=line.epd_patient_id, seen=line.seen, decision=decision,
            why=WHY,
        )  # fmt: skip
        return desk.take([answer], person=person or f"Dr {account}", now=self.now, **how)

    def configure(self, **settings: object) -> None:
        """From now on the configuration says so."""
        self.settings = self.settings.model_copy(update=settings)


def new_world(url: str, folder: Path) -> World:
    """An EPD with one patient, and no study."""
    database = open_database(url, create=True)
    ledger = SqlLedger.create(database, make_keys(), system_account="service", software="", config_digest="", now=START)
    world = World(ledger, database, folder)
    world.judge.registry.begin_load("rule")  # type: ignore[attr-defined]
    world.tell(record(1))
    return world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """On SQLite."""
    made = new_world(f"sqlite:///{tmp_path}/ledger.db", tmp_path)
    yield made
    made.database.close()


def other(header: Evidence = HEADER, **said: object) -> Evidence:
    """A header that says something else."""
    return replace(header, **said)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """On each database."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    made = new_world(url, tmp_path)
    yield made
    made.database.close()


def somebody_is_quicker(world: World, monkeypatch: pytest.MonkeyPatch, other: Callable[[], object]) -> None:
    """Right before `save_reviews` of whoever comes next, somebody else is quicker."""
    save = world.ledger.save_reviews

    def late(*args: object, **how: object) -> None:
        monkeypatch.setattr(world.ledger, "save_reviews", save)
        other()
        save(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(world.ledger, "save_reviews", late)
