"""What `status` says is so: of a process at work, killed, frozen or paused, and of why nothing runs; its next step can
be typed as it stands."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest

from remediate.cli.main import remediate
from remediate.cli.night.status import tell_at_a_time
from remediate.cli.output import Output
from remediate.demo.faults import Break, ConversationEnding, Delay, Faults, Phase
from remediate.demo.hospital import build_hospital
from remediate.ledger.database import hold_lock
from remediate.ledger.ledger import SqlLedger
from remediate.processes import this_process
from remediate.records.signs import Doing, Fate, Hold, Holder
from remediate.texts.language import Sentence
from remediate.wiring import now
from tests.workplace import Workplace, free_port, planned_workplace, run

HOSPITAL = build_hospital(60)
OURS = [study for study in HOSPITAL.studies if study.truth.expected_state == "planned"][:3]
WHO = ("--by", "Jan Smit", "--why", "test")
ALWAYS = {"window": {"from": "00:00", "to": "00:00"}}
NEVER_NOW = {"window": {"from": "20:00", "to": "06:00", "days": []}}
SLOW = Faults(delays=(Delay(phase=Phase.STORE, seconds=0.5),))
HANGS = Faults(breaks=(Break(phase=Phase.STORE, by=ConversationEnding.HANG),))
"""Archives that leave time to look, also on a busy machine; the second until it is told otherwise."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = planned_workplace(tmp_path_factory.mktemp("made"), HOSPITAL, free_port(), OURS)
    place.configure(execute={**ALWAYS, "associations": 1})
    return place


@pytest.fixture
def place(made: Workplace, tmp_path: Path) -> Workplace:
    return made.copy(tmp_path / "place")


def typed(step: str, config: Path) -> click.Context:
    """The command line takes it as it stands, from any folder; nothing is run."""
    words = shlex.split(step)
    if words[0] == "kill":
        assert re.fullmatch(r"kill (-CONT )?\d+", step)
        return click.Context(remediate)
    assert words[:3] == ["remediate", "--config", str(config)]
    context: click.Context = click.Context(remediate)
    command: click.Command = remediate
    rest = words[3:]
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, context if isinstance(found, click.Group) else found.make_context(name, rest, context)
    return context


def status(place: Workplace, code: int) -> dict[str, Any]:
    """The answer, checked to say the same in both languages, with a next step that can be typed."""
    answer = place.must("status", code=code).answer
    for language, word in (("en", "Next: "), ("nl", "Nu: ")):
        ran = run("--config", str(place.config), "--lang", language, "status")
        assert ran.code == code
        steps = [line.removeprefix(word) for line in ran.out.splitlines() if line.startswith(word)]
        assert len(steps) == (answer["next"] is not None), ran.out
        for step in steps:
            typed(step.rpartition("; then: " if language == "en" else "; dan: ")[2], place.config)
    assert "BSN" not in place.run("status").out
    return answer


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def begun(place: Workplace) -> bool:
    return any(state in ("intent", "stored") for state in place.states().values())


def begin(place: Workplace) -> subprocess.Popen[str]:
    process = place.start("--json", "execute", "plan-0001", "--now")
    until(lambda: process.poll() is None and begun(place))
    return process


def test_a_plan_that_may_run_waits_for_its_window_and_for_people(place: Workplace) -> None:
    ready = status(place, 2)
    assert (ready["state"], ready["running"], ready["next"]) == ("ready", False, "remediate execute plan-0001")
    assert (ready["percent"], ready["left"]["studies"], ready["process"]) == (0.0, 3, None)
    place.configure(execute={"window": {"from": "02:00", "to": "02:01", "days": ["mon"], "timezone": "Asia/Tokyo"}})
    shut = status(place, 2)
    waits = "wait until the window opens; then: remediate execute plan-0001"
    assert (shut["state"], shut["next"]) == ("outside-window", waits)
    assert shut["window"]["opens_at"].endswith("T02:00:00+09:00")
    assert "JST" in place.run("status").out
    place.configure(approval={"people": 2, "names": {"piet": "Piet Vis"}})
    lacking = status(place, 2)
    assert (lacking["state"], lacking["next"]) == ("approval-missing", "remediate approve plan-0001 --by NAME")
    assert "Piet Vis" in lacking["missing"]
    assert "Nu: remediate approve plan-0001 --by NAAM" in place.run("--lang", "nl", "status").out
    with place.acting_as("piet"):
        assert status(place, 2)["next"] == "remediate approve plan-0001"
    for literal in ("NAME", "NAAM"):
        assert place.json("approve", "plan-0001", "--by", literal).code == 64


