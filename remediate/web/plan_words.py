"""What the pages of plans say."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.texts.language import Sentence

PLANS: Mapping[str, Sentence] = {
    "made": Sentence("made", "gemaakt"),
    "made_by": Sentence("made by", "gemaakt door"),
    "kind": Sentence("kind", "soort"),
    "kind_correct": Sentence("correction", "correctie"),
    "kind_rollback": Sentence("roll-back", "terugdraaien"),
    "to_correct": Sentence("studies to change", "te wijzigen onderzoeken"),
    "stands": Sentence("how it stands", "stand van zaken"),
    "no_plans": Sentence("There is no plan yet: remediate plan.", "Er is nog geen plan: remediate plan."),
    "plan_superseded": Sentence("Superseded by a newer plan.", "Vervangen door een nieuwer plan."),
    "plan_empty": Sentence("Nothing to change.", "Niets te wijzigen."),
    "plan_left": Sentence(
        "Approved; left: {left} {left:study|studies}.", "Goedgekeurd; nog {left} {left:onderzoek|onderzoeken}."
    ),
    "plan_done": Sentence("Approved, and done.", "Goedgekeurd, en klaar."),
    "read_page": Sentence("Read the plan's page", "Lees de pagina van het plan"),
    "read_page_told": Sentence(
        "What an approval binds: what would change, on what it rests, what is left out.",
        "Waarvoor een goedkeuring geldt: wat er zou wijzigen, waarop dat rust, wat erbuiten blijft.",
    ),
    "see_studies": Sentence("The studies of this plan", "De onderzoeken van dit plan"),
    "approvals": Sentence("Who stands for it", "Goedgekeurd door"),
    "nobody_yet": Sentence("Nobody approved it yet.", "Nog niemand heeft het goedgekeurd."),
    "deciders": Sentence("It rests on decisions of: {accounts}.", "Het rust op beslissingen van: {accounts}."),
    "one_person": Sentence(
        "These names may be one person's, and count as two: {names}.",
        "Deze namen kunnen van één persoon zijn, en tellen als twee: {names}.",
    ),
    "now_grouped": Sentence("Studies as they stand now, by reason", "Onderzoeken zoals ze nu staan, naar reden"),
    "reason": Sentence("reason", "reden"),
    "studies": Sentence("studies", "onderzoeken"),
    "digest": Sentence("Digest", "Controlesom"),
    "approve": Sentence("Approve", "Goedkeuren"),
    "approve_told": Sentence(
        "You put your own name ({name}) under exactly this plan. First read its page; then confirm its digest.",
        "U zet uw eigen naam ({name}) onder precies dit plan. Lees eerst de pagina; bevestig dan de controlesom.",
    ),
    "approve_read_first": Sentence(
        "You have not opened the plan's page in this session.",
        "U hebt de pagina van het plan in deze sessie nog niet geopend.",
    ),
    "confirm_digest": Sentence("I read the plan with this digest", "Ik heb het plan met deze controlesom gelezen"),
    "approved_by": Sentence("{plan} approved by {person}.", "{plan} goedgekeurd door {person}."),
    "approved_enough": Sentence(
        "Nobody else has to follow: it may be executed.",
        "Er is geen goedkeuring meer nodig: het mag worden uitgevoerd.",
    ),
    "withdraw": Sentence("Withdraw", "Intrekken"),
    "withdraw_told": Sentence(
        "Nothing more is begun under it. What is done stays; only a roll-back undoes that.",
        "Er wordt niets meer van begonnen. Wat gedaan is, blijft; alleen terugdraaien herstelt dat.",
    ),
    "why_typed": Sentence("Why (no patient data)", "Waarom (geen patiëntgegevens)"),
    "withdrawn_by": Sentence("{plan} withdrawn by {person}.", "{plan} ingetrokken door {person}."),
    "study": Sentence("study", "onderzoek"),
    "study_date": Sentence("date", "datum"),
    "modalities": Sentence("modality", "modaliteit"),
    "number": Sentence("Patient ID", "Patient ID"),
    "state": Sentence("state", "toestand"),
    "no_studies": Sentence("No study is like that.", "Er is geen onderzoek dat hieraan voldoet."),
    "next_page": Sentence("Next page", "Volgende pagina"),
    "first_page": Sentence("First page", "Eerste pagina"),
    "before_after": Sentence("Before and after", "Ervoor en erna"),
    "before": Sentence("before", "ervoor"),
    "after": Sentence("after", "erna"),
    "element": Sentence("element", "element"),
    "objects": Sentence("objects", "objecten"),
    "bsn_goes": Sentence("BSN {bsn}", "BSN {bsn}"),
    "stands_now": Sentence("stands now", "staat nu"),
    "will_stand": Sentence("will stand", "komt te staan"),
    "rests_on": Sentence("On what it rests", "Waarop het rust"),
    "against": Sentence("Why it stands so", "Waarom het zo staat"),
    "epd_number": Sentence("number in the EPD", "nummer in het EPD"),
    "not_in_plan": Sentence("This plan does not change this study.", "Dit plan wijzigt dit onderzoek niet."),
    "history": Sentence("History in the ledger", "Geschiedenis in het logboek"),
    "by_message": Sentence(
        "The archive was told by message; what it showed before:",
        "Het archief is per bericht ingelicht; wat er daarvoor stond:",
    ),
    "changed": Sentence("Changed in the archive", "Gewijzigd in het archief"),
    "decided_by": Sentence("By decision of {person}, {at}.", "Op beslissing van {person}, {at}."),
}
