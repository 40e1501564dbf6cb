"""`review list|groups|export|import|decide|exclude|undo|looks`: undecided studies to people, their decisions back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from remediate.cli.arguments import as_person, as_reason, require_reason
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output, studies
from remediate.cli.second_looks import looks, undo
from remediate.cli.wiring import session
from remediate.errors import ExitCode, UsageError
from remediate.identity.differences import AGREEING, Comparison
from remediate.records.ledger import EventType, NewEvent
from remediate.records.reviews import TYPED, Decision
from remediate.report.review_files import read_answers, review_csv, write_review
from remediate.report.review_words import (
    by_field,
    compared,
    decided,
    group_meaning,
    read_decision,
    told_against,
    told_reason,
    told_rejection,
)
from remediate.review.desk import revealed
from remediate.review.groups import GroupSize, Preview, preview, sizes_of
from remediate.review.marks import day
from remediate.review.queue import Taken
from remediate.review.rows import Compared, ReviewRow
from remediate.review.words import SINGLY
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now

_SHOWN = 20

_MOST_REVEALED = 200
"""Studies of which names and birth dates are shown at once, unless --limit says otherwise."""


class _AnyLanguage(click.Choice[str]):
    """A decision, in the words that the review list takes."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(super().convert(read_decision(str(value)), param, ctx))


_GROUP = click.option("--group", default="", help="Only this group of `review groups`.")


@click.group()
def review() -> None:
    """The studies that wait for a person, likeliest first.

    \b
    review groups          what the studies have in common: reasons against, and kinds of difference
    review export FILE     a CSV for the spreadsheet: what speaks for and against each candidate
    (type confirm, exclude or split in column decision, and a reason in column why)
    review import FILE     takes the decisions; the next plan acts on them
    review decide GROUP confirm|exclude|split     one decision for a whole group: first shown, then made with --seen
    review exclude STUDY   leaves a study out of every plan, a proven one too
    review undo STUDY      takes your own decision back
    review looks           how well two people agree, and what is remembered

    With --reveal the export shows names, birth dates and sexes of study and EPD side by side, for a reason that is
    recorded. A decision holds as long as study and EPD record stay as the person saw them, also for later studies with
    the same headers and patient. Nobody can confirm a BSN that is not valid, verified and unique, or a study that
    carries another one. Who types split asks the archive to split a study that holds several patients' objects.
    """


@review.command("list")
@common_options
@click.option("--limit", type=click.IntRange(min=1), default=_SHOWN, show_default=True, help="Studies to show.")
@_GROUP
@pass_state
def list_(state: CommandState, limit: int, group: str) -> None:
    """Undecided studies of the last plan, with their candidates; --json lists them all."""
    out = state.output
    with session(state, exclusive=False) as work:
        rows = _of_group(work.reviews.rows(), group)
        work.ledger.record(_looked(work, "review list", len(rows)))
    uids = list(dict.fromkeys(row.study_instance_uid for row in rows))
    _say_waiting(out, len(uids))
    shown = set(uids[:limit])
    for row in rows:
        if row.study_instance_uid in shown:
            _show(out, row)
    if left := len(uids) - len(shown):
        out.say(Sentence(f"... and {left} more.", f"... en nog {left}."))
    if rows:
        out.next_step(Sentence("remediate review export FILE", "remediate review export BESTAND"))
    out.answer({"studies": len(uids), "rows": [_json(row) for row in rows]})


@review.command()
@common_options
@pass_state
def groups(state: CommandState) -> None:
    """What the undecided studies have in common, with how many studies and patients there are of each group."""
    out = state.output
    with session(state, exclusive=False) as work:
        rows = work.reviews.rows()
        work.ledger.record(_looked(work, "review groups", len(rows)))
    found = sizes_of(rows)
    _say_waiting(out, sum(size.studies for size in found))
    for size in found:
        out.say(_size(size))
        out.say(f"     {group_meaning(size.group, out.language)}")
    if found:
        out.next_step(
            Sentence(
                "remediate review decide GROUP confirm|exclude; it shows first and decides nothing",
                "remediate review decide GROEP bevestigen|uitsluiten; het toont eerst en beslist niets",
            )
        )
    out.answer(
        {
            "groups": [
                {"group": x.group, "studies": x.studies, "patients": x.patients, "may_confirm": x.may_confirm}
                for x in found
            ]
        }
    )


