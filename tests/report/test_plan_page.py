"""The page of a plan: judged alone, drawn the same for everybody, no larger for ten million studies; two languages."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from remediate.cli.output import Output
from remediate.cli.planning import tell_plan
from remediate.plan import lines
from remediate.plan.document import PlanDocument, digest_of
from remediate.plan.groups import groups_of
from remediate.plan.lines import Distinct, lines_of
from remediate.records.ledger import PlanItem, PlanKind
from remediate.records.reviews import DecidedBy
from remediate.records.states import State
from remediate.report.plan_page import About, PlanPages
from remediate.report.plan_words import TARGETS, WORDS
from remediate.texts.language import Language

NOW = datetime(2026, 11, 28, 21, 15, 30, tzinfo=UTC)
PARAMETERS = {
    "archive": "PACS-RADIOLOGIE@pacs.streekziekenhuis-zuidoost-veluwe.example:11112", "bsn_range": "production",
    "profile": "other-patient-ids-sequence", "verify": "every",
}  # fmt: skip
REASONS = {
    State.PLANNED: ("misplaced-other-patient-ids", "missing", "misplaced-item"),
    State.REVIEW: ("birth-date-differs", "patient-unknown"),
    State.EXCLUDED: ("newborn",),
    State.CORRECT: ("in-place",),
}
SHARED = ("birth-date-equal", "bsn-unique", "bsn-valid", "bsn-verified", "no-rival", "sex-equal", "surname-agrees")
DECISION = DecidedBy(
    "R. Beoordelaar", "reviewer", "2026-11-27T13:03:00+00:00", "<b>paper record</b> seen", ("birth-date-differs",)
)
EXCLUSION = DecidedBy("B. Tweede", "second", "2026-11-27T14:00:00+00:00", "the patient objected", ())
LONG = "Streekziekenhuis Zuidoost-Veluwe & Noordwest-Overijssel, locatie Noord"


def item(number: int, *, state: State = State.PLANNED, reason: str = "", **fields: object) -> PlanItem:
    """One study; two studies of each patient follow each other."""
    planned, reason = state is State.PLANNED, reason or REASONS[state][number % len(REASONS[state])]
    name = "given-name-in-full" if number % 2 else "given-name-agrees"
    claim = "no-claim" if reason == "missing" else "claim-equal"
    values: dict[str, object] = {
        "study_instance_uid": f"1.2.840.113619.2.55.3.2831208458.{number}", "patient_id": f"{number:07d}",
        "issuer": LONG, "epd_patient_id": f"E{number // 2}" if planned else None, "state": state, "reasons": (reason,),
        "proofs": ("patient-by-id", *SHARED, name, claim) if planned else (), "instances": 3, "corrections": (),
    }  # fmt: skip
    if planned:
        place = "found: nowhere, to be filled" if reason == "missing" else "found: other-patient-ids (0010,1000)[0]"
        values |= {"corrections": (place, "write: ******123"), "bsn_masked": "******123"}
        values |= {"fingerprint": f"f{number // 2}"}
    return PlanItem(**(values | fields))  # type: ignore[arg-type]


def made_of(items: Sequence[PlanItem], *, kind: PlanKind = PlanKind.CORRECT, **named: object) -> PlanDocument:
    """A plan of these studies."""
    found = tuple(sorted(items, key=lambda one: one.study_instance_uid))
    parameters = PARAMETERS | named
    return PlanDocument(
        plan_id="plan-0007", ledger_id="l" * 20, kind=kind, created_at=NOW, created_by="planner",
        parameters=parameters, items=found, nights=1.25, digest=digest_of(kind, parameters, found, ""),
    )  # fmt: skip


def every_kind(number: int = 240) -> PlanDocument:
    """Studies in every state; some on a person's decision."""
    states = (*[State.PLANNED] * 4, State.REVIEW, State.EXCLUDED, State.CORRECT, State.PLANNED)
    items = [item(at, state=states[at % len(states)]) for at in range(number)]
    for at in range(5, number, 80):
        items[at] = replace(items[at], reasons=("excluded-by-person",), decision=EXCLUSION)
    for at in range(7, number, 80):
        items[at] = replace(items[at], decision=DECISION, proofs=(*items[at].proofs, "confirmed-by-person"))
    return made_of(items)


def shown(document: PlanDocument, language: Language = Language.EN, **fields: object) -> html.HtmlElement:
    """The page, read as a browser would."""
    return html.document_fromstring(page_of(document, language, **fields))


