"""Run an explored program, and read what it says."""
import json
import subprocess
import time


class Failure(Exception):
    pass


class Finding:
    def __init__(self):
        self.verdict = "held"
        self.token = ""
        self.executions = self.preemptions = self.lines = self.replays = 0
        self.seconds = 0.0
        self.output = ""
