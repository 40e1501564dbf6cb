"""Receivers that hear of corrected studies: everything arrives, in order, once in effect, whatever was down."""

from __future__ import annotations

import stat
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
import yaml

from remediate.config.settings import parse_config
from remediate.config.telling import ReceiverSettings
from remediate.epd.hl7.reader import AdtMessage
from remediate.errors import ConfigError
from remediate.ledger.ledger import SqlLedger
from remediate.records.notifications import Cursor
from remediate.telling.outbox import next_try
from tests.copies.copy_world import corrected_copy, put_right
from tests.hl7_output.mllp_receiver import Manner, MllpReceiver
from tests.jobs.receivers import WebServer
from tests.leaks import Secrets, leaks_in
from tests.telling.availability_scp import AvailabilityScp
from tests.workplace import Workplace, free_port


@pytest.fixture
def place(approved: Workplace, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Workplace:
    """A night is done, and nobody was told."""
    return corrected_copy(approved, tmp_path_factory.mktemp("corrected") / "place", tmp_path / "place")


def in_order(place: Workplace) -> list[str]:
    """The corrected studies in order of the ledger."""
    events = place.must("ledger", "list", "--type", "verified").answer["events"]
    return [event["study"] for event in sorted(events, key=lambda event: event["seq"])]


@dataclass(kw_only=True)
class Heard:
    """A receiver of HL7 that keeps what it applied."""

    port: int = field(default_factory=free_port)
    messages: list[AdtMessage] = field(default_factory=list)

    def receiver(self, manner: Manner = Manner.APPLIES) -> MllpReceiver:
        return MllpReceiver(self.messages.append, manner=manner, port=self.port)

    @property
    def ids(self) -> list[str]:
        return [message.header.text(10) for message in self.messages]

    def settings(self, **more: Any) -> dict[str, Any]:
        hl7 = {"host": "127.0.0.1", "port": self.port, "connect_timeout": 2, "answer_timeout": 5}
        return {"hl7": hl7, **more}


def telling(place: Workplace) -> dict[str, dict[str, Any]]:
    """What `status` says of each receiver."""
    return {one["receiver"]: one for one in place.json("status").answer["telling"]}


def test_each_way_hears_everything_in_order_and_once(place: Workplace, tmp_path: Path) -> None:
    heard, web, scp = Heard(), WebServer(), AvailabilityScp(port=free_port())
    program, told = tmp_path / "renew", tmp_path / "told"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(told)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
    )
    program.chmod(stat.S_IRWXU)
    with ExitStack() as stack:
        web_port = stack.enter_context(web.running()).port
        stack.enter_context(scp.running())
        stack.enter_context(heard.receiver())
        stack.enter_context(place.archive())
        place.configure(
            tell={
                "index": heard.settings(),
                "viewer": {"ian": {"host": "127.0.0.1", "port": scp.port, "called_ae_title": "VIEWER"}},
                "xds": {"command": {"arguments": [str(program), "{study}", "{event}", "{pseudonym}"]}},
                "hook": {"webhook": {"url": f"http://127.0.0.1:{web_port}/renew"}},
            }
        )
        wanted = in_order(place)
        assert {one["waiting"] for one in telling(place).values()} == {len(wanted)}
        answer = place.must("tell").answer
        assert answer["told"] == dict.fromkeys(("index", "viewer", "xds", "hook"), len(wanted))
        place.must("tell")
    assert len(set(heard.ids)) == len(heard.ids) == len(wanted)
    assert [one["study_instance_uid"] for one in web.posted] == wanted
    assert [dataset.StudyInstanceUID for _, dataset in scp.notifications] == wanted
    assert [line.split()[:2] for line in told.read_text().splitlines()] == [[uid, "verified"] for uid in wanted]
    assert {tuple(one) for one in web.posted} == {("id", "event", "study_instance_uid", "pseudonym", "at")}
    objects = {each.ReferencedSOPInstanceUID for _, dataset in scp.notifications
               for series in dataset.ReferencedSeriesSequence for each in series.ReferencedSOPSequence}  # fmt: skip
    assert objects == {o.sop_instance_uid for study in place.planned() for o in study.objects()}
    assert scp.notifications[0][1].ReferencedSeriesSequence[0].ReferencedSOPSequence[0].RetrieveAETitle == "ARCHIVE"
    bsns = {str(study.truth.bsn.digits) for study in place.planned() if study.truth.bsn}
    plain = "".join(map(str, web.posted)) + told.read_text()
    assert not any(bsn in plain for bsn in bsns)
    assert {bsn for bsn in bsns if any(bsn in m.first("PID").text(3) for m in heard.messages if m.first("PID"))}
    assert all(one["waiting"] == 0 for one in telling(place).values())
    events = place.must("ledger", "list", "--type", "told").answer["events"]
    assert len(events) == 4 * len(wanted)


