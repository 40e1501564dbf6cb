"""How many workers the archive is given at this moment: more while more gives more, fewer when it suffers. Pure.

Told of every exchange and answers a number between one and the ceiling; reads no clock, knows no archive and no thread.
What moved is weighed by what an object of its kind and size took at first, so that large objects are no slow archive.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum, auto
from math import ceil, inf

from remediate.night import pace_words as words
from remediate.night.pace_words import PaceWhy
from remediate.texts.language import Sentence

FIRST = 4
"""Workers at the beginning, where nothing is known of the archive: as many as its smallest pool of threads."""
LOOK_SECONDS, LOOK_OBJECTS, LOOK_LONGEST = 2.0, 20, 20.0
"""A look at what a number gives: so long and so many objects a worker at least, and after so long one a worker."""
CLIMB_SECONDS, CLIMB_OBJECTS = 0.75, 8
"""The same while the number doubles: what that gives is plain, and what it spoils is left as soon. Where it is not
plain the look goes on, twice as long."""
SETTLING_SECONDS, CLIMB_SETTLING = 0.5, 0.25
"""After a change what moves is not counted: it was asked for before."""
MORE_IS_WORTH, FEWER_MAY_COST = 0.08, 0.03
"""A share of what another worker would give if nothing held it back; of the whole, what fewer may lose."""
LEAST_GAIN, UNCLEAR = 0.04, 0.15
"""What looks like less than this is chance; in a short look, what is no further than this from what decides."""
SLOWER, MUCH_SLOWER, LESS, WELL_AGAIN = 2.0, 3.0, 0.7, 1.4
"""Times that an object takes what it took, with a share of the throughput, or alone, from which on the archive suffers;
and times at which it no longer does."""
ECHO_SLOWER, ECHO_SECONDS = 4.0, 0.1
"""Times, and seconds besides, that a C-ECHO takes longer, twice in a row, from which on the archive is busy."""
PROBE_SECONDS, PROBE_LONGEST = 10.0, 300.0
"""Between two tries of another number, longer each time that nothing is gained."""
GROWN_USED_SECONDS, GROWN_USED = 60.0, 1.1
"""An archive that stays slow is what it is now: after so long, so much more is taken for its own."""
AWAY_AFTER, AWAY_SECONDS = 3, 5.0
"""Refusals in a row, for so long at least, from which on the archive is only asked now and then."""
ASK_SECONDS, ASK_LONGEST = 5.0, 300.0
"""Until it is asked again, twice as long each time."""
COOLING_SECONDS = 3.0
"""Between two halvings for what was refused: the others had asked before."""
REFUSED_SECONDS = 600.0
"""As many as were refused are not tried again so long."""

Kind = tuple[str, int]
"""What moved which way, and how many bits its length has."""


class _Mode(Enum):
    CLIMBING = auto()  # twice as many, while that gives more
    STEADY = auto()
    TRYING = auto()  # some more or some fewer
    YIELDING = auto()  # the archive suffers


@dataclass(slots=True)
class _Look:
    """What was seen since a moment with one number of workers."""

    begun: float
    busy: float = 0.0  # seconds of workers
    objects: int = 0
    took: dict[Kind, list[float]] = field(default_factory=lambda: defaultdict(list))  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a look found: work a second, and times that an object takes what it took at first."""

    speed: float
    times: float


