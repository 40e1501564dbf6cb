"""Measures reading and loading of patient records: messages/s beside hl7apy and python-hl7, rows/s, look-ups/s.

Run as a script: `python -m tests.bench.bench_epd [MESSAGES] [ROWS]`. Prints one line a measurement and the peak
memory; judges nothing. All figures are of processor time, since the machine may be shared; of the readers the best
of three runs counts.
"""

from __future__ import annotations

import csv
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hl7
from hl7apy.parser import parse_message

from remediate.config.epd import EpdSettings
from remediate.epd.csv.reader import CsvReader
from remediate.epd.csv.table import Extract
from remediate.epd.hl7.messages import Interpreter
from remediate.epd.hl7.reader import AdtMessage, read_messages
from remediate.epd.load import load_files
from remediate.epd.registry import SqlRegistry
from remediate.identity.bsn import passes_eleven_test
from remediate.identity.patients import LocalId
from remediate.identity.verdicts import Asked
from remediate.ledger.database import open_database
from remediate.ledger.keys import Keys
from remediate.ledger.metadata import metadata

COLUMNS = {
    "patient_id": "patientnummer", "bsn": "bsn", "bsn_verified": "bsn_geverifieerd", "birth_date": "geboortedatum",
    "sex": "geslacht", "surname": "achternaam", "surname_prefix": "tussenvoegsel",
    "partner_surname": "partner_achternaam", "partner_prefix": "partner_tussenvoegsel", "given_names": "voornamen",
    "initials": "voorletters",
}  # fmt: skip
SETTINGS = EpdSettings.model_validate({"default_issuer": "HOSPITAL", "csv": {"columns": COLUMNS}})
SYLLABLES = (
    "Ja Vi Ba Sme Mei Mu Bo Vo Pe De Ho Kui Schou Wil Ver Hen Ger Koo Lam Tim Zwa Rij Wou Brou Kra Pos",
    "sen stra ker mans huis ma ger ring veld dijk horst meijer hof kamp berg mer ters boom water laar",
)
SURNAMES = [first + last for first in SYLLABLES[0].split() for last in SYLLABLES[1].split()]
GIVEN = [first + last for first in SYLLABLES[0].split() for last in ("n", "a", "na", "tje", "ne")]
LOOK_UPS = 1_000