def test_what_is_down_for_a_while_hears_everything_later_and_keeps_nobody_else(place: Workplace) -> None:
    heard, web = Heard(), WebServer(status=503)
    with web.running(), place.archive():
        place.configure(
            tell={
                "index": heard.settings(first_wait=3600),
                "hook": {"webhook": {"url": f"http://127.0.0.1:{web.port}/"}, "first_wait": 3600},
            }
        )
        wanted = in_order(place)
        place.must("tell", code=1)
        found = telling(place)
        assert {name: one["reason"] for name, one in found.items()} == {"index": "told-nobody", "hook": "told-not-now"}
        assert found["index"]["since"] is not None
        assert found["hook"]["code"] == "HTTP 503"
        spoken = place.run("--lang", "nl", "status").out + place.run("tell", "--list").out
        assert not list(leaks_in(spoken.encode(), "spoken", Secrets.of(place.hospital)))
        assert f"Wacht op ontvanger index: {len(wanted)} berichten, sinds" in spoken
        assert "De ontvanger was niet bereikbaar; die hoort het later, op volgorde. Volgende poging:" in spoken
        place.must("tell", code=1)
        assert len(web.posted) == 1, "the pause after a failure is kept"
        web.status = 204
        with heard.receiver():
            place.must("tell", "--at-once")
    assert len(set(heard.ids)) == len(heard.ids) == len(wanted)
    assert [one["study_instance_uid"] for one in web.posted] == [wanted[0], *wanted]
    assert len({one["id"] for one in web.posted}) == len(wanted), "the first came twice, and counts once"


@pytest.mark.parametrize("manner", [Manner.CLOSES, Manner.ANSWERS_ANOTHER])
def test_a_message_of_which_nobody_knows_is_sent_again_under_the_same_identifier(
    place: Workplace, manner: Manner
) -> None:
    heard = Heard()
    place.configure(tell={"index": heard.settings()})
    with heard.receiver(manner) as receiver:
        place.must("tell", code=1)
        receiver.manner = Manner.APPLIES
        place.must("tell", "--at-once")
        ids = receiver.control_ids
    wanted = len(put_right(place))
    assert len(ids) == wanted + 1
    assert ids[0] == ids[1]
    assert len(set(ids)) == wanted
    assert telling(place)["index"]["dead"] == 0, "silence is no refusal, however often"


@pytest.mark.parametrize(("manner", "code"), [(Manner.ERROR, "AE 204"), (Manner.REJECTS, "AR")])
def test_what_is_refused_is_set_apart_named_and_told_when_a_person_asks(
    place: Workplace, manner: Manner, code: str
) -> None:
    heard, wanted = Heard(), len(put_right(place))
    place.configure(tell={"index": heard.settings(refusals=1)})
    with heard.receiver(manner) as receiver:
        ran = place.must("tell", code=1)
        assert len(ran.answer["never_heard"]) == wanted
        assert {(one["reason"], one["code"]) for one in ran.answer["never_heard"]} == {("telling-refused", code)}
        listed = place.run("--lang", "nl", "tell", "--list")
        assert listed.code == 0
        assert f"Nooit aangekomen bij index: {wanted} berichten" in listed.out
        assert put_right(place)[0] in listed.out
        receiver.manner = Manner.APPLIES
        ran = place.must("tell", "--retry", "--by", "A. Reviewer")
        assert ran.answer["told"] == {"index": wanted}
        assert ran.answer["never_heard"] == []
    assert len(set(heard.ids)) == wanted
    (asked,) = (e for e in place.must("ledger", "list", "--type", "told").answer["events"]
                if e["reason"] == "telling-asked-again")  # fmt: skip
    assert asked["actor"] == "A. Reviewer"


def test_a_roll_back_is_told_too_and_old_news_is_not_told_after_it(place: Workplace) -> None:
    heard, web = Heard(), WebServer(status=400)
    study = put_right(place)[0]
    with web.running(), place.archive(), heard.receiver():
        hook = {"webhook": {"url": f"http://127.0.0.1:{web.port}/"}, "refusals": 1}
        place.configure(tell={"index": heard.settings(), "hook": hook})
        place.must("tell", code=1)
        web.status, web.posted[:] = 204, []
        place.must("rollback", "--study", study, "--by", "A. Reviewer", "--why", "test")
        assert [(one["event"], one["study_instance_uid"]) for one in web.posted] == [("rolled-back", study)]
        place.must("tell", "--retry", "--by", "A. Reviewer")
    again = [one["study_instance_uid"] for one in web.posted[1:]]
    assert study not in again, "that it was put right is no longer so"
    assert len(again) == len(put_right(place)) - 1
    last = heard.messages[-1].first("PID")
    assert last is not None
    assert "NLMINBIZA" not in last.text(3)


