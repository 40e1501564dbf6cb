"""`remediate run`: a night's steps in order, what a failed one keeps from running, one summary, and who is told."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path
from typing import Any

import pytest

from remediate.demo.faults import Faults
from remediate.records.ledger import EventType, NewEvent
from remediate.wiring import now
from tests.jobs.receivers import MailServer, WebServer
from tests.leaks import Secrets, leaks_in
from tests.syslog_receivers import make_certificates
from tests.workplace import Workplace

ALWAYS = {"from": "00:00", "to": "00:00"}
EPD = ["epd/patienten.csv", "epd/*.hl7"]


def job(place: Workplace, *steps: dict[str, Any], name: str = "own") -> str:
    path = place.folder / "jobs" / f"{name}.yaml"
    path.write_text(json.dumps({"steps": steps}))
    return name


def codes(answer: dict[str, Any]) -> list[int | None]:
    return [step["exit_code"] for step in answer["steps"]]


def test_the_night_of_init_runs_on_an_approved_plan_and_tells_everybody_once(place: Workplace, tmp_path: Path) -> None:
    """By mail, webhook, file and metrics; then again, when nothing happens, and nobody is told who does not want it."""
    certificates, secrets = make_certificates(tmp_path / "certificates"), Secrets.of(place.hospital)
    metrics = tmp_path / "remediate.prom"
    with place.archive(), MailServer(certificates).running() as server, WebServer().running() as web:
        mail = {"host": "127.0.0.1", "port": server.port, "ca_file": str(certificates.ca), "sender": "n@zbc.example"}
        hook = {"url": f"http://127.0.0.1:{web.port}/"}
        told = {"silent": True, "file": "morning.txt", "mail": {**mail, "to": ["p@zbc.example"]}, "webhook": hook}
        place.configure(
            execute={"window": ALWAYS}, epd={"files": EPD}, report={"morning": told}, metrics={"file": str(metrics)}
        )
        first = place.json("run", "nightly")
        assert (first.code, first.answer["finished"]) == (0, True), first.err
        assert set(codes(first.answer)) == {0}
        assert first.answer["told"] == {"mail": "sent", "webhook": "sent", "file": "written"}
        assert place.must("status").answer["pending"] == 0

        again = place.run("run", "nightly")
        assert (again.code, len(server.mails), len(web.posted)) == (0, 1, 1)
        assert again.out.strip().splitlines()[-1] == "Nothing happened, so nobody was told."
        assert again.out.count("Next:") == 0

    message = email.message_from_string(server.mails[0], policy=email.policy.default)
    body = message.get_content()
    lines = first.answer["summary"]
    named = f" --config {place.config}"  # what is read by nobody who typed it: `json` leaves it out of what it answers
    assert f"  next: remediate{named} review list" in body
    assert body.replace(named, "").splitlines() == lines
    assert body.splitlines() == web.posted[0]["lines"] == web.posted[0]["text"].splitlines()
    assert message["Subject"] == "remediate nightly: all as it should be"
    verified = len(place.planned())
    assert f"execute: batch-0001: {verified} studies verified" in body
    assert "Waits:" in body
    assert "When all is done:" in body
    assert "Right in the archive:" in body
    for sent in (server.mails[0], json.dumps(web.posted), metrics.read_text()):
        assert list(leaks_in(sent.encode(), "told", secrets)) == []
    assert f'remediate_studies{{state="verified"}} {verified}' in metrics.read_text()
    assert 'remediate_job_last_exit_code{job="nightly"} 0' in metrics.read_text()
    with place.session(exclusive=False) as work:
        assert [batch.batch_id for batch in work.ledger.batches()] == ["batch-0001"]


def test_what_cannot_be_told_is_told_in_the_summary_and_fails_no_job(place: Workplace) -> None:
    nowhere = {"host": "127.0.0.1", "port": 9, "sender": "n@zbc.example", "to": ["p@zbc.example"]}
    hook = {"url": "http://127.0.0.1:9/"}
    told = {"file": "absent/morning.txt", "mail": nowhere, "webhook": hook}
    place.configure(report={"morning": told, "language": "nl"}, metrics={"file": "absent/remediate.prom"})
    ran = place.json("run", job(place, {"run": ["ledger", "verify"]}))
    assert (ran.code, ran.answer["finished"]) == (0, True)
    assert ran.answer["told"] == {
        "mail": "verbinding geweigerd",
        "webhook": "verbinding geweigerd",
        "file": "bestand of map bestaat niet",
    }
    assert "De e-mail is niet verstuurd: verbinding geweigerd." in ran.answer["summary"]
    assert "De metrieken zijn niet geschreven: bestand of map bestaat niet" in ran.err


def test_a_step_that_fails_keeps_only_those_from_running_that_need_it_and_the_worst_code_is_the_jobs(
    place: Workplace,
) -> None:
    steps: list[dict[str, Any]] = [
        {"run": ["status"], "may_exit": [2]},
        {"run": ["ledger", "show", "1.2.3"]},
        {"run": ["measure", "survey"], "needs": ["ledger"]},
        {"run": ["pause", "--nonsense"]},
        {"run": ["pause"], "needs": ["status"]},
    ]
    ran = place.json("run", job(place, *steps))
    assert (ran.code, ran.answer["finished"]) == (64, False)
    assert codes(ran.answer) == [2, 1, None, 64, 0]
    assert place.must("status", code=2).answer["control"] == "pause"
    told = place.run("run", "own").out
    assert "Not run, because of: ledger show 1.2.3" in told
    assert "3 of 5 steps want a look" in told
    assert "  measure survey: not run, because of ledger show 1.2.3" in told


def test_a_failed_study_skips_no_step_after_execute(place: Workplace) -> None:
    place.configure(execute={"window": ALWAYS, "breaker": 100, "associations": 1})
    with place.archive(Faults(store_status=0xC000, store_status_on=range(1, 2))):
        ran = place.json("run", job(place, {"run": ["execute", "--approved"]}, {"run": ["ledger", "verify"]}))
    assert (ran.code, codes(ran.answer)) == (1, [1, 0])
    assert any("1 study failed" in line for line in ran.answer["summary"])


def test_an_archive_that_does_not_answer_is_asked_again_after_some_time(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night is not lost because the archive was being started when it began."""
    waited, archive = [], place.archive()
    monkeypatch.setattr("remediate.cli.run.wait_until", lambda moment: (waited.append(moment), archive.__enter__()))
    path = job(place, {"run": ["doctor"], "tries": 3, "wait_minutes": 15}, {"run": ["survey"], "needs": ["doctor"]})
    ran = place.json("run", path)
    archive.__exit__(None, None, None)
    assert (ran.code, len(waited), codes(ran.answer)) == (0, 1, [0, 0])


