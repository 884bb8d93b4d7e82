"""Feed every rule a small tree that it must refuse and one that it must leave alone."""
import os
import tempfile

from . import text_rules, tree_rules
from .tree import Component, Tree

COMPONENTS = {
    "base": Component("base", "libs/base", []),
    "workpool": Component("workpool", "libs/workpool", ["base"]),
    "thing": Component("thing", "libs/thing", ["base", "workpool"]),
}
CONTRACT = """/*
 * thing/thing.h - a thing.
 *
 * Units:    none
 * Shapes:   none
 * Threads:  none
 * Memory:   none
 * Errors:   none
 * Source:   none
 * Depends:  none
{extra} */
#ifndef THING_THING_H
#define THING_THING_H
{body}
#endif
"""
HEADER = "libs/thing/include/thing/thing.h"
SOURCE = "libs/thing/src/thing.c"
TEST = "libs/thing/test/thing_test.c"
PARALLEL = (" * Parallel: partition = by grain; reduction = by index; caps = none;\n"
            " *           proof = thing_test.c {case}\n")


def contract(extra="", body=""):
    return CONTRACT.format(extra=extra, body=body)


def body_of(lines):
    return "int thing(void) {\n" + "    x();\n" * (lines - 2) + "}\n"


# rule, path, text that must be refused, text that must pass
TEXT_CASES = [
    ("banned", SOURCE, "void *p = malloc(3);\n", "/* malloc(3) */ x->free(p); sync_free(p);\n"),
    ("banned", SOURCE, "pthread_mutex_lock(&m);\n", "sync_mutex_lock(&m);\n"),
    ("banned", SOURCE, "clock_gettime(0, &t);\n", "sync_clock_ns();\n"),
    ("banned", SOURCE, "long t = time(NULL);\n", "long run_time(int x);\n"),
    ("banned", SOURCE, "int n = rand();\n", "int brand(int x);\n"),
    ("banned", SOURCE, "getenv(\"X\");\n", "get_environment();\n"),
    ("banned", SOURCE, "FILE *f = fopen(p, \"w\");\n", "sync_output_open(p, &o, d);\n"),
    ("banned", SOURCE, "printf(\"x\");\n", "snprintf(b, 3, \"printf(\");\n"),
    ("banned", SOURCE, "exit(1);\n", "on_exit_hook(1);\n"),
    ("banned", SOURCE, "#include <stdatomic.h>\n", "#include \"sync/atomic.h\"\n"),
    ("banned", SOURCE, "strcpy(a, b);\n", "memcpy(a, b, 3);\n"),
    ("banned", SOURCE, "setlocale(LC_ALL, \"\");\n", "locale_free();\n"),
    ("unsafe-test", TEST, "sprintf(a, \"x\");\n", "snprintf(a, 3, \"x\");\n"),
    ("function-length", SOURCE, body_of(71), body_of(70)),
    ("parameters", SOURCE, "int f(int a, int b, int c, int d, int e, int g) {\n}\n",
     "int f(int a, int (*b)(int, int), int c, int d, int e) {\n}\n"),
    ("parameters", SOURCE, "static int f(int a, int b, int c, int d, int e, int g, int h) {\n}\n",
     "static int f(int a, int b, int c, int d, int e, int g) {\n}\n"),
    ("file-length", SOURCE, "\n" * 801, "\n" * 800),
    ("columns", SOURCE, "x" * 101 + "\n", "x" * 100 + "\n"),
    ("whitespace", SOURCE, "int x; \n", "int x;\n"),
    ("whitespace", SOURCE, "\tint x;\n", "    int x;\n"),
    ("whitespace", SOURCE, "int x;", "int x;\n"),
    ("header-contract", HEADER, contract().replace(" * Memory:   none\n", ""), contract()),
    ("header-contract", HEADER, contract().replace("thing/thing.h -", "thing.h -"), contract()),
    ("header-contract", HEADER, contract().replace("THING_THING_H", "THING_H"), contract()),
    ("header-contract", HEADER,
     contract().replace("Units: ", "Swap:").replace("Shapes:", "Units: ").replace(
         "Swap:", "Shapes: "), contract()),
    ("header-contract", HEADER, "int x;\n", contract()),
    ("must-check", HEADER, contract(body="enum status thing_do(int x);\n"),
     contract(body="MUST_CHECK enum status thing_do(int x);\n")),
    ("typedef", SOURCE, "typedef struct { int a; } thing;\n", "typedef int (*thing_body)(int);\n"),
    ("conditional", SOURCE, "#if 0\n#endif\n", "#define ZERO 0\n"),
    ("conditional", SOURCE, "#ifdef __AVX2__\n#endif\n", contract()),
    ("braces", SOURCE, "    if (x)\n        y();\n", "    if (x) {\n    } else if (y) {\n    }\n"),
    ("braces", SOURCE, "    } else\n        y();\n", "    do {\n    } while (x);\n"),
    ("braces", SOURCE, "    for (;;) y();\n", "    for (;;) {\n    }\n"),
    ("unfinished", SOURCE, "/* TO" + "DO later */\n", "/* TO" + "DO(#12) later */\n"),
    ("place", "README.md", "see /home/somebody/x\n", "see /usr/share/doc\n"),
    ("place", "docs/a.md", "see ../../x\n", "see ../x\n"),
    ("link", "README.md", "[a](docs/none.md)\n", "[a](docs/a.md), [b](https://x.org)\n"),
]


