"""What `doctor` says of the nodes beside the archive: whether copies answer, are others than the archive and may be
updated, and whether those who are told can be reached."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import closing

from remediate.cli.copies.updates import as_node
from remediate.cli.copies.verify import archive_of, tell_copies_left
from remediate.cli.output import Output, complain
from remediate.cli.tellers import reaches
from remediate.config.archive import ArchiveSettings
from remediate.config.hl7 import Hl7OutputSettings
from remediate.config.nodes import place_of, places_of
from remediate.errors import ArchiveError, PlanError, RemediateError
from remediate.hl7_output.sender import Hl7Sender
from remediate.probe.probing import (
    KIND_SENTENCES,
    ArchiveKind,
    Probe,
    fact_of_copy,
    last_probe,
    require_fitting_probe,
)
from remediate.probe.study import build_probe_study
from remediate.texts.language import Sentence
from remediate.wiring import Session, now


def check_copies(out: Output, work: Session) -> dict[str, bool]:
    """By name, whether each copy can be asked: also of one that is configured no more, where something is left."""
    found = {_check(name): _is_there(out, work, name) for name in work.config.copies}
    told = {name: copy.hl7 for name, copy in work.config.copies.items() if copy.hl7 is not None}
    found |= {f"{_check(name)} hl7": _is_told(out, work, name, settings) for name, settings in told.items()}
    gone = [left for left in work.ledger.copies_left() if left.copy not in work.config.copies]
    tell_copies_left(out, gone, work.config.copies)
    return found | {_check(left.copy): False for left in gone}


def _is_there(out: Output, work: Session, name: str) -> bool:
    settings = work.config.copies[name]
    try:
        if _resolved(settings.as_archive(work.config.archive)) & _resolved(work.config.archive):
            raise ArchiveError(
                Sentence(
                    f"{settings.node} leads to the archive's own address and port: it would prove nothing.",
                    f"{settings.node} leidt naar het adres en de poort van het archief zelf: dat bewijst niets.",
                )
            )
        with archive_of(work, name) as archive:
            archive.echo()
    except RemediateError as error:
        out.say(Sentence(f"!!  copy {name}: {error.sentence.en}", f"!!  kopie {name}: {error.sentence.nl}"))
        if out.as_json:
            complain(f"remediate: {error.in_(out.language)}")
        return False
    out.say(
        Sentence(
            f"ok  copy {name} ({settings.node}) answers C-ECHO; it is {_UPDATED[settings.update].en}",
            f"ok  kopie {name} ({settings.node}) beantwoordt C-ECHO; die wordt {_UPDATED[settings.update].nl}",
        )
    )
    return True


def _is_told(out: Output, work: Session, name: str, settings: Hl7OutputSettings) -> bool:
    """Whether somebody listens where a copy is told by message; nothing is said."""
    with closing(Hl7Sender(settings=settings, base=work.config.base)) as sender:
        is_there = sender.reaches()
    if is_there:
        out.say(
            Sentence(
                f"ok  copy {name}: somebody listens at {settings.target} for its messages",
                f"ok  kopie {name}: op {settings.target} luistert iemand naar de berichten",
            )
        )
        return True
    told = Sentence(
        f"copy {name}: nobody listens at {settings.target}, or its TLS is refused: check copies.{name}.hl7",
        f"kopie {name}: op {settings.target} luistert niemand, of TLS mislukt: controleer copies.{name}.hl7",
    )
    out.say(Sentence(f"!!  {told.en}", f"!!  {told.nl}"))
    if out.as_json:
        complain(f"remediate: {told.in_(out.language)}")
    return False


_UPDATED: Mapping[str, Sentence] = {
    "report": Sentence("only looked at", "alleen bekeken"),
    "c-store": Sentence("updated by C-STORE", "bijgewerkt met C-STORE"),
    "hl7": Sentence("updated by HL7 message", "bijgewerkt met HL7-berichten"),
}


def _resolved(archive: ArchiveSettings) -> set[tuple[str, int]]:
    """Every address and port to which a node's names lead; a name that leads nowhere stands for itself."""
    found: set[tuple[str, int]] = set()
    for host, port in places_of(archive):
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            answers = []
        found |= {place_of(str(address[0]), port) for *_, address in answers} or {(host, port)}
    return found


