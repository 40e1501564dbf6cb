"""`init` and `doctor`: a configuration with keys, and whether this archive can be corrected at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import click
from pydicom.uid import UID

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.copies.checks import check_copies, check_receivers, probe_copies, tell_likenesses, tell_unfit
from remediate.cli.csv_proposal import into_config, section
from remediate.cli.outages import PROBED
from remediate.cli.output import Output, complain
from remediate.cli.speaking import configured_at
from remediate.cli.wiring import session
from remediate.config.execute import HOLIDAY, SpanSettings, WindowSettings
from remediate.config.settings import load_config
from remediate.epd.csv.detect import Detected, detect
from remediate.errors import ArchiveError, ExitCode, KeysError, LedgerError, MessageError, PlanError, RemediateError
from remediate.files import new_file
from remediate.jobs.job_file import FOLDER
from remediate.jobs.job_templates import JOBS, job_text
from remediate.ledger.database import ledger_file
from remediate.ledger.key_files import create_keys
from remediate.probe.probing import (
    BY_MESSAGE,
    KIND_SENTENCES,
    TOLD_BY_MESSAGE,
    ArchiveKind,
    Probe,
    ProbeResult,
    archive_name,
    last_probe,
    own_setting,
    require_fitting_probe,
)
from remediate.probe.readiness import open_points
from remediate.probe.study import build_probe_study
from remediate.texts.language import Sentence
from remediate.window import hours_a_night, hours_of, is_open
from remediate.wiring import Machine, Session, create_ledger, database_url, keys_of, now, require_no_ledger


@click.command()
@common_options
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder for them.  [default: here]",
)
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Propose epd.csv from this extract: delimiter, encoding, columns. Date formats are never guessed.",
)
@pass_state
def init(state: CommandState, folder: Path, csv_file: Path | None) -> None:
    """Write a commented configuration and create the keys; what exists already is kept."""
    out = state.output
    detected = None if csv_file is None else detect(csv_file)
    is_named = folder == Path() or state.config.is_absolute()
    config_path = state.config if is_named else folder / state.config.name
    config_path.parent.mkdir(parents=True, exist_ok=True)
    kept_config = config_path.exists()
    if not kept_config:
        example = files("remediate.cli").joinpath("config.example.yaml").read_text(encoding="utf-8")
        example = example.replace(_LANGUAGE.format("en"), _LANGUAGE.format(out.language.value))
        if detected is not None and csv_file is not None:
            example = into_config(example, detected, csv_file.name)
        _write_private(config_path, example)
    config = load_config(config_path)
    keys_path = config.path(config.keys.file)
    kept_keys = not config.keys.in_file or keys_path.exists()
    if not kept_keys:
        require_no_ledger(config)
        create_keys(keys_path)
    ledger_id, made = create_ledger(config, keys_of(config))
    out.say(
        Sentence(
            f"{'Kept' if kept_config else 'Wrote'} {config_path}",
            f"{'Behouden' if kept_config else 'Geschreven'}: {config_path}",
        )
    )
    out.say(
        Sentence(
            f"{'Kept' if kept_keys else 'Created'} {keys_path} (readable by you only)",
            f"{'Behouden' if kept_keys else 'Gemaakt'}: {keys_path} (alleen voor u leesbaar)",
        )
    )
    jobs = _write_jobs(out, config_path.parent)
    out.say(
        Sentence(
            f"{'Made' if made else 'Kept'} ledger {ledger_id} ({config.ledger.url})",
            f"{'Gemaakt' if made else 'Behouden'}: logboek {ledger_id} ({config.ledger.url})",
        )
    )
    if detected is not None and csv_file is not None:
        _tell_csv(out, detected, csv_file.name, kept=kept_config)
    out.say(
        Sentence(
            "Back the keys up, apart from the ledger: without them no change can be undone and no line be read.",
            "Maak een reservekopie van de sleutels, apart van het logboek: zonder sleutels kan niets "
            "worden teruggedraaid en is geen regel te lezen.",
        )
    )
    configured_at(config_path)
    out.next_step(
        Sentence(
            "set archive and epd in the configuration, then: remediate doctor --probe",
            "stel archive en epd in de configuratie in, dan: remediate doctor --probe",
        )
    )
    kept = {"config": kept_config, "keys": kept_keys, "ledger": not made}
    answer = {"config": str(config_path), "keys": str(keys_path), "ledger": ledger_id, "jobs": jobs, "kept": kept}
    out.answer(answer if detected is None else answer | {"csv": asdict(detected)})


def _tell_csv(out: Output, detected: Detected, name: str, *, kept: bool) -> None:
    columns, others = len(detected.columns), detected.other_columns
    out.say(
        Sentence(
            f"Looked at {detected.rows} rows of {name}: {columns} columns are known, {others} are not read.",
            f"{detected.rows} rijen van {name} bekeken: {columns} kolommen zijn bekend, {others} worden niet gelezen.",
        )
    )
    if kept:
        out.say(
            Sentence(
                "The configuration was kept. Put this into its section epd, where it is right:",
                "De configuratie is behouden. Neem dit over in de sectie epd, waar het klopt:",
            )
        )
        out.block(section(detected, name))
    out.say(
        Sentence(
            "Set epd.csv.date_format yourself: a wrong one would read other dates, and is never guessed. Until then it "
            "is %Y-%m-%d.",
            "Stel epd.csv.date_format zelf in: een verkeerde zou andere datums lezen, en wordt nooit geraden. Tot dan "
            "is het %Y-%m-%d.",
        )
    )


_LANGUAGE = "\n  language: {} "
"""Of the section `report` in the example: the language in which `init` was given."""


def _write_jobs(out: Output, folder: Path) -> list[str]:
    """The job files beside the configuration; those that stand there already are kept."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    paths = {place / f"{name}.yaml": job_text(name, out.language) for name in JOBS}
    new = [path for path in paths if not path.exists()]
    for path in new:
        _write_private(path, paths[path])
    named = ", ".join(path.stem for path in new or paths)
    out.say(
        Sentence(
            f"{'Wrote' if new else 'Kept'} jobs in {place}: {named} (`remediate run NAME`)",
            f"{'Geschreven' if new else 'Behouden'}: taken in {place}: {named} (`remediate run NAAM`)",
        )
    )
    return [str(path) for path in paths]