def text_fires(rule, path, text):
    tree = Tree({path: text, "docs/a.md": "" if path != "docs/a.md" else text}, COMPONENTS)
    return any(True for _ in text_rules.RULES[rule](tree, path))


POOLED = contract(body="struct workpool *thing_pool(void);\n")
STATED = contract(extra=PARALLEL.format(case="works"), body="struct workpool *thing_pool(void);\n")
ADR = "# 1 A\n## Context\n## Decision\n## Consequences\n"
ORDERED = "libs/sync/src/thing.c"
LOADS = "int f(void) { return sync_u32_load(&w, SYNC_ACQUIRE); }\n"
ORDERS = "### In `libs/sync/src/thing.c`\n| `f` | {orders} | why | {witness} |\n"
ORDER_PAGE = {"docs/memory-order.md": ORDERS.format(orders="acquire", witness="`a.b`"),
              "tests/mutants/a.mutants": "mutant  a.b\n", ORDERED: LOADS}
SHAPES = "## Shapes\n| guarantee | forbidden | allowed | user |\n|---|---|---|---|\n" \
         "| seen | {forbidden} | {allowed} | all |\n\n## Rest\n"
LITMUS = {"tests/litmus/tests.txt": "test MP\nweak W=rlx allowed\nstrong W=rel forbidden\n",
          "docs/memory-order.md": SHAPES.format(forbidden="MP strong", allowed="MP weak")}
