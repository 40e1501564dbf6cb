"""What starts jobs by themselves: systemd's units, or lines for cron, as text. Writes no file and starts nothing.

The template unit `remediate@.service` runs the job that its instance names; a timer starts the nightly job when a span
of the window begins, on the clock of the window's zone. `remediate-worker@.service` keeps as many workers at work as
its instance says, and `remediate-metrics.service` gives Prometheus what it asks for, where a port is named.
Sources: systemd.exec(5), systemd.kill(5), systemd.service(5), systemd.time(7), crontab(5).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remediate.config.execute import DAYS, HOLIDAY, SpanSettings, WindowSettings
from remediate.errors import UsageError
from remediate.texts.language import Language, Sentence

SERVICE, WORKER = "remediate@.service", "remediate-worker@.service"
METRICS = "remediate-metrics.service"
CRON = "remediate"
NIGHTLY, WEEKLY = "nightly", "weekly"
_WEEKLY_AT = "Sun *-*-* 12:00:00"
_WEEKLY_CRON = "0 12 * * 0"
_SECRETS = Path("/etc/remediate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is to be started, by whom, and where it may write."""

    command: tuple[str, ...]  # the program, without its arguments
    config: Path
    account: str  # who runs it; "" in units of a user
    window: WindowSettings
    jobs: tuple[str, ...]  # that there are
    writes: tuple[Path, ...]  # folders, the configuration's own first
    credentials: tuple[str, ...] = ()  # that the configuration names
    keys: Path | None = None  # the file of keys, where they are in no credential
    gives_metrics: bool = False  # at a port of this machine
    language: Language = Language.EN

    def __post_init__(self) -> None:
        for text in (*self.command, str(self.config), *map(str, self.writes)):
            if any(not sign.isprintable() for sign in text):
                raise UsageError(
                    Sentence(
                        "A path with a line end or another unseen sign cannot stand in a unit.",
                        "Een pad met een regeleinde of ander onzichtbaar teken kan niet in een unit staan.",
                    )
                )


def systemd_files(found: Installation) -> dict[str, str]:
    """By name: the template unit, a timer for each job that has its time, and what gives the metrics."""
    made = {SERVICE: _service(found)}
    if found.gives_metrics:
        made[METRICS] = _metrics(found)
    if NIGHTLY in found.jobs:
        lines = [f"OnCalendar={when} {found.window.timezone}" for when in _begins(found.window)]
        made[f"remediate-{NIGHTLY}.timer"] = _timer(found, NIGHTLY, [*lines, "Persistent=false"])
    if WEEKLY in found.jobs:
        made[f"remediate-{WEEKLY}.timer"] = _timer(
            found, WEEKLY, [f"OnCalendar={_WEEKLY_AT} {found.window.timezone}", "Persistent=true"]
        )
    return made


def worker_files(found: Installation) -> dict[str, str]:
    """By name: the template unit of a machine that shares the work on a plan; it decides and surveys nothing."""
    return {WORKER: _worker(found)}


_WORKER_HEAD = Sentence(
    "Written by `remediate install --worker`. The instance says how many processes: remediate-worker@2.service",
    "Geschreven door `remediate install --worker`. De instantie zegt hoeveel processen: remediate-worker@2.service",
)
_METRICS_HEAD = Sentence(
    "Written by `remediate install`. Metrics for Prometheus at metrics.port, for this machine alone.",
    "Geschreven door `remediate install`. Metrieken voor Prometheus op metrics.port, alleen voor deze machine.",
)
_HEAD = Sentence(
    "Written by `remediate install`. By hand: systemctl start remediate@pilot.service",
    "Geschreven door `remediate install`. Met de hand: systemctl start remediate@pilot.service",
)
_WHY_NOT_LATER = Sentence(
    "A night that was missed is not made up for by day.", "Een gemiste nacht wordt niet overdag ingehaald."
)
_ON_CREDENTIALS = Sentence(
    "Secrets that the configuration names as credentials; owner root, mode 0600.",
    "Geheimen die de configuratie als credential noemt; eigenaar root, mode 0600.",
)
_ON_KEYS = Sentence(
    "The keys are read from {keys}. To have systemd hand them over: set keys.credential in the configuration, and",
    "De sleutels worden uit {keys} gelezen. Om systemd ze te laten doorgeven: stel keys.credential in, en",
)

_SANDBOX = (
    "ProtectSystem=strict", "ProtectHome=read-only", "PrivateTmp=yes", "PrivateDevices=yes", "PrivateUsers=yes",
    "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes",
    "ProtectClock=yes", "ProtectHostname=yes", "DevicePolicy=closed", "CapabilityBoundingSet=", "AmbientCapabilities=",
    "KeyringMode=private", "RemoveIPC=yes",
)  # fmt: skip
"""For the system's own manager; one of a user may not do most of it. Processes of others stay seen (no ProtectProc): a
claim of one that lives must not count as left behind, and /proc/sys tells when the machine began (no ProcSubset)."""

_SECCOMP = (
    "NoNewPrivileges=yes", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictNamespaces=yes",
    "RestrictRealtime=yes", "RestrictSUIDSGID=yes", "LockPersonality=yes", "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources",
    "SystemCallErrorNumber=EPERM",
)  # fmt: skip


def _service(found: Installation) -> str:
    head = [f"# {_HEAD.in_(found.language)}", "[Unit]", "Description=remediate: %i"]
    return _unit(found, head, "run %i", ["Type=oneshot"])


