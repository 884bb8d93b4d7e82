"""docs/memory-order.md against the code: no access to a shared word without its row."""
import re

from .tree import blank, functions_of

PAGE = "docs/memory-order.md"
LITMUS = "tests/litmus/tests.txt"
COVERED = r"libs/(sync|channel|async|workpool)/(src|include)/.*\.[ch]$"
# other bodies of the same operations, and the operations themselves
LEFT_OUT = r"libs/sync/(src/explore/|src/threads/|include/sync/atomic\.h$)"
ORDER = r"\b(?:SYNC_|memory_order_)(relaxed|acquire|release|acq_rel|seq_cst)\b"


def used_orders(text):
    """{function: the orders that it names}, and how many stand outside of all functions."""
    code = blank(text)
    lines = code.split("\n")
    found, inside = {}, 0
    for function in functions_of(code):
        body = "\n".join(lines[function.first - 1:function.last])
        orders = re.findall(ORDER, body, re.I)
        inside += len(orders)
        if orders:
            found.setdefault(function.name, set()).update(order.lower() for order in orders)
    return found, len(re.findall(ORDER, code, re.I)) - inside


def rows_of(page):
    """(line number, file, functions, orders, cells) of each row below a heading with a file."""
    path = None
    for number, line in enumerate(page.split("\n"), 1):
        heading = re.match(r"#+ .*?`(libs/[\w./-]+)`", line)
        if line.startswith("#"):
            path = heading.group(1) if heading else None
        elif path and line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            yield (number, path, re.findall(r"`(\w+)`", cells[0]),
                   {order.strip() for order in cells[1].split(",")}, cells)


def stated_orders(tree):
    stated = {}
    for number, path, functions, orders, _ in rows_of(tree.text(PAGE)):
        for function in functions:
            entry = stated.setdefault((path, function), [number, set()])
            entry[1].update(orders)
    return stated


def witness_faults(tree, cells):
    """The last cell names mutants, or tests with a case."""
    mutants = {name for path in tree.texts if path.endswith(".mutants")
               for name in re.findall(r"^mutant +(\S+)", tree.text(path), re.M)}
    for name in re.findall(r"`([^`]+)`", cells[-1]):
        file, _, case = name.partition(": ")
        if file.endswith((".c", ".sh")):
            path = next((p for p in tree.texts if p.endswith("/" + file)), None)
            if path is None or case and not re.search(rf"\b{case}\b", tree.text(path)):
                yield f"names a test that is not there: {name}"
        elif name not in mutants:
            yield f"names a mutant that is not there: {name}"


def litmus_outcomes(text):
    """{"MP relaxed": "allowed"}"""
    outcomes, name = {}, None
    for line in text.split("\n"):
        words = line.split()
        if words[:1] == ["test"]:
            name = words[1]
        elif name and words and words[-1] in ("allowed", "forbidden"):
            outcomes[f"{name} {words[0]}"] = words[-1]
    return outcomes


def shape_faults(tree):
    """The rows of the page's shapes name litmus tests, on their right side."""
    part = re.search(r"^## Shapes\n(.*?)^## ", tree.text(PAGE), re.M | re.S)
    if not part or LITMUS not in tree.texts:
        return
    outcomes = litmus_outcomes(tree.text(LITMUS))
    for row in re.findall(r"^\| (?!guarantee|-)(.*) \|$", part.group(1), re.M):
        cells = row.replace(" | | ", " |  | ").split(" | ")
        for outcome, names in (("forbidden", cells[1]), ("allowed", cells[2])):
            for name in filter(None, (each.strip() for each in names.split(","))):
                if outcomes.get(name) != outcome:
                    yield f"{name} is not {outcome} in {LITMUS}"


def rule_orders(tree):
    """Each function that names an order has a row with exactly the orders that it names."""
    if PAGE not in tree.texts:
        return
    stated = stated_orders(tree)
    for path in sorted(tree.texts):
        if not re.match(COVERED, path) or re.match(LEFT_OUT, path):
            continue
        used, outside = used_orders(tree.text(path))
        if outside:
            yield path, 1, "names an order outside of a function, where no row can say why"
        for function, orders in used.items():
            number, said = stated.pop((path, function), (None, set()))
            if number is None:
                yield path, 1, f"{function}() has no row in {PAGE}"
            elif said != orders:
                yield PAGE, number, (f"{function}() of {path} names {', '.join(sorted(orders))}"
                                     f", and its row says {', '.join(sorted(said))}")
    for (path, function), (number, _) in stated.items():
        yield PAGE, number, f"{function}() of {path} names no order any more"
    for fault in shape_faults(tree):
        yield PAGE, 1, fault
    for number, _, _, _, cells in rows_of(tree.text(PAGE)):
        for fault in witness_faults(tree, cells):
            yield PAGE, number, fault
