"""One batch as a self-contained HTML page: outcomes, exceptions, pace over the night, people, proof. Counts nothing.

No script, font or picture from elsewhere; readable on a phone and on paper. Under the chart unfolds a table with the
same figures, without the steps in which nothing was done. Studies are named by their UID; no patient is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from markupsafe import Markup

from remediate.plan.verification_means import sentence_of, strength
from remediate.reasons.study import sentence
from remediate.records.copies import WORDS as COPY_WORDS
from remediate.records.copies import CopyState
from remediate.records.ledger import PlanRow
from remediate.records.states import DONE, State
from remediate.report.batch_figures import BatchFigures, NightBar
from remediate.report.drawing import Drawing, Line, Rect, Shape, Words
from remediate.report.page_template import page_template
from remediate.report.page_words import PageWords
from remediate.report.palette import Ink
from remediate.report.svg import svg
from remediate.texts.language import Language, Sentence

WORDS: Mapping[str, Sentence] = {
    "title": Sentence("What {batch} did", "Wat {batch} deed"),
    "of_plan": Sentence("Batch of {plan}", "Batch van {plan}"),
    "kind_correct": Sentence("correction", "correctie"),
    "kind_rollback": Sentence("roll-back", "terugdraaiing"),
    "open": Sentence("The batch is still open.", "De batch is nog open."),
    "ended": Sentence("It ended when no work was left.", "De batch eindigde toen er geen werk meer was."),
    "stopped": Sentence("Stopped:", "Gestopt:"),
    "headline": Sentence(
        "{done} of {studies} studies were stored, read back and found as intended.",
        "{done} van {studies} onderzoeken zijn opgeslagen, teruggelezen en in orde bevonden.",
    ),
    "headline_weaker": Sentence(
        "{done} of {studies} studies were stored and verified by weaker means: {means}.",
        "{done} van {studies} onderzoeken zijn opgeslagen en met een zwakker middel geverifieerd: {means}.",
    ),
    "read_back": Sentence("of which read back", "waarvan teruggelezen"),
    "in_hand": Sentence("In hand at this moment", "Op dit moment onderhanden"),
    "in_hand_one": Sentence(
        "{studies} {studies:study|studies} of one patient since {since}; {told}.",
        "{studies} {studies:onderzoek|onderzoeken} van één patiënt sinds {since}; {told}.",
    ),
    "in_hand_why": Sentence(
        "A study in hand is finished where its originals lie. Work of a machine that is gone goes back with: remediate "
        "worker --requeue --by NAME --why TEXT. A study in quarantine is let go with: remediate release.",
        "Een onderzoek dat onderhanden is, wordt afgemaakt waar zijn originelen staan. Werk van een machine die er "
        "niet meer is, gaat terug met: remediate worker --requeue --by NAAM --why TEKST. Een onderzoek in quarantaine "
        "wordt vrijgegeven met: remediate release.",
    ),
    "nothing": Sentence("No study was worked on.", "Er is aan geen onderzoek gewerkt."),
    "objects": Sentence("objects", "objecten"),
    "data": Sentence("data", "gegevens"),
    "took": Sentence("took", "duurde"),
    "outcomes": Sentence("Outcomes and reasons", "Uitkomsten en redenen"),
    "outcome": Sentence("outcome", "uitkomst"),
    "studies": Sentence("studies", "onderzoeken"),
    "reason": Sentence("reason", "reden"),
    "exceptions": Sentence("Studies to look at", "Onderzoeken om te bekijken"),
    "no_exceptions": Sentence("None: every study ended as intended.", "Geen: elk onderzoek eindigde zoals bedoeld."),
    "more": Sentence(
        "And {more} more: remediate ledger list --batch {batch} --failed",
        "En nog {more}: remediate ledger list --batch {batch} --failed",
    ),
    "look": Sentence(
        "A study's whole history: remediate ledger show STUDY",
        "De hele geschiedenis van een onderzoek: remediate ledger show ONDERZOEK",
    ),
    "copies": Sentence("Copies elsewhere", "Kopieën elders"),
    "copies_why": Sentence(
        "What other nodes were last found to hold of these studies: remediate verify --copies",
        "Wat andere nodes bij de laatste blik van deze onderzoeken hadden: remediate verify --copies",
    ),
    "copy": Sentence("copy", "kopie"),
    "holds": Sentence("holds them", "heeft ze"),
    "pace_title": Sentence("Throughput over the night", "Doorvoer over de nacht"),
    "pace_why": Sentence("At the end: {why}", "Aan het eind: {why}"),
    "pace_label": Sentence(
        "Objects stored and read back, each {step}.", "Objecten opgeslagen en teruggelezen, per {step}."
    ),
    "idle": Sentence(
        "In {idle} of these {steps} stretches nothing was stored.",
        "In {idle} van deze {steps} tijdvakken is niets opgeslagen.",
    ),
    "figures": Sentence("The same in figures", "Hetzelfde in cijfers"),
    "from": Sentence("from", "vanaf"),
    "when": Sentence("when", "wanneer"),
    "study": Sentence("study", "onderzoek"),
    "who": Sentence("Who", "Wie"),
    "planned_by": Sentence("plan made by", "plan gemaakt door"),
    "approved_by": Sentence("approved by", "goedgekeurd door"),
    "ran_as": Sentence("run under account", "uitgevoerd onder account"),
    "software": Sentence("program", "programma"),
    "config": Sentence("configuration", "configuratie"),
    "proof": Sentence("Proof", "Bewijs"),
    "proof_text": Sentence(
        "The Merkle root covers the {leaves} events of this batch; the checkpoint signs the chain up to the event that "
        "closed it. Whoever has the public key checks both with: remediate ledger verify.",
        "De Merkle-wortel omvat de {leaves} gebeurtenissen van deze batch; het controlepunt ondertekent de keten tot "
        "en met de gebeurtenis die de batch sloot. Met de publieke sleutel zijn beide na te gaan: "
        "remediate ledger verify.",
    ),
    "no_proof": Sentence(
        "The batch is open, or was closed by an older release: there is no signed root of its own.",
        "De batch is open, of gesloten door een oudere versie: er is geen eigen ondertekende wortel.",
    ),
    "root": Sentence("Merkle root", "Merkle-wortel"),
    "head": Sentence("head of the chain", "kop van de keten"),
    "ledger": Sentence("ledger", "logboek"),
    "key": Sentence("public key", "publieke sleutel"),
    "checkpoint": Sentence("signed checkpoint", "ondertekend controlepunt"),
    "signatures": Sentence("Signatures", "Handtekeningen"),
    "name": Sentence("name", "naam"),
    "date": Sentence("date", "datum"),
    "signature": Sentence("signature", "handtekening"),
    "made_at": Sentence("This page was made on {at}.", "Deze pagina is gemaakt op {at}."),
}

_STATES: Mapping[State, Sentence] = {
    State.VERIFIED: Sentence("corrected and verified", "gecorrigeerd en geverifieerd"),
    State.ROLLED_BACK: Sentence("restored and verified", "hersteld en geverifieerd"),
    State.CORRECT: Sentence("already correct", "was al goed"),
    State.DRIFTED: Sentence("left out: changed since the plan", "overgeslagen: veranderd sinds het plan"),
    State.FAILED: Sentence("failed; tried again in a later batch", "mislukt; een latere batch probeert opnieuw"),
    State.QUARANTINED: Sentence("set apart for a person", "apart gezet voor een mens"),
}


class BatchWords(PageWords):
    """Speaks one language."""

    words = WORDS

    def holds(self, state: CopyState) -> str:
        """What a copy holds."""
        return COPY_WORDS[state].in_(self.language)

    def state(self, state: State) -> str:
        """What an outcome means."""
        return _STATES[state].in_(self.language) if state in _STATES else state.value


_WIDTHS = ((340, "narrow"), (760, "wide"))
_MOST_EXCEPTIONS = 300
_LEFT, _TOP, _HEIGHT, _SMALL = 46.0, 14.0, 220.0, 11.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProofText:
    """What the ledger signed of the batch, as texts."""

    leaves: int
    root: str  # base32
    head: str  # base32
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchInHand:
    """One patient in a worker's hands."""

    who: str  # machine and process
    studies: tuple[str, ...]  # Study Instance UIDs
    since: datetime
    told: Sentence  # what was heard of the worker


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """Everything that a page shows."""

    figures: BatchFigures
    plan: PlanRow
    ledger_id: str
    public_key: str
    account: str
    software: str
    config_digest: str
    hospital: str
    made_at: datetime
    zone: tzinfo
    proof: BatchProofText | None = None
    copies: Mapping[tuple[str, CopyState], int] = field(default_factory=dict)  # studies by copy and what it holds
    in_hand: tuple[BatchInHand, ...] = ()  # of a batch that is open


