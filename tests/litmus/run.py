#!/usr/bin/env python3
"""run.py - `make litmus`: do the model and the machines do what RC11 allows?

    run.py [--milliseconds N] [--seed N] [--programs N] [--machine NAME=COMMAND]...
           [--reduction COMMAND] MODEL

MODEL explores every test of tests.txt, and random programs of a seed, and must find exactly the
outcomes that the axioms allow, in at most twice as many executions as there are execution graphs.
Each machine runs the tests for some milliseconds each, and must show nothing but what is allowed.
The reduction must lose nothing of small random programs with locks, sleeping and time.
Prints a table, what went wrong, and "N passed, N failed".
"""
import argparse
import os
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import axioms  # noqa: E402
import table  # noqa: E402

EXECUTIONS_PER_GRAPH = 2
RANDOM_EXECUTIONS = 300


class Score:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def check(self, holds, text):
        if holds:
            self.passed += 1
        else:
            self.failures.append(text)


def outcomes_of(parts):
    """OUTCOME:COUNT words as a dictionary."""
    pairs = (part.rsplit(":", 1) for part in parts)
    return {outcome: int(count) for outcome, count in pairs}


def run_model(command, programs):
    """Program name -> (executions, cut, outcomes)."""
    text = "\n".join("\n".join(program.lines()) for program in programs) + "\n"
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    found = {}
    for line in done.stdout.splitlines():
        name, executions, cut, *parts = line.split("|")
        found[name] = (int(executions), int(cut), outcomes_of(parts))
    return found


def run_machine(command, milliseconds):
    """Program name -> outcomes."""
    done = subprocess.run([*shlex.split(command), str(milliseconds)], capture_output=True,
                          text=True, check=False)
    sys.stderr.write(done.stderr)
    lines = (line.split("|") for line in done.stdout.splitlines())
    return {name: outcomes_of(parts) for name, *parts in lines}


def check_model(score, program, judge, found):
    name = program.name()
    if name not in found:
        score.check(False, f"{name}: the model says nothing")
        return
    executions, _, outcomes = found[name]
    missing = sorted(set(judge.outcomes) - set(outcomes))
    extra = sorted(set(outcomes) - set(judge.outcomes))
    score.check(not missing, f"{name}: the model misses {missing[:4]}")
    score.check(not extra, f"{name}: the model allows {extra[:4]}")
    score.check(executions <= EXECUTIONS_PER_GRAPH * judge.graphs,
                f"{name}: {executions} executions of {judge.graphs} graphs")


def check_dice(score, options, programs, judges):
    """The random strategy, whose machine is simpler: some outcomes, and none that is forbidden."""
    model = run_model([options.model, "random", str(RANDOM_EXECUTIONS)], programs)
    shown = 0
    for program, judge in zip(programs, judges):
        outcomes = set(model.get(program.name(), (0, 0, {}))[2])
        extra = sorted(outcomes - set(judge.outcomes))
        score.check(outcomes and not extra, f"{program.name()}: at random it shows {extra[:4]}")
        shown += len(outcomes)
    allowed = sum(len(judge.outcomes) for judge in judges)
    print(f"at random, {RANDOM_EXECUTIONS} executions each: {shown} of {allowed} outcomes")


def seen(program, outcomes):
    """What the table says of a machine: how many outcomes, and whether the asked one came."""
    if program.asks is None:
        return str(len(outcomes))
    asked = sum(count for outcome, count in outcomes.items()
                if set(program.asks.split()) <= set(outcome.split()))
    total = sum(outcomes.values())
    return f"{len(outcomes)}" + (f" ({asked}/{total})" if asked else "")


def check_machine(score, program, label, found):
    """RC11 forbids stores before earlier loads; C11 and some processors do not."""
    name = program.name()
    if name not in found:
        score.check(False, f"{name}: {label} says nothing")
        return
    hardware = axioms.Judge(program, is_thin_air_forbidden=False).run().outcomes
    extra = sorted(set(found[name]) - set(hardware))
    score.check(not extra, f"{name}: {label} shows {extra[:4]}")


def check_tests(score, options, machines):
    programs = table.read(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tests.txt"))
    model = run_model([options.model], programs)
    shown = {label: run_machine(command, options.milliseconds)
             for label, command in machines.items()}
    heads = "".join(f"  {label:>18}" for label in shown)
    print(f"{'test':14} {'orders':16} {'asked for':18} allowed graphs runs  ratio{heads}")
    judges = [axioms.Judge(program).run() for program in programs]
    for program, judge in zip(programs, judges):
        score.check(judge.has(program.asks) == program.verdict,
                    f"{program.name()}: the axioms do not say what the literature says")
        check_model(score, program, judge, model)
        row = f"{program.test:14} {program.row:16} {program.asks:18}"
        executions = model.get(program.name(), (0, 0, {}))[0]
        verdict = "yes" if program.verdict else "no"
        row += f" {verdict:>3} {len(judge.outcomes):3} {judge.graphs:6} {executions:4}"
        row += f"  {executions / judge.graphs:5.2f}"
        for label, found in shown.items():
            check_machine(score, program, label, found)
            row += f"  {seen(program, found.get(program.name(), {})):>18}"
        print(row)
    check_dice(score, options, programs, judges)


def check_random(score, options):
    """Programs that nobody thought of."""
    programs = [table.make_random(options.seed, number) for number in range(options.programs)]
    model = run_model([options.model], programs)
    graphs = 0
    worst = (0, None)
    judges = [axioms.Judge(program).run() for program in programs]
    for program, judge in zip(programs, judges):
        check_model(score, program, judge, model)
        graphs += judge.graphs
        ratio = model.get(program.name(), (0, 0, {}))[0] / judge.graphs
        worst = max(worst, (ratio, program.name()))
    executions = sum(entry[0] for entry in model.values())
    cut = sum(entry[1] for entry in model.values())
    print(f"{len(programs)} random programs of seed {options.seed}: {graphs} graphs, "
          f"{executions} executions, {cut} given up; "
          f"at worst {worst[0]:.2f} executions a graph ({worst[1]})")
    check_dice(score, options, programs, judges)


def check_reduction(score, options):
    """reduction.c counts for itself."""
    command = [*shlex.split(options.reduction), str(options.seed), str(options.programs // 5)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    *lines, last = done.stdout.splitlines() or [""]
    print("\n".join(lines))
    words = last.split()
    is_whole = len(words) == 4 and done.returncode in (0, 1)
    score.passed += int(words[0]) if is_whole else 0
    for _ in range(int(words[2]) if is_whole else 1):
        score.check(False, "the reduction loses something")


def main():
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__.split("\n")[0])
    parser.add_argument("--milliseconds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=500)
    parser.add_argument("--machine", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--reduction", metavar="COMMAND")
    parser.add_argument("model")
    options = parser.parse_args()
    score = Score()
    check_tests(score, options, dict(machine.split("=", 1) for machine in options.machine))
    check_random(score, options)
    if options.reduction:
        check_reduction(score, options)
    for failure in score.failures:
        print(f"FAIL {failure}")
    print(f"{score.passed} passed, {len(score.failures)} failed")
    return 1 if score.failures else 0


if __name__ == "__main__":
    sys.exit(main())
