#!/usr/bin/env python3
"""axioms.py [TEST...] - the exact outcomes of each litmus test, from the axioms of RC11.

The judge of the explorer's memory model, and no relative of it: it knows no machine and no
schedule.  It writes down every execution graph of a program (where each read reads from, the order
of each location's stores), keeps those that satisfy the axioms (O. Lahav et al., "Repairing
sequential consistency in C/C++11", PLDI 2017, section 3), and collects what they end in.
Prints for each test: name, graphs, outcomes.

Relations are lists of bit masks: relation[a] has bit b when a comes before b.
"""
import itertools
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import table  # noqa: E402

ACQUIRES = ("acq", "ar", "sc")
RELEASES = ("rel", "ar", "sc")
FAIL_ORDER = {"rel": "rlx", "ar": "acq"}


class Event:
    """A node of the graph.  Of a CAS it is known only from rf whether it writes."""

    def __init__(self, number, thread, op):
        self.number = number
        self.thread = thread             # -1 for the first value of a location
        self.op = op
        self.kind = op[0]
        self.is_fence = self.kind == "fence"
        self.may_read = self.kind in ("load", "add", "swap", "cas")
        self.may_write = self.kind in ("store", "add", "swap", "cas", "first")
        self.location = None if self.is_fence else op[1] if not self.may_read else op[2]
        self.register = op[1] if self.may_read else None
        self.order = op[-1]


def closure(relation):
    relation = list(relation)
    for middle in range(len(relation)):
        bit = 1 << middle
        through = relation[middle]
        for start, ends in enumerate(relation):
            if ends & bit:
                relation[start] = ends | through
    return relation


def compose(first, second):
    out = []
    for middles in first:
        ends = 0
        while middles:
            low = middles & -middles
            ends |= second[low.bit_length() - 1]
            middles ^= low
        out.append(ends)
    return out


def union(*relations):
    out = [0] * len(relations[0])
    for relation in relations:
        out = [a | b for a, b in zip(out, relation)]
    return out


def limit(relation, starts, ends):
    """Only the pairs from the mask `starts` to the mask `ends`."""
    return [row & ends if starts >> at & 1 else 0 for at, row in enumerate(relation)]


def is_cyclic(relation):
    return any(row >> at & 1 for at, row in enumerate(closure(relation)))


def identity(mask, count):
    return [1 << at if mask >> at & 1 else 0 for at in range(count)]


class Judge:
    """All graphs of one program."""

    def __init__(self, program, is_thin_air_forbidden=True):
        self.program = program
        self.is_thin_air_forbidden = is_thin_air_forbidden
        self.events = [Event(at, -1, ("first", location, 0, "rlx"))
                       for at, location in enumerate(program.locations())]
        for thread, ops in enumerate(program.threads):
            for op in ops:
                self.events.append(Event(len(self.events), thread, op))
        self.count = len(self.events)
        self.po = [0] * self.count
        self.dependency = [0] * self.count
        for a, b in itertools.permutations(self.events, 2):
            if b.thread >= 0 and (a.thread < 0 or a.thread == b.thread and a.number < b.number):
                self.po[a.number] |= 1 << b.number
                if a.register is not None and b.kind == "store" and b.op[2] == a.register:
                    self.dependency[a.number] |= 1 << b.number
        self.outcomes = {}
        self.graphs = 0

    def mask(self, test):
        return sum(1 << event.number for event in self.events if test(event))

    def same_location(self):
        return [sum(1 << b.number for b in self.events
                    if a.location is not None and a.location == b.location) for a in self.events]

    def run(self):
        readers = [event for event in self.events if event.may_read]
        sources = [[w for w in self.events
                    if w.may_write and w.location == r.location and w is not r] for r in readers]
        for picks in itertools.product(*sources):
            rf = [0] * self.count
            source = {}
            for reader, writer in zip(readers, picks):
                rf[writer.number] |= 1 << reader.number
                source[reader.number] = writer.number
            base = self.po if self.is_thin_air_forbidden else self.dependency
            if is_cyclic(union(base, rf)):
                continue
            values = self.values(source, union(self.po if self.is_thin_air_forbidden else
                                               self.dependency, rf))
            if values is not None:
                self.with_sources(rf, source, *values)
        return self

    def values(self, source, order):
        """What each event reads and writes; None when somebody reads what is never written."""
        read, written = {}, {}
        done = 0
        before = [sum(1 << a for a in range(self.count) if order[a] >> b & 1)
                  for b in range(self.count)]
        registers = {}
        while done != (1 << self.count) - 1:
            at = next(b for b in range(self.count)
                      if not done >> b & 1 and before[b] & ~done == 0)
            done |= 1 << at
            event = self.events[at]
            if event.may_read:
                if source[at] not in written:
                    return None
                read[at] = registers[event.register] = written[source[at]]
            if event.kind in ("first", "store"):
                value = event.op[2]
                written[at] = registers[value] if isinstance(value, str) else value
            elif event.kind == "add":
                written[at] = read[at] + event.op[3]
            elif event.kind == "swap":
                written[at] = event.op[3]
            elif event.kind == "cas" and read[at] == event.op[3]:
                written[at] = event.op[4]
        return read, written

    def with_sources(self, rf, source, read, written):
        """Every modification order that goes with these reads."""
        by_location = {}
        for at in written:
            if self.events[at].thread >= 0:
                by_location.setdefault(self.events[at].location, []).append(at)
        firsts = {event.location: event.number for event in self.events if event.thread < 0}
        locations = sorted(firsts)
        base = Happens(self, rf, source, written)
        for orders in itertools.product(*(itertools.permutations(by_location.get(location, ()))
                                          for location in locations)):
            lists = {location: [firsts[location], *order]
                     for location, order in zip(locations, orders)}
            if base.allows(lists):
                self.graphs += 1
                self.note(read, written, lists)

    def note(self, read, written, lists):
        words = {self.events[at].register: value for at, value in read.items()}
        parts = [f"{register}={words[register]}" for register in sorted(words)]
        parts += [f"{location}={written[lists[location][-1]]}" for location in self.program.final]
        outcome = " ".join(parts)
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


    def has(self, asks):
        """Whether some outcome has all these words."""
        return any(set(asks.split()) <= set(outcome.split()) for outcome in self.outcomes)


