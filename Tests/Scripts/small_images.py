#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every command on particles of 1 x 1 to 16 x 16 pixels, on 1 to 16 ranks.

usage: small_images.py VEGARD [--ranks 1,2,3,...] [--shapes NAME,...] [--timeout S]

On one rank each command gives an answer or one clear error that names the particle; on more ranks
it must give the same, within rounding, and end. A rank without pixels is normal. Cases of the phase
field that have fewer columns of elements than ranks, and the commands without images, run likewise.
Needs h5py.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy

LAUNCH = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"]
# What version 1 of a stack says about its images.
ROOT = {
    "format": "chemomech-images", "version": 1,
    "axes": "array[row, col]; row index increases along crystal c, column index along crystal a",
    "reference": "LiFePO4 (X=1) is strain zero",
    "rotation": "radian, (d v_c/d a - d u_a/d c)/2",
    "shear": "e_ac is the tensor shear (half the engineering shear)",
}
SIZES = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (1, 16), (16, 1), (4, 3), (5, 7), (12, 10), (16, 16)]
# Numbers of different orders of summation; medians and iterations add to it.
TOLERANCE = 1e-6


def maps(rows, columns, seed):
    """Composition, strains and rotation of a smooth particle with a little noise."""
    dice = numpy.random.default_rng(seed)
    c, a = numpy.mgrid[0:rows, 0:columns] * 1.0
    x = 0.5 + 0.4 * numpy.sin(0.9 * a + 0.3) * numpy.cos(0.7 * c)
    noise = 3e-4
    return {
        "composition": x,
        "e_aa": 0.05 * (x - 1) + noise * dice.standard_normal(x.shape),
        "e_cc": -0.02 * (x - 1) + noise * dice.standard_normal(x.shape),
        "e_ac": noise * dice.standard_normal(x.shape),
        "rotation": noise * dice.standard_normal(x.shape),
    }


def particles():
    """Name, mask and maps of every shape."""
    for number, (rows, columns) in enumerate(SIZES):
        yield f"s{rows}x{columns}", numpy.ones((rows, columns), "u1"), maps(rows, columns, number)
    two = numpy.zeros((9, 9), "u1")
    two[4, 3:5] = 1
    yield "two", two, maps(9, 9, 20)
    corner = numpy.zeros((6, 6), "u1")
    corner[1:3, 1:3] = corner[3:5, 3:5] = 1
    yield "corner", corner, maps(6, 6, 21)
    apart = numpy.zeros((16, 5), "u1")
    apart[0, 0] = apart[15, 4] = 1
    apart[7:9] = 1
    yield "apart", apart, maps(16, 5, 22)


def write_stack(path, names=None):
    """A file of maps for `import --map`, and a stack of these particles; the names."""
    found = []
    with h5py.File(path, "w") as file:
        file.attrs.update(ROOT)
        for name, mask, channels in particles():
            if names and name not in names:
                continue
            group = file.create_group(name)
            group.attrs.update({"pixel_size": 20.0, "origin": [0.0, 0.0], "role": "train"})
            group["mask"] = mask
            for channel, values in channels.items():
                group[channel] = values
            found.append(name)
    return found


def run(vegard, folder, ranks, words, timeout):
    """Code, stdout and message of a command; a code of None is a hang."""
    launch = [*LAUNCH, "-n", str(ranks)] if ranks > 1 else []
    process = subprocess.Popen([*launch, vegard, *words], cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        out, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, "", f"no end after {timeout} s"
    said = [line for line in errors.splitlines() if line.startswith("vegard: ")]
    return process.returncode, out, "\n".join(said) or errors[-2000:]


def numbers(path):
    """All numbers of a file: {name: array}."""
    found = {}
    if path.is_dir():
        for table in sorted(path.rglob("*.csv")):
            found[table.name] = numpy.array([ord(letter) for letter in table.read_text()
                                             if not letter.isspace()][:1])
        return found
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]})
                        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu" else None)
    return found


def difference(first, second):
    """What differs most between two files' numbers; None where they agree."""
    if first.keys() != second.keys():
        return f"{sorted(first.keys() ^ second.keys())} in one of them"
    for name in first:
        one, other = numpy.asarray(first[name], float), numpy.asarray(second[name], float)
        if one.shape != other.shape:
            return f"{name}: shapes {one.shape} and {other.shape}"
        if name.endswith(("largest_share", "history/seconds")):
            continue
        if (numpy.isnan(one) != numpy.isnan(other)).any():
            return f"{name}: NaN at other places"
        scale = max(1e-9, float(numpy.nanmax(abs(one), initial=0)))
        worst = float(numpy.nanmax(abs(one - other), initial=0)) / scale
        if worst > TOLERANCE:
            return f"{name}: {worst:.1e}"
    return None


