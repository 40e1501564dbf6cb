"""What `status` says first: what runs, or why nothing does, in English and Dutch. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from remediate.night.life import SILENT_SECONDS
from remediate.night.status import Condition, NightStatus
from remediate.plan.approval import SAME_AGAIN
from remediate.records.ledger import PlanKind, RunMode
from remediate.records.signs import Hold
from remediate.texts import notation
from remediate.texts.counted import count, in_each, studies
from remediate.texts.language import Sentence


class StatusTeller(Protocol):
    """Who tells it: a terminal, or a page."""

    @property
    def zone(self) -> tzinfo | None:
        """In which moments are told."""

    def moment(self, at: datetime) -> str:
        """Day, time and zone."""

    def typed(self, en: str, nl: str) -> Sentence:
        """A line that ends in a command, as it is typed there."""


_NOTHING = Sentence("", "")
_NOT_LOST = Sentence(
    "Nothing is lost and nothing is done twice: the next `remediate execute` first looks in the archive at what was "
    "begun, and finishes it or puts it back.",
    "Er is niets verloren en niets gebeurt dubbel: de volgende `remediate execute` kijkt eerst in het archief naar wat "
    "begonnen was, en maakt dat af of zet het terug.",
)


_NOTHING_IN_HAND = Sentence(
    "No study was left half done: nothing has to be put right.",
    "Er is geen onderzoek half gedaan achtergebleven: er is niets te herstellen.",
)


def headline(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    """One or more sentences, the most important first."""
    told = _HEADLINES[found.condition](out, found)
    return told if found.condition is Condition.PAUSED else [*told, *_paused_too(out, found)]


def _batch(found: NightStatus) -> str:
    assert found.work is not None
    return found.work.batch.batch_id


def _process(found: NightStatus) -> Sentence:
    """Which process, on which machine."""
    process = found.work.process if found.work else found.other.process if found.other else None
    if process is None:
        return Sentence("its process", "het proces")
    return Sentence(f"process {process.pid} on {process.machine}", f"proces {process.pid} op {process.machine}")


def _heard(out: StatusTeller, found: NightStatus) -> Sentence:
    """When the process was last heard of."""
    silent = found.work.silent_for if found.work else None
    if silent is None:
        return Sentence("Its last sign of life is not known.", "Het laatste teken van leven is niet bekend.")
    at = out.moment(found.at - timedelta(seconds=silent))
    return Sentence(f"Its last sign of life was at {at}.", f"Het laatste teken van leven was op {at}.")


def _running(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.work is not None
    since, process = out.moment(found.work.batch.opened_at), _process(found)
    plan = found.work.batch.plan_id
    return [
        Sentence(
            f"Running: {_batch(found)} of {plan} since {since} ({process.en}).",
            f"Bezig: {_batch(found)} van {plan} sinds {since} ({process.nl}).",
        )
    ]


def _stopping(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    by, since = _asked(out, found)
    return [
        Sentence(
            f"Stopping{by.en}{since.en}: {_batch(found)} ends after the study in hand.",
            f"Stopt{by.nl}{since.nl}: {_batch(found)} eindigt na het onderzoek waaraan het bezig is.",
        )
    ]


def _paused(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    by, since = _asked(out, found)
    if found.work is None:
        what = Sentence(
            "nothing runs, and what is begun now waits until `remediate resume`",
            "er loopt niets, en wat nu begint, wacht op `remediate resume`",
        )
    elif found.is_running:
        what = Sentence(
            f"{_batch(found)} finishes the study in hand and then waits ({_process(found).en})",
            f"{_batch(found)} maakt het onderzoek af waaraan het bezig is en wacht dan ({_process(found).nl})",
        )
    else:
        what = Sentence(
            f"{_batch(found)} waits between two studies ({_process(found).en})",
            f"{_batch(found)} wacht tussen twee onderzoeken ({_process(found).nl})",
        )
    return [
        Sentence(f"Paused{by.en}{since.en}: {what.en}.", f"Gepauzeerd{by.nl}{since.nl}: {what.nl}."),
        *(_archive(out, found) if found.work is not None and found.work.doing.hold in _AWAY else ()),
    ]


def _asked(out: StatusTeller, found: NightStatus) -> tuple[Sentence, Sentence]:
    """By whose account, since when."""
    account, at = found.control.account, found.control.since
    by = Sentence(f" by {account}", f" door {account}") if account else Sentence("", "")
    since = Sentence(f" since {out.moment(at)}", f" sinds {out.moment(at)}") if at else Sentence("", "")
    return by, since


def _busy(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.other is not None
    since, process = out.moment(found.other.since), _process(found)
    what = Sentence("No patient's study is changed by it.", "Het wijzigt geen onderzoek van een patiënt.")
    if found.other.changes_studies:
        what = Sentence("It has no batch open at this moment.", "Het heeft op dit moment geen batch open.")
    return [
        Sentence(
            f"Running: `{found.other.command}` since {since} ({process.en}). {what.en}",
            f"Bezig: `{found.other.command}` sinds {since} ({process.nl}). {what.nl}",
        ),
        *(_begun(found) if found.begun else ()),
    ]


def _begun(found: NightStatus) -> list[Sentence]:
    """What an interruption left, and that it is no loss."""
    begun = studies(found.begun)
    return [
        Sentence(
            f"Begun and not finished: {begun.en}. {_NOT_LOST.en}", f"Begonnen en niet af: {begun.nl}. {_NOT_LOST.nl}"
        )
    ]


_AWAY = (Hold.ARCHIVE, Hold.ANSWER)
"""Work that is to pause waits for the archive first: `resume` alone would not help."""


def _archive(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.work is not None
    doing = found.work.doing
    since = out.moment(doing.since or found.at)
    if doing.hold is Hold.ANSWER:
        return [
            Sentence(
                f"Waiting for the archive: it has been silent since {since}. {_batch(found)} waits for the answer to "
                f"{doing.told.en} ({_process(found).en}).",
                f"Wacht op het archief: het zwijgt sinds {since}. {_batch(found)} wacht op het antwoord op "
                f"{doing.told.nl} ({_process(found).nl}).",
            ),
            _not_done(found),
        ]
    patience = _lasting(found.patience_seconds)
    tried = Sentence(
        f"While it lets nobody in, each study is tried for {patience.en} (execute.patience_seconds). ",
        f"Zolang het niemand toelaat, wordt elk onderzoek {patience.nl} lang geprobeerd (execute.patience_seconds). ",
    )
    return [
        Sentence(
            f"Waiting for the archive since {since}: {_batch(found)} tries again ({_process(found).en}).",
            f"Wacht op het archief sinds {since}: {_batch(found)} probeert het opnieuw ({_process(found).nl}).",
        ),
        Sentence(f"The last try: {doing.told.en}", f"De laatste poging: {doing.told.nl}"),
        _not_done(found, tried),
    ]


def _not_done(found: NightStatus, tried: Sentence = _NOTHING) -> Sentence:
    """What an archive that is away costs, and when the batch gives up."""
    most = found.breaker
    return Sentence(
        f"Nothing is lost: what was not read back counts as not done. {tried.en}After "
        f"{count(most, 'failure', 'failures in a row')} the batch stops by itself.",
        f"Er is niets verloren: wat niet teruggelezen is, telt als niet gedaan. {tried.nl}Na "
        f"{count(most, 'mislukking', 'mislukkingen op rij')} stopt de batch vanzelf.",
    )


def _lasting(seconds: float) -> Sentence:
    """A time that was configured, in the largest unit that tells it whole."""
    for whole, en, nl in (
        (3600, ("hour", "hours"), ("uur", "uur")),
        (60, ("minute", "minutes"), ("minuut", "minuten")),
    ):
        if seconds >= whole and not seconds % whole:
            number = int(seconds // whole)
            return Sentence(count(number, *en), count(number, *nl))
    told = in_each(notation.number, seconds)
    return Sentence(f"{told.en} s", f"{told.nl} s")


def _room(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.work is not None
    doing = found.work.doing
    since = out.moment(doing.since or found.at)
    return [
        Sentence(
            f"Waiting since {since}: the archive has no room for an object (it answered {doing.told.en}); "
            f"{_batch(found)} sends it again after waits that grow ({_process(found).en}).",
            f"Wacht sinds {since}: het archief heeft geen ruimte voor een object (antwoord {doing.told.nl}); "
            f"{_batch(found)} stuurt het opnieuw, na steeds langere pauzes ({_process(found).nl}).",
        )
    ]


def _frozen(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    process, heard = _process(found), _heard(out, found)
    if found.work is None and found.other is not None:
        command = found.other.command
        return [
            Sentence(
                f"Frozen: `{command}` is there and does nothing ({process.en}). It may go on at any moment.",
                f"Bevroren: `{command}` is er nog, maar doet niets ({process.nl}). Het kan elk moment verdergaan.",
            )
        ]
    return [
        Sentence(
            f"Frozen: the process of {_batch(found)} is there and does nothing ({process.en}). {heard.en}",
            f"Bevroren: het proces van {_batch(found)} is er nog, maar doet niets ({process.nl}). {heard.nl}",
        ),
        Sentence(
            "It may go on at any moment, where it stood; end it for good with `kill -9` and what it had begun is "
            "settled by the next `remediate execute`.",
            "Het kan elk moment verdergaan waar het was; beëindig het definitief met `kill -9`, dan handelt de "
            "volgende `remediate execute` af wat begonnen was.",
        ),
    ]


def _silent(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    process, heard = _process(found), _heard(out, found)
    return [
        Sentence(
            f"No sign of life of {_batch(found)} ({process.en}) for more than {SILENT_SECONDS:.0f} s. {heard.en}",
            f"Al meer dan {SILENT_SECONDS:.0f} s geen teken van leven van {_batch(found)} ({process.nl}). {heard.nl}",
        ),
        Sentence(
            "Look on that machine. The patients that it had in hand are kept for it until its claim ends "
            "(execute.lease_seconds); others can go on with the rest.",
            "Kijk op die machine. De patiënten waaraan het bezig was, blijven ervoor gereserveerd tot de claim afloopt "
            "(execute.lease_seconds); andere machines kunnen met de rest verder.",
        ),
    ]


def _interrupted(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    process, heard = _process(found), _heard(out, found)
    plan = found.plan.plan_id if found.plan else ""
    return [
        Sentence(
            f"Interrupted: {_batch(found)} of {plan} was killed, its machine was, or its ledger could not be written "
            f"({process.en}). {heard.en}",
            f"Onderbroken: {_batch(found)} van {plan} is afgebroken, de machine viel uit of het logboek was niet te "
            f"schrijven ({process.nl}). {heard.nl}",
        ),
        *(_begun(found) if found.begun else (_NOTHING_IN_HAND,)),
    ]


def _paused_too(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    """A pause that nothing waits for yet: the work of tonight would."""
    if found.control.mode is not RunMode.PAUSE:
        return []
    by, since = _asked(out, found)
    return [
        Sentence(
            f"Paused{by.en}{since.en}: what is begun waits until `remediate resume`.",
            f"Gepauzeerd{by.nl}{since.nl}: wat begint, wacht op `remediate resume`.",
        )
    ]


def _no_work(_out: StatusTeller, found: NightStatus) -> list[Sentence]:
    texts = {
        Condition.NOTHING_SURVEYED: Sentence(
            "Nothing runs. No study was surveyed yet.", "Er loopt niets. Er is nog geen onderzoek geïnventariseerd."
        ),
        Condition.NO_PLAN: Sentence(
            "Nothing runs. The studies are surveyed, and no plan has work left for them.",
            "Er loopt niets. De onderzoeken zijn geïnventariseerd en geen plan heeft er nog werk voor.",
        ),
        Condition.NOTHING_TO_DO: Sentence(
            "Nothing runs, and no plan has work left.", "Er loopt niets en geen plan heeft nog werk."
        ),
    }
    return [texts[found.condition]]


def _withdrawn(_out: StatusTeller, found: NightStatus) -> list[Sentence]:
    first = Sentence(
        "Nothing runs. The newest plan was withdrawn; its studies are not touched under it.",
        "Er loopt niets. Het nieuwste plan is ingetrokken; de onderzoeken worden er niet onder gewijzigd.",
    )
    if not found.begun:
        return [first, SAME_AGAIN]
    begun = studies(found.begun)
    return [
        first,
        Sentence(
            f"{begun.en} it had begun with are put back as they were by the next `remediate execute`.",
            f"{begun.nl} waarmee het begonnen was, zet de volgende `remediate execute` terug zoals ze waren.",
        ),
    ]


def _elsewhere(_out: StatusTeller, found: NightStatus) -> list[Sentence]:
    places = ", ".join(place for place in found.originals if place != found.here)
    return [
        Sentence(
            f"Nothing runs here. All that is left was begun on another machine and can only go on there: {places}.",
            f"Er loopt hier niets. Alles wat over is, is op een andere machine begonnen en kan alleen daar verder: "
            f"{places}.",
        )
    ]


def _approval(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.missing is not None
    told = [Sentence(f"Nothing runs. {found.missing.en}", f"Er loopt niets. {found.missing.nl}")]
    if found.plan is not None and found.plan.kind is PlanKind.ROLLBACK:
        plan, whose = found.plan.plan_id, studies(found.progress.left_studies)
        told.append(
            out.typed(
                f"{plan} is a roll-back: approved and executed, it puts {whose.en} back as before the correction. "
                f"Whoever only wanted to look withdraws it: remediate withdraw {plan} --by NAME --why TEXT",
                f"{plan} draait terug: goedgekeurd en uitgevoerd zet het {whose.nl} terug zoals vóór de correctie. Wie "
                f"alleen wilde kijken, trekt het in: remediate withdraw {plan} --by NAAM --why TEKST",
            )
        )
    return told


def _changed(_out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.changed is not None
    assert found.plan is not None
    plan = found.plan.plan_id
    return [
        Sentence(f"Nothing runs. {found.changed.en}", f"Er loopt niets. {found.changed.nl}"),
        Sentence(
            f"{plan} is not executed like this: undo that, or make a new plan and have that approved.",
            f"{plan} wordt zo niet uitgevoerd: maak dat ongedaan, of maak een nieuw plan en laat dat goedkeuren.",
        ),
    ]


def _probe(_out: StatusTeller, found: NightStatus) -> list[Sentence]:
    why = found.problem.message if found.problem else Sentence("", "")
    return [Sentence(f"Nothing runs, and nothing may: {why.en}", f"Er loopt niets, en dat mag ook niet: {why.nl}")]


def _full(_out: StatusTeller, found: NightStatus) -> list[Sentence]:
    folder, lacks = found.here.partition(":")[2], in_each(notation.size, found.lacks_bytes)
    return [
        Sentence(
            f"Nothing runs. The disk under {folder} has {lacks.en} less room than execute.spool.min_free_bytes asks "
            "for. Before there is room nothing is begun. What was done is safe.",
            f"Er loopt niets. De schijf onder {folder} heeft {lacks.nl} minder ruimte dan execute.spool.min_free_bytes "
            "vraagt. Voordat er ruimte is, begint er niets. Wat gedaan is, is veilig.",
        )
    ]


def _read_only(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    return [
        Sentence(
            "Nothing runs, and nothing can: the ledger, its folder or its disk is read-only here. Mend that first. "
            "What was done is safe.",
            "Er loopt niets, en dat kan ook niet: het logboek, de map of de schijf ervan is hier alleen te lezen. "
            "Verhelp dat eerst. Wat gedaan is, is veilig.",
        ),
        *(_interrupted(out, found) if found.work is not None else ()),
    ]


def _ledger_full(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    return [
        Sentence(
            "Nothing runs, and nothing can: the disk under the ledger is full, or nearly so. Make room there first. "
            "What was done is safe.",
            "Er loopt niets, en dat kan ook niet: de schijf onder het logboek is vol, of bijna. Maak daar eerst "
            "ruimte. Wat gedaan is, is veilig.",
        ),
        *(_interrupted(out, found) if found.work is not None else ()),
    ]


def _failures(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    batch, plan = (found.batch.batch_id if found.batch else ""), (found.plan.plan_id if found.plan else "")
    return [
        out.typed(
            f"Nothing runs. {batch} stopped because too much failed. What failed stands as it was, or is put back "
            f"first by the next execution. Once the cause is gone: remediate execute {plan}",
            f"Er loopt niets. {batch} is gestopt omdat er te veel mislukte. Wat mislukte, is zoals het was, of wordt "
            f"bij de volgende uitvoering eerst teruggezet. Is de oorzaak weg: remediate execute {plan}",
        )
    ]


def _outside(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.plan is not None
    opens, plan = in_each(notation.minute, found.opens_at or found.at, out.zone), found.plan.plan_id
    return [
        Sentence(
            f"Nothing runs. {plan} is approved; the window opens at {opens.en}, before that only `--now` works.",
            f"Er loopt niets. {plan} is goedgekeurd; het venster gaat open op {opens.nl}, daarvoor werkt alleen "
            "`--now`.",
        )
    ]


def _waits(out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.plan is not None
    assert found.waits is not None
    opens, plan = in_each(notation.minute, found.opens_at or found.at, out.zone), found.plan.plan_id
    who = f"`{found.waits.command}` (pid {found.waits.process.pid})"
    return [
        Sentence(
            f"{who} waits until the window opens at {opens.en}, and goes on with {plan} then.",
            f"{who} wacht tot het venster opengaat op {opens.nl}, en gaat dan verder met {plan}.",
        )
    ]


def _ready(_out: StatusTeller, found: NightStatus) -> list[Sentence]:
    assert found.plan is not None
    return [
        Sentence(
            f"Nothing runs. {found.plan.plan_id} is approved and the window is open.",
            f"Er loopt niets. {found.plan.plan_id} is goedgekeurd en het venster is open.",
        )
    ]


_HEADLINES: dict[Condition, Callable[[StatusTeller, NightStatus], list[Sentence]]] = {
    Condition.RUNNING: _running,
    Condition.STOPPING: _stopping,
    Condition.PAUSED: _paused,
    Condition.WAITING_ARCHIVE: _archive,
    Condition.WAITING_ROOM: _room,
    Condition.BUSY: _busy,
    Condition.FROZEN: _frozen,
    Condition.SILENT: _silent,
    Condition.INTERRUPTED: _interrupted,
    Condition.NOTHING_SURVEYED: _no_work,
    Condition.NO_PLAN: _no_work,
    Condition.NOTHING_TO_DO: _no_work,
    Condition.WITHDRAWN: _withdrawn,
    Condition.ELSEWHERE: _elsewhere,
    Condition.APPROVAL_MISSING: _approval,
    Condition.SETTINGS_CHANGED: _changed,
    Condition.NO_PROBE: _probe,
    Condition.PROBE_FORBIDS: _probe,
    Condition.SPOOL_FULL: _full,
    Condition.READ_ONLY: _read_only,
    Condition.LEDGER_FULL: _ledger_full,
    Condition.FAILURES: _failures,
    Condition.OUTSIDE_WINDOW: _outside,
    Condition.WAITING_WINDOW: _waits,
    Condition.READY: _ready,
}
