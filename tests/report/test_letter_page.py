"""A letter as a page to print: all that its text says, on one sheet of A4, in both languages."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from lxml import html

from remediate.config.measure import LetterSettings
from remediate.measure.address_book import AddressBook, Contact
from remediate.measure.received import Received, ReceivedStudies
from remediate.report.measure.letters import Letter, LetterSender, letters
from remediate.texts.language import Language
from tests.report.chromium import chromium

REASONS = ("missing", "misplaced-other-patient-ids", "item-lacks-issuer+qualifiers", "invalid-number", "series-differ")


def letter(language: Language, *, right: int = 20) -> Letter:
    """One with five reasons, each with as many examples as a letter names."""
    numbers = [(f"202611{day:02d}", f"A{n}{day:05d}") for n in range(5) for day in range(10, 20)]
    examples = {code: numbers[10 * at : 10 * at + 10] for at, code in enumerate(REASONS)}
    group = Received(studies=200 if right < 190 else right + 5, correct=right, first="20260901", last="20261120",
                     reasons=Counter(dict.fromkeys(REASONS, 36 if right < 190 else 1)), examples=examples)  # fmt: skip
    contact = Contact(institution="Kliniek <Zuid>", contact="Afdeling Radiologie", email="rad@zuid.example",
                      address="Zuidweg 1, 9999 ZZ Zuidstad")  # fmt: skip
    received = ReceivedStudies(whole=group, by_institution={contact.institution: group}, by_year={},
                               contacts={contact.institution: contact}, book=AddressBook())  # fmt: skip
    settings = LetterSettings(name="M. Beheerder", role="Functioneel beheer", email="pacs@oost.example")
    sender = LetterSender(hospital="Ziekenhuis Oost", profile="other-patient-ids-sequence", day=date(2026, 11, 28),
                    surveyed=date(2026, 11, 27), settings=settings, language=language)  # fmt: skip
    (made,) = letters(received, sender)
    return made


@pytest.mark.parametrize("right", [20, 995])
@pytest.mark.parametrize("language", Language)
def test_the_page_says_what_the_letter_says(language: Language, right: int) -> None:
    made = letter(language, right=right)
    document = html.document_fromstring(made.page)
    assert document.get("lang") == language.value
    (main,) = document.xpath("//main")
    said = [word for text in main.itertext() for word in text.split()]
    assert said == [word for word in made.text.split() if word != "-"]
    assert len(document.xpath("//li")) == len(REASONS)
    (subject,) = document.xpath("//h1")
    assert "BSN" in subject.text
    columns = document.xpath("//div[@class='columns']")
    assert len(columns) == (1 if right < 190 else 0)
    assert len(document.xpath("//h2")) == (2 if right < 190 else 1)


@pytest.mark.parametrize("language", Language)
def test_a_letter_prints_on_one_sheet(language: Language, tmp_path: Path) -> None:
    path, printed = tmp_path / "letter.html", tmp_path / "letter.pdf"
    path.write_text(letter(language).page, encoding="utf-8")
    chromium(tmp_path, f"--print-to-pdf={printed}", "--no-pdf-header-footer", path.as_uri())
    assert printed.read_bytes().count(b"/Type /Page\n") == 1
