"""Worker processes on one PostgreSQL and one Orthanc: killed, frozen, without their server; then all is counted.

`soak_workers.py [SECONDS] [--kills N] [--studies N] [--rate OBJECTS] [--sqlite]`: two machines (two spools) with two
processes each, or one process on an embedded ledger. The seconds are a limit (1800 when not told). Without kills it
only measures what handing out costs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import yaml
from sqlalchemy import create_engine, select

from remediate.config.yaml_text import read_yaml
from remediate.demo.hospital import build_hospital
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import plan_items
from remediate.night.study_job import StudyJob
from remediate.records.ledger import EventType
from remediate.records.states import State
from tests.acceptance.orthanc_objects import OrthancObjects
from tests.night.oracle import Condition, conditions
from tests.postgres_server import running_postgresql
from tests.servers import running_orthanc
from tests.workplace import Workplace

_WORK = (EventType.INTENT, EventType.STORED, EventType.VERIFIED)
LEASE = 20
"""Seconds that a claim holds; the frozen worker sleeps longer."""


def main() -> int:
    """One plan, from the first kill to the last count; fails at the first thing that is not whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=1800)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--rate", type=float, default=4.0)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-workers-")))
        orthanc = OrthancObjects(stack.enter_context(running_orthanc()))
        if asked.sqlite:
            server, url = None, ""
        else:
            server = stack.enter_context(running_postgresql(fsync="on", synchronous_commit="on"))
            with create_engine(server.url, isolation_level="AUTOCOMMIT").connect() as connection:
                connection.exec_driver_sql("CREATE DATABASE remediate")
            url = f"postgresql://tests@/remediate?host={server.base}"
        place = orthanc.planned_workplace(base / "one", build_hospital(asked.studies), ledger_url=url)
        place.configure(execute={"lease_seconds": LEASE, "patience_seconds": 10, "associations": 4, "ramp": [1, 3]})
        for associations in (1, 4):
            _overhead(place, associations)
        if not asked.kills:
            return 0
        place.configure(execute={"limits": {"objects_per_second": asked.rate}})
        rng, begun = random.Random(asked.seed), time.monotonic()
        before = Counter(orthanc.arrivals())
        with _crews(place, 1 if asked.sqlite else 2) as crews:
            _trouble(crews, rng, asked.kills, server, time.monotonic() + asked.seconds, place.folder / "crew-1.log")
            for crew in crews:
                crew.wait(asked.seconds)
        arrivals = Counter(orthanc.arrivals()) - before
        print(f"{asked.kills} kills and the rest took {time.monotonic() - begun:.0f} s", flush=True)
        _next_nights(place)
        _rate(arrivals, asked.rate)
        _count(place, orthanc)
    return 0


_HANDING_OUT = ("claim", "finish", "owners", "take_back", "book_seats")
_FENCE = ("renew", "holds")


def _overhead(place: Workplace, associations: int) -> None:
    """What handing out costs, and the fence that guards it, against the time that studies take a worker; in one
    process."""
    spent: Counter[str] = Counter()
    calls: Counter[str] = Counter()

    def timed(of: type, name: str):  # type: ignore[no-untyped-def]
        real = getattr(of, name)

        def call(*arguments, **named):  # type: ignore[no-untyped-def]
            at = time.perf_counter()
            try:
                return real(*arguments, **named)
            finally:
                spent[name] += time.perf_counter() - at
                calls[name] += 1

        return patch.object(of, name, call)

    place.configure(execute={"associations": associations})
    with ExitStack() as stack:
        for name in (*_HANDING_OUT, *_FENCE):
            stack.enter_context(timed(SqlLedger, name))
        stack.enter_context(timed(StudyJob, "run"))
        done = place.must("execute", place.plan, "--now", "--max-studies", "40", code=3).answer["verified"]
    took = spent["run"]
    told = ", ".join(f"{name} {1000 * spent[name] / done:.2f} ms in {calls[name] / done:.1f}" for name in spent)
    handing, fence = (sum(spent[name] for name in names) for names in (_HANDING_OUT, _FENCE))
    print(
        f"{associations} at a time, a study takes {1000 * took / done:.0f} ms: handing out {1000 * handing / done:.2f} "
        f"ms, {100 * handing / took:.2f} %; fence {100 * fence / took:.2f} %; a study: {told}",
        flush=True,
    )


@contextmanager
def _crews(place: Workplace, machines: int) -> Iterator[list[subprocess.Popen[str]]]:
    crews = []
    for number in range(machines):
        config = place.config
        if number:
            settings = read_yaml(place.config.read_text())
            settings["execute"]["spool"]["folder"] = str(place.folder / f"spool-{number + 1}")
            config = place.folder / f"machine-{number + 1}.yaml"
            config.write_text(yaml.safe_dump(settings))
        words = [sys.executable, "-m", "remediate", "--config", str(config), "worker", "--now", "--once"]
        words += ["--processes", "2"] if machines > 1 else []
        crews.append(_start(words, place.folder / f"crew-{number + 1}.log"))
    try:
        yield crews
    finally:
        for crew in crews:
            crew.send_signal(signal.SIGTERM)
        for number, crew in enumerate(crews, start=1):
            crew.wait(60)
            print(f"crew {number} ended with {crew.returncode}", flush=True)
            if "Traceback" in (place.folder / f"crew-{number}.log").read_text():
                print((place.folder / f"crew-{number}.log").read_text()[-6000:])


