"""Measures whole dry runs, one after the other: judging, writing the plan's files, keeping it in the ledger,
making the queue of what waits for people.

Run as a script: `python -m tests.bench.bench_plan [STUDIES] [PATIENTS] [--dir DIR]`. It makes a synthetic ledger
through the methods of ledger and registry, and plans four times, each in a process of its own: at first; the same
again; with one study in a thousand changed; with one patient in a thousand changed. It prints seconds, processor time
and peak memory of each, and how they stand to those of the first plan. A region is `10000000 2000000`.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import TypeVar

from remediate.config.review import ReviewSettings
from remediate.config.settings import Config, parse_config
from remediate.digests import sha256_text
from remediate.epd.changes import Change, ChangeKind, NameParts, News
from remediate.epd.load import rule_mark
from remediate.epd.registry import SqlRegistry
from remediate.header.profiles import profile_named
from remediate.identity.bsn import Bsn, BsnRange, passes_eleven_test
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength
from remediate.identity.verdicts import MatchingPolicy
from remediate.ledger.database import Database, open_database
from remediate.ledger.key_files import create_keys, load_keys
from remediate.ledger.ledger import SqlLedger
from remediate.plan.judge import Judge
from remediate.plan.order import OrderTally
from remediate.plan.planning import Planner
from remediate.records.dicom import FoundStudy
from remediate.records.needs import OrderBy, Ordering
from remediate.report.plan_files import PlanFiles
from remediate.report.plan_page import PlanPages
from remediate.review.queue import ReviewQueue
from remediate.texts.language import Language

T = TypeVar("T")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
GROUP = 10_000
AUTHORITY = "HOSPITAL"
SURNAMES = ("Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters", "Dekker", "Kuiper")
ENDINGS = ("", "s", "sma", "stra", "man", "mans", "huis", "veld", "kamp", "dijk", "horst", "broek", "ink")
PREFIXES = ("", "", "", "van", "de", "van den", "van der")
GIVEN = ("Jan", "Anna", "Pieter", "Maria", "Koen", "Sofie", "Bram", "Femke", "Daan", "Elisabeth", "Willem", "Johanna")
YEARS = 80


class Person:
    """The patient with a number: everything follows from it, so that nothing has to be kept."""

    def __init__(self, number: int) -> None:
        chance = random.Random(number)
        self.value = f"{number:08d}"
        self.bsn = bsn_of(number)
        self.surname = chance.choice(SURNAMES) + chance.choice(ENDINGS) + chance.choice(ENDINGS)
        self.prefix = chance.choice(PREFIXES)
        self.given = f"{chance.choice(GIVEN)} {chance.choice(GIVEN)}"
        year, month, day = 1930 + chance.randrange(YEARS), 1 + chance.randrange(12), 2 + chance.randrange(27)
        self.birth_date = f"{year}{month:02d}{day:02d}"
        self.sex = chance.choice("MF")
        self.first = self.given if chance.random() < 0.5 else self.given.partition(" ")[0]  # as worklists had it
        self.held_elsewhere = chance.random() < 0.2  # the number stands in Other Patient IDs

    def change(self) -> Change:
        """As a row of the EPD's extract says it."""
        name = NameParts(self.surname, self.prefix, "", "", self.given, self.given[0])
        news = News(name, self.birth_date, self.sex, self.bsn or None, True)
        return Change(1, ChangeKind.UPSERT, None, ((AUTHORITY, self.value),), (), news, self.value)

    def study(self, uid: str, chance: random.Random) -> FoundStudy:
        """Studies of the last years are in place, of most others the number is missing; the rest need a person."""
        year = 2005 + chance.randrange(20)
        faults = chance.random()
        prefix = f"{self.prefix} " if self.prefix else ""
        evidence = Evidence(
            patient_id=self.value if faults < 0.97 else f"X{self.value}",
            patient_name=f"{prefix}{self.surname}{'x' if 0.95 < faults < 0.97 else ''}^{self.first}",
            birth_date="19500603" if 0.93 < faults < 0.95 else self.birth_date,
            sex=self.sex,
            claims=self._claims(year),
        )
        return FoundStudy(
            study_instance_uid=uid,
            study_date=f"{year}{1 + chance.randrange(12):02d}{1 + chance.randrange(28):02d}",
            modalities=("CT",),
            institution_name="Hospital",
            station_name="CT1",
            accession_number=uid[-8:],
            instances=1 + chance.randrange(300),
            evidence=evidence,
        )

    def _claims(self, year: int) -> tuple[BsnClaim, ...]:
        if not self.bsn:
            return ()
        if year >= 2020:
            place, path = Place.ITEM_COMPLETE, "(0010,1002)[0].(0010,0020)"
        elif self.held_elsewhere:
            place, path = Place.OTHER_PATIENT_IDS, "(0010,1000)[0]"
        else:
            return ()
        return (BsnClaim(place=place, path=path, strength=Strength.EXPLICIT, value=Bsn(self.bsn)),)