@review.command()
@common_options
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_GROUP
@click.option("--limit", type=click.IntRange(min=1), help="Studies to write.  [default: all; 200 with --reveal]")
@click.option("--reveal", is_flag=True, help="Both sides in clear, differences marked; asks for --why and --by.")
@click.option("--why", callback=as_reason, default="", help="Why they must be seen; kept in the ledger.")
@click.option("--by", "person", callback=as_person, default="", help="Who looks: your name.")
@pass_state
def export(state: CommandState, file: Path, group: str, limit: int | None, reveal: bool, why: str, person: str) -> None:
    """Write the queue as a CSV with empty columns decision and why; never over a file that exists."""
    out = state.output
    require_reason(reveal=reveal, why=why)
    with session(state, exclusive=False) as work:
        person = work.person(person) if reveal else ""
        rows = _first(_of_group(work.reviews.rows(reveal=reveal), group), limit or (_MOST_REVEALED if reveal else None))
        uids = list(dict.fromkeys(row.study_instance_uid for row in rows))
        looks = [revealed(uid, person, why, now()) for uid in uids] if reveal else []

        def tell() -> None:
            """Before anything stands in the file, so that nobody has seen what is not told."""
            work.ledger.record(*looks, _looked(work, "review export", len(rows)))

        write_review(file, review_csv(rows, out.language), first=tell)
    amount = studies(len(uids))
    out.say(Sentence(f"{amount.en}, {len(rows)} lines: {file}", f"{amount.nl}, {len(rows)} regels: {file}"))
    if reveal:
        out.say(
            Sentence(
                "What differs stands in [brackets]. It holds names and birth dates: remove it when the decisions are "
                "in.",
                "Wat verschilt, staat tussen [haken]. Er staan namen en geboortedatums in: verwijder het als de "
                "beslissingen verwerkt zijn.",
            )
        )
    out.next_step(
        Sentence(
            f"open it in a spreadsheet, its columns of numbers as text; type confirm or exclude, and why; then: "
            f"remediate review import {file} --by NAME",
            f"open het in een spreadsheet, de nummerkolommen als tekst; typ bevestigen of uitsluiten, en de reden; "
            f"dan: remediate review import {file} --by NAAM",
        )
    )
    out.answer({"path": str(file), "studies": len(uids), "rows": len(rows), "revealed": reveal})


@review.command("import")
@common_options
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--by", "person", callback=as_person, default="", help="Who decided: your name.")
@pass_state
def import_(state: CommandState, file: Path, person: str) -> int:
    """Take the decisions of a CSV; lines that cannot be taken are told with their reason, and the exit code is 1."""
    out = state.output
    answers = read_answers(file)
    with session(state, exclusive=True) as work:
        person = work.person(person)
        taken = work.reviews.take(answers, person=person, now=now())
    _tell(out, taken)
    if taken.rejected:
        out.next_step(
            Sentence(
                f"mend those lines and import {file} again, the rest is taken; then: remediate plan",
                f"verbeter die regels en importeer {file} opnieuw, de rest is verwerkt; dan: remediate plan",
            )
        )
    out.answer({"file": str(file), "by": person, **_taken_json(taken)})
    return ExitCode.ERROR if taken.rejected else ExitCode.DONE


@review.command()
@common_options
@click.argument("group")
@click.argument("decision", type=_AnyLanguage([one.value for one in TYPED]))
@click.option("--why", callback=as_reason, default="", help="Why; kept in the ledger. No patient data.")
@click.option("--by", "person", callback=as_person, default="", help="Who decides: your name.")
@click.option("--seen", default="", help="The code that the preview ended with: decide about just what it showed.")
@pass_state
def decide(state: CommandState, group: str, decision: str, why: str, person: str, seen: str) -> int:
    """Decide about a whole group. Without --seen it only shows: how many studies and patients, a draw of examples, and
    which may not be confirmed and why."""
    out = state.output
    if seen and not why:
        raise UsageError(
            Sentence("A decision takes a reason: --why TEXT.", "Een beslissing vraagt een reden: --why TEKST.")
        )
    with session(state, exclusive=bool(seen)) as work:
        queue = work.reviews
        found = preview(queue.rows(), group, Decision(decision))
        if found is None:
            raise UsageError(
                Sentence("No undecided study is in that group.", "Er is geen onbeslist onderzoek in die groep."),
                advice=Sentence("`remediate review groups` lists them.", "`remediate review groups` noemt ze."),
            )
        if seen and seen != found.digest:
            raise UsageError(
                Sentence(
                    "The group is no longer as it was shown; nothing was decided.",
                    "De groep is niet meer zoals die getoond werd; er is niets beslist.",
                ),
                advice=Sentence(
                    "Look again: call it once without --seen.", "Kijk opnieuw: roep het eerst zonder --seen aan."
                ),
            )
        taken = None
        if seen:
            person = work.person(person)
            taken = queue.take(found.answers(why), person=person, now=now(), alone=False)
        else:
            work.ledger.record(_looked(work, "review decide", len(found.lines)))
    document = {"group": group, "decision": decision, "studies": len(found.lines), "patients": found.patients,
                "refused": dict(found.refused), "examples": [_json(line) for line in found.examples()],
                "seen": found.digest}  # fmt: skip
    if taken is None:
        _show_preview(out, found)
        out.answer(document | {"decided": False})
        return ExitCode.DONE
    _tell(out, taken)
    out.answer(document | {"decided": True, "by": person, **_taken_json(taken)})
    return ExitCode.ERROR if taken.rejected else ExitCode.DONE


