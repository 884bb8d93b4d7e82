"""Compile one changed file, and link a test with it ahead of the archives.

The commands are make's own: it is asked, once, what it would do if these files were new.
"""
import os
import re
import shlex
import shutil
import subprocess


class Failure(Exception):
    pass


def shell(words):
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        lines = (run.stdout + run.stderr).strip().split("\n")
        raise Failure("\n".join([f"{words[0]} failed"] + lines[-15:]))
    return run.stdout


def option(words, name):
    return words[words.index(name) + 1] if name in words else None


class Tool:
    """What make says about the files and tests of these mutants."""

    def __init__(self, folder, mutants):
        self.folder = os.path.join(folder, "mutants")
        self.make = ["make", "--no-print-directory", "MODE=explore", f"BUILD={folder}"]
        self.compiles = {}    # source -> words
        self.links = {}       # test source -> words
        self.components = {}  # folder -> name
        for line in shell(self.make + ["mutants-say"]).split("\n"):
            words = line.split()
            if words and words[0] == "out":
                self.out = words[1]
            elif words:
                self.components[words[2]] = words[1]
        tests = sorted({m.test for m in mutants})
        sources = sorted({m.file for m in mutants if m.file.endswith(".c")})
        headers = sorted({m.file for m in mutants if m.file.endswith(".h")})
        for path in tests + sources + headers:
            if not os.path.exists(path):
                raise Failure(f"no file {path}")
        targets = [self.target(test) for test in tests]
        shell(self.make + [f"-j{os.cpu_count()}"] + targets)
        self.users = {header: self.users_of(header, tests) for header in headers}
        news = sources + tests + [u for users in self.users.values() for u in users]
        said = shell(self.make + ["-n", "V=1"] + [w for n in news for w in ("-W", n)] + targets)
        self.read(said.replace("\\\n", " "))

    def target(self, test):
        """The program that make builds of a test's source."""
        folder, name = re.fullmatch(r"(.*)/([^/]*)\.c", test).groups()
        if folder == "tests/mutants":
            return f"{self.out}/mutants/{name}"
        return f"{self.out}/test/{self.components[os.path.dirname(folder)]}/{name}"

    def users_of(self, header, tests):
        """The sources that were compiled with the header and can be part of a test."""
        users = []
        for folder, _, names in os.walk(f"{self.out}/obj"):
            for name in names:
                if not name.endswith(".d"):
                    continue
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    words = file.read().replace("\\\n", " ").split()
                source = words[1]
                if header in words and ("/src/" in source or source in tests):
                    users.append(source)
        return sorted(users)

    def read(self, said):
        for line in said.split("\n"):
            words = shlex.split(line)
            if len(words) < 4 or "-o" not in words:
                continue
            if "-c" in words:
                self.compiles[option(words, "-c")] = words
            elif any(word.endswith(".a") for word in words):
                first = next(word for word in words if word.endswith(".o"))
                self.links[first[len(f"{self.out}/obj/"):-2] + ".c"] = words

    def unchanged(self, test):
        return self.target(test)

    def mutated(self, mutant):
        """The test's program with the mutant in it."""
        if mutant.is_program:
            return self.target(mutant.test)
        folder = os.path.join(self.folder, mutant.name)
        with open(mutant.file, encoding="utf-8") as file:
            text = mutant.apply(file.read())
        if mutant.file.endswith(".h"):
            objects = self.compile_users(mutant, folder, text)
        else:
            copy = os.path.join(folder, os.path.basename(mutant.file))
            write(copy, text)
            objects = {mutant.file: self.compile(mutant.file, copy, [])}
        return self.link(mutant, folder, objects)

    def compile_users(self, mutant, folder, text):
        """A changed header is found before the real one by all who include it."""
        name = re.sub(r".*/(include|src)/", "", mutant.file)
        write(os.path.join(folder, "include", name), text)
        archives = [word for word in self.links[mutant.test] if word.endswith(".a")]
        linked = {re.sub(r".*/libweft-(.*)\.a", r"\1", archive) for archive in archives}
        objects = {}
        for source in self.users[mutant.file]:
            if source in self.compiles and (source == mutant.test or
                                            self.component_of(source) in linked):
                # a copy, as a quoted name is looked for beside the including file first
                copy = os.path.join(folder, source.replace("/", "_"))
                shutil.copyfile(source, copy)
                objects[source] = self.compile(source, copy, [f"-I{folder}/include"])
        return objects

    def component_of(self, source):
        return self.components.get(source.partition("/src/")[0], "")

    def compile(self, source, copy, more):
        if source not in self.compiles:
            raise Failure(f"make compiles no {source} for this test")
        words = list(self.compiles[source])
        target = copy[:-2] + ".o"
        words[words.index("-c") + 1] = copy
        words[words.index("-o") + 1] = target
        words = [word for word in words if word not in ("-MMD", "-MP", "-Werror")]
        shell(words[:1] + more + words[1:] + [f"-I{os.path.dirname(source)}"])
        return target

    def link(self, mutant, folder, objects):
        words = list(self.links[mutant.test])
        program = os.path.join(folder, "program")
        words[words.index("-o") + 1] = program
        first = next(i for i, word in enumerate(words) if word.endswith(".o"))
        if mutant.test in objects:
            words[first] = objects.pop(mutant.test)
        shell(words[:first + 1] + list(objects.values()) + words[first + 1:])
        return program


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
