"""Rules that need the whole tree, a compiler, nm or mandoc."""
import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile

from .order_rule import rule_orders
from .tree import Finding, blank

# Prefixes an external symbol may carry.  base alone owns bare words.
PREFIXES = {
    "base": ["arena_", "assert_", "cpu_", "cursor_", "diag_", "digest_", "hash_", "status_"],
    "indexer": ["index_", "indexer_", "search_", "extract_"],
    "png": ["wpng_"],   # libpng has png_
}
POOL_CALL = r"\bworkpool_(run|batch_\w+|map\w*|reduce\w*|tiles_run|segments_run|parallel\w*)\s*\("
PARALLEL_PARTS = ["partition", "reduction", "caps", "proof"]


def prefixes_of(component):
    return PREFIXES.get(component.name, [component.name + "_"])


def parallel_blocks(text):
    """The text of every ' * Parallel:' block, joined into one line each."""
    for match in re.finditer(r"^ \* ?Parallel:((?:.*\n)(?: \* {2,}\S.*\n)*)", text, re.M):
        yield re.sub(r"\s*\n \*\s*", " ", match.group(1)).strip()


def proof_faults(tree, block):
    match = re.search(r"proof\s*=\s*(.+)$", block)
    if not match:
        return
    for file, case in re.findall(r"([\w./-]+\.(?:c|sh|py))(?::| case| )?\s*([A-Za-z_]\w+)?",
                                 match.group(1)):
        path = next((p for p in tree.texts if p == file or p.endswith("/" + file)), None)
        if path is None:
            yield f"the proof names a file that is not there: {file}"
        elif case and not re.search(rf"\b{re.escape(case)}\b", tree.text(path)):
            yield f"the proof names a case that {file} does not have: {case}"


def block_faults(tree, block):
    for part in PARALLEL_PARTS:
        if not re.search(rf"\b{part}\s*=\s*\S", block):
            yield f"the Parallel block does not state '{part} = ...'"
    yield from proof_faults(tree, block)


def rule_parallel(tree):
    """A user of the pool states partition, reduction, caps and proof in a public header."""
    stated = {}
    for path, component in tree.public_headers():
        text = tree.text(path)
        for block in parallel_blocks(text):
            stated[component.name] = True
            for fault in block_faults(tree, block):
                yield path, 1, fault
        takes_pool = re.search(r"\bstruct workpool \*", blank(text))
        if takes_pool and component.name not in ("workpool", "cli", "world"):
            if not any(True for _ in parallel_blocks(text)):
                yield path, 1, "takes a pool and has no Parallel block"
    for path in tree.texts:
        component = tree.component_of(path)
        if (component is None or component.is_program or component.name in ("workpool", "world")
                or not path.startswith(component.folder + "/src/") or not path.endswith(".c")):
            continue
        code = blank(tree.text(path))
        call = re.search(POOL_CALL, code)
        if call and component.name not in stated:
            line = code.count("\n", 0, call.start()) + 1
            yield path, line, "uses the pool, and no public header has a Parallel block"


def rule_adr(tree):
    seen = {}
    for path in sorted(tree.texts):
        match = re.match(r"docs/adr/(\d+)-.*\.md$", path)
        if not match:
            continue
        if match.group(1) in seen:
            yield path, 1, f"the number is taken by {seen[match.group(1)]}"
        seen[match.group(1)] = path
        for part in ("Context", "Decision", "Consequences"):
            if not re.search(rf"^(#+ |\*\*){part}", tree.text(path), re.M):
                yield path, 1, f"no part '{part}'"


def rule_named_files(tree):
    """A path below docs/ that a C comment names must exist."""
    for path in tree.texts:
        if not path.endswith((".c", ".h")):
            continue
        for match in re.finditer(r"\bdocs/[\w./-]+\.md\b", tree.text(path)):
            if match.group(0) not in tree.texts:
                line = tree.text(path).count("\n", 0, match.start()) + 1
                yield path, line, f"names a page that is not there: {match.group(0)}"


