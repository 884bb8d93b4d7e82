"""table.py - reads tests.txt, and makes random programs of the same kind.

A program is a list of threads, a thread a list of operations, an operation a tuple:

    ("store", location, value, order)            value: a number or a register's name
    ("load", register, location, order)
    ("add" | "swap", register, location, number, order)
    ("cas", register, location, expected, desired, order)
    ("fence", order)
"""
import random
import re

ORDERS = ("rlx", "acq", "rel", "ar", "sc")
LOAD_ORDERS = ("rlx", "acq", "sc")
STORE_ORDERS = ("rlx", "rel", "sc")
FENCE_ORDERS = ("acq", "rel", "ar", "sc")

RMW = re.compile(r"([a-n])=(add|swap|cas)\(([p-z]),([\d,]+)\) (\S+)$")
LOAD = re.compile(r"([a-n])=([p-z]) (\S+)$")
STORE = re.compile(r"([p-z])=(\d+|[a-n]) (\S+)$")


class Program:
    """One test at one assignment of orders."""

    def __init__(self, test, row, threads, final, asks, verdict):
        self.test = test
        self.row = row
        self.threads = threads
        self.final = final          # locations whose last value is part of the outcome
        self.asks = asks            # the outcome that the test is about, or None
        self.verdict = verdict      # whether the literature allows it, or None

    def name(self):
        return f"{self.test}:{self.row}"

    def registers(self):
        return sorted(op[1] for ops in self.threads for op in ops
                      if op[0] not in ("store", "fence"))

    def locations(self):
        found = set(self.final)
        for ops in self.threads:
            for op in ops:
                if op[0] == "store":
                    found.add(op[1])
                elif op[0] != "fence":
                    found.add(op[2])
        return sorted(found)

    def lines(self):
        """The program as the model reads it: one word after another, nothing left to fill in."""
        out = [f"program {self.name()}"]
        for ops in self.threads:
            out.append("thread")
            out += [" ".join(str(word) for word in op) for op in ops]
        out.append(" ".join(["final"] + self.final))
        return out + ["end"]


def order_of(word, row):
    order = row.get(word, word)
    if order not in ORDERS:
        raise ValueError(f"no order {word}")
    return order


def operation(text, row):
    """An operation of tests.txt with its order filled in; None for a fence that is left out."""
    words = text.split()
    if words[0] == "fence":
        return ("fence", order_of(words[1], row))
    if len(words) == 1:
        return ("fence", row[text]) if text in row else None
    match = RMW.match(text)
    if match:
        register, kind, location, numbers, order = match.groups()
        return (kind, register, location, *map(int, numbers.split(",")), order_of(order, row))
    match = LOAD.match(text)
    if match:
        register, location, order = match.groups()
        return ("load", register, location, order_of(order, row))
    match = STORE.match(text)
    if match:
        location, value, order = match.groups()
        return ("store", location, int(value) if value.isdigit() else value, order_of(order, row))
    raise ValueError(f"no operation: {text}")


def read(path):
    """All programs of the file, in its order."""
    programs = []
    test, threads, final, asks = None, [], [], None
    is_row = False
    with open(path, encoding="utf-8") as file:
        lines = [line.split("#")[0].strip() for line in file]
    for line in filter(None, lines):
        first, _, rest = line.partition(" ")
        if first == "test":
            test, threads, final, asks, is_row = rest, [], [], None, False
        elif is_row:
            words = rest.split()
            row = dict(word.split("=") for word in words[:-1] if word != "-")
            filled = [[op for op in (operation(text.strip(), row) for text in thread.split(";"))
                       if op] for thread in threads]
            programs.append(Program(test, first, filled, final, asks, words[-1] == "allowed"))
        elif first == "final":
            final = rest.split()
        elif first == "asks":
            asks = rest
        elif line == "orders":
            is_row = True
        else:
            threads.append(rest)
    return programs


def random_operation(chance, register, locations, orders):
    """One operation, and whether it took the register."""
    location = chance.choice(locations)
    kind = chance.choices(("load", "store", "rmw", "fence"), (9, 9, 3, 2))[0]

    def pick(choices):
        kept = [order for order in choices if order in orders]
        return chance.choice(kept) if kept else "rlx"

    if kind == "fence":
        return ("fence", pick(FENCE_ORDERS) if pick(FENCE_ORDERS) != "rlx" else "ar"), False
    if kind == "load":
        return ("load", register, location, pick(LOAD_ORDERS)), True
    if kind == "store":
        return ("store", location, chance.randint(1, 3), pick(STORE_ORDERS)), False
    order = pick(ORDERS)
    rmw = chance.choice(("add", "swap", "cas"))
    if rmw == "cas":
        return ("cas", register, location, chance.randint(0, 1), 2, order), True
    return (rmw, register, location, chance.randint(1, 2), order), True


def make_random(seed, number):
    """Program `number` of a seed: 2 to 4 threads, at most 8 operations over 1 to 3 locations."""
    chance = random.Random(seed * 1000003 + number)
    locations = ["x", "y", "z"][:chance.choice((1, 2, 2, 2, 3))]
    orders = chance.choice((("rlx",), ("rlx", "acq", "rel", "ar"), ("sc",), ORDERS))
    count = chance.choice((2, 2, 3, 3, 4))
    threads = [[] for _ in range(count)]
    registers = iter("abcdefghijklmn")
    register = next(registers)
    for turn in range(chance.randint(count, 8 if count < 4 else 7)):
        thread = threads[turn] if turn < count else chance.choice(threads)
        op, is_taken = random_operation(chance, register, locations, orders)
        thread.append(op)
        if is_taken:
            register = next(registers)
    program = Program(f"random{seed}.{number}", "-", threads, [], None, None)
    program.final = program.locations()
    return program