def _worker(found: Installation) -> str:
    """Its parent hands a stop on to the others: a signal that reached each of them twice would end what is in hand at
    once. It comes back after what passes, such as a database that was away, and not after a wrong call (64)."""
    head = [f"# {_WORKER_HEAD.in_(found.language)}", "[Unit]", "Description=remediate: %i workers"]
    how = ["Type=exec", "KillMode=mixed", "Restart=on-failure", "RestartSec=1min", "RestartPreventExitStatus=64"]
    return _unit(found, head, "worker --processes %i", how) + _from_the_start(found)


def _metrics(found: Installation) -> str:
    head = [f"# {_METRICS_HEAD.in_(found.language)}", "[Unit]", "Description=remediate: metrics"]
    how = ["Type=exec", "Restart=on-failure", "RestartSec=1min", "RestartPreventExitStatus=64"]
    return _unit(found, head, "metrics --serve", how) + _from_the_start(found)


def _from_the_start(found: Installation) -> str:
    begins = "multi-user.target" if found.account else "default.target"
    return f"\n[Install]\nWantedBy={begins}\n"


def _unit(found: Installation, head: Sequence[str], does: str, how: Sequence[str]) -> str:
    """A service that does one command, shut in alike whichever it is."""
    is_system = bool(found.account)
    program, *more = found.command  # systemd puts no variables into the program's own path
    words = [_word(program, dollar=False), *map(_word, more), "--config", _word(str(found.config)), does]
    lines = [*head, *(["Wants=network-online.target", "After=network-online.target"] if is_system else [])]
    lines += ["", "[Service]", *how, f"ExecStart={' '.join(words)}"]
    lines += [f"WorkingDirectory={_percent(str(found.config.parent))}"]
    lines += [f"User={found.account}"] if is_system else []
    # 3 is a night that ends with work left; a stop ends the study in hand, which a large one takes its time for
    lines += ["SuccessExitStatus=3", "TimeoutStopSec=30min", "UMask=0077", *_credentials(found), ""]
    lines += [*_SECCOMP, *_SANDBOX] if is_system else _SECCOMP
    if is_system:
        own, *others = found.writes
        folders = [str(own), *(f"-{folder}" for folder in others)]  # with a dash: one that is not there is no fault
        lines += [f"ReadWritePaths={' '.join(_word(folder, dollar=False) for folder in folders)}"]
    return "\n".join(lines) + "\n"


def _credentials(found: Installation) -> Iterator[str]:
    place = str(_SECRETS) if found.account else "%h/.config/remediate"
    if found.credentials:
        yield f"# {_ON_CREDENTIALS.in_(found.language)}"
    for name in found.credentials:
        yield f"LoadCredential={name}:{place}/{name}"
    if found.keys is not None:
        yield f"# {_ON_KEYS.in_(found.language).format(keys=found.keys)}"
        yield f"# LoadCredential=remediate-keys:{place}/remediate-keys"


def _timer(found: Installation, job: str, when: Sequence[str]) -> str:
    why = [f"# {_WHY_NOT_LATER.in_(found.language)}"] if "Persistent=false" in when else []
    return "\n".join(
        (
            "[Unit]", f"Description=remediate: {job}", "", "[Timer]", *why, *when, f"Unit=remediate@{job}.service",
            "AccuracySec=1min", "", "[Install]", "WantedBy=timers.target", "",
        )
    )  # fmt: skip


def _begins(window: WindowSettings) -> list[str]:
    """When each span begins, as systemd.time(7) writes it. It knows no holidays: where a span is for those alone, the
    job starts each day, and `execute` says that the window is closed."""
    return list(dict.fromkeys(f"{_weekdays(span)}*-*-* {span.from_:%H:%M}:00" for span in window.spans))


def _weekdays(span: SpanSettings) -> str:
    days = [day for day in DAYS if day in span.days]
    if len(days) in (0, len(DAYS)) or HOLIDAY in span.days:
        return ""
    return f"{','.join(day.capitalize() for day in days)} "


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _word(text: str, *, dollar: bool = True) -> str:
    """A word of a command line of systemd; specifiers and, in ExecStart, variables are no more than their signs."""
    escaped = _percent(text.replace("\\", "\\\\").replace('"', '\\"'))
    if dollar:
        escaped = escaped.replace("$", "$$")
    return f'"{escaped}"' if any(sign in text for sign in " \"'\\;") else escaped


_CRON_HEAD = Sentence(
    "Written by `remediate install --cron`. Times are on this machine's clock; the window is in {zone}.",
    "Geschreven door `remediate install --cron`. Tijden volgens de klok van deze machine; het venster is in {zone}.",
)


def cron_lines(found: Installation) -> str:
    """Lines for /etc/cron.d, which names an account, or for a user's crontab."""
    who = f"{found.account} " if found.account else ""
    command = shlex.join([*found.command, "--config", str(found.config), "run"]).replace("%", "\\%")
    folder = shlex.quote(str(found.config.parent)).replace("%", "\\%")
    lines = [f"# {_CRON_HEAD.in_(found.language).format(zone=found.window.timezone)}"]
    times: Mapping[str, list[str]] = {NIGHTLY: _cron_begins(found.window), WEEKLY: [_WEEKLY_CRON]}
    for job, at in times.items():
        if job in found.jobs:
            lines += [f"{when} {who}umask 077; cd {folder} && {command} {job}" for when in at]
    return "\n".join(lines) + "\n"


def _cron_begins(window: WindowSettings) -> list[str]:
    found = []
    for span in window.spans:
        is_daily = not _weekdays(span)
        days = "*" if is_daily else ",".join(str(DAYS.index(day) + 1) for day in DAYS if day in span.days)
        found.append(f"{span.from_.minute} {span.from_.hour} * * {days}")
    return list(dict.fromkeys(found))
