"""What other institutions sent, by sender, against how many the generator made; and the letters to them."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from remediate.config.measure import LetterSettings
from remediate.demo.hospital import build_hospital
from remediate.demo.received import SENDERS, received_studies, write_address_book
from remediate.errors import UsageError
from remediate.identity.evidence import Evidence
from remediate.measure.address_book import AddressBook, read_address_book
from remediate.measure.names import MASKED
from remediate.measure.received import Received, ReceivedStudies, nameable, resembles
from remediate.records.dicom import FoundStudy
from remediate.report.measure.letters import LetterSender
from remediate.report.measure.letters import letters as letters_to
from remediate.report.measure.lines import received_lines
from remediate.report.measure.words import Say
from remediate.texts.language import Language
from tests.leaks import Secrets, leaks_in, leaks_under
from tests.measured_hospital import surveyed_place
from tests.workplace import Workplace, load_epd

OURS = {
    "name": "M. Beheerder", "department": "Functioneel beheer PACS", "email": "pacs@oost.example",
    "reply_within_days": 14,
}  # fmt: skip
OWN = ["Ziekenhuis Oost", "ziekenhuis west", "Polikliniek  Haven"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A hospital with studies of its own and of three senders, two of which the address book knows."""
    folder = tmp_path_factory.mktemp("received")
    place = surveyed_place(folder, build_hospital(12), received_studies())
    load_epd(place)
    book = write_address_book(folder / "address-book.csv")
    place.configure(
        measure={"own_institutions": OWN, "address_book": str(book), "letter": OURS},
        report={"hospital": "Ziekenhuis Oost"},
    )
    return place


def letters(place: Workplace) -> dict[str, str]:
    """Every letter by the institution to which it goes."""
    found = {}
    for path in (place.folder / "measurements" / "letters").iterdir():
        text = path.read_text(encoding="utf-8")
        found[next(line.removeprefix("Aan: ") for line in text.splitlines() if line.startswith("Aan: "))] = text
    return found


def test_what_nobody_could_judge_bounds_the_share_both_ways() -> None:
    group = Received(studies=8, correct=2, not_looked_at=10, unknown_when=2)
    assert group.bounds() == [0.1, 0.7]
    assert Received().bounds() is None


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
    answer = place.must("measure", "received", "--from", "2025-01-01").answer
    assert (answer["period"]["from"], answer["period"]["to"]) == ("2025-01-01", None)
    found = letters(place)
    assert set(found) == {sender.name for sender in SENDERS}
    assert sorted(answer["letters"]) == sorted(
        str(path) for path in (place.folder / "measurements" / "letters").iterdir()
    )
    zuid = found["Kliniek Zuid"]
    assert "Wij ontvingen van u 10 onderzoeken" in " ".join(zuid.split())
    assert "Bij 2 daarvan (20,0 %)" in " ".join(zuid.split())
    plain = " ".join(zuid.split())
    assert "- 5 keer: Het BSN staat in Other Patient IDs (0010,1000), zonder uitgevende instantie." in plain
    assert "- 3 keer: Het onderzoek bevat geen BSN." in zuid
    assert "T.a.v. Afdeling Radiologie" in zuid
    assert "radiologie@zuid.example" in zuid
    for line in (
        "Issuer of Patient ID Qualifiers Sequence (0010,0024)", "Universal Entity ID (0040,0032)",
        "2.16.840.1.113883.2.4.6.3", "Universal Entity ID Type (0040,0033)", "Identifier Type Code (0040,0035)",
    ):  # fmt: skip
        assert line in zuid, "the whole target, as we judge it"
    assert "persoonsgegevens in de zorg, artikelen 4 tot en met 9" in " ".join(zuid.split())
    wished = date.today() + timedelta(days=14)  # noqa: DTZ011 - as on paper
    assert f"uiterlijk {wished:%d-%m-%Y}" in " ".join(zuid.split())
    for line in ("Functioneel beheer PACS", "M. Beheerder", "pacs@oost.example"):
        assert line in zuid.splitlines(), "our own block"
    assert max(map(len, zuid.splitlines())) <= 90
    numbers = {f"ACC{study.frame.number:06d}" for study in received_studies()}
    named = {word.strip(",") for word in zuid.split() if word.startswith("ACC")}
    assert len(named) == 8
    assert named <= numbers


