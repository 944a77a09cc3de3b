#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills commands at random moments and repeats them; fills disks under them.

usage: kills.py VEGARD [--kills N] [--seed S] [--disks]

Each of the N kills (SIGKILL, on 1, 2 and 3 ranks in turn, `simulate`, `learn` and `import` in turn)
comes at a random share of the command's own time. Afterwards an output of before must be as it was
(or whole and new where the kill came late), the same line must run to its end without a lock in its
way, and no other file may be left.

With --disks every command that writes runs onto a disk that is too small (as root, on a file system
of its own in memory) and under a limit of the file's size: exit 4, one message, the output of before
as it was, nothing left, no hang. Needs h5py.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py

LAUNCH = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"]
# Ranks talk by TCP where a limit of the file's size would hold for their shared memory, too.
TALK = ["--mca", "btl", "self,tcp"]
CASE = ("size: {a: 160 nm, c: 80 nm, b: 60 nm}\nelements: {a: 16, c: 8}\nfirst_step: 1 s\n"
        "until: 40 s\ncheckpoint_every: 2\nstore_every: 2\n")
DATA = Path(__file__).resolve().parents[2] / "examples"


def digest(path):
    """What a file holds; None where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def words(command, source):
    """The line of a command, and its output."""
    return {
        "simulate": (["simulate", "case.yaml", "-o", "out.h5"], "out.h5"),
        "learn": (["learn", source, "--terms", "1...2", "-o", "out.h5"], "out.h5"),
        "import": (["import", source, "-o", "out.h5"], "out.h5"),
        "residual": (["residual", source, "--law", "law.h5", "-o", "out.h5"], "out.h5"),
        "diffract": (["diffract", str(DATA / "diffract-lfp.yaml"), "-o", "out.h5"], "out.h5"),
        "export": (["export", source, "--csv", "out"], "out"),
        "plot": (["plot", "law.h5", "-o", "out"], "out"),
    }[command]


def start(vegard, folder, ranks, line, shell=""):
    """The process of a command on some ranks; `shell` runs first on each."""
    program = [vegard, *line]
    if shell:
        program = ["bash", "-c", f'{shell}; exec "$@"', "_", *program]
    launch = [*LAUNCH, *(TALK if shell else []), "-n", str(ranks)] if ranks > 1 else []
    return subprocess.Popen([*launch, *program], cwd=folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, start_new_session=True)


def finish(process, seconds):
    """Code and messages; a code of None is a hang."""
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ["no end"]
    return process.returncode, [text for text in errors.splitlines() if text.startswith("vegard: ")]


def everybody(process):
    """The process and those below it."""
    found, todo = [], [process.pid]
    while todo:
        number = todo.pop()
        found.append(number)
        try:
            todo += map(int, Path(f"/proc/{number}/task/{number}/children").read_text().split())
        except FileNotFoundError:
            pass
    return found


def prepare(vegard, folder, source):
    """The inputs of every command, and how long each takes."""
    shutil.copy(source, folder / "stack.h5")
    (folder / "case.yaml").write_text(CASE)
    code, said = finish(start(vegard, folder, 1, ["learn", "stack.h5", "--terms", "1", "-o",
                                                  "law.h5"]), 600)
    if code:
        sys.exit(f"learn: exit {code}: {said}")
    return {entry.name for entry in folder.iterdir()}


def kill(vegard, folder, inputs, command, ranks, share, seconds, exists):
    """Problems of one kill; `seconds` is what the command takes."""
    line, output = words(command, "stack.h5")
    before = None
    if exists:
        shutil.copy(folder / "law.h5", folder / output)
        before = digest(folder / output)
        line = [*line, "--force"]
    process = start(vegard, folder, ranks, line)
    time.sleep(share * seconds)
    for number in everybody(process):
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.communicate()
    problems = []
    after = digest(folder / output)
    # A run grows in place of what --force gave away; everything else is old or whole.
    if command != "simulate" and after != before:
        try:
            with h5py.File(folder / output) as file:
                file.visit(lambda name: None)
        except OSError as error:
            problems.append(f"the output is damaged: {error}")
    again = line if "--force" in line else [*line, "--force"]
    checkpoint = folder / "out.checkpoint.h5"
    if command == "simulate" and checkpoint.exists():
        again = [*words(command, "stack.h5")[0], "--restart", checkpoint.name]
    code, said = finish(start(vegard, folder, ranks, again), 300)
    if code:
        problems.append(f"the same line again: exit {code}: {said}")
    own = inputs | {output} | ({"out.checkpoint.h5", "out.h5.xdmf"} if command == "simulate" else set())
    stray = {entry.name for entry in folder.iterdir()} - own
    if stray:
        problems.append(f"left {sorted(stray)}")
    for entry in folder.iterdir():
        if entry.name not in inputs:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return problems


def kills(vegard, options):
    """Whether all kills end well."""
    dice = random.Random(options.seed)
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = prepare(vegard, folder, DATA / "data/example.h5")
        times = {}
        for number in range(options.kills):
            command, ranks = ["simulate", "learn", "import"][number % 3], 1 + number // 3 % 3
            if (command, ranks) not in times:
                begin = time.monotonic()
                finish(start(vegard, folder, ranks, words(command, "stack.h5")[0]), 300)
                times[command, ranks] = time.monotonic() - begin
                for entry in folder.iterdir():
                    if entry.name not in inputs:
                        entry.unlink()
            share, exists = dice.random(), dice.random() < 0.5
            problems = kill(vegard, folder, inputs, command, ranks, share, times[command, ranks],
                            exists)
            print(f"kill {number + 1}: {command} on {ranks} ranks at {100 * share:.0f} %"
                  f"{', onto an output' if exists else ''}: {problems or 'well'}", flush=True)
            good &= not problems
    return good


def disks(vegard):
    """Whether no full disk hangs or damages; a table on stdout."""
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = prepare(vegard, folder, DATA / "data/example.h5")
        small = folder / "small"
        small.mkdir()
        for command in ["learn", "residual", "import", "simulate", "diffract", "export", "plot"]:
            line, output = words(command, str(folder / "stack.h5"))
            line = [str(folder / word) if word in inputs else word for word in line]
            for ranks in [1, 2, 3]:
                row = []
                for kind in ["disk", "limit"]:
                    if kind == "disk" and os.geteuid() != 0:
                        continue
                    found = squeeze(vegard, small, ranks, line, output, kind, folder / "law.h5")
                    row.append(f"{kind}: {found or 'well'}")
                    good &= not found
                print(f"{command} on {ranks} ranks: {'; '.join(row)}", flush=True)
    return good


def squeeze(vegard, small, ranks, line, output, kind, former):
    """Problems of a command whose output does not fit."""
    for entry in small.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    if kind == "disk":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "none", str(small)], check=True)
    try:
        isFile = output.endswith(".h5")
        if isFile:
            (small / output).write_bytes(former.read_bytes()[:4096])
            line = [*line, "--force"]
        before = digest(small / output) if isFile else None
        shell = "ulimit -f 16" if kind == "limit" else "true"
        code, said = finish(start(vegard, small, ranks, line, shell), 120)
        problems = []
        if code != 4 or len(said) != 1:
            problems.append(f"exit {code}, {len(said)} messages {said}")
        if isFile and digest(small / output) != before and line[0] != "simulate":
            problems.append("the output of before is damaged")
        stray = {entry.name for entry in small.iterdir()} - ({output} if isFile else set())
        if stray - {"out.h5.xdmf"}:
            problems.append(f"left {sorted(stray)}")
        return problems
    finally:
        if kind == "disk":
            subprocess.run(["umount", str(small)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vegard")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--disks", action="store_true")
    options = parser.parse_args()
    vegard = str(Path(options.vegard).resolve())
    good = kills(vegard, options) if options.kills else True
    if options.disks:
        # A mount of its own: nobody else sees it, and it goes with this process.
        if os.geteuid() == 0 and "VEGARD_OWN_MOUNTS" not in os.environ:
            os.environ["VEGARD_OWN_MOUNTS"] = "1"
            done = subprocess.run(["unshare", "-m", sys.executable, __file__, vegard, "--kills", "0",
                                   "--disks"], check=False)
            good &= done.returncode == 0
        else:
            good &= disks(vegard)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
