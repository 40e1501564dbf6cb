"""No export, proof, page or printed line holds a BSN or a name; a planted number stops an export and leaves no file."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from remediate.faces import export
from remediate.records.ledger import EventType, NewEvent
from remediate.wiring import now
from tests.leaks import Leak, Secrets, leaks_in, leaks_under
from tests.workplace import DemoRun, Workplace

FORMS = ("csv", "jsonl", "nen7513", "dicom-audit")
PLANTED = "999911120"
SOURCES = ("archive", "epd")
KINDS = (["bsn"], ["eleven-test"])
SCHEMA = Path(__file__).parent.parent / "report" / "dicom_audit_message.rng"


@pytest.fixture
def done(demo: DemoRun, tmp_path: Path) -> Workplace:
    """A copy of the demo's folder, to work in."""
    return demo.place.copy(tmp_path / "demo")


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a demo with all exports leaves behind."""

    folder: Path
    secrets: Secrets

    def leaks(self) -> list[Leak]:
        return list(leaks_under(self.folder, self.secrets, except_in=SOURCES))


@pytest.fixture(scope="module")
def left(demo: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A copy of the demo's folder with every export, what the terminal showed, and a forced traceback."""
    done = demo.place.copy(tmp_path_factory.mktemp("left") / "demo")
    out = done.folder / "out"
    out.mkdir()
    study = done.must("ledger", "list", "--outcome", "verified").answer["events"][0]["study"]
    said = [done.run("ledger", "export", str(out / form), "--format", form) for form in FORMS]
    said.append(done.run("ledger", "show", study, "--proof", str(out / "proof.json")))
    said += [done.run(*words) for words in (("ledger", "list"), ("ledger", "retention"), ("ledger", "verify"))]
    said.append(done.run("ledger", "backup", str(out / "backup.db")))
    said.append(done.run("report", "--out", str(out / "batch.html")))
    assert [ran.code for ran in said] == [0] * len(said)
    (out / "terminal.txt").write_text("".join((demo.out, demo.err, *(ran.out + ran.err for ran in said))))
    (out / "traceback.txt").write_text(_forced_traceback(done))
    return Left(folder=done.folder, secrets=Secrets.of(demo.hospital))


def _forced_traceback(place: Workplace) -> str:
    """What a fault of our own shows in the middle of an export, local variables included."""

    def broken(*_: object) -> str:
        raise RuntimeError("forced")

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(export.FORMS, "csv", broken)
        with pytest.raises(RuntimeError, match="forced") as caught:
            place.run("ledger", "export", str(place.folder / "x.csv"), "--format", "csv")
    return "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())


def test_nothing_that_a_demo_and_its_exports_leave_behind_holds_a_patient(left: Left) -> None:
    assert left.leaks() == []
    out = left.folder / "out"
    public = {"proof.json", "terminal.txt", "traceback.txt"}
    assert {path.stat().st_mode & 0o077 for path in out.iterdir() if path.name not in public} == {0}
    assert all(len((out / form).read_text().splitlines()) > 100 for form in FORMS)


def test_a_number_planted_in_any_of_these_files_is_found(left: Left) -> None:
    sources = {left.folder / name for name in SOURCES}
    files = [path for path in left.folder.rglob("*") if path.is_file() and not sources & {*path.parents}]
    names = {path.name for path in files}
    assert {"plan.json", "plan.html", "ledger.db", "backup.db", "batch.html", "terminal.txt", "traceback.txt"} <= names
    for path in files:
        content = path.read_bytes()
        middle = content.find(b"\n", len(content) // 2) + 1
        planted = content[:middle] + b" " + PLANTED.encode() + b" " + content[middle:]
        assert [leak.kind for leak in leaks_in(planted, path.name, left.secrets)] in KINDS, path.name


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
