"""One table of spellings of a BSN: `header show`, plan, measuring and masking agree on every row, in a real archive.

A row is a study of Anna de Vries with a number in one of its elements: her own, which moves to its place and does not
stay behind, or another live patient's, which contradicts.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.epd_files import CSV_COLUMNS
from remediate.demo.hospital import build_hospital
from remediate.demo.part10 import DicomObject, to_part10
from remediate.identity.bsn import Bsn
from remediate.identity.bsn_spelling import read_identifier
from remediate.measure.places import judged_place
from remediate.reasons.study import with_kind
from tests.header.header_samples import BSN, EXPLICIT, OTHER_BSN, Node, Seq, encoded, item, patient, qualifiers, text
from tests.review_lists import BY, WHY, approve, exported, fill
from tests.workplace import Workplace, free_port, run

SAID = "explicit"
MAYBE = "candidate"
PART = "part"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def dotted(d: str) -> str:
    return f"{d[:4]}.{d[4:6]}.{d[6:]}"


SPELLINGS: dict[str, tuple[Callable[[str], str], str]] = {
    "plain": (lambda d: d, MAYBE),
    "dots": (dotted, MAYBE),
    "dashes": (lambda d: f"{d[:4]}-{d[4:6]}-{d[6:]}", MAYBE),
    "spaces": (lambda d: f"{d[:4]} {d[4:6]} {d[6:]}", MAYBE),
    "threes": (lambda d: f"{d[:3]} {d[3:6]} {d[6:]}", MAYBE),
    "slashes": (lambda d: f"{d[:3]}/{d[3:6]}/{d[6:]}", MAYBE),
    "each apart": (" ".join, MAYBE),
    "CR LF": (lambda d: f"{d}\r\n", MAYBE),
    "tab": (lambda d: f"{d}\t", MAYBE),
    "NUL between": (lambda d: f"{d[:4]}\0{d[4:]}", MAYBE),
    "quotes": (lambda d: f'"{d}"', MAYBE),
    "apostrophe": (lambda d: f"'{d}", MAYBE),
    "brackets": (lambda d: f"<{d}>", MAYBE),
    "zeros in front": (lambda d: f"000{d}", MAYBE),
    "number and check": (lambda d: f"{d}^7^M11^HOSPITAL^PI", MAYBE),
    "number of the hospital": (lambda d: f"{d}^^^HOSPITAL^PI", MAYBE),
    "BSN before": (lambda d: f"BSN{d}", SAID),
    "bsn: before": (lambda d: f"bsn: {dotted(d)}", SAID),
    "BSN nr.": (lambda d: f"BSN nr. {d}", SAID),
    "burgerservicenummer": (lambda d: f"burgerservicenummer {d}", SAID),
    "sofi": (lambda d: f"sofinummer={d}", SAID),
    "BSN behind": (lambda d: f"{d} (BSN)", SAID),
    "CX": (lambda d: f"{d}^^^NLMINBIZA^NNNLD", SAID),
    "cx in lower case": (lambda d: f"{d}^^^nlminbiza^nnnld", SAID),
    "CX with subcomponents": (lambda d: f"{d}^^^NLMINBIZA&2.16.840.1.113883.2.4.6.3&ISO^NNNLD", SAID),
    "CX with the OID only": (lambda d: f"{d}^^^&2.16.840.1.113883.2.4.6.3&ISO", SAID),
    "nr. before": (lambda d: f"nr. {d}", MAYBE),
    "FHIR": (lambda d: f"http://fhir.nl/fhir/NamingSystem/bsn|{d}", SAID),
    "CX with escapes": (lambda d: f"{d}\\S\\\\S\\\\S\\NLMINBIZA\\S\\NNNLD", SAID),
    "under the OID": (lambda d: f"urn:oid:2.16.840.1.113883.2.4.6.3.{d}", SAID),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A study, and what every command has to say of it."""

    name: str
    nodes: tuple[Node, ...]
    claims: frozenset[tuple[str, str, str]]  # place, strength, masked number or problem
    state: str
    reason: str  # among the reasons
    stays: bool = False  # a text in which the number stays where it is


def other_ids(written: str) -> tuple[Node, ...]:
    return (text(0x00101000, "LO", f"X-17\\{written}"),)


def one_item(written: str, issuer: str = "HOSPITAL") -> tuple[Node, ...]:
    return (Seq(0x00101002, (item("X-17", "ELSEWHERE"), item(written, issuer))),)


