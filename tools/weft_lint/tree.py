"""What is in the checkout: files, components from the Makefile's table, C with comments blanked."""
import os
import re
import subprocess

TEXT_ENDINGS = (".c", ".h", ".py", ".sh", ".md", ".1", ".scene", ".json", ".txt", ".S", ".html")


class Finding:
    def __init__(self, path, line, rule, message, is_note=False):
        self.path, self.line, self.rule = path, line, rule
        self.message, self.is_note = message, is_note

    def __str__(self):
        note = "note: " if self.is_note else ""
        return f"{note}{self.path}:{self.line}: {self.rule}: {self.message}"


class Component:
    def __init__(self, name, folder, uses, is_program=False):
        self.name, self.folder, self.uses, self.is_program = name, folder, uses, is_program


class Tree:
    """Paths and their text.  The self-test makes small ones by hand."""

    def __init__(self, texts, components):
        self.texts = texts                # path -> text, or None to read it from the disk
        self.components = components      # name -> Component

    @staticmethod
    def of_checkout():
        listing = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            capture_output=True, text=True, check=False)
        if listing.returncode == 0:
            paths = listing.stdout.splitlines()
        else:
            paths = [os.path.relpath(os.path.join(folder, name), ".")
                     for folder, _, names in os.walk(".") for name in names
                     if "/build" not in folder and "/.git" not in folder]
        paths = sorted(path for path in set(paths) if os.path.isfile(path))
        with open("Makefile", encoding="utf-8") as makefile:
            return Tree({path: None for path in paths}, components_of(makefile.read()))

    def text(self, path):
        if self.texts[path] is None:
            with open(path, encoding="utf-8", errors="replace", newline="") as file:
                self.texts[path] = file.read()
        return self.texts[path]

    def chosen(self, prefixes):
        return [path for path in self.texts
                if not prefixes or any(path == p or path.startswith(p.rstrip("/") + "/")
                                       for p in prefixes)]

    def component_of(self, path):
        best = None
        for component in self.components.values():
            if path.startswith(component.folder + "/"):
                if best is None or len(component.folder) > len(best.folder):
                    best = component
        return best

    def is_text(self, path):
        if path.startswith(("fixtures/", "tests/fuzz/corpus/")):
            return False                  # inputs may be anything
        name = os.path.basename(path)
        return name.endswith(TEXT_ENDINGS) or "." not in name

    def public_headers(self):
        for path in self.texts:
            component = self.component_of(path)
            if (component and path.endswith(".h")
                    and path.startswith(f"{component.folder}/include/")):
                yield path, component


def components_of(makefile):
    """The dependency table: dir_X, uses_X, progdir_X, proguses_X."""
    table = {}
    for key, value in re.findall(r"^(\w+?_[\w-]+) *:= *(.*)$", makefile, re.M):
        table[key] = value.split()
    components = {}
    for key, value in table.items():
        if key.startswith("dir_") and value:
            name = key[4:]
            components[name] = Component(name, value[0], table.get(f"uses_{name}", []))
        elif key.startswith("progdir_") and value:
            name = key[8:]
            uses = table.get(f"proguses_{name}", [])
            components["program " + name] = Component(name, value[0], uses, True)
    return components


def only_newlines(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def blank(text):
    """The same text with comments and the insides of strings turned into spaces."""
    def spaces(match):
        piece = match.group(0)
        if piece[0] in "\"'":
            return piece[0] + re.sub(r"[^\n]", " ", piece[1:-1]) + piece[-1]
        return only_newlines(match)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                  spaces, text, flags=re.S)


class Function:
    def __init__(self, name, first, last, parameters, is_static):
        self.name, self.first, self.last = name, first, last
        self.parameters, self.is_static = parameters, is_static

    @property
    def lines(self):
        return self.last - self.first + 1


def functions_of(blanked):
    """Function definitions at the outer level of a C file, by counting braces."""
    blanked = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", only_newlines, blanked, flags=re.M)
    found = []
    depth, head_from = 0, 0
    line = 1
    for at, char in enumerate(blanked):
        if char == "\n":
            line += 1
        elif char == "{":
            if depth == 0:
                head = blanked[head_from:at]
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                function = function_of(blanked, head, head_from, line)
                if function:
                    found.append(function)
                head_from = at + 1
        elif char == ";" and depth == 0:
            head_from = at + 1
    return found


def function_of(blanked, head, head_from, last):
    """The definition whose text up to the brace is `head`, or None for a struct or a table."""
    stripped = re.sub(r"\s*__attribute__\s*\(\(.*?\)\)\s*$", "", head.rstrip())
    opening = matching_parenthesis(stripped)
    if opening is None:
        return None
    match = re.search(r"([A-Za-z_]\w*)\s*$", stripped[:opening])
    if not match or "=" in stripped[:opening]:
        return None
    first = blanked.count("\n", 0, head_from + match.start()) + 1
    is_static = bool(re.search(r"\bstatic\b", stripped[:match.start()]))
    return Function(match.group(1), first, last, split_parameters(stripped[opening + 1:-1]),
                    is_static)


def matching_parenthesis(text):
    """Where the parenthesis opens that the last character closes."""
    depth = 0
    if text.endswith(")"):
        for at in range(len(text) - 1, -1, -1):
            depth += (text[at] == ")") - (text[at] == "(")
            if depth == 0:
                return at
    return None


def split_parameters(text):
    text = text.replace("int argc, char **argv", "char **argv")   # one thing, by custom
    parts, depth, current = [], 0, ""
    for char in text:
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
            continue
        depth += char in "([" or 0
        depth -= char in ")]" or 0
        current += char
    parts.append(current)
    return [part.strip() for part in parts if part.strip() not in ("", "void")]
