"""The stories that clerks tell an EPD: right ones, mistakes that were mended, numbers that went to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adversarial_dutch import surname
from adversarial_histories import EXPIRED, Somebody, Story, bsn, local


def _two(s: Story) -> tuple[Somebody, Somebody, str, str]:
    """Two people and a number for each."""
    a = s.somebody()
    return a, s.somebody(a), next(s.numbers), next(s.numbers)


def _all(s: Story, *people: Somebody, under: tuple[str, ...]) -> None:
    """A study of everybody under every number; nothing is said of what can be decided."""
    for owner in people:
        for number in under:
            s.study(owner, number)


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
    a, b, na, nb = _two(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.update(local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(nb), bsn(b.bsn), of=b)
    s.study(a, na, decidable=True)
    s.study(b, nb, decidable=True)
    _all(s, a, under=(nb,))
    _all(s, b, under=(na,))


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


def number_reused(s: Story) -> None:
    """The number goes to somebody else, whose BSN is told or not."""
    a, b, n, _ = _two(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.neutral(local(n), bsn(a.bsn), of=a)
    known = s.random.random() < 0.5
    ids = (local(n), bsn(b.bsn)) if known else (local(n),)
    s.tell(s.random.choice(("A28", "A08", "A31", "A04")), *ids, of=b)
    if s.random.random() < 0.3:
        s.update(local(n), of=b)
    s.study(b, n, note=f"BSN of B told: {known}")
    s.study(a, n, note=f"BSN of B told: {known}")


def told_without_birth_date(s: Story) -> None:
    """A BSN is told with the number alone, or with half of the person; then the number is somebody else's."""
    a, b, n, _ = _two(s)
    lacks = s.random.choice(({"birth": False}, {"name": False}, {"birth": False, "name": False, "sex": False}))
    s.tell("A28", local(n), bsn(a.bsn), of=a, **lacks)
    s.update(local(n), of=b)
    _all(s, b, a, under=(n,))


def told_in_halves(s: Story) -> None:
    """The number is A's in all parts, the BSN comes with B's birth date or B's name only, which is then taken back."""
    a, b, n, _ = _two(s)
    s.tell("A28", local(n), of=a)
    lacks = s.random.choice(({}, {"birth": False}, {"name": False}))
    s.update(local(n), bsn(b.bsn), of=b, **lacks)
    s.update(local(n), of=a)
    _all(s, a, under=(n,)) if lacks.get("name", True) or a.birth != b.birth else None


def becomes_the_twin_and_back(s: Story) -> None:
    """Jan, Joop, and Jan again; the BSN was told of one of them."""
    a, b, n, _ = _two(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.update(local(n), of=b)
    if s.random.random() < 0.5:
        s.update(local(n), of=a)
    s.study(b, n)


def lists_the_others_number(s: Story) -> None:
    """PID-3 of A once holds B's number too."""
    a, b, na, nb = _two(s)
    order = [
        lambda: s.tell("A28", local(nb), of=b),
        lambda: s.tell("A28", local(na), bsn(a.bsn), of=a),
    ]
    s.random.shuffle(order)
    for step in order if s.random.random() < 0.7 else order[:1]:
        step()
    s.update(local(na), local(nb), bsn(a.bsn), of=a)
    for step in s.random.sample([lambda: s.update(local(na), bsn(a.bsn), of=a), lambda: s.update(local(nb), of=b)], 2):
        step()
    if s.random.random() < 0.3:
        s.part(na, nb)
    _all(s, b, under=(nb, na))
    s.study(a, nb)


def merged_by_mistake(s: Story) -> None:
    """Two people become one number; A37 parts them, and B's own message has no BSN."""
    a, b, na, nb = _two(s)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(nb), of=b)
    s.merge(na, nb)
    if s.random.random() < 0.8:
        s.part(*s.random.sample((na, nb), 2))
    s.update(local(nb), of=b)
    if s.random.random() < 0.5:
        s.update(local(na), bsn(a.bsn), of=a)
    _all(s, b, under=(nb, na))


