#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Row F10: how long the program takes to start, with nothing to do.

usage: startup.py VEGARD

Prints the median wall time of 21 starts of `--version` and `--help`, and the time the loader alone
takes to map the program's libraries and bind their symbols. With PETSc among them no program starts
in less than 45 ms: a session opens it, and a program that is linked with it fails here.
"""

import os
import statistics
import subprocess
import sys
import time

STARTS = 21
GOAL = 0.030


def seconds(words, environment=None):
    """The median wall time of a command."""
    samples = []
    for _ in range(STARTS):
        begin = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=environment)
        samples.append(time.perf_counter() - begin)
    return statistics.median(samples)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # Libraries are listed and bound, but nothing of the program runs.
    loader = {**os.environ, "LD_TRACE_LOADED_OBJECTS": "1", "LD_WARN": "1", "LD_BIND_NOW": ""}
    alone = seconds([sys.argv[1]], loader)
    listed = subprocess.run([sys.argv[1]], env=loader, capture_output=True, text=True).stdout
    if "libpetsc" in listed:
        sys.exit("F10  the program is linked with PETSc (VEGARD_PETSC_LINKED?)")
    for option in ("--version", "--help"):
        found = seconds([sys.argv[1], option])
        print(f"F10  vegard {option}, ms  {1e3 * found:.0f}  goal {1e3 * GOAL:.0f}  "
              f"{'yes' if found <= GOAL else 'NO'}  (the loader alone {1e3 * alone:.0f} ms)")


if __name__ == "__main__":
    main()