class Pace:
    """Of one batch. Every method takes the moment, in seconds of a clock that nobody sets."""

    def __init__(self, ceiling: int, at: float, *, first: int = FIRST, fixed: bool = False) -> None:
        """`first` is the number to begin with, such as an earlier batch found; a `fixed` pace stays at the ceiling."""
        self.ceiling = max(ceiling, 1)
        self.allowed = self.ceiling if fixed else max(min(first, self.ceiling), 1)
        self._fixed = fixed
        self._why = words.fixed(self.ceiling) if fixed else words.beginning(self.allowed)
        self._mode = _Mode.CLIMBING
        self._base = self.allowed  # the number that is known to be good
        self._speeds: dict[int, float] = {}  # by number, since it began to climb
        self._times: dict[int, float] = {}  # by number, while the archive was well
        self._usual: dict[Kind, float] = {}  # seconds of one object
        self._busy, self._counted_at = 0, at
        self._look = _Look(at + CLIMB_SETTLING)
        self._try_at, self._try_after, self._upwards = at, PROBE_SECONDS, True
        self._by_halves = False  # downwards, where more than the first number gave nothing
        self._is_unclear = False  # what a short look saw
        self._climbed_from = self.allowed
        self._used_at = at
        self._most, self._most_until = self.ceiling, at  # as many were not refused
        self._echoes: dict[int, float] = {}  # usual seconds, by number
        self._slow_echoes = 0  # in a row
        self._halved_at = at - COOLING_SECONDS
        self._refusals, self._refused_since = 0, at  # in a row
        self._ask_at: float | None = None
        self._ask_after = ASK_SECONDS
        self._told = Sentence("", "")

    # What it is told.

    def limit(self, ceiling: int, at: float) -> None:
        """Another ceiling from now on."""
        if ceiling == self.ceiling:
            return
        grows, self.ceiling = ceiling > self.ceiling, max(ceiling, 1)
        self._most = self.ceiling
        if self._fixed:
            self.allowed, self._why = self.ceiling, words.fixed(self.ceiling)
        elif self.allowed > self.ceiling:
            self._settle(self.ceiling, at, words.at_ceiling(self.ceiling))
        elif grows:
            self._try_at, self._try_after, self._upwards = at, PROBE_SECONDS, True

    def busy(self, number: int, at: float) -> None:
        """So many workers are at work from now on; those that wait for something else are not."""
        self._count(at)
        self._busy = number

    def moved(self, what: str, nbytes: int, seconds: float, at: float) -> None:
        """One object came or went, in so many seconds."""
        self._well(at)
        if at - seconds / 2 >= self._look.begun:
            self._look.objects += 1
            self._look.took[what, nbytes.bit_length()].append(seconds)
        self.look(at)

    def echoed(self, seconds: float, at: float) -> None:
        """A C-ECHO over an association of its own was answered."""
        self._well(at)
        usual = self._echoes.setdefault(self.allowed, seconds)
        if seconds <= max(ECHO_SLOWER * usual, usual + ECHO_SECONDS):
            self._slow_echoes = 0
            if self._mode is not _Mode.YIELDING:
                self._echoes[self.allowed] += 0.3 * (seconds - usual)
            return
        self._slow_echoes += 1
        if self._slow_echoes == 2 and not self._fixed:
            self._yield(at, words.slow_echo(seconds / usual))

    def refused(self, told: Sentence, at: float) -> None:
        """The archive let nobody in, broke off, had no room or did not answer in time."""
        self._told = told
        if self._ask_at is not None:
            if at >= self._ask_at:
                self._ask_after = min(2 * self._ask_after, ASK_LONGEST)
                self._ask_at = at + self._ask_after
            return
        self._refusals += 1
        if self._refusals == 1:
            self._refused_since = at
        if self._refusals >= AWAY_AFTER and at - self._refused_since >= AWAY_SECONDS:
            self._ask_after = ASK_SECONDS
            self._ask_at = at + self._ask_after
            self._most, self._most_until = self.ceiling, at  # it takes nobody: that tells nothing of how many it takes
            return
        if not self._fixed and at - self._halved_at >= COOLING_SECONDS:
            self._halved_at = at
            if self.allowed > 1:
                self._most, self._most_until = self.allowed - 1, at + REFUSED_SECONDS
            elif self._busy <= 1:  # one alone is refused as well: that tells nothing of how many it takes
                self._most_until = at
            self._yield(at, words.refused(told))

    # What it answers.

    def admits(self, busy: int, at: float) -> bool:
        """Whether one more may work while so many do."""
        if self._ask_at is not None:
            return busy == 0 and at >= self._ask_at
        return busy < self.allowed

    @property
    def is_away(self) -> bool:
        """Whether the archive refuses everything, and is only asked now and then."""
        return self._ask_at is not None

    @property
    def settled(self) -> int | None:
        """The number that is known to be good; None where it was set, which tells nothing."""
        return None if self._fixed else self._base

    @property
    def reason(self) -> PaceWhy:
        """Of the present number."""
        return words.away(self._told) if self.is_away else self._why

    def look(self, at: float) -> None:
        """Judge the present number, when enough was seen of it."""
        self._count(at)
        if self._fixed or not self._is_enough(at):
            return
        if self._most < self.ceiling and at >= self._most_until:
            self._most = self.ceiling
            self._try_at, self._try_after, self._upwards = at, PROBE_SECONDS, True
        look, seconds = self._look, at - self._look.begun
        seen, at_work = self._weigh(look, seconds), look.busy / seconds
        is_held = at_work < self.allowed - max(0.3, 0.15 * self.allowed)
        if self._mode is not _Mode.YIELDING and self._suffers(seen, is_held=is_held):
            self._yield(at, words.slower(seen.times / self._times[self.allowed]))
            return
        if not is_held and self._is_to_be_seen_longer(seen):
            return
        self._look, self._is_unclear = _Look(at), False
        if self._mode is _Mode.YIELDING:
            self._while_yielding(seen, at)
        elif is_held:  # by something else, which tells nothing of another number, unless so few gave more already
            self._remember(seen.times)
            if self._mode is _Mode.CLIMBING and at_work > 1.2 * self._base and self._gain(seen) > self._worth(at_work):
                number = min(ceil(at_work), self.allowed)  # nothing was seen of more
                self._speeds[number] = seen.speed
                self._go_on(at, number)
        elif self._mode is _Mode.STEADY:
            self._while_steady(seen, at)
        else:
            self._judge(seen, at)

    # How it is judged.

    def _count(self, at: float) -> None:
        if at > self._counted_at:
            self._look.busy += self._busy * max(at - max(self._counted_at, self._look.begun), 0.0)
            self._counted_at = at

    def _is_enough(self, at: float) -> bool:
        seconds, objects = at - self._look.begun, self._look.objects
        if seconds >= LOOK_LONGEST:
            return objects >= self.allowed
        least, each, patience = LOOK_SECONDS, LOOK_OBJECTS, 1
        if self._mode is _Mode.CLIMBING or (self._mode is _Mode.TRYING and not self._is_unclear):
            least, each = CLIMB_SECONDS, CLIMB_OBJECTS * (2 if self.allowed == self._base else 1)
        if self._is_unclear:
            patience = 2
        return seconds >= patience * least and objects >= patience * each * self.allowed

    def _is_to_be_seen_longer(self, seen: _Seen) -> bool:
        """Whether a short look tells nothing plain: of twice as many, that they give much more or nothing more; of a
        few more or fewer, that they give much less."""
        if self._is_unclear or self._base not in self._speeds or self.allowed == self._base:
            return False
        if self._mode is _Mode.TRYING:
            self._is_unclear = self._gain(seen) > -UNCLEAR
        elif self._mode is _Mode.CLIMBING:
            self._is_unclear = abs(self._gain(seen) - self._worth(self.allowed)) < UNCLEAR
        return self._is_unclear

    def _weigh(self, look: _Look, seconds: float) -> _Seen:
        """By the kinds that are known; new ones are taken to suffer as the others do."""
        known = [kind for kind in look.took if kind in self._usual]
        expected = sum(self._usual[kind] * len(look.took[kind]) for kind in known)
        times = sum(sum(look.took[kind]) for kind in known) / expected if expected else 1.0
        for kind in look.took.keys() - set(known):
            took = look.took[kind]
            self._usual[kind] = max(sum(took) / len(took) / times, 1e-6)
            expected += self._usual[kind] * len(took)
        return _Seen(speed=expected / seconds, times=max(times, 1e-6))

    def _suffers(self, seen: _Seen, *, is_held: bool) -> bool:
        """Slower than with this very number: what our own work adds is in both."""
        usual, speed = self._times.get(self.allowed), self._speeds.get(self.allowed, 0.0)
        if usual is None:
            return False
        gives_less = not is_held and seen.speed < LESS * speed
        return seen.times > MUCH_SLOWER * usual or (seen.times > SLOWER * usual and gives_less)

    def _usual_times(self) -> float:
        """With this number, or the nearest below, while the archive was well."""
        below = [number for number in self._times if number <= self.allowed]
        return self._times[max(below)] if below else min(self._times.values(), default=1.0)

    def _remember(self, times: float) -> None:
        """Quickly what is better, slowly what is worse."""
        usual = self._times.setdefault(self.allowed, times)
        self._times[self.allowed] += (times - usual) * (0.03 if times > usual else 0.3)

    def _while_yielding(self, seen: _Seen, at: float) -> None:
        times = seen.times / self._usual_times()
        if times > WELL_AGAIN:
            self._why = words.slower(times)
        if times < WELL_AGAIN and not self._slow_echoes:
            self._climb(seen, at)
        elif times > SLOWER and self.allowed > 1:
            self._yield(at, words.slower(times))
        elif at - self._used_at >= GROWN_USED_SECONDS:
            self._used_at = at
            for known in (self._times, self._echoes):
                known.update({number: GROWN_USED * each for number, each in known.items()})

    def _while_steady(self, seen: _Seen, at: float) -> None:
        self._remember(seen.times)
        before = self._speeds.setdefault(self._base, seen.speed)
        self._speeds[self._base] += 0.4 * (seen.speed - before)
        if at < self._try_at:
            return
        if self._next() == self._base:
            self._upwards = not self._upwards
        if self._next() != self._base:
            self._try(self._next(), at, _Mode.TRYING)

    def _next(self) -> int:
        """A quarter more or fewer, at least one; half as many where nobody knows yet how few do."""
        step = max(1, round(self._base / (2 if self._by_halves else 4)))
        return min(self._base + step, self._highest) if self._upwards else max(self._base - step, 1)

    @property
    def _highest(self) -> int:
        return max(min(self.ceiling, self._most), self._base)

    def _judge(self, seen: _Seen, at: float) -> None:
        """Another number than the one that is known to be good."""
        number = self.allowed
        least = self._worth(number) if number > self._base else -FEWER_MAY_COST
        is_first, gain = number == self._base, self._gain(seen)
        self._remember(seen.times)
        self._speeds[number] = seen.speed
        if is_first or gain >= least:
            self._go_on(at, number)
        else:
            self._go_back(at, number)

    def _gain(self, seen: _Seen) -> float:
        """Over the number that is known to be good; without end where nothing was seen of that."""
        before = self._speeds.get(self._base)
        return seen.speed / before - 1 if before else inf

    def _worth(self, number: float) -> float:
        """What so many more must give."""
        return max(LEAST_GAIN, MORE_IS_WORTH * (number / self._base - 1))

    def _go_on(self, at: float, number: int) -> None:
        """This number is good; a next one may be better."""
        before, self._base = self._base, number
        if self._mode is _Mode.CLIMBING and number < self._highest:
            self._try(min(2 * number, self._highest), at, _Mode.CLIMBING)
            return
        if self._mode is _Mode.CLIMBING:  # by short looks, in which who has just begun does what is quick: look again
            self._upwards, self._by_halves = False, True
        why = words.fewer_do(number, before) if number < before else words.gives_more(number)
        self._settle(number, at, words.at_ceiling(number) if number == self.ceiling else why)
        self._try_at = at + LOOK_SECONDS

    def _go_back(self, at: float, number: int) -> None:
        """That number gave nothing more, or cost something."""
        base, was_climbing = self._base, self._mode is _Mode.CLIMBING
        why = words.no_more(base, number) if number > base else words.needed(base, number)
        self._settle(base, at, words.at_ceiling(base) if base == self.ceiling else why)
        if was_climbing:
            self._by_halves = base == self._climbed_from > 1
            self._upwards = number - base > 1 and not self._by_halves
            self._try_at = at + LOOK_SECONDS
            return
        self._upwards, self._by_halves = not self._upwards, False
        self._try_at = at + self._try_after
        self._try_after = min(1.5 * self._try_after, PROBE_LONGEST)

    # How the number changes.

    def _settle(self, number: int, at: float, why: PaceWhy) -> None:
        self._mode, self._base, self._why = _Mode.STEADY, number, why
        self._change(number, at)

    def _try(self, number: int, at: float, mode: _Mode) -> None:
        self._mode, self._why = mode, words.trying(number, self._base)
        self._change(number, at)

    def _climb(self, seen: _Seen, at: float) -> None:
        """The archive is well again: by doubling, but with care where it had refused."""
        self._base, self._speeds, self._climbed_from = self.allowed, {self.allowed: seen.speed}, 0
        self._try_after, self._try_at, self._upwards = PROBE_SECONDS, at, True
        if at < self._most_until:
            self._settle(self._base, at, self._why)
        elif self._base < self._highest:
            self._try(min(2 * self._base, self._highest), at, _Mode.CLIMBING)
        else:
            self._settle(self._base, at, words.at_ceiling(self._base))

    def _yield(self, at: float, why: PaceWhy) -> None:
        """Half as many."""
        if self._mode is not _Mode.YIELDING:
            self._used_at = at
        self._mode, self._why = _Mode.YIELDING, why
        self._change(max(self.allowed // 2, 1), at)
        self._base = self.allowed

    def _change(self, number: int, at: float) -> None:
        self._count(at)
        self.allowed, self._is_unclear = number, False
        self._look = _Look(at + (CLIMB_SETTLING if self._mode is _Mode.CLIMBING else SETTLING_SECONDS))

    def _well(self, at: float) -> None:
        """Something was answered."""
        self._refusals = 0
        if self._ask_at is not None:
            self._ask_at = None
            self._why = words.answers_again(self.allowed)
            self._look = _Look(at)
