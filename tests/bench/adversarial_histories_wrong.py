"""Stories of mistakes that left a trace: numbers and BSNs that were somebody else's for a while, or are now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.bench.adversarial_histories import EXPIRED, Story, bsn, local
from tests.bench.adversarial_histories_told import everybody, row, two_people


def number_reused(s: Story) -> None:
    """The number goes to somebody else, whose BSN is told or not."""
    a, b, n, _ = two_people(s)
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
    a, b, n, _ = two_people(s)
    lacks = s.random.choice(({"birth": False}, {"name": False}, {"birth": False, "name": False, "sex": False}))
    s.tell("A28", local(n), bsn(a.bsn), of=a, **lacks)
    s.update(local(n), of=b)
    everybody(s, b, a, under=(n,))


def told_in_halves(s: Story) -> None:
    """The number is A's in all parts, the BSN comes with B's birth date or B's name only, which is then taken back."""
    a, b, n, _ = two_people(s)
    s.tell("A28", local(n), of=a)
    lacks = s.random.choice(({}, {"birth": False}, {"name": False}))
    s.update(local(n), bsn(b.bsn), of=b, **lacks)
    s.update(local(n), of=a)
    everybody(s, a, under=(n,)) if lacks.get("name", True) or a.birth != b.birth else None


def becomes_the_twin_and_back(s: Story) -> None:
    """Jan, Joop, and Jan again; the BSN was told of one of them."""
    a, b, n, _ = two_people(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.update(local(n), of=b)
    if s.random.random() < 0.5:
        s.update(local(n), of=a)
    s.study(b, n)


def lists_the_others_number(s: Story) -> None:
    """PID-3 of A once holds B's number too."""
    a, b, na, nb = two_people(s)
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
    everybody(s, b, under=(nb, na), all_live=True)
    s.study(a, nb)


def merged_by_mistake(s: Story) -> None:
    """Two people become one number; A37 parts them, and B's own message has no BSN."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(nb), of=b)
    s.merge(na, nb)
    if s.random.random() < 0.8:
        s.part(*s.random.sample((na, nb), 2))
    s.update(local(nb), of=b)
    if s.random.random() < 0.5:
        s.update(local(na), bsn(a.bsn), of=a)
    everybody(s, b, under=(nb, na))


def merged_and_given_out_again(s: Story) -> None:
    """A number that a merge set free goes to B."""
    a, b, one, two = two_people(s)
    s.tell("A28", local(one), bsn(a.bsn), of=a)
    s.tell("A28", local(two), bsn(a.bsn), of=a)
    s.merge(two, one)
    ids = (local(one), bsn(b.bsn)) if s.random.random() < 0.5 else (local(one),)
    s.tell(s.random.choice(("A28", "A08")), *ids, of=b)
    everybody(s, b, under=(one, two))
    s.study(a, one)


def expired_number(s: Story) -> None:
    """CX.8 of B's number in A's PID-3 lies in the past."""
    a, b, na, nb = two_people(s)
    steps = [
        lambda: s.tell("A28", local(na), local(nb, dates=EXPIRED), bsn(a.bsn), of=a),
        lambda: s.tell("A28", local(nb), of=b),
    ]
    s.random.shuffle(steps)
    for step in steps:
        step()
    s.neutral(local(na), local(nb, dates=EXPIRED), bsn(a.bsn), of=a)
    everybody(s, b, under=(nb, na))
    s.study(a, na, decidable=True)


def third_authority(s: Story) -> None:
    """A number of an insurer or a person's number of another kind on two people."""
    a, b, na, nb = two_people(s)
    shared = f"77{na}" + s.random.choice(("^^^ZORGPAS", "^^^VEKTIS^", "^^^ZORGPAS^PN", "", "^^^LAB^U"))
    steps = [
        lambda: s.tell("A28", local(na), shared, bsn(a.bsn), of=a),
        lambda: s.tell("A28", local(nb), shared, of=b),
    ]
    s.random.shuffle(steps)
    for step in steps:
        step()
    everybody(s, b, under=(nb, na), all_live=True)


def moved_bsn(s: Story) -> None:
    """B's BSN stands with A, then with B too; A's next message has none or an empty one."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.tell("A28", local(nb), bsn(b.bsn), of=b)
    if s.random.random() < 0.5:
        s.update(local(na), s.random.choice((bsn(""), bsn('""'), local(na))), of=a)
    everybody(s, a, under=(na, nb), all_live=True)


def deleted_bsn(s: Story) -> None:
    """A wrong BSN is deleted, or replaced by one that is none."""
    a, b, na, _ = two_people(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.update(local(na), s.random.choice((bsn('""'), bsn("999999999"), bsn("000000000"))), of=a)
    s.study(a, na)


def late_person(s: Story) -> None:
    """The message that gave the number to B arrives first, A's last."""
    a, b, n, _ = two_people(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a, late=s.random.random() < 0.7)
    s.tell("A28", local(n), of=b)
    everybody(s, b, a, under=(n,))


def snapshot_without_bsn(s: Story) -> None:
    """Today's extract has B without a BSN under a number that was A's in an old archive of messages."""
    a, b, n, _ = two_people(s)
    s.rows.append(row(n, b) | {"bsn": "", "bsn_verified": ""})
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.neutral(local(n), bsn(a.bsn), of=a)
    everybody(s, b, under=(n,))


def deleted_person(s: Story) -> None:
    """A29, and the number is given out again."""
    a, b, n, _ = two_people(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.tell("A29", local(n), of=a)
    s.tell("A28", local(n), of=b)
    everybody(s, b, under=(n,))


def other_number(s: Story) -> None:
    """A47: A gets another number, and B gets A's."""
    a, b, old, new = two_people(s)
    s.tell("A28", local(old), bsn(a.bsn), of=a)
    s.tell("A47", local(new), rest=f"MRG|{local(old)}\r", of=a)
    if s.random.random() < 0.5:
        s.tell("A28", local(old), of=b)
    else:
        s.study(a, new, decidable=True)
    everybody(s, b, under=(old, new))


def linked_not_merged(s: Story) -> None:
    """A24 links two people, mother and child for one; it makes no one of them."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(nb), of=b)
    s.tell("A24", local(na), rest=f"PV1|1|N\rPID|2||{local(nb)}\rPV1|1|N\r")
    s.neutral(local(nb), of=b)
    everybody(s, b, under=(nb, na), all_live=True)


def other_record_open(s: Story) -> None:
    """A clerk fills in B's details with A's number in front of him, and puts A's back without the BSN."""
    a, b, n, nb = two_people(s)
    s.tell("A28", local(n), of=a)
    s.update(local(n), bsn(b.bsn), of=b)
    s.update(local(n), of=a)
    if s.random.random() < 0.5:
        s.tell("A28", local(nb), bsn(b.bsn), of=b)
    s.study(a, n)


def passport(s: Story) -> None:
    """A passport's number under the authority of BSNs, which passes the eleven-test: B's BSN, as it happens."""
    a, b, n, _ = two_people(s)
    ids = [local(n), f"{b.bsn}^^^NLMINBIZA^PPN"]
    s.tell("A28", *ids, *((bsn(a.bsn),) if s.random.random() < 0.5 else ()), of=a)
    s.study(a, n)


def two_numbers_of_one(s: Story) -> None:
    """PID-3 lists two numbers of A; one of them is B's later."""
    a, b, one, two = two_people(s)
    s.tell("A28", local(one), local(two), bsn(a.bsn), of=a)
    s.neutral(local(one), local(two), bsn(a.bsn), of=a)
    s.tell("A28", local(two), of=b)
    everybody(s, b, under=(two, one), all_live=True)


def late_merge(s: Story) -> None:
    """The merge that set a number free arrives last; the number is B's by then."""
    a, b, one, two = two_people(s)
    s.tell("A28", local(one), bsn(a.bsn), of=a)
    s.tell("A28", local(two), bsn(a.bsn), of=a)
    s.merge(two, one, late=True)
    s.tell("A28", local(one), of=b)
    everybody(s, b, under=(one, two), all_live=True)


def merged_after_it_was_given_out(s: Story) -> None:
    """A's number went to B without a BSN, and disappears into B's other one."""
    a, b, one, two = two_people(s)
    s.tell("A28", local(one), bsn(a.bsn), of=a)
    s.update(local(one), of=b)
    s.tell("A28", local(two), of=b)
    s.merge(*s.random.sample((one, two), 2))
    everybody(s, b, under=(one, two))


def merge_brings_anothers_bsn(s: Story) -> None:
    """B's record disappears into A's by mistake. A's has no BSN of its own."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), of=a)
    s.tell("A28", local(nb), bsn(b.bsn), of=b)
    s.merge(na, nb)
    if s.random.random() < 0.5:
        s.update(local(na), of=a)
    everybody(s, a, under=(na, nb))


def told_twice_at_once(s: Story) -> None:
    """Two messages of one moment with two BSNs."""
    a, b, n, _ = two_people(s)
    told = [b.bsn, a.bsn]
    s.random.shuffle(told)
    s.tell("A28", local(n), of=a)
    s.tell("A08", local(n), bsn(told[0]), of=a)
    s.tell("A08", local(n), bsn(told[1]), of=a, at_once=True)
    everybody(s, a, b, under=(n,)) if told[0] == a.bsn else s.study(b, n)


def put_right_with_one_only(s: Story) -> None:
    """Two BSNs stood with each other's owner; only A's was told again."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), bsn(b.bsn), of=a)
    s.tell("A28", local(nb), bsn(a.bsn), of=b)
    s.update(local(na), bsn(a.bsn), of=a)
    everybody(s, b, a, under=(nb,), all_live=True)
    s.study(b, na)


def wiped_then_another(s: Story) -> None:
    """Name or birth date are deleted, then the number is somebody else's."""
    a, b, n, _ = two_people(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    s.tell("A08", local(n), of=a, fields_besides=s.random.choice(({5: '""'}, {7: '""'}, {5: '""', 7: '""', 8: '""'})))
    s.update(local(n), of=b)
    if s.random.random() < 0.3:
        s.update(local(n), of=b)
    everybody(s, b, under=(n,))


def other_fields_for_numbers(s: Story) -> None:
    """B's number stands in PID-2, PID-4 or PID-18 of A's message."""
    a, b, na, nb = two_people(s)
    steps = [
        lambda: s.tell("A28", local(na), bsn(a.bsn), of=a, fields_besides={s.random.choice((2, 4)): local(nb)}),
        lambda: s.tell("A28", local(nb), of=b),
    ]
    s.random.shuffle(steps)
    for step in steps:
        step()
    everybody(s, b, under=(na, nb), all_live=True)


def moved_number(s: Story) -> None:
    """A43: B's number turns out to be A's, or the other way round."""
    a, b, na, nb = two_people(s)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(nb), of=b)
    s.tell("A43", local(na), rest=f"MRG|{local(nb)}\r", of=a)
    s.update(local(nb), of=b)
    everybody(s, b, under=(nb,), all_live=True)


def half_of_the_person_changes(s: Story) -> None:
    """The name becomes B's in one message and the birth date in the next; the BSN is told in neither."""
    a, b, n, _ = two_people(s)
    s.tell("A28", local(n), bsn(a.bsn), of=a)
    halves = [{"birth": False}, {"name": False}]
    s.random.shuffle(halves)
    for lacks in halves:
        s.update(local(n), of=b, **lacks)
    everybody(s, b, under=(n,))


def bsn_alone_in_between(s: Story) -> None:
    """The number is B's already when a message with A's BSN and nothing else comes."""
    a, b, n, na = two_people(s)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    s.tell("A28", local(n), of=b)
    s.tell("A08", local(n), bsn(a.bsn))
    everybody(s, b, under=(n,), all_live=True)


def namesake_by_another_name(s: Story) -> None:
    """B is known by another surname, and by A's at birth, before marriage, for display or by adoption."""
    a, na, nb = s.somebody(), next(s.numbers), next(s.numbers)
    b = replace(s.somebody(), birth=a.birth, sex=a.sex, given=s.namesake(a).given)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    alias = f"{replace(a, given=b.given).xpn[:-1]}{s.random.choice('BMDC')}"
    names = [b.xpn, alias]
    s.random.shuffle(names)
    s.tell("A28", local(nb), bsn(b.bsn), of=b, fields_besides={5: "~".join(names)})
    s.study(replace(a, given=b.given, bsn=b.bsn), na, short=True)


def namesake_half_known(s: Story) -> None:
    """The EPD has no birth date, no sex or neither of B."""
    a, na, nb = s.somebody(), next(s.numbers), next(s.numbers)
    b = s.namesake(a)
    s.tell("A28", local(na), bsn(a.bsn), of=a)
    known = {"birth": s.random.random() < 0.5, "sex": s.random.random() < 0.5}
    s.tell("A28", local(nb), *((bsn(b.bsn),) if s.random.random() < 0.5 else ()), of=b, **known)
    s.study(b, na, short=True)


STORIES: list[Callable[[Story], None]] = [
    number_reused, told_without_birth_date, told_in_halves, becomes_the_twin_and_back, lists_the_others_number,
    merged_by_mistake, merged_and_given_out_again, expired_number, third_authority, moved_bsn, deleted_bsn, late_person,
    snapshot_without_bsn, deleted_person, other_number, linked_not_merged, other_record_open, passport,
    two_numbers_of_one, late_merge, merged_after_it_was_given_out, merge_brings_anothers_bsn, told_twice_at_once,
    put_right_with_one_only, wiped_then_another, other_fields_for_numbers, moved_number, half_of_the_person_changes,
    bsn_alone_in_between, namesake_by_another_name, namesake_half_known,
]  # fmt: skip
