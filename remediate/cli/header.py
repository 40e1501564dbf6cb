"""`header show|correct|undo`: the same correction as `execute` makes, tried on exported files; touches no archive."""

from __future__ import annotations

import base64
import json
import mmap
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output
from remediate.cli.wiring import offline
from remediate.errors import ExitCode, UsageError
from remediate.files import new_file, private_folder
from remediate.header.changes import Correction
from remediate.header.correction import plan_correction
from remediate.header.evidence_reader import read_evidence
from remediate.header.part10 import Part10, split_part10
from remediate.header.pieces import Parts
from remediate.header.profiles import is_in_place
from remediate.header.proof import proof
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.header.splice import apply
from remediate.header.splice import undo as undone
from remediate.identity.bsn import Bsn, BsnProblem, BsnRange, parse_bsn
from remediate.identity.bsn_spelling import masked_numbers
from remediate.identity.evidence import BsnClaim, Place, Strength
from remediate.reasons.study import sentence
from remediate.texts.language import Sentence, both
from remediate.wiring import Offline

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_TO = click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the files."
)
_SIDECAR = ".correction.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one file."""

    file: str
    state: str  # corrected, unchanged, refused; for undo: restored, refused
    reason: str = ""
    changed: tuple[str, ...] = ()
    untouched_sha256: dict[str, str] | None = None
    written: str | None = None
    warnings: tuple[str, ...] = ()  # elements with another number that may be a BSN


@click.group()
def header() -> None:
    """Try corrections on exported files."""


