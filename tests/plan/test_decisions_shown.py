"""Who approves sees what a reviewer overrode, and one account's eyes are not four."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from remediate.errors import PlanError
from remediate.plan.document import PlanDocument
from remediate.plan.lines import PlanTally
from remediate.plan.reading import read_document
from remediate.reasons.study import sentence
from remediate.records.ledger import EventType, PlanKind
from remediate.records.reviews import DecidedBy
from remediate.report.plan_page import PlanPages
from remediate.report.plan_words import WORDS
from remediate.texts.language import Language
from tests.review_lists import BY, WHY, approve, bsn_of, decide, plan, study_of, uid_of, undecided_workplace
from tests.workplace import Workplace

VARIANTS = ("birth-date-differs", "sex-differs", "surname-differs", "twin-with-initial")
LEFT_OUT = "sex-absent"
ACCOUNT = "beoordelaar"


@pytest.fixture(scope="module")
def confirmed(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Four studies confirmed against what contradicts them, one excluded, and planned; read only."""
    place = undecided_workplace(tmp_path_factory.mktemp("confirmed"), (*VARIANTS, LEFT_OUT))
    wanted = {uid_of(place, name): "confirm" for name in VARIANTS} | {uid_of(place, LEFT_OUT): "exclude"}
    with place.acting_as(ACCOUNT):
        taken = decide(place, wanted).answer
    assert (taken["confirmed"], taken["excluded"]) == (4, 1)
    plan(place)
    return place