TREE_CASES = [
    ("order", {**LITMUS, "docs/memory-order.md": SHAPES.format(forbidden="MP weak", allowed="")},
     LITMUS),
    ("order", {**ORDER_PAGE, "docs/memory-order.md": "# None\n"}, ORDER_PAGE),
    ("order", {**ORDER_PAGE, ORDERED: LOADS.replace("ACQUIRE", "RELAXED")}, ORDER_PAGE),
    ("order", {**ORDER_PAGE, ORDERED: "int f(void) { return 0; }\n"}, ORDER_PAGE),
    ("order", {**ORDER_PAGE, "tests/mutants/a.mutants": ""}, ORDER_PAGE),
    ("order", {**ORDER_PAGE, ORDERED: "#define F SYNC_ACQUIRE\n" + LOADS}, ORDER_PAGE),
    ("parallel", {HEADER: POOLED}, {HEADER: STATED, TEST: "works"}),
    ("parallel", {HEADER: STATED, TEST: "fails"}, {HEADER: STATED, TEST: "works"}),
    ("parallel", {HEADER: STATED}, {HEADER: STATED, TEST: "works"}),
    ("parallel", {HEADER: STATED.replace("caps =", "hats ="), TEST: "works"},
     {HEADER: STATED, TEST: "works"}),
    ("parallel", {HEADER: contract(), SOURCE: "workpool_run(p, j, NULL);\n"},
     {HEADER: contract(), SOURCE: "/* workpool_run(p) */\n"}),
    ("adr", {"docs/adr/0001-a.md": ADR, "docs/adr/0001-b.md": ADR},
     {"docs/adr/0001-a.md": ADR, "docs/adr/0002-b.md": ADR}),
    ("adr", {"docs/adr/0001-a.md": "# 1 A\n"}, {"docs/adr/0001-a.md": ADR}),
    ("requirement", {"docs/requirements.md": "| 1 | `other_test.c: works` |\n", TEST: "works"},
     {"docs/requirements.md": "| 1 | `thing_test.c: works` |\n", TEST: "works"}),
    ("requirement", {"docs/requirements.md": "| 1 | `thing_test.c: works` |\n", TEST: "fails"},
     {"docs/requirements.md": "| 1 | `thing_test.c` |\n", TEST: "fails"}),
    ("named-page", {SOURCE: "/* see docs/a.md */\n"}, {SOURCE: "/* docs/a.md */\n",
                                                       "docs/a.md": ""}),
]


def tree_fires(rule, texts):
    return any(True for _ in tree_rules.RULES[rule](Tree(dict(texts), COMPONENTS)))


def disk_cases():
    """Rules that run gcc or mandoc read files, so they get a folder of their own."""
    bad_man = ".Dd Nonsense\n.Sh NAME\n"
    good_man = ".Dd November 20, 2026\n.Dt THING 1\n.Os\n.Sh NAME\n.Nm thing\n.Nd a thing\n"
    yield ("header-alone", {HEADER: contract(body="size_t thing_bytes(void);\n")},
           {HEADER: contract(body="#include <stddef.h>\nsize_t thing_bytes(void);\n")})
    yield ("header-alone", {HEADER: contract(body='#include "other/other.h"\n'),
                            "libs/other/include/other/other.h": ""}, {HEADER: contract()})
    yield "man", {"docs/man/thing.1": bad_man}, {"docs/man/thing.1": good_man}


def on_disk(rule, texts):
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for path, text in texts.items():
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            return tree_fires(rule, texts)
        finally:
            os.chdir(before)


def symbol_verdicts():
    thing = COMPONENTS["thing"]
    tree = Tree({HEADER: contract(body="int helper(void);\n"), SOURCE: "",
                 "libs/thing/src/part_two.c": ""}, COMPONENTS)
    for bad, good in [("helper", "thing_do"), ("other_do", "part_do"), ("tsan", "__tsan")]:
        yield ("symbol", any(tree_rules.symbol_faults(tree, thing, [bad])),
               any(tree_rules.symbol_faults(tree, thing, [good])))


def run():
    verdicts = [(rule, text_fires(rule, path, bad), text_fires(rule, path, good))
                for rule, path, bad, good in TEXT_CASES]
    verdicts += [(rule, tree_fires(rule, bad), tree_fires(rule, good))
                 for rule, bad, good in TREE_CASES]
    verdicts += [(rule, on_disk(rule, bad), on_disk(rule, good))
                 for rule, bad, good in disk_cases()]
    verdicts += list(symbol_verdicts())
    names = {verdict[0] for verdict in verdicts}
    for rule in list(text_rules.RULES) + list(tree_rules.RULES) + ["symbol"]:
        if rule not in names:
            verdicts.append((f"{rule} (no case)", False, False))
    failed = 0
    for number, (rule, fires, cries) in enumerate(verdicts, 1):
        is_ok = fires and not cries
        failed += not is_ok
        detail = "" if is_ok else " # " + ("cries wolf" if fires else "did not fire")
        print(f"{'ok' if is_ok else 'not ok'} {number} - {rule}{detail}")
    return 1 if failed else 0