def _write_private(path: Path, text: str) -> None:
    with new_file(path) as file:
        file.write(text.encode())


@click.command()
@common_options
@click.option("--probe", is_flag=True, help="Store, re-store and read back a marked synthetic study.")
@pass_state
def doctor(state: CommandState, probe: bool) -> int:
    """Check configuration, keys, ledger and archive; with --probe find out what the archive does with a re-store."""
    out = state.output
    with session(state, exclusive=probe) as work:
        out.say(Sentence(f"ok  configuration {state.config}", f"ok  configuratie {state.config}"))
        _tell_window(out, work.config.execute.window)
        checks = {"keys": _checked(out, "keys", work), "archive": _echo(out, work)}
        if _by_message(work) and work.config.hl7_output.host:
            checks["receiver"] = _receiver(out, work)
        copies, receivers = check_copies(out, work), check_receivers(out, work)
        points = open_points(work.config)
        _tell_open(out, points)
        if not all(checks.values()):
            again = "remediate doctor --probe" if probe else "remediate doctor"
            out.next_step(Sentence(f"mend what is marked !!; then: {again}", f"verhelp wat !! heeft; dan: {again}"))
            checks |= copies | receivers
            out.answer({"ok": False, "checks": checks, "probe": None, "window": _window_json(work), "open": [*points]})
            return ExitCode.ERROR
        if probe:
            state.how_far.begun = PROBED
        result = _probe(out, work) if probe else last_probe(work.ledger)
        likenesses = tell_likenesses(out, work, copies, result.study_instance_uid) if probe and result else []
        copies_fit = probe_copies(out, work, copies) if probe else tell_unfit(out, work)
        problem = _problem(work)
        _advise(out, work, result, problem)
        fits = problem is None or (result is None and not probe)  # not to have probed yet is no fault
        found = {
            "checks": checks | copies | receivers,
            "probe": _probe_json(work, result),
            "window": _window_json(work),
            "may_be_the_archive": likenesses,
        }
        out.answer({"ok": fits and copies_fit and all(copies.values()), **found, "open": [*points]})
        return ExitCode.DONE if fits and copies_fit and all(copies.values()) else ExitCode.CHANGES


