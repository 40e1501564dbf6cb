"""Stories that an EPD was told and that are true in the end: nobody erred, or what was wrong was mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.bench.adversarial_dutch import surname
from tests.bench.adversarial_histories import EXPIRED, Somebody, Story, bsn, local


def two_people(s: Story) -> tuple[Somebody, Somebody, str, str]:
    """Two people and a number for each."""
    a = s.somebody()
    return a, s.somebody(a), next(s.numbers), next(s.numbers)


def everybody(s: Story, *people: Somebody, under: tuple[str, ...], all_live: bool = False) -> None:
    """A study of everybody under every number; nothing is said of what can be decided. Where all are patients of the
    EPD still, now and then with no more than an initial."""
    for owner in people:
        for number in under:
            s.study(owner, number, short=all_live and s.random.random() < 0.3)


def plain(s: Story) -> None:
    a, n = s.somebody(), next(s.numbers)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.neutral(local(n), bsn(a.bsn), of=a)
    s.study(a, n, decidable=True)


def bsn_told_later(s: Story) -> None:
    a, n = s.somebody(), next(s.numbers)
    s.tell("A28", local(n), of=a)
    s.update(bsn(a.bsn), local(n), of=a)
    s.study(a, n, decidable=True)


def marriage(s: Story) -> None:
    """She takes a partner's name; the BSN is told again, or not."""
    a, n = s.somebody(), next(s.numbers)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    wed = replace(a, partner=surname(s.random))
    again = s.random.random() < 0.7
    s.update(*([local(n), bsn(a.bsn)] if again else [local(n)]), of=wed)
    s.study(wed, n, decidable=True, note=f"BSN told again: {again}")


def bsn_corrected(s: Story) -> None:
    """B's BSN was typed with A, and A's own later."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.update(local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(nb), bsn(b.bsn), of=b)
    s.study(a, na, decidable=True)
    s.study(b, nb, decidable=True)
    everybody(s, a, under=(nb,))
    everybody(s, b, under=(na,))


def merged_in_a_chain(s: Story) -> None:
    """Three numbers of one person, merged one into the next; a repeat and a reversed repeat change nothing false."""
    a = s.somebody()
    one, two, three = (next(s.numbers) for _ in range(3))
    s.tell("A28", local(one), bsn(a.bsn), of=a)
    s.tell("A28", local(two), of=a)
    s.tell("A28", local(three), bsn(a.bsn), of=a)
    event = s.random.choice(("A40", "A34", "A18"))
    s.merge(two, one, event)
    s.merge(three, two, event)
    if s.random.random() < 0.3:
        s.merge(three, two, event)
    s.neutral(local(three), bsn(a.bsn), of=a)
    for number in (one, two, three):
        s.study(a, number, decidable=True, note=event)


def expired_bsn(s: Story) -> None:
    """B's BSN stood with A until 2010."""
    a, b, na, nb = two_people(s)
    both = s.random.random() < 0.5
    s.tell("A28", local(na), bsn(b.bsn, dates=EXPIRED), *((bsn(a.bsn),) if both else ()), of=a)
    if s.random.random() < 0.5:
        s.tell("A28", local(nb), bsn(b.bsn), of=b)
        s.study(b, nb, decidable=True)
    s.study(a, na, decidable=both)


def late_message(s: Story) -> None:
    """What was told first arrives last, with B's BSN in it."""
    a, b, na, _ = two_people(s)
    s.tell("A28", local(na), of=a)
    s.update(local(na), bsn(b.bsn), of=a, late=True)
    s.update(local(na), bsn(a.bsn), of=a)
    s.study(a, na, decidable=True)


def snapshot_and_old_archive(s: Story) -> None:
    """Today's extract has A's BSN; an archive of messages of years ago has B's."""
    a, b, na, _ = two_people(s)
    s.rows.append(row(na, a))
    s.tell("A28", local(na), bsn(b.bsn), of=a if s.random.random() < 0.5 else b)
    s.study(a, na, decidable=True)
    s.study(b, na)


