"""What each command's exit codes mean, and whether a night wakes somebody for them; decides no code.

`python -m remediate.cli.exit_codes` prints the page docs/exit-codes.md; every command that the tests call is held
against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from remediate.errors import ExitCode


class Alarm(StrEnum):
    """What a job does with a code at night."""

    NONE = "nothing"
    MORNING = "tell in the morning"
    NOW = "wake somebody"


Meaning = tuple[str, Alarm]

EVERYWHERE: Mapping[ExitCode, Meaning] = {
    ExitCode.DONE: ("done", Alarm.NONE),
    ExitCode.ERROR: ("an error; one line says what was changed and what to do", Alarm.MORNING),
    ExitCode.USAGE: ("wrong call or configuration; nothing was begun", Alarm.MORNING),
}
"""What any command may end with."""

_LEFT = ("stopped by window, stop, ceiling or another machine's originals, with work left", Alarm.NONE)
_DIFFERS = ("reading back found other bytes than were sent; nothing more is stored before `doctor --probe`", Alarm.NOW)
_FAILED = ("studies failed or are in quarantine, or an approval lacks", Alarm.MORNING)

BY_COMMAND: Mapping[str, Mapping[ExitCode, Meaning]] = {
    "doctor": {
        ExitCode.ERROR: ("archive, receiver, ledger or keys do not answer", Alarm.NOW),
        ExitCode.CHANGES: ("the probe does not fit: `execute` would refuse; or a copy gives no answer", Alarm.MORNING),
    },
    "survey": {ExitCode.ERROR: ("not complete, or the archive did not answer; call it again", Alarm.MORNING)},
    "survey import": {ExitCode.ERROR: ("rows were left out", Alarm.MORNING)},
    "epd load": {ExitCode.ERROR: ("a file cannot be what it should be; nothing of it was applied", Alarm.MORNING)},
    "epd show": {ExitCode.ERROR: ("the EPD has no such number", Alarm.NONE)},
    "header show": {ExitCode.ERROR: ("a file cannot be read exactly", Alarm.NONE)},
    "header correct": {ExitCode.ERROR: ("a file was refused", Alarm.NONE)},
    "header undo": {ExitCode.ERROR: ("a file was refused", Alarm.NONE)},
    "plan": {ExitCode.CHANGES: ("with --detailed-exitcode: something is planned", Alarm.NONE)},
    "execute": {ExitCode.ERROR: _FAILED, ExitCode.CHANGES: _DIFFERS, ExitCode.STOPPED: _LEFT},
    "now": {
        ExitCode.ERROR: _FAILED,
        ExitCode.CHANGES: (
            "another person's approval lacks, a person must decide, the archive cut off what it lists of the patient, "
            f"or {_DIFFERS[0]}", Alarm.MORNING,
        ),
        ExitCode.STOPPED: ("another process has the patient in hand, or " + _LEFT[0], Alarm.NONE),
    },
    "worker": {ExitCode.ERROR: _FAILED, ExitCode.CHANGES: _DIFFERS, ExitCode.STOPPED: _LEFT},
    "verify": {
        ExitCode.CHANGES: ("an object is no longer as written, nothing could be compared, or a copy differs", Alarm.NOW)
    },
    "rollback": {
        ExitCode.ERROR: _FAILED,
        ExitCode.CHANGES: ("another approval lacks, studies changed by others were left alone, or " + _DIFFERS[0],
                           Alarm.MORNING),
        ExitCode.STOPPED: _LEFT,
    },
    "tell": {ExitCode.ERROR: ("a receiver did not take something: it waits, or was set apart", Alarm.MORNING)},
    "status": {ExitCode.CHANGES: ("work is left, or goes on", Alarm.NONE)},
    "review import": {ExitCode.ERROR: ("lines were refused; the others are taken", Alarm.NONE)},
    "review exclude": {ExitCode.ERROR: ("studies were refused; the others are taken", Alarm.NONE)},
    "review decide": {ExitCode.ERROR: ("studies were refused; the others are taken", Alarm.NONE)},
    "ledger verify": {ExitCode.CHANGES: ("the ledger is not what was written", Alarm.NOW)},
    "ledger patient": {ExitCode.ERROR: ("no study is known under that number", Alarm.NONE)},
    "measure new": {ExitCode.CHANGES: ("the inflow fell; send the note that it names", Alarm.MORNING)},
    "run": {
        ExitCode.ERROR: ("the worst code of a step, beside those that it may end with", Alarm.MORNING),
        ExitCode.CHANGES: ("the worst code of a step, beside those that it may end with", Alarm.MORNING),
        ExitCode.STOPPED: ("the worst code of a step, beside those that it may end with", Alarm.NONE),
    },
}  # fmt: skip
"""What means something of its own, by command."""

_HEAD = """# Exit codes

Every command ends with one of these; `remediate run` ends with the worst of its steps.

{everywhere}

Where a code means something of its own:

{by_command}

For a nightly job: wake somebody for what says so, let its summary say the rest in the morning. Codes that a step may
end with stand in its `may_exit`. This page is made from the program (`python -m remediate.cli.exit_codes`), and every
command that the tests call is held against it.
"""


def codes_of(words: Sequence[str]) -> frozenset[int]:
    """The codes with which a command may end; `words` are those of its call, such as `ledger verify --copy FILE`."""
    plain = [word for word in words if not word.startswith("-")]
    paths = {" ".join(plain[at : at + length]) for length in (1, 2) for at in range(len(plain))}
    own = {code for path in paths for code in BY_COMMAND.get(path, ())}
    return frozenset(map(int, (*EVERYWHERE, *own)))


def page() -> str:
    """The page for people, in Markdown."""
    return _HEAD.format(
        everywhere="\n".join(_table(("code", "means", "at night"), _rows("", EVERYWHERE))),
        by_command="\n".join(
            _table(
                ("command", "code", "means", "at night"),
                (row for path, codes in BY_COMMAND.items() for row in _rows(path, codes)),
            )
        ),
    )


def _rows(path: str, codes: Mapping[ExitCode, Meaning]) -> Iterator[tuple[str, ...]]:
    for code, (means, alarm) in sorted(codes.items()):
        yield (*((f"`{path}`",) if path else ()), str(int(code)), means, alarm.value)


def _table(names: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    for cells in (names, ["---"] * len(names), *rows):
        yield f"| {' | '.join(cells)} |".replace("| --- ", "|---").replace("|--- |", "|---|")


if __name__ == "__main__":
    print(page(), end="")