def check_receivers(out: Output, work: Session) -> dict[str, bool]:
    """By name, whether each of those who are told can be reached; nothing is told. What cannot be tried is left out."""
    found = {}
    for name, settings in work.config.tell.items():
        reached = reaches(work, settings)
        if reached is None:
            continue
        found[f"told {name}"] = reached
        if reached:
            out.say(
                Sentence(
                    f"ok  {name} ({settings.way}) is there to be told", f"ok  {name} ({settings.way}) is bereikbaar"
                )
            )
        else:
            out.say(
                Sentence(
                    f"--  {name} ({settings.way}) cannot be reached: what it is told waits",
                    f"--  {name} ({settings.way}) is niet bereikbaar: berichten wachten",
                )
            )
    return found


def tell_likenesses(out: Output, work: Session, answered: Mapping[str, bool], probed: str) -> list[str]:
    """Names of copies that list the study with which the archive was probed a moment ago: each may be the archive
    itself behind another address, of which everything would be found right. It is no proof, and no fault."""
    found = []
    for name in (name for name in work.config.copies if answered[_check(name)]):
        try:
            with archive_of(work, name) as copy:
                is_there = bool(copy.find_instances(probed, briefly=True))
        except ArchiveError:
            continue
        if is_there:
            found.append(name)
            out.say(
                Sentence(
                    f"--  copy {name} lists the study that was stored in the archive just now: it is the archive "
                    "itself behind another address, or gets everything from it at once. Only then is it a copy: see in "
                    "its own administration where it keeps that study.",
                    f"--  kopie {name} toont het onderzoek dat net in het archief is opgeslagen: het is het archief "
                    "zelf achter een ander adres, of krijgt er alles meteen van. Alleen dan is het een kopie: kijk in "
                    "het eigen beheer ervan waar dat onderzoek staat.",
                )
            )
    return found


def probe_copies(out: Output, work: Session, answered: Mapping[str, bool]) -> bool:
    """Probe each copy that answered and is updated by storing, as the archive is; whether all of them may be."""
    wanted = [name for name, copy in work.config.copies.items() if copy.update == "c-store"]
    found = [_probed(out, work, name) for name in wanted if answered[_check(name)]]
    return all(found)


def _check(name: str) -> str:
    return f"copy {name}"


def _probed(out: Output, work: Session, name: str) -> bool:
    moment, config = now(), as_node(work.config, name)
    study = build_probe_study(moment, work.profile, work.provenance())
    with archive_of(work, name) as archive:
        probe = Probe(archive=archive, facts=work.ledger, spool=work.spool, config=config, fact=fact_of_copy(name))
        result = probe.run(study, now=moment, actor=work.account)
    fits, told = result.kind is ArchiveKind.REPLACES, KIND_SENTENCES[result.kind]
    mark = "ok" if fits else "!!"
    out.say(Sentence(f"{mark}  copy {name}: {told.en}", f"{mark}  kopie {name}: {told.nl}"))
    return fits


def tell_unfit(out: Output, work: Session) -> bool:
    """Say why `execute --copies` would refuse a copy that is to be updated; False where one was probed and does not
    fit: not to have probed yet is no fault."""
    found = [_fits(out, work, name) for name, copy in work.config.copies.items() if copy.update == "c-store"]
    return all(found)


def _fits(out: Output, work: Session, name: str) -> bool:
    fact = fact_of_copy(name)
    try:
        require_fitting_probe(work.ledger, as_node(work.config, name), now=now(), fact=fact)
    except PlanError as error:
        is_new = last_probe(work.ledger, fact) is None
        mark = "--" if is_new else "!!"
        out.say(Sentence(f"{mark}  copy {name}: {error.sentence.en}", f"{mark}  kopie {name}: {error.sentence.nl}"))
        return is_new
    return True