def bsn_of(number: int) -> str:
    """A number of the test range, which is given out again and again: it holds some nine thousand."""
    stem = f"{99990000 + number % 10_000}"
    return next((f"{stem}{last}" for last in range(10) if passes_eleven_test(f"{stem}{last}")), "")


def tell_apart(folder: Path) -> None:
    """Let each patient hold a number of its own: the pseudonyms under which the registry counts holders."""
    with sqlite3.connect(folder / "ledger.db") as connection:
        connection.create_function("apart", 1, lambda number: sha256_text(str(number).encode())[:26])
        connection.execute("UPDATE epd_numbers SET bsn = apart(id) WHERE bsn IS NOT NULL")
    connection.close()


def main() -> None:
    """Make the ledger, then plan in processes of their own, so that the memory of each is its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", type=int, nargs="?", default=1_000_000)
    parser.add_argument("patients", type=int, nargs="?", default=0, help="a fifth of the studies")
    parser.add_argument("--dir", type=Path, help="folder that is empty or not there, instead of one that goes")
    parser.add_argument("--processes", type=int, default=2, help="that judge at once")
    parser.add_argument("--plan-only", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.plan_only:
        plan(chosen.plan_only, chosen.processes)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = chosen.dir or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        patients = chosen.patients or max(1, chosen.studies // 5)
        make(folder, chosen.studies, patients)
        one_after_the_other(folder, chosen.studies, patients, chosen.processes)


def one_after_the_other(folder: Path, studies: int, patients: int, processes: int) -> None:
    """The four plans, each told beside the first."""
    runs: tuple[tuple[str, Callable[[], None]], ...] = (
        ("first plan", lambda: None),
        ("the same again", lambda: None),
        ("one study in 1,000 changed", lambda: change_studies(folder, studies, patients)),
        ("one patient in 1,000 changed", lambda: change_patients(folder, patients)),
    )
    command = [sys.executable, "-m", "tests.bench.bench_plan", "--plan-only", str(folder), "--processes"]
    first: Mapping[str, float] = {}
    for name, change in runs:
        change()
        ran = subprocess.run([*command, str(processes)], check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(ran.stdout)
        first = first or found["figures"]
        told = "  ".join(f"{key} {value:,.1f} ({value / first[key]:.2f})" for key, value in found["figures"].items())
        print(f"{name + ':':30} {told}", flush=True)
        for step, (seconds, work) in found["steps"].items():
            print(f"  {step:28} {seconds:8.1f} s  {work:8.1f} s of CPU  {1e6 * work / studies:7.1f} us a study")
        print(f"  {found['counts']}; digest {found['digest'][:8]}", flush=True)


def make(folder: Path, studies: int, patients: int) -> None:
    """The ledger: patients from the registry's own loading, studies as a survey saves them, in an order of chance."""
    keys = create_keys(folder / "keys.json")
    database = open_database(url(folder), create=True)
    ledger = SqlLedger.create(database, keys, system_account="bench", software="remediate", config_digest="", now=NOW)
    registry = SqlRegistry(database, keys, AUTHORITY)
    begun = time.perf_counter()
    registry.begin_load(rule_mark(config(folder).epd))
    people = (Person(number).change() for number in range(patients))
    for changes in _groups(people):
        registry.apply(changes, (), file="bench", now=NOW)
    loaded = time.perf_counter()
    print(f"loaded {patients:,} patients: {patients / (loaded - begun):,.0f}/s", flush=True)
    for found in _groups(_studies(studies, patients)):
        ledger.save_found(found, now=NOW)
    print(f"saved {studies:,} studies: {studies / (time.perf_counter() - loaded):,.0f}/s", flush=True)
    database.close()
    tell_apart(folder)


def opened(folder: Path) -> tuple[Database, SqlLedger, SqlRegistry]:
    """The ledger that was made."""
    keys = load_keys(folder / "keys.json")
    database = open_database(url(folder), create=False)
    ledger = SqlLedger.open(database, keys, system_account="bench", software="remediate", config_digest="")
    return database, ledger, SqlRegistry(database, keys, AUTHORITY)


def change_studies(folder: Path, studies: int, patients: int) -> None:
    """A survey finds another name in one study of a thousand."""
    database, ledger, _ = opened(folder)
    for found in _groups(islice(_studies(studies, patients), 0, None, 1000)):
        assert all(study.evidence for study in found)
        ledger.save_found([with_another_name(study) for study in found], now=NOW)
    database.close()