def _opened(path: Path) -> Part10 | Refusal:
    """A file's parts, mapped; the mapping lives as long as a view on it. Raises OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return split_part10(b"")
        return split_part10(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


@header.command()
@common_options
@_FILES
@pass_state
def show(state: CommandState, files: tuple[Path, ...]) -> int:
    """Every claim of identity with where it stands, and whether the target profile would change it."""
    out = state.output
    work = offline(state)
    answers = [_shown(path, work) for path in files]
    for answer in answers:
        _tell_shown(out, answer)
    out.answer({"files": answers})
    return ExitCode.ERROR if any(answer["state"] == "refused" for answer in answers) else ExitCode.DONE


def _shown(path: Path, work: Offline) -> dict[str, Any]:
    try:
        part10 = _opened(path)
    except OSError:
        return {"file": str(path), "state": "refused", "reason": "file-unreadable"}
    if isinstance(part10, Refusal):
        return {"file": str(path), "state": "refused", "reason": part10.reason.value}
    evidence = read_evidence(part10.dataset, part10.transfer_syntax_uid, work.evidence_settings)
    if isinstance(evidence, Refusal):
        return {"file": str(path), "state": "refused", "reason": evidence.reason.value, "where": evidence.detail}
    claims = [
        {
            "place": claim.place.value,
            "path": claim.path,
            "strength": claim.strength.value,
            "value": claim.value.masked if isinstance(claim.value, Bsn) else claim.value.value,
        }
        for claim in evidence.claims
    ]
    return {
        "file": str(path),
        "state": "in-place" if is_in_place(evidence, work.profile) else "not-in-place",
        "transfer_syntax": part10.transfer_syntax_uid,
        "issuer": masked_numbers(evidence.issuer),
        "claims": claims,
        "flags": sorted(flag.value for flag in evidence.flags),
    }


def _tell_shown(out: Output, answer: dict[str, Any]) -> None:
    out.say(f"{answer['file']}: {_STATES.get(answer['state'], both(answer['state'])).in_(out.language)}")
    if answer["state"] == "refused":
        out.say(f"  {_why(answer['reason'], out)}")
        return
    out.table((c["path"], c["place"], c["strength"], c["value"]) for c in answer["claims"])
    if not answer["claims"]:
        out.say(Sentence("  no BSN anywhere", "  nergens een BSN"))
    for flag in answer["flags"]:
        out.say(Sentence(f"  flag: {flag}", f"  signaal: {flag}"))


_NUMBERS_OF_THE_HOSPITAL = frozenset({Place.PATIENT_ID_BARE, Place.ADMISSION_ID})
"""Where one number in eleven looks like a BSN and is none. Without the EPD nobody can tell: such a one is told of.
Anywhere else it may contradict, and nothing is written beside it."""


@header.command()
@common_options
@_FILES
@_TO
@click.option(
    "--bsn-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="File that holds the one BSN of these files; never on the command line.",
)
@pass_state
def correct(state: CommandState, files: tuple[Path, ...], folder: Path, bsn_file: Path) -> int:
    """Write each file corrected into a folder, with its proof beside it; a refusal never stops the rest."""
    work = offline(state)
    bsn = _bsn(bsn_file, work)
    provenance = work.provenance()

    def one(path: Path, part10: Part10) -> FileResult:
        others = _other_numbers(part10, bsn, work)
        if any(not _may_be_of_the_hospital(claim) for claim in others):
            return FileResult(file=str(path), state="refused", reason=HeaderReason.OTHER_BSN_CLAIMED.value)
        correction = plan_correction(
            part10.dataset, part10.transfer_syntax_uid, bsn=bsn, profile=work.profile, provenance=provenance
        )
        if isinstance(correction, Refusal):
            return FileResult(file=str(path), state="refused", reason=correction.reason.value)
        if correction.is_empty:
            return FileResult(file=str(path), state="unchanged", reason="in-place")
        after = apply(correction, part10.dataset)
        if isinstance(after, Refusal):
            return FileResult(file=str(path), state="refused", reason=after.reason.value)
        result = _write_corrected(path, folder, part10, correction, after)
        return replace(result, warnings=tuple(claim.path for claim in others))

    return _each(state.output, files, folder, one)


def _may_be_of_the_hospital(claim: BsnClaim) -> bool:
    return claim.place in _NUMBERS_OF_THE_HOSPITAL or claim.strength is Strength.PART


def _other_numbers(part10: Part10, bsn: Bsn, work: Offline) -> tuple[BsnClaim, ...]:
    """Numbers that may be the BSN of somebody else."""
    evidence = read_evidence(part10.dataset, part10.transfer_syntax_uid, work.evidence_settings)
    if isinstance(evidence, Refusal):
        return ()
    return tuple(claim for claim in evidence.claims if isinstance(claim.value, Bsn) and claim.value != bsn)


def _bsn(path: Path, work: Offline) -> Bsn:
    try:
        parsed = parse_bsn(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        raise UsageError(Sentence("The BSN file cannot be read.", "Het BSN-bestand kan niet worden gelezen.")) from None
    if isinstance(parsed, BsnProblem):
        raise UsageError(
            Sentence(f"The BSN file holds no BSN: {parsed.value}.", f"Het BSN-bestand bevat geen BSN: {parsed.value}.")
        )
    if not parsed.is_in(BsnRange(work.config.identity.bsn_range)):
        raise UsageError(
            Sentence(
                "This BSN is outside the range that the configuration allows (identity.bsn_range).",
                "Dit BSN valt buiten het bereik dat de configuratie toestaat (identity.bsn_range).",
            )
        )
    return parsed


def _write_corrected(path: Path, folder: Path, part10: Part10, correction: Correction, after: Parts) -> FileResult:
    shown = proof(correction, part10.dataset, after)
    if isinstance(shown, Refusal):
        return FileResult(file=str(path), state="refused", reason=shown.reason.value)
    target = folder / path.name
    _write(target, part10.meta, *after.parts)
    sidecar = {"correction": base64.b64encode(correction.to_bytes()).decode(), "proof": asdict(shown)}
    _write(target.with_name(target.name + _SIDECAR), json.dumps(sidecar).encode())
    digests = {"before": shown.untouched_sha256_before, "after": shown.untouched_sha256_after}
    return FileResult(
        file=str(path),
        state="corrected",
        changed=correction.changed_tags,
        untouched_sha256=digests,
        written=str(target),
    )


@header.command()
@common_options
@_FILES
@_TO
@pass_state
def undo(state: CommandState, files: tuple[Path, ...], folder: Path) -> int:
    """Bring corrected files back, byte for byte, with the correction that was written beside each."""

    def one(path: Path, part10: Part10) -> FileResult:
        try:
            text = path.with_name(path.name + _SIDECAR).read_text(encoding="utf-8")
            correction = Correction.from_bytes(base64.b64decode(json.loads(text)["correction"]))
        except (OSError, ValueError, KeyError):
            return FileResult(file=str(path), state="refused", reason="no-correction-beside-it")
        before = undone(correction, part10.dataset)
        if isinstance(before, Refusal):
            return FileResult(file=str(path), state="refused", reason=before.reason.value)
        target = folder / path.name
        _write(target, part10.meta, *before.parts)
        return FileResult(file=str(path), state="restored", changed=correction.changed_tags, written=str(target))

    return _each(state.output, files, folder, one)


def _each(out: Output, files: tuple[Path, ...], folder: Path, one: Callable[[Path, Part10], FileResult]) -> int:
    """Every file, whatever becomes of it, and the count at the end."""
    private_folder(folder)
    results: list[FileResult] = []
    names = Counter(path.name for path in files)
    with out.progress(total=len(files), unit="files", what="header") as bar:
        for path in files:
            if names[path.name] > 1 or (folder / path.name).exists():
                results.append(FileResult(file=str(path), state="refused", reason="target-exists"))
            else:
                results.append(_one(path, one))
            bar.update(1)
    _tell(out, results)
    out.answer({"files": [asdict(result) for result in results]})
    return ExitCode.ERROR if any(result.state == "refused" for result in results) else ExitCode.DONE


def _one(path: Path, one: Callable[[Path, Part10], FileResult]) -> FileResult:
    try:
        part10 = _opened(path)
        if isinstance(part10, Refusal):
            return FileResult(file=str(path), state="refused", reason=part10.reason.value)
        return one(path, part10)
    except OSError:
        return FileResult(file=str(path), state="refused", reason="file-unreadable")


_OWN = {
    "target-exists": Sentence(
        "A file of that name exists already in the folder, or two files have the same name.",
        "Een bestand met die naam staat al in de map, of twee bestanden heten hetzelfde.",
    ),
    "file-unreadable": Sentence(
        "The file cannot be read, or the folder cannot be written.",
        "Het bestand kan niet worden gelezen, of in de map kan niet worden geschreven.",
    ),
    "no-correction-beside-it": Sentence(
        "There is no readable correction beside this file.", "Naast dit bestand ligt geen leesbare correctie."
    ),
}
_STATES = {
    "in-place": Sentence("in-place", "BSN op de juiste plaats"),
    "not-in-place": Sentence("not-in-place", "BSN niet op de juiste plaats"),
    "refused": Sentence("refused", "geweigerd"),
    "corrected": Sentence("corrected", "gecorrigeerd"),
    "unchanged": Sentence("unchanged", "ongewijzigd"),
    "restored": Sentence("restored", "teruggebracht"),
}


def _why(reason: str, out: Output) -> str:
    own = _OWN.get(reason)
    return own.in_(out.language) if own is not None else sentence(reason, out.language)


def _tell(out: Output, results: list[FileResult]) -> None:
    for result in results:
        if result.state == "refused":
            out.say(f"{result.file}: {_STATES['refused'].in_(out.language)}. {_why(result.reason, out)}")
        for place in result.warnings:
            out.say(
                Sentence(
                    f"{result.file}: {place} holds another number that may be a BSN. Is this the right patient?",
                    f"{result.file}: {place} bevat een ander nummer dat een BSN kan zijn. Is dit de juiste patiënt?",
                )
            )
    for name, number in sorted(Counter(result.state for result in results).items()):
        out.say(f"{number} {_STATES[name].in_(out.language)}")
    first = next((result for result in results if result.changed), None)
    if first is not None:
        out.say(
            Sentence(
                f"Changed, for instance: {', '.join(first.changed)}",
                f"Gewijzigd, bijvoorbeeld: {', '.join(first.changed)}",
            )
        )


def _write(path: Path, *parts: Any) -> None:
    """A new file, readable by the owner only."""
    with new_file(path) as file:
        for part in parts:
            file.write(part)


COMMANDS = (header,)
