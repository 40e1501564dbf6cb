"""Measures the queue's pages over a large ledger; run by hand: python -m tests.bench.bench_queue [STUDIES] [WAITING].

It fills a ledger of a million studies of which a hundred thousand wait for a person, on SQLite, or on a PostgreSQL of
its own with `--postgresql`, and prints the median and the worst of fifty answers for each question that a page asks,
and with `--pages` for each page as Django answers it, at places all over the queue.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from remediate.config.settings import load_config
from remediate.identity.evidence import Evidence
from remediate.ledger.database import open_database
from remediate.ledger.key_files import create_keys
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType, NewEvent
from remediate.records.reviews import Decision, QueueEntry, ReviewDecision, Round
from remediate.records.roles import Role
from remediate.web.starting import set_up
from tests.postgres_server import running_postgresql
from tests.web.pages import sign_in

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GROUP = 20_000
TIMES = 50
PLACES = 97
"""Groups; a few hold most, as reasons do."""


def uid(number: int) -> str:
    """A Study Instance UID."""
    return f"1.2.826.0.1.3680043.8.498.{number:08d}"


def survey(ledger: SqlLedger, studies: int) -> None:
    """Studies, four to a patient."""
    for first in range(0, studies, GROUP):
        found = [
            FoundStudy(
                study_instance_uid=uid(number),
                study_date="20200101",
                modalities=("CT",),
                instances=100,
                evidence=Evidence(patient_id=f"{number // 4:08d}", patient_name="Jansen^Anna", birth_date="19800214"),
            )
            for number in range(first, min(first + GROUP, studies))
        ]
        ledger.save_found(found, now=NOW)


def entries(ledger: SqlLedger, studies: int, waiting: int) -> Iterator[QueueEntry]:
    """A share of them waits, those of a patient together."""
    chance, step = random.Random(1), max(1, studies // waiting)
    for place in range(waiting):
        number = place // 4 * 4 * step + place % 4
        group = min(int(chance.expovariate(0.15)), PLACES)
        yield QueueEntry(
            study_instance_uid=uid(number % studies),
            group=f"surname-differs+kind-{group}:one-letter",
            patient=ledger.pseudonym("review-patient", str(number // 4)),
            may_confirm=chance.random() < 0.6,
        )


def looked_at(ledger: SqlLedger, every: list[QueueEntry]) -> None:
    """One in forty waits for a second person, and of as many two agreed."""
    decisions = [
        ReviewDecision(
            study_instance_uid=one.study_instance_uid, decision=Decision.CONFIRM, seen="s", settled="t",
            person="Dr anna", account="anna", at=NOW, why="why",
        )
        for one in every[::20]
    ]  # fmt: skip
    rounds = [
        Round(
            study_instance_uid=one.study_instance_uid,
            first=one,
            second=replace(one, account="dirk", person="Dr dirk") if number % 2 else None,
            is_closed=bool(number % 2),
        )
        for number, one in enumerate(decisions)
    ]
    for start in range(0, len(rounds), 1_000):
        ledger.save_reviews((), [NewEvent(type=EventType.REVIEW_LOOK, at=NOW)], rounds[start : start + 1_000])


def measure(what: str, ask: Callable[[QueueEntry], object], places: list[QueueEntry]) -> None:
    """The median and the worst of fifty answers, in milliseconds."""
    spent = []
    for place in places:
        begun = time.perf_counter()
        ask(place)
        spent.append((time.perf_counter() - begun) * 1_000)
    print(f"{what:34} median {statistics.median(spent):7.1f} ms, worst {max(spent):7.1f} ms")


def main() -> None:
    """Print a line for each question."""
    parser = argparse.ArgumentParser()
    parser.add_argument("studies", type=int, nargs="?", default=1_000_000)
    parser.add_argument("waiting", type=int, nargs="?", default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--pages", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = stack.enter_context(running_postgresql()).url if given.postgresql else f"sqlite:///{folder}/ledger.db"
        database = open_database(url, create=True)
        keys = create_keys(Path(folder) / "keys.json")
        ledger = SqlLedger.create(
            database, keys, system_account="bench", software="remediate 0", config_digest="a" * 52, now=NOW
        )
        begun = time.perf_counter()
        survey(ledger, given.studies)
        print(f"{given.studies} studies kept in {time.perf_counter() - begun:.0f} s")
        every = list(entries(ledger, given.studies, given.waiting))
        begun = time.perf_counter()
        ledger.fill_queue("plan-0001", every)
        print(f"queue of {given.waiting} filled in {time.perf_counter() - begun:.1f} s")
        looked_at(ledger, every)
        tell(ledger, every)
        if given.pages:
            tell_pages(Path(folder), url, keys, every)
        database.close()


def tell_pages(folder: Path, url: str, keys: Keys, every: list[QueueEntry]) -> None:
    """Every page of the queue, as a reviewer of its own who is signed in."""
    (folder / "config.yaml").write_text(f"archive:\n  port: 104\n  called_ae_title: NONE\nledger:\n  url: {url}\n")
    config = load_config(folder / "config.yaml")
    set_up(config, keys)
    from django.contrib.auth import get_user_model

    from remediate.web import accounts

    accounts.add("cees", "Dr Cees", [Role.REVIEWER], None)
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.test import Client

    TOTP.activate(get_user_model().objects.get(username="cees"), generate_totp_secret())
    client = Client(SERVER_NAME="localhost")
    sign_in(client, "cees")

    def get(path: str, **asked: str) -> None:
        answer = client.get(path, asked)
        if answer.status_code not in (200, 302):
            raise SystemExit(f"{path}: {answer.status_code}")

    places = random.Random(3).sample(every, TIMES)
    print("pages:")
    measure("the queue", lambda _: get("/queue"), places)
    measure("the queue, further on", lambda at: get("/queue", after=at.patient), places)
    measure("the queue, one kind", lambda at: get("/queue", group=at.group, after=at.patient), places)
    measure("the first study", lambda _: get("/queue/first"), places)
    measure("a study", lambda at: get(f"/queue/study/{at.study_instance_uid}", group=at.group), places)


def tell(ledger: SqlLedger, every: list[QueueEntry]) -> None:
    """Every question of a page."""
    places = random.Random(2).sample(every, TIMES)
    for account in ("anna", "bram"):
        print(f"as {account}:")
        tell_account(ledger, account, places)
    measure("a whole group", lambda at: ledger.queue_of_group("bram", at.group), places)
    measure("what waits for others", lambda _: ledger.second_looks(), places)


def tell_account(ledger: SqlLedger, account: str, places: list[QueueEntry]) -> None:
    """What one person asks."""

    def lease(at: QueueEntry) -> object:
        return ledger.lease_review(at.study_instance_uid, account, account, timedelta(minutes=10), now=NOW)

    measure("groups with counts", lambda _: ledger.queue_groups(), places)
    measure("a page of 20 patients", lambda at: ledger.queue_patients(account, after=at.patient), places)
    measure("of one group", lambda at: ledger.queue_patients(account, group=at.group, after=at.patient), places)
    measure("a page with its studies", lambda at: page_rows(ledger, account, at), places)
    measure("the next study", lambda at: ledger.queue_beside(account, at), places)
    measure("the one before", lambda at: ledger.queue_beside(account, at, back=True), places)
    measure("the next of one group", lambda at: ledger.queue_beside(account, at, group=at.group), places)
    measure("a study", lambda at: ledger.queue_entry(at.study_instance_uid), places)
    measure("a lease", lease, places)


def page_rows(ledger: SqlLedger, account: str, at: QueueEntry) -> object:
    """What a page shows of its studies."""
    page = ledger.queue_patients(account, after=at.patient)
    uids = [one.study_instance_uid for patient in page for one in patient.entries]
    return ledger.studies_named(uids), ledger.leases(uids, now=NOW)


if __name__ == "__main__":
    main()
