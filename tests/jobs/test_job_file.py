"""Job files: found by name or path, each step checked, and the jobs that `init` writes are such files."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.cli.main import _COMMANDS
from remediate.errors import ConfigError, UsageError
from remediate.jobs.job_file import FOLDER, find_job, read_job, worst
from remediate.jobs.job_templates import JOBS, job_text
from remediate.texts.language import Language


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    for name in JOBS:
        (tmp_path / FOLDER / f"{name}.yaml").write_text(job_text(name, Language.EN))
    return tmp_path


def test_a_job_is_found_by_name_and_by_path(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_job("nightly", base) == base / FOLDER / "nightly.yaml"
    own = base / "own.yaml"
    own.write_text("steps: [{run: [status]}]")
    assert find_job(str(own), base) == own
    monkeypatch.chdir(base)
    assert find_job("own.yaml", Path("elsewhere")) == Path("own.yaml")


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("nihtly", "Did you mean nightly? There are: nightly, pilot, verify, weekly."),
        ("jobs/nightl.yaml", "Did you mean nightly? There are:"),
        ("../secret", "There are:"),
        ("x", "There are:"),
    ],
)
def test_an_unknown_job_is_told_with_those_that_there_are(base: Path, named: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_job(named, base)
    assert f"There is no job {named}. " in str(caught.value)
    assert told in str(caught.value)


def test_without_any_job_init_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="remediate init"):
        find_job("nightly", tmp_path)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", JOBS)
def test_the_jobs_of_init_can_be_read_and_need_earlier_steps(tmp_path: Path, name: str, language: Language) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(job_text(name, language))
    job = read_job(path)
    assert job.name == name
    assert all(step.words[0] in _COMMANDS for step in job.steps)
    assert max(map(len, job_text(name, language).splitlines())) <= 114
    assert ("Een" in job_text(name, language)) == (language is Language.NL)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no job file."),
        ("steps: 3", "no job file."),
        ("steps: []", "no job file."),
        ("a: [", "no job file."),
        ("- run", "no job file."),
        ("steps: [{do: x}]", "step 1: do"),
        ("steps: [{run: [status]}, {run: [run, x]}]", "step 2: run"),
        ("steps: [{run: [status]}, {run: []}]", "step 2: run"),
        ("steps: [{run: status}]", "step 1: run"),
        ("steps: [3]", "step 1"),
        ("steps: [{run: [status], needs: [doctor]}]", "step 1: needs"),
        ("steps: [{run: [status], may_exit: 0}]", "step 1: may_exit"),
        ("steps: [{run: [status], may_exit: [x]}]", "step 1"),
        ("steps: [{run: [status], tries: 0}]", "step 1: tries"),
        ("steps: [{run: [status], wait_minutes: .inf}]", "step 1: wait_minutes"),
        ("steps: [{run: [status], wait_minutes: true}]", "step 1: wait_minutes"),
    ],
)
def test_what_is_no_job_says_which_step_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_job(path)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("codes", "code"), [([], 0), ([0, 3], 3), ([3, 2], 2), ([2, 1, 3], 1), ([1, 64], 64), ([64, 137], 137)]
)
def test_the_worst_code_is_what_a_person_should_know_of_first(codes: list[int], code: int) -> None:
    assert worst(codes) == code