@review.command()
@common_options
@click.argument("study", nargs=-1, required=True)
@click.option("--back", is_flag=True, help="Take it back: what proof says of the study counts again.")
@click.option("--why", callback=as_reason, default="", help="Why; kept in the ledger. No patient data.")
@click.option("--by", "person", callback=as_person, default="", help="Who decides: your name.")
@pass_state
def exclude(state: CommandState, study: tuple[str, ...], back: bool, why: str, person: str) -> int:
    """Leave studies out, proven ones too: nothing is written into them, also not by a plan that was approved."""
    out = state.output
    if not why:
        raise UsageError(
            Sentence("A decision takes a reason: --why TEXT.", "Een beslissing vraagt een reden: --why TEKST.")
        )
    uids = list(dict.fromkeys(study))
    with session(state, exclusive=True) as work:
        person, queue = work.person(person), work.reviews
        answers = queue.leaving_out(uids, why, back=back)
        taken = queue.take(answers, person=person, now=now(), alone=False, at_once=True)
    _tell(out, taken, uids)
    out.answer({"studies": uids, "back": back, "by": person, **_taken_json(taken)})
    return ExitCode.ERROR if taken.rejected else ExitCode.DONE


def _of_group(rows: list[ReviewRow], group: str) -> list[ReviewRow]:
    return [row for row in rows if row.group == group] if group else rows


def _first(rows: list[ReviewRow], limit: int | None) -> list[ReviewRow]:
    """The lines of the first so many studies."""
    kept = set(list(dict.fromkeys(row.study_instance_uid for row in rows))[:limit])
    return [row for row in rows if row.study_instance_uid in kept]


def _looked(work: Session, what: str, lines: int) -> NewEvent:
    """Who looked at whose data is an event of its own (NEN 7513)."""
    return NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details={"what": what, "lines": lines})


def _say_waiting(out: Output, number: int) -> None:
    one = number == 1
    out.say(
        Sentence(
            f"{studies(number).en} {'waits' if one else 'wait'} for a person.",
            f"{studies(number).nl} {'wacht' if one else 'wachten'} op een mens.",
        )
    )


def _size(size: GroupSize) -> Sentence:
    amount, people = studies(size.studies), size.patients
    return Sentence(
        f"{size.group}: {amount.en} of {people} {'patient' if people == 1 else 'patients'}; "
        f"{size.may_confirm} may be confirmed together",
        f"{size.group}: {amount.nl} van {people} {'patiënt' if people == 1 else 'patiënten'}; "
        f"{size.may_confirm} samen te bevestigen",
    )


def _show(out: Output, row: ReviewRow) -> None:
    if row.candidate <= 1:
        out.say(f"{row.study_instance_uid}  {day(row.study_date)}  {row.issuer} {row.patient_id}".rstrip())
    nobody = Sentence("no candidate", "geen kandidaat").in_(out.language)
    who = f"EPD: {row.authority} {row.epd_patient_id}" if row.candidate else nobody
    barred = Sentence("  (may not be confirmed)", "  (mag niet bevestigd worden)").in_(out.language)
    alike = Sentence("likeness", "gelijkenis").in_(out.language)
    told = f"({alike} {row.likeness} / 100)" if row.candidate else ""
    out.say(f"     {who}  {told}".rstrip() + ("" if row.may_confirm or not row.candidate else barred))
    for code, told in zip(row.reasons, told_against(row, out.language), strict=True):
        out.say(f"       {code}: {told}")
    for field, kinds in by_field(row):
        if any(kind not in AGREEING for kind in kinds):
            out.say(f"       {field.in_(out.language)}: {compared(kinds, out.language)}")


