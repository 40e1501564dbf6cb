"""The registry holds what the EPD says last, whatever the order in which its records are read."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from remediate.epd.load import load_files
from remediate.epd.reasons import RejectReason
from remediate.epd.registry import SqlRegistry
from remediate.identity.bsn import Bsn
from remediate.identity.patients import LocalId
from remediate.identity.verdicts import Asked
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
    settings,
    surname,
    update,
    who,
)

T1, T2, T3, T4, T5 = (f"2024010{day}120000" for day in range(1, 6))


def _id(value: str, authority: str = HOSPITAL) -> LocalId:
    return LocalId(value=value, authority=authority)


def _values(registry: SqlRegistry, value: str) -> set[str]:
    patient = who(registry, value)
    return {found.value for found in patient.identifiers} if patient else set()


def test_a_patient_as_the_epd_has_it(registry: SqlRegistry, tmp_path: Path) -> None:
    report = load_text(registry, tmp_path, update(T1, "1", held=BSN, name="de Vries&de&Vries^Anna^M.", sex="F"))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.epd_patient_id, patient.authority) == ("1", HOSPITAL)
    assert (patient.name.surname, patient.name.prefix, patient.name.given_names) == ("Vries", "de", "Anna M.")
    assert (patient.birth_date.isoformat(), patient.sex) == ("1970-02-15", "F") if patient.birth_date else False
    assert patient.bsn == Bsn(BSN)
    assert (patient.bsn_verified, patient.bsn_holders) == (True, 1)
    assert (report.records, report.patients, report.merges, report.rejected) == (1, 1, 0, ())
    assert who(registry, "2") is None
    assert who(registry, "1", "OTHER") is None


def test_absent_leaves_and_two_quotes_delete(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN))
    load_text(registry, tmp_path, update(T2, "1", name="", birth="", sex=""))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.name.surname, patient.sex, patient.bsn) == ("Jansen", "M", Bsn(BSN))
    load_text(registry, tmp_path, adt("A08", T3, pid(number("1"), bsn('""'), name='""', birth='""', sex='""')))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.name.surname, patient.birth_date, patient.sex, patient.bsn) == ("", None, "", None)
    assert patient.bsn_holders == 0


def test_older_messages_fill_gaps_but_do_not_overwrite(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T3, "1", name="New^Jan", birth=""))
    load_text(registry, tmp_path, update(T1, "1", name="Old^Jan", held=BSN))
    patient = who(registry, "1")
    assert patient is not None
    assert patient.name.surname == "New"
    assert patient.birth_date is not None
    assert patient.bsn == Bsn(BSN)


def test_of_two_messages_of_one_moment_neither_is_the_newer(tmp_path: Path) -> None:
    texts = [update(T1, "1", name="First^J", held=BSN), update(T1, "1", name="Second^J", sex="F", held=BSN_2)]
    for at, order in enumerate((texts, texts[::-1], texts * 2)):
        registry = new_registry(tmp_path, f"{at}.db")
        load_text(registry, tmp_path, *order)
        patient = who(registry, "1")
        assert patient is not None
        assert {name.surname for name in (patient.name, *patient.other_names)} == {"First", "Second"}
        assert (patient.sex, patient.bsn, patient.bsn_verified) == ("", None, False)
        load_text(registry, tmp_path, update(T2, "1", name="Second^J", held=BSN_2))
        patient = who(registry, "1")
        assert patient is not None
        assert (patient.sex, patient.bsn, patient.bsn_verified) == ("M", Bsn(BSN_2), True), "a newer word settles it"


def test_merge_chain_and_the_numbers_it_leaves(registry: SqlRegistry, tmp_path: Path) -> None:
    people = [update(T1, str(i), name=f"N{i}^J", held=BSN if i == 3 else "") for i in (1, 2, 3)]
    report = load_text(registry, tmp_path, *people, merge(T2, "2", "1"), merge(T3, "3", "2"))
    assert (report.merges, report.patients) == (2, 1)
    assert [surname(registry, str(i)) for i in (1, 2, 3)] == ["N3"] * 3
    assert _values(registry, "1") == {"1", "2", "3"}
    found = registry.candidates_many([Asked(_id(str(i)), ()) for i in (1, 2, 3)])
    assert [item.by_merged_id for item in found] == [True, True, False]
    assert all(item.by_patient_id[0].epd_patient_id == "3" for item in found)


def test_merge_back_later_reverses_and_a_reversed_repeat_is_refused(registry: SqlRegistry, tmp_path: Path) -> None:
    people = [update(T1, str(i), name=f"N{i}^J") for i in (1, 2)]
    report = load_text(registry, tmp_path, *people, merge(T2, "2", "1"), merge(T2, "1", "2"))
    assert [item.reason for item in report.rejected] == [RejectReason.MERGE_CONTRADICTS]
    assert surname(registry, "1") == surname(registry, "2") != ""  # whichever stood first in the file
    load_text(registry, tmp_path, merge(T3, "1", "2"))
    assert surname(registry, "1") == surname(registry, "2") == "N1"
    load_text(registry, tmp_path, merge(T2, "2", "1"))
    assert surname(registry, "2") == "N1"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_loop_of_three_at_one_moment_stays_one_patient(tmp_path: Path, order: tuple[int, ...]) -> None:
    registry = new_registry(tmp_path)
    merges = [merge(T2, "2", "1"), merge(T2, "3", "2"), merge(T2, "1", "3")]
    people = [update(T1, str(i)) for i in (1, 2, 3)]
    report = load_text(registry, tmp_path, *people, *(merges[at] for at in order))
    assert [item.reason for item in report.rejected] == [RejectReason.MERGE_CONTRADICTS]
    assert report.patients == 1
    assert _values(registry, "1") == {"1", "2", "3"}


def test_loop_over_time_leaves_the_last_survivor(registry: SqlRegistry, tmp_path: Path) -> None:
    people = [update(T1, str(i), name=f"N{i}^J") for i in (1, 2, 3)]
    load_text(registry, tmp_path, *people, merge(T2, "2", "1"), merge(T3, "3", "2"), merge(T4, "1", "3"))
    assert [surname(registry, str(i)) for i in (1, 2, 3)] == ["N1"] * 3


def test_repeats_of_merges_do_nothing(registry: SqlRegistry, tmp_path: Path) -> None:
    texts = [update(T1, "1"), update(T1, "2"), merge(T2, "2", "1"), merge(T2, "2", "1"), merge(T3, "2", "1")]
    load_text(registry, tmp_path, *texts)
    digest = registry.snapshot_digest()
    load_text(registry, tmp_path, *reversed(texts))
    assert registry.snapshot_digest() == digest
    assert registry.patients() == 1


def test_later_update_of_a_merged_number_is_a_patient_of_its_own_again(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", name="One^J"), update(T1, "2", name="Two^J"), merge(T3, "2", "1"))
    load_text(registry, tmp_path, update(T2, "1", name="Late^J"))
    assert surname(registry, "1") == "Two", "an update from before the merge does not undo it"
    load_text(registry, tmp_path, update(T4, "1", name="Again^J"))
    assert (surname(registry, "1"), surname(registry, "2")) == ("Again", "Two")
    assert registry.patients() == 2
    load_text(registry, tmp_path, merge(T5, "2", "1"))
    assert surname(registry, "1") == "Two"


def test_number_change_of_an_unknown_survivor_takes_the_patient_along(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", name="One^J", held=BSN), merge(T2, "9", "1", event="A47"))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.epd_patient_id, patient.name.surname, patient.bsn_verified) == ("9", "One", True)
    assert (registry.patients(), patient.bsn_holders) == (1, 1)


def _renumbered(name: str = "One^J", *, event: str = "A47", at: str = T3, **of: str) -> str:
    return adt(event, at, pid(number("9"), name=name, **of), "MRG|" + number("1"))


def test_the_bsn_goes_along_to_the_number_that_its_patient_gets(registry: SqlRegistry, tmp_path: Path) -> None:
    told = [update(T1, "1", name="One^J", held=BSN), _renumbered()]
    for _ in range(2):  # told again it is no news
        load_text(registry, tmp_path, *told)
        patient = who(registry, "1")
        assert patient is not None
        assert (patient.epd_patient_id, patient.bsn, patient.bsn_verified, patient.bsn_holders) == (
            "9",
            Bsn(BSN),
            True,
            1,
        )
    load_text(registry, tmp_path, update(T4, "9", name="Other^K"))
    patient = who(registry, "9")
    assert patient is not None
    assert not patient.bsn_verified, "it is still the BSN of whom it was told"


@pytest.mark.parametrize(
    "told",
    [
        [update(T1, "1", name="One^J", held=BSN), _renumbered("Other^K")],
        [update(T1, "1", name="One^J", held=BSN), _renumbered(event="A40")],
        [update(T3, "1", name="One^J", held=BSN), _renumbered()],
        [update(T1, "1", name="One^J", held=BSN), update(T2, "1", name="Other^K"), _renumbered("Other^K")],
        [update(T1, "1", name="One^J", held=BSN), update(T4, "1", name="Other^K"), _renumbered()],
        [update(T1, "1", name="One^J", held=BSN), update(T2, "9", name="Other^K", held=BSN_2), _renumbered()],
        [update(T1, "1", name="One^J", held=BSN), update(T4, "1", name="One^J"), _renumbered()],
    ],
    ids=[
        "another person",
        "a merge",
        "one moment",
        "its BSN is another's",
        "given out since",
        "another BSN there",
        "in use since",
    ],
)
def test_no_bsn_goes_along_to_anybody_else(registry: SqlRegistry, tmp_path: Path, told: list[str]) -> None:
    for _ in range(2):
        load_text(registry, tmp_path, *told)
        patient = who(registry, "9")
        assert patient is None or patient.bsn != Bsn(BSN) or not patient.bsn_verified or patient.bsn_holders > 1


def test_survivor_keeps_its_own_data(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN), update(T1, "2", name="Two^J"), merge(T2, "2", "1"))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.name.surname, patient.bsn) == ("Two", None)
    assert registry.candidates(None, [Bsn(BSN)]).by_claim == ()


def test_merge_seen_before_its_patients(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, merge(T3, "2", "1"), update(T1, "1", name="One^J"), update(T1, "2", name="Two^J"))
    assert surname(registry, "1") == surname(registry, "2") == "Two"
    assert registry.patients() == 1


def test_patient_with_two_numbers(registry: SqlRegistry, tmp_path: Path) -> None:
    lab = number("77", authority="LAB")
    both = [adt("A28", T1, pid(number("1"), lab)), adt("A08", T2, pid(lab, number("1"), name="New^J"))]
    load_text(registry, tmp_path, *both, epd=settings(person_issuers=["LAB"]))
    patient = who(registry, "1")
    assert patient is not None
    assert patient == who(registry, "77", "LAB")
    assert patient.name.surname == "New"
    assert patient.identifiers == {_id("1"), _id("77", "LAB")}
    assert registry.candidates(_id("77", "LAB"), ()).by_merged_id is False


def test_of_two_numbers_of_one_patient_either_may_survive(registry: SqlRegistry, tmp_path: Path) -> None:
    for survivor, gone in (("1", "2"), ("2", "1")):
        fresh = new_registry(tmp_path, f"{survivor}.db")
        both = adt("A28", T1, pid(number("1"), number("2"), bsn(BSN), name="Both^J"))
        load_text(fresh, tmp_path, both, merge(T2, survivor, gone))
        patient = who(fresh, gone)
        assert patient is not None
        assert (patient.epd_patient_id, patient.name.surname, patient.bsn_holders) == (survivor, "Both", 1)
        assert fresh.candidates(_id(gone), ()).by_merged_id is True


def test_update_that_lists_a_merged_number_beside_its_survivor(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", name="One^J"), update(T1, "2", name="Two^J"), merge(T2, "2", "1"))
    load_text(registry, tmp_path, adt("A08", T3, pid(number("1"), number("2"), name="Two^J")))
    patient = who(registry, "1")
    assert patient is not None
    assert patient.epd_patient_id == "2"
    assert registry.candidates(_id("1"), ()).by_merged_id is True


def test_delete_person_and_return(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN), update(T2, "1", event="A29"))
    assert who(registry, "1") is None
    assert registry.patients() == 0
    assert registry.candidates(None, [Bsn(BSN)]).by_claim == ()
    load_text(registry, tmp_path, update(T1, "1", held=BSN))
    assert who(registry, "1") is None
    load_text(registry, tmp_path, update(T3, "1"))
    assert who(registry, "1") is not None


def test_holders_are_counted_over_live_patients(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, *(update(T1, str(i), held=BSN, name=f"Jansen^N{i}") for i in (1, 2, 3)))
    patients = registry.candidates(None, [Bsn(BSN), Bsn(BSN_2)]).by_claim
    assert [(p.epd_patient_id, p.bsn_holders) for p in patients] == [("1", 3), ("2", 3), ("3", 3)]
    load_text(registry, tmp_path, merge(T2, "2", "1"), update(T2, "3", held=BSN_2, name="Smit^J"))
    patient = who(registry, "1")
    assert patient is not None
    assert patient.bsn_holders == 1


def test_an_invalid_bsn_leaves_the_patient_without(registry: SqlRegistry, tmp_path: Path) -> None:
    report = load_text(registry, tmp_path, update(T1, "1", held="999911121"))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.bsn, patient.bsn_problem, patient.bsn_verified) == (None, "bsn-eleven-test", False)
    assert [(item.line, item.reason) for item in report.rejected] == [(1, RejectReason.BSN_ELEVEN_TEST)]


def test_another_bsn_needs_its_own_verification(registry: SqlRegistry, tmp_path: Path) -> None:
    epd = settings(verified={"hl7": "pid-32:NNNLD"})
    marked = pid(number("1"), bsn(BSN), rest="|" * 24 + "NNNLD")
    load_text(registry, tmp_path, adt("A28", T1, marked), update(T2, "1", held=BSN), epd=epd)
    patient = who(registry, "1")
    assert patient is not None
    assert patient.bsn_verified is True
    load_text(registry, tmp_path, update(T3, "1", held=BSN_2), epd=epd)
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.bsn, patient.bsn_verified) == (Bsn(BSN_2), False)
    load_text(registry, tmp_path, adt("A28", T1, marked), epd=epd)
    patient = who(registry, "1")
    assert patient is not None
    assert patient.bsn_verified is False


def test_under_another_rule_nothing_is_verified_until_it_is_loaded_again(registry: SqlRegistry, tmp_path: Path) -> None:
    texts = [update(T1, "1", held=BSN), update(T2, "1", name="Jansen^Jan"), update(T1, "2", held=BSN_2)]
    load_text(registry, tmp_path, *texts)
    before = registry.snapshot_digest()
    strict = settings(verified={"hl7": "pid-32:NNNLD"})
    load_text(registry, tmp_path, update(T1, "3"), epd=strict)
    assert [p.bsn_verified for p in (who(registry, "1"), who(registry, "2")) if p] == [False, False]
    load_text(registry, tmp_path, *texts, epd=strict)
    assert [p.bsn_verified for p in (who(registry, "1"), who(registry, "2")) if p] == [False, False]
    load_text(registry, tmp_path, *texts, update(T3, "3", event="A29"))
    assert [p.bsn_verified for p in (who(registry, "1"), who(registry, "2")) if p] == [True, True]
    assert registry.snapshot_digest() == before


def _story(chance: random.Random) -> list[str]:
    """Updates, merges and number changes of a few numbers, each at a moment of its own."""
    texts = []
    for moment in range(1, chance.randrange(4, 14)):
        time = f"202401{moment:02d}120000"
        one, two = chance.sample("123456", 2)
        if chance.random() < 0.45:
            texts.append(merge(time, one, two))
        else:
            held = chance.choice(["", BSN, BSN_2])
            texts.append(update(time, one, name=f"N{moment}^J", held=held))
    return texts


def _live(registry: SqlRegistry) -> dict[str, str]:
    found = registry.candidates_many([Asked(_id(value), ()) for value in "123456"])
    return {
        value: found[at].by_patient_id[0].epd_patient_id for at, value in enumerate("123456") if found[at].by_patient_id
    }


@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9))
def test_links_and_data_do_not_depend_on_the_order_of_loading(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    people = [update("20230101120000", value, name=f"P{value}^J", held=BSN) for value in "123456"]
    story = _story(chance)
    digests, lives = set(), []
    for attempt in range(3):
        registry = new_registry(tmp_path, f"{seed}-{attempt}.db")
        load_text(registry, tmp_path, *people, *story, chunk=chance.choice([1, 3, 100]))
        chance.shuffle(story)
        digests.add(registry.snapshot_digest())
        lives.append(_live(registry))
    assert lives[0] == lives[1] == lives[2]
    assert len(digests) == 1


@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9))
def test_loading_again_in_any_chunks_changes_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    texts = _story(chance)
    same_moment = [re.sub(r"202401\d\d120000", T1, text) for text in texts] + texts[:3]
    registry = new_registry(tmp_path, f"{seed}.db")
    load_text(registry, tmp_path, *same_moment)
    digest = registry.snapshot_digest()
    load_text(registry, tmp_path, *same_moment, chunk=chance.choice([1, 2, 50]))
    assert registry.snapshot_digest() == digest


def test_default_issuer_may_not_change_under_a_registry(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1"))
    registry.default_issuer = "ELSEWHERE"
    with pytest.raises(Exception, match="default_issuer"):
        load_files([tmp_path / "load.txt"], SETTINGS, registry, NOW)


_LISTED = adt("A08", T2, pid(number("1"), number("2"), bsn(BSN)))


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ([update(T1, "1", held=BSN), update(T1, "2"), merge(T2, "1", "2"), _LISTED], "2"),
        ([update(T1, "1", held=BSN), update(T2, "2", held=BSN, event="A28"), merge(T2, "1", "2")], "2"),
        ([update(T1, "1", name="One^J", held=BSN), update(T2, "9", name="One^J"), _renumbered(at=T2)], "9"),
    ],
    ids=["merged and listed", "new and merged", "renumbered and told without"],
)
def test_what_an_epd_sends_in_one_second_about_one_person_leaves_the_bsn_verified(
    tmp_path: Path, told: list[str], value: str
) -> None:
    for order in (told, told[::-1]):
        registry = new_registry(tmp_path, name=f"{order is told}.db")
        load_text(registry, tmp_path, *order)
        patient = who(registry, value)
        assert patient is not None
        assert (patient.bsn, patient.bsn_verified, patient.bsn_holders) == (Bsn(BSN), True, 1)
