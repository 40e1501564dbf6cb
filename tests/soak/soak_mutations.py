"""Removes one check after another from a copy of the program and runs the tests that promise it; prints what survives.

`soak_mutations.py [SECONDS]` takes no notice of the seconds: the list below is run whole. A mutation whose text is no
longer found is an error too, since then nothing was tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TAKEN = ("remediate", "tests", "orthanc-test", "pyproject.toml", "config.example.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One check taken out, and the tests of which one must fail."""

    promise: str
    file: str  # below remediate/
    before: str
    after: str
    tests: tuple[str, ...]  # below tests/


def _row(name: str) -> str:
    """One row of the misbehaviour matrix."""
    return f"night/test_misbehaviour.py::test_a_fault_during_execute[{name}-c-get]"


MUTATIONS = (
    Mutation(
        promise="what an archive hands over besides is a mismatch",
        file="night/read_back.py",
        before="strange=strange_in(retrieval)",
        after="strange=()",
        tests=(_row("old-object-too-unlisted"),),
    ),
    Mutation(
        promise="a put-back is believed only when it was looked at again",
        file="night/study_job.py",
        before="return back.complete and not again.strange and set(again.having(Holding.BEFORE)) == touched",
        after="return back.complete",
        tests=(_row("put-back-said-and-not-done"),),
    ),
    Mutation(
        promise="an archive's warnings stand in the ledger",
        file="night/study_job.py",
        before='details = {**details, "warnings": sent.warnings}',
        after="pass",
        tests=("night/test_told_and_kept.py",),
    ),
    Mutation(
        promise="the fence is asked before each object",
        file="night/sending.py",
        before="else turn.holds()):\n            return\n        yield",
        after="else True):\n            return\n        yield",
        tests=(_row("clock-a-day-ahead"), "night/test_late_worker.py"),
    ),
    Mutation(
        promise="an original that is not the one written down is never sent",
        file="night/sending.py",
        before="if not at_hand and content.sha256()",
        after="if False and content.sha256()",
        tests=("night/test_execute_faults.py::test_an_original_that_is_not_the_one_written_down_is_never_stored",),
    ),
    Mutation(
        promise="a mismatch stops the batch",
        file="night/execute.py",
        before="if outcome.mismatch:\n            self.gate.switch.stop(StopReason.VERIFICATION_MISMATCH)",
        after="if False:\n            pass",
        tests=("night/test_warm_up.py", _row("success-without-storing-one")),
    ),
    Mutation(
        promise="trouble in the ramp stops the batch",
        file="night/warm_up.py",
        before="self._troubled = self._troubled or troubled",
        after="pass",
        tests=("night/test_warm_up.py",),
    ),
    Mutation(
        promise="nothing is begun under a withdrawn plan",
        file="plan/approval.py",
        before="    if head.withdrawn:\n        return Sentence(",
        after="    if False:\n        return Sentence(",
        tests=("plan/test_withdrawing.py",),
    ),
    Mutation(
        promise="what was begun under a withdrawn plan goes back",
        file="night/intent.py",
        before="        if self.withdrawn:\n            return False\n",
        after="",
        tests=("plan/test_withdrawing.py",),
    ),
    Mutation(
        promise="a roll-back leaves alone what others changed, for good",
        file="ledger/states.py",
        before=".values(state=State.DRIFTED.value, batch_id=event.batch)",
        after=".values(batch_id=event.batch)",
        tests=("cli/test_undo.py",),
    ),
    Mutation(
        promise="a receiver without effect uses up no attempt",
        file="messages/job.py",
        before="WorkReason.MESSAGE_NOT_APPLIED, attempt=False)",
        after="WorkReason.MESSAGE_NOT_APPLIED)",
        tests=("messages/test_messages.py",),
    ),
    Mutation(
        promise="verify names what comes besides",
        file="night/held.py",
        before="found | dict(sorted(strange.items()))",
        after="found",
        tests=("night/test_told_and_kept.py",),
    ),
    Mutation(
        promise="a copy's object is corrected only when all the rest of it is as it was",
        file="night/held.py",
        before="isinstance(original, Refusal) or original.sha256() != item.before_sha256",
        after="isinstance(original, Refusal)",
        tests=("copies/test_copies_looked_at.py",),
    ),
    Mutation(
        promise="an object that a copy has besides makes its study another one",
        file="copies/look.py",
        before='counts["other"] += len(',
        after='counts["besides"] += len(',
        tests=("copies/test_copies_looked_at.py",),
    ),
    Mutation(
        promise="a copy at the archive's own address is refused",
        file="config/settings.py",
        before="if place in taken:",
        after="if False:",
        tests=("copies/test_copies_looked_at.py",),
    ),
    Mutation(
        promise="a duplicate that differs is a problem of the retrieval",
        file="dicom/arrivals.py",
        before="self._refuse(incoming, TransferProblem.DUPLICATE_DIFFERS)",
        after="incoming.discard()",
        tests=(_row("old-object-too-before"), "dicom/test_compared_in_passing.py"),
    ),
    Mutation(
        promise="the rehearsal asks which number stands in the target",
        file="header/correction.py",
        before="if bsn not in numbers_in_place(evidence, profile):",
        after="if False:",
        tests=("header/test_rehearsal.py",),
    ),
    Mutation(
        promise="the rehearsal sees what is left to do",
        file="header/correction.py",
        before="    if left:\n",
        after="    if False:\n",
        tests=("header/test_rehearsal.py",),
    ),
    Mutation(
        promise="the rehearsal takes the change back",
        file="header/correction.py",
        before='if b"".join(spliced(after, back)) != before.view:',
        after="if False:",
        tests=("header/test_rehearsal.py",),
    ),
    Mutation(
        promise="the plan's digest is the one that this ledger knows",
        file="plan/approval.py",
        before="if head is None or head.digest != document.digest:",
        after="if head is None:",
        tests=("plan/test_approval.py", "plan/test_bound_plans.py"),
    ),
    Mutation(
        promise="originals are durable before the intent is written",
        file="night/turn.py",
        before="self.hands.spool.make_durable(folder)",
        after="pass",
        tests=("spool/test_folder_spool.py", "night/test_told_and_kept.py"),
    ),
)


def main() -> int:
    """Each mutation in turn; exit code 1 when one survives or was not found."""
    survivors: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy(copy)
        clean = sorted({test for mutation in MUTATIONS for test in mutation.tests})
        if not _passes(copy, clean):
            print("the tests fail before anything was removed")
            return 1
        for mutation in MUTATIONS:
            outcome = _try(copy, mutation)
            print(f"{outcome:>12}  {mutation.file}: {mutation.promise}", flush=True)
            if outcome != "caught":
                survivors.append(mutation.promise)
    print(f"{len(MUTATIONS)} mutations, {len(survivors)} survive")
    return 1 if survivors else 0


def _copy(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in TAKEN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy2(source, folder / name)


def _try(folder: Path, mutation: Mutation) -> str:
    path = folder / "remediate" / mutation.file
    whole = path.read_text()
    if whole.count(mutation.before) != 1:
        return "not found"
    path.write_text(whole.replace(mutation.before, mutation.after))
    try:
        return "SURVIVES" if _passes(folder, mutation.tests) else "caught"
    finally:
        path.write_text(whole)


def _passes(folder: Path, tests: tuple[str, ...] | list[str]) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *(f"tests/{t}" for t in tests)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
