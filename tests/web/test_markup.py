"""What an EPD, a header or a person may say: no page runs it, no page shows it as anything but text, and what people
type comes back without a BSN."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from remediate.identity.evidence import Evidence
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType, NewEvent
from remediate.records.roles import Role
from remediate.report.leak_scan import numbers_in
from remediate.wiring import now
from tests.web.crawl import Crawl, crawl
from tests.web.pages import Pages, account
from tests.web.reviewing import borrowed

MARK = "7331"
ODD = (
    f"<script>alert({MARK})</script>",
    f'"><img src=x onerror=alert({MARK})>',
    f"' onmouseover=alert({MARK}) x='",
    f"javascript:alert({MARK})",
    f"\u202e{MARK}\u2066<svg/onload=alert({MARK})>",
    f"</td></table><iframe src=//{MARK}.example>{{{{ {MARK} }}}}",
)
"""As somebody might try who may write into one field of an order."""
NUL = f"a\0b{MARK}"
BSN = "999990019"
UID = "1.2.826.0.1.3680043.8.498.7331.{}"


@pytest.fixture(scope="module")
def marked(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Over an EPD, headers, reasons, names and errors that all hold markup."""
    folder = tmp_path_factory.mktemp("marked")
    with borrowed(pages, folder):
        numbers = load_epd(pages, folder)
        survey(pages, numbers)
        pages.place.must("plan", "--out", str(folder / "plan"))
        one = account("marked", f"M. {ODD[0]}", *Role)
        happened(pages)
        yield pages
        one.delete()


