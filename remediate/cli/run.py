"""`run JOB.yaml`: the steps of one file of `jobs/`, in order; stops at the first that does not end as it may."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import click
import yaml

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import morning_lines
from remediate.config.yaml_text import read_yaml
from remediate.errors import ConfigError, ExitCode
from remediate.texts.language import Sentence

_KEYS = {"run", "may_exit"}
_MORNING = Sentence("This morning", "Vanmorgen")


@click.command()
@common_options
@click.argument("job", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_state
def run(state: CommandState, job: Path) -> int:
    """Run the steps of one job file in order."""
    out = state.output
    steps = _steps(job)
    done: list[dict[str, Any]] = []
    ended, finished = int(ExitCode.DONE), True
    with morning_lines() as lines:
        for number, (arguments, may_exit) in enumerate(steps, start=1):
            out.say(f"[{number}/{len(steps)}] remediate {' '.join(arguments)}")
            code = _invoke(state, arguments)
            done.append({"step": " ".join(arguments), "exit_code": code})
            if code not in may_exit:
                out.say(
                    Sentence(
                        f"Stopped: step {number} ended with exit code {code}.",
                        f"Gestopt: stap {number} eindigde met exitcode {code}.",
                    )
                )
                ended, finished = code, False
                break
    for line in lines:
        out.say(f"{_MORNING.in_(out.language)}: {line}")
    out.answer({"steps": done, "finished": finished, "summary": lines})
    return ended


def _steps(job: Path) -> list[tuple[list[str], tuple[int, ...]]]:
    try:
        raw = read_yaml(job.read_text(encoding="utf-8"))
        return [_step(entry) for entry in raw["steps"]]
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        raise ConfigError(
            Sentence(f"{job} is no job file.", f"{job} is geen takenbestand."),
            advice=Sentence(
                "It holds `steps:`, a list of `run: [WORD, ...]`; see jobs/nightly.yaml.",
                "Het bevat `steps:`, een lijst van `run: [WOORD, ...]`; zie jobs/nightly.yaml.",
            ),
        ) from None


def _step(entry: dict[str, Any]) -> tuple[list[str], tuple[int, ...]]:
    if set(entry) - _KEYS:
        raise ValueError("unknown key")
    words = [str(word) for word in entry["run"]]
    if not words or words[0] == "run":
        raise ValueError("a step runs one command")
    return words, tuple(int(code) for code in entry.get("may_exit", [0]))


def _invoke(state: CommandState, arguments: list[str]) -> int:
    from remediate.cli.main import invoke

    common = ["--config", str(state.config)]
    if state.language_given:
        common += ["--lang", state.output.language.value]
    if not state.output.as_json:
        return invoke([*common, *arguments])
    with redirect_stdout(StringIO()):  # the steps' texts would stand before the one document
        return invoke([*common, *arguments])


COMMANDS = (run,)