def page(shown: BatchPage, language: Language) -> str:
    """The page as text."""
    say = BatchWords(language)
    figures = shown.figures
    done = sum(figures.outcomes[state] for state in DONE)
    return page_template("batch.html.j2", trim=True).render(
        page=shown,
        figures=figures,
        batch=figures.batch,
        done=done,
        good=not figures.exceptions,
        whole=strength(figures.means) == strength({}),
        means=sentence_of(figures.means).in_(language),
        say=say,
        pace=figures.pace.in_(language),
        language=language.value,
        language_of=language,
        sentence=lambda code: sentence(code, language),
        local=lambda at: at.astimezone(shown.zone),
        chart=_chart(figures, say),
        clock=lambda at: _clock(at, figures.step),
        exceptions=figures.exceptions[:_MOST_EXCEPTIONS],
        more=max(0, len(figures.exceptions) - _MOST_EXCEPTIONS),
    )


def _clock(at: datetime, step: timedelta) -> str:
    return f"{at:%H:%M:%S}" if step < timedelta(minutes=1) else f"{at:%H:%M}"


def _chart(figures: BatchFigures, say: BatchWords) -> Markup:
    """The same chart for a narrow and a wide sheet, of which one shows."""
    label = say("pace_label", step=say.length(figures.step))
    drawn = (svg(throughput(figures, say, width), label=label, css_class=name) for width, name in _WIDTHS)
    return Markup("".join(drawn))  # noqa: S704 - made of numbers and our own words, escaped in svg


