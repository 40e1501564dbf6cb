"""A decision that is used again is the one that would be made anew, whatever changed since: on both databases.

The hospital here is small and made to collide: few surnames, days and BSNs, numbers in several spellings, and records
that merge, part, are taken back and come again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from remediate.config.settings import parse_config
from remediate.epd import changed_keys, rival_index
from remediate.epd.changes import Change, ChangeKind, NameParts, News
from remediate.epd.registry import SqlRegistry
from remediate.epd.rival_index import RivalIndex
from remediate.errors import KeysError, LedgerError
from remediate.header.profiles import Profile, profile_named
from remediate.identity.bsn import Bsn, BsnRange
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place, Strength
from remediate.identity.number_spelling import NumberSpelling
from remediate.identity.verdicts import ExceptionRule, MatchingPolicy, MatchReason
from remediate.ledger.database import Database, open_database
from remediate.ledger.key_files import create_keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.decision import decisions
from remediate.ledger.tables.registry import epd_changed_keys, epd_numbers
from remediate.plan.judge import Judge
from remediate.plan.planning import Planner, program, rests_on
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType, NewEvent, PlanItem
from remediate.records.reviews import Decision, ReviewDecision
from remediate.records.states import State

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BSNS = ("999990019", "999990020", "999911120")
SURNAMES = ("Jansen", "Janssen", "Smit", "Bakker")
GIVEN = ("Jan", "Jan Piet", "Anna", "")
DAYS = ("19800214", "19800215", "19000101", "")
VALUES = ("4711", "04711", "4712", "4713", "4714", "4715", "999990019")
AUTHORITY = "HOSPITAL"
POLICY = MatchingPolicy(default_issuer=AUTHORITY)
PROFILE = profile_named("other-patient-ids-sequence")


@dataclass
class House:
    """A ledger with its EPD; `judged` counts the headers that were judged so far."""

    ledger: SqlLedger
    database: Database
    keys: object
    folder: Path
    policy: MatchingPolicy = POLICY
    profile: Profile = PROFILE
    judged: int = 0
    plans: int = 0

    @property
    def registry(self) -> SqlRegistry:
        """The EPD under the policy's spellings."""
        return SqlRegistry(self.database, self.keys, AUTHORITY, self.policy.numbers)  # type: ignore[arg-type]

    def planner(self) -> Planner:
        """What makes plans here."""
        ledger = self.ledger
        judge = Judge(
            registry=self.registry,
            policy=self.policy,
            profile=self.profile,
            reviews=ledger,
            pseudonym=ledger.pseudonym,
        )
        archive = {"ae_title": "A", "host": "127.0.0.1", "port": 104, "called_ae_title": "B"}
        return Planner(
            studies=ledger,
            decisions=ledger,
            reviews=ledger,
            plans=ledger,
            batches=ledger,
            vault=ledger,
            judge=judge,
            config=parse_config({"archive": archive}, base=self.folder),
        )

    def plan(self, *, keep: bool = False) -> tuple[str, list[PlanItem]]:
        """Digest and studies of a plan that uses what it may."""
        self.plans += 1
        planner, plan_id = self.planner(), f"plan-{self.plans:04d}"
        draft = planner.make(now=NOW, actor="", plan_id=plan_id)
        if keep:
            planner.keep(draft, "plan.json", {})
        return draft.document.digest, list(draft.document.items)

    def plan_anew(self) -> tuple[str, list[PlanItem]]:
        """The same with no decision from before."""
        self.ledger.begin_decisions("", "of nothing that is kept")
        return self.plan()

    def same_as_anew(self) -> list[PlanItem]:
        """What a plan says that uses what it may, which must be what it says without."""
        digest, items = self.plan()
        fresh, ours = self.plan_anew()
        assert items == ours
        assert digest == fresh
        return items

    def tell(self, *changes: Change) -> None:
        """The EPD says more."""
        self.registry.apply(changes, (), file="", now=NOW)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def house(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An empty one."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    keys = create_keys(tmp_path / "keys.json")
    database = open_database(url, create=True)
    ledger = SqlLedger.create(database, keys, system_account="", software="", config_digest="", now=NOW)
    made = House(ledger, database, keys, tmp_path)
    prove = Judge.prove

    def counted(judge: Judge, studies: list) -> object:  # type: ignore[type-arg]
        made.judged += len(studies)
        return prove(judge, studies)

    monkeypatch.setattr(Judge, "prove", counted)
    made.registry.begin_load("rule")
    yield made
    database.close()


def news(chance: random.Random) -> News:
    """What a record may say of a patient."""
    surname, given = chance.choice(SURNAMES), chance.choice(GIVEN)
    name = NameParts(surname, "", "", "", given, given[:1])
    bsn = chance.choice((*BSNS, *BSNS, "", None))
    return News(name, chance.choice(DAYS), chance.choice("MFM"), bsn, None if bsn is None else chance.random() < 0.9)


def change(chance: random.Random, line: int) -> Change:
    """Any that an EPD may tell."""
    kind = chance.choice((*[ChangeKind.UPSERT] * 4, ChangeKind.ROW, *ChangeKind))
    numbers = tuple((AUTHORITY, value) for value in chance.sample(VALUES, chance.choice((1, 1, 1, 2))))
    prior = ()
    if kind in (ChangeKind.MERGE, ChangeKind.RENUMBER):
        prior = tuple((AUTHORITY, value) for value in chance.sample(VALUES, 1) if (AUTHORITY, value) not in numbers)
    if kind in (ChangeKind.ROW, ChangeKind.ROW_DOUBT):
        numbers = numbers[:1]
    at = 202501010000000000 + line * chance.choice((0, 1, 1, 1)) * 1_000_000
    said = news(chance) if kind not in (ChangeKind.DELETE, ChangeKind.DOUBT, ChangeKind.PART) else News()
    return Change(line, kind, at, numbers, prior, said)


def header(chance: random.Random) -> Evidence:
    """What a study may say."""
    bsn = chance.choice((None, None, *BSNS))
    place = chance.choice((Place.ITEM_COMPLETE, Place.OTHER_PATIENT_IDS))
    claim = bsn and BsnClaim(place=place, path="(0010,1000)[0]", strength=Strength.EXPLICIT, value=Bsn(bsn))
    return Evidence(
        patient_id=chance.choice((*VALUES, *VALUES, "")),
        patient_name=f"{chance.choice(SURNAMES)}^{chance.choice(GIVEN)}",
        birth_date=chance.choice(DAYS),
        sex=chance.choice("MF"),
        claims=(claim,) if claim else (),
        flags=frozenset({Flag.SIGNED}) if chance.random() < 0.03 else frozenset(),
    )


def survey(house: House, chance: random.Random, numbers: range) -> None:
    """Studies, of which many have the same headers."""
    house.ledger.save_found(
        [
            FoundStudy(
                study_instance_uid=f"1.2.{number}",
                study_date=chance.choice(("20200101", "19790101", "", "20201340")),
                instances=1,
                evidence=header(chance),
            )
            for number in numbers
        ],
        now=NOW,
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_whatever_an_epd_tells_what_is_used_again_is_what_would_be_judged(house: House, seed: int) -> None:
    collide(house, random.Random(seed), rounds=8, studies=120)
    assert house.judged > 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 40))