@pytest.fixture
def place(confirmed: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return confirmed.copy(tmp_path / "place")


def plan_folder(place: Workplace) -> Path:
    return place.folder / "plans" / "plan-0002"


def studies_in(place: Workplace) -> dict[str, Any]:
    raw = json.loads((plan_folder(place) / "plan.json").read_text())
    return {study["study_instance_uid"]: study for study in raw["studies"]}


def test_each_study_of_a_plan_says_who_decided_and_against_what(confirmed: Workplace) -> None:
    found = studies_in(confirmed)
    for name in VARIANTS:
        decision = found[uid_of(confirmed, name)]["decision"]
        assert (decision["by"], decision["account"], decision["why"]) == (BY, ACCOUNT, WHY), name
        assert datetime.fromisoformat(decision["at"]).tzinfo is not None
        assert name == "twin-with-initial" or name in decision["overrode"]
        assert decision["overrode"]
    rows = csv.DictReader(io.StringIO((plan_folder(confirmed) / "plan.csv").read_text("utf-8-sig")), delimiter=";")
    cells = {row["StudyInstanceUID"]: row for row in rows}
    row = cells[uid_of(confirmed, "sex-differs")]
    assert (row["DecidedBy"], row["DecidedAccount"], row["Why"]) == (BY, ACCOUNT, WHY)
    assert "sex-differs" in row["Overrode"].split()
    raw = json.loads((plan_folder(confirmed) / "plan.json").read_text())
    assert sum(one["studies"] for one in raw["decisions"]) == 4


@pytest.mark.parametrize(("language", "title"), [("en", "4 studies rest on a person"), ("nl", "4 onderzoeken rusten")])
def test_the_page_shows_it_right_after_what_approving_means(place: Workplace, language: str, title: str) -> None:
    made = place.must("--lang", language, "plan", "--out", str(place.folder / "plans" / "shown")).answer
    html = unescape(Path(made["path"]).with_name("plan.html").read_text())
    means, _, rest = html.partition('<section class="decided"')
    decided, _, rest = rest.partition("</section>")
    assert "<section>" in means
    assert title in decided
    for text in (BY, f"account {ACCOUNT}", WHY, *(uid_of(place, name) for name in VARIANTS)):
        assert text in decided
    for code in ("birth-date-differs", "sex-differs", "surname-differs"):
        assert sentence(code, Language(language)) in decided, code
    assert rest


def test_the_terminal_says_it_when_planned_and_when_approved(place: Workplace) -> None:
    planned = place.run("plan", "--out", str(place.folder / "plans" / "plan-0003"))
    approved = place.run("approve", "plan-0003", "--by", "A. Reviewer")
    dutch = place.run("--lang", "nl", "plan")
    for ran in (planned, approved):
        assert "4 of 4 studies to correct rest on a person's decision:" in ran.out
        assert f"{BY} (account {ACCOUNT})" in ran.out
        assert WHY in ran.out
        assert sentence("birth-date-differs", Language.EN) in ran.out
    assert "1 of 2 approvals (it rests on a person's decision)" in approved.out
    assert "4 van 4 onderzoeken om te corrigeren rusten op de beslissing van een mens:" in dutch.out
    answer = place.must("plan").answer
    assert {code for one in answer["decisions"] for code in one["overrode"]} >= {"birth-date-differs", "sex-differs"}


@pytest.mark.parametrize("language", [Language.EN, Language.NL])
def test_whoever_a_person_left_out_stands_in_plan_page_and_terminal(place: Workplace, language: Language) -> None:
    uid = uid_of(place, LEFT_OUT)
    assert studies_in(place)[uid]["decision"]["why"] == WHY
    raw = json.loads((plan_folder(place) / "plan.json").read_text())
    (told,) = raw["exclusions"]
    assert (told["by"], told["account"], told["why"], told["studies"]) == (BY, ACCOUNT, WHY, 1)
    with place.session(exclusive=False) as work:
        *_, made = work.ledger.events(type_=EventType.PLANNED)
    assert made.event.details["excluded_by_person"] == 1
    ran = place.run("--lang", language.value, "plan", "--out", str(place.folder / "plans" / "shown"))
    html = unescape((place.folder / "plans" / "shown" / "plan.html").read_text())
    left_out = html.rpartition("<h2>" + WORDS["left_out"].in_(language))[2].partition("</section>")[0]
    for text in (f"{BY} (account {ACCOUNT})", WHY):
        assert text in left_out
        assert text in ran.out.partition({"en": "left 1 study out", "nl": "hebben 1 onderzoek uit"}[language.value])[2]
    assert uid in left_out
    sheet = (place.folder / "plans" / "shown" / "plan.csv").read_text("utf-8-sig")
    (row,) = (one for one in csv.DictReader(io.StringIO(sheet), delimiter=";") if one["StudyInstanceUID"] == uid)
    told = {"en": ("State", "excluded", "DecidedBy"), "nl": ("Status", "uitgesloten", "BeslistDoor")}[language.value]
    assert (row[told[0]], row[told[2]]) == (told[1], BY)
    words = {"en": ("found: ", "write: "), "nl": ("gevonden: ", "schrijven: ")}
    assert all(word in sheet for word in words[language.value])
    assert language is Language.EN or not any(word in sheet for word in words["en"])


def test_a_plan_of_before_exclusions_were_summed_up_is_read_as_it_was(place: Workplace) -> None:
    path = plan_folder(place) / "plan.json"
    lines = path.read_text().replace("\n", "\0")
    older = re.sub(r',\0 "exclusions": \[.*?\0 \]', "", lines).replace("\0", "\n")
    assert "exclusions" not in older
    for text in (older, json.dumps(json.loads(older))):
        assert read_document(io.StringIO(text), name="p").exclusions()[0][1] == 1
    with pytest.raises(PlanError, match="changed after it was made"):
        read_document(io.StringIO(path.read_text().replace('"studies": 1', '"studies": 2', 1)), name="p")


def test_the_ledger_says_it_when_decided_when_begun_and_when_done(place: Workplace) -> None:
    uid = uid_of(place, "birth-date-differs")
    approve(place, str(plan_folder(place) / "plan.json"))
    with place.archive():
        assert place.must("execute", "plan-0002", "--now").answer["verified"] == 4
    with place.session(exclusive=False) as work:
        events = list(work.ledger.events(study=uid))
    (decided,) = (entry for entry in events if entry.event.type is EventType.REVIEW_DECISION)
    assert decided.system_account == ACCOUNT
    overrode = str(decided.event.details["overrode"])
    assert "birth-date-differs" in overrode.split()
    for kind in (EventType.INTENT, EventType.VERIFIED):
        (event,) = (entry.event for entry in events if entry.event.type is kind)
        told = (event.details["decided_by"], event.details["decided_account"], event.details["overrode"])
        assert told == (BY, ACCOUNT, overrode), kind
    assert place.must("ledger", "verify").answer["ok"]


def test_no_patient_is_named_where_a_decision_is_shown(place: Workplace) -> None:
    place.must("approve", "plan-0002", "--by", "A. Reviewer")
    shown = [path.read_text("utf-8-sig") for path in plan_folder(place).iterdir()]
    shown += [place.run("plan").out, place.run("approve", "plan-0003", "--by", "A. Reviewer").out]
    for name in VARIANTS:
        study = study_of(place, name)
        person = next(one for one in place.hospital.people if one.number == study.case.identity.patient_id)
        for text in (bsn_of(place.hospital, study), person.name.surname, study.case.identity.birth_date):
            assert not any(text in one for one in shown), name


def test_words_that_an_older_release_took_and_that_name_the_patient_are_left_out(place: Workplace) -> None:
    study = study_of(place, "sex-differs")
    uid = study.study_instance_uid
    person = next(one for one in place.hospital.people if one.number == study.case.identity.patient_id)
    with place.session() as work:
        stored = work.ledger.reviews((uid,))[uid]
        for why in (f"it is {person.name.surname}", f"BSN {person.bsn} seen"):
            kept = work.ledger.reviews((uid,))[uid]
            work.ledger.save_reviews([replace(stored, why=why, before=kept)], [])
            row = work.ledger.study(uid)
            assert row is not None
            told = work.judge.judge(row.evidence).decided_by
            assert told is not None
            assert (told.person, told.why) == (BY, "")


# Four eyes


def test_a_plan_that_rests_on_a_decision_takes_two_accounts(place: Workplace) -> None:
    told = place.must("approve", "plan-0002", "--by", "Jan").answer
    assert not told["may_execute"]
    assert "1 of 2 approvals" in told["waits_because"]
    assert place.must("approve", "plan-0002", "--by", "Piet", code=1).out == ""
    with place.archive():
        assert "1 of 2 approvals" in place.must("execute", "plan-0002", "--now", code=1).one_line
    with place.acting_as("piet"):
        assert place.must("approve", "plan-0002", "--by", "Piet").answer["may_execute"]


def test_a_hospital_may_ask_for_one_or_for_three(place: Workplace) -> None:
    place.configure(approval={"people": 3})
    assert "1 of 3 approvals" in place.must("approve", "plan-0002", "--by", "Jan").answer["waits_because"]
    place.configure(approval={"people": 1})
    with place.archive():
        assert place.must("execute", "plan-0002", "--now").answer["verified"] == 4


def test_only_what_is_planned_on_a_persons_word_takes_two(place: Workplace) -> None:
    with place.session(exclusive=False) as work:
        deciders = {head.plan_id: head.deciders for head in work.ledger.plans()}
    assert deciders == {"plan-0001": (), "plan-0002": (ACCOUNT,)}


def test_who_confirmed_a_study_may_be_kept_from_approving_alone(place: Workplace) -> None:
    place.configure(approval={"people": 1, "planner_may_approve_alone": False})
    with place.acting_as(ACCOUNT):
        told = place.must("approve", "plan-0002", "--by", "Another Name").answer
    assert not told["may_execute"]
    assert "confirmed a study of it" in told["waits_because"]
    with place.acting_as("third"):
        assert place.must("approve", "plan-0002", "--by", "Third").answer["may_execute"]


# However large a plan is


def test_the_page_is_bounded_and_shows_the_decisions_on_most_studies() -> None:
    decisions = {
        DecidedBy(f"R. {number}", f"r{number}", "2026-11-28T21:00:00+01:00", "<b>seen</b>", ("sex-differs",)): number
        for number in range(1, 1001)
    }
    document = PlanDocument(
        plan_id="plan-1",
        ledger_id="l",
        kind=PlanKind.CORRECT,
        created_at=datetime(2026, 11, 28, tzinfo=UTC),
        created_by="a",
        parameters={},
        items=(),
        counted=PlanTally(states=Counter(), reasons=Counter(), decisions=Counter(decisions)),
    )
    html = unescape(PlanPages(language=Language.EN).page(document))
    assert "500,500 studies rest on a person" in html
    assert "R. 1000 (" in html
    assert "R. 900 (" not in html
    assert f"And 900 more decisions, on {sum(range(1, 901)):,} studies" in html
    assert len(html) < 100_000