def _start(words: Sequence[str], log: Path) -> subprocess.Popen[str]:
    with log.open("a") as file:
        return subprocess.Popen(words, stdout=file, stderr=subprocess.STDOUT, text=True)


def _processes(crews: Sequence[subprocess.Popen[str]]) -> list[int]:
    """Of the workers themselves, not of those that begin them anew."""
    found = []
    for crew in crews:
        children = Path(f"/proc/{crew.pid}/task/{crew.pid}/children")
        if crew.poll() is None and children.exists():
            found += [int(pid) for pid in children.read_text().split()] if len(crews) > 1 else [crew.pid]
    return found


def _trouble(crews, rng: random.Random, kills: int, server, until: float, log: Path) -> None:  # type: ignore[no-untyped-def]
    done, frozen, restarted = 0, False, server is None
    while done < kills and time.monotonic() < until and any(crew.poll() is None for crew in crews):
        time.sleep(2 + 2 * rng.random())
        if not (processes := _processes(crews)):
            continue
        one = rng.choice(processes)
        if done == kills // 3 and not frozen:
            frozen = True
            os.kill(one, signal.SIGSTOP)
            print(f"froze {one} for {LEASE + 5} s", flush=True)
            time.sleep(LEASE + 5)
            os.kill(one, signal.SIGCONT)
        elif done == 2 * kills // 3 and not restarted:
            restarted = True
            server.stop()
            time.sleep(2)
            server.start()
            print("PostgreSQL was restarted", flush=True)
        else:
            os.kill(one, signal.SIGKILL)
            done += 1
            if len(crews) == 1:  # nobody begins it anew, as systemd would
                crews[0].wait()
                crews[0] = _start([str(word) for word in crews[0].args], log)
    print(f"{done} kills, frozen {frozen}, restarted {restarted and server is not None}", flush=True)
    assert done == kills, "the work was done before the kills were"


def _next_nights(place: Workplace) -> None:
    """What was left where its originals lie goes on there, as the next night would."""
    configs = [place.config, *sorted(place.folder.glob("machine-*.yaml"))]
    for number, config in enumerate(configs):
        words = [sys.executable, "-m", "remediate", "--config", str(config), "--json", "execute", place.plan, "--now"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        answer = json.loads(done.stdout) if done.stdout else {}
        print(
            f"next night, machine {number + 1}: exit {done.returncode}, {answer.get('verified')} verified", flush=True
        )


def _rate(arrivals: Counter[str], rate: float) -> None:
    """By Orthanc's own list of what came, a second at a time."""
    seconds = sorted(arrivals)
    at = [_seconds(one) for one in seconds]
    first, last, whole = at[0], at[-1], arrivals.total()
    counts = Counter({_seconds(one): arrivals[one] for one in seconds})
    begins = range(first, max(last - 19, first + 1))
    spans = [sum(counts[second + step] for step in range(20)) / 20 for second in begins]
    print(
        f"{whole} objects in {last - first + 1} s: {whole / (last - first + 1):.2f} a second of {rate:g}; over 20 s at "
        f"most {max(spans):.2f} ({100 * max(spans) / rate:.1f} %), in one second at most {max(counts.values())}",
        flush=True,
    )
    assert max(spans) <= 1.05 * rate + 1 / 20


def _seconds(moment: str) -> int:
    return int(time.mktime(time.strptime(moment, "%Y%m%dT%H%M%S")))


def _count(place: Workplace, orthanc: OrthancObjects) -> None:
    planned = place.planned()
    states = Counter(place.states()[study.study_instance_uid] for study in planned)
    with place.session(exclusive=False) as work:
        verified = Counter(one.event.study for one in work.ledger.events(type_=EventType.VERIFIED))
        patients: dict[str, list[str]] = {}
        with work.database.read() as connection:
            query = select(plan_items.c.study_instance_uid, plan_items.c.patient_key)
            owner = {row.study_instance_uid: row.patient_key for row in connection.execute(query)}
        for entry in work.ledger.events(type_=None):
            key = owner.get(entry.event.study)
            if key and entry.event.batch and entry.event.type in _WORK:
                line = patients.setdefault(key, [])
                if not line or line[-1] != entry.event.batch:
                    line.append(entry.event.batch)
        batches = len(work.ledger.batches())
    mixed = [key for key, line in patients.items() if len(set(line)) != len(line)]
    wrong = [study for study in planned if set(conditions(orthanc, study).values()) != {Condition.CORRECTED}]
    print(
        f"{len(planned)} studies: {dict(states)}; verified once: {sum(n == 1 for n in verified.values())}, more than "
        f"once: {sum(n > 1 for n in verified.values())}; {batches} batches; patients on which two workers took turns: "
        f"{len(mixed)}; wrong in the archive: {len(wrong)}",
        flush=True,
    )
    proof = place.must("ledger", "verify").answer
    assert proof["ok"], proof["problems"]
    assert states == {State.VERIFIED: len(planned)}
    assert set(verified.values()) == {1}
    assert not mixed
    assert wrong == []
    print("every planned study verified once, no two workers on a patient, the ledger proved", flush=True)


if __name__ == "__main__":
    sys.exit(main())