def test_a_letter_speaks_of_the_last_months_and_says_on_what_it_rests(place: Workplace) -> None:
    place.must("measure", "received")
    days = sorted(date.fromisoformat(study.study_date) for study in received_studies())
    zuid = " ".join(letters(place)["Kliniek Zuid"].split())
    told = [date(int(y), int(m), int(d)) for d, m, y in re.findall(r"(\d\d)-(\d\d)-(\d{4}) t", zuid)]
    assert told
    assert min(told) >= days[-1] - timedelta(days=92)
    assert "berusten op de headers van de onderzoeken in ons archief" in zuid


def test_days_that_never_were_or_lie_ahead_make_no_period(place: Workplace, tmp_path: Path) -> None:
    place = place.copy(tmp_path / "place")
    ahead, never = [one for one in received_studies() if one.frame.institution_name == "Kliniek Zuid"][:2]
    wrong = {ahead.study_instance_uid: "20990101", never.study_instance_uid: "20260231"}
    with closing(sqlite3.connect(place.folder / "ledger.db")) as ledger, ledger:
        for uid, day in wrong.items():
            ledger.execute("UPDATE studies SET study_date = ? WHERE study_instance_uid = ?", [day, uid])
    newest = max(one.study_date for one in received_studies() if one.study_instance_uid not in wrong)
    assert newest < "20260231"
    with place.session(exclusive=False) as work:
        assert work.ledger.newest_from_elsewhere(OWN, until=date(2026, 3, 1)) == date.fromisoformat(newest)
    place.must("measure", "received", "--to", "2099-12-31")
    assert not re.search(r"2099|0231|31-02", letters(place)["Kliniek Zuid"])


def test_letters_of_an_earlier_run_are_moved_away(place: Workplace) -> None:
    place.must("measure", "received", "--from", "2025-01-01")
    before = letters(place)
    again = place.must("measure", "received", "--from", "2031-01-01").answer
    assert (again["letters"], letters(place)) == ([], {})
    assert len(again["letters_moved"]) == len(before)
    assert all(Path(path).is_file() for path in again["letters_moved"])


def test_a_spelling_of_our_own_hospital_gets_no_letter_and_is_told(place: Workplace) -> None:
    own = [*OWN[1:], "Zorggroep Mideen"]
    place.configure(measure={"own_institutions": own}, report={"hospital": "Zorggroep Midden"})
    answer = place.must("measure", "received", "--from", "2025-01-01").answer
    assert answer["resemble_own"] == {"Zorggroep Midden": "Zorggroep Mideen"}
    assert "Zorggroep Midden" not in letters(place)
    assert "andere spelling" in place.run("measure", "received", "--lang", "nl").out
    assert "another spelling" in place.run("measure", "received", "--lang", "en").out


@pytest.mark.parametrize(
    ("name", "own", "alike"),
    [
        ("ZH Oost", "Ziekenhuis Oost", True), ("Ziekenhuis Oost locatie Haven", "Ziekenhuis Oost", True),
        ("Ziekenhuis Oosst", "Ziekenhuis Oost", True), ("Ziekenhuis Noord", "Ziekenhuis Oost", False),
        ("Kliniek", "Ziekenhuis Oost", False), ("St. Antonius", "Sint Antonius Ziekenhuis", True),
        ("ZIEKENHUISOOST", "Ziekenhuis Oost", True), ("OLVG", "Onze Lieve Vrouwe Gasthuis", True),
        ("ZIEKENHUIS-OOST", "Ziekenhuis Oost", True), ("Oostland MC", "Ziekenhuis Oost", False),
    ],
)  # fmt: skip
def test_which_names_resemble_our_own(name: str, own: str, alike: bool) -> None:
    assert bool(resembles(name, [own])) == alike


def test_above_the_target_thanks_are_said_instead() -> None:
    group = Received(studies=2000, correct=1999, reasons=Counter({"missing": 1}), first="20260901", last="20261101")
    at_target = Received(studies=100, correct=95, reasons=Counter({"missing": 5}))
    received = ReceivedStudies(
        whole=group, by_year={}, contacts={}, book=AddressBook(), by_institution={"Noord": group, "Zuid": at_target,
                                                                               MASKED: at_target},
    )  # fmt: skip
    sender = LetterSender(hospital="Oost", profile="patient-id", day=date(2026, 11, 28), settings=LetterSettings())
    made = {f"{letter.name}.txt": letter.text for letter in letters_to(received, sender)}
    assert set(made) == {"dank-noord.txt", "brief-zuid.txt"}, "nobody knows to whom a masked name belongs"
    assert "Dank daarvoor" in made["dank-noord.txt"]
    assert "Wilt u laten nakijken" not in made["dank-noord.txt"]
    assert "Wilt u laten nakijken" in made["brief-zuid.txt"]
    assert "NNNLD" in made["brief-zuid.txt"]


