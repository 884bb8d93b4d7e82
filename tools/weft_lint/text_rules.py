"""Rules that look at one file at a time.  Each is a generator of (line, message)."""
import os
import re

from .tree import Finding, blank, functions_of

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800
FILE_LINES_QUESTION = 500
PARAMETERS_MAX = 5
PARAMETERS_STATIC_MAX = 6   # a helper that only its own file calls
LABELS = ["Units:", "Shapes:", "Threads:", "Memory:", "Errors:", "Source:", "Depends:"]

# Calls that only the named folders may make; everybody else goes through libs/sync.
DOOR = ("libs/base/", "libs/sync/", "libs/explore/")
SPEAKERS = ("libs/cli/", "libs/explore/", "apps/", "indexer/cli/", "indexer/service/")
BANNED = [
    ("memory", DOOR, r"(?<![\w>.])(malloc|calloc|realloc|free|posix_memalign|aligned_alloc|"
                     r"memalign|strdup|strndup|asprintf|vasprintf|getline|open_memstream)\s*\(",
     "memory comes from sync/memory.h"),
    ("thread", DOOR, r"\b(pthread_\w+|thrd_\w+|mtx_\w+|fork|sem_\w+)\s*\(",
     "threads and locks come from libs/sync"),
    ("clock", DOOR, r"(?<![\w>.])(clock_gettime|gettimeofday|time|clock|nanosleep|usleep|sleep|"
                    r"localtime\w*|gmtime\w*)\s*\(", "the clock is in sync/clock.h"),
    ("chance", DOOR, r"(?<![\w>.])(s?rand|rand_r|s?random|[dlm]rand48|getrandom|getentropy)\s*\(",
     "chance comes from sync/random.h"),
    ("environment", DOOR + ("libs/cli/", "libs/workpool/src/config.c",
                            "libs/workpool/src/posix/config.c"),
     r"\b(secure_)?getenv\s*\(", "only the command kit and the pool's settings read it"),
    ("file", DOOR, r"(?<![\w>.])(fopen|freopen|fdopen|open|openat|creat|mkstemp|mkdtemp|rename|"
                   r"unlink|rmdir|mkdir|opendir|fsync|truncate|ftruncate|mmap|stat|lstat)\s*\(",
     "files are reached through sync/file.h"),
    ("print", ("libs/base/src/posix/assert.c",) + SPEAKERS,
     r"(?<![\w>.])(v?f?printf|puts|fputs|putchar|putc|fputc|perror|fwrite)\s*\(",
     "a library does not print; commands do"),
    ("exit", ("libs/base/", "libs/sync/src/posix/fault.c", "libs/cli/", "libs/explore/"),
     r"(?<![\w>.])(exit|_exit|_Exit|abort|quick_exit)\s*\(", "a library gives a status"),
    ("atomic", DOOR, r"<stdatomic\.h>|<pthread\.h>|<threads\.h>|\b__(atomic|sync)_\w+\s*\(",
     "atomics are in sync/atomic.h"),
    ("locale", (), r"\b(setlocale|strcoll|strxfrm|newlocale|uselocale)\s*\(",
     "no result may depend on the locale"),
    ("unsafe", (), r"\b(gets|strcpy|strcat|sprintf|vsprintf|strtok|alloca|atoi|atol|atoll|"
                   r"strncpy|strncat)\s*\(", "use a bounded or checked form"),
]


def is_c(path):
    return path.endswith((".c", ".h"))


def is_test(path):
    return ("/test/" in path
            or path.startswith(("tests/", "bench/", "examples/", "fixtures/", "tools/")))


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def rule_banned(tree, path):
    if not is_c(path) or is_test(path):
        return
    code = blank(tree.text(path))
    for name, allowed, pattern, message in BANNED:
        if path.startswith(allowed):
            continue
        for match in re.finditer(pattern, code):
            word = match.group(0).rstrip("( ")
            yield line_of(code, match.start()), f"{name}: {word}: {message}"