def test_whatever_an_epd_tells_for_long(house: House, seed: int) -> None:
    collide(house, random.Random(seed), rounds=60, studies=400)


def collide(house: House, chance: random.Random, *, rounds: int, studies: int) -> None:
    """Tell the EPD's changes, and plan after each few of them with and without what was decided before."""
    if chance.random() < 0.5:
        house.policy = replace(POLICY, numbers=NumberSpelling(strip_leading_zeros=True))
    survey(house, chance, range(studies))
    house.tell(*(change(chance, line) for line in range(1, 12)))
    _, before = house.plan_anew()
    changed = used = 0
    for at in range(1, rounds + 1):
        house.tell(*(change(chance, 100 * at + line) for line in range(chance.choice((1, 1, 2, 5)))))
        if at % 5 == 0:
            survey(house, chance, range(studies + at, studies + at + 3))
        judged = house.judged
        _, items = house.plan()
        used += len(items) - (house.judged - judged)
        fresh = house.plan_anew()[1]
        assert items == fresh, f"round {at}"
        changed += items[: len(before)] != before[: len(items)]
        before = items
    assert changed, "nothing that the EPD told mattered"
    assert used, "nothing was used again"


def upsert(value: str, at: int, **told: object) -> Change:
    """A record of one patient, Anna Jansen unless told otherwise."""
    held = {
        "name": NameParts("Jansen", "", "", "", "Anna Maria", "A"), "birth_date": "19800214", "sex": "F",
        "bsn": BSNS[0], "verified": True,
    } | told  # fmt: skip
    return Change(1, ChangeKind.UPSERT, at, ((AUTHORITY, value),), (), News(**held))  # type: ignore[arg-type]