def load_epd(pages: Pages, folder: Path) -> list[str]:
    """Patients by CSV and by HL7; the numbers under which they were asked to be kept."""
    columns = "patientnummer;bsn;bsn_geverifieerd;geboortedatum;geslacht;achternaam;tussenvoegsel;partner_achternaam;"
    rows, messages, numbers = [columns + "partner_tussenvoegsel;voornamen;voorletters"], [], []
    for number, odd in enumerate(ODD):
        for kept in (f"M{MARK}{number}", odd):
            numbers.append(kept)
            said = (kept, "", "", "1961-04-07", "V", f"Berg{odd}", odd, odd, odd, f"Anna {odd}", "A.")
            rows.append(";".join('"' + text.replace('"', '""') + '"' for text in said))
        told = odd.replace("&", "+")
        messages.append(
            "\r".join((
                f"MSH|^~\\&|EPD|HOSPITAL|REMEDIATE||20250106080000||ADT^A28|{told}|P|2.4||||||UNICODE UTF-8",
                "EVN|A28|20250106080000",
                f"PID|1||H{MARK}{number}^^^{told}^PI||{told}&&{told}^{told}^^^^^L||19610407|F|||{told}^^{told}",
            )) + "\r"
        )  # fmt: skip
    (folder / "odd.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "odd.hl7").write_text("".join(messages), encoding="utf-8")
    for name in ("odd.csv", "odd.hl7"):
        pages.place.run("epd", "load", str(folder / name))
    return numbers


def survey(pages: Pages, numbers: list[str]) -> None:
    """A study of each, whose header differs from the EPD in the day of birth."""
    found = []
    for number, (kept, odd) in enumerate(zip(numbers, cycle((*ODD, NUL)), strict=False)):
        name = f"Berg{odd}^Anna{odd}"
        header = Evidence(patient_id=kept, issuer="HOSPITAL", patient_name=name, birth_date="19610408", sex=odd)
        if number % 3 == 0:
            header = replace(header, issuer=odd, birth_date=odd)
        found.append(FoundStudy(study_instance_uid=UID.format(number), study_date=odd, modalities=(odd, "CT"),
                                institution_name=odd, station_name=odd, accession_number=odd, instances=3,
                                evidence=header))  # fmt: skip
    with pages.place.session() as work:
        work.ledger.save_found(found, now=now())


def happened(pages: Pages) -> None:
    """What the ledger holds of people's reasons and of an archive's words."""
    study = pages.place.planned()[0].study_instance_uid
    with pages.place.session() as work:
        for odd in ODD:
            for kind in (EventType.EXPORT, EventType.KEY_USE, EventType.CONTROL):
                work.ledger.record(NewEvent(type=kind, at=now(), actor=odd, study=study, plan="plan-0001",
                                            details={"why": odd, "comment": odd, odd: odd}))  # fmt: skip


def reviewed(client: Any) -> None:
    """A decision about each study, for a reason that holds markup."""
    for number in range(2 * len(ODD)):
        address = f"/queue/study/{UID.format(number)}"
        seen = re.search(r'name="candidate" value="([^"]*)"', client.get(address).content.decode())
        if seen:
            client.post(address, {"candidate": seen[1], "decision": "exclude", "why": ODD[number % len(ODD)]})


@pytest.fixture(scope="module")
def crawled(marked: Pages) -> Mapping[str, Crawl]:
    """As each role, and as somebody with all and an odd name."""
    everything = marked.new_client("marked")
    reviewed(everything)
    found = {role.value: crawl(marked.new_client(role.value)) for role in Role}
    start = tuple(f"/{kind}/{UID.format(number)}" for number in range(2 * len(ODD)) for kind in
                  ("queue/study", "ledger/study", "plans/plan-0001/studies"))  # fmt: skip
    found["marked"] = crawl(everything, *("/", "/queue", *start))
    return found


DOES = ("<script>alert", "<img src=x", "<svg", "<iframe", "\u202e", "\u2066", "\0")


def faults_of(body: bytes) -> list[str]:
    """What of the markup would do anything in a browser."""
    text = body.decode()
    found = [sign for sign in DOES if sign in text]
    for element in html.fromstring(text).iter():
        named = element.attrib.items() if isinstance(element.tag, str) else ()
        found += [name for name, _ in named if name.startswith("on")]
        leads = [value for name, value in named if name in ("href", "src", "action", "style")]
        found += [value for value in leads if MARK in value and not value.startswith("/")]
    return found


def test_no_markup_of_epd_header_or_person_passes(crawled: Mapping[str, Crawl]) -> None:
    shown = set[str]()
    for who, seen in crawled.items():
        for one in seen.pages.values():
            if one.headers["Content-Type"].startswith("text/html") and one.body:
                body = re.sub(rb"<svg (?=[^>]*viewBox)", b"<i ", one.body)  # our own drawings
                assert faults_of(body) == [], (who, one.address)
                if MARK.encode() in body:
                    shown.add(one.address.split("/")[1].partition("?")[0])
    assert {"queue", "ledger", "plans"} <= shown


def test_what_the_scan_of_pages_would_find() -> None:
    for odd in (*ODD[:2], ODD[4], ODD[5], NUL):
        assert faults_of(f"<p>x{odd}</p>".encode()), odd
    assert faults_of(f"<p title='{ODD[2]}'>".encode())
    assert faults_of(f"<a href='{ODD[3]}'>".encode())


TYPED = (BSN, f" {BSN} ", "999 990 019", f"patient {BSN} <b>", f"{BSN}@x")


def test_no_form_gives_a_bsn_back(crawled: Mapping[str, Crawl], marked: Pages) -> None:
    """Every form of every page, with a BSN in each of its fields; and pages of which the address holds one."""
    client, seen, wrong = marked.new_client("marked"), crawled["marked"], []
    forms = {(method, action.partition("?")[0]): fields for (method, action), fields in seen.forms.items()
             if "/sign-out" not in action and UID.format("")[:-2] not in action.replace(UID.format(1), "")}  # fmt: skip
    forms |= {("post", f"/queue/study/{UID.format(3)}"): ("candidate", "decision", "why"),
              ("post", "/queue/kind"): ("group", "decision", "seen", "why"),
              ("get", "/queue"): ("group", "after"), ("get", "/queue/first"): ("group",),
              ("get", "/queue/kind"): ("group", "decision"),
              ("get", "/plans/plan-0001/studies"): ("state", "reason", "after"),
              ("get", "/ledger"): ("study", "reason", "after"),
              ("post", "/account/password"): ("old_password", "new_password1", "new_password2"),
              ("post", "/account/factors/webauthn/add/"): ("name", "credential")}  # fmt: skip
    asked = {"decision": "exclude", "language": "nl", "form": "csv", "state": "review"}
    for (method, action), fields in forms.items():
        for typed in TYPED:
            given = {name: asked.get(name, typed) for name in fields if name != "csrfmiddlewaretoken"}
            answer = getattr(client, method)(action, given)
            body = b"" if answer.streaming else answer.content
            if answer.status_code >= 500 or next(numbers_in(body), None) is not None:
                wrong.append((method, action, typed, answer.status_code))
    for action in ("/sign-in", f"/sign-in?next=/{BSN}", f"/{BSN}", f"/ledger/study/{BSN}", f"/plans/{BSN}"):
        answer = marked.new_client().post(action, {"login": BSN, "password": "x", "next": f"/{BSN}"})
        seen_by = client.get(action)
        if any(next(numbers_in(one.content), None) is not None for one in (answer, seen_by)):
            wrong.append(("both", action, BSN, answer.status_code))
    assert wrong == []