def row(number: str, who: Somebody) -> dict[str, str]:
    return {
        "patient_id": number, "bsn": who.bsn, "bsn_verified": "J", "birth_date": who.birth.isoformat(),
        "sex": who.sex, "surname": who.surname, "surname_prefix": who.prefix, "given_names": who.given,
    }  # fmt: skip


def other_words_for_the_same(s: Story) -> None:
    """Types and authorities as other EPDs write them."""
    a, n = s.somebody(), next(s.numbers)
    kind = s.random.choice(("MR", "PT", "EPI", "MRN", "PI"))
    known = s.random.choice((f"{a.bsn}^^^nlminbiza^NNNLD", f"{a.bsn}^^^NLMINBIZA&2.16.840.1.113883.2.4.6.3&ISO^NNNLD"))
    s.tell("A28", *s.random.sample((local(n, kind), known), 2), of=a)
    s.study(a, n, decidable=True, note=f"{kind}, {known[9:]}")


def names_of_other_types(s: Story) -> None:
    """PID-5 repeats: the legal name and the one at birth, an alias or the one in use."""
    a, n = s.somebody(), next(s.numbers)
    kind, other = s.random.choice("BDMAC"), " ".join(filter(None, surname(s.random)))
    names = [a.xpn, f"{other}^{a.given}^^^^^{kind}"]
    s.random.shuffle(names)
    s.tell("A28", local(n), bsn(a.bsn), of=a, fields_besides={5: "~".join(names)})
    s.study(a, n, decidable=True, note=kind)


def birth_date_corrected(s: Story) -> None:
    """It was mistyped, and is told again together with the BSN."""
    a, n = s.somebody(), next(s.numbers)
    s.tell("A28", local(n), bsn(a.bsn), of=replace(a, birth=a.birth + timedelta(days=s.random.choice((1, 9, 31, 365)))))
    s.update(local(n), bsn(a.bsn), of=a)
    s.study(a, n, decidable=True)


def swapped_and_put_right(s: Story) -> None:
    """Two BSNs stood with each other's owner, and were both told again."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.tell("A28", local(nb), bsn(a.bsn), of=b)
    s.update(local(na), bsn(a.bsn), of=a)
    s.update(local(nb), bsn(b.bsn), of=b)
    s.study(a, na, decidable=True)
    s.study(b, nb, decidable=True)
    everybody(s, a, under=(nb,))


def not_expired_yet(s: Story) -> None:
    """CX.7 and CX.8 of number and BSN, and today between them."""
    a, n = s.somebody(), next(s.numbers)
    dates = s.random.choice(("20010101^20991231", "20010101^", "20010101", "^20991231"))
    s.tell("A28", local(n, dates=dates), bsn(a.bsn, dates=dates), of=a)
    s.study(a, n, decidable=True, note=dates)


def two_authorities(s: Story) -> None:
    """One number, of two people at two places; the issuer tells them apart."""
    a, b, n, _ = two_people(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.tell("A28", local(n, authority="CLINIC"), bsn(b.bsn), of=b)
    s.study(a, n, decidable=True, issuer=s.random.choice(("", "HOSPITAL")))
    s.study(b, n, decidable=True, issuer="CLINIC")
    s.study(b, n, issuer="")
    s.study(a, n, issuer="CLINIC")


def told_again_and_again(s: Story) -> None:
    """A feed that repeats everything, in another order of fields and with the type of the number left out or not."""
    a, n = s.somebody(), next(s.numbers)
    for _ in range(s.random.randint(2, 6)):
        s.update(*s.random.sample((local(n), bsn(a.bsn)), 2), of=a)
    s.study(a, n, decidable=True)


STORIES: list[Callable[[Story], None]] = [
    *[plain] * 5, *[bsn_told_later] * 2, *[marriage] * 3, bsn_corrected, *[merged_in_a_chain] * 2, expired_bsn,
    late_message, snapshot_and_old_archive, other_words_for_the_same, names_of_other_types, birth_date_corrected,
    swapped_and_put_right, not_expired_yet, two_authorities, told_again_and_again,
]  # fmt: skip