@pytest.fixture
def anna(house: House) -> House:
    """Two people with a study each, the first with the second's number nowhere; both planned, and that plan kept."""
    other = NameParts("Smit", "", "", "", "Piet", "P")
    house.tell(upsert("4711", 1), upsert("4712", 1, name=other, birth_date="19700303", sex="M", bsn=BSNS[1]))
    anna, piet = (
        Evidence(patient_id=number, patient_name=name, birth_date=born, sex=sex)
        for number, name, born, sex in (
            ("4711", "Jansen^Anna", "19800214", "F"),
            ("4712", "Smit^Piet", "19700303", "M"),
        )
    )
    house.ledger.save_found(
        [
            FoundStudy(study_instance_uid=uid, study_date="20200101", instances=1, evidence=evidence)
            for uid, evidence in (("1.2.1", anna), ("1.2.2", piet))
        ],
        now=NOW,
    )
    assert [item.state for item in house.plan(keep=True)[1]] == [State.PLANNED, State.PLANNED]
    return house


Told = Callable[[House], None]
CHANGES: dict[str, tuple[Told, str]] = {
    "a namesake comes": (lambda h: h.tell(upsert("4799", 2, bsn=BSNS[2])), MatchReason.ANOTHER_PATIENT_FITS),
    "a namesake of unknown sex and day": (
        lambda h: h.tell(upsert("4799", 2, bsn=BSNS[2], sex="", birth_date="")), MatchReason.ANOTHER_PATIENT_FITS
    ),
    "the BSN is verified no more": (lambda h: h.tell(upsert("4711", 2, verified=False)), MatchReason.BSN_NOT_VERIFIED),
    "the BSN is taken away": (lambda h: h.tell(upsert("4711", 2, bsn="")), MatchReason.EPD_WITHOUT_BSN),
    "another gets the same BSN": (
        lambda h: h.tell(upsert("4798", 2, name=NameParts("Vos", "", "", "", "Els", "E"), birth_date="19900909")),
        MatchReason.BSN_ON_TWO_PATIENTS,
    ),
    "the birth date is mended": (
        lambda h: h.tell(upsert("4711", 2, birth_date="19800215")), MatchReason.BIRTH_DATE_DIFFERS
    ),
    "the patient marries": (
        lambda h: h.tell(upsert("4711", 2, name=NameParts("Visser", "", "", "", "Anna Maria", "A"))),
        MatchReason.SURNAME_DIFFERS,
    ),
    "the number is given up": (
        lambda h: h.tell(Change(1, ChangeKind.DELETE, 2, ((AUTHORITY, "4711"),))), MatchReason.PATIENT_UNKNOWN
    ),
    "the number is in doubt": (
        lambda h: h.tell(Change(1, ChangeKind.DOUBT, 2, ((AUTHORITY, "4711"),))), MatchReason.BSN_NOT_VERIFIED
    ),
    "she is merged into another": (
        lambda h: h.tell(
            upsert("4797", 2, name=NameParts("Vos", "", "", "", "Els", "E"), birth_date="19900909", bsn=BSNS[2]),
            Change(1, ChangeKind.MERGE, 3, ((AUTHORITY, "4797"),), ((AUTHORITY, "4711"),)),
        ),
        MatchReason.BIRTH_DATE_DIFFERS,
    ),
    "what she was merged into changes": (
        lambda h: _merged_and_later_unverified(h), MatchReason.BSN_NOT_VERIFIED
    ),
}  # fmt: skip


