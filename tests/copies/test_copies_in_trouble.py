"""Copies whose archive changed, that are another node now, or that fail: nothing wrong is written, and nothing that
fails keeps others from their turn."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
import yaml

from remediate.copies.update import _Turn
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults, StorePolicy, nth
from remediate.errors import ArchiveError
from remediate.ledger.ledger import SqlLedger
from remediate.night.held import HeldEye
from remediate.night.read_back import intended_bytes
from remediate.spool.folder_spool import FolderSpool
from tests.copies.copy_world import (
    FEW,
    PLAN,
    KilledError,
    copy_of,
    dies,
    held,
    node,
    old_objects,
    put_right,
    update,
    with_another_patient_id,
)
from tests.workplace import Workplace, free_port


def several_of(archive: EmbeddedArchive, place: Workplace) -> str:
    return next(uid for uid, objects in held(archive, place).items() if len(objects) > 1)


def killed(place: Workplace, where: str) -> None:
    with dies(where)(), pytest.raises(KilledError):
        place.run("execute", PLAN, "--copies", "--now")


def planned_anew(place: Workplace) -> str:
    """Everything probed, and a plan approved that covers the copies as they are configured now."""
    place.must("doctor", "--probe")
    plan = place.must("plan").answer
    place.must("approve", plan["path"], "--by", "A. Reviewer")
    return str(plan["path"])


def copies(place: Workplace, plan: str, *, code: int) -> dict[str, Any]:
    """What `execute --copies` says, by copy."""
    found = place.must("execute", plan, "--copies", "--now", code=code).answer["copies"]
    return {one["copy"]: one for one in found}


@pytest.mark.parametrize(("is_begun", "is_deleted"), [(False, False), (True, True)])
def test_a_copy_gets_only_what_the_archive_holds_at_that_moment(
    place: Workplace, is_begun: bool, is_deleted: bool
) -> None:
    """Somebody changed or deleted the study in the archive, or a later night left it half done."""
    with place.archive() as archive, copy_of(place) as vna:
        before = held(vna, place)
        if is_begun:
            killed(place, "one sent")
        for uid in before:
            changed = with_another_patient_id(archive.objects(uid))
            archive.remove_directly(uid)
            if not is_deleted:
                archive.store_directly(changed)
        done = update(place, code=1 if is_begun else 0)
        assert held(vna, place) == before
        assert done["updated"] == 0
        assert done["put_back"] == is_begun
        assert done["reasons"].get("archive-differs") == FEW


def test_what_was_seen_at_a_node_says_nothing_of_another_under_its_name(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place):
        update(place)
        place.configure(copies={"vna": {"port": free_port()}})
        with EmbeddedArchive(place.folder / "new", port=_port(place)) as new:
            new.store_directly(old_objects(place, *put_right(place)[:FEW]))
            assert copies(place, planned_anew(place), code=0)["vna"]["updated"] == FEW
            assert held(new, place) == held(archive, place)


def test_what_was_begun_at_a_node_is_settled_nowhere_else(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        killed(place, "one sent")
        old, new_port = _port(place), free_port()
        place.configure(copies={"vna": {"port": new_port}})
        with EmbeddedArchive(place.folder / "new", port=new_port) as new:
            done = copies(place, planned_anew(place), code=0)["vna"]
            assert done["reasons"] == {"begun-at-another-node": 1}
            assert not any(held(new, place).values()), "it never held them"
        place.configure(copies={"vna": {"port": old}})
        assert copies(place, planned_anew(place), code=0)["vna"]["updated"] == FEW
        assert held(vna, place) == held(archive, place)


def _port(place: Workplace) -> int:
    with place.session(exclusive=False) as work:
        return work.config.copies["vna"].port


def test_what_others_put_there_meanwhile_is_not_overwritten_by_the_old_header(place: Workplace) -> None:
    with place.archive(), copy_of(place) as vna:
        several = several_of(vna, place)
        others = with_another_patient_id(vna.objects(several))[:1]
        for uid in held(vna, place):
            if uid != several:
                vna.remove_directly(uid)
        put_back = _Turn._put_back

        def meanwhile(turn: _Turn, *arguments: Any) -> None:
            vna.store_directly(others)
            put_back(turn, *arguments)

        vna.faults = Faults(store_status=0xA700, store_status_on=nth(2))
        with patch.object(_Turn, "_put_back", meanwhile):
            done = update(place, code=1)
        assert (done["set_apart"], done["reasons"]) == (1, {"unknown-content": 1})
        assert others[0] in vna.objects(several)


def test_what_was_set_apart_and_is_updated_later_leaves_nothing_in_the_spool(place: Workplace) -> None:
    with place.archive(), copy_of(place, faults=Faults(store_policy=StorePolicy.MERGE)) as vna:
        update(place, code=2)
        assert place.left_in_spool()
        vna.faults = Faults()
        for uid in held(vna, place):
            vna.remove_directly(uid)
        vna.store_directly(old_objects(place, *put_right(place)[:FEW]))
        place.must("doctor", "--probe")
        assert update(place)["updated"] == FEW
        assert place.left_in_spool() == []


def test_a_copy_without_room_is_not_asked_a_thousand_times(place: Workplace) -> None:
    place.configure(execute={"breaker": 2})
    with place.archive(), copy_of(place, faults=Faults(store_status=0xA700)):
        done = update(place, code=1)
    assert (done["put_back"], done["stopped_because"]) == (2, "breaker")


def test_short_nights_come_to_every_study_in_turn(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        uids = put_right(place)
        for uid in uids[:FEW]:
            vna.remove_directly(uid)
        last = max(uids)
        vna.store_directly(old_objects(place, last))
        nights = [place.json("execute", PLAN, "--copies", "--now", "--max-studies", "3").code for _ in uids[::3]]
        assert set(nights) <= {0, 3}
        assert vna.objects(last) == archive.objects(last)


def test_one_study_over_which_a_copy_says_nothing_keeps_no_other_waiting(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        bad, *others = put_right(place)[:FEW]
        look = HeldEye.look

        def looked(eye: HeldEye, intent: Any, *arguments: Any, **named: Any) -> Any:
            if intent.study_instance_uid == bad:
                raise ArchiveError("no", of_one_exchange=True)
            return look(eye, intent, *arguments, **named)

        with patch.object(HeldEye, "look", looked):
            done = update(place, code=1)
        assert (done["updated"], done["reasons"], done["left"]) == (len(others), {"exchange-impossible": 1}, 0)
        assert all(vna.objects(uid) == archive.objects(uid) for uid in others)


def test_a_copy_that_may_not_be_written_keeps_no_other_waiting(place: Workplace) -> None:
    place.configure(copies={"cache": node(update="c-store")})
    with place.archive() as archive, copy_of(place) as vna, copy_of(place, "cache") as cache:
        plan = planned_anew(place)
        vna.faults = Faults(store_policy=StorePolicy.IGNORE)
        copies(place, plan, code=2)
        cache.store_directly(old_objects(place, *put_right(place)[:FEW]))
        ran = place.run("--json", "--lang", "nl", "execute", plan, "--copies", "--now")
        assert [one["copy"] for one in ran.answer["copies"]] == ["cache"]
        assert "Kopie vna: " in ran.one_line
        assert held(cache, place) == held(archive, place)


def test_a_plan_that_is_withdrawn_while_it_is_at_work_ends_after_the_study_in_hand(place: Workplace) -> None:
    conclude = SqlLedger.end_copy_intent

    def meanwhile(ledger: SqlLedger, *arguments: Any) -> None:
        conclude(ledger, *arguments)
        place.must("withdraw", PLAN, "--by", "A. Reviewer", "--why", "test")

    with place.archive(), copy_of(place), patch.object(SqlLedger, "end_copy_intent", meanwhile):
        done = update(place, code=3)
    assert (done["updated"], done["stopped_because"]) == (1, "plan-withdrawn")


def test_what_was_begun_under_a_plan_that_was_withdrawn_goes_back_though_no_plan_covers_the_copy(
    place: Workplace,
) -> None:
    with place.archive(), copy_of(place) as vna:
        several = several_of(vna, place)
        for uid in held(vna, place):
            if uid != several:
                vna.remove_directly(uid)
        before = held(vna, place)
        killed(place, "one sent")
        assert held(vna, place) != before
        place.must("withdraw", PLAN, "--by", "A. Reviewer", "--why", "test")
        assert place.run("execute", PLAN, "--copies", "--now").code == 1
        assert left_in_copies(place) == [("vna", PLAN, "open", 1)]
        assert "Voer uit: remediate execute --settle --copies" in place.run("--lang", "nl", "status").out
        (done,) = place.must("execute", "--settle", "--copies", code=1).answer["copies"]
        assert (done["put_back"], done["updated"], done["reasons"]) == (1, 0, {"put-back": 1})
        assert held(vna, place) == before
        assert left_in_copies(place) == []
        assert place.must("execute", "--settle", "--copies").answer["copies"] == []
    assert place.left_in_spool() == []


def test_settling_copies_begins_nothing_and_finishes_what_still_stands(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        before = held(vna, place)
        killed(place, "one sent")
        (done,) = place.must("execute", "--settle", "--copies").answer["copies"]
        assert done["updated"] == 1
        (settled,) = (uid for uid, objects in held(vna, place).items() if objects != before[uid])
        assert vna.objects(settled) == archive.objects(settled)


def test_a_copy_that_is_configured_no_more_is_named_while_something_is_left_in_it(place: Workplace) -> None:
    with place.archive(), copy_of(place):
        killed(place, "one sent")
        settings = yaml.safe_load(place.config.read_text())
        node_of_it = settings["copies"].pop("vna")
        place.config.write_text(yaml.safe_dump(settings))
        for command in ("status", "doctor"):
            told = place.run("--lang", "nl", command).out
            assert "zet copies.vna terug zoals die was" in told, command
        assert left_in_copies(place) == [("vna", PLAN, "open", 1)]
        ran = place.json("doctor")
        assert (ran.code, ran.answer["checks"]["copy vna"]) == (2, False)
        place.configure(copies={"vna": node_of_it})
        place.must("execute", "--settle", "--copies")
        assert place.json("doctor").answer["checks"]["copy vna"]


def left_in_copies(place: Workplace) -> list[tuple[str, str, str, int]]:
    found = place.json("status").answer["left_in_copies"]
    return [(one["copy"], one["plan"], one["end"], one["studies"]) for one in found]


def test_what_was_begun_on_another_machine_is_left_to_it(place: Workplace) -> None:
    """Its spool has what the copy held; without that nothing can go back, and nothing is concluded."""
    with place.archive() as archive, copy_of(place) as vna:
        killed(place, "one sent")
        place.configure(execute={"spool": {"folder": "another-spool"}})
        done = update(place, code=1)
        assert (done["set_apart"], done["updated"]) == (0, FEW - 1)
        assert done["reasons"] == {"copy-originals-elsewhere": 1}
        place.configure(execute={"spool": {"folder": "spool"}})
        assert update(place)["updated"] == 1
        assert held(vna, place) == held(archive, place)


def test_what_a_copy_lists_and_does_not_hand_over_is_no_success(place: Workplace) -> None:
    with place.archive(), copy_of(place, faults=Faults(retrieve_lost=nth(1))) as vna:
        before = held(vna, place)
        done = update(place, code=1)
        assert (done["updated"], done["reasons"]) == (0, {"retrieve-incomplete": FEW})
        assert done["states"]["unknown"] == FEW
        assert held(vna, place) == before


def test_what_the_archive_was_told_by_message_goes_to_no_copy(place: Workplace) -> None:
    """No bytes are known that could be sent on."""
    with (
        place.archive(),
        copy_of(place) as vna,
        patch("remediate.cli.copies.updates.kept_output", return_value={"by": "hl7"}),
    ):
        before = held(vna, place)
        done = update(place)
        assert (done["updated"], done["reasons"]) == (0, {"correction-refused": FEW})
        assert held(vna, place) == before


def test_a_copy_that_takes_no_object_of_a_kind_is_sent_none(place: Workplace) -> None:
    with place.archive(), copy_of(place, faults=Faults(takes_no_objects=True)) as vna:
        before = held(vna, place)
        done = update(place)
        assert (done["updated"], done["reasons"]) == (0, {"context-not-taken": FEW})
        assert held(vna, place) == before
    assert place.must("ledger", "list", "--type", "copy-intent").answer["events"] == []


def test_who_lost_a_copy_to_another_process_concludes_nothing(place: Workplace) -> None:
    look = _Turn._look

    def frozen(turn: _Turn, *arguments: Any) -> Any:
        seen = look(turn, *arguments)
        turn.updater.leases.end_lease(turn.updater.node, turn.fence)
        assert turn.updater.leases.take_lease(turn.updater.node, "another", 60, is_gone=lambda _: False)
        return seen

    with place.archive(), copy_of(place), patch.object(_Turn, "_look", frozen):
        done = update(place, code=3)
    assert (done["updated"], done["stopped_because"]) == (0, "claim-lost")
    assert place.must("ledger", "list", "--type", "copy-updated").answer["events"] == []


def test_old_values_stay_readable_while_a_copy_needs_them_and_no_longer(place: Workplace) -> None:
    shred = ("ledger", "shred", "--by", "A. Officer", "--why", "test", "--batch")
    with place.archive(), copy_of(place) as vna:
        killed(place, "one sent")
        refused = place.run("--lang", "nl", *shred, "batch-0001")
        assert refused.code == 1
        assert "Een kopie heeft onderzoeken" in refused.one_line
        vna.faults = Faults(store_policy=StorePolicy.MERGE)
        update(place, code=2)
        study = put_right(place)[0]
        place.run("rollback", "--study", study, "--by", "A. Reviewer", "--why", "test")
        for batch in ("batch-0001", "batch-0002"):
            place.must(*shred, batch)
        vna.faults = Faults()
        place.must("doctor", "--probe")
        assert update(place, code=0)["states"].get("not-comparable")
        place.must("verify", "--copies", code=2)


def test_a_lease_that_nobody_took_is_still_ours(place: Workplace) -> None:
    with place.session() as work:
        fence = work.ledger.take_lease("copy vna", "one", 0.0)
        assert fence is not None
        assert work.ledger.renew_lease("copy vna", fence, 0.0)
        assert work.ledger.take_lease("copy vna", "two", 60.0) == fence + 1
        assert not work.ledger.renew_lease("copy vna", fence, 60.0)
        work.ledger.end_lease("copy vna", fence + 1)
        assert not work.ledger.renew_lease("copy vna", fence + 1, 60.0)


def test_what_is_not_as_the_ledger_wrote_it_down_is_never_sent(place: Workplace) -> None:
    """Such as a file of the spool that was exchanged."""

    def another(item: Any, before: Any, **_: Any) -> Any:
        return intended_bytes(item, before, as_before=True)

    with place.archive(), copy_of(place) as vna, patch("remediate.night.sending.intended_bytes", another):
        before = held(vna, place)
        done = update(place, code=1)
        assert done["reasons"] == {"spool-failed": FEW}
        assert held(vna, place) == before
        assert update(place, code=1)["reasons"] == {"spool-failed": FEW}  # each was tried, and stays to be settled
        assert held(vna, place) == before
    with place.archive(), copy_of(place):
        assert update(place)["states"]["corrected"] == FEW


def test_originals_are_safe_on_disk_before_the_intent_is_written(place: Workplace) -> None:
    told: list[str] = []
    durable, written = FolderSpool.make_durable, SqlLedger.write_copy_intent

    def syncs(spool: FolderSpool, folder: Any) -> None:
        durable(spool, folder)
        told.append(folder.name)

    def writes(
        ledger: SqlLedger, copy: str, there: str, plan: str, finished: Any, todo: Any, name: str, *rest: Any
    ) -> Any:
        told.append(f"intent {name}")
        return written(ledger, copy, there, plan, finished, todo, name, *rest)

    with (
        place.archive(),
        copy_of(place),
        patch.object(FolderSpool, "make_durable", syncs),
        patch.object(SqlLedger, "write_copy_intent", writes),
    ):
        assert update(place)["updated"] == FEW
    intents = [one for one in told if one.startswith("intent ")]
    assert len(intents) == FEW
    for intent in intents:
        assert intent.removeprefix("intent ") in told[: told.index(intent)]