def throughput(figures: BatchFigures, say: BatchWords, width: float) -> Drawing:
    """Objects of each step as columns; the axis ends at a round number."""
    bottom, bars = _HEIGHT - 22, figures.bars
    most = _round_up(max((bar.instances for bar in bars), default=1))
    shapes: list[Shape] = []
    for part in (0, 0.5, 1):
        y = bottom - (bottom - _TOP) * part
        shapes.append(Line(points=((_LEFT, y), (width, y)), stroke=Ink.GRID))
        text = say.number(most * part, 0 if most * part == int(most * part) else 1)
        shapes.append(Words(x=_LEFT - 6, y=y + 4, text=text, size=_SMALL, fill=Ink.SOFT, anchor="end"))
    room = (width - _LEFT) / max(1, len(bars))
    for number, bar in enumerate(bars):
        tall = (bottom - _TOP) * bar.instances / most
        if tall:
            x = _LEFT + number * room
            shapes.append(Rect(x=x + room * 0.1, y=bottom - tall, width=room * 0.8, height=tall, fill=Ink.FOUND))
    shapes += _labels(bars, figures.step, room, width)
    return Drawing(width=width, height=_HEIGHT, shapes=tuple(shapes))


def _labels(bars: tuple[NightBar, ...], step: timedelta, room: float, width: float) -> list[Shape]:
    """Times under the columns, as many as there is room for; some 60 pixels each."""
    every = max(1, -(-len(bars) * 60 // int(width - _LEFT)))
    return [
        Words(
            x=_LEFT + number * room,
            y=_HEIGHT - 6,
            text=_clock(bars[number].begin, step),
            size=_SMALL,
            fill=Ink.SOFT,
            anchor="start",
        )
        for number in range(0, len(bars), every)
        if _LEFT + number * room + 50 <= width
    ]


def _round_up(most: int) -> int:
    """The next number with one digit and noughts that has a round half."""
    size = 1
    while True:
        for digit in (1, 2, 3, 4, 6, 8):
            if digit * size >= most:
                return digit * size
        size *= 10
