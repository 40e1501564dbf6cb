"""Kills what updates a copy and what tells receivers, at random moments; looks whether anything was lost or doubled.
What is told answers otherwise each round: late, not at all, no, for another message, half.

`python -m tests.soak.soak_copies [SECONDS]` goes on for so long, 600 when not told: each round kills both once
(SIGKILL). In the end both run to their end.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from remediate.demo.hospital import build_hospital
from remediate.epd.hl7.reader import AdtMessage
from tests.copies.copy_world import copy_of, node, old_objects, put_right
from tests.hl7_output.mllp_receiver import Manner, MllpReceiver
from tests.workplace import Workplace, free_port, planned_workplace

STUDIES = 60
LONGEST = 4.0
"""Seconds after which a process is killed at the latest: about as long as it takes to start and do all of it."""

MANNERS = (
    Manner.APPLIES, Manner.APPLIES, Manner.APPLIES_SILENTLY, Manner.HANGS_UP, Manner.SILENT, Manner.CLOSES,
    Manner.CLOSES_UNREAD, Manner.ANSWERS_ANOTHER, Manner.GARBLES, Manner.ERROR,
)  # fmt: skip
"""Of the receiver that is told, by round; it applies what it answers."""

CALLS = {"update": ("execute", "plan-0002", "--copies", "--now"), "tell": ("tell",)}


def killed(place: Workplace, seconds: float, *arguments: str) -> bool:
    """Start a command and kill it; whether it still ran."""
    process = place.start(*arguments)
    time.sleep(seconds)
    runs = process.poll() is None
    process.kill()
    process.communicate()
    return runs


def prepared(folder: Path) -> Workplace:
    """A night is done, and a plan that covers a copy is approved."""
    place = planned_workplace(folder, build_hospital(STUDIES), free_port())
    place.configure(copies={"vna": node(update="c-store")})
    with place.archive(), copy_of(place) as vna:
        place.must("execute", place.plan, "--now")
        place.must("doctor", "--probe")
        plan = place.must("plan").answer
        place.must("approve", plan["path"], "--by", "A. Reviewer")
        vna.store_directly(old_objects(place, *put_right(place)))
    return place


def main(seconds: float, seed: int = 1) -> int:
    """Answers how many things were wrong."""
    chance, faults, hits, rounds = random.Random(seed), 0, Counter[str](), 0
    heard: list[AdtMessage] = []
    with tempfile.TemporaryDirectory() as folder:
        place = prepared(Path(folder) / "place")
        with MllpReceiver(heard.append) as receiver, place.archive() as archive, copy_of(place) as vna:
            hl7 = {"host": "127.0.0.1", "port": receiver.port, "answer_timeout": 0.5}
            index = {"hl7": hl7, "first_wait": 0.001, "longest_wait": 0.001, "refusals": 100}
            place.configure(tell={"index": index})
            before = {uid: vna.objects(uid) for uid in put_right(place)}
            after = {uid: archive.objects(uid) for uid in put_right(place)}
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                rounds += 1
                receiver.manner = chance.choice(MANNERS)
                for name, call in CALLS.items():
                    hits[name] += killed(place, chance.uniform(0.5, LONGEST), *call)
                for uid in before:
                    held = vna.objects(uid)
                    faults += len(held) != len(before[uid]) or not set(held) <= {*before[uid], *after[uid]}
            receiver.manner = Manner.APPLIES
            place.must(*CALLS["update"])
            dead = place.json("tell", "--at-once").answer["never_heard"]
            faults += sum(vna.objects(uid) != after[uid] for uid in after)
        order = list(dict.fromkeys(message.header.text(10) for message in heard))
        again = len(heard) - len(order)
        told = place.must("ledger", "list", "--type", "told", "--limit", "9999").answer["events"]
        wanted = [
            event["details"]["id"]
            for event in sorted(told, key=lambda event: event["seq"])
            if event["details"]["heard"]
        ]
        faults += order != wanted or len(wanted) + len(dead) != len(before)
        faults += any(one["reason"] != "nothing-to-say" for one in dead)  # of whom no message can be made
        faults += not place.must("ledger", "verify").answer["ok"]
        faults += len(place.left_in_spool())
    print(f"{rounds} rounds, killed at work: {dict(hits)}; {len(wanted)} told, {again} twice; {faults} faults")
    return faults


if __name__ == "__main__":
    sys.exit(bool(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600)))