def _merged_and_later_unverified(house: House) -> None:
    house.tell(upsert("4797", 2), Change(1, ChangeKind.MERGE, 3, ((AUTHORITY, "4797"),), ((AUTHORITY, "4711"),)))
    assert house.same_as_anew()[0].state is State.PLANNED
    house.tell(upsert("4797", 4, verified=False))


@pytest.mark.parametrize("what", CHANGES)
def test_a_fact_that_changed_is_judged_again_and_nothing_else(anna: House, what: str) -> None:
    tell, reason = CHANGES[what]
    tell(anna)
    judged = anna.judged
    _, (hers, his) = anna.plan()
    assert anna.judged == judged + 1
    assert hers.state is State.REVIEW
    assert reason in hers.reasons
    assert his.state is State.PLANNED
    assert anna.same_as_anew() == [hers, his]


def test_what_did_not_change_is_not_judged_again(anna: House) -> None:
    judged = anna.judged
    first = anna.plan()
    anna.tell(upsert("9001", 2, name=NameParts("Dekker", "", "", "", "Bob", "B"), birth_date="19601111", bsn=""))
    assert anna.plan() == first or anna.plan()[1] == first[1]
    assert anna.judged == judged


def test_a_rival_who_goes_sets_a_study_free(anna: House) -> None:
    anna.tell(upsert("4799", 2, bsn=BSNS[2]))
    assert anna.same_as_anew()[0].state is State.REVIEW
    anna.tell(upsert("4799", 3, name=NameParts("Dekker", "", "", "", "Bob", "B"), bsn=BSNS[2]))
    assert anna.same_as_anew()[0].state is State.PLANNED


POLICIES = {
    "bsn_range": BsnRange.PRODUCTION,
    "fill_missing": False,
    "default_issuer": "ELSEWHERE",
    "issuer_aliases": {"A": "B"},
    "numbers": NumberSpelling(width=9),
    "placeholder_birth_dates": frozenset({"19800214"}),
    "placeholder_january_first": False,
    "placeholder_names": frozenset({"JANSEN"}),
    "placeholder_given_names": frozenset({"ANNA"}),
    "exceptions": (ExceptionRule(reason=MatchReason.NEWBORN, patient_name="jansen"),),
}


@pytest.mark.parametrize("name", [field.name for field in fields(MatchingPolicy)])
def test_every_key_of_the_policy_counts(name: str) -> None:
    other = replace(POLICY, **{name: POLICIES[name]})
    assert rests_on(other, PROFILE) != rests_on(POLICY, PROFILE)
    assert rests_on(replace(POLICY), PROFILE) == rests_on(POLICY, PROFILE)


def test_profile_and_program_count(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = rests_on(POLICY, PROFILE)
    assert rests_on(POLICY, profile_named("patient-id")) != ours
    monkeypatch.setattr("remediate.plan.planning.program", lambda: "another")
    assert rests_on(POLICY, PROFILE) != ours
    assert program() == program()
    with pytest.raises(TypeError, match="rests"):
        rests_on(replace(POLICY, exceptions=(object(),)), PROFILE)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["fill_missing", "bsn_range", "placeholder_names", "exceptions"])
def test_another_setting_judges_everything_anew(anna: House, name: str) -> None:
    anna.policy = replace(POLICY, **{name: POLICIES[name]})
    judged = anna.judged
    anna.plan()
    assert anna.judged == judged + 2
    anna.same_as_anew()


def test_an_epd_that_is_read_by_another_rule_is_judged_anew(anna: House) -> None:
    anna.registry.begin_load("another rule")
    assert {item.state for item in anna.same_as_anew()} == {State.REVIEW}
    anna.registry.begin_load("rule")
    assert {item.state for item in anna.same_as_anew()} == {State.PLANNED}


def test_keys_of_rivals_that_another_release_made_are_no_ground(anna: House) -> None:
    anna.registry.begin_load("rule")
    judged = anna.judged
    anna.plan()
    assert anna.judged == judged
    with anna.database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE epd_registry SET rival_keys = {rival_index.VERSION - 1}")
    anna.registry.begin_load("rule")
    anna.plan()
    assert anna.judged == judged + 2