def merged_and_given_out_again(s: Story) -> None:
    """A number that a merge set free goes to B."""
    a, b, one, two = _two(s)
    s.tell("A28", local(one), bsn(a.bsn), of=a)
    s.tell("A28", local(two), bsn(a.bsn), of=a)
    s.merge(two, one)
    ids = (local(one), bsn(b.bsn)) if s.random.random() < 0.5 else (local(one),)
    s.tell(s.random.choice(("A28", "A08")), *ids, of=b)
    _all(s, b, under=(one, two))
    s.study(a, one)


def expired_number(s: Story) -> None:
    """CX.8 of B's number in A's PID-3 lies in the past."""
    a, b, na, nb = _two(s)
    steps = [
        lambda: s.tell("A28", local(na), local(nb, dates=EXPIRED), bsn(a.bsn), of=a),
        lambda: s.tell("A28", local(nb), of=b),
    ]
    s.random.shuffle(steps)
    for step in steps:
        step()
    s.neutral(local(na), local(nb, dates=EXPIRED), bsn(a.bsn), of=a)
    _all(s, b, under=(nb, na))
    s.study(a, na, decidable=True)


def expired_bsn(s: Story) -> None:
    """B's BSN stood with A until 2010."""
    a, b, na, nb = _two(s)
    both = s.random.random() < 0.5
    s.tell("A28", local(na), bsn(b.bsn, dates=EXPIRED), *((bsn(a.bsn),) if both else ()), of=a)
    if s.random.random() < 0.5:
        s.tell("A28", local(nb), bsn(b.bsn), of=b)
        s.study(b, nb, decidable=True)
    s.study(a, na, decidable=both)


def third_authority(s: Story) -> None:
    """A number of an insurer or a person's number of another kind on two people."""
    a, b, na, nb = _two(s)
    shared = f"77{na}" + s.random.choice(("^^^ZORGPAS", "^^^VEKTIS^", "^^^ZORGPAS^PN", "", "^^^LAB^U"))
    steps = [
        lambda: s.tell("A28", local(na), shared, bsn(a.bsn), of=a),
        lambda: s.tell("A28", local(nb), shared, of=b),
    ]
    s.random.shuffle(steps)
    for step in steps:
        step()
    _all(s, b, under=(nb, na))