def page_of(document: PlanDocument, language: Language = Language.EN, **fields: object) -> str:
    """The page as text."""
    values = {"hospital": LONG, "zone": ZoneInfo("Europe/Amsterdam")} | fields
    return PlanPages(language=language, **values).page(document)  # type: ignore[arg-type]


def words_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize(("language", "first"), [(Language.EN, "What approving"), (Language.NL, "Wat goedkeuren")])
def test_it_says_what_approving_means_then_on_what_it_rests_then_how_to_approve(language: Language, first: str) -> None:
    document = every_kind()
    titles = [words_of(title) for title in shown(document, language).xpath("//h2")]
    assert len(titles) == 5
    assert titles[0].startswith(first)
    assert titles[1].startswith("3 ")
    assert titles[2].startswith(str(document.counts()["planned"] - 3))
    assert titles[-1] == WORDS["approve"].in_(language)
    text = words_of(shown(document, language).xpath("//main/section[1]")[0])
    for must in (PARAMETERS["archive"], TARGETS["other-patient-ids-sequence"].in_(language), "(0400,0561)"):
        assert must in text
    *_, last = shown(document, language).xpath("//main/section")
    assert document.digest in words_of(last)
    assert "remediate approve plan-0007 --by" in words_of(last)
    assert "2" in words_of(last.xpath("p")[0])  # people, for it rests on a decision


def test_studies_patients_and_objects_are_counted() -> None:
    text = words_of(shown(made_of([item(at) for at in range(9)])).xpath("//main/section[1]")[0])
    assert "In 9 studies of 5 patients, 27 objects in all," in text
    assert "3 The study carries no BSN." in text
    one = words_of(shown(made_of([item(2)])).xpath("//main/section[1]")[0])
    assert "In 1 study of 1 patient, 3 objects in all," in one


def test_many_patients_are_counted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_FEW", 8)
    chance, found = random.Random(1), Distinct()
    texts = [str(chance.randrange(300)) for _ in range(2_000)]
    for begin in range(0, len(texts), 7):
        found.add(texts[begin : begin + 7])
        assert len(found) == len(set(texts[: begin + 7]))
    assert found == found
    assert found != Distinct()


def test_the_profile_is_shown_with_the_document_and_the_person_it_rests_on() -> None:
    document = every_kind(8)
    whole = {"document": "Richtlijn BSN in DICOM", "version": "2010", "by": "A. de Groot", "on": "2026-11-02"}
    named = made_of(document.items, confirmed=whole)
    assert "as Richtlijn BSN in DICOM, 2010 says; confirmed by A. de Groot on 2026-11-02" in page_of(named)
    assert "bevestigd door A. de Groot op 2026-11-02" in page_of(named, Language.NL)
    assert "nobody who confirmed it" in page_of(document)
    assert "names nobody who confirmed it" in page_of(made_of(document.items, confirmed={"document": "N"}))
    assert "names no document" in page_of(made_of(document.items, confirmed={"by": "A"}))
    assert shown(named).xpath('//dd[@class="notice"]') == []
    (noticed,) = shown(document).xpath('//dd[@class="notice"]')
    assert "ask before you approve" in words_of(noticed)


def test_weaker_verification_is_not_read_over() -> None:
    weaker = made_of(
        [item(1)], confirmed={"document": "N", "by": "A", "on": "2026-11-02"}, verify="sample", verify_sample=20.0
    )
    (noticed,) = shown(weaker).xpath('//dd[@class="notice"]')
    assert "only 20 % of the objects" in words_of(noticed)


def test_examples_are_drawn_by_the_digest_so_that_everybody_sees_the_same() -> None:
    document = every_kind()
    kinds = groups_of(lines_of(document.items), document.digest, [DECISION, EXCLUSION])
    assert sum(group.number for group in kinds.values()) == len(document.items)
    for kind, group in kinds.items():
        alike = [
            one.study_instance_uid
            for one in document.items
            if one.state is kind.state
            and (one.decision == kind.decision)
            and (one.reasons[0] == kind.reason or kind.decision)
            and set(kind.proofs) <= set(one.proofs)
        ]
        assert group.number == len(alike)
        by_chance = sorted(alike, key=lambda uid: hashlib.sha256(f"{document.digest} {uid}".encode()).hexdigest())
        assert [one.study_instance_uid for one in group.examples()] == by_chance[:3]
    reversed_ = groups_of(reversed(list(lines_of(document.items))), document.digest, [DECISION, EXCLUSION])
    assert {kind: group.examples() for kind, group in reversed_.items()} == {
        kind: group.examples() for kind, group in kinds.items()
    }


