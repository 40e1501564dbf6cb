"""Measures every page over a large ledger: the queue, plans, overview, night and ledger, on SQLite and PostgreSQL.

By hand, in this order; DIR is a folder of its own and is kept, for making it takes a quarter of an hour:

    python -m tests.bench.bench_plan 1000000 --dir DIR          # patients, studies, four plans, the queue
    python -m tests.bench.bench_pages DIR --prepare             # nights that were, and a measurement
    python -m tests.bench.bench_pages DIR --copy-to URL         # the same on an empty PostgreSQL
    python -m tests.bench.bench_pages DIR [--postgresql URL]    # median and worst of fifty answers of each page

Beside the time stands the processor time of this process, which is the time on a quiet machine with SQLite.

Each page is asked as Django answers it to somebody who is signed in, at places all over the ledger; `--only WORD` asks
those of which the name has the word. An answer that is neither a page nor another address ends the measuring.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text

from remediate.config.settings import load_config
from remediate.ledger.database import Database, open_database
from remediate.ledger.key_files import load_keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.metadata import metadata
from remediate.ledger.tables.schema import plan_items
from remediate.ledger.tables.study import studies
from remediate.records.ledger import EventType, NewEvent
from remediate.records.roles import Role
from remediate.records.states import State
from remediate.web.starting import set_up
from tests.bench.bench_plan import AUTHORITY, Person, url
from tests.web.pages import sign_in

TIMES = 50
GROUP = 10_000
NIGHTS = 30
SHARE = 0.5
"""Of the plan's studies, those that nights have put right already."""
BEGAN = datetime(2026, 1, 2, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """What is asked: an address for each place."""

    name: str
    ask: Callable[[Any, str], Any]


def prepare(folder: Path) -> None:
    """Nights that put half of the newest plan right: each study with the events that it has, and the batches."""
    database, ledger = _opened(folder, url(folder))
    head = next(one for one in ledger.plans() if not one.superseded)
    ledger.approve(head.plan_id, NewEvent(type=EventType.APPROVED, at=BEGAN, actor="A. Pprover", plan=head.plan_id))
    with database.read() as connection:
        query = select(plan_items.c.study_instance_uid).where(plan_items.c.plan_id == head.plan_id)
        uids = sorted(connection.execute(query).scalars())
    random.Random(1).shuffle(uids)
    done = uids[: int(len(uids) * SHARE)]
    each = len(done) // NIGHTS + 1
    for night, start in enumerate(range(0, len(done), each)):
        _night(database, ledger, head.plan_id, done[start : start + each], BEGAN + timedelta(days=night))
        print(f"night {night + 1} of {NIGHTS}", flush=True)
    database.close()
    _config(folder, url(folder))
    subprocess.run([sys.executable, "-m", "remediate", "--config", folder / "config.yaml", "measure"], check=True)


def _night(database: Database, ledger: SqlLedger, plan_id: str, uids: list[str], at: datetime) -> None:
    batch = ledger.open_batch(plan_id, NewEvent(type=EventType.BATCH_OPENED, at=at, plan=plan_id)).batch_id
    for start in range(0, len(uids), GROUP):
        part = uids[start : start + GROUP]
        with database.begin() as connection:
            theirs = studies.c.study_instance_uid.in_(part)
            connection.execute(studies.update().where(theirs).values(state="verified", reason="read-back"))
            items = plan_items.c.study_instance_uid.in_(part) & (plan_items.c.plan_id == plan_id)
            connection.execute(plan_items.update().where(items).values(state="verified", batch_id=batch))
        ledger.record(*(event for uid in part for event in _of_a_study(uid, batch, plan_id, at)))
    ledger.close_batch(
        batch, "done", {"verified": len(uids)}, NewEvent(type=EventType.BATCH_CLOSED, at=at, plan=plan_id)
    )


def _of_a_study(uid: str, batch: str, plan_id: str, at: datetime) -> Iterator[NewEvent]:
    course = (
        (EventType.RETRIEVED, None, ""),
        (EventType.INTENT, State.INTENT, ""),
        (EventType.STORED, State.STORED, ""),
        (EventType.VERIFIED, State.VERIFIED, "read-back"),
    )
    for type_, state, reason in course:
        yield NewEvent(type=type_, at=at, study=uid, batch=batch, plan=plan_id, state=state, reason=reason)


def copy(folder: Path, where: str) -> None:
    """Every row, table by table, on an empty PostgreSQL."""
    source, made = create_engine(url(folder)), open_database(where, create=True)
    keys = load_keys(folder / "keys.json")
    SqlLedger.create(made, keys, system_account="bench", software="remediate", config_digest="", now=BEGAN)
    made.close()
    target = create_engine(where)
    with source.connect() as rows, target.begin() as to:
        to.execute(text("SET session_replication_role = replica"))  # neither triggers nor foreign keys
        for table in metadata.sorted_tables:
            to.execute(table.delete())
            names, begun, count = ", ".join(f'"{one.name}"' for one in table.columns), time.perf_counter(), 0
            with to.connection.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as stream:  # type: ignore[attr-defined]
                for row in rows.execution_options(stream_results=True).execute(select(table)):
                    stream.write_row(tuple(row))
                    count += 1
            print(f"{table.name}: {count:,} rows in {time.perf_counter() - begun:.0f} s", flush=True)
        _numbers(to)
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _numbers(connection: Any) -> None:
    """What counts up by itself goes on after what was copied."""
    for table in metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            found = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
            most = f'(SELECT coalesce(max("{key.name}"), 0) + 1 FROM "{table.name}")'
            connection.execute(text(f"SELECT setval({found}, {most}, false) WHERE {found} IS NOT NULL"))


def pages(ledger: SqlLedger) -> Iterator[Page]:
    """Every page that shows what a ledger holds, at some place of it."""
    plan = next(one.plan_id for one in ledger.plans() if not one.superseded)
    batch = ledger.batches()[0].batch_id
    listed = f"/plans/{plan}/studies"
    with ledger._database.read() as connection:
        groups = connection.execute(select(studies.c.state, studies.c.reason).distinct()).all()
        events = connection.execute(text("SELECT max(seq) FROM events")).scalar_one()
    far = random.Random(4)

    def get(name: str, path: str, **asked: str) -> Page:
        return Page(name, lambda client, uid: client.get(path.format(uid=uid), _told(asked, uid)))

    yield get("overview", "/")
    yield get("night", "/night")
    yield get("plans", "/plans")
    yield get("a plan", f"/plans/{plan}")
    yield get("a plan's studies", listed)
    yield get("a plan's studies, further on", listed, after="{uid}")
    for state in ("planned", "review", "correct", "excluded"):
        yield get(f"its studies {state}", listed, state=state)
        yield get(f"its studies {state}, further on", listed, state=state, after="{uid}")
    for state, reason in sorted(groups):
        if state in ("planned", "review", "correct", "excluded"):
            yield get(f"its studies {state}, {reason}", listed, state=state, reason=reason, after="{uid}")
    yield get("before and after", f"{listed}/{{uid}}")
    yield get("the plan's own page", f"/plans/{plan}/page")
    yield from _queue(ledger, get)
    yield get("ledger", "/ledger")
    yield Page("ledger, further on", lambda client, _: client.get("/ledger", {"after": far.randrange(events)}))
    for name, asked in {
        "by study": {"study": "{uid}"}, "by batch": {"batch": batch}, "by person": {"person": "pprover"},
        "by a person nobody is": {"person": "nobody"}, "by type": {"type": "verified"},
        "by a rare type": {"type": "approved"}, "by a type that is not there": {"type": "rollback"},
        "by outcome": {"outcome": "verified"}, "by an outcome that is not there": {"outcome": "quarantined"},
        "amiss": {"failed": "1"}, "by reason": {"reason": "read-back"},
        "by a reason that is not there": {"reason": "other"},
        "of a day": {"since": "2026-01-20", "until": "2026-01-21"},
        "of no day": {"since": "2027-01-20"}, "of a batch, amiss": {"batch": batch, "failed": "1"},
    }.items():  # fmt: skip
        yield get(f"ledger {name}", "/ledger", **asked)
    yield get("a study's history", "/ledger/study/{uid}")
    numbers = random.Random(5)
    yield Page(
        "a patient's history",
        lambda client, _: client.post("/ledger/patient", {"number": Person(numbers.randrange(100_000)).value}),
    )


def _queue(ledger: SqlLedger, get: Callable[..., Page]) -> Iterator[Page]:
    waiting = ledger.queue_groups()
    listed = [patient for one in ("", "4", "a", "q") for patient in ledger.queue_patients("cees", after=one, most=200)]
    entries = [entry for patient in listed for entry in patient.entries]
    chance = random.Random(6)
    yield get("queue", "/queue")
    yield Page("queue, further on", lambda client, _: client.get("/queue", {"after": chance.choice(entries).patient}))
    for name, size in (("the largest kind", waiting[0]), ("the smallest kind", waiting[-1])):
        yield get(f"queue, {name}", "/queue", group=size.group)
        yield get(f"queue, first of {name}", "/queue/first", group=size.group)
        yield get(f"queue, {name} at once ({size.studies})", "/queue/kind", group=size.group, decision="exclude")

    def study(client: Any, _: str) -> Any:
        one = chance.choice(entries)
        return client.get(f"/queue/study/{one.study_instance_uid}", {"group": chance.choice(("", one.group))})

    yield Page("queue, a study", study)


def _told(asked: dict[str, str], uid: str) -> dict[str, str]:
    return {name: value.format(uid=uid) for name, value in asked.items()}


def measure(folder: Path, where: str, only: str, times: int) -> None:
    """A line for each page."""
    database, ledger = _opened(folder, where)
    config = load_config(_config(folder, where))
    set_up(config, load_keys(folder / "keys.json"))
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.contrib.auth import get_user_model
    from django.test import Client

    from remediate.web import accounts

    users = get_user_model().objects
    if not users.filter(username="cees").exists():
        accounts.add("cees", "Dr Cees", list(Role), None)
        TOTP.activate(users.get(username="cees"), generate_totp_secret())
    client = Client(SERVER_NAME="localhost")
    sign_in(client, "cees")
    places = _places(database)
    for page in pages(ledger):
        if only in page.name:
            _measured(page, client, places[:times])
    database.close()


def _places(database: Database) -> list[str]:
    """Studies all over the ledger."""
    with database.read() as connection:
        uids = connection.execute(select(studies.c.study_instance_uid)).scalars().all()
    return random.Random(3).sample(sorted(uids), TIMES)


def _measured(page: Page, client: Any, places: list[str]) -> None:
    """Fewer times where one answer takes seconds."""
    from remediate.web import night

    spent, busy, begun = [], [], time.perf_counter()
    for uid in places:
        night.forget()  # what is shared within a second is worked out each time
        before, work = time.perf_counter(), time.process_time()
        answer = page.ask(client, uid)
        if answer.status_code not in (200, 302):
            raise SystemExit(f"{page.name}: {answer.status_code}")
        size = sum(map(len, answer.streaming_content)) if answer.streaming else len(answer.content)
        spent.append((time.perf_counter() - before) * 1_000)
        busy.append((time.process_time() - work) * 1_000)
        if time.perf_counter() - begun > 30:
            break
    mark = "  OVER" if statistics.median(spent) > 300 else ""
    told = f"median {statistics.median(spent):8.1f} ms, worst {max(spent):8.1f}"
    told += f", of processor {statistics.median(busy):7.1f}, {len(spent):2} times, {size:9,} bytes"
    print(f"{page.name:52} {told}{mark}", flush=True)


def _opened(folder: Path, where: str) -> tuple[Database, SqlLedger]:
    keys = load_keys(folder / "keys.json")
    database = open_database(where, create=False)
    return database, SqlLedger.open(database, keys, system_account="bench", software="remediate", config_digest="")


def _config(folder: Path, where: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        "archive:\n  ae_title: REMEDIATE\n  host: 127.0.0.1\n  port: 4242\n  called_ae_title: ARCHIVE\n"
        f"epd:\n  default_issuer: {AUTHORITY}\nledger:\n  url: {where}\n"
    )
    return path


def main() -> None:
    """Prepare, copy or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--copy-to", metavar="URL")
    parser.add_argument("--postgresql", metavar="URL", default="")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--only", metavar="WORD", default="", help="pages of which the name has it")
    given = parser.parse_args()
    folder = given.folder.resolve()
    if given.prepare:
        prepare(folder)
    elif given.copy_to:
        copy(folder, given.copy_to)
    else:
        measure(folder, given.postgresql or url(folder), given.only, given.times)


if __name__ == "__main__":
    main()