def patient_id(written: str, *, own: bool) -> tuple[Node, ...]:
    """Under the hospital's issuer. Beside another's number Anna is found by her own."""
    number = text(0x00100020, "LO", written)
    return (number,) if own else (number, text(0x00101000, "LO", f"BSN{BSN.digits}"))


def rows() -> list[Row]:
    made: list[Row] = []
    for bsn in (BSN, OTHER_BSN):
        own = bsn == BSN
        state = "planned" if own else "review"

        def add(
            name: str, nodes: tuple[Node, ...], place: str, strength: str, reason: str, *, stays: bool = False,
            bsn: Bsn = bsn, own: bool = own, state: str = state,
        ) -> None:  # fmt: skip
            claims = {(place, strength, bsn.masked)}
            if place == "patient-id-bare" and not own:
                claims.add(("other-patient-ids", SAID, BSN.masked))
            against = "claim-differs" if len(claims) == 1 else "claims-differ-in-study"
            whose = "own" if own else "another's"
            made.append(
                Row(name=f"{whose} {name}", nodes=nodes, claims=frozenset(claims), state=state, stays=stays,
                    reason=reason if own else against)
            )  # fmt: skip

        for name, (spell, strength) in SPELLINGS.items():
            written = spell(bsn.digits)
            add(
                f"{name} in (0010,1000)",
                other_ids(written),
                "other-patient-ids",
                strength,
                "misplaced-other-patient-ids",
            )
            add(f"{name} in an item", one_item(written), "item-bare", strength, "misplaced-item")
            add(f"{name} as Patient ID", patient_id(written, own=own), "patient-id-bare", strength,
                "misplaced-patient-id", stays=True)  # fmt: skip
        elsewhere: list[tuple[str, Node, str, str]] = [
            ("comments", text(0x00104000, "LT", f"zie {dotted(bsn.digits)}"), "patient-comments", MAYBE),
            ("comments", text(0x00104000, "LT", f"burgerservicenummer: {bsn.digits}."), "patient-comments", SAID),
            ("admission", text(0x00380010, "LO", f"{bsn.digits}\n"), "admission-id", MAYBE),
            ("names", text(0x00101001, "PN", f"VRIES^A^^^{bsn.digits}"), "patient-name", MAYBE),
            ("birth name", text(0x00101005, "PN", f"VRIES BSN {bsn.digits}"), "patient-name", SAID),
            ("history", text(0x001021B0, "LT", f"BSN={bsn.digits}; geen"), "other-text", SAID),
            ("occupation", text(0x00102180, "SH", bsn.digits), "other-text", MAYBE),
            ("rank", text(0x00101080, "LO", bsn.digits), "other-text", MAYBE),
            ("address", text(0x00101040, "LO", f"Dorp 12 {bsn.digits}"), "other-text", MAYBE),
            ("accession", text(0x00080050, "SH", f"BSN{bsn.digits}"), "other-text", SAID),
            ("order", Seq(0x00400275, ((text(0x00100020, "LO", f"{bsn.digits}^^^NLMINBIZA"),),)), "nested", SAID),
        ]
        for name, node, place, strength in elsewhere:
            add(f"in the {name}", (node,), place, strength, "misplaced-elsewhere", stays=True)
        lower = one_item(bsn.digits, "nlminbiza")
        add("under nlminbiza", lower, "item-partial", SAID, "misplaced-item")
        add("under the OID", one_item(bsn.digits, "urn:oid:2.16.840.1.113883.2.4.6.3"), "item-partial", SAID,
            "misplaced-item")  # fmt: skip
        passport = (Seq(0x00101002, (item(bsn.digits, "NLMINBIZA", "TEXT", qualifiers("", "", "PPN")),)),)
        add("under NLMINBIZA as a passport", passport, "item-partial", SAID, "misplaced-item")
        halves = (Seq(0x00101002, (item(bsn.digits), item("", "NLMINBIZA", ""))),)
        add("in halves", halves, "item-partial", SAID, "misplaced-item")
        driver = (Seq(0x00101002, (item(bsn.digits), item("", "NLRDW", ""))),)
        add("before a licence's issuer", driver, "item-bare", MAYBE, "misplaced-item")
        pair = (Seq(0x00101002, (item(f"X-18 {bsn.digits}", "HOSPITAL"),)),)
        add("beside another number in one value", pair, "item-bare", MAYBE, "misplaced-item")
        for name, written in (
            ("before a date", f"{bsn.digits}/19700102"),
            ("behind another number", f"001-{bsn.digits}"),
            ("in two values", f"{bsn.digits}\\7700123"),
            ("in a list of CX", f"7700123^^^HOSPITAL^PI~{bsn.digits}^^^NLMINBIZA^NNNLD"),
        ):
            add(f"{name} under NLMINBIZA", one_item(written, "NLMINBIZA"), "item-partial", SAID, "misplaced-item")
    return made + others() + parts()