def test_a_receiver_that_is_down_blocks_no_batch(approved: Workplace, tmp_path: Path) -> None:
    place = approved.copy(tmp_path / "place")
    place.configure(tell={"index": Heard().settings()})
    with place.archive():
        done = place.run("execute", place.plan, "--now", "--max-studies", "1")
    assert done.code == 3, "as without a receiver: the ceiling was reached"
    assert "Waiting to be told to index" in done.out


def test_what_waits_for_a_name_that_is_gone_is_said_and_handed_on(place: Workplace) -> None:
    heard, wanted = Heard(), len(put_right(place))
    place.configure(tell={"index": heard.settings()})
    with heard.receiver() as receiver:
        with place.session(exclusive=False) as work:
            first = work.ledger.notifications_after(0, 1)[0]
            work.ledger.move_cursor("old-index", first.seq)
        assert telling(place)["old-index"]["waiting"] == wanted - 1
        assert "No receiver of that name is configured" in place.run("status").out
        refused = place.run("tell", "--from", "index", "--to", "index", "--by", "A. Reviewer")
        assert refused.code == 64
        place.must("tell", "--from", "old-index", "--to", "index", "--by", "A. Reviewer", "--why", "renamed")
        assert len(receiver.control_ids) == wanted - 1, "what the old name heard is not told again"
    assert list(telling(place)) == ["index"]


def test_a_message_that_neither_name_heard_is_handed_on_once(place: Workplace) -> None:
    """A receiver was renamed, and refused under its new name what it had refused under the old one."""
    wanted = len(put_right(place))
    nobody = {"command": {"arguments": ["/bin/false"]}, "refusals": 1}
    for name in ("old", "new"):
        settings = yaml.safe_load(place.config.read_text()) | {"tell": {name: nobody}}
        place.config.write_text(yaml.safe_dump(settings))
        place.must("tell", code=1)
    place.configure(tell={"new": {"command": {"arguments": ["/bin/true"]}}})
    place.must("tell", "--from", "old", "--to", "new", "--by", "A. Reviewer", code=1)
    assert telling(place)["new"]["dead"] == wanted
    assert place.must("tell", "--retry", "--by", "A. Reviewer").answer["told"] == {"new": wanted}
    assert list(telling(place)) == ["new"]


def test_years_of_history_are_passed_over_a_page_at_a_time(place: Workplace) -> None:
    place.configure(tell={"late": {"command": {"arguments": ["/bin/true"]}, "since": "2999-01-01"}})
    with patch.object(SqlLedger, "move_cursor", autospec=True, side_effect=SqlLedger.move_cursor) as moved:
        answer = place.must("tell", "--receiver", "late").answer
    assert answer["told"] == {"late": 0}
    assert answer["receivers"][0]["waiting"] == 0
    assert moved.call_count == 1


def test_since_is_a_day_on_the_hospitals_wall(place: Workplace) -> None:
    """Of a zone so far east that its day begins while it is the day before elsewhere."""
    east = "Pacific/Kiritimati"
    with place.session(exclusive=False) as work:
        first = work.ledger.notifications_after(0, 1)[0].at.astimezone(ZoneInfo(east)).date()
    place.configure(
        execute={"window": {"from": "20:00", "to": "06:00", "timezone": east}},
        tell={"late": {"command": {"arguments": ["/bin/true"]}, "since": str(first)}},
    )
    assert place.must("tell", "--receiver", "late").answer["told"] == {"late": len(put_right(place))}


def test_who_wakes_after_another_went_further_sets_no_cursor_back(place: Workplace) -> None:
    with place.session(exclusive=False) as work:
        for seq in (7, 3):
            work.ledger.move_cursor("index", seq)
        assert work.ledger.cursor("index").seq == 7


def test_a_clock_that_was_set_back_prolongs_no_wait() -> None:
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    settings = ReceiverSettings.model_validate({"webhook": {"url": "https://example.org"}, "longest_wait": 100})
    failed = Cursor(receiver="hook", failures=9, failed_at=now)
    assert next_try(failed, settings, now + timedelta(seconds=99)) == now + timedelta(seconds=100)
    assert next_try(failed, settings, now + timedelta(seconds=100)) is None
    assert next_try(failed, settings, now - timedelta(days=1)) is None


@pytest.mark.parametrize(
    "receiver",
    [
        {},
        {"webhook": {"url": "http://10.0.0.1/"}},
        {"command": {"arguments": ["renew.sh", "{study}"]}},
        {"command": {"arguments": []}},
        {"hl7": {"host": ""}},
        {"hl7": {"host": "a"}, "webhook": {"url": "https://b"}},
    ],
)
def test_a_receiver_that_cannot_be_told_is_refused(receiver: dict[str, Any], tmp_path: Path) -> None:
    archive = {"port": 104, "called_ae_title": "ARCHIVE"}
    with pytest.raises(ConfigError):
        parse_config({"archive": archive, "tell": {"x": receiver}}, base=tmp_path)
