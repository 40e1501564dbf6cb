"""What the pages of the queue say, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.texts.language import Sentence

QUEUE: Mapping[str, Sentence] = {
    "queue": Sentence("Queue", "Wachtrij"),
    "queue_empty": Sentence("No study waits for you.", "Er wacht geen onderzoek op u."),
    "queue_waits": Sentence(
        "{number} {number:study waits|studies wait} for a person.",
        "{number} {number:onderzoek wacht|onderzoeken wachten} op een beoordelaar.",
    ),
    "queue_of": Sentence("As {plan} left it.", "Volgens {plan}."),
    "queue_begin": Sentence("Begin with the first", "Met het eerste beginnen"),
    "queue_begin_group": Sentence("The first of this kind", "Het eerste van deze soort"),
    "queue_kinds": Sentence("Kinds of difference", "Soorten verschil"),
    "queue_kind": Sentence("Kind", "Soort"),
    "queue_all": Sentence("All kinds", "Alle soorten"),
    "queue_patients": Sentence("Patients", "Patiënten"),
    "queue_studies": Sentence("Studies", "Onderzoeken"),
    "queue_may": Sentence("May be confirmed", "Te bevestigen"),
    "queue_next_page": Sentence("Next patients", "Volgende patiënten"),
    "queue_first_page": Sentence("From the beginning", "Vanaf het begin"),
    "queue_patient_studies": Sentence("{studies} {studies:study|studies}", "{studies} {studies:onderzoek|onderzoeken}"),
    "queue_and_more": Sentence("and {number} more", "en nog {number}"),
    "queue_in_hand": Sentence("{person} has it in hand", "{person} is ermee bezig"),
    "queue_barred": Sentence("may not be confirmed", "mag niet bevestigd worden"),
    "queue_third": Sentence("two differ: a third decides", "twee beslisten verschillend: een derde beslist"),
    "queue_study": Sentence("Study {date}", "Onderzoek {date}"),
    "queue_no_date": Sentence("without a date", "zonder datum"),
    "queue_objects": Sentence("{number} {number:object|objects}", "{number} {number:object|objecten}"),
    "queue_decided": Sentence(
        "It waits for nobody any more: it was decided, or facts changed and the next plan decides.",
        "Het wacht op niemand meer: er is beslist, of er is iets veranderd en het volgende plan beslist.",
    ),
    "queue_mine": Sentence(
        "You decided about it; it waits for another person.", "U hebt erover beslist; het wacht op iemand anders."
    ),
    "queue_held": Sentence(
        "{person} has this study in hand until {until}: you can look, not decide.",
        "{person} is tot {until} met dit onderzoek bezig: u kunt kijken, niet beslissen.",
    ),
    "queue_two_differ": Sentence("Two people decided differently", "Twee mensen hebben verschillend beslist"),
    "queue_candidate": Sentence("Candidate {number} of {of}", "Kandidaat {number} van {of}"),
    "queue_one": Sentence("Study and EPD", "Onderzoek en EPD"),
    "queue_nobody": Sentence("The EPD knows nobody for this study.", "Het EPD kent niemand bij dit onderzoek."),
    "queue_this": Sentence("This candidate", "Deze kandidaat"),
    "queue_field": Sentence("Field", "Veld"),
    "queue_in_study": Sentence("Study", "Onderzoek"),
    "queue_in_epd": Sentence("EPD", "EPD"),
    "queue_compared": Sentence("How they compare", "Vergelijking"),
    "queue_name": Sentence("Name", "Naam"),
    "queue_surname": Sentence("surname", "achternaam"),
    "queue_given": Sentence("given name", "voornaam"),
    "queue_born": Sentence("Birth date", "Geboortedatum"),
    "queue_sex": Sentence("Sex", "Geslacht"),
    "queue_number": Sentence("Patient number", "Patiëntnummer"),
    "queue_bsn": Sentence("BSN", "BSN"),
    "queue_for": Sentence("For", "Ervoor"),
    "queue_against": Sentence("Against, or lacking", "Ertegen, of ontbrekend"),
    "queue_nothing": Sentence("nothing", "niets"),
    "queue_never": Sentence(
        "Nobody may confirm this, whoever decides:", "Niemand mag dit bevestigen, wie ook beslist:"
    ),
    "queue_earlier": Sentence(
        "{person} decided at {at}, before something changed: {decision}.",
        "{person} besliste op {at}, voordat er iets veranderde: {decision}.",
    ),
    "queue_why": Sentence("Why (kept in the ledger; no patient data)", "Reden (in het logboek; geen patiëntgegevens)"),
    "queue_ready": Sentence("Reasons to choose from, and to complete:", "Redenen om uit te kiezen, en aan te vullen:"),
    "queue_why_1": Sentence(
        "Compared with the EPD, the difference is a typing error",
        "Vergeleken met het EPD, het verschil is een typefout",
    ),
    "queue_why_2": Sentence("Looked up in the EPD with the ward", "Met de afdeling in het EPD opgezocht"),
    "queue_why_3": Sentence("Cannot be told from what is here", "Niet uit te maken met wat hier staat"),
    "queue_why_4": Sentence(
        "The study is another person's than the EPD's patient",
        "Het onderzoek is van iemand anders dan deze EPD-patiënt",
    ),
    "queue_why_5": Sentence(
        "The study holds pictures of two people", "In het onderzoek zitten beelden van twee personen"
    ),
    "queue_confirm": Sentence("Confirm", "Bevestigen"),
    "queue_exclude": Sentence("Exclude", "Uitsluiten"),
    "queue_split": Sentence("Ask the archive to split", "Archief vragen te splitsen"),
    "queue_undo": Sentence("Undo my last decision", "Mijn laatste beslissing terugnemen"),
    "queue_next": Sentence("Next", "Volgende"),
    "queue_last_of_all": Sentence("This is the last one in the queue.", "Dit is de laatste in de wachtrij."),
    "queue_last_of_kind": Sentence("This is the last one of this kind.", "Dit is de laatste van deze soort."),
    "queue_before": Sentence("Previous", "Vorige"),
    "queue_back": Sentence("To the queue", "Naar de wachtrij"),
    "queue_keys": Sentence(
        "Keys: j next, k previous, w the reason (Enter or Escape leaves it), c confirm, x exclude, r ask the archive "
        "to split, u undo, 1 to 9 the candidate.",
        "Toetsen: j volgende, k vorige, w de reden (Enter of Escape verlaat die), c bevestigen, x uitsluiten, r "
        "splitsen, u terugnemen, 1 tot 9 de kandidaat.",
    ),
    "queue_choose_decision": Sentence("Choose what to decide.", "Kies wat u beslist."),
    "queue_choose": Sentence("Choose a candidate first.", "Kies eerst een kandidaat."),
    "queue_done_confirm": Sentence("Confirmed.", "Bevestigd."),
    "queue_done_exclude": Sentence("Excluded.", "Uitgesloten."),
    "queue_done_split": Sentence("The archive is asked to split it.", "Het archief is gevraagd het te splitsen."),
    "queue_done_waits": Sentence(
        "It counts once another person has decided as well.", "Het telt als ook iemand anders heeft beslist."
    ),
    "queue_last": Sentence(
        "Your last decision: {decision} the study of {date}.",
        "Uw laatste beslissing: het onderzoek van {date} {decision}.",
    ),
    "queue_likeness_before": Sentence(
        "The likeness of that study was {number} of 100.", "De gelijkenis van dat onderzoek was {number} van 100."
    ),
    "queue_likeness": Sentence("Likeness {number} of 100.", "Gelijkenis {number} van 100."),
    "queue_undone": Sentence("Taken back: decide anew.", "Teruggenomen: beslis opnieuw."),
    "queue_group": Sentence("One decision for a kind", "Eén beslissing voor een soort"),
    "queue_would": Sentence(
        "This would {decision} {studies} {studies:study|studies} of {patients} {patients:patient|patients}. Nothing "
        "was decided yet.",
        "Dit zou {studies} {studies:onderzoek|onderzoeken} van {patients} {patients:patiënt|patiënten} {decision}. Er "
        "is nog niets beslist.",
    ),
    "queue_left_out": Sentence("Left out: {number}. {why}", "Niet inbegrepen: {number}. {why}"),
    "queue_drawn": Sentence("Drawn from them: look at these first", "Geloot uit deze: bekijk deze eerst"),
    "queue_group_first": Sentence(
        "This kind has more. What stands here is about its first {number}; the others come once these are decided, "
        "here or singly.",
        "Deze soort heeft er meer. Wat hier staat, gaat over de eerste {number}; de andere volgen zodra over deze "
        "beslist is, hier of één voor één.",
    ),
    "queue_group_none": Sentence("None of them can be decided together.", "Over geen daarvan is samen te beslissen."),
    "queue_group_look": Sentence("What would “{decision}” do?", "Wat zou “{decision}” doen?"),
    "queue_group_do": Sentence("Decide about just these", "Over precies deze beslissen"),
    "queue_group_changed": Sentence(
        "The group is no longer as it was shown; nothing was decided. This is how it is now.",
        "De groep is niet meer zoals die getoond werd; er is niets beslist. Zo is die nu.",
    ),
    "queue_group_done": Sentence(
        "Decided: {number}. Waiting for another person: {waiting}. Refused: {refused}.",
        "Beslist: {number}. Wacht op iemand anders: {waiting}. Geweigerd: {refused}.",
    ),
    "queue_agreement": Sentence(
        "Second looks: of {pairs} pairs {agreed} agree; Cohen's kappa {kappa}.",
        "Tweede beoordelingen: van {pairs} paren komen er {agreed} overeen; Cohens kappa {kappa}.",
    ),
    "queue_no_kappa": Sentence("none", "geen"),
}
"""The queue's sentences by name."""
