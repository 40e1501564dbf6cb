"""What the first page says."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.texts.language import Sentence

OVERVIEW: Mapping[str, Sentence] = {
    "coverage": Sentence("Coverage", "Dekking"),
    "coverage_told": Sentence(
        "The BSN stands in the right place in {correct} of {studies} {studies:study|studies}.",
        "Het BSN staat op de juiste plaats in {correct} van {studies} {studies:onderzoek|onderzoeken}.",
    ),
    "target_reached": Sentence("The target of more than 95 % is reached.", "Het doel van meer dan 95 % is gehaald."),
    "target_missed": Sentence(
        "The target is more than 95 %: {needed} more are needed.",
        "Het doel is meer dan 95 %: er zijn er nog {needed} nodig.",
    ),
    "coverage_bounds": Sentence(
        "Of {unread} studies nobody looked: the share lies between {low} and {high}.",
        "{unread} {unread:onderzoek is|onderzoeken zijn} nog niet bekeken: het aandeel ligt tussen {low} en {high}.",
    ),
    "sample_told": Sentence(
        "By the last sample ({at}) between {low} and {high}.",
        "Volgens de laatste steekproef ({at}) tussen {low} en {high}.",
    ),
    "measured_at": Sentence("Measured at {at}.", "Gemeten op {at}."),
    "course": Sentence("Course of the coverage", "Verloop van de dekking"),
    "course_as_table": Sentence("The course as a table", "Het verloop als tabel"),
    "day": Sentence("moment", "moment"),
    "not_measured": Sentence(
        "Coverage was not measured yet: remediate measure.", "De dekking is nog niet gemeten: remediate measure."
    ),
    "waits": Sentence("Waits for people", "Wacht op mensen"),
    "nothing_waits": Sentence("Nothing waits for anybody.", "Er hoeft niemand iets te doen."),
    "waits_approval": Sentence("{plan} waits for approval.", "{plan} wacht op goedkeuring."),
    "waits_review": Sentence(
        "{number} {number:study waits|studies wait} for a reviewer.",
        "{number} {number:onderzoek wacht|onderzoeken wachten} op een beoordelaar.",
    ),
    "waits_quarantine": Sentence(
        "{number} {number:study is|studies are} in quarantine, for an operator.",
        "{number} {number:onderzoek staat|onderzoeken staan} in quarantaine, voor een operator.",
    ),
    "waits_operator": Sentence("The night waits for an operator.", "De nacht wacht op een operator."),
    "to_night": Sentence("More about the night", "Meer over de nacht"),
}