def rule_unsafe_in_tests(tree, path):
    if is_c(path) and is_test(path):
        code = blank(tree.text(path))
        for match in re.finditer(r"\b(gets|strcpy|strcat|sprintf|vsprintf|strtok)\s*\(", code):
            yield line_of(code, match.start()), f"{match.group(1)}: use a bounded form"


def rule_functions(tree, path):
    if not is_c(path):
        return
    for function in functions_of(blank(tree.text(path))):
        if function.lines > FUNCTION_LINES_MAX:
            yield (function.first, f"{function.name} has {function.lines} lines, "
                                   f"at most {FUNCTION_LINES_MAX}")


def rule_parameters(tree, path):
    if not is_c(path) or is_test(path):
        return
    for function in functions_of(blank(tree.text(path))):
        most = PARAMETERS_STATIC_MAX if function.is_static else PARAMETERS_MAX
        if len(function.parameters) > most:
            yield (function.first, f"{function.name} takes {len(function.parameters)} parameters, "
                                   f"at most {most}: use a struct")


def rule_file_length(tree, path):
    if not is_c(path) and not path.endswith(".py"):
        return
    lines = tree.text(path).count("\n")
    if lines > FILE_LINES_MAX and not path.endswith("_table.c"):
        yield 1, f"{lines} lines, at most {FILE_LINES_MAX}"


def note_file_length(tree, path):
    if is_c(path) and FILE_LINES_QUESTION < tree.text(path).count("\n") <= FILE_LINES_MAX:
        yield 1, f"{tree.text(path).count(chr(10))} lines: one idea, or two?"


def rule_columns(tree, path):
    if path.endswith((".md", ".txt", ".json", ".html", ".scene")) or not tree.is_text(path):
        return
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        if len(line) > COLUMNS_MAX and "http" not in line:
            yield number, f"{len(line)} columns, at most {COLUMNS_MAX}"


def rule_whitespace(tree, path):
    if not tree.is_text(path) or path.endswith(".txt"):
        return
    text = tree.text(path)
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield number, "space at the end of the line"
        if "\t" in line and os.path.basename(path) not in ("Makefile", "rules.mk"):
            yield number, "tab"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end"


def rule_header_contract(tree, path):
    if not any(path == header for header, _ in tree.public_headers()):
        return
    text = tree.text(path)
    included_as = path.split("/include/", 1)[1]
    comment = re.match(r"/\*\n(?: \*[^\n]*\n)+? \*/\n", text)
    if not comment:
        yield 1, "does not open with a contract comment"
        return
    body = comment.group(0)
    if not body.startswith(f"/*\n * {included_as} - "):
        yield 2, f"opens with something else than '{included_as} - ...'"
    at = -1
    for label in LABELS:
        place = body.find(f"\n * {label}")
        if place < 0:
            yield 1, f"no line '{label}' in the opening comment"
        elif place < at:
            yield line_of(body, place) + 1, f"'{label}' out of order"
        else:
            at = place
    guard = re.sub(r"\W", "_", included_as).upper()
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        yield text.count("\n", 0, comment.end()) + 1, f"include guard is not {guard}"


def rule_must_check(tree, path):
    if not any(path == header for header, _ in tree.public_headers()):
        return
    code = blank(tree.text(path))
    pattern = r"^(?P<before>[^\n(;{}]*)\benum status (?P<name>\w+)\("
    for match in re.finditer(pattern, code, re.M):
        before = code[:match.start("name")].rsplit("\n", 2)[-2:]
        if "MUST_CHECK" not in " ".join(before) and match.group("name") != "diag_fail":
            yield line_of(code, match.start()), f"{match.group('name')} is not MUST_CHECK"


def rule_typedef(tree, path):
    if is_c(path):
        code = blank(tree.text(path))
        for match in re.finditer(r"\btypedef\s+(struct|enum|union)\b", code):
            if re.match(r"[^;{(]*[;{]", code[match.end():]):   # "(": a function type
                yield line_of(code, match.start()), f"typedef of a {match.group(1)}"