def with_another_name(study: FoundStudy) -> FoundStudy:
    """The study of somebody who writes the name otherwise."""
    evidence = study.evidence
    assert evidence is not None
    return replace(study, evidence=replace(evidence, patient_name=evidence.patient_name.replace("^", "e^")))


def change_patients(folder: Path, patients: int) -> None:
    """The EPD takes back its word on the BSN of one patient in a thousand."""
    database, _, registry = opened(folder)
    told = (Person(number).change() for number in range(0, patients, 1000))
    for changes in _groups(one._replace(at=1, news=one.news._replace(verified=False)) for one in told):
        registry.apply(changes, (), file="bench", now=NOW)
    database.close()


def _studies(studies: int, patients: int) -> Iterator[FoundStudy]:
    chance = random.Random(7)
    for number in range(studies):
        spread = number * 7_368_787 % 100_000_007  # two primes: UIDs in no order, each once
        uid = f"1.2.826.0.1.3680043.8.498.{spread % 10_000}.{spread // 10_000}.{number % 997}"
        yield Person(chance.randrange(patients)).study(uid, chance)


def _groups(items: Iterator[T]) -> Iterator[list[T]]:
    while group := list(islice(items, GROUP)):
        yield group


def ready(folder: Path, processes: int) -> tuple[Database, SqlLedger, Planner]:
    """Ledger and planner of a folder in which a ledger was made."""
    database, ledger, registry = opened(folder)
    policy = MatchingPolicy(bsn_range=BsnRange.TEST, default_issuer=AUTHORITY)
    judge = Judge(
        registry=registry,
        policy=policy,
        profile=profile_named("other-patient-ids-sequence"),
        reviews=ledger,
        pseudonym=ledger.pseudonym,
    )
    return (
        database,
        ledger,
        Planner(
            studies=ledger,
            decisions=ledger,
            reviews=ledger,
            plans=ledger,
            batches=ledger,
            vault=ledger,
            judge=judge,
            config=config(folder),
            processes=processes,
        ),
    )


def plan(folder: Path, processes: int) -> None:
    """The whole dry run, as the command makes it; its figures as JSON."""
    database, ledger, planner = ready(folder, processes)
    begun, busy = time.perf_counter(), cpu()
    steps: dict[str, tuple[float, float]] = {}

    def step(name: str) -> None:
        nonlocal begun, busy
        steps[name] = time.perf_counter() - begun, cpu() - busy
        begun, busy = time.perf_counter(), cpu()

    planner.judge.registry.snapshot_digest()
    step("snapshot digest")
    plan_id = ledger.next_plan_id()
    where = folder / plan_id
    tally = OrderTally(ordering=Ordering(by=OrderBy.NEED, today=NOW.date()), needs=ledger)
    queue = ReviewQueue(
        studies=ledger, reviews=ledger, queue=ledger, vault=ledger, account="bench", judge=planner.judge,
        settings=ReviewSettings(),
    )  # fmt: skip
    queue.carry(now=NOW)
    step("what is remembered carried")
    with PlanFiles(where, PlanPages(language=Language.EN, hospital="Hospital")) as files:
        draft = planner.make(now=NOW, actor="bench", plan_id=plan_id, sheets=files, order=tally)
        step("judged, sheets written")
        made = files.finish(draft.document)
    step("plan.json written")
    planner.keep(draft, str(where / "plan.json"), made, ordering=tally.ordering)
    step("kept in the ledger")
    queue.refill(plan_id)
    step("queue made anew")
    peak = max(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN)) / 1024
    seconds, work = (sum(step[at] for step in steps.values()) for at in (0, 1))
    figures = {"seconds": seconds, "CPU seconds": work, "peak MiB": peak}
    counts = dict(draft.document.counts())
    print(json.dumps({"figures": figures, "steps": steps, "counts": counts, "digest": draft.document.digest}))
    database.close()


def cpu() -> float:
    """Processor time of this process and of those that it started and that ended."""
    return sum(u.ru_utime + u.ru_stime for u in (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)))


def config(folder: Path) -> Config:
    """Settings as small as they may be."""
    archive = {"ae_title": "REMEDIATE", "host": "127.0.0.1", "port": 4242, "called_ae_title": "ARCHIVE"}
    return parse_config({"archive": archive, "epd": {"default_issuer": AUTHORITY}}, base=folder)


def url(folder: Path) -> str:
    """Where the ledger stands."""
    return f"sqlite:///{folder.resolve() / 'ledger.db'}"


if __name__ == "__main__":
    main()
