"""Measures coverage at the size of a region: ten million surveyed studies counted by every dimension.

Run as a script: `python -m tests.bench.bench_measure [STUDIES] [--undecided STUDIES] [--dir DIR]`. It fills the
inventory of a ledger as a plan leaves it, then runs `measure survey` in a process of its own, and prints seconds, CPU
seconds and peak memory. Evidence is filler: measuring what a plan decided never opens it. `--undecided` adds studies
that no plan has seen, as a survey saves them: these are judged one by one. With `--dir` the ledger is made once.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import yaml
from sqlalchemy import LargeBinary, text

from remediate.ledger.database import open_database
from remediate.ledger.key_files import create_keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.study import studies as table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_STANDINGS = """CASE WHEN i % 100 < 55 THEN 'verified,read-back' WHEN i % 100 < 80 THEN 'correct,in-place'
    WHEN i % 100 < 86 THEN 'planned,misplaced-item' WHEN i % 100 < 92 THEN 'planned,missing'
    WHEN i % 100 < 95 THEN 'review,patient-unknown' WHEN i % 100 < 97 THEN 'review,birth-date-differs'
    WHEN i % 100 < 99 THEN 'excluded,newborn' ELSE 'failed,store-refused' END"""
_MODALITIES = "'CT','MR','US','DX','CR','CT\\PT','MG','XA'"
_VALUES = {
    "study_instance_uid": "'1.2.826.0.1.3680043.8.498.' || printf('%08d', i * 7368787 % 100000007) || '.' || i",
    "state": "substr(standing, 1, instr(standing, ',') - 1)",
    "reason": "substr(standing, instr(standing, ',') + 1)",
    "study_date": "printf('%04d%02d%02d', 2005 + abs(random() % 20), 1 + abs(random() % 12), 1 + abs(random() % 28))",
    "modalities": f"json_extract(json_array({_MODALITIES}), '$[' || (station % 8) || ']')",
    "institution_name": "'Ziekenhuis ' || (station % 5)",
    "station_name": "'STATION' || station",
    "referring_department": "'Afdeling ' || (station % 30)",
    "source": "'probe'",
    **dict.fromkeys(("changed_at", "first_seen", "last_seen", "same_since"), "'2026-01-01T00:00:00.000000Z'"),
    "instances": "1 + i % 300",
}
_FILLER = 220  # bytes of a study's evidence, about as a header with one claim takes


def main() -> None:
    """Make the ledger where there is none, then measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--undecided", type=int, default=0)
    parser.add_argument("--dir", type=Path, help="folder in which the ledger is made once and kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = chosen.dir or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "config.yaml").exists():
            make(folder, chosen.studies, chosen.undecided)
        measure(folder)


def make(folder: Path, studies: int, undecided: int) -> None:
    """A ledger with its inventory, filled by the database itself."""
    keys = create_keys(folder / "keys.json")
    database = open_database(f"sqlite:///{folder.resolve() / 'ledger.db'}", create=True)
    ledger = SqlLedger.create(database, keys, system_account="bench", software="remediate", config_digest="", now=NOW)
    begun = time.perf_counter()
    fixed = {
        column.name: f"randomblob({_FILLER})" if isinstance(column.type, LargeBinary) else "''"
        for column in table.columns
        if not column.nullable and column.server_default is None
    }
    values = {name: value for name, value in (fixed | _VALUES).items() if name in table.columns}
    statement = f"""INSERT INTO studies ({", ".join(values)})
        WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {studies}),
        drawn AS MATERIALIZED (SELECT i, abs(random() % 300) AS station, {_STANDINGS} AS standing FROM number)
        SELECT {", ".join(values.values())} FROM drawn"""
    with database.begin() as connection:
        connection.execute(text(statement.replace(":", "\\:")))
    if undecided:
        from tests.bench.bench_plan import _groups, _studies

        for found in _groups(_studies(undecided, max(1, undecided // 5))):
            ledger.save_found(found, now=NOW)
    database.close()
    print(f"made {studies + undecided:,} studies in {time.perf_counter() - begun:,.0f} s", flush=True)
    settings = {"archive": {"port": 4242, "called_ae_title": "ARCHIVE"}, "epd": {"default_issuer": "HOSPITAL"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))


def measure(folder: Path) -> None:
    """The command, as people run it."""
    command = [
        sys.executable,
        "-m",
        "remediate",
        "--config",
        str(folder / "config.yaml"),
        "--json",
        "measure",
        "survey",
    ]
    begun, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, after = time.perf_counter() - begun, getrusage(RUSAGE_CHILDREN)
    answer = json.loads(done.stdout)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    studies, undecided = answer["surveyed"], answer["undecided"]
    print(f"measured {studies:,} studies, {undecided:,} of them judged: share {answer['share']}")
    print(f"  {seconds:.1f} s, {busy:.1f} s of CPU, {1e6 * busy / studies:.2f} us a study")
    print(f"  peak memory {after.ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
