"""What a measurement says in whole sentences, for console and page alike. Figures in, lines out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from remediate.report.measure.words import Say


def coverage_lines(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """The number against the target, before and after, and what is in the denominator."""
    studies = figures["studies"]
    if not studies:
        yield nothing_counts(figures, say)
    else:
        yield say(
            "headline", correct=figures["correct"], studies=studies, share=say.per_cent(figures["correct"], studies)
        )
        yield f"{say('target')} {against_target(figures, say)}"
        found, after = figures["before"]["correct"], figures["projected"]["correct"]
        shares = {"found": found, "now": figures["correct"], "after": after}
        yield say("course", **{name: say.per_cent(correct, studies) for name, correct in shares.items()})
    yield say(
        "denominator",
        studies=studies,
        surveyed=figures["surveyed"],
        excepted=sum(figures["exceptions"].values()),
        rules=say.rules(figures["exceptions"]),
        tests=figures["categories"]["test-study"],
    )
    yield from left_out(figures, say)
    yield from seen(figures, say)


def seen(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """When the archive was last looked at for these figures, and for how many studies that is long ago."""
    told = figures.get("seen") or {}
    if told.get("from"):
        first, last = (say.day(date.fromisoformat(told[end])) for end in ("from", "to"))
        yield say("seen_on", day=last) if first == last else say("seen", first=first, last=last)
    if told.get("old"):
        yield say("seen_old", number=told["old"], days=told["old_after_days"])


def nothing_counts(figures: Mapping[str, Any], say: Say) -> str:
    """Why there is no share."""
    return say("nothing_read" if figures["not_looked_at"] else "empty")


def against_target(figures: Mapping[str, Any], say: Say) -> str:
    """Whether the target is reached, and what is still needed for it."""
    if figures["reached"] is None:
        return say("open")
    return say("reached") if figures["reached"] else say("not_reached", needed=figures["still_needed"])


def left_out(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """What is known less well than the headline sounds, and what is no longer there."""
    if figures["not_looked_at"]:
        low, high = figures["bounds"]
        yield say("not_looked_at", number=figures["not_looked_at"], low=say.least(low), high=say.most(high))
    if figures["categories"]["unconfirmed"]:
        yield say("unconfirmed", number=figures["categories"]["unconfirmed"])
    if figures["gone"]:
        yield say("gone", number=figures["gone"])
    if figures["undecided"]:
        yield say("undecided", undecided=figures["undecided"])


def sample_verdict(figures: Mapping[str, Any], say: Say) -> str:
    """What may be claimed."""
    return say(f"verdict_{figures['verdict']}", target=say.share(figures["target"], 0), risk=_risk(figures, say))


def _risk(figures: Mapping[str, Any], say: Say) -> str:
    return say.confidence(1 - figures["confidence"])


def sample_lines(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """Share, interval, what could not be seen, and how large a sample must be."""
    judged, correct = figures["studies"], figures["correct"]
    if not judged:
        yield say("empty")
    else:
        low, high = figures["interval"]
        yield say("sample_headline", judged=judged, correct=correct, share=say.per_cent(correct, judged))
        yield say(
            "sample_all" if _all_looked_at(figures) else "sample_interval",
            confidence=say.confidence(figures["confidence"]),
            population=figures["population"],
            low=say.least(low),
            high=say.most(high),
        )
        if figures["verdict"] == "shown" and low <= figures["target"] and figures.get("one_sided"):
            yield say("sample_one_sided", low=say.least(figures["one_sided"][0]), risk=_risk(figures, say))
    if figures["exceptions"]:
        number = sum(figures["exceptions"].values())
        yield say("exceptions_left_out", number=number, rules=say.rules(figures["exceptions"]))
    if figures["unseen"]:
        yield say("unseen", number=sum(figures["unseen"].values()))
    if figures["otherwise_than_surveyed"]:
        yield say("otherwise", number=figures["otherwise_than_surveyed"])
    needed = figures["needed"]
    numbers = {"all_correct": say.number(needed["all_correct"]), "at_98": say.number(needed["at_98_percent"])}
    yield say("needed", target=say.share(figures["target"], 0), **numbers)
    if needed["at_found_share"]:
        yield say("needed_found", size=needed["at_found_share"])


def sample_origin(figures: Mapping[str, Any], say: Say) -> str:
    """From what was drawn, and the seed that draws it again."""
    told = say("sample_from", source=say.source(figures["source"]), seed=str(figures["seed"]))
    draws = figures.get("draws") or {"draws": 1}
    chance = draws["draws"] > 1 and not _all_looked_at(figures)
    return f"{told} {say('sample_draw', **draws)}" if chance else told


def _all_looked_at(figures: Mapping[str, Any]) -> bool:
    """Whether chance plays no part any more."""
    return bool(figures["studies"]) and figures["studies"] == figures["population"]


def jobs_lines(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """How often the BSN went along, how the jobs ended, and what was left out."""
    studies, correct, period = figures["studies"], figures["correct"], figures["period"]
    if figures["sent"]:
        yield say(
            "jobs_headline",
            sent=figures["sent"],
            correct=correct,
            studies=studies,
            share=say.per_cent(correct, studies),
        )
        yield from _jobs_bounds(figures, say)
        verdict = {True: "reached", False: "missed", None: "jobs_open"}[figures["reached"]]
        yield f"{say('target')} {say(verdict)}"
    else:
        yield say("empty")
    if figures["unread"]:
        yield say("jobs_unread", unread=figures["unread"])
    yield from _expected(figures, say)
    states = {state: figures[state] for state in ("finished", "failed", "waiting", "unknown")}
    first, last = (say.day(date.fromisoformat(period[end])) if period[end] else "–" for end in ("from", "to"))
    yield say("jobs_states", jobs=figures["jobs"], first=first, last=last, **states)
    if period["outside"]:
        yield say("jobs_outside", outside=period["outside"])
    if period["empty_weeks"]:
        yield say("jobs_empty_weeks", weeks=period["empty_weeks"])
    if figures["exceptions"]:
        number = sum(figures["exceptions"].values())
        yield say("exceptions_left_out", number=number, rules=say.rules(figures["exceptions"]))
    if figures["absent_columns"]:
        yield say("absent", columns=", ".join(figures["absent_columns"]))


def _expected(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """Of the last weeks, what was expected of what is sent beside what was measured."""
    for week, shares in list(figures.get("expected", {}).items())[-4:]:
        measured = "–" if shares["measured"] is None else say.share(shares["measured"])
        yield say("expected_week", week=week, expected=say.share(shares["expected"]), measured=measured)


def _jobs_bounds(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """What is certain about all that was sent, and what is likely."""
    if not figures["unjudged"]:
        return
    low, high = figures["bounds"]
    yield say("jobs_bounds", low=say.least(low), high=say.most(high), unjudged=figures["unjudged"])
    if figures["interval"]:
        low, high = figures["interval"]
        yield say(
            "jobs_interval", low=say.least(low), high=say.most(high), confidence=say.confidence(figures["confidence"])
        )


def newest_year(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The last year with studies that count, of those that have begun; none where no study is dated.

    None either where nobody looked at those of the newest year: the one before it is not what comes in now.
    """
    begun = str(figures.get("measured_at", "9999"))[:4]
    known = ((name, group) for name, group in figures["by"]["year"].items() if name.isdecimal() and name <= begun)
    years = [(name, group) for name, group in known if group["studies"] or group.get("not_looked_at")]
    return [one for one in years[-1:] if one[1]["studies"]]


