"""The ledger's commands as a privacy officer uses them: history, proof, revealing, shredding, exports."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from remediate.demo.hospital import build_hospital
from remediate.ledger.proof.checkpoint_folder import files_in
from tests.copies.copy_world import with_another_patient_id
from tests.workplace import Ran, Workplace, everything, free_port, planned_workplace, run

BY = ("--by", "P. Officer", "--why", "yearly review")
Typed = Callable[[str], None]


@pytest.fixture(scope="module")
def executed_once(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A hospital after one night, with checkpoints in a second place; read only."""
    folder = tmp_path_factory.mktemp("executed") / "place"
    place = planned_workplace(folder, build_hospital(8), free_port())
    (folder / "share").mkdir()
    place.configure(ledger={"checkpoints": "share"})
    with place.archive():
        place.must("execute", place.plan, "--now")
    return place


@pytest.fixture
def executed(executed_once: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return executed_once.copy(tmp_path / "executed")


@pytest.fixture
def study(executed: Workplace) -> str:
    """A study that was corrected."""
    return executed.must("ledger", "list", "--outcome", "verified").answer["events"][0]["study"]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What somebody types at the prompt."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))


def events(ran: Ran) -> list[dict[str, object]]:
    found: list[dict[str, object]] = ran.answer["events"]
    return found


def _number(place: Workplace, study: str) -> str:
    """The hospital's number of a study's patient."""
    with place.session(exclusive=False) as work:
        row = work.ledger.study(study)
    assert row is not None
    return row.evidence.headers[0].patient_id


def _written(folder: Path) -> dict[str, bytes]:
    """Every file, but for the lock, the program's log and what SQLite makes by opening."""
    made = ("ledger.db.lock", "ledger.db-wal", "ledger.db-shm", "remediate.log")
    return {name: content for name, content in everything(folder).items() if name not in made}


# Who did what, when, to which study


def test_a_night_is_told_event_by_event_with_who_answers_for_it(executed: Workplace, study: str) -> None:
    told = events(executed.must("ledger", "list", "--study", study))
    kinds = [event["type"] for event in told]
    assert [kind for kind in kinds if kind != "header-probe"] == [
        "retrieved", "intent", "stored", "retrieved", "verified",
    ]  # fmt: skip
    assert {event["responsible"] for event in told if event["batch"]} == {"A. Reviewer"}
    assert len({event["patient"] for event in told}) == 1
    assert all(event["patient"] and event["software"] and event["config"] for event in told)
    assert all(str(event["at"])[-6] in "+-" for event in told)


def test_the_list_is_narrowed_by_what_people_ask_for(executed: Workplace, study: str, typed: Typed) -> None:
    def count(*options: str) -> int:
        return len(events(executed.must("ledger", "list", *options)))

    everything_told = count()
    assert count("--batch", "batch-0001") < everything_told
    assert count("--person", "reviewer") > count("--type", "approved") == 1
    assert count("--person", "Nobody") == 0
    assert count("--outcome", "verified") == count("--reason", "read-back")
    assert count("--since", "2020-01-01", "--until", "2020-12-31") == 0
    assert count("--limit", "3") == 3
    typed(_number(executed, study))
    ours = events(executed.must("ledger", "list", "--patient"))
    assert study in {event["study"] for event in ours}
    assert len({event["patient"] for event in ours}) == 1
    typed("H0000000")
    assert count("--patient") == 0


def test_a_patients_number_typed_is_neither_shown_nor_kept(executed: Workplace, typed: Typed) -> None:
    number = _number(executed, executed.planned()[0].study_instance_uid)
    typed(number)
    ran = executed.run("ledger", "list", "--patient")
    assert ran.out
    assert number not in ran.out + ran.err
    assert number not in executed.run("--json", "ledger", "list").out


# What stood there before and after


def test_the_history_of_a_study_shows_changes_masked(executed: Workplace, study: str) -> None:
    digits = next(one.truth.bsn for one in executed.planned() if one.study_instance_uid == study).digits
    ran = executed.run("ledger", "show", study)
    assert "(0010,1002) Other Patient IDs Sequence" in ran.out
    assert f"PatientID ******{digits[-3:]}" in ran.out
    assert digits not in ran.out + executed.run("--json", "ledger", "show", study).out


def test_values_in_clear_take_a_reason_and_a_name_and_are_recorded_first(executed: Workplace, study: str) -> None:
    digits = next(one.truth.bsn for one in executed.planned() if one.study_instance_uid == study).digits
    for missing in ((), ("--why", "complaint"), ("--by", "P. Officer"), ("--why", " ", "--by", "P. Officer")):
        assert executed.run("ledger", "show", study, "--reveal", *missing).code == 64
    assert executed.run("ledger", "show", study, "--reveal", "--by", "X", "--why", digits).code == 64
    assert not events(executed.must("ledger", "list", "--type", "key-use"))
    ran = executed.run("ledger", "show", study, "--reveal", *BY)
    assert digits in ran.out
    (recorded,) = events(executed.must("ledger", "list", "--type", "key-use"))
    assert (recorded["actor"], recorded["study"], recorded["reason"]) == ("P. Officer", study, "revealed")
    assert recorded["details"]["why"] == "yearly review"  # type: ignore[index]
    assert recorded["patient"]


# Proof


def test_a_copy_is_proved_elsewhere_without_configuration_keys_or_vault(executed: Workplace, tmp_path: Path) -> None:
    key = executed.must("ledger", "public-key").answer["public_key"]
    auditor = tmp_path / "auditor"
    auditor.mkdir()
    (auditor / "copy.db").write_bytes((executed.folder / "ledger.db").read_bytes())
    command = [
        sys.executable,
        "-m",
        "remediate",
        "--json",
        "ledger",
        "verify",
        "--copy",
        "copy.db",
        "--public-key",
        key,
    ]
    command += ["--checkpoints", str(executed.folder / "share")]
    done = subprocess.run(command, cwd=auditor, capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"], answer["problems"]) == (0, True, [])
    assert answer["elsewhere"] == len(files_in(executed.folder / "share")) > 0
    assert [path.name for path in auditor.iterdir()] == ["copy.db"]


def test_checkpoints_reach_the_second_place_by_themselves(executed: Workplace) -> None:
    signed = len(files_in(executed.folder / "share"))
    executed.must("ledger", "checkpoint")
    assert len(files_in(executed.folder / "share")) == signed + 1
    assert executed.must("ledger", "verify").answer["elsewhere"] == signed + 1


def test_a_second_place_that_is_away_stops_no_batch(place: Workplace) -> None:
    place.configure(ledger={"checkpoints": "not-mounted"})
    with place.archive():
        ran = place.run("execute", place.plan, "--now")
    assert ran.code == 0
    assert "not-mounted" in ran.err
    assert place.run("ledger", "checkpoint").code == 1


def test_the_first_fault_is_named(executed: Workplace) -> None:
    raw = sqlite3.connect(executed.folder / "ledger.db")
    raw.execute("DROP TRIGGER events_no_update")
    raw.execute("UPDATE events SET actor = 'somebody' WHERE seq = 7")
    raw.commit()
    raw.close()
    ran = executed.run("ledger", "verify")
    assert ran.code == 2
    assert "First fault at event 7." in ran.out
    found = executed.json("ledger", "verify").answer["problems"]
    assert [(item["event"], item["problem"]) for item in found] == [(0, "protection-missing"), (7, "content-changed")]


def test_a_study_is_proved_to_somebody_who_sees_nothing_else(executed: Workplace, study: str, tmp_path: Path) -> None:
    proof, key = tmp_path / "proof.json", executed.must("ledger", "public-key").answer["public_key"]
    proved = executed.must("ledger", "show", study, "--proof", str(proof)).answer["proved"]
    told = executed.run("ledger", "show", study, "--proof", f"{proof}.again").out
    assert f"remediate ledger verify --proof {proof}.again --public-key KEY" in " ".join(told.split())
    assert proved >= 4
    others = {one.study_instance_uid for one in executed.planned()} - {study}
    assert not any(f'"{uid}"' in proof.read_text() for uid in others)
    good = executed.run("--json", "ledger", "verify", "--proof", str(proof), "--public-key", key)
    assert (good.code, good.answer["events"]) == (0, proved)
    proof.write_text(proof.read_text().replace("read-back", "read-bakk"))
    bad = executed.run("ledger", "verify", "--proof", str(proof), "--public-key", key)
    assert (bad.code, "does not lead to the signed root" in bad.out) == (2, True)


@pytest.mark.parametrize("key", ["", "abc", "a" * 52 + "!"])
def test_a_public_key_must_be_one(executed: Workplace, key: str) -> None:
    ran = executed.run("ledger", "verify", "--copy", str(executed.folder / "ledger.db"), "--public-key", key)
    assert (ran.code, "key" in ran.one_line) == (64, True)


# The vault


def test_a_shredded_batch_is_gone_for_good_and_the_chain_proves(executed: Workplace, study: str) -> None:
    step = f"remediate --config {executed.config} ledger shred --batch BATCH --by NAME --why TEXT"
    assert step in run("--config", str(executed.config), "ledger", "retention").out
    executed.must("ledger", "shred", "--batch", "batch-0001", *BY)
    with executed.archive():
        for target in (("--batch", "batch-0001"), ("--study", study), (executed.plan,)):
            ran = executed.run("rollback", *target, "--by", "X", "--why", "y")
            assert (ran.code, "unreadable for good" in ran.one_line) == (1, True)
            assert "remediate ledger retention" in ran.one_line
            assert "remediate status" not in ran.one_line
    shown = executed.run("ledger", "show", study)
    assert (shown.code, "unreadable for good" in shown.out) == (0, True)
    proved = executed.must("ledger", "verify").answer
    assert (proved["ok"], proved["shredded"]) == (True, ["batch-0001"])
    assert "oude waarden vernietigd: batch-0001" in executed.run("--lang", "nl", "ledger", "verify").out
    assert "unreadable for good" in executed.run("ledger", "show", study, "--reveal", *BY).out
    number = executed.folder / "number"
    number.write_text(
        next(one for one in executed.planned() if one.study_instance_uid == study).case.identity.patient_id
    )
    answer = executed.must("ledger", "patient", "--from-file", str(number), "--reveal", *BY).answer
    assert (len(answer["studies"]) > 0, answer["revealed"]) == (True, False)
    looks = events(executed.must("ledger", "list", "--reason", "revealed"))
    assert looks == [], "nobody can have seen what nobody can read"
    (recorded,) = events(executed.must("ledger", "list", "--reason", "old-values-shredded"))
    assert (recorded["actor"], recorded["batch"]) == ("P. Officer", "batch-0001")
    told = executed.must("ledger", "retention").answer["batches"]
    assert [row["old_values"] for row in told] == ["shredded"]
    for batch in ("batch-0001", "batch-0099"):
        refused = executed.run("ledger", "shred", "--batch", batch, *BY)
        assert (refused.code, "remediate ledger retention" in refused.one_line) == (1, True), "nothing is to be mended"
        assert "the same command again" not in refused.one_line


def test_what_was_shredded_is_still_checked_as_far_as_it_can_be(executed: Workplace, study: str) -> None:
    """Digests of what was stored are left; what the archive holds in other bytes can be compared with nothing."""
    whole = next(one for one in executed.planned() if one.study_instance_uid == study)
    with executed.archive() as archive:
        before = executed.must("verify").answer
        executed.must("ledger", "shred", "--batch", "batch-0001", *BY)
        assert executed.must("verify").answer == before
        first, *others = whole.objects()
        archive.store_directly([first])  # as if somebody put the original back
        told = executed.must("verify", code=2).answer
        assert [one["reason"] for one in told["different"]] == ["old-header-back"]
        assert (told["checked"], told["same"]) == (before["checked"], before["checked"] - 1)
        archive.store_directly(with_another_patient_id(others))
        told = executed.must("verify", code=2).answer
        assert told["not_comparable"] == [{"study_instance_uid": study, "objects": len(others)}]
        assert told["checked"] == before["checked"] - len(others)
        ran = executed.run("verify")
        assert "cannot be compared any more" in ran.out
        assert study in ran.out
        archive.store_directly(with_another_patient_id([first]))
        alone = executed.must("verify", "--study", study, code=2).answer
        assert (alone["checked"], alone["not_comparable"][0]["objects"]) == (0, len(others) + 1)
        assert executed.must("ledger", "list", "--reason", "not-comparable").answer["events"]


def test_a_backup_from_before_the_rotation_says_which_is_the_older(executed: Workplace) -> None:
    executed.must("ledger", "backup", str(executed.folder / "before.db"))
    assert "new backup" in executed.run("ledger", "rotate-key", *BY).out
    for beside in executed.folder.glob("ledger.db*"):
        beside.unlink()
    (executed.folder / "before.db").rename(executed.folder / "ledger.db")
    for command in (("status",), ("ledger", "verify"), ("plan",)):
        told = executed.run(*command)
        assert (told.code, "ledger is older than its keys" in told.one_line) == (1, True)


def test_batches_past_their_time_are_shredded_together(executed: Workplace) -> None:
    assert executed.run("ledger", "shred", "--expired", *BY).code == 64
    executed.configure(ledger={"retention": {"old_values_days": 30}})
    assert executed.must("ledger", "shred", "--expired", *BY).answer["shredded"] == []
    executed.configure(ledger={"retention": {"old_values_days": 0}})
    assert executed.must("ledger", "shred", "--expired", *BY).answer["shredded"] == ["batch-0001"]


def test_the_log_is_kept_five_years_at_least(executed: Workplace) -> None:
    executed.configure(ledger={"retention": {"log_years": 4}})
    assert "log_years" in executed.run("ledger", "retention").err


def test_a_new_vault_key_still_undoes_and_the_old_key_file_stops_before_anything_is_written(
    executed: Workplace, study: str
) -> None:
    old = (executed.folder / "keys.json").read_bytes()
    assert executed.must("ledger", "rotate-key", *BY).answer["batches"] == 1
    new = (executed.folder / "keys.json").read_bytes()
    (executed.folder / "keys.json").write_bytes(old)
    before = _written(executed.folder)
    with executed.archive():
        for command in (("plan",), ("survey",), ("rollback", "--study", study, "--by", "X", "--why", "y")):
            ran = executed.run(*command)
            assert (ran.code, "was replaced" in ran.one_line) == (1, True)
    assert _written(executed.folder) == before
    (executed.folder / "keys.json").write_bytes(new)
    with executed.archive():
        assert executed.must("rollback", "--study", study, "--by", "X", "--why", "y").answer["restored"] == 1


def test_keys_in_the_environment_or_a_credential_are_replaced_by_a_new_file(
    executed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = executed.folder / "credentials"
    credentials.mkdir()
    (executed.folder / "keys.json").rename(credentials / "remediate-keys")
    executed.configure(keys={"credential": "remediate-keys"})
    assert "no credentials" in executed.run("ledger", "verify").one_line
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    executed.must("ledger", "verify")
    assert executed.run("ledger", "rotate-key", *BY).code == 64
    executed.must("ledger", "rotate-key", *BY, "--to", str(executed.folder / "new-keys"))
    assert "was replaced" in executed.run("plan").one_line
    os.replace(executed.folder / "new-keys", credentials / "remediate-keys")
    executed.must("ledger", "verify")


# Backup and rights


def test_a_backup_is_restored_by_putting_it_in_place(executed: Workplace, tmp_path: Path) -> None:
    proved = executed.must("ledger", "backup", str(tmp_path / "backup.db")).answer["events"]
    for path in executed.folder.glob("ledger.db*"):
        path.unlink()
    (tmp_path / "backup.db").rename(executed.folder / "ledger.db")
    assert executed.must("ledger", "verify").answer["events"] == proved
    assert executed.run("ledger", "backup", str(executed.folder / "ledger.db")).code == 1


def test_roles_are_for_postgresql(executed: Workplace) -> None:
    assert "SQLite has no roles" in executed.run("ledger", "grant", "worker").one_line


# The page of a batch


def test_a_batch_is_a_page_for_its_owner_that_is_itself_recorded(executed: Workplace, tmp_path: Path) -> None:
    made = executed.must("report").answer
    page = Path(made["path"])
    assert (page, page.stat().st_mode & 0o777) == (executed.folder / "plans" / "batch-0001.html", 0o600)
    root = events(executed.must("ledger", "list", "--type", "batch-closed"))[0]["details"]["merkle_root"]  # type: ignore[index]
    assert str(root) in page.read_text()
    assert made["outcomes"]["verified"] == sum(
        event["state"] == "verified" for event in events(executed.must("ledger", "list", "--batch", "batch-0001"))
    )
    recorded = events(executed.must("ledger", "list", "--type", "export"))[-1]
    assert recorded["details"] == {"what": "batch report", "of_batch": "batch-0001"}
    executed.run("--lang", "nl", "report", "--batch", "batch-0001", "--out", str(tmp_path / "nl.html"))
    assert "Uitkomsten en redenen" in (tmp_path / "nl.html").read_text()


def test_a_batch_that_is_not_there_is_one_line(executed: Workplace, place: Workplace) -> None:
    assert "no batch batch-0009" in executed.run("report", "--batch", "batch-0009").one_line
    assert "There is no batch yet" in place.run("report").one_line


def test_a_sample_of_what_was_corrected_says_how_it_is_drawn_again(executed: Workplace) -> None:
    with executed.archive():
        seeds = {executed.must("verify", "--sample", "40").answer["seed"] for _ in range(2)}
        assert len(seeds) == 2
        assert "the same ones again: --seed 4711." in executed.run("verify", "--sample", "40", "--seed", "4711").out
        assert executed.must("verify").answer["seed"] is None