def image_commands(names):
    """(words, output) of every command on the stack."""
    for name in names:
        yield ["import", "stack.h5", "--particle", name, "-o", "OUT.h5"], "OUT.h5"
        yield ["learn", "stack.h5", "--train", name, "--terms", "1", "-o", "OUT.h5"], "OUT.h5"
        yield (["learn", "stack.h5", "--train", name, "--terms", "1", "--boundary", "measured",
                "--misfit", "displacement", "-o", "OUT.h5"], "OUT.h5")
        yield ["residual", "stack.h5", "--law", "law.h5", "--particle", name, "-o", "OUT.h5"], "OUT.h5"
        yield (["residual", "stack.h5", "--law", "law.h5", "--particle", name, "--bin", "2",
                "-o", "OUT.h5"], "OUT.h5")
    yield ["learn", "stack.h5", "--terms", "1...2", "-o", "OUT.h5"], "OUT.h5"
    yield ["residual", "stack.h5", "--law", "law.h5", "-o", "OUT.h5"], "OUT.h5"
    yield ["inspect", "stack.h5", "--format", "json"], None
    yield ["export", "stack.h5", "--csv", "OUT"], "OUT"
    yield ["plot", "law.h5", "-o", "OUT"], "OUT"


SIMULATIONS = {
    "one.yaml": "size: {a: 40 nm, c: 40 nm, b: 40 nm}\nelements: {a: 4, c: 4}\nuntil: 0.1 s\n",
    "flat.yaml": "size: {a: 80 nm, c: 20 nm, b: 40 nm}\nelements: {a: 8, c: 2}\nuntil: 0.1 s\n",
    "box.yaml": "size: {a: 40 nm, c: 40 nm, b: 80 nm}\nelements: {a: 2, c: 2, b: 8}\n"
                "until: 0.1 s\n",
}


def other_commands(folder, examples):
    """(words, output) of the commands without images."""
    for name, text in SIMULATIONS.items():
        (folder / name).write_text(text)
        yield ["simulate", name, "-o", "OUT.h5"], "OUT.h5"
        yield ["check", name, "--format", "json"], None
    yield ["dislocation", str(examples / "dislocation-lfp.yaml"), "--format", "json"], None
    yield ["diffract", str(examples / "diffract-lfp.yaml"), "-o", "OUT.h5"], "OUT.h5"
    yield ["verify", "A1", "--quick"], None
    yield ["bench", "--help"], None


def compare(vegard, folder, words, output, ranks, options):
    """Whether a command gives the one-rank answer on these numbers of ranks."""
    def once(count):
        name = f"o{count}" + (".h5" if output == "OUT.h5" else "")
        filled = [name if word == output and output else word for word in words]
        code, out, said = run(vegard, folder, count, filled, options.timeout)
        path = folder / name
        result = numbers(path) if output and path.exists() else None
        left = [entry.name for entry in folder.iterdir() if ".partial" in entry.name]
        return code, out, said, result, left

    code, _, said, answer, left = once(1)
    problems = []
    if code not in (0, 2, 3, 4) or (code and len(said.splitlines()) != 1):
        problems.append(f"1 rank: exit {code}: {said}")
    if code and answer is not None:
        problems.append(f"1 rank: exit {code}, but an output")
    if left:
        problems.append(f"1 rank: left {left}")
    for count in ranks:
        other, _, reason, found, left = once(count)
        if other != code:
            problems.append(f"{count} ranks: exit {other} for {code}: {reason}")
        elif code and reason != said:
            problems.append(f"{count} ranks: says {reason!r} for {said!r}")
        elif answer is not None:
            worst = difference(answer, found or {})
            if worst:
                problems.append(f"{count} ranks: {worst}")
        if left:
            problems.append(f"{count} ranks: left {left}")
    for entry in folder.glob("o[0-9]*"):
        subprocess.run(["rm", "-r", str(entry)], check=True)
    print(f"{'ok ' if not problems else 'BAD'} exit {code} {' '.join(words)}"
          + (f"  ({said})" if code else ""), flush=True)
    for problem in problems:
        print(f"    {problem}", flush=True)
    return not problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vegard")
    parser.add_argument("--ranks", default="2,3,5,8,16")
    parser.add_argument("--shapes", default="")
    parser.add_argument("--only", default="", help="commands, separated by commas")
    parser.add_argument("--timeout", type=float, default=60)
    options = parser.parse_args()
    vegard = str(Path(options.vegard).resolve())
    ranks = [int(word) for word in options.ranks.split(",")]
    examples = Path(__file__).resolve().parents[2] / "examples"
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = write_stack(folder / "stack.h5", options.shapes.split(",") if options.shapes else [])
        write_stack(folder / "law-stack.h5", ["s16x16"])
        code, _, said = run(vegard, folder, 1, ["learn", "law-stack.h5", "--terms", "2", "-o",
                                                "law.h5"], options.timeout)
        if code:
            sys.exit(f"the law of one particle: exit {code}: {said}")
        for words, output in [*image_commands(names), *other_commands(folder, examples)]:
            if options.only and words[0] not in options.only.split(","):
                continue
            good &= compare(vegard, folder, words, output, ranks, options)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