def _tell_open(out: Output, points: Mapping[str, Sentence]) -> None:
    """What has to be decided before the real archive."""
    if points:
        out.say(Sentence("--  before the real archive, decide:", "--  beslis vóór het echte archief:"))
        out.table((f"  {key}", why.in_(out.language)) for key, why in points.items())


_DAYS_NL = {
    "mon": "ma", "tue": "di", "wed": "wo", "thu": "do", "fri": "vr", "sat": "za", "sun": "zo", HOLIDAY: "feestdagen",
}  # fmt: skip


def _tell_window(out: Output, window: WindowSettings) -> None:
    """The window as it was understood, so that nobody finds out at night."""
    spans = [_span(span, has_holidays=bool(window.holidays or window.holiday_dates)) for span in window.spans]
    is_now = is_open(window, now())
    out.say(
        Sentence(
            f"ok  `execute` works {'; '.join(span.en for span in spans)}, {window.timezone}; "
            f"now the window is {'open' if is_now else 'closed'}",
            f"ok  `execute` werkt {'; '.join(span.nl for span in spans)}, {window.timezone}; "
            f"het venster is nu {'open' if is_now else 'gesloten'}",
        )
    )


def _span(span: SpanSettings, *, has_holidays: bool) -> Sentence:
    begin, end, hours = f"{span.from_:%H:%M}", f"{span.to:%H:%M}", hours_of(span)
    next_day = Sentence(" the next day", " de volgende dag") if span.to <= span.from_ else Sentence("", "")
    days = [day for day in span.days if day != HOLIDAY or has_holidays]
    on = Sentence(" ".join(days).replace(HOLIDAY, "holidays"), " ".join(_DAYS_NL[day] for day in days))
    return Sentence(
        f"from {begin} to {end}{next_day.en} ({hours:g} hours), on {on.en}",
        f"van {begin} tot {end}{next_day.nl} ({hours:g} uur), op {on.nl}",
    )


def _window_json(work: Session) -> dict[str, object]:
    window = work.config.execute.window
    return {
        **_span_json(window),
        "also": [_span_json(span) for span in window.also],
        "timezone": window.timezone,
        "holidays": window.holidays,
        "hours": round(hours_a_night(window), 2),
        "open": is_open(window, now()),
    }


def _span_json(span: SpanSettings) -> dict[str, object]:
    return {"from": f"{span.from_:%H:%M}", "to": f"{span.to:%H:%M}", "days": list(span.days)}


def _problem(work: Session) -> PlanError | None:
    """Why `execute` would refuse to work on this archive as it is configured; None when it would not."""
    try:
        require_fitting_probe(work.ledger, work.config, now=now(), by_message=_by_message(work))
    except PlanError as error:
        return error
    return None


def _by_message(work: Session) -> bool:
    return work.config.archive.correct_by == "hl7"


def _checked(out: Output, name: str, work: Session) -> bool:
    try:
        ledger_id = work.ledger.ledger_id
        if not Machine(work.config).may_write():
            where = ledger_file(database_url(work.config))
            raise LedgerError(
                Sentence(
                    f"{where}, its folder or its disk is read-only: nothing can be written down, so nothing done.",
                    f"{where}, de map of de schijf ervan is alleen te lezen: er is niets vast te leggen, dus niets te "
                    "doen.",
                )
            )
    except (KeysError, LedgerError) as error:
        _failed(out, name, error)
        return False
    out.say(Sentence(f"ok  keys and ledger {ledger_id}", f"ok  sleutels en logboek {ledger_id}"))
    return True


def _echo(out: Output, work: Session) -> bool:
    try:
        work.archive.echo()
        work.archive.require_services()
    except ArchiveError as error:
        _failed(out, "archive", error)
        return False
    named, ours = archive_name(work.config), work.config.archive.ae_title
    out.say(
        Sentence(f"ok  archive {named} answers C-ECHO to {ours}", f"ok  archief {named} beantwoordt C-ECHO van {ours}")
    )
    return True