def parts() -> list[Row]:
    """Within a longer number: it contradicts where another live patient has it, and else says nothing."""
    made: list[Row] = []
    two = "id-and-claim-name-two-patients"
    for bsn, state, reason in (
        (BSN, "planned", "missing"),
        (OTHER_BSN, "review", two),
        (NOBODYS, "planned", "missing"),
    ):
        whose = {BSN: "own", OTHER_BSN: "another's", NOBODYS: "nobody's"}[bsn]
        tail, within = f"{bsn.digits}0010", f"12{bsn.digits}34"
        for written in (tail, within, f"{bsn.digits[:4]}A{bsn.digits[4:]}", f"%40{bsn.digits}"):
            others = frozenset({("other-patient-ids", PART, bsn.masked)})
            items = frozenset({("item-bare", PART, bsn.masked)})
            named = {"written": written.replace(bsn.digits, "#"), "whose": whose}
            made.append(Row(name="{whose} {written} in (0010,1000)".format(**named), nodes=other_ids(written),
                            claims=others, state=state, reason=reason, stays=True))  # fmt: skip
            made.append(Row(name="{whose} {written} in an item".format(**named), nodes=one_item(written),
                            claims=items, state=state, reason=reason, stays=True))  # fmt: skip
            top = {("patient-id-bare", PART, bsn.masked), ("other-patient-ids", SAID, BSN.masked)}
            state_here, reason_here = (state, reason) if state == "review" else (state, "misplaced-other-patient-ids")
            made.append(Row(name="{whose} {written} as Patient ID".format(**named), stays=True,
                            nodes=patient_id(written, own=False), claims=frozenset(top), state=state_here,
                            reason=reason_here))  # fmt: skip
    return made


def others() -> list[Row]:
    """What is no BSN, stands for none, or is declared and wrong."""

    def row(name: str, nodes: tuple[Node, ...], state: str, reason: str, *claims: tuple[str, str, str]) -> Row:
        return Row(name=name, nodes=nodes, claims=frozenset(claims), state=state, reason=reason)

    def declared(value: str) -> tuple[Node, ...]:
        return one_item(value, "NLMINBIZA")

    empty = (Seq(0x00101002, (item("X-17"), item("", "", "", qualifiers("", "", "NNNLD")))),)
    instead = ("item-partial", SAID, "bsn-placeholder")
    return [
        row("nothing", (), "planned", "missing"),
        row('"" declared', declared('""'), "planned", "missing"),
        row('"" of type NNNLD', (Seq(0x00101002, (item('""', "", "", qualifiers("", "", "NNNLD")),)),),
            "planned", "missing"),
        row("a hospital number before an empty item of type NNNLD", empty, "planned", "missing"),
        row("eight digits that nobody declares", other_ids("10000008"), "planned", "missing"),
        row("nine digits that fail", other_ids("999911121"), "planned", "missing"),
        row("nine digits in an accession number", (text(0x00080050, "SH", OTHER_BSN.digits),), "planned", "missing"),
        row("a UID", patient_uid(), "planned", "missing"),
        *(row(f"{value} declared", declared(value), "review", "claim-placeholder", instead)
          for value in ("000000000", "999999999", "123456789", "0", "ONBEKEND", "n.v.t.")),
        row("BSN 000000000", other_ids("BSN 000000000"), "review", "claim-placeholder",
            ("other-patient-ids", SAID, "bsn-placeholder")),
        row("declared and wrong", declared("999911121"), "review", "invalid-number",
            ("item-partial", SAID, "bsn-eleven-test")),
        row("declared and short", other_ids("BSN 12345"), "review", "invalid-number",
            ("other-patient-ids", SAID, "bsn-wrong-length")),
        row("in an issuer", (text(0x00100021, "LO", f"BSN {OTHER_BSN.digits}"),), "review", "surname-differs",
            ("issuer", SAID, OTHER_BSN.masked)),
        row("in the name", (text(0x00100010, "PN", f"Vries^Anna^^de^{OTHER_BSN.digits}"),), "review", "claim-differs",
            ("patient-name", MAYBE, OTHER_BSN.masked)),
        row("a corrected number of another", history(), "planned", "missing"),
        row("a hospital number that passes the eleven-test", somebody(LIKE_A_BSN, "Berg^Mieke", "19800304"),
            "planned", "missing", ("patient-id-bare", MAYBE, Bsn(LIKE_A_BSN).masked)),
        row("a hospital number that is another's BSN", somebody(THIRD_BSN.digits, "Dam^Ria", "19810506"), "review",
            "id-and-claim-name-two-patients", ("patient-id-bare", MAYBE, THIRD_BSN.masked)),
    ]  # fmt: skip