def moved_bsn(s: Story) -> None:
    """B's BSN stands with A, then with B too; A's next message has none or an empty one."""
    a, b, na, nb = _two(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.tell("A28", local(nb), bsn(b.bsn), of=b)
    if s.random.random() < 0.5:
        s.update(local(na), s.random.choice((bsn(""), bsn('""'), local(na))), of=a)
    _all(s, a, under=(na, nb))


def deleted_bsn(s: Story) -> None:
    """A wrong BSN is deleted, or replaced by one that is none."""
    a, b, na, _ = _two(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.update(local(na), s.random.choice((bsn('""'), bsn("999999999"), bsn("000000000"))), of=a)
    s.study(a, na)


def late_message(s: Story) -> None:
    """What was told first arrives last, with B's BSN in it."""
    a, b, na, _ = _two(s)
    s.tell("A28", local(na), of=a)
    s.update(local(na), bsn(b.bsn), of=a, late=True)
    s.update(local(na), bsn(a.bsn), of=a)
    s.study(a, na, decidable=True)


def late_person(s: Story) -> None:
    """The message that gave the number to B arrives first, A's last."""
    a, b, n, _ = _two(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a, late=s.random.random() < 0.7)
    s.tell("A28", local(n), of=b)
    _all(s, b, a, under=(n,))


def snapshot_and_old_archive(s: Story) -> None:
    """Today's extract has A's BSN; an archive of messages of years ago has B's."""
    a, b, na, _ = _two(s)
    s.rows.append(_row(na, a))
    s.tell("A28", local(na), bsn(b.bsn), of=a if s.random.random() < 0.5 else b)
    s.study(a, na, decidable=True)
    s.study(b, na)


def snapshot_without_bsn(s: Story) -> None:
    """Today's extract has B without a BSN under a number that was A's in an old archive of messages."""
    a, b, n, _ = _two(s)
    s.rows.append(_row(n, b) | {"bsn": "", "bsn_verified": ""})
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.neutral(local(n), bsn(a.bsn), of=a)
    _all(s, b, under=(n,))


def _row(number: str, who: Somebody) -> dict[str, str]:
    return {
        "patient_id": number, "bsn": who.bsn, "bsn_verified": "J", "birth_date": who.birth.isoformat(),
        "sex": who.sex, "surname": who.surname, "surname_prefix": who.prefix, "given_names": who.given,
    }  # fmt: skip


def deleted_person(s: Story) -> None:
    """A29, and the number is given out again."""
    a, b, n, _ = _two(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.tell("A29", local(n), of=a)
    s.tell("A28", local(n), of=b)
    _all(s, b, under=(n,))


def other_number(s: Story) -> None:
    """A47: A gets another number, and B gets A's."""
    a, b, old, new = _two(s)
    s.tell("A28", local(old), bsn(a.bsn), of=a)
    s.tell("A47", local(new), rest=f"MRG|{local(old)}\r", of=a)
    if s.random.random() < 0.5:
        s.tell("A28", local(old), of=b)
    else:
        s.study(a, new, decidable=True)
    _all(s, b, under=(old, new))


def linked_not_merged(s: Story) -> None:
    """A24 links two people, mother and child for one; it makes no one of them."""
    a, b, na, nb = _two(s)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(nb), of=b)
    s.tell("A24", local(na), rest=f"PV1|1|N\rPID|2||{local(nb)}\rPV1|1|N\r")
    s.neutral(local(nb), of=b)
    _all(s, b, under=(nb, na))


def other_record_open(s: Story) -> None:
    """A clerk fills in B's details with A's number in front of him, and puts A's back without the BSN."""
    a, b, n, nb = _two(s)
    s.tell("A28", local(n), of=a)
    s.update(local(n), bsn(b.bsn), of=b)
    s.update(local(n), of=a)
    if s.random.random() < 0.5:
        s.tell("A28", local(nb), bsn(b.bsn), of=b)
    s.study(a, n)


def other_words_for_the_same(s: Story) -> None:
    """Types and authorities as other EPDs write them."""
    a, n = s.somebody(), next(s.numbers)
    kind = s.random.choice(("MR", "PT", "EPI", "MRN", "PI"))
    known = s.random.choice((f"{a.bsn}^^^nlminbiza^NNNLD", f"{a.bsn}^^^NLMINBIZA&2.16.840.1.113883.2.4.6.3&ISO^NNNLD"))
    s.tell("A28", *s.random.sample((local(n, kind), known), 2), of=a)
    s.study(a, n, decidable=True, note=f"{kind}, {known[9:]}")


def passport(s: Story) -> None:
    """A passport's number under the authority of BSNs, which passes the eleven-test: B's BSN, as it happens."""
    a, b, n, _ = _two(s)
    ids = [local(n), f"{b.bsn}^^^NLMINBIZA^PPN"]
    s.tell("A28", *ids, *((bsn(a.bsn),) if s.random.random() < 0.5 else ()), of=a)
    s.study(a, n)


def two_numbers_of_one(s: Story) -> None:
    """PID-3 lists two numbers of A; one of them is B's later."""
    a, b, one, two = _two(s)
    s.tell("A28", local(one), local(two), bsn(a.bsn), of=a)
    s.neutral(local(one), local(two), bsn(a.bsn), of=a)
    s.tell("A28", local(two), of=b)
    _all(s, b, under=(two, one))


STORIES: list[Callable[[Story], None]] = [
    plain, plain, plain, bsn_told_later, marriage, marriage, bsn_corrected, merged_in_a_chain, number_reused,
    told_without_birth_date, told_in_halves, becomes_the_twin_and_back, lists_the_others_number, merged_by_mistake,
    merged_and_given_out_again, expired_number, expired_bsn, third_authority, moved_bsn, deleted_bsn, late_message,
    late_person, snapshot_and_old_archive, snapshot_without_bsn, deleted_person, other_number, linked_not_merged,
    other_record_open, other_words_for_the_same, passport, two_numbers_of_one, plain,
]  # fmt: skip
