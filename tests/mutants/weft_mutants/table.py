"""Tables of mutants.

    mutant  lock.release-relaxed
    breaks  what the holder wrote may not be seen by the next
    file    libs/sync/src/lock.c
    test    libs/sync/test/lock_explore_test.c: two_threads_count
    with    --strategy pct
    expect  data race
    -    sync_u32_exchange(&lock->word, FREE, SYNC_RELEASE)
    +    sync_u32_exchange(&lock->word, FREE, SYNC_RELAXED)

An entry ends where the next begins.  Lines with -, + and a space are a hunk of a diff
without line numbers, which must be found exactly once; an empty line ends it.  `with` and
`expect` may be missing; `most` (preemptions 1, lines 15) bounds the shrunk failure.
Without `file` and hunks the test itself is the broken program.  A line that begins with
# says why.
"""
import glob
import os


class Failure(Exception):
    pass


class Mutant:
    def __init__(self, name, place):
        self.name = name
        self.place = place
        self.breaks = self.file = self.test = self.case = self.options = self.verdict = ""
        self.most = {}
        self.hunks = []   # (old, new)

    @property
    def is_program(self):
        return not self.file

    @property
    def test_name(self):
        return os.path.basename(self.test).removesuffix(".c").removesuffix("_explore_test")

    def set(self, key, value):
        if key == "test":
            self.test, _, self.case = value.partition(": ")
        elif key == "with":
            self.options = value
        elif key == "expect":
            self.verdict = value
        elif key == "most":
            for bound in value.split(", "):
                name, number = bound.split()
                self.most[name] = int(number)
        elif key in ("breaks", "file"):
            setattr(self, key, value)
        else:
            raise Failure(f"{self.place}: what is '{key}'?")

    def check(self):
        if not (self.breaks and self.test and self.case):
            raise Failure(f"{self.place}: {self.name} lacks 'breaks', or 'test' with a case")
        if bool(self.file) != bool(self.hunks):
            raise Failure(f"{self.place}: {self.name} has a file or hunks, not both")

    def apply(self, text):
        text = "\n" + text
        for old, new in self.hunks:
            found = text.count("\n" + old)
            if found != 1:
                raise Failure(f"{self.place}: {self.name}: {self.file} has the old text "
                              f"{found} times:\n{old}")
            text = text.replace("\n" + old, "\n" + new)
        return text[1:]


def hunks_of(lines):
    """(old, new) of each run of diff lines; None stands between two runs."""
    old, new = "", ""
    for line in lines + [None]:
        if line is None:
            if old:
                yield old, new
            old, new = "", ""
            continue
        old += line[1:] + "\n" if line[0] in "- " else ""
        new += line[1:] + "\n" if line[0] in "+ " else ""


def read_one(path):
    mutants, lines = [], []

    def end():
        if mutants:
            mutants[-1].hunks = list(hunks_of(lines))
            mutants[-1].check()
        lines.clear()

    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().split("\n"), 1):
            if line.startswith("#"):
                continue
            if line[:1] in ("-", "+", " ") and line.strip():
                lines.append(line)
            elif not line.strip() or line.startswith("@"):
                lines.append(None)
            else:
                key, _, value = line.partition(" ")
                if key == "mutant":
                    end()
                    mutants.append(Mutant(value.strip(), f"{path}:{number}"))
                elif not mutants:
                    raise Failure(f"{path}:{number}: no mutant yet")
                else:
                    mutants[-1].set(key, value.strip())
    end()
    return mutants


def all_tables(folder):
    return sorted(glob.glob(f"{folder}/*.mutants"))


def read(paths):
    mutants = [mutant for path in paths for mutant in read_one(path)]
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise Failure(f"two mutants are called {name}")
    return mutants
