"""A job: the steps of one file of `jobs/`, how each may end, and which of them may go on after others failed.

Reads files and finds them by name; runs nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from remediate.config.yaml_text import read_yaml
from remediate.errors import ConfigError, ExitCode, UsageError
from remediate.texts.language import Sentence

FOLDER = "jobs"
"""Beside the configuration."""

_KEYS = {"run", "may_exit", "needs", "tries", "wait_minutes"}
_MOST_TRIES, _LONGEST_WAIT = 100, 24 * 60
_BY_WEIGHT = (ExitCode.DONE, ExitCode.STOPPED, ExitCode.CHANGES, ExitCode.ERROR, ExitCode.USAGE)
"""Exit codes, the worst last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStep:
    """One command. It is tried up to `tries` times, `wait_minutes` apart, until it ends as it may."""

    words: tuple[str, ...]
    may_exit: tuple[int, ...] = (int(ExitCode.DONE),)
    needs: tuple[str, ...] = ()  # first words of earlier steps that must have ended as they may
    tries: int = 1
    wait_minutes: float = 0.0

    @property
    def text(self) -> str:
        """As it would be typed."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a job file says."""

    name: str
    steps: tuple[JobStep, ...]


def worst(codes: Iterable[int]) -> int:
    """The exit code that a person should know of first; one that nobody knows is worse than any."""
    order = [int(code) for code in _BY_WEIGHT]
    return max(codes, key=lambda code: order.index(code) if code in order else len(order), default=0)


def find_job(named: str, base: Path) -> Path:
    """The file of a job: a path, or the name of a file in the folder `jobs` beside the configuration. Raises
    `UsageError` with the jobs that there are."""
    path, folder = Path(named), base / FOLDER
    if path.is_file():
        return path
    if path.name == named and not path.suffix:
        inside = folder / f"{named}.yaml"
        if inside.is_file():
            return inside
    known = sorted(found.stem for found in folder.glob("*.yaml"))
    raise UsageError(
        Sentence(f"There is no job {named}.", f"Er is geen taak {named}."), advice=_which(path.stem, known, folder)
    )


def _which(named: str, known: list[str], folder: Path) -> Sentence:
    if not known:
        return Sentence(
            f"{folder} holds no job files; `remediate init` writes them.",
            f"{folder} bevat geen takenbestanden; `remediate init` schrijft ze.",
        )
    close = difflib.get_close_matches(named, known, n=1)
    meant = Sentence(f"Did you mean {close[0]}? ", f"Bedoelde u {close[0]}? ") if close else Sentence("", "")
    names = ", ".join(known)
    return Sentence(f"{meant.en}There are: {names}.", f"{meant.nl}Er zijn: {names}.")


def read_job(path: Path) -> Job:
    """Read and check a job file. Raises `ConfigError` that says which step is wrong."""
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError):
        raise _no_job(path) from None
    listed = raw.get("steps") if isinstance(raw, dict) and set(raw) == {"steps"} else None
    if not isinstance(listed, list) or not listed:
        raise _no_job(path)
    steps: list[JobStep] = []
    for number, entry in enumerate(listed, start=1):
        try:
            steps.append(_step(entry, steps))
        except (KeyError, TypeError, ValueError) as error:
            raise _no_job(path, number, error) from None
    return Job(name=path.stem, steps=tuple(steps))


def _no_job(path: Path, number: int = 0, error: Exception | None = None) -> ConfigError:
    why = str(error) if isinstance(error, _WrongStepError) else ""
    where = Sentence(f" (step {number}{': ' if why else ''}{why})", f" (stap {number}{': ' if why else ''}{why})")
    said = where if number else Sentence("", "")
    return ConfigError(
        Sentence(f"{path} is no job file{said.en}.", f"{path} is geen takenbestand{said.nl}."),
        advice=Sentence(
            "It holds `steps:`, a list of `run: [WORD, ...]`, each with may_exit, needs, tries and wait_minutes where "
            "that is wanted; see jobs/nightly.yaml.",
            "Het bevat `steps:`, een lijst van `run: [WOORD, ...]`, waar nodig met may_exit, needs, tries en "
            "wait_minutes; zie jobs/nightly.yaml.",
        ),
    )


class _WrongStepError(ValueError):
    """What of a step is wrong: the name of a key."""


def _step(entry: Mapping[str, Any], before: list[JobStep]) -> JobStep:
    if unknown := set(entry) - _KEYS:
        raise _WrongStepError(", ".join(sorted(map(str, unknown))))
    words = tuple(str(word) for word in _list(entry, "run"))
    if not words or words[0] in ("run", "demo", "install"):
        raise _WrongStepError("run")
    needs = tuple(str(word) for word in _list(entry, "needs", ()))
    if any(all(step.words[0] != need for step in before) for need in needs):
        raise _WrongStepError("needs")
    return JobStep(
        words=words,
        may_exit=tuple(int(code) for code in _list(entry, "may_exit", (0,))),
        needs=needs,
        tries=int(_number(entry, "tries", 1, _MOST_TRIES)),
        wait_minutes=_number(entry, "wait_minutes", 0, _LONGEST_WAIT),
    )


def _list(entry: Mapping[str, Any], key: str, default: tuple[object, ...] | None = None) -> list[Any]:
    value = entry.get(key, default)
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise _WrongStepError(key)
    return list(value)


def _number(entry: Mapping[str, Any], key: str, least: int, most: int) -> float:
    value = entry.get(key, least)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise _WrongStepError(key)
    return float(value)