def rule_requirements(tree):
    """Each test that docs/requirements*.md names exists, with the case it names."""
    for path in tree.texts:
        if not re.match(r"docs/requirements.*\.md$", path):
            continue
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            for file, case in re.findall(r"`([\w./-]*_test\.(?:c|sh))(?:: (\w+))?`", line):
                found = next((p for p in tree.texts if p == file or p.endswith("/" + file)), None)
                if found is None:
                    yield path, number, f"names a test that is not there: {file}"
                elif case and not re.search(rf"\b{case}\b", tree.text(found)):
                    yield path, number, f"{file} has no case {case}"


def include_flags(tree, component):
    used = [tree.components[name] for name in component.uses if name in tree.components]
    return [f"-I{c.folder}/include" for c in used + [component]]


def header_fault(tree, path, component):
    with tempfile.NamedTemporaryFile("w", suffix=".c") as source:
        source.write(f'#include "{path.split("/include/", 1)[1]}"\nint not_empty;\n')
        source.flush()
        run = subprocess.run(
            ["gcc", "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wpedantic",
             *include_flags(tree, component), source.name],
            capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return None
    errors = [line for line in run.stderr.split("\n") if "error" in line]
    return (errors or ["does not compile"])[0].split("error: ")[-1]


def rule_header_alone(tree):
    """Compiles as the first include, seeing only what its component may use."""
    if shutil.which("gcc") is None:
        return
    headers = list(tree.public_headers())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = pool.map(lambda item: header_fault(tree, *item), headers)
        for (path, _), fault in zip(headers, faults):
            if fault:
                yield path, 1, f"does not compile alone: {fault}"


def rule_man_pages(tree):
    pages = [path for path in tree.texts if re.match(r"docs/man/.*\.\d$", path)]
    if not pages or shutil.which("mandoc") is None:
        return
    run = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages],
                         capture_output=True, text=True, check=False)
    for line in run.stdout.split("\n"):
        match = re.match(r"mandoc: (\S+?):(\d+):\d+: (.*)", line)
        if match:
            yield match.group(1), int(match.group(2)), match.group(3)


def symbol_faults(tree, component, symbols):
    """Names that do not say where they live.

    What a public header declares carries the component's prefix.  What the files of a component
    share among themselves starts like one of those files; `make install` makes it local.
    Names that begin with two underscores are the compiler's or the linker's choice.
    """
    allowed = tuple(prefixes_of(component))
    declared = set()
    words = set()
    for path in tree.texts:
        if path.startswith(component.folder + "/include/"):
            declared.update(re.findall(r"\w+", blank(tree.text(path))))
        elif path.startswith(component.folder + "/src/"):
            words.add(os.path.basename(path).split(".")[0].split("_")[0])
    for name in symbols:
        if name.startswith((*allowed, "__")):
            continue
        if name in declared:
            yield f"public symbol {name} without the prefix {' or '.join(allowed)}"
        elif not name.startswith(tuple(words)):
            yield f"symbol {name} starts like no file of its component"


def symbols_of(archive):
    run = subprocess.run(["nm", "-g", "--defined-only", "-P", archive],
                         capture_output=True, text=True, check=False)
    return [line.split()[0] for line in run.stdout.split("\n")
            if re.match(r"\w+ [TDBRVCGS] ", line)]


def rule_symbols(tree, archives):
    """Every symbol that the linker sees tells its component or its file, and is defined once."""
    owner = {}
    for component in tree.components.values():
        archive = f"{archives}/libweft-{component.name}.a"
        if component.is_program or not os.path.exists(archive):
            continue
        names = symbols_of(archive)
        for fault in symbol_faults(tree, component, names):
            yield component.folder, 1, fault
        for name in names:
            if name in owner and owner[name] != component.name:
                yield component.folder, 1, f"symbol {name} is also in {owner[name]}"
            owner[name] = component.name


RULES = {"parallel": rule_parallel, "adr": rule_adr, "named-page": rule_named_files,
         "requirement": rule_requirements,
         "header-alone": rule_header_alone, "man": rule_man_pages, "order": rule_orders}


def check(tree, prefixes, archives):
    findings = [Finding(path, line, rule, message)
                for rule, body in RULES.items() for path, line, message in body(tree)]
    if archives:
        findings += [Finding(path, line, "symbol", message)
                     for path, line, message in rule_symbols(tree, archives)]
    chosen = set(tree.chosen(prefixes))
    return [f for f in findings if not prefixes or f.path in chosen
            or any(p.startswith(f.path) or f.path.startswith(p) for p in prefixes)]
