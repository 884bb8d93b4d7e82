"""Run an explored program, and read what it says."""
import json
import re
import subprocess


class Failure(Exception):
    pass


class Finding:
    """What one search came to."""

    def __init__(self):
        self.verdict = "held"
        self.token = ""
        self.executions = self.preemptions = self.lines = self.replays = 0
        self.seconds = 0.0
        self.output = ""


def call(program, words, limit_s):
    try:
        run = subprocess.run([program, *words], capture_output=True, text=True, check=False,
                             timeout=limit_s, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise Failure(f"still running after {limit_s:.0f} s: {' '.join(words)}") from error
    return run


def objects_of(run):
    found = [json.loads(line) for line in run.stdout.split("\n") if line.startswith("{")]
    if run.returncode not in (0, 1) or len(found) != 1:
        raise Failure(f"exit {run.returncode}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return found[0]


# Who does not say how to search gets a third of the time for each of these.
STRATEGIES = ("", "--strategy pct", "--strategy walk")


def search(program, case, options, seconds):
    """Explore one case; what is found is shrunk by the program itself."""
    found = Finding()
    tried = (options,) if options else STRATEGIES
    for strategy in tried:
        words = ["--json", "--budget-s", str(seconds / len(tried)), *strategy.split(), case]
        run = call(program, words, 10 * seconds + 20)
        said = objects_of(run)
        found.executions += said["runs"]
        found.seconds += said["seconds"]
        if said["result"] == "held":
            continue
        found.verdict = said["verdict"]
        found.output = said["text"]
        found.token = said.get("token", "")
        found.preemptions = said.get("preemptions", 0)
        return found
    return found


def timeline_lines(program, found):
    """Lines of the timeline as a person sees it: steps, and the mark of what is left out."""
    run = call(program, ["--replay", found.token], 20)
    return sum(re.match(r" *(\d+  |\.\.\.)", line) is not None for line in run.stdout.split("\n"))


def replay(program, found, times):
    """How many of so many replays, each a process of its own, end as the search did."""
    loop = 'i=0; while [ $i -lt $2 ]; do "$0" --json --replay "$1"; i=$((i + 1)); done; true'
    run = call("sh", ["-c", loop, program, found.token, str(times)], 20 + times)
    said = [json.loads(line) for line in run.stdout.split("\n") if line.startswith("{")]
    return sum(one.get("verdict") == found.verdict for one in said)
