#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a run with SIGKILL at random moments, restarts it, and compares its end.

usage: kill_restart.py VEGARD [--kills N] [--inside M] [--seed S]

Each kill begins a new run on 1, 2 or 3 ranks, ends it without warning after at least 20 accepted
and one rejected steps (M of the N inside a checkpoint write), looks at what is left, and continues
it with the same line and --restart. On the same ranks the end must be that of the run without
interruption, bit for bit: state, history, fields, averages. A last run goes from 1 to 2 to 3 ranks
and must agree to the solver's tolerance. Needs h5py.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy

CASE = """\
size: {a: 160 nm, c: 80 nm, b: 60 nm}
elements: {a: 24, c: 12, b: 8}
voids:
  - {a: 70 nm, c: 40 nm, b: 30 nm, radius: 16 nm}
kappa: {a: 13.4 eV nm2, c: 13.4 eV nm2, b: 1340 eV nm2}
first_step: 2 s
until: 60 s
tolerance: 1e-4
store_every: 4
checkpoint_every: 3
"""
LAUNCH = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"]
# Between ranks: above the tolerance of Newton's method.
OTHER_RANKS = 1e-6


def command(vegard, ranks, *options):
    """The words that run the case on some ranks."""
    words = [vegard, "simulate", "case.yaml", "-o", "run.h5", *options]
    return words if ranks == 1 else [*LAUNCH, "-n", str(ranks), *words]


def run(vegard, folder, ranks, *options):
    """Runs to the end; the log."""
    done = subprocess.run(command(vegard, ranks, *options), cwd=folder, capture_output=True,
                          text=True, check=False)
    if done.returncode:
        sys.exit(f"exit {done.returncode}: {done.stderr}")
    return done.stderr


def ranks_of(process, ranks):
    """The process numbers of the ranks of a launcher."""
    if ranks == 1:
        return [process.pid]
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children]


def kill(vegard, folder, ranks, least, when, inside, *options):
    """Starts, and kills `when` seconds after step `least`, or inside the next checkpoint write."""
    log = open(folder / "log", "w+", encoding="utf-8")
    process = subprocess.Popen(command(vegard, ranks, *options), cwd=folder, stderr=log,
                               stdout=subprocess.DEVNULL)
    partial = folder / "run.checkpoint.h5.partial"
    while last_step(folder) < least:
        if process.poll() is not None:
            sys.exit(f"ended before step {least}: {(folder / 'log').read_text()}")
        time.sleep(0.005)
    if inside:
        while not partial.exists() and process.poll() is None:
            pass
    else:
        time.sleep(when)
    if process.poll() is not None:
        return None
    for number in ranks_of(process, ranks):
        os.kill(number, signal.SIGKILL)
    process.wait()
    log.close()
    if inside and not partial.exists():
        return None
    with h5py.File(folder / "run.h5") as file:
        if file.attrs["status"] == "complete":
            return None  # It was faster.
    return last_step(folder)


def last_step(folder):
    """The last step in the log."""
    found = re.findall(r"^step (\d+):.*drift .*\n", (folder / "log").read_text(), re.MULTILINE)
    return int(found[-1]) if found else -1


def look(folder, step):
    """What a killed run leaves; the checkpoint's step."""
    with h5py.File(folder / "run.h5") as file:
        assert file.attrs["status"] == "running", file.attrs["status"]
        stored = {int(name) for name in file["steps"]}
        missing = set(range(0, step, 4)) - stored
        assert not missing, f"steps {missing} were stored and are gone"
        for name in file["steps"]:
            assert numpy.isfinite(file[f"steps/{name}/composition"][()]).any()
        history = file["history/step"][()]
        assert (history == numpy.arange(len(history))).all()
    with h5py.File(folder / "run.checkpoint.h5") as file:
        steps, rejected = file.attrs["counters"][:2]
        assert steps >= 20 and rejected >= 1, (steps, rejected)
        assert steps <= history[-1], "the checkpoint is ahead of the history"
    return int(steps)


def contents(path):
    """All numbers of a file but the wall times: {name: array}."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]})
                        if isinstance(item, h5py.Dataset) and name != "history/seconds" else None)
        counters = file.attrs.get("counters")
    return found | ({} if counters is None else {"counters": counters})


def difference(first, second):
    """The largest difference of two files' numbers; infinite where their names differ."""
    if first.keys() != second.keys():
        return numpy.inf
    return max(float(numpy.nanmax(abs(numpy.asarray(first[name], float) - second[name]), initial=0))
               if first[name].shape == second[name].shape else numpy.inf for name in first)


def equal(first, second):
    """Whether all numbers are equal bit for bit."""
    return first.keys() == second.keys() and all(
        first[name].tobytes() == second[name].tobytes() for name in first)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vegard")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--inside", type=int, default=3)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    vegard, dice = str(Path(options.vegard).resolve()), random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        ends, seconds = {}, {}
        folder = Path(name)

        def fresh():
            for path in folder.iterdir():
                path.unlink()
            (folder / "case.yaml").write_text(CASE)
            (folder / "log").write_text("")

        for ranks in sorted({1 + number % 3 for number in range(options.kills)} | {1}):
            fresh()
            start = time.monotonic()
            run(vegard, folder, ranks)
            seconds[ranks] = time.monotonic() - start
            ends[ranks] = contents(folder / "run.checkpoint.h5"), contents(folder / "run.h5")
            steps, rejected = ends[ranks][0]["counters"][:2]
            print(f"{ranks} ranks without interruption: {steps} steps, {rejected} rejected, "
                  f"{seconds[ranks]:.1f} s", flush=True)
        for number in range(options.kills):
            ranks, inside = 1 + number % 3, number < options.inside
            step = None
            while step is None:
                fresh()
                least = dice.randrange(23, 23 + max(1, int(ends[ranks][0]["counters"][0]) - 32))
                step = kill(vegard, folder, ranks, least, dice.random() * 0.1, inside)
            saved = look(folder, step)
            run(vegard, folder, ranks, "--restart", "run.checkpoint.h5")
            same = all(map(equal, ends[ranks], (contents(folder / "run.checkpoint.h5"),
                                                contents(folder / "run.h5"))))
            where = "inside a checkpoint write" if inside else "anywhere"
            print(f"kill {number + 1} on {ranks} ranks, {where}, after step {step}: restarted from "
                  f"step {saved}, {'bit-equal' if same else 'DIFFERENT'}", flush=True)
            if not same:
                return 1
        if options.kills < 3:
            return 0
        fresh()
        kill(vegard, folder, 1, 25, 0, False)
        saved = look(folder, last_step(folder))
        (folder / "log").write_text("")
        kill(vegard, folder, 2, saved + 8, 0, False, "--restart", "run.checkpoint.h5")
        second = look(folder, 0)
        run(vegard, folder, 3, "--restart", "run.checkpoint.h5")
        whole = ends[1][0]["levels/0/composition"]
        found = contents(folder / "run.checkpoint.h5")["levels/0/composition"]
        worst = float(abs(whole - found).max())
        print(f"1 rank to step {saved}, 2 to step {second}, 3 to the end: X differs by "
              f"{worst:.1e} from one rank, expected at most {OTHER_RANKS:.0e}")
        return 0 if worst <= OTHER_RANKS else 1


if __name__ == "__main__":
    sys.exit(main())