def test_an_example_says_what_to_look_for_and_what_changes() -> None:
    def about(uids: Sequence[str]) -> dict[str, About]:
        return {uid: About("20140305", ("CT", "SR")) for uid in uids}

    text = words_of(shown(made_of([item(0)]), about=about).xpath('//ul[@class="drawn"]')[0])
    for must in ("1.2.840.113619.2.55.3.2831208458.0", "0000000", LONG, "EPD E0", "2014-03-05 CT, SR", "3 objects",
                 "BSN ******123, now in (0010,1000)[0]"):  # fmt: skip
        assert must in text
    filled = words_of(shown(made_of([item(1)])).xpath('//ul[@class="drawn"]')[0])
    assert "BSN ******123, which it lacks now" in filled


def test_what_every_study_has_is_said_once_and_what_differs_by_kind() -> None:
    document = shown(made_of([item(at) for at in range(12)]))
    (section,) = [one for one in document.xpath("//main/section") if "rest on proof" in words_of(one)]
    assert len(section.xpath("ul[1]/li")) == len(SHARED) + 1  # and the number that leads to the patient
    kinds = [words_of(one) for one in section.xpath("article")]
    assert len(kinds) == 6
    assert all(("The full given names agree." in one) != ("Given name or initial" in one) for one in kinds)
    assert not any("birth dates" in one for one in kinds)


def test_a_page_of_many_studies_is_hardly_larger_than_one_of_few() -> None:
    nasty = "<" * 500
    few, many = (
        made_of([item(at, issuer=nasty, patient_id=f"{at}{nasty}") for at in range(number)]) for number in (60, 6_000)
    )
    assert len(page_of(many)) < 1.05 * len(page_of(few))
    codes = [item(at, reason=f"reason-{at}") for at in range(500)]
    assert len(page_of(made_of(codes))) < 100_000
    assert "And 470 studies of 470 smaller kinds" in page_of(made_of(codes))
    assert "488 It is wrong in 488 other ways" in words_of(shown(made_of(codes)).xpath("//main/section[1]")[0])


def test_a_plan_without_work_asks_for_no_approval() -> None:
    document = made_of([item(at, state=State.REVIEW) for at in range(3)])
    assert "remediate approve" not in page_of(document)
    assert "There is nothing to approve" in page_of(document)
    assert "3 studies for a person" in page_of(document)


def test_a_plan_that_undoes_has_a_page_of_its_own() -> None:
    items = [
        replace(item(at), reasons=("rollback",), proofs=(), corrections=("restore: (0010,1002)",)) for at in (1, 2)
    ]
    document = replace(made_of(items, kind=PlanKind.ROLLBACK), why="wrong extract", counted=None)
    for language in Language:
        text = words_of(shown(document, language))
        assert WORDS["title_rollback"].in_(language).format(plan="plan-0007") in text
        assert "wrong extract" in text
        assert WORDS["left_out"].in_(language) not in text
        assert "(0400,0561)" not in text, "a roll-back adds nothing"


def test_a_decision_stands_as_it_was_made_and_as_words_not_as_markup() -> None:
    document = shown(every_kind(), Language.NL)
    (decided,) = document.xpath('//section[@class="decided"]')
    text = words_of(decided)
    for must in ("3 onderzoeken rusten op de beslissing van een mens", "“<b>paper record</b> seen”",
                 "R. Beoordelaar (account reviewer), 27-11-2026 14:03:00 CET",
                 "De geboortedatum wijkt af van het EPD."):  # fmt: skip
        assert must in text
    assert not document.xpath("//b[contains(text(), 'paper')]")


@pytest.mark.parametrize(
    ("language", "title"), [(Language.EN, "What approving means:"), (Language.NL, "Wat goedkeuren")]
)
def test_the_terminal_says_what_approving_means_in_a_few_lines(
    language: Language, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_plan(Output(language=language), every_kind(), Path("plans/plan-0007"))
    lines = capsys.readouterr().out.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith(title))
    means = [line for line in lines[begin + 1 :] if line.startswith("  ")]
    assert 5 <= len(means) <= 8
    text = " ".join(" ".join(means).split())
    for must in (str(every_kind().counts()["planned"]), str(PARAMETERS["archive"]), "other-patient-ids-sequence"):
        assert must in text


def test_all_words_are_there_in_both_languages() -> None:
    placeholders = re.compile(r"\{(\w+)\}")
    for name, said in (WORDS | TARGETS).items():
        assert said.en, name
        assert said.nl, name
        assert set(placeholders.findall(said.en)) == set(placeholders.findall(said.nl)), name
