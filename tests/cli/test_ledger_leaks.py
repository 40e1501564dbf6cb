"""No export, proof, page or printed line holds a BSN or a name; a planted number stops an export and leaves no file."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from leaks import Secrets, leaks_in, leaks_under
from lxml import etree
from workplace import DemoRun, Workplace

from remediate.cli import ledger_export
from remediate.cli.wiring import now
from remediate.records.ledger import EventType, NewEvent

FORMS = ("csv", "jsonl", "nen7513", "dicom-audit")
PLANTED = "999911120"
SCHEMA = Path(__file__).parent.parent / "report" / "dicom_audit_message.rng"


@pytest.fixture
def done(demo: DemoRun, tmp_path: Path) -> Workplace:
    """A copy of the demo's folder, to work in."""
    return demo.place.copy(tmp_path / "demo")


def test_everything_that_can_be_exported_holds_no_patient(demo: DemoRun, done: Workplace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    study = done.must("ledger", "list", "--outcome", "verified").answer["events"][0]["study"]
    said = [done.run("ledger", "export", str(out / form), "--format", form) for form in FORMS]
    said.append(done.run("ledger", "show", study, "--proof", str(out / "proof.json")))
    said += [done.run(*words) for words in (("ledger", "list"), ("ledger", "retention"), ("ledger", "verify"))]
    said.append(done.run("ledger", "backup", str(out / "backup.db")))
    said.append(done.run("report", "--out", str(out / "batch.html")))
    assert [ran.code for ran in said] == [0] * len(said)
    secrets = Secrets.of(demo.hospital)
    assert list(leaks_under(out, secrets)) == []
    assert list(leaks_in("".join(ran.out + ran.err for ran in said).encode(), "terminal", secrets)) == []
    assert {path.stat().st_mode & 0o077 for path in out.iterdir() if path.name != "proof.json"} == {0}
    lines = [(out / form).read_text().splitlines() for form in FORMS]
    assert all(len(found) > 100 for found in lines)


def test_every_exported_audit_message_is_valid(done: Workplace, tmp_path: Path) -> None:
    done.must("ledger", "export", str(tmp_path / "audit.xml"), "--format", "dicom-audit")
    schema = etree.RelaxNG(etree.parse(SCHEMA))
    for line in (tmp_path / "audit.xml").read_text().splitlines():
        schema.assertValid(etree.fromstring(line))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", ["actor", "details"])
def test_a_planted_number_stops_an_export_and_leaves_nothing(
    place: Workplace, tmp_path: Path, form: str, field: str
) -> None:
    """Commands refuse such names and reasons; here one stands in the ledger all the same."""
    values = {"actor": f"X {PLANTED}"} if field == "actor" else {"details": {"why": f"of {PLANTED}"}}
    with place.session(exclusive=False) as work:
        work.ledger.record(NewEvent(type=EventType.CONTROL, at=now(), **values))  # type: ignore[arg-type]
        line = work.ledger.verify().events + (form == "csv")
    ran = place.run("ledger", "export", str(tmp_path / "out"), "--format", form)
    assert ran.code == 1
    assert f"Line {line} would hold a number that may be a BSN" in ran.one_line
    assert PLANTED not in ran.err
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
    with place.session(exclusive=False) as work:
        assert not list(work.ledger.events(type_=EventType.EXPORT))


def test_a_planted_number_stops_forwarding_before_it_leaves(place: Workplace) -> None:
    with place.session(exclusive=False) as work:
        work.ledger.record(NewEvent(type=EventType.CONTROL, at=now(), actor=PLANTED))
    ran = place.run("ledger", "forward", "--to", "127.0.0.1:9")
    assert (ran.code, "may be a BSN; nothing from there on was sent" in ran.one_line) == (1, True)
    assert PLANTED not in ran.err


@pytest.mark.parametrize("name", [*FORMS, "proof.json"])
def test_a_number_planted_in_any_of_these_files_is_found(
    demo: DemoRun, done: Workplace, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    study = done.must("ledger", "list", "--outcome", "verified").answer["events"][0]["study"]
    if name == "proof.json":
        done.must("ledger", "show", study, "--proof", str(out / name))
    else:
        done.must("ledger", "export", str(out / name), "--format", name)
    secrets = Secrets.of(demo.hospital)
    content = (out / name).read_bytes()
    middle = content.index(b"\n", len(content) // 2)
    (out / name).write_bytes(content[:middle] + b" " + PLANTED.encode() + content[middle:])
    assert {leak.kind for leak in leaks_under(out, secrets)} <= {"bsn", "eleven-test"}
    assert list(leaks_under(out, secrets))


def test_a_forced_traceback_holds_no_patient(demo: DemoRun, done: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("forced")

    monkeypatch.setitem(ledger_export._FORMS, "csv", broken)
    try:
        done.run("ledger", "export", str(done.folder / "x.csv"), "--format", "csv")
    except RuntimeError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "forced" in told
    assert list(leaks_in(told.encode(), "traceback", Secrets.of(demo.hospital))) == []