class Happens:
    """What rf alone decides: synchronisation and happens-before."""

    def __init__(self, judge, rf, source, written):
        self.judge = judge
        self.rf = rf
        self.source = source
        count = judge.count
        events = judge.events
        self.order = [FAIL_ORDER.get(event.order, event.order)
                      if event.kind == "cas" and event.number not in written else event.order
                      for event in events]
        self.rmw = [at for at in source if at in written]
        self.same = judge.same_location()
        po = judge.po
        writes = sum(1 << at for at in written)
        reads = sum(1 << at for at in source)
        fences = judge.mask(lambda event: event.is_fence)
        releases = sum(1 << at for at in range(count) if self.order[at] in RELEASES)
        acquires = sum(1 << at for at in range(count) if self.order[at] in ACQUIRES)
        rmws = sum(1 << at for at in self.rmw)
        everything = (1 << count) - 1
        # release sequences: the store, later stores of its thread there, RMWs reading from those
        local = [po[at] & self.same[at] & writes | 1 << at if writes >> at & 1 else 0
                 for at in range(count)]
        chain = closure(limit(rf, everything, rmws))
        sequence = union(local, compose(local, chain))
        into = union(identity(releases & writes, count),
                     compose(identity(releases & fences, count), limit(po, everything, writes)))
        out = union(identity(acquires & reads, count),
                    compose(identity(reads, count), limit(po, everything, acquires & fences)))
        self.hb = closure(union(po, compose(compose(into, compose(sequence, rf)), out)))
        self.sc = [at for at in range(count) if self.order[at] == "sc"]
        self.sc_accesses = sum(1 << at for at in self.sc if not events[at].is_fence)
        self.sc_fences = sum(1 << at for at in self.sc if events[at].is_fence)

    def allows(self, lists):
        """The axioms on mo: coherence, atomicity, psc."""
        count = self.judge.count
        mo = [0] * count
        for order in lists.values():
            later = 0
            for at in reversed(order):
                mo[at] = later
                later |= 1 << at
        rb = [0] * count
        for reader, writer in self.source.items():
            rb[reader] = mo[writer] & ~(1 << reader)
        eco = closure(union(self.rf, mo, rb))
        if any(self.hb[at] >> at & 1 for at in range(count)):
            return False
        if any(row >> at & 1 for at, row in enumerate(compose(self.hb, eco))):
            return False
        for at in self.rmw:
            order = lists[self.judge.events[at].location]
            if order.index(at) != order.index(self.source[at]) + 1:
                return False
        return not self.sc or not is_cyclic(self.psc(mo, rb, eco))

    def psc(self, mo, rb, eco):
        count = self.judge.count
        hb, po, same = self.hb, self.judge.po, self.same
        elsewhere = [row & ~same[at] for at, row in enumerate(po)]
        here = [row & same[at] for at, row in enumerate(hb)]
        scb = union(po, compose(compose(elsewhere, hb), elsewhere), here, mo, rb)
        accesses = identity(self.sc_accesses, count)
        fences = identity(self.sc_fences, count)
        hb_or_same = union(hb, identity((1 << count) - 1, count))
        left = union(accesses, compose(fences, hb_or_same))
        right = union(accesses, compose(hb_or_same, fences))
        base = compose(compose(left, scb), right)
        between = compose(compose(fences, union(hb, compose(compose(hb, eco), hb))), fences)
        return union(base, between)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    for program in table.read(os.path.join(here, "tests.txt")):
        if sys.argv[1:] and program.test not in sys.argv[1:]:
            continue
        judge = Judge(program).run()
        print(f"{program.name()}: {judge.graphs} graphs, {len(judge.outcomes)} outcomes")
        if judge.has(program.asks) != program.verdict:
            print(f"    NOT as in the literature: {program.asks}")
        if sys.argv[1:]:
            for outcome in sorted(judge.outcomes):
                print(f"    {outcome}")


if __name__ == "__main__":
    main()
