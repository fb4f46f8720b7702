"""Runs jobs, with two builds in turns: what else the machine does then meets both."""
import dataclasses
import pathlib
import sys
import tempfile

from .jobs import JOBS
from .start import ROOT

SCRATCH = ROOT / "build/bench"


def in_turns(names, builds, repeat, run):
    """Yields a row of figures a run: A B A B … for each job. `builds`: binaries by name, None for the release build's."""
    for name in names:
        for _ in range(repeat):
            for build, binary in builds.items():
                print(f"==> {name}, build {build}", file=sys.stderr, flush=True)
                yield {"job": name, "build": build} | run_once(JOBS[name], dataclasses.replace(run, binary=binary))


def run_once(job, run):
    """The figures of one run, in a directory of its own."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as work:
        return job(dataclasses.replace(run, work=pathlib.Path(work)))
