"""Loading: told formats apart, in order, killed anywhere and started again, and what stands in the database then."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from remediate.demo.epd_files import REJECTED_RECORDS, write_epd
from remediate.demo.hospital import build_hospital
from remediate.demo.people import ISSUER
from remediate.epd import load
from remediate.epd.load import LoadEnding, load_files
from remediate.epd.reasons import RejectReason
from remediate.epd.registry import SqlRegistry
from remediate.errors import EpdError
from remediate.identity.bsn import Bsn
from remediate.identity.patients import LocalId
from remediate.identity.verdicts import Asked
from remediate.ledger.database import open_database
from tests.epd.epd_samples import (
    BSN,
    BSN_2,
    HOSPITAL,
    NOW,
    SETTINGS,
    keys,
    load_text,
    merge,
    new_registry,
    row,
    settings,
    surname,
    table,
    update,
    who,
)
from tests.servers import REPOSITORY

T1, T2, T3 = "20240101120000", "20240102120000", "20240103120000"

LOADER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.epd.epd_samples import NOW, SETTINGS, keys, HOSPITAL
from sqlalchemy import event
from remediate.epd.load import load_files
from remediate.epd.registry import SqlRegistry
from remediate.ledger.database import open_database
database = open_database(sys.argv[2], create=False)
left = int(sys.argv[3])
def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
    event.listen(database.engine, name, step)
load_files([Path(name) for name in sys.argv[4:]], SETTINGS, SqlRegistry(database, keys(), HOSPITAL), NOW, chunk=25)
"""
"""Loads, and kills itself at a given step of the database: before a statement, after it, or before a commit."""


@pytest.mark.parametrize(
    ("content", "patients"),
    [
        (update(T1, "1"), 1),
        ("\x0b" + update(T1, "1") + "\x1c\r", 1),
        ("\r\n\r\n" + update(T1, "1").replace("\r", "\r\n"), 1),
        ("FHS|^~\\&|\rBHS|^~\\&|\r" + update(T1, "1") + "BTS|1\rFTS|1\r", 1),
        ("the end of a message cut by the export\r" + update(T1, "1"), 1),
        (table(row("1"), row("2")), 2),
        ("\ufeff" + table(row("1")), 1),
    ],
)
def test_formats_are_told_apart_by_content(registry: SqlRegistry, tmp_path: Path, content: str, patients: int) -> None:
    (tmp_path / "anything").write_bytes(content.encode())
    assert load_files([tmp_path / "anything"], SETTINGS, registry, NOW).patients == patients


def test_hl7_in_utf_16_is_not_taken_for_something_else(registry: SqlRegistry, tmp_path: Path) -> None:
    for codec in ("utf-16", "utf-16-le", "utf-16-be"):
        (tmp_path / "wide.hl7").write_bytes(update(T1, "1").encode(codec))
        with pytest.raises(EpdError, match="UTF-16"):
            load_files([tmp_path / "wide.hl7"], SETTINGS, registry, NOW)


def test_one_wrong_clock_does_not_outrank_all_to_come(registry: SqlRegistry, tmp_path: Path) -> None:
    report = load_text(registry, tmp_path, update("20991231120000", "1", name="Wrong^J"), update(T1, "1"))
    assert [item.reason for item in report.rejected] == [RejectReason.TIME_IN_FUTURE]
    assert surname(registry, "1") == "Jansen"