def test_a_ledger_that_cannot_be_written_is_told_before_anything_is_tried(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(place.folder)
    monkeypatch.setattr("remediate.ledger.database.os.access", lambda path, mode: str(path) != folder)
    shut = status(place, 2)
    assert (shut["state"], shut["next"], shut["done_at"]) == ("ledger-read-only", "remediate doctor", None)
    assert "alleen te lezen" in place.run("--lang", "nl", "status").out
    looked = place.run("--lang", "nl", "doctor")
    assert (looked.code, "alleen te lezen" in looked.out + looked.err) == (1, True)


def test_a_disk_without_room_is_told_with_how_much_it_lacks(place: Workplace) -> None:
    place.configure(execute={"spool": {"min_free_bytes": 10**15}})
    full = status(place, 2)
    folder = place.folder / "spool"
    assert full["state"] == "spool-full"
    assert re.fullmatch(
        rf"make room for [\d.,]+ TB more on the disk under {folder}; then: remediate execute plan-0001", full["next"]
    )
    assert " minder ruimte dan " in place.run("--lang", "nl", "status").out


def test_a_full_disk_under_the_ledger_is_told_before_anything_is_tried(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remediate.wiring.Machine.ledger_room", lambda _: 20_000)
    full = status(place, 2)
    assert (full["state"], full["done_at"]) == ("ledger-full", None)
    assert full["next"] == "make room for 1.0 MB more on the disk under the ledger; then: remediate status"
    assert "de schijf onder het logboek is vol" in place.run("--lang", "nl", "status").out


def test_another_command_at_work_is_seen_and_so_is_one_that_was_stopped(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = Holder(this_process(), "remediate survey", now(), changes_studies=False)
    with hold_lock(f"sqlite:///{place.folder / 'ledger.db'}", holder.note()):
        busy = status(place, 2)
        assert (busy["state"], busy["running"], busy["next"]) == ("busy", True, None)
        assert (busy["command"]["name"], busy["command"]["pid"]) == ("remediate survey", holder.process.pid)
        assert "`remediate survey`" in place.run("--lang", "nl", "stop").out
        monkeypatch.setattr("remediate.wiring.fate_of", lambda _: Fate.STOPPED)
        frozen = status(place, 2)
        assert (frozen["state"], frozen["running"]) == ("frozen", False)
        assert frozen["next"] == f"kill -CONT {holder.process.pid}"
    assert status(place, 2)["state"] == "ready"
    for note in ("", "of another release", '["pacs01"]'):
        with hold_lock(f"sqlite:///{place.folder / 'ledger.db'}", note):
            assert place.must("status", code=2).answer["state"] == "ready"


def test_each_command_leaves_its_name_in_the_lock(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(SqlLedger, "next_plan_id", lambda _: seen.append(place.must("status", code=2).answer) or "")
    with suppress(Exception):
        place.run("plan")
    assert [(one["state"], one["command"]["name"]) for one in seen] == [("busy", "remediate plan")]


def test_an_archive_that_falls_silent_is_waited_for_and_status_says_for_what(place: Workplace) -> None:
    place.configure(archive={"timeouts": {"store": 30}})
    with place.archive(HANGS) as archive:
        process = place.start("--json", "execute", "plan-0001", "--now", quiet_seconds=0.3)
        until(lambda: place.json("status").answer["state"] == "waiting-archive")
        silent = status(place, 2)
        assert (silent["running"], silent["next"]) == (True, "remediate doctor")
        assert silent["archive"]["waits_for"] == "C-STORE, for which it has 30 s"
        assert silent["archive"]["since"]
        assert "Nothing is lost" in silent["told"]
        assert "After 5 failures in a row the batch stops" in silent["told"]
        place.must("pause")
        assert "Waiting for the archive: it has been silent" in status(place, 2)["told"]
        place.must("resume")
        archive.faults = Faults()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["verified"]) == (1, 2)  # it hung up on the first
    assert "The archive is silent: no answer yet to C-STORE" in err
    assert "answers again" not in err


def test_what_the_archive_answered_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    refused = Sentence("Fewer at a time: the archive refused. It answered: no.", "Minder tegelijk.")
    for hold, told in ((Hold.ARCHIVE, ""), (None, refused.en + "\n")):
        tell_at_a_time(Output(), Doing(pace=refused, hold=hold))
        assert capsys.readouterr().out == told


def test_a_roll_back_that_was_only_looked_at_is_called_one(place: Workplace) -> None:
    with place.archive():
        place.must("execute", "plan-0001", "--now")
        looked = place.must("rollback", "plan-0001", *WHO, "--preview").answer["plan"]
    told = status(place, 0)
    assert (told["state"], told["plan"]) == ("approval-missing", looked)
    assert f"{looked} is a roll-back: approved and executed, it puts 3 studies back" in told["told"]
    elsewhere = f"remediate --config {place.config} withdraw {looked} --by NAME"
    assert elsewhere in run("--config", str(place.config), "status").out
    place.must("withdraw", looked, *WHO)
    assert status(place, 0)["state"] != "approval-missing"
    nothing_left = place.run("withdraw", "plan-0001", *WHO).out
    assert "No work was left under it" in nothing_left
    assert "study in hand" not in nothing_left


def test_a_plan_that_was_withdrawn_or_superseded_is_never_proposed(place: Workplace) -> None:
    newer = place.must("plan").answer["plan"]
    place.must("withdraw", "plan-0001", *WHO)
    unapproved = status(place, 2)
    assert (unapproved["plan"], unapproved["state"]) == (newer, "approval-missing")
    newest = place.must("plan").answer["plan"]
    assert status(place, 2)["next"] == f"remediate approve {newest} --by NAME"
    place.must("withdraw", newest, *WHO)
    withdrawn = status(place, 2)
    assert "the same again" in withdrawn["told"]
    assert (withdrawn["state"], withdrawn["plan"], withdrawn["next"]) == ("plan-withdrawn", None, "remediate plan")


def test_a_probe_that_is_missing_or_of_another_archive_comes_before_execute(place: Workplace) -> None:
    place.configure(archive={"called_ae_title": "OTHER"})
    other = status(place, 2)
    assert (other["state"], other["next"]) == ("probe-forbids", "remediate doctor --probe")
    with place.session() as work, work.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM facts WHERE name = 'probe'")
    assert status(place, 2)["state"] == "probe-missing"


def test_settings_that_changed_since_the_plan_are_told_before_the_night_not_in_it(place: Workplace) -> None:
    place.configure(identity={"fill_missing": False})
    changed = status(place, 2)
    assert (changed["state"], changed["next"], changed["done_at"]) == ("settings-changed", "remediate plan", None)
    assert "identity" in changed["told"]
    assert "undo that" in changed["told"]
    with place.acting_as("second"):
        approved = place.must("approve", "plan-0001", "--by", "B. Second").answer
        assert (approved["may_execute"], "identity" in approved["waits_because"]) == (False, True)
    place.configure(identity={"fill_missing": True})
    assert status(place, 2)["state"] == "ready"


def test_a_plan_file_that_was_changed_or_is_gone_is_told_before_the_night(place: Workplace) -> None:
    place.must("withdraw", "plan-0001", *WHO)  # its file lies where this place was copied from
    path = Path(place.must("plan").answer["path"])
    place.must("approve", str(path), "--by", "B. Second")
    text = path.read_text()
    path.write_text(text.replace('"planned"', '"correct"', 1))
    changed = status(place, 2)
    assert (changed["state"], changed["next"]) == ("settings-changed", "remediate plan")
    assert "plan.json was changed after it was made" in changed["told"]
    path.unlink()
    gone = status(place, 2)
    assert (gone["state"], gone["next"]) == ("settings-changed", "remediate plan")
    assert "plan.json cannot be read" in gone["told"]
    path.write_text(text)
    assert status(place, 2)["state"] == "ready", "written anew, and the same"


def test_a_pause_is_told_whatever_else_keeps_work(place: Workplace) -> None:
    place.must("withdraw", "plan-0001", *WHO)
    place.must("pause")
    waits = status(place, 2)
    assert waits["state"] == "plan-withdrawn"
    assert "what is begun waits until `remediate" in waits["told"]
    place.must("resume")
    assert "Paused" not in status(place, 2)["told"]


def test_hands_on_work_say_so_when_nothing_runs(place: Workplace) -> None:
    for language, words in (("en", "Nothing runs"), ("nl", "Er loopt niets")):
        assert words in place.run("--lang", language, "stop").out
        assert words in place.run("--lang", language, "pause").out
    paused = status(place, 2)
    assert (paused["state"], paused["running"], paused["next"]) == ("paused", False, "remediate resume")
    assert paused["controlled"]["by"]
    assert paused["controlled"]["since"]
    place.must("resume")
    assert status(place, 2)["state"] == "ready"


def test_killed_work_is_called_interrupted_and_what_it_began_is_settled(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place.archive(HANGS) as archive:
        process = begin(place)
        alive = place.must("status", code=2).answer
        process.kill()
        assert (alive["state"], alive["running"], alive["process"]["pid"]) == ("running", True, process.pid)
        process.communicate()
        killed = status(place, 2)
        assert (killed["state"], killed["running"], killed["done_at"]) == ("interrupted", False, None)
        assert (killed["begun"], killed["next"]) == (1, "remediate execute plan-0001")
        with monkeypatch.context() as patched:
            patched.setattr("remediate.ledger.database.os.access", lambda path, mode: str(path) != str(place.folder))
            shut = status(place, 2)
            assert (shut["state"], shut["next"]) == ("ledger-read-only", "remediate doctor")
            assert "Begun and not finished: 1 study" in shut["told"]
        place.configure(execute={"window": {"from": "02:00", "to": "02:01", "days": ["mon"], "timezone": "Asia/Tokyo"}})
        assert status(place, 2)["next"] == "remediate execute --settle"
        place.must("pause")
        assert status(place, 2)["next"] == "remediate resume"
        place.must("resume")
        archive.faults = Faults()
        place.must("execute", "--settle")
        settled = status(place, 2)
        assert (settled["state"], settled["begun"]) == ("outside-window", 0)
        assert place.must("execute", "--settle").answer["batch"] is None
        place.must("execute", "plan-0001", "--now")
    done = status(place, 0)
    assert (done["state"], done["running"], done["next"], done["percent"]) == ("nothing-to-do", False, None, 100.0)


def test_frozen_and_paused_work_is_not_called_running(place: Workplace) -> None:
    with place.archive(SLOW):
        process = begin(place)
        process.send_signal(signal.SIGSTOP)
        until(lambda: place.json("status").answer["state"] == "frozen")
        frozen = status(place, 2)
        assert (frozen["running"], frozen["done_at"]) == (False, None)
        assert frozen["next"] == f"kill -CONT {process.pid}"
        process.send_signal(signal.SIGCONT)  # first: it may have been stopped while it wrote, and who writes then waits
        place.must("pause")
        until(lambda: place.json("status").answer["state"] == "paused")
        until(lambda: not place.json("status").answer["running"])
        paused = status(place, 2)
        assert (paused["state"], paused["done_at"], paused["next"]) == ("paused", None, "remediate resume")
        assert paused["process"]["pid"] == process.pid
        told = place.run("status").out
        assert ("Kept for it:" in told, "In hand:" in told) == (True, False), "nothing is between two studies"
        place.must("stop")
        out, _ = process.communicate(timeout=60)
        assert json.loads(out)["stopped_because"] == "stop-asked"
    assert status(place, 2)["state"] == "ready"
