"""`epd load` and `epd show`: patient records into the registry, and what it holds of one number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output, count
from remediate.cli.wiring import session
from remediate.epd.deliveries import DELIVERIES, Deliveries, Delivery, Why, matching, named
from remediate.epd.hl7.explain import said
from remediate.epd.load import LoadEnding, LoadReport, check_readable, load_files
from remediate.epd.reasons import SENTENCES
from remediate.errors import ExitCode, UsageError
from remediate.identity.bsn import Bsn
from remediate.identity.bsn_spelling import masked_numbers
from remediate.identity.patients import LocalId, Patient
from remediate.records.ledger import EventType, NewEvent
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now

_SHOWN = 20


@click.group()
def epd() -> None:
    """Patient records of the EPD (HL7 v2 or CSV)."""


@epd.command()
@common_options
@click.option("--snapshot", is_flag=True, help="The CSV files hold every patient; who is not in them is unverified.")
@click.option("--accept-missing", is_flag=True, help="Also where a snapshot lacks more than one patient in ten.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@pass_state
def load(state: CommandState, files: tuple[Path, ...], *, snapshot: bool, accept_missing: bool) -> int:
    """Read HL7 v2 or CSV files into the registry, in the order given; without FILES what is new of epd.files. Loading a
    file twice changes nothing."""
    out = state.output
    with session(state, exclusive=True) as work:
        settings, base = work.config.epd, work.config.base
        known = Deliveries.read(work.ledger.fact(DELIVERIES))
        found = list(files) if files else _configured(out, work)
        by_name = named(found, base, lambda place: work.ledger.pseudonym("epd-file", place))
        for path in by_name.values():
            check_readable(path)
        new = known.to_load(by_name, settings)
        chosen = tuple(by_name.values()) if files or snapshot else tuple(one.path for one in new)
        if not files:
            _tell_new(out, new, len(by_name) - len(new))
        with out.progress(total=None, unit="B", what="epd load") as bar:

            def told(name: str, read: int, size: int) -> None:
                bar.set_description(masked_numbers(Path(name).name))
                bar.total = size
                bar.update(read - bar.n)

            def ended(report: LoadReport, ending: LoadEnding) -> None:
                details = _details(report, ending, snapshot=snapshot)
                event = NewEvent(type=EventType.EPD_LOADED, at=now(), actor=work.account, details=details)
                if ending is LoadEnding.COMPLETE and new:
                    work.ledger.set_fact(DELIVERIES, known.after(new, settings).text, event)
                else:
                    work.ledger.record(event)

            report = LoadReport(files=0, records=0, patients=work.registry.patients(), merges=0, rejected=())
            if chosen:
                report = load_files(
                    chosen,
                    settings,
                    work.registry,
                    now=now(),
                    progress=told,
                    ended=ended,
                    snapshot=snapshot,
                    accept_missing=accept_missing,
                )
    _tell(state, report, new)
    return ExitCode.DONE


def _configured(out: Output, work: Session) -> list[Path]:
    """The files that epd.files names, in order. Raises `UsageError` when it names none."""
    if not work.config.epd.files:
        raise UsageError(
            Sentence(
                "No files: name them, or set epd.files in the configuration.",
                "Geen bestanden: noem ze, of stel epd.files in de configuratie in.",
            )
        )
    found: list[Path] = []
    for pattern in work.config.epd.files:
        matched = matching(pattern, work.config.base)
        if not matched:
            out.say(Sentence(f"No file matches {pattern}.", f"Geen bestand past bij {pattern}."))
        found += matched
    return found


_AGAIN: Mapping[Why, Sentence] = {
    Why.GREW: Sentence(
        "grew since it was loaded, and is read whole", "is gegroeid sinds het laden, en wordt geheel gelezen"
    ),
    Why.CHANGED: Sentence("changed since it was loaded", "is gewijzigd sinds het laden"),
    Why.SETTINGS: Sentence("was loaded under other settings of epd", "is geladen onder andere instellingen van epd"),
}


def _tell_new(out: Output, new: Sequence[Delivery], known: int) -> None:
    for one in new:
        if one.why in _AGAIN:
            out.say(_AGAIN[one.why].after(f"{masked_numbers(one.path.name)}: "))
    if known:
        same = Sentence(
            f"{count(known, 'file was', 'files were')} loaded before and did not change since.",
            f"{count(known, 'bestand was', 'bestanden waren')} al geladen en sindsdien niet gewijzigd.",
        )
        out.say(same)


def _details(report: LoadReport, ending: LoadEnding, *, snapshot: bool) -> dict[str, str | int | float | bool | None]:
    """What the ledger is told, also of a load that ended in an error after it wrote something."""
    return {
        "ended": ending.value,
        "files": report.files,
        "records": report.records,
        "patients": report.patients,
        "merges": report.merges,
        "rejected": len(report.rejected),
        **({"unlisted": report.unlisted} if snapshot else {}),
    }


def _loaded(report: LoadReport) -> Sentence:
    patients, rejected = report.patients, len(report.rejected)
    if not report.files:  # how many did not change was told
        return Sentence(
            f"{count(patients, 'patient is', 'patients are')} known of the EPD, as before.",
            f"{count(patients, 'patiënt is', 'patiënten zijn')} uit het EPD bekend, net als eerder.",
        )
    return Sentence(
        f"{count(report.records, 'record', 'records')} from {count(report.files, 'file', 'files')}: "
        f"{count(patients, 'patient', 'patients')} now, {count(report.merges, 'merge', 'merges')}, "
        f"{rejected} rejected.",
        f"{count(report.records, 'registratie', 'registraties')} uit {count(report.files, 'bestand', 'bestanden')}: "
        f"{count(patients, 'patiënt', 'patiënten')} nu, {count(report.merges, 'samenvoeging', 'samenvoegingen')}, "
        f"{rejected} afgewezen.",
    )


def _tell(state: CommandState, report: LoadReport, new: Sequence[Delivery]) -> None:
    out = state.output
    rejected = len(report.rejected)
    out.say(_loaded(report))
    if report.unlisted:
        out.say(
            Sentence(
                f"{report.unlisted} patients are not in the snapshot: their BSN is unverified until a record names "
                "them.",
                f"{report.unlisted} patiënten staan niet in de momentopname: hun BSN geldt als niet geverifieerd tot "
                "een registratie hen noemt.",
            )
        )
    for hint in report.hints:
        out.say(hint)
    for item in report.rejected[:_SHOWN]:
        met = f" [{item.met}]" if item.met else ""
        out.say(
            f"  {masked_numbers(item.file)}:{item.line}: {item.reason}{met}. {SENTENCES[item.reason].in_(out.language)}"
        )
        if item.explanation:
            out.say(f"    {said(item.explanation, out.language)}")
    if len(report.rejected) > _SHOWN:
        more = rejected - _SHOWN
        out.say(
            Sentence(f"  ... and {more} more; --json lists them all.", f"  ... en nog {more}; --json noemt ze alle.")
        )
    out.next_step("remediate plan")
    out.answer(
        {
            "files": report.files,
            "records": report.records,
            "patients": report.patients,
            "merges": report.merges,
            "unlisted": report.unlisted,
            "again": [
                {"file": masked_numbers(one.path.name), "why": one.why.value} for one in new if one.why is not Why.NEW
            ],
            "rejected": [
                {
                    "file": masked_numbers(r.file),
                    "line": r.line,
                    "reason": r.reason,
                    **({"met": r.met} if r.met else {}),
                }
                for r in report.rejected
            ],
            "hints": [hint.in_(out.language) for hint in report.hints],
            "explained": [
                {"file": masked_numbers(r.file), "line": r.line, "hl7apy": r.explanation}
                for r in report.rejected
                if r.explanation
            ],
        }
    )


@epd.command()
@common_options
@click.argument("number")
@click.option("--issuer", default="", help="Authority of the number.  [default: epd.default_issuer]")
@pass_state
def show(state: CommandState, number: str, issuer: str) -> int:
    """What the registry holds of one hospital number, masked."""
    out = state.output
    with session(state, exclusive=False) as work:
        authority = issuer or work.config.epd.default_issuer
        found = work.registry.patients_of(LocalId(value=number, authority=authority))
        facts = [_facts(patient, work.registry.given_up_with_bsn(patient)) for patient in found]
        work.ledger.record(
            NewEvent(
                type=EventType.EXPORT,
                at=now(),
                actor=work.account,
                patient=work.ledger.patient_pseudonym(number, authority),
                details={"what": "epd show", "found": bool(found)},
            )
        )
    if not found:
        named = masked_numbers(authority) or "(-)"
        out.say(
            Sentence(
                f"No live patient has this number with issuer {named}.",
                f"Geen levende registratie heeft dit nummer bij uitgevende instantie {named}.",
            )
        )
        out.answer({"found": False})
        return ExitCode.ERROR
    if len(found) > 1:
        out.say(
            Sentence(
                f"Under epd.numbers this number stands for {len(found)} live patients: studies under it wait for a "
                "person.",
                f"Dit nummer staat volgens epd.numbers voor {len(found)} levende patiënten: onderzoeken onder dit "
                "nummer wachten op een mens.",
            )
        )
    for each in facts:
        out.table(_told(each, out.language))
    out.answer({"found": True, **(facts[0] if len(facts) == 1 else {"patients": facts})})
    return ExitCode.DONE


def _facts(patient: Patient, given_up: Mapping[LocalId, Bsn]) -> dict[str, object]:
    """What is shown of a patient; with the numbers given up for it that another BSN was told of."""
    told = {
        f"bsn_under_merged_number{f'_{at}' if at > 1 else ''}": f"{_shown(number.value, bsn)}: {bsn.masked}"
        for at, (number, bsn) in enumerate(sorted(given_up.items(), key=lambda one: one[0].value), 1)
    }
    return {
        "epd_patient_id": _shown(patient.epd_patient_id, patient.bsn),
        "authority": patient.authority,
        "numbers": len(patient.identifiers),
        "bsn": patient.bsn.masked if patient.bsn else patient.bsn_problem or "none",
        "bsn_verified": patient.bsn_verified,
        "bsn_holders": patient.bsn_holders,
        "birth_date": "known" if patient.birth_date else "none",
        "sex": patient.sex or "none",
        **told,
    }


_LABELS: Mapping[str, Sentence] = {
    "epd_patient_id": Sentence("epd_patient_id", "patiëntnummer in het EPD"),
    "authority": Sentence("authority", "uitgevende instantie"),
    "numbers": Sentence("numbers", "aantal nummers"),
    "bsn": Sentence("bsn", "BSN"),
    "bsn_verified": Sentence("bsn_verified", "BSN geverifieerd"),
    "bsn_holders": Sentence("bsn_holders", "patiënten met dit BSN"),
    "birth_date": Sentence("birth_date", "geboortedatum"),
    "sex": Sentence("sex", "geslacht"),
    "bsn_under_merged_number": Sentence("bsn_under_merged_number", "BSN onder samengevoegd nummer"),
}
_VALUES: Mapping[object, Sentence] = {
    "none": Sentence("none", "geen"),
    "known": Sentence("known", "bekend"),
    True: Sentence("True", "ja"),
    False: Sentence("False", "nee"),
}


def _told(facts: Mapping[str, object], language: Language) -> Iterator[tuple[str, object]]:
    for name, value in facts.items():
        label = _LABELS[re.sub(r"_\d+$", "", name)].in_(language)
        said = _VALUES.get(value) if isinstance(value, bool | str) else None
        yield label, value if said is None else said.in_(language)


def _shown(number: str, bsn: Bsn | None) -> str:
    """A hospital number; some hospitals take the BSN for one."""
    return bsn.masked if bsn is not None and bsn.digits in number else number


COMMANDS = (epd,)
