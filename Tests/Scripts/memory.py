#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How well `vegard check` predicts the memory of a run.

usage: memory.py VEGARD

Runs small cases and one with a tomogram whose voxels are far more than its elements, and compares the
peak of the resident memory with the prediction. A prediction below the peak by more than a twentieth, or
above it by more than a fifth, fails: the first lets nodes run out of memory, the second refuses what fits.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy

BELOW, ABOVE = 0.95, 1.2
BOX = "size: {a: 320 nm, c: 160 nm, b: 80 nm}\nelements: {a: 32, c: 16, b: 8}\nelastic: false\n"
CASES = {
    "plane": "size: {a: 80 nm, c: 40 nm, b: 20 nm}\nelements: {a: 24, c: 12}\nuntil: 1 s\n",
    "line": "dimension: 1\nsize: {a: 300 nm}\nelements: {a: 100}\nuntil: 1 s\nsurface: neutral\n",
    "tomogram": BOX + "tomogram: {file: scan.h5, dataset: scan, voxel: 1 nm, threshold: 100}\n"
                "until: 0.001 s\n",
}


def write_scan(path):
    """A spherical void in the middle of 320 x 160 x 80 voxels."""
    z, y, x = numpy.mgrid[:80, :160, :320]
    away = numpy.sqrt((x - 160.0) ** 2 + (y - 80.0) ** 2 + (z - 40.0) ** 2)
    with h5py.File(path, "w") as file:
        file["scan"] = numpy.clip(100 + 4 * (away - 30), 0, 255).astype("f4")


# A small interpreter starts the run: until it is replaced, a child has the size of what forked it.
STARTER = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(words, folder):
    """The peak of a command's resident memory in bytes."""
    found = subprocess.run([sys.executable, "-c", STARTER, *words], cwd=folder, capture_output=True,
                           text=True, check=True)
    code, used = found.stdout.split()
    if code != "0":
        sys.exit(f"{' '.join(words)}: {found.stderr}")
    return 1024.0 * float(used)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = os.path.realpath(sys.argv[1])
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        write_scan(pathlib.Path(folder) / "scan.h5")
        for name, text in CASES.items():
            (pathlib.Path(folder) / f"{name}.yaml").write_text(text)
            found = subprocess.run([binary, "check", f"{name}.yaml", "--quick", "--format", "json"],
                                   cwd=folder, capture_output=True, text=True, check=True).stdout
            predicted = float(found.split('"memory_per_rank_bytes":')[1].split(",")[0].strip(" }\n"))
            used = peak([binary, "simulate", f"{name}.yaml", "-o", f"{name}.h5"], folder)
            fits = BELOW * used <= predicted <= ABOVE * used
            failed = failed or not fits
            print(f"memory of {name}, MiB  {predicted / 2**20:.0f}  measured {used / 2**20:.0f}  "
                  f"{'yes' if fits else 'NO'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