def test_a_configured_format_is_not_guessed(registry: SqlRegistry, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(table(row("1")))
    report = load_files([tmp_path / "f"], settings(format="hl7"), registry, NOW)
    assert [(item.file, item.line, item.reason) for item in report.rejected] == [("f", 1, RejectReason.OUTSIDE_MESSAGE)]


def test_files_are_taken_in_the_order_given(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text(table(row("1", surname="One")))
    two.write_text(table(row("1", surname="Two")))
    for paths, expected in (([one, two], "Two"), ([two, one], "One")):
        registry = new_registry(tmp_path, f"{expected}.db")
        assert load_files(paths, SETTINGS, registry, NOW).files == 2
        assert surname(registry, "1") == expected


def test_progress_tells_the_bytes_that_were_read(registry: SqlRegistry, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(table(*(row(str(i)) for i in range(5000))))
    seen: list[tuple[str, int, int]] = []
    load_files([path], SETTINGS, registry, NOW, progress=lambda name, done, size: seen.append((name, done, size)))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1] == ("p.csv", path.stat().st_size, path.stat().st_size)
    assert len(seen) > 4


def test_a_load_that_is_broken_off_tells_what_it_wrote(registry: SqlRegistry, tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text(table(row("1"), row("2")))
    two.write_text(table(row("3")))
    told: list[tuple[int, int, LoadEnding]] = []

    def ctrl_c(name: str, _read: int, _size: int) -> None:
        if name == two.name:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_files(
            [one, two], SETTINGS, registry, NOW, progress=ctrl_c,
            ended=lambda report, ending: told.append((report.files, report.records, ending)),
        )  # fmt: skip
    assert told == [(2, 2, LoadEnding.INTERRUPTED)]
    assert registry.patients() == 2


def test_the_demo_hospital_is_read_back_as_it_is(tmp_path: Path) -> None:
    hospital = build_hospital(60)
    registry = SqlRegistry(new_registry(tmp_path)._database, keys(), ISSUER)
    epd = settings(default_issuer=ISSUER)
    report = load_files(write_epd(hospital, tmp_path / "epd"), epd, registry, NOW)
    assert len([item for item in report.rejected if item.reason is RejectReason.IDENTIFIER_ABSENT]) == REJECTED_RECORDS
    assert report.merges == len(hospital.merges)
    gone = {merge.gone: merge.survivor for merge in hospital.merges}
    for person in hospital.people:
        patient = registry.patient(LocalId(value=person.number, authority=ISSUER))
        assert patient is not None
        if person.number in gone:
            continue
        assert (patient.birth_date, patient.sex) == (person.birth_date, person.sex)
        assert patient.name.surname == person.name.surname
        assert patient.name.partner_surname == person.name.partner_surname
        assert patient.name.given_names == person.name.given_names
        if person.bsn_verified and person.bsn:
            assert patient.bsn is not None
            assert patient.bsn.digits == person.bsn
            assert patient.bsn_verified


def test_look_ups_in_one_batch_are_those_one_by_one(registry: SqlRegistry, tmp_path: Path) -> None:
    chance = random.Random(3)
    texts = [update(T1, str(i), held=chance.choice([BSN, BSN_2, ""]), name=f"N{i % 7}^J") for i in range(60)]
    texts += [merge(T2, str(chance.randrange(60)), str(i)) for i in range(0, 60, 4)]
    load_text(registry, tmp_path, *texts)
    asked = [
        Asked(LocalId(value=str(chance.randrange(70)), authority=HOSPITAL) if chance.random() < 0.8 else None,
              tuple(Bsn(held) for held in chance.sample([BSN, BSN_2], chance.randrange(3))))
        for _ in range(200)
    ]  # fmt: skip
    together = registry.candidates_many(asked)
    assert together == [registry.candidates(local, claims) for local, claims, _ in asked]
    assert any(found.by_merged_id for found in together)
    assert any(len(found.by_claim) > 2 for found in together)
    assert registry.candidates_many([]) == []


def test_killed_at_any_moment_and_started_again(tmp_path: Path) -> None:
    rows = [row(str(i), surname=f"N{i}") for i in range(300)]
    texts = [update(T1, str(i), name=f"M{i}^J") for i in range(0, 300, 3)]
    texts += [merge(T2, str(i + 1), str(i)) for i in range(0, 300, 7)]
    texts += [update(T2, str(i), birth="x") for i in range(2, 300, 50)]
    texts += [update(T2, str(i), event="A29") for i in range(5, 300, 50)]
    (tmp_path / "rows.csv").write_text(table(*rows))
    (tmp_path / "adt.hl7").write_text("".join(texts))
    paths = [tmp_path / "rows.csv", tmp_path / "adt.hl7"]
    whole = new_registry(tmp_path, "whole.db")
    expected = load_files(paths, SETTINGS, whole, NOW)
    new_registry(tmp_path, "killed.db")
    url = f"sqlite:///{tmp_path / 'killed.db'}"
    registry = SqlRegistry(open_database(url, create=False), keys(), HOSPITAL)
    seen = set()
    for step in (40, 83, 186):
        arguments = [sys.executable, "-c", LOADER, str(REPOSITORY), url, str(step), *map(str, paths)]
        assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
        seen.add(registry.snapshot_digest())
    assert len(seen) > 2, "killed in different places"
    assert whole.snapshot_digest() not in seen
    report = load_files(paths, SETTINGS, registry, NOW)
    assert registry.snapshot_digest() == whole.snapshot_digest()
    assert (report.patients, report.merges, report.rejected) == (expected.patients, expected.merges, expected.rejected)


def test_nothing_that_names_a_person_stands_in_the_database_in_clear(registry: SqlRegistry, tmp_path: Path) -> None:
    secret = "Quirijnstra"
    load_text(registry, tmp_path, update(T1, "1", held=BSN, name=f"{secret}^Zwaantje", birth="19530607"))
    _ = who(registry, "1")
    content = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert HOSPITAL.encode() in content
    for text in (secret, secret.lower(), "Zwaantje", "19530607", "1953-06-07", BSN):
        assert text.encode() not in content


@pytest.mark.parametrize("number", [BSN_2, f"Z{BSN_2}", f"00{BSN_2}"])
def test_a_hospital_number_that_may_be_a_bsn_is_concealed_and_found(
    registry: SqlRegistry, tmp_path: Path, number: str
) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN), update(T1, number), merge(T2, number, "1"))
    load_text(registry, tmp_path, update(T3, number, birth="19530607"))
    assert who(registry, number) == who(registry, "1")
    found = who(registry, number)
    assert found is not None
    assert (found.epd_patient_id, {local.value for local in found.identifiers}) == (number, {number, "1"})
    assert registry.patients() == 1
    content = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert number.encode() not in content


def test_a_sealed_record_under_another_number_is_found_out(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN), update(T1, "2", held=BSN_2))
    with registry._database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE epd_numbers SET record = (SELECT record FROM epd_numbers WHERE value = '1') WHERE value = '2'"
        )
    with pytest.raises(Exception, match="changed, or belongs"):
        who(registry, "2")


def test_rejections_are_kept_once_however_often_a_file_is_read(registry: SqlRegistry, tmp_path: Path) -> None:
    for _ in range(3):
        load_text(registry, tmp_path, update(T1, "1"), update(T1, "1").replace("|1^", "|^"))
    with registry._database.read() as connection:
        kept = connection.exec_driver_sql("SELECT file, line, reason FROM epd_rejected ORDER BY line").all()
    assert [tuple(item) for item in kept] == [("load.txt", 4, "identifier-absent")]


@pytest.mark.parametrize("kept", [0, 3, 1000])
def test_what_is_kept_from_looking_through_is_what_reading_again_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(load, "_KEPT", kept)
    registry = new_registry(tmp_path)
    texts = [update(T1, str(number)) for number in range(10, 30)]
    report = load_text(registry, tmp_path, *texts, update(T2, "10", birth="x"))
    assert (report.records, report.patients) == (21, 20)
    assert [(item.reason, bool(item.explanation)) for item in report.rejected] == [
        (RejectReason.BIRTH_DATE_UNREADABLE, True)
    ]
