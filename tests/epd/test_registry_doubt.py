"""What the EPD changed and we could not read, and what it gave to somebody else, is never believed any longer."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path

import pytest

from remediate.epd.load import load_files
from remediate.epd.reasons import RejectReason
from remediate.epd.registry import SqlRegistry
from remediate.identity.bsn import Bsn
from tests.epd.epd_samples import (
    BSN,
    BSN_2,
    HOSPITAL,
    NOW,
    SETTINGS,
    adt,
    bsn,
    load_text,
    merge,
    new_registry,
    number,
    pid,
    row,
    surname,
    table,
    update,
    who,
)

T1, T2, T3, T4 = (f"2024010{day}120000" for day in range(1, 5))
UNREADABLE = pid(number("1"), bsn(BSN_2), birth="15-02-1970")


def _bsn(registry: SqlRegistry, value: str) -> tuple[Bsn | None, bool]:
    patient = who(registry, value)
    assert patient is not None
    return patient.bsn, patient.bsn_verified


@pytest.mark.parametrize(
    "refused",
    [
        adt("A08", T2, UNREADABLE),
        merge(T2, "9", "1", event="A43"),
        update(T2, "1").replace("EVN|A08", "EVN|A40"),
    ],
    ids=["unreadable", "moved", "contradictory"],
)
def test_a_bsn_is_not_verified_after_a_message_that_could_not_be_read(
    registry: SqlRegistry, tmp_path: Path, refused: str
) -> None:
    report = load_text(registry, tmp_path, update(T1, "1", held=BSN), refused)
    assert (report.records, len(report.rejected)) == (2, 1)
    assert _bsn(registry, "1") == (Bsn(BSN), False)
    load_text(registry, tmp_path, update(T1, "1", held=BSN))
    assert _bsn(registry, "1") == (Bsn(BSN), False)
    load_text(registry, tmp_path, update(T3, "1", held=BSN))
    assert _bsn(registry, "1") == (Bsn(BSN), True)
    load_text(registry, tmp_path, refused)
    assert _bsn(registry, "1") == (Bsn(BSN), True), "older than what was told since"


def test_a_merged_number_that_something_new_is_said_of_no_longer_leads_to_its_survivor(tmp_path: Path) -> None:
    texts = [update(T1, "1"), update(T1, "2", held=BSN), merge(T2, "2", "1"), adt("A08", T3, UNREADABLE)]
    for at, order in enumerate((texts, texts[::-1])):
        registry = new_registry(tmp_path, f"{at}.db")
        load_text(registry, tmp_path, *order)
        assert _bsn(registry, "1") == (None, False)
        assert _bsn(registry, "2") == (Bsn(BSN), True)


def test_of_a_number_that_no_record_could_be_read_of_nothing_is_known(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, adt("A08", T2, UNREADABLE))
    assert (_bsn(registry, "1"), surname(registry, "1")) == ((None, False), "")
    load_text(registry, tmp_path, update(T1, "1", held=BSN))
    assert _bsn(registry, "1") == (Bsn(BSN), False), "what could not be read is the newer word"


def test_a_row_that_cannot_be_read_casts_doubt_too(registry: SqlRegistry, tmp_path: Path) -> None:
    good, bad = row("1"), row("1", held=BSN_2, birth="15-02-1970")
    for rows, verified in (([good], True), ([bad], False), ([bad], False), ([good], True)):
        load_text(registry, tmp_path, table(*rows), name="load.csv")
        assert _bsn(registry, "1") == (Bsn(BSN), verified)


def test_of_a_row_that_can_be_read_and_one_that_cannot_neither_is_believed(tmp_path: Path) -> None:
    good, bad = row("1"), row("1", held=BSN_2, birth="15-02-1970")
    for at, rows in enumerate(([good, bad], [bad, good])):
        registry = new_registry(tmp_path, f"{at}.db")
        report = load_text(registry, tmp_path, table(*rows), name="load.csv")
        assert {item.reason for item in report.rejected} == {
            RejectReason.BIRTH_DATE_UNREADABLE,
            RejectReason.ROWS_CONTRADICT,
        }
        assert _bsn(registry, "1") == (None, False)


def test_of_two_bsns_in_one_message_neither_is_kept(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN))
    report = load_text(registry, tmp_path, adt("A08", T2, pid(number("1"), bsn(BSN), bsn(BSN_2), name="New^J")))
    assert [item.reason for item in report.rejected] == [RejectReason.TWO_BSNS]
    assert (_bsn(registry, "1"), surname(registry, "1")) == ((None, False), "New")
    assert registry.candidates(None, [Bsn(BSN), Bsn(BSN_2)]).by_claim == ()


def test_a_number_given_out_anew_does_not_pass_on_the_bsn_of_the_patient_before(tmp_path: Path) -> None:
    """Deleted and given out again; the messages may come in any order."""
    texts = [
        update(T1, "1", held=BSN),
        update(T2, "1", event="A29"),
        update(T3, "1", name="Smit^Piet", birth="19990101", event="A28"),
    ]
    chance, digests = random.Random(4), set()
    for at in range(5):
        registry = new_registry(tmp_path, f"{at}.db")
        load_text(registry, tmp_path, *texts, chunk=at + 1)
        assert (_bsn(registry, "1"), surname(registry, "1")) == ((None, False), "Smit")
        digests.add(registry.snapshot_digest())
        chance.shuffle(texts)
    assert len(digests) == 1


def test_a_bsn_of_somebody_born_on_another_day_is_not_verified(tmp_path: Path) -> None:
    """The number went to somebody else and the EPD never said so."""
    texts = [update(T1, "1", held=BSN), update(T3, "1", name="Smit^Piet", birth="19990101")]
    for at, order in enumerate((texts, texts[::-1])):
        registry = new_registry(tmp_path, f"{at}.db")
        load_text(registry, tmp_path, *order)
        assert _bsn(registry, "1") == (Bsn(BSN), False)
        load_text(registry, tmp_path, update(T2, "1", name="Smit^Piet", birth="19990101", held=BSN))
        assert _bsn(registry, "1") == (Bsn(BSN), True), "the EPD says so"


@pytest.mark.parametrize(
    "told_of", [pid(number("1"), bsn(BSN), name=""), pid(number("1"), bsn(BSN), birth="")], ids=["no name", "no date"]
)
def test_a_bsn_that_was_told_of_half_a_person_is_not_that_of_whoever_is_named_since(
    told_of: str, registry: SqlRegistry, tmp_path: Path
) -> None:
    """The half that was not known then may be of whoever got the number next; told again, it counts."""
    load_text(registry, tmp_path, adt("A28", T2, told_of))
    load_text(registry, tmp_path, update(T3, "1"), name="since.hl7")
    assert _bsn(registry, "1") == (Bsn(BSN), False)
    load_text(registry, tmp_path, update(T4, "1", held=BSN), name="again.hl7")
    assert _bsn(registry, "1") == (Bsn(BSN), True)


def test_a_row_that_names_another_birth_date_and_bsn_is_believed(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN))
    (tmp_path / "rows.csv").write_text(table(row("1", held=BSN_2, birth="1999-01-01")))
    load_files([tmp_path / "rows.csv"], SETTINGS, registry, NOW)
    assert _bsn(registry, "1") == (Bsn(BSN_2), True)
    assert who(registry, "1", HOSPITAL) is not None


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whom_the_number_was_before_a_bsn_is_kept_in_whatever_order_files_come(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """Known in full, then a BSN without birth date and name, then known in full again."""
    registry = new_registry(tmp_path)
    alone = adt("A08", "20240201120000", pid(number("1"), bsn(BSN), name="", birth="", sex=""))
    told = (update("20240101120000", "1"), alone, update("20240301120000", "1"))
    for at in order:
        load_text(registry, tmp_path, told[at])
    load_text(registry, tmp_path, *told)
    found = who(registry, "1")
    assert found is not None
    assert found.bsn_verified
