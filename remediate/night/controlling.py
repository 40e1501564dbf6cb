"""Hands an operator's wish on to running work: pause, resume, stop. Waits for nothing, and starts nothing."""

from __future__ import annotations

from datetime import datetime

from remediate.night.life import Watch, open_batches
from remediate.ports import BatchStore, ControlStore
from remediate.records.ledger import EventType, NewEvent, RunMode


def ask_for(
    mode: RunMode, control: ControlStore, batches: BatchStore, watch: Watch, *, actor: str, now: datetime
) -> bool:
    """Whether work runs that hears it. A stop is forgotten where nothing runs; pause and resume hold for what begins
    later."""
    runs = any(one.may_go_on for one in open_batches(batches, watch))
    if runs or mode is not RunMode.STOP:
        control.set_control(mode, NewEvent(type=EventType.CONTROL, at=now, actor=actor, details={"mode": mode.value}))
    return runs
