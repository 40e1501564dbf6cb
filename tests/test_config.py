"""The configuration means what it says: what means nothing is refused when it is read; the example shows defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from remediate.config.settings import Config, load_config
from remediate.config.yaml_text import read_yaml
from remediate.errors import ConfigError

ARCHIVE = "archive: {port: 104, called_ae_title: ARCHIVE"
EXAMPLE = Path(__file__).resolve().parent.parent / "config.example.yaml"


def read(folder: Path, text: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(text)
    return load_config(path)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return tuple(problem.en for problem in caught.value.problems)


def window(text: str) -> str:
    return f"{ARCHIVE}}}\nexecute: {{window: {{{text}}}}}\n"


@pytest.mark.parametrize(
    "value",
    ["22", "1230", "20.30", '"25:00"', "25:00", "20:60", '"20:30:00"', "20h30", "8pm", '"2030"', '"24:00"', "noon",
     '"6:00"', "6:00", "-1", "true", "[20, 30]", '" "', '"20:30+02:00"', "1970-01-01T20:00:00", "0x16", "12_30"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["from", "to"])
def test_a_window_that_is_no_hour_and_minute_is_refused(tmp_path: Path, end: str, value: str) -> None:
    (problem,) = problems(tmp_path, window(f"{end}: {value}"))
    assert problem.startswith(f"execute.window.{end}: ")
    assert "HH:MM" in problem


@pytest.mark.parametrize("begin", ["20:30", '"20:30"', "'20:30'"])
def test_an_hour_and_minute_is_read_as_it_stands_quoted_or_not(tmp_path: Path, begin: str) -> None:
    found = read(tmp_path, window(f"from: {begin}, to: 06:00")).execute.window
    assert (found.from_, found.to) == (time(20, 30), time(6, 0))


def test_a_window_without_days_is_refused(tmp_path: Path) -> None:
    assert "execute.window.days" in problems(tmp_path, window("days: []"))[0]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("epd: {hl7_encoding: nonsense}", "epd.hl7_encoding"),
        ("epd: {hl7_encoding: utf-16}", "epd.hl7_encoding"),
        ("epd: {hl7_encoding: cp500}", "epd.hl7_encoding"),
        ("epd: {hl7_encoding: base64}", "epd.hl7_encoding"),
        ("epd: {csv: {encoding: utf-9}}", "epd.csv.encoding"),
        ('epd: {csv: {encoding: "a\\0"}}', "epd.csv.encoding"),
        ("epd: {csv: {date_format: dd-mm-yyyy}}", "epd.csv.date_format"),
        ("epd: {csv: {date_format: '%d-%m-%y'}}", "epd.csv.date_format"),
        ("epd: {csv: {date_format: '%d-%Y'}}", "epd.csv.date_format"),
        ("epd: {csv: {date_format: '%d-%m-%Q'}}", "epd.csv.date_format"),
        ("epd: {csv: {date_format: ''}}", "epd.csv.date_format"),
        ("epd: {csv: {sex_values: {vrouw: vrouw}}}", "epd.csv.sex_values"),
        ("measure: {jobs: {time_formats: ['%d-%m-%Y']}}", "measure.jobs.time_formats"),
        ("measure: {jobs: {time_formats: ['%H:%M']}}", "measure.jobs.time_formats"),
        ("measure: {jobs: {encoding: nonsense}}", "measure.jobs.encoding"),
        ("identity: {placeholder_birth_dates: ['01-01-1900']}", "identity.placeholder_birth_dates"),
        ("identity: {placeholder_birth_dates: ['1900-13-01']}", "identity.placeholder_birth_dates"),
        ("execute: {lease_seconds: 1e18}", "execute.lease_seconds"),
        ("execute: {lease_seconds: .inf}", "execute.lease_seconds"),
        ("execute: {probe_valid_days: 1e18}", "execute.probe_valid_days"),
        ("execute: {spool: {keep_days: 1e18}}", "execute.spool.keep_days"),
        ("execute: {limits: {objects_per_second: inf}}", "execute.limits.objects_per_second"),
        ("hl7_output: {answer_timeout: 1e18}", "hl7_output.answer_timeout"),
        ("hl7_output: {look_every: nan}", "hl7_output.look_every"),
        ("ledger: {syslog: {timeout: 1e18}}", "ledger.syslog.timeout"),
        ("ledger: {retention: {log_years: 1000000000}}", "ledger.retention.log_years"),
        ("ledger: {retention: {old_values_days: 1e18}}", "ledger.retention.old_values_days"),
    ],
)
def test_what_can_mean_nothing_at_night_is_refused_when_it_is_read(tmp_path: Path, text: str, path: str) -> None:
    (problem,) = problems(tmp_path, f"{ARCHIVE}}}\n{text}\n")
    assert problem.startswith(f"{path}"), problem


@pytest.mark.parametrize("name", ["connect", "association", "message", "network", "store"])
@pytest.mark.parametrize("value", ["1e18", ".inf", "nan", "0", "-1", "1e999"])
def test_a_timeout_that_no_socket_can_hold_is_refused(tmp_path: Path, name: str, value: str) -> None:
    (problem,) = problems(tmp_path, f"{ARCHIVE}, timeouts: {{{name}: {value}}}}}\n")
    assert problem.startswith(f"archive.timeouts.{name}: ")


def test_a_number_is_decimal_whatever_stands_in_front(tmp_path: Path) -> None:
    """YAML 1.1 reads 0104 to base eight, which is another port."""
    assert read(tmp_path, "archive: {port: 0104, called_ae_title: ARCHIVE}\n").archive.port == 104


OURS = frozenset({"archive.port", "archive.called_ae_title", "epd.default_issuer", "epd.csv.columns"})
"""What every hospital sets for itself; the example says so beside each."""


def leaves(settings: BaseModel, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its path in the file."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        at = f"{path}{field.alias or name}"
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{at}.")
        else:
            yield at, value


def paths(raw: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, value in raw.items():
        yield f"{path}{name}"
        if isinstance(value, dict):
            yield from paths(value, f"{path}{name}.")


def test_the_example_shows_the_defaults_of_the_code() -> None:
    example = dict(leaves(load_config(EXAMPLE)))
    code = dict(leaves(Config.model_validate({"archive": {"port": 4242, "called_ae_title": "ORTHANC"}})))
    assert {path: value for path, value in example.items() if path not in OURS and value != code[path]} == {}
    marked = re.findall(r"^ +(\w+):.*# YOURS", EXAMPLE.read_text(), re.MULTILINE)
    assert sorted(marked) == sorted(path.rsplit(".", 1)[-1] for path in OURS)


def test_the_example_names_every_setting_and_no_other() -> None:
    """Those that have no default stand there as comments."""
    text = EXAMPLE.read_text()
    shown = {path for path in paths(read_yaml(text)) if not path.startswith(tuple(f"{one}." for one in WORDS))}
    code = {path for path, _ in leaves(Config.model_validate({"archive": {"port": 1, "called_ae_title": "A"}}))}
    for path in code - shown:
        assert re.search(rf"^ +# +{path.rsplit('.', 1)[-1]}:", text, re.MULTILINE), f"{path} is not in the example"
    sections = {path[:at] for path in code for at, sign in enumerate(path) if sign == "."}
    assert shown - sections - code == set()


WORDS = ("epd.csv.columns", "epd.csv.sex_values", "measure.jobs.columns", "needs.csv.columns")
"""Settings whose keys are words of the hospital's own."""