def test_a_signal_during_a_step_ends_the_job(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def signalled(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    path = job(place, {"run": ["measure", "survey"]}, {"run": ["pause"]})
    monkeypatch.setattr("remediate.cli.measure.survey.measure_survey", signalled)
    ran = place.json("run", path)
    assert (ran.code, codes(ran.answer)) == (1, [1, None])
    assert place.must("status", code=2).answer["control"] == "run"


def test_an_unknown_job_is_a_wrong_call(place: Workplace) -> None:
    ran = place.json("run", "nihgtly")
    assert ran.code == 64
    assert (
        ran.one_line == "remediate: There is no job nihgtly. Did you mean nightly? There are: nightly, pilot, "
        "verify, weekly."
    )


def test_the_report_is_of_the_newest_batch_that_did_something(place: Workplace) -> None:
    with place.archive():
        place.must("execute", place.plan, "--now", "--max-studies", "1", code=3)
        with place.session() as work:
            opened = NewEvent(type=EventType.BATCH_OPENED, at=now(), plan="plan-0001")
            empty = work.ledger.open_batch("plan-0001", opened)
            closed = NewEvent(type=EventType.BATCH_CLOSED, at=now(), plan="plan-0001", batch=empty.batch_id)
            work.ledger.close_batch(empty.batch_id, "stop-asked", {"instances": 0, "associations": 4}, closed)
    assert place.must("report").answer["batch"] == "batch-0001"
    assert place.must("report", "--batch", "batch-0002").answer["batch"] == "batch-0002"
