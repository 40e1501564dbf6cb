"""What other institutions sent, by sender, against how many the generator made; and the letters to them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from leaks import Secrets, leaks_in, leaks_under
from measured_hospital import surveyed_place
from workplace import Workplace, load_epd

from remediate.demo.hospital import build_hospital
from remediate.demo.received import SENDERS, received_studies, write_address_book
from remediate.errors import UsageError
from remediate.workflow.measure.address_book import read_address_book
from remediate.workflow.measure.received import nameable

OWN = ["Ziekenhuis Oost", "ziekenhuis west", "Polikliniek  Haven"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A hospital with studies of its own and of three senders, two of which the address book knows."""
    folder = tmp_path_factory.mktemp("received")
    place = surveyed_place(folder, build_hospital(12), received_studies())
    load_epd(place)
    book = write_address_book(folder / "address-book.csv")
    place.configure(
        measure={"own_institutions": OWN, "address_book": str(book)}, report={"hospital": "Ziekenhuis Oost"}
    )
    return place


def letters(place: Workplace) -> dict[str, str]:
    """Every letter by the institution to which it goes."""
    found = {}
    for path in (place.folder / "measurements" / "letters").iterdir():
        text = path.read_text(encoding="utf-8")
        found[next(line.removeprefix("Aan: ") for line in text.splitlines() if line.startswith("Aan: "))] = text
    return found


def test_every_sender_has_its_own_numbers(place: Workplace) -> None:
    answer = place.must("measure", "received").answer
    assert set(answer["by"]["institution"]) == {sender.name for sender in SENDERS}
    for sender in SENDERS:
        group = answer["by"]["institution"][sender.name]
        assert group["correct"] == sender.right
        assert group["studies"] == sender.right + sender.retired + sender.missing
        assert group["wrong"].get("missing", 0) == sender.missing
        assert group["wrong"].get("misplaced-other-patient-ids", 0) == sender.retired
        assert sum(group["exceptions"].values()) == sender.newborn
        assert group["contact"] == (sender.name != "Zorggroep Midden")
    assert answer["without_contact"] == ["Zorggroep Midden"]
    assert answer["studies"] == sum(group["studies"] for group in answer["by"]["institution"].values())
    assert answer["problems"]["no-institution"]["lines"] == [4]


def test_each_sender_with_something_wrong_gets_a_letter_that_names_it(place: Workplace) -> None:
    answer = place.must("measure", "received").answer
    found = letters(place)
    assert set(found) == {sender.name for sender in SENDERS}
    assert sorted(answer["letters"]) == sorted(
        str(path) for path in (place.folder / "measurements" / "letters").iterdir()
    )
    zuid = found["Kliniek Zuid"]
    assert "Wij ontvingen van u 10 onderzoeken" in " ".join(zuid.split())
    assert "Bij 2 daarvan (20,0 %)" in " ".join(zuid.split())
    assert "- 5 keer: Het BSN staat in Other Patient IDs (0010,1000), zonder uitgever." in zuid
    assert "- 3 keer: Het onderzoek draagt geen BSN." in zuid
    assert "T.a.v. Afdeling Radiologie" in zuid
    assert "radiologie@zuid.example" in zuid
    assert max(map(len, zuid.splitlines())) <= 90
    numbers = {f"ACC{study.frame.number:06d}" for study in received_studies()}
    named = {word.strip(",") for word in zuid.split() if word.startswith("ACC")}
    assert len(named) == 8
    assert named <= numbers


def test_letters_and_figures_name_no_patient(place: Workplace) -> None:
    ran = place.json("measure", "received")
    persons = [study.case.identity for study in received_studies()]
    secrets = Secrets.of(place.hospital)
    bsns = {study.truth.bsn.digits.encode() for study in received_studies() if study.truth.bsn}
    secrets = Secrets(bsns=secrets.bsns | frozenset(bsns), surnames=secrets.surnames)
    assert list(leaks_under(place.folder / "measurements", secrets)) == []
    assert list(leaks_in(ran.out.encode(), "measure received", secrets)) == []
    written = "".join(letters(place).values())
    for identity in persons:
        assert identity.patient_name.partition("^")[0] not in written
        assert identity.patient_id not in written


def test_the_period_is_the_study_date(place: Workplace) -> None:
    counted = Counter(study.study_date[:6] for study in received_studies() if study.truth.variant != "newborn")
    month = max(counted)
    answer = place.must("measure", "received", "--from", f"{month[:4]}-{month[4:]}-01").answer
    assert answer["studies"] == counted[month]
    nothing = place.must("measure", "received", "--from", "2031-01-01").answer
    assert (nothing["studies"], nothing["share"], nothing["letters"]) == (0, None, [])
    assert "No study of another institution" in place.run("measure", "received", "--from", "2031-01-01").out


def test_without_own_names_nobody_can_tell_what_was_received(place: Workplace, tmp_path: Path) -> None:
    other = surveyed_place(tmp_path / "place", build_hospital(3))
    ran = other.json("measure", "received")
    assert ran.code == 64
    assert "measure.own_institutions" in ran.one_line


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("ACC000123", True),
        ("2026.123457", True),
        ("999911121", True),
        ("999911120", False),
        ("0999911120", False),
        ("2026-999911120", False),
        ("10000008", False),
        ("9999.11.120", False),
        ("BSN 999911120", False),
        ("JANSEN^P", False),
        ("", False),
    ],
)
def test_a_number_that_may_be_a_bsn_is_not_named(number: str, may: bool) -> None:
    assert (nameable(number) is not None) == may


def test_an_address_book_in_yaml_and_one_in_csv_say_the_same(tmp_path: Path) -> None:
    yaml = tmp_path / "book.yaml"
    yaml.write_text(
        "- institution: Kliniek Zuid\n  contact: Radiologie\n  aliases: [Zuid, ZUIDKLINIEK]\n- contact: niemand\n- 3\n"
        "- institution: zuid\n"
    )
    csv = tmp_path / "book.csv"
    csv.write_text("Institution,Contact,Aliases\nKliniek Zuid,Radiologie,Zuid|ZUIDKLINIEK\n,niemand,\nzuid,,\n")
    for path in (yaml, csv):
        book = read_address_book(path)
        for name in ("kliniek  zuid", "ZUID", "Zuidkliniek"):
            contact = book.find(name)
            assert contact is not None
            assert contact.contact == "Radiologie"
        assert book.find("Noord") is None
    assert [reason.value for _, reason in read_address_book(yaml).problems] == [
        "no-institution", "not-an-entry", "two-entries",
    ]  # fmt: skip
    assert [number for number, _ in read_address_book(csv).problems] == [2, 3]


@pytest.mark.parametrize(("name", "text"), [("a.csv", "name;phone\n"), ("a.yaml", "a: b"), ("a.yml", "- [")])
def test_what_is_no_address_book_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=name):
        read_address_book(tmp_path / name)
    with pytest.raises(UsageError, match="cannot be read"):
        read_address_book(tmp_path / "absent.csv")


def test_a_letter_is_dated(place: Workplace) -> None:
    place.must("measure", "received")
    assert f"{date.today():%d-%m-%Y}" in next(iter(letters(place).values()))  # noqa: DTZ011 - as on paper