def not_judged(received: Mapping[str, Any]) -> int:
    """How many studies that came from elsewhere count, and nobody knows how they came."""
    return int(received.get("not_looked_at", 0) + received.get("unknown_when", 0)) if received.get("bounds") else 0


def received_lines(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """How much of what came from elsewhere is right."""
    studies, correct = figures["studies"], figures["correct"]
    if studies:
        yield say("received_headline", studies=studies, correct=correct, share=say.per_cent(correct, studies))
    elif figures.get("not_looked_at"):
        yield say("nothing_read")
    else:
        yield say("empty" if figures.get("gone") or figures.get("unknown_when") else "received_none")
    if figures["exceptions"]:
        number = sum(figures["exceptions"].values())
        yield say("exceptions_left_out", number=number, rules=say.rules(figures["exceptions"]))
    if figures.get("without_sender"):
        yield say("without_sender", number=figures["without_sender"])
    if alike := figures.get("resemble_own"):
        yield say("resemble_own", names=", ".join(f"{name} ({ours})" for name, ours in alike.items()))
    yield from seen(figures, say)
    yield from _unjudged_received(figures, say)
    if figures.get("gone"):
        yield say("gone", number=figures["gone"])
    if figures["without_contact"]:
        yield say("without_contact", names=", ".join(map(say.group, figures["without_contact"])))


def _unjudged_received(figures: Mapping[str, Any], say: Say) -> Iterator[str]:
    """Of how many nobody knows how they came, and what that leaves open."""
    if figures.get("not_looked_at"):
        yield say("not_looked_at_received", number=figures["not_looked_at"])
    if figures.get("unknown_when"):
        yield say("unknown_when_received", number=figures["unknown_when"])
    if not_judged(figures):
        low, high = figures["bounds"]
        yield say("received_bounds", low=say.least(low), high=say.most(high))