def test_a_letter_is_english_where_lang_or_the_address_book_says_so(place: Workplace) -> None:
    place.must("measure", "received", "--from", "2025-01-01", "--lang", "en")
    zuid = (place.folder / "measurements" / "letters" / "letter-kliniek-zuid.txt").read_text(encoding="utf-8")
    plain = " ".join(zuid.split())
    assert "We received 10 studies from you" in plain
    assert "- 5 times: The BSN stands in Other Patient IDs (0010,1000), without issuer." in plain
    assert "the BSN, nine digits" in plain
    assert "Dutch act on additional provisions" in plain
    assert not re.search(r"\b(het|een|wij|onderzoek|uitgevende|naam)\b", zuid), "no Dutch is left"
    page = (place.folder / "measurements" / "letters-to-print" / "letter-kliniek-zuid.html").read_text(encoding="utf-8")
    assert "<li>5 times: The BSN stands in Other Patient IDs (0010,1000), without issuer." in page
    book = place.folder / "address-book.yaml"
    book.write_text("- {institution: Kliniek Zuid, language: EN}\n- {institution: Zorggroep Midden, language: fr}\n")
    place.configure(measure={"own_institutions": OWN, "address_book": str(book), "letter": OURS})
    answer = place.must("measure", "received", "--from", "2025-01-01").answer
    names = sorted(Path(path).name for path in answer["letters"])
    assert names == ["brief-ziekenhuis-noord.txt", "brief-zorggroep-midden.txt", "letter-kliniek-zuid.txt"]
    assert answer["problems"]["language-unknown"]["lines"] == [2]
    pages = sorted(path.stem for path in (place.folder / "measurements" / "letters-to-print").iterdir())
    assert pages == [Path(name).stem for name in names], "earlier pages are moved away with their letters"
    book = write_address_book(place.folder / "address-book.csv")
    place.configure(measure={"own_institutions": OWN, "address_book": str(book), "letter": OURS})


def test_studies_without_a_sender_are_counted(place: Workplace) -> None:
    with place.session(exclusive=True) as work:
        uid = "1.2.3.4.5"
        nobody = FoundStudy(study_instance_uid=uid, study_date="20250601", evidence=Evidence(patient_id="1"))
        work.ledger.save_found([nobody], now=datetime.now(UTC))
    assert place.must("measure", "received").answer["without_sender"] == 1
    assert place.must("measure", "received", "--from", "2025-07-01").answer["without_sender"] == 0
    assert "Zonder Institution Name" in place.run("measure", "received", "--lang", "nl").out


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"not_looked_at": 3}, "Van geen enkel onderzoek dat meetelt is een header gelezen"),
        ({"gone": 2}, "Er telt geen onderzoek mee"),
        ({}, "In deze periode is geen onderzoek van een andere instelling"),
    ],
)
def test_what_nobody_read_is_not_called_nothing_received(figures: dict[str, int], said: str) -> None:
    none = {"studies": 0, "correct": 0, "exceptions": {}, "without_contact": [], **figures}
    assert next(received_lines(none, Say(Language.NL))).startswith(said)


def test_a_sender_that_is_hidden_is_so_in_the_readers_language() -> None:
    figures = {"studies": 0, "correct": 0, "exceptions": {}, "without_contact": ["Oost", MASKED]}
    assert [*received_lines(figures, Say(Language.NL))][-1] == "Niet in het adresboek: Oost, (afgeschermd)."


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
        ("ACC000999", True),
        ("ACC000123", False),  # 23 January 2000
        ("JAN530412", False),
        ("530412-JAN", False),
        ("12-04-53", False),
        ("19530412", False),
        ("1953-04-12/7", False),
        ("JANSEN0412", False),
        ("Jan-7", False),
        ("RAD.2026.99887", True),
        ("E4500017", True),
        ("2026.123457", True),
        ("999911121", True),
        ("999911120", False),
        ("0999911120", False),
        ("2026-999911120", False),
        ("10000008", False),
        ("9999.11.120", False),
        ("BSN 999911120", False),
        ("JANSEN^P", False),
        ("BOS.J", False),
        ("J BOS 7", False),
        ("12APR1953", False),
        ("4-12-1953", False),
        ("a@b.nl", False),
        ("", False),
    ],
)
def test_a_number_that_may_be_a_bsn_is_not_named(number: str, may: bool) -> None:
    assert (nameable(number) is not None) == may


def test_a_number_that_holds_the_patients_own_is_not_named() -> None:
    assert nameable("RAD-4471-2", ["4471"]) is None
    assert nameable("RAD-4471-2", ["4472", "71", ""]) == "RAD-4471-2"


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