def somebody(number: str, name: str, birth_date: str) -> tuple[Node, ...]:
    return text(0x00100010, "PN", name), text(0x00100020, "LO", number), text(0x00100030, "DA", birth_date)


def patient_uid() -> tuple[Node, ...]:
    return (text(0x00101000, "LO", f"1.2.826.0.1.{OTHER_BSN.digits}.4"),)


def history() -> tuple[Node, ...]:
    old = (text(0x00101000, "LO", OTHER_BSN.digits),)
    return (Seq(0x04000561, ((Seq(0x04000550, (old,)), text(0x04000563, "LO", "ELSE")),)),)


LIKE_A_BSN = "123456782"
THIRD_BSN = Bsn("999900006")
NOBODYS = Bsn("999990408")
ROWS = rows()
CLEAR = re.compile(f"{BSN.digits}|{OTHER_BSN.digits}|{THIRD_BSN.digits}")


def study_uid(number: int) -> str:
    return f"1.2.826.0.1.3680043.8.498.5.{number}"


def as_object(number: int, row: Row) -> DicomObject:
    """The row's study as one object. Patient ID and its issuer stay those of Anna unless the row says otherwise."""
    uids = {0x00080018: f"1.2.826.0.1.3680043.8.498.7.{number}", 0x0020000D: study_uid(number)}
    uids[0x0020000E] = f"1.2.826.0.1.3680043.8.498.6.{number}"
    named = [text(tag, "UI", uid) for tag, uid in uids.items()]
    return DicomObject(
        sop_class_uid=SECONDARY_CAPTURE,
        sop_instance_uid=uids[0x00080018],
        transfer_syntax_uid=EXPLICIT,
        dataset_bytes=encoded(patient(*row.nodes, *named), EXPLICIT),
    )