def _show_preview(out: Output, found: Preview) -> None:
    amount, people = studies(len(found.lines)), found.patients
    verb = Sentence(decided(found.decision, Language.EN), decided(found.decision, Language.NL))
    out.say(f"{found.group}: {group_meaning(found.group, out.language)}")
    out.say(
        Sentence(
            f"This would {verb.en} {amount.en} of {people} {'patient' if people == 1 else 'patients'}. "
            "Nothing was decided yet.",
            f"Dit zou {amount.nl} van {people} {'patiënt' if people == 1 else 'patiënten'} {verb.nl}. "
            "Er is nog niets beslist.",
        )
    )
    for code, number in found.refused.items():
        left = studies(number)
        why = Sentence(told_reason(code, Language.EN), told_reason(code, Language.NL))
        out.say(Sentence(f"Left out: {left.en}. {why.en}", f"Niet mee: {left.nl}. {why.nl}"))
    if found.lines:
        out.say(Sentence("Drawn from them:", "Geloot uit deze:"))
        for row in found.examples():
            _show(out, row)
        out.next_step(
            Sentence(
                f"look at these in the archive and the EPD, then: remediate review decide '{found.group}' "
                f"{found.decision} --seen {found.digest} --by NAME --why TEXT",
                f"bekijk deze in het archief en het EPD, dan: remediate review decide '{found.group}' "
                f"{decided(found.decision, Language.NL)} --seen {found.digest} --by NAAM --why TEKST",
            )
        )
    elif SINGLY.intersection(found.refused):
        out.next_step(
            Sentence(
                f"one by one: remediate review export FILE --group '{found.group}'",
                f"één voor één: remediate review export BESTAND --group '{found.group}'",
            )
        )
    else:
        begin = f"remediate review decide '{found.group}'"
        out.next_step(Sentence(*(f"{begin} {decided(Decision.EXCLUDE, language)}" for language in Language)))


def _json(row: ReviewRow) -> dict[str, object]:
    return {
        "study_instance_uid": row.study_instance_uid,
        "patient_id": row.patient_id,
        "issuer": row.issuer,
        "epd_patient_id": row.epd_patient_id or None,
        "authority": row.authority or None,
        "candidate": row.candidate,
        "candidates": row.candidates,
        "group": row.group,
        "likeness": row.likeness,
        "for": list(row.proofs),
        "against": list(row.reasons),
        **_compared_json(row),
        "rivals": [_compared_json(one) for one in row.rivals],
        "may_confirm": row.may_confirm,
        "not_negotiable": list(row.not_negotiable),
        "lapsed": row.earlier is not None,
        "seen": row.seen,
    }


def _compared_json(one: Compared) -> dict[str, list[Comparison]]:
    return {name: list(getattr(one, name)) for name in ("surname", "given_name", "birth_date", "sex")}


def _taken_json(taken: Taken) -> dict[str, object]:
    kinds = Counter(item.decision for item in taken.decisions)
    return {
        "confirmed": kinds[Decision.CONFIRM],
        "excluded": kinds[Decision.EXCLUDE],
        "split": kinds[Decision.SPLIT],
        "waiting": len(taken.waiting),
        "unchanged": taken.unchanged,
        "undecided": taken.undecided,
        "rejected": [
            {"line": item.line, "reason": item.problem.value, "policy": list(item.reasons)} for item in taken.rejected
        ],
    }


def _tell(out: Output, taken: Taken, uids: Sequence[str] = ()) -> None:
    """Lines of a file by their number, studies that were named on the command line by their UID."""
    kinds = Counter(item.decision for item in taken.decisions)
    confirmed, excluded, rejected = kinds[Decision.CONFIRM], kinds[Decision.EXCLUDE], len(taken.rejected)
    out.say(
        Sentence(
            f"{confirmed} confirmed, {excluded} excluded, {taken.unchanged} taken before, "
            f"{taken.undecided} undecided, {rejected} rejected.",
            f"{confirmed} bevestigd, {excluded} uitgesloten, {taken.unchanged} al eerder verwerkt, "
            f"{taken.undecided} onbeslist, {rejected} geweigerd.",
        )
    )
    split, waiting = studies(kinds[Decision.SPLIT]), studies(len(taken.waiting))
    if kinds[Decision.SPLIT]:
        out.say(Sentence(f"To be split by the archive: {split.en}.", f"Te splitsen door het archief: {split.nl}."))
    if taken.waiting:
        out.say(
            Sentence(
                f"Counts only once another person has decided as well: {waiting.en}.",
                f"Telt pas als ook iemand anders heeft beslist: {waiting.nl}.",
            )
        )
    for item in taken.rejected[:_SHOWN]:
        told = f"{item.problem.value}. {told_rejection(item, out.language)}"
        where = Sentence(f"line {item.line}", f"regel {item.line}")
        if uids:
            where = Sentence(uids[item.line - 1], uids[item.line - 1])
        out.say(Sentence(f"  {where.en}: {told}", f"  {where.nl}: {told}"))
    if more := len(taken.rejected[_SHOWN:]):
        out.say(
            Sentence(f"  ... and {more} more; --json lists them all.", f"  ... en nog {more}; --json noemt ze alle.")
        )
    if taken.decisions and not taken.rejected:
        out.next_step("remediate plan")


review.add_command(looks)
review.add_command(undo)

COMMANDS = (review,)
