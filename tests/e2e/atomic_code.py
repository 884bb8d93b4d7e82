#!/usr/bin/env python3
"""atomic_code - the instructions of sync/atomic.h, beside what docs/memory-order.md says.

    atomic_code.py COMPILER OBJDUMP COLUMN FOLDER

Compiles one function for each row of the page's table of instructions, and compares those
that touch the shared word, or order accesses to it, with COLUMN (x86-64 or riscv64).  Prints
each row that differs and "N rows, N differ"; exit 1 if one does, 2 without a table.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "memory-order.md")
SHAPES = {
    "load": "uint32_t {n}(struct sync_u32 *a) {{ return sync_u32_load(a, {o}); }}",
    "store": "void {n}(struct sync_u32 *a, uint32_t v) {{ sync_u32_store(a, v, {o}); }}",
    "exchange": "uint32_t {n}(struct sync_u32 *a, uint32_t v) "
                "{{ return sync_u32_exchange(a, v, {o}); }}",
    "add": "uint32_t {n}(struct sync_u32 *a, uint32_t v) {{ return sync_u32_add(a, v, {o}); }}",
    "compare_exchange": "bool {n}(struct sync_u32 *a, uint32_t *e, uint32_t v) "
                        "{{ return sync_u32_compare_exchange(a, e, v, {o}); }}",
    "compare_exchange_weak": "bool {n}(struct sync_u32 *a, uint32_t *e, uint32_t v) "
                             "{{ return sync_u32_compare_exchange_weak(a, e, v, {o}, "
                             "SYNC_RELAXED); }}",
    "fence": "void {n}(void) {{ sync_fence({o}); }}",
    "spin_hint": "void {n}(void) {{ sync_spin_hint(); }}",
}


def rows():
    """(operation, order, {column: instructions}) of the table."""
    with open(PAGE, encoding="utf-8") as page:
        text = page.read()
    table = re.search(r"^\| operation \| order \| (.*) \|\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)
    if not table:
        sys.exit(2)
    columns = table.group(1).split(" | ")
    for line in table.group(2).splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        yield cells[0], cells[1], dict(zip(columns, cells[2:]))


def name_of(operation, order):
    return f"{operation}__{order}".replace("-", "plain")


def source():
    text = '#include "sync/atomic.h"\n'
    for operation, order, _ in rows():
        shape = SHAPES[operation].format(n=name_of(operation, order), o=f"SYNC_{order.upper()}")
        text += f"{shape.split(' {')[0]};\n{shape}\n"
    return text


def of_x86_64(line):
    words = line.split()
    if words[0] == "lock":
        return " ".join(words[:2])
    if words[0] in ("mov", "xchg") and "(%rdi)" in line:
        return words[0]
    return words[0] if words[0] in ("mfence", "pause") else None


def of_riscv64(line):
    words = line.split()
    if words[0] == "fence":
        return " ".join(words)
    if words[0].startswith(("amo", "lr.", "sc.")) or words[0] == "pause":
        return words[0]
    if words[0] in ("lw", "sw") and "(a0)" in line:
        return words[0]
    return "pause" if words[0] == ".word" else None   # older disassemblers do not know it


def functions(objdump, path, wanted):
    """{name: its instructions up to the first return}"""
    listing = subprocess.run([objdump, "-d", "--no-show-raw-insn", path], check=True,
                             capture_output=True, text=True).stdout
    found, current = {}, None
    for line in listing.splitlines():
        head = re.match(r"[0-9a-f]+ <(\w+)>:$", line)
        code = re.match(r"\s+[0-9a-f]+:\s+(\S.*)", line)
        if head:
            current = found.setdefault(head.group(1), [])
        elif code and current is not None:
            if code.group(1).split()[0] == "ret":
                current = None
            else:
                current.append(wanted(code.group(1)))
    return {name: "; ".join(i for i in code if i) or "-" for name, code in found.items()}


def main():
    compiler, objdump, column, folder = sys.argv[1:5]
    path = os.path.join(folder, f"atomic_{column}")
    with open(path + ".c", "w", encoding="utf-8") as out:
        out.write(source())
    subprocess.run([compiler, "-std=c11", "-O2", "-I", f"{ROOT}/libs/base/include",
                    "-I", f"{ROOT}/libs/sync/include", "-c", path + ".c", "-o", path + ".o"],
                   check=True)
    have = functions(objdump, path + ".o", of_x86_64 if column == "x86-64" else of_riscv64)
    count = differing = 0
    for operation, order, says in rows():
        count += 1
        made = have[name_of(operation, order)]
        if made != says[column]:
            differing += 1
            print(f"{operation} {order}: the page says {says[column]}, the compiler {made}")
    print(f"{count} rows, {differing} differ")
    return 1 if differing or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