def main() -> None:
    """Measure and print."""
    messages, table_rows = (int(text) for text in (sys.argv[1:] + ["100000", "300000"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = "".join(_messages(messages)).encode("latin-1")
        ours = _rate(messages, lambda: _read(content), runs=3)
        interpreted = _rate(messages, lambda: _interpret(content), runs=3)
        print(f"hl7 read {ours:,.0f} messages/s; read and interpreted {interpreted:,.0f} messages/s")
        few = ["".join(m) for m in _sample(_messages(400))]
        print(f"  python-hl7 {_rate(len(few), lambda: [hl7.parse(text) for text in few]):,.0f} messages/s")
        theirs = _rate(len(few) // 4, lambda: [parse_message(text) for text in few[: len(few) // 4]])
        print(f"  hl7apy {theirs:,.0f} messages/s: ours is {ours / theirs:,.0f} times as fast")
        path = folder / "patienten.csv"
        path.write_text("".join(_rows(table_rows)), encoding="utf-8")
        plain = _rate(table_rows, lambda: _read_plain(path), runs=3)
        cells = _rate(table_rows, lambda: _read_cells(path), runs=3)
        interpreted = _rate(table_rows, lambda: _read_csv(path), runs=3)
        print(f"csv read {cells:,.0f} rows/s; read twice and interpreted {interpreted:,.0f} rows/s")
        print(f"  the csv module alone {plain:,.0f} rows/s: {plain / interpreted:.1f} times as fast")
        _measure_registry(folder, path, table_rows)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def _measure_registry(folder: Path, path: Path, table_rows: int) -> None:
    database = open_database(f"sqlite:///{folder / 'ledger.db'}", create=True)
    with database.begin() as connection:
        metadata.create_all(connection)
    registry = SqlRegistry(database, Keys(master=bytes(range(32)), signing=bytes(32)), "HOSPITAL")
    now = datetime.now(UTC)
    print(f"csv loaded {_rate(table_rows, lambda: load_files([path], SETTINGS, registry, now)):,.0f} rows/s")
    print(f"csv loaded again {_rate(table_rows, lambda: load_files([path], SETTINGS, registry, now)):,.0f} rows/s")
    print(f"snapshot digest {_rate(table_rows, registry.snapshot_digest):,.0f} patients/s")
    chance = random.Random(1)
    asked = [
        Asked(LocalId(value=f"{chance.randrange(table_rows):08d}", authority="HOSPITAL"), ())
        for _ in range(min(table_rows, 50_000))
    ]

    def look_up() -> None:
        for start in range(0, len(asked), LOOK_UPS):
            registry.candidates_many(asked[start : start + LOOK_UPS])

    print(f"look-ups {_rate(len(asked), look_up):,.0f} studies/s in batches of {LOOK_UPS:,}")


def _rate(count: int, work: Callable[[], object], *, runs: int = 1) -> float:
    """Items a second of processor time, in the best of some runs."""
    taken = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return count / min(taken)


def _read(content: bytes) -> None:
    for found in read_messages(io.BytesIO(content), file="bench", encoding="latin-1"):
        assert isinstance(found, AdtMessage)


def _interpret(content: bytes) -> None:
    interpreter = Interpreter(SETTINGS, now=99991231)
    for found in read_messages(io.BytesIO(content), file="bench", encoding="latin-1"):
        assert isinstance(found, AdtMessage)
        interpreter.changes(found)


def _read_plain(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass


def _read_cells(path: Path) -> None:
    for _ in Extract(path, SETTINGS.csv).blocks():
        pass


def _read_csv(path: Path) -> None:
    reader = CsvReader(path, settings=SETTINGS.csv, verified=SETTINGS.verified, default_issuer="HOSPITAL")
    for _ in reader.read():
        pass


def _sample(segments: Iterator[str]) -> Iterator[str]:
    yield from segments


def _messages(count: int) -> Iterator[str]:
    chance = random.Random(1)
    for number in range(count):
        surname, given = chance.choice(SURNAMES), chance.choice(GIVEN)
        moment = f"2024{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}{chance.randrange(24):02d}0000"
        yield (
            f"MSH|^~\\&|EPD|HOSPITAL|REMEDIATE|HOSPITAL|{moment}||ADT^A08^ADT_A01|{number}|P|2.4|||AL|NE||8859/1\r"
            f"EVN|A08|{moment}\r"
            f"PID|1||{number:08d}^^^HOSPITAL^PI~{_bsn(number)}^^^NLMINBIZA^NNNLD||{surname}&&{surname}^{given}^^^^^L||"
            f"{1930 + number % 80}{1 + number % 12:02d}{1 + number % 28:02d}|{'MF'[number % 2]}|||"
            "Straat 1^^Stad^^1234AB^NLD||030-1234567\r"
            "PV1|1|O|POLI^^^HOSPITAL||||01234567^Arts^A|||||||||||||||||||||||||||||||||||||20240101\r"
        )


def _rows(count: int) -> Iterator[str]:
    chance = random.Random(2)
    yield ";".join(COLUMNS.values()) + "\r\n"
    for number in range(count):
        birth = f"{1930 + number % 80}-{1 + number % 12:02d}-{1 + number % 28:02d}"
        surname, given = chance.choice(SURNAMES), chance.choice(GIVEN)
        yield f"{number:08d};{_bsn(number)};J;{birth};{'MV'[number % 2]};{surname};;;;{given};{given[0]}\r\n"


def _bsn(number: int) -> str:
    """A test number for every patient; those of many patients are shared, since the range holds few."""
    candidate = 999900000 + number % 90_000
    while not passes_eleven_test(str(candidate)):
        candidate += 1
    return str(candidate)


if __name__ == "__main__":
    main()
