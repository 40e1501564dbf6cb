"""What the page of the night says."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.texts.language import Sentence

NIGHT: Mapping[str, Sentence] = {
    "tonight": Sentence("Tonight", "Vannacht"),
    "progress": Sentence("Progress", "Voortgang"),
    "done_of": Sentence(
        "{done} of {planned} {planned:study|studies} done ({percent})",
        "{done} van {planned} {planned:onderzoek|onderzoeken} gedaan ({percent})",
    ),
    "left_of": Sentence(
        "left: {studies} {studies:study|studies}, {objects} {objects:object|objects}",
        "nog {studies} {studies:onderzoek|onderzoeken}, {objects} {objects:object|objecten}",
    ),
    "pace": Sentence("pace", "tempo"),
    "pace_recent": Sentence("{pace}, over the last minutes", "{pace}, over de laatste minuten"),
    "pace_before": Sentence(
        "{pace}, of the last batch that tells", "{pace}, in de laatste batch waarvan het bekend is"
    ),
    "at_a_time": Sentence("patients at a time", "patiënten tegelijk"),
    "why": Sentence("why", "waarom"),
    "ends_at": Sentence("must end at", "stopt uiterlijk op"),
    "opens_at": Sentence("window opens at", "venster gaat open op"),
    "left_at_end": Sentence("left then", "dan nog over"),
    "done_at": Sentence("whole plan done around", "hele plan klaar rond"),
    "next": Sentence("Next", "Nu"),
    "workers": Sentence("Workers", "Workers"),
    "worker": Sentence("worker", "worker"),
    "in_hand": Sentence("studies in hand", "onderzoeken in behandeling"),
    "since": Sentence("since", "sinds"),
    "sign_of_life": Sentence("sign of life", "teken van leven"),
    "nobody_works": Sentence("Nobody has a study in hand.", "Niemand heeft een onderzoek in behandeling."),
    "alive": Sentence("{silent} s ago", "{silent} s geleden"),
    "frozen": Sentence("frozen: it is there and does nothing", "bevroren: het proces is er nog, maar doet niets"),
    "silent": Sentence("none", "geen"),
    "gone": Sentence("that process is gone", "dat proces is er niet meer"),
    "looked_at": Sentence("As of {at}.", "Stand van {at}."),
    "pause": Sentence("Pause", "Pauzeren"),
    "resume": Sentence("Resume", "Hervatten"),
    "stop": Sentence("Stop", "Stoppen"),
    "control": Sentence("Pause, resume, stop", "Pauzeren, hervatten, stoppen"),
    "asked_pause": Sentence(
        "Running work waits after the study in hand, until it is resumed or stopped.",
        "Het lopende werk wacht na het huidige onderzoek, tot het wordt hervat of gestopt.",
    ),
    "idle_pause": Sentence(
        "Nothing runs. What is begun later waits until it is resumed.",
        "Er loopt niets. Wat later begint, wacht tot het wordt hervat.",
    ),
    "asked_resume": Sentence("Running work goes on.", "Het lopende werk gaat verder."),
    "idle_resume": Sentence(
        "Nothing runs. What is begun later no longer waits.", "Er loopt niets. Wat later begint, wacht niet meer."
    ),
    "asked_stop": Sentence(
        "Running work ends after the study in hand.", "Het lopende werk stopt na het huidige onderzoek."
    ),
    "idle_stop": Sentence(
        "Nothing runs, so there is nothing to stop.", "Er loopt niets, dus er is niets om te stoppen."
    ),
    "limits": Sentence("Ceilings", "Plafonds"),
    "limits_told": Sentence(
        "Lower them while work runs; it heeds them within seconds. Above what is configured nobody can go here.",
        "Verlaag ze terwijl er werk loopt; dat houdt zich er binnen enkele seconden aan. "
        "Hoger dan geconfigureerd kan hier niet.",
    ),
    "associations": Sentence("patients at a time", "patiënten tegelijk"),
    "objects_per_second": Sentence("objects a second", "objecten per seconde"),
    "objects_per_hour": Sentence("objects an hour", "objecten per uur"),
    "studies_per_hour": Sentence("studies an hour", "onderzoeken per uur"),
    "bytes_per_second": Sentence("bytes a second", "bytes per seconde"),
    "now_most": Sentence("now {now}, at most {most}", "nu {now}, hoogstens {most}"),
    "lower": Sentence("Lower", "Verlagen"),
    "as_configured": Sentence("As configured", "Zoals geconfigureerd"),
    "limited": Sentence("The ceilings hold.", "De plafonds gelden nu."),
    "batches": Sentence("Batches", "Batches"),
    "batch": Sentence("batch", "batch"),
    "plan": Sentence("plan", "plan"),
    "opened": Sentence("begun", "begonnen"),
    "closed": Sentence("ended", "geëindigd"),
    "verified": Sentence("verified", "geverifieerd"),
    "no_batches": Sentence("No batch was begun yet.", "Er is nog geen batch begonnen."),
    "away": Sentence("No answer", "Geen antwoord"),
}