def _receiver(out: Output, work: Session) -> bool:
    """Whether the archive's HL7 interface can be had; no message is sent to try it."""
    sender, target = work.new_sender(), work.config.hl7_output.target
    with closing(sender):
        if sender.reaches():
            out.say(
                Sentence(
                    f"ok  the HL7 receiver {target} takes connections; no message was sent",
                    f"ok  de HL7-ontvanger {target} neemt verbindingen aan; er is geen bericht verstuurd",
                )
            )
            return True
    told = MessageError(
        Sentence(f"No connection with the HL7 receiver {target}.", f"Geen verbinding met de HL7-ontvanger {target}."),
        advice=Sentence(
            "Check hl7_output.host, hl7_output.port and hl7_output.tls, and that the archive's HL7 interface runs.",
            "Controleer hl7_output.host, hl7_output.port en hl7_output.tls, en of de HL7-koppeling van "
            "het archief draait.",
        ),
    )
    _failed(out, "receiver", told)
    return False


_CHECKS = {
    "keys": Sentence("keys", "sleutels"),
    "archive": Sentence("archive", "archief"),
    "receiver": Sentence("receiver", "ontvanger"),
}


def _failed(out: Output, name: str, error: RemediateError) -> None:
    out.say(f"!!  {_CHECKS[name].in_(out.language)}: {error.in_(out.language)}")
    if out.as_json:
        complain(f"remediate: {error.in_(out.language)}")


def _probe(out: Output, work: Session) -> ProbeResult:
    moment = now()
    study = build_probe_study(moment, work.profile, work.provenance())
    probe = Probe(archive=work.archive, facts=work.ledger, spool=work.spool, config=work.config)
    result = probe.run(study, now=moment, actor=work.account)
    uid, patient = result.study_instance_uid, "REMEDIATE^PROBE"
    out.say(
        Sentence(
            f"ok  probed with study {uid} (patient {patient}; you may delete it)",
            f"ok  beproefd met onderzoek {uid} (patiënt {patient}; u mag het verwijderen)",
        )
    )
    if result.not_taken:
        names = ", ".join(UID(syntax).name for syntax in result.not_taken.split())
        out.say(
            Sentence(
                f"--  it takes no object in {names}; of such objects the probe says nothing",
                f"--  het neemt geen object in {names} aan; over zulke objecten zegt de proef niets",
            )
        )
    return result


def _advise(out: Output, work: Session, result: ProbeResult | None, problem: PlanError | None) -> None:
    if result is None:
        out.say(Sentence("--  this archive was never probed", "--  dit archief is nooit beproefd"))
        out.next_step("remediate doctor --probe")
        return
    takes = result.kind is ArchiveKind.REPLACES or _by_message(work)
    out.say(f"{'ok' if takes else '!!'}  {result.kind.value}: {KIND_SENTENCES[result.kind].in_(out.language)}")
    if not takes:
        _advise_another_way(out, work, result.kind)
        return
    if problem is not None:
        out.say(f"!!  {problem.in_(out.language)}")
        out.next_step("remediate doctor --probe")
        return
    if _by_message(work):
        target = work.config.hl7_output.target
        out.say(
            Sentence(
                f"ok  corrections go as HL7 messages to {target}; nothing is stored",
                f"ok  correcties gaan als HL7-berichten naar {target}; er wordt niets opgeslagen",
            )
        )
    out.next_step("remediate survey")


def _advise_another_way(out: Output, work: Session, kind: ArchiveKind) -> None:
    out.say(
        Sentence(
            "    `execute` refuses to store anything here until a probe says `replaces`.",
            "    `execute` slaat hier niets op zolang een proef geen `replaces` zegt.",
        )
    )
    ours = own_setting(kind, work.config)
    if ours is not None:
        out.say(f"    {ours.in_(out.language)}")
    if kind in TOLD_BY_MESSAGE:
        out.say(f"    {BY_MESSAGE.in_(out.language)}")
    out.next_step(
        Sentence("change that setting, then: remediate doctor --probe", "wijzig dat, dan: remediate doctor --probe")
        if ours is not None
        else Sentence(
            "change the archive's setting, then: remediate doctor --probe",
            "wijzig de instelling van het archief, dan: remediate doctor --probe",
        )
    )


def _probe_json(work: Session, result: ProbeResult | None) -> dict[str, object] | None:
    if result is None:
        return None
    ours = own_setting(result.kind, work.config)
    return {
        "try": ours.en if ours else None,
        "kind": result.kind.value,
        "sentence": KIND_SENTENCES[result.kind].en,
        "archive": result.archive,
        "profile": result.profile,
        "at": result.at,
        "study_instance_uid": result.study_instance_uid,
    }


COMMANDS = (init, doctor)