def rule_conditionals(tree, path):
    if not is_c(path):
        return
    code = blank(tree.text(path))
    for match in re.finditer(r"^[ \t]*#[ \t]*if[ \t]+0\b", code, re.M):
        yield line_of(code, match.start()), "#if 0: delete it, the history keeps it"
    if path.startswith(DOOR) or is_test(path):
        return
    for match in re.finditer(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)\b[ \t]*([^\n]*)", code, re.M):
        if not (match.group(1) == "ifndef" and re.fullmatch(r"\w+_H\s*", match.group(2))):
            yield (line_of(code, match.start()),
                   f"#{match.group(1)} {match.group(2).strip()}: choose by folder or by value")


def rule_braces(tree, path):
    """Every body stands in braces; `while (x);` belongs to a do."""
    if not is_c(path):
        return
    code = blank(tree.text(path))
    for match in re.finditer(r"^[ \t]*(?:\} *)?(?:else +)?(if|for|while) *\(", code, re.M):
        end = closing_parenthesis(code, match.end() - 1)
        if match.group(1) == "while" and re.fullmatch(r"\(0\)", code[match.end() - 1:end]):
            continue   # the end of a macro that is one statement
        if not re.match(r"\s*(\\\n\s*)?[{;]", code[end:]):
            yield line_of(code, match.start(1)), f"{match.group(1)} without braces"
    for match in re.finditer(r"\belse\b(?!\s*(\{|if\b|\\))", code):
        if not re.search(r"^[ \t]*#[ \t]*$", code[:match.start()].rsplit("\n", 1)[-1]):
            yield line_of(code, match.start()), "else without braces"


def closing_parenthesis(code, opening):
    depth = 0
    for at in range(opening, len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            return at + 1
    return len(code)


def rule_unfinished(tree, path):
    if not tree.is_text(path) or path.startswith("tools/weft_lint/"):
        return
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b(?!.*(#\d+|ADR|adr/\d))", line):
            yield number, "unfinished work without an issue or ADR number"


def rule_places(tree, path):
    """Nothing may name a folder of somebody's machine, or lead out of the checkout."""
    if not tree.is_text(path) or path.startswith("tools/weft_lint/"):
        return
    depth = path.count("/")
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        match = re.search(r"(?<![\w.$}/])/(home|root|work|Users|mnt)/[\w.]+", line)
        if match:
            yield number, f"a place on somebody's machine: {match.group(0)}"
        for chain in re.findall(r"(?<![\w/$\"}.])((?:\.\./)+)\w", line):
            if chain.count("../") > depth:
                yield number, "a path that leaves the checkout"


def rule_links(tree, path):
    if not path.endswith(".md"):
        return
    folder = os.path.dirname(path)
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            full = os.path.normpath(os.path.join(folder, target))
            inside = any(other == full or other.startswith(full + "/") for other in tree.texts)
            if not inside:
                yield number, f"link to nothing: {target}"


RULES = {
    "banned": rule_banned, "unsafe-test": rule_unsafe_in_tests,
    "function-length": rule_functions, "parameters": rule_parameters,
    "file-length": rule_file_length, "columns": rule_columns, "whitespace": rule_whitespace,
    "header-contract": rule_header_contract, "must-check": rule_must_check,
    "typedef": rule_typedef, "conditional": rule_conditionals, "braces": rule_braces,
    "unfinished": rule_unfinished,
    "place": rule_places, "link": rule_links,
}
NOTES = {"file-length": note_file_length}


def check(tree, path):
    findings = [Finding(path, line, rule, message)
                for rule, body in RULES.items() for line, message in body(tree, path)]
    findings += [Finding(path, line, rule, message, True)
                 for rule, body in NOTES.items() for line, message in body(tree, path)]
    return findings
