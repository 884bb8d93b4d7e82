#!/usr/bin/env python3
"""generate.py - writes the litmus tests as C on standard output, for machine.c.

Each thread of each program becomes a function whose orders are constants, so that a compiler sees
what it would see in a program; what a thread read goes to a place of its own afterwards.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import table  # noqa: E402

ORDERS = {"rlx": "SYNC_RELAXED", "acq": "SYNC_ACQUIRE", "rel": "SYNC_RELEASE",
          "ar": "SYNC_ACQ_REL", "sc": "SYNC_SEQ_CST"}


def statement(program, op):
    """One operation as C."""
    order = ORDERS[op[-1]]
    if op[0] == "fence":
        return [f"sync_fence({order});"]

    def cell(location):
        return f"&MACHINE_WORD(run, {program.locations().index(location)}, at)"

    if op[0] == "store":
        return [f"sync_u32_store({cell(op[1])}, {op[2]}, {order});"]
    register, where = op[1], cell(op[2])
    if op[0] == "load":
        return [f"uint32_t {register} = sync_u32_load({where}, {order});"]
    if op[0] == "cas":
        return [f"uint32_t {register} = {op[3]};",
                f"(void)sync_u32_compare_exchange({where}, &{register}, {op[4]}, {order});"]
    call = {"add": "add", "swap": "exchange"}[op[0]]
    return [f"uint32_t {register} = sync_u32_{call}({where}, {op[3]}, {order});"]


def thread_body(program, number, name):
    ops = program.threads[number]
    lines = [f"static void {name}(struct machine_run *run, uint32_t at) {{"]
    for op in ops:
        lines += ["    " + text for text in statement(program, op)]
    for op in ops:
        if op[0] not in ("store", "fence"):
            place = program.registers().index(op[1])
            lines.append(f"    MACHINE_RESULT(run, {place}, at) = {op[1]};")
    if not any(op[0] not in ("store", "fence") for op in ops):
        lines.append("    (void)at;")
    return lines + ["}", ""]


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tests.txt")
    programs = table.read(path)
    print("/* Written by tests/litmus/generate.py from tests.txt. */")
    print('#include "machine.h"\n')
    rows = []
    for number, program in enumerate(programs):
        names = []
        for thread in range(len(program.threads)):
            names.append(f"program{number}_p{thread}")
            print("\n".join(thread_body(program, thread, names[-1])))
        locations = program.locations()
        watched = ", ".join(str(locations.index(location)) for location in program.final) or "0"
        words = "".join(program.registers()) + "".join(program.final)
        rows.append(f'    {{ .name = "{program.name()}", .words = "{words}",\n'
                    f"      .threads = {len(names)}, .locations = {len(locations)}, "
                    f".registers = {len(program.registers())}, .finals = {len(program.final)},\n"
                    f"      .final = {{ {watched} }}, .bodies = {{ {', '.join(names)} }} }},")
    print("const struct machine_program machine_programs[] = {")
    print("\n".join(rows))
    print("};\n")
    print("const uint32_t machine_program_count = "
          "sizeof machine_programs / sizeof *machine_programs;")


if __name__ == "__main__":
    main()