def test_a_persons_decision_counts_and_so_does_its_end(anna: House) -> None:
    """Given, lapsed because its facts changed, and good again once they are as before."""
    planner = anna.planner()
    (row,) = anna.ledger.studies_named(["1.2.1"])
    (candidates,) = planner.judge.candidates([row.evidence])
    (patient,) = candidates.by_patient_id
    given = ReviewDecision(
        study_instance_uid="1.2.1", decision=Decision.EXCLUDE, epd_patient_id="4711", authority=AUTHORITY,
        person="B. Reviewer", account="b", at=NOW, why="no patient",
        seen=planner.judge.seen(row.evidence, patient, candidates),
        settled=planner.judge.settled(row.evidence, patient),
    )  # fmt: skip
    anna.ledger.save_reviews([given], [NewEvent(type=EventType.REVIEW_DECISION, at=NOW, study="1.2.1")])
    assert anna.same_as_anew()[0].state is State.EXCLUDED
    anna.tell(upsert("4711", 2, birth_date="19800215"))
    assert anna.same_as_anew()[0].state is State.REVIEW
    anna.tell(upsert("4711", 3))
    assert anna.same_as_anew()[0].state is State.EXCLUDED


def test_new_headers_of_a_study_are_judged(anna: House) -> None:
    (row,) = anna.ledger.studies_named(["1.2.1"])
    (told,) = row.evidence.headers
    other = replace(told, patient_name="Smit^Piet")
    anna.ledger.save_evidence(replace(row.evidence, headers=(other,)), now=NOW)
    assert MatchReason.SURNAME_DIFFERS in anna.same_as_anew()[0].reasons


def test_decisions_of_headers_that_nobody_has_any_more_go(anna: House) -> None:
    (row,) = anna.ledger.studies_named(["1.2.1"])
    other = replace(row.evidence.headers[0], patient_name="Smit^Piet")
    anna.plan()
    anna.ledger.save_evidence(replace(row.evidence, headers=(other,)), now=NOW)
    with anna.database.read() as connection:
        assert len(connection.execute(select(decisions.c.headers_id)).all()) == 1


def test_a_decision_that_was_changed_in_the_database_is_found_out(anna: House) -> None:
    anna.tell(upsert("4711", 2, verified=False))
    anna.plan()
    with anna.database.begin() as connection:
        connection.execute(update(decisions).where(decisions.c.state == "review").values(state="planned"))
    with pytest.raises(KeysError, match="changed"):
        anna.plan()


def test_of_two_plans_at_once_the_first_is_not_kept(anna: House) -> None:
    """On PostgreSQL nothing keeps a second one away, and the decisions are the last one's."""
    planner = anna.planner()
    draft = planner.make(now=NOW, actor="", plan_id="plan-0101")
    planner.make(now=NOW, actor="", plan_id="plan-0102")
    with pytest.raises(LedgerError, match="Another plan"):
        planner.keep(draft, "plan.json", {})
    with pytest.raises(LedgerError, match="Another plan"):
        anna.ledger.keep_decisions(
            "plan-0101", [next(kept for page in anna.ledger.decided_inventory() for _, kept in page if kept)]
        )


def test_what_is_kept_names_nobody(anna: House) -> None:
    with anna.database.read() as connection:
        rows = connection.execute(select(decisions)).all()
    told = " ".join(str(value) for row in rows for value in row)
    for secret in ("4711", "Jansen", "1980", "0014", "019", BSNS[0]):
        assert secret not in "".join(str(row.state) + row.reason for row in rows)
        assert secret.encode() not in b"".join(row.content for row in rows)
    assert "planned" in told


def test_with_a_number_that_changes_all_that_hang_together_count(house: House) -> None:
    """Of two numbers of one patient the one that leads to the other is written alone."""
    house.ledger.begin_decisions("plan-1", "")
    both = (AUTHORITY, "4711"), (AUTHORITY, "4714")
    house.tell(upsert("4711", 1)._replace(numbers=both))
    index = RivalIndex(house.keys)  # type: ignore[arg-type]
    with house.database.begin() as connection:
        connection.execute(delete(epd_changed_keys))
        (beside,) = connection.execute(select(epd_numbers.c.id).where(epd_numbers.c.points_to.is_not(None))).scalars()
        changed_keys.note(connection, [beside])
        noted = set(connection.execute(select(epd_changed_keys)).scalars())
    assert {index.key_of_number(value) for _, value in both} < noted