PEOPLE = (
    ("H0012345", BSN.digits, "J", "1970-01-02", "F", "Vries", "de", "", "", "Anna", "A."),
    (LIKE_A_BSN, THIRD_BSN.digits, "J", "1980-03-04", "F", "Berg", "", "", "", "Mieke", "M."),
    (THIRD_BSN.digits, "999912343", "J", "1981-05-06", "F", "Dam", "", "", "", "Ria", "R."),
    ("H0099999", OTHER_BSN.digits, "J", "1970-01-02", "F", "Jansen", "", "", "", "Petra", "P."),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Every row in an archive, surveyed with a header of each series, planned; read only."""
    folder = tmp_path_factory.mktemp("spellings")
    made = Workplace(folder=folder, hospital=build_hospital(1), port=free_port())
    made.configure()
    archive = EmbeddedArchive(folder / "archive")
    archive.store_directly([as_object(number, row) for number, row in enumerate(ROWS)])
    epd = folder / "people.csv"
    epd.write_text("\n".join(";".join(row) for row in (tuple(CSV_COLUMNS.values()), *PEOPLE)) + "\n")
    made.must("init", "--dir", str(folder))
    with made.archive():
        made.must("doctor", "--probe")
        made.must("survey", "--headers", "series")
        made.must("epd", "load", str(epd))
        made.must("plan", "--out", str(folder / "plans" / "plan-0001"))
    return made


def planned(place: Workplace) -> dict[str, dict[str, Any]]:
    studies = json.loads(Path(place.plan).read_text())["studies"]
    return {study["study_instance_uid"]: study for study in studies}


def test_header_show_names_every_claim(tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        (tmp_path / f"{number}.dcm").write_bytes(to_part10(as_object(number, row)))
    shown = run("--json", "header", "show", *(str(tmp_path / f"{number}.dcm") for number in range(len(ROWS))))
    found = {
        row.name: {(claim["place"], claim["strength"], claim["value"]) for claim in answer["claims"]}
        for row, answer in zip(ROWS, shown.answer["files"], strict=True)
    }
    assert found == {row.name: row.claims for row in ROWS}
    assert not CLEAR.search(shown.out)


def test_the_plan_judges_every_row_as_the_table_says(place: Workplace) -> None:
    studies = planned(place)
    wrong = {
        row.name: (studies[study_uid(number)]["state"], studies[study_uid(number)]["reasons"])
        for number, row in enumerate(ROWS)
        if studies[study_uid(number)]["state"] != row.state or row.reason not in studies[study_uid(number)]["reasons"]
    }
    assert wrong == {}


def test_measuring_judges_every_row_as_the_plan_does(place: Workplace) -> None:
    with place.session(exclusive=False) as work:
        judge = work.judge
        places = {
            row.study_instance_uid: judged_place(row.evidence, work.profile, judge.judge(row.evidence).patient)
            for row in work.ledger.studies()
        }
    for number, row in enumerate(ROWS):
        if row.state == "planned":
            assert row.reason in with_kind(places[study_uid(number)]), row.name
    measured = place.must("measure", "survey", code=0).answer
    assert (measured["studies"], measured["correct"]) == (len(ROWS), 0)


def test_no_bsn_stands_in_clear_in_what_a_plan_writes(place: Workplace) -> None:
    folder = Path(place.plan).parent
    for name in ("plan.json", "plan.csv", "plan.html", "review.csv"):
        assert not CLEAR.search((folder / name).read_text(encoding="utf-8-sig")), name
    for study in planned(place).values():
        for value in (study["patient_id"], study["issuer"]):
            assert value == LIKE_A_BSN or not any(isinstance(found.value, Bsn) for found in read_identifier(value))
    numbers = {study["patient_id"] for study in planned(place).values()}
    assert {"H0012345", LIKE_A_BSN, THIRD_BSN.masked} <= numbers
    assert "H0012345" in (folder / "plan.csv").read_text("utf-8-sig")


def test_her_own_number_moves_and_does_not_stay_behind(place: Workplace, tmp_path: Path) -> None:
    work = place.copy(tmp_path / "work")
    with work.archive() as archive:
        work.must("approve", work.plan, "--by", "A. Reviewer")
        executed = work.must("execute", work.plan, "--now").answer
        held = {uid: archive.objects(uid) for uid in work.states()}
    expected = Counter(row.state for row in ROWS)["planned"]
    assert (executed["verified"], executed["failed"], executed["drifted"]) == (expected, 0, 0)
    for number, row in enumerate(ROWS):
        if row.state != "planned":
            continue
        (written,) = held[study_uid(number)]
        header = dcmread(io.BytesIO(to_part10(written)))
        items = header.OtherPatientIDsSequence
        moved = THIRD_BSN.digits if row.name.startswith("a hospital number that") else BSN.digits
        assert [one.PatientID for one in items if one.get("IssuerOfPatientID") == "NLMINBIZA"] == [moved], row.name
        left = [str(one.get("PatientID", "")) for one in items if one.get("IssuerOfPatientID") != "NLMINBIZA"]
        left += str(header.get("OtherPatientIDs") or "").split("\\")
        assert not any(found.value == BSN for value in left for found in read_identifier(value)), row.name
        if "(0010,1000)" in row.name or "in an item" in row.name:
            assert "X-17" in str(left), row.name


def test_a_person_resolves_placeholders_and_they_do_not_stay_behind(place: Workplace, tmp_path: Path) -> None:
    work = place.copy(tmp_path / "work")
    uids = {study_uid(number) for number, row in enumerate(ROWS) if row.reason == "claim-placeholder"}
    sheet = exported(work)
    assert not CLEAR.search(sheet.read_text("utf-8-sig"))
    fill(sheet, lambda row: ("confirm", WHY) if row["StudyInstanceUID"] in uids else ("", ""))
    with work.archive() as archive:
        answer = work.must("review", "import", str(sheet), "--by", BY).answer
        assert answer["confirmed"] == len(uids)
        work.must("plan", "--out", str(work.folder / "plans" / "plan-0002"))
        plan = str(work.folder / "plans" / "plan-0002" / "plan.json")
        approve(work, plan)
        work.must("execute", plan, "--now")
        states = work.states()
        assert {states[uid].value for uid in uids} == {"verified"}
        for uid in uids:
            (written,) = archive.objects(uid)
            header = dcmread(io.BytesIO(to_part10(written)))
            numbers = [one.PatientID for one in header.OtherPatientIDsSequence]
            assert sorted(numbers)[0] == BSN.digits
            assert set(numbers) <= {BSN.digits, "X-17"}
            assert str(header.get("OtherPatientIDs") or "X-17") == "X-17"
