"""What starts jobs by themselves: units that systemd finds sound and well shut in, timers and cron lines that begin as
the window does, and what `install` shows and writes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from remediate.config.execute import WindowSettings
from remediate.config.yaml_text import read_yaml
from remediate.errors import UsageError
from remediate.jobs.units import METRICS, SERVICE, WORKER, Installation, cron_lines, systemd_files, worker_files
from tests.workplace import run

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
WEEKENDS = {"from": "06:30", "to": "20:00", "days": ["sat", "sun"]}


def installation(folder: Path, account: str = "root", **more: object) -> Installation:
    program = folder / "bin" / "remediate"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    given: dict[str, object] = {
        "command": (str(program),),
        "config": folder / "config.yaml",
        "account": account,
        "window": WindowSettings(**{"from": "20:00", "to": "06:00", "also": [WEEKENDS]}),
        "jobs": ("nightly", "pilot", "weekly"),
        "writes": (folder, Path("/var/lib/prometheus")),
        "credentials": ("remediate-keys", "mail"),
        "gives_metrics": True,
    }
    return Installation(**{**given, **more})  # type: ignore[arg-type]


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
@pytest.mark.parametrize("name", ["plain", "with a space", "100% $HOME"])
def test_systemd_finds_the_units_sound_and_the_service_well_shut_in(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    units = tmp_path / "units"
    units.mkdir()
    for unit, text in (systemd_files(installation(folder)) | worker_files(installation(folder))).items():
        (units / unit).write_text(text)
    verified = analyze("verify", "--man=no", *map(str, sorted(units.iterdir())))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    for service in (SERVICE, WORKER, METRICS):
        shut_in = analyze("security", "--offline=true", "--no-pager", str(units / service))
        level = re.search(r"Overall exposure level for .*: ([0-9.]+)", shut_in.stdout)
        assert level is not None, shut_in.stderr
        assert float(level[1]) < 3


@needs_systemd
def test_the_timers_begin_when_the_spans_of_the_window_do(tmp_path: Path) -> None:
    timer = systemd_files(installation(tmp_path))["remediate-nightly.timer"]
    at = re.findall(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
    assert at == ["*-*-* 20:00:00 Europe/Amsterdam", "Sat,Sun *-*-* 06:30:00 Europe/Amsterdam"]
    assert "Persistent=false" in timer
    for each in at:
        assert analyze("calendar", each).returncode == 0


def test_a_span_for_holidays_alone_is_tried_each_day(tmp_path: Path) -> None:
    window = WindowSettings(**{"from": "08:00", "to": "20:00", "days": ["holiday"], "holidays": "NL"})
    found = installation(tmp_path, window=window)
    assert "OnCalendar=*-*-* 08:00:00 Europe/Amsterdam" in systemd_files(found)["remediate-nightly.timer"]
    assert "\n0 8 * * * root umask" in cron_lines(found)


def test_secrets_are_handed_over_and_those_in_files_are_told(tmp_path: Path) -> None:
    text = systemd_files(installation(tmp_path))[SERVICE]
    assert "\nLoadCredential=remediate-keys:/etc/remediate/remediate-keys\n" in text
    assert "\nLoadCredential=mail:/etc/remediate/mail\n" in text
    in_file = systemd_files(installation(tmp_path, credentials=(), keys=tmp_path / "keys.json"))[SERVICE]
    assert not re.search(r"^LoadCredential", in_file, re.MULTILINE)
    assert f"# The keys are read from {tmp_path / 'keys.json'}." in in_file


def test_a_unit_of_a_user_asks_for_nothing_that_its_manager_may_not_do(tmp_path: Path) -> None:
    text = systemd_files(installation(tmp_path, account=""))[SERVICE]
    for word in ("User=", "Protect", "Private", "network-online", "ReadWritePaths", "CapabilityBoundingSet"):
        assert word not in text
    assert "NoNewPrivileges=yes" in text


def test_a_worker_hears_a_stop_once_comes_back_and_keeps_as_many_at_work_as_its_instance_says(tmp_path: Path) -> None:
    text = worker_files(installation(tmp_path))[WORKER]
    assert f" --config {tmp_path / 'config.yaml'} worker --processes %i\n" in text
    for line in ("KillMode=mixed", "Restart=on-failure", "RestartPreventExitStatus=64", "WantedBy=multi-user.target"):
        assert f"\n{line}\n" in text
    own = worker_files(installation(tmp_path, account=""))[WORKER]
    assert "\nWantedBy=default.target\n" in own


def test_the_unit_of_a_worker_is_for_a_database_that_serves_several(tmp_path: Path) -> None:
    place = tmp_path / "place"
    assert run("init", "--dir", str(place)).code == 0
    config = str(place / "config.yaml")
    assert "PostgreSQL" in run("--config", config, "install", "--system", "--worker").one_line
    raw = read_yaml((place / "config.yaml").read_text())
    raw["ledger"]["url"] = "postgresql://work@dbserver/remediate"
    (place / "config.yaml").write_text(yaml.safe_dump(raw))
    answer = run("--json", "--config", config, "install", "--system", "--worker").answer
    assert [file["name"] for file in answer["files"]] == [WORKER]
    assert re.fullmatch(r"systemctl enable --now remediate-worker@[1-4]\.service", answer["enable"][-1])
    assert run("--config", config, "install", "--user", "--worker", "--cron").code == 64


def test_cron_lines_are_shell_that_runs_the_job_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "it's 100% ours"
    folder.mkdir()
    (folder / "config.yaml").touch()
    found = installation(folder, account="")
    Path(found.command[0]).write_text('#!/bin/sh\npwd; printf "%s\\n" "$@"; umask\n')
    line = cron_lines(found).splitlines()[1]
    assert line.startswith("0 20 * * * umask")
    command = line.split(" ", 5)[5].replace("\\%", "%")  # as cron hands it to the shell
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(folder), "--config", str(folder / "config.yaml"), "run", "nightly", "0077"]
    assert cron_lines(installation(folder)).splitlines()[2].startswith("30 6 * * 6,7 root umask")
    assert shlex.split(command)


def test_a_path_with_a_line_end_makes_no_unit(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        installation(tmp_path, config=Path("/x\nUser=root/config.yaml"))


def test_install_shows_and_with_write_keeps_them(tmp_path: Path) -> None:
    place, units = tmp_path / "place", tmp_path / "units"
    units.mkdir()
    assert run("init", "--dir", str(place)).code == 0
    config = str(place / "config.yaml")
    shown = run("--config", config, "install", "--system", "--account", "remediate")
    assert shown.code == 0
    assert f"--config {config} run %i" in shown.out
    assert "the same with --write /etc/systemd/system" in shown.out
    raw = read_yaml((place / "config.yaml").read_text())
    raw["metrics"] = {"file": str(tmp_path / "prom" / "remediate.prom"), "port": 9465}
    raw["log"] = {"file": str(tmp_path / "log" / "remediate.log")}
    hook = {"url": "https://xds.zbc.example/", "token": {"credential": "xds-token"}}
    raw["tell"] = {"xds": {"webhook": hook}}
    raw["report"]["morning"]["mail"] |= {"password": {"credential": "mail-password"}}
    (place / "config.yaml").write_text(yaml.safe_dump(raw))
    written = run("--json", "--config", config, "install", "--system", "--account", "remediate", "--write", str(units))
    names = [SERVICE, METRICS, "remediate-nightly.timer", "remediate-weekly.timer"]
    assert [file["name"] for file in written.answer["files"]] == names
    assert sorted(path.name for path in units.iterdir()) == sorted(names)
    text = (units / SERVICE).read_text()
    assert "User=remediate" in text
    assert f"ReadWritePaths={place} -{tmp_path / 'prom'} -{tmp_path / 'log'}" in text
    assert "LoadCredential=mail-password:/etc/remediate/mail-password" in text
    assert "LoadCredential=xds-token:/etc/remediate/xds-token" in text
    serving = (units / METRICS).read_text()
    assert f"--config {config} metrics --serve" in serving
    assert "WantedBy=multi-user.target" in serving
    begins = "systemctl enable --now remediate-metrics.service remediate-nightly.timer remediate-weekly.timer"
    assert written.answer["enable"][-1] == begins
    own = run("--config", config, "install", "--user", "--cron", "--write", str(units))
    assert (own.code, (units / "remediate").exists()) == (0, True)
    assert run("--config", config, "install", "--user", "--account", "x").code == 64
