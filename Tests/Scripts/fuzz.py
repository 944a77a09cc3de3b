#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds damaged inputs to every reader and looks for crashes, hangs and mute messages.

usage: fuzz.py VEGARD [--count N] [--seed S] [--jobs J] [--keep DIR] [--only READER] [--input K]

Input K of seed S is always the same: "--seed S --input K" repeats one that failed. Each input is a
small healthy one with a few changes: bytes, or the structure of an HDF5 file (names, attributes,
shapes, types, links), or the words of a table or a case. Wrong is: a signal, or an exit code other
than 0, 2, 3, 4, 5; no end in 60 s; more than 3 GB of memory asked for where the input is small; a
refusal without a line "vegard: …" that names a file; more than one such line; anything left beside
the declared output, or the output itself after an error. The last line counts. Needs h5py.
"""

import argparse
import concurrent.futures
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy

LIMIT = 60
MEMORY = 3 << 30
NO_END = f"no end in {LIMIT} s"
NUMBERS = [0, 1, -1, 2, 0.5, float("nan"), float("inf"), -float("inf"), 1e300, -1e300, 1e-300,
           2**31, 2**33, 2**62, 17, 1e6]
TEXTS = ["", "..", "a/b", "\u00e9" * 300, "-1", "percent", "nm", "1 nm", "\x01", "x" * 5000]


def image(shape, kind):
    rows, columns = numpy.indices(shape)
    x = columns / shape[1]
    return {"composition": 0.1 + 0.8 * x, "e_aa": -0.05 * (1 - x), "e_cc": 0.02 * (1 - x),
            "e_ac": 1e-4 * rows, "rotation": 1e-3 * x}[kind]


def stack(path):
    with h5py.File(path, "w") as file:
        file.attrs.update(
            {"format": "chemomech-images", "version": 1, "reference": "LiFePO4 (X=1) is strain zero",
             "axes": "array[row, col]; row index along crystal c, column index along crystal a",
             "shear": "e_ac is the tensor shear", "rotation": "radian, (d v_c/d a - d u_a/d c)/2"})
        for name, shape in (("A", (8, 10)), ("B", (9, 7))):
            group = file.create_group(name)
            group.attrs.update({"pixel_size": 30.0, "origin": [0.0, 0.0], "role": "train"})
            for kind in ("composition", "e_aa", "e_cc", "e_ac", "rotation"):
                group[kind] = image(shape, kind)
            group.create_dataset("mask", data=numpy.ones(shape, "u1"), chunks=shape,
                                 compression="gzip")


def emd(path):
    with h5py.File(path, "w") as file:
        file.attrs.update({"emd_group_type": "file", "version_major": 1, "version_minor": 0})
        root = file.create_group("root")
        root.attrs.update({"emd_group_type": "root", "python_class": "Root"})
        bundle = root.create_group("metadatabundle/calibration")
        bundle["R_pixel_size"] = 10.0
        bundle["R_pixel_units"] = "nm"
        group = root.create_group("strain")
        group.attrs.update({"emd_group_type": "array", "python_class": "StrainMap"})
        kinds = ("e_cc", "e_aa", "e_ac", "rotation")
        group["data"] = numpy.array([image((8, 9), k) for k in kinds] + [numpy.ones((8, 9))])
        group["dim2"] = ["e_xx", "e_yy", "e_xy", "theta", "mask"]
        group["dim2"].attrs["name"] = "_labels_"


def matlab(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, kind in (("exx", "e_cc"), ("eyy", "e_aa"), ("exy", "e_ac"), ("theta", "rotation")):
            file[name] = image((9, 8), kind)
            file[name].attrs["MATLAB_class"] = numpy.bytes_("double")
        file["mask"] = numpy.ones((9, 8), "u1")
        file["mask"].attrs["MATLAB_class"] = numpy.bytes_("logical")
        file["pixel_size_nm"] = numpy.array([[20.0]])
        file["pixel_size_nm"].attrs["MATLAB_class"] = numpy.bytes_("double")
        cell = file.create_dataset("maps", (1, 2), dtype=h5py.ref_dtype)
        cell.attrs["MATLAB_class"] = numpy.bytes_("cell")
        cell[0, 0], cell[0, 1] = file["exx"].ref, file["eyy"].ref


def tables(path):
    path.mkdir()
    for name, kind in (("e_xx", "e_cc"), ("e_yy", "e_aa"), ("e_xy", "e_ac"), ("theta", "rotation")):
        lines = [",".join(f"{v:.9g}" for v in row) for row in 100 * image((8, 9), kind)]
        (path / f"{name}.csv").write_text("\n".join(lines) + "\n")


SIMULATION = """\
size: {a: 80 nm, c: 40 nm, b: 20 nm}
elements: {a: 8, c: 4}
voids: [{cylinder: {a: 40 nm, c: 20 nm, radius: 6 nm}}]
first_step: 1 s
until: 2 s
store_every: 5
checkpoint_every: 1
"""
class Seeds:
    """Healthy inputs, made once, which the mutants are copies of."""

    def __init__(self, binary, folder, checkout):
        self.folder = folder
        stack(folder / "stack.h5")
        emd(folder / "emd.h5")
        matlab(folder / "matlab.h5")
        tables(folder / "tables")
        (folder / "case.yaml").write_text(SIMULATION)
        examples = checkout / "examples"
        shutil.copy(examples / "materials/lfp.yaml", folder / "material.yaml")
        shutil.copy(examples / "dislocation-lfp.yaml", folder / "dislocation.yaml")
        for path in examples.glob("diffract-lfp*"):
            shutil.copy(path, folder)
        for words in (["learn", "stack.h5", "--terms", "2", "-o", "law.h5"],
                      ["simulate", "case.yaml", "-o", "run.h5"]):
            ended = subprocess.run([binary] + words, cwd=folder, capture_output=True, text=True)
            if ended.returncode not in (0, 3):
                sys.exit(f"the healthy input of {words[0]} fails: {ended.stderr[-400:]}")


# Reader: the seeds that it needs, which of them is damaged, the command, its output.
READERS = {
    "import stack": ("stack.h5", [], ["import", "stack.h5", "-o", "out.h5"]),
    "import EMD": ("emd.h5", [], ["import", "emd.h5", "-o", "out.h5"]),
    "import MATLAB": ("matlab.h5", [],
                      ["import", "matlab.h5", "--units", "fraction,radians", "-o", "out.h5"]),
    "import --map": ("matlab.h5", [],
                     ["import", "matlab.h5", "--units", "fraction,radians", "--map", "e_aa=/maps{2}",
                      "--map", "e_cc=/exx", "--map", "e_ac=/exy", "--pixel-size", "10 nm", "-o",
                      "out.h5"]),
    "import tables": ("tables", [], ["import", "tables", "--units", "percent,degrees",
                                     "--pixel-size", "10 nm", "-o", "out.h5"]),
    "import --append": ("stack.h5", ["emd.h5"],
                        ["import", "emd.h5", "--append", "-o", "stack.h5"]),
    "inspect stack": ("stack.h5", [], ["inspect", "stack.h5"]),
    "inspect law": ("law.h5", [], ["inspect", "law.h5"]),
    "inspect run": ("run.h5", [], ["inspect", "run.h5"]),
    "export stack": ("stack.h5", [], ["export", "stack.h5", "--csv", "out"]),
    "export law": ("law.h5", [], ["export", "law.h5", "--csv", "out"]),
    "export run": ("run.h5", [], ["export", "run.h5", "--csv", "out"]),
    "learn": ("stack.h5", [], ["learn", "stack.h5", "--terms", "2", "-o", "out.h5"]),
    "learn --composition": ("stack.h5", ["other.h5"],
                            ["learn", "other.h5", "--composition", "stack.h5", "--terms", "1",
                             "-o", "out.h5"]),
    "learn --material": ("material.yaml", ["stack.h5"],
                         ["learn", "stack.h5", "--terms", "1", "--material", "material.yaml", "-o",
                          "out.h5"]),
    "residual stack": ("stack.h5", ["law.h5"],
                       ["residual", "stack.h5", "--law", "law.h5", "-o", "out.h5"]),
    "residual law": ("law.h5", ["stack.h5"],
                     ["residual", "stack.h5", "--law", "law.h5", "-o", "out.h5"]),
    "simulate --restart": ("run.checkpoint.h5", ["case.yaml"],
                           ["simulate", "case.yaml", "--restart", "run.checkpoint.h5", "--until",
                            "3 s", "-o", "out.h5"]),
    "check case": ("case.yaml", [], ["check", "case.yaml"]),
    "check material": ("material.yaml", [], ["check", "material.yaml"]),
    "dislocation": ("dislocation.yaml", [], ["dislocation", "dislocation.yaml"]),
    "diffract case": ("diffract-lfp.yaml", ["diffract-lfp-*.txt"],
                      ["diffract", "diffract-lfp.yaml", "-o", "out.h5"]),
    "diffract pattern": ("diffract-lfp-101.txt", ["diffract-lfp.yaml", "diffract-lfp-*.txt"],
                         ["diffract", "diffract-lfp.yaml", "-o", "out.h5"]),
}


def change_bytes(path, draw):
    data = bytearray(path.read_bytes())
    kind = draw.randrange(6)
    for _ in range(draw.choice([1, 1, 2, 4, 16, 64])):
        if not data:
            break
        place = draw.randrange(len(data))
        if kind == 0:
            data[place] ^= 1 << draw.randrange(8)
        elif kind == 1:
            data[place] = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)])
        elif kind == 2:
            width = draw.choice([2, 4, 8])
            data[place:place + width] = draw.choice([b"\xff", b"\0", b"\x7f"]) * width
        elif kind == 3:
            other = draw.randrange(len(data))
            length = draw.randrange(1, 64)
            data[place:place + length] = data[other:other + length]
        elif kind == 4:
            # The structure of HDF5 lies in front.
            data[min(len(data) - 1, draw.randrange(2048))] = draw.randrange(256)
        else:
            del data[draw.randrange(len(data)):]
            break
    path.write_bytes(bytes(data))


def change_structure(path, draw):
    with h5py.File(path, "r+") as file:
        objects = [file]
        file.visititems(lambda _, found: objects.append(found))
        for _ in range(draw.choice([1, 1, 1, 2, 3])):
            target = draw.choice(objects)
            if not target:
                continue
            try:
                change_object(file, target, draw)
            except (OSError, ValueError, TypeError, KeyError, RuntimeError, OverflowError):
                pass  # HDF5 itself refuses some changes; others remain.


def change_object(file, target, draw):
    kind = draw.randrange(10)
    attributes = list(target.attrs)
    if kind == 0 and attributes:
        target.attrs[draw.choice(attributes)] = draw.choice(NUMBERS)
    elif kind == 1 and attributes:
        target.attrs[draw.choice(attributes)] = draw.choice(TEXTS).replace("\0", "")
    elif kind == 2 and attributes:
        del target.attrs[draw.choice(attributes)]
    elif kind == 3:
        name = draw.choice(["units", "scale_factor", "add_offset", "_FillValue", "pixel_size",
                            "valid_range", "format", "version", "MATLAB_class", "shear"])
        target.attrs[name] = draw.choice(
            [draw.choice(NUMBERS), draw.choice(TEXTS), numpy.array([1.0, 2.0]), True,
             h5py.Empty("f8"), numpy.zeros((2, 2), "i8")])
    elif isinstance(target, h5py.Dataset) and kind < 8:
        name, shape = target.name, target.shape
        attributes = dict(target.attrs)
        values = target[()]
        del file[name]
        if kind == 4:
            values = numpy.array(values).astype(
                draw.choice(["f4", ">f8", "i2", "u1", "?", ">i4", "S8", "f8"]))
        elif kind == 5:
            values = numpy.array(values)
            if values.size and values.dtype.kind in "fiu":
                place = draw.randrange(values.size)
                with numpy.errstate(all="ignore"):
                    values.flat[place] = numpy.array(draw.choice(NUMBERS)).astype(values.dtype)
        elif kind == 6:
            values = numpy.zeros(draw.choice([(), (0,), (1, 1), (3,), (2, 2, 2), (0, 5), (1, 300)]))
        if kind == 7:
            huge = tuple(draw.choice([1, 10, 2**20, 2**33, 2**40]) for _ in shape or (1,))
            target = file.create_dataset(name, huge, "f8", chunks=tuple(min(s, 64) for s in huge))
        else:
            target = file.create_dataset(name, data=values)
        target.attrs.update(attributes)
    elif target.name != "/" and kind == 8:
        file.move(target.name, "/" + draw.choice(["x", "A2", "mask", "e_aa", "#refs#", "\u00fc"]))
    else:
        group = target if isinstance(target, h5py.Group) else target.parent
        name = draw.choice(["loop", "mask", "e_aa", "P", "..", "extra"])
        link = draw.randrange(3)
        if link == 0:
            group[name] = h5py.SoftLink(draw.choice(["/gone", "/", "..", "/A/loop"]))
        elif link == 1:
            group[name] = h5py.ExternalLink(draw.choice(["gone.h5", file.filename]), "/")
        else:
            group[name] = file["/"]


def change_text(path, draw):
    text = path.read_text(errors="replace")
    words = re.split(r"([\s,;:{}\[\]]+)", text)
    for _ in range(draw.choice([1, 1, 2, 3, 8])):
        place = draw.randrange(len(words))
        kind = draw.randrange(7)
        if kind == 0:
            words[place] = str(draw.choice(NUMBERS))
        elif kind == 1:
            words[place] = draw.choice(TEXTS + ["#N/A", "1.#QNAN", "1,5", "'", '"', "&a *a", "~",
                                                "!!binary x", "1e400", "<<", "{", "[", "- - -"])
        elif kind == 2:
            words[place] = ""
        elif kind == 3:
            words[place] = words[draw.randrange(len(words))]
        elif kind == 4:
            words[place] = words[place] * draw.choice([2, 100])
        elif kind == 5:
            unit = draw.choice(["nm", "GPa", "s", "eV", "%", "km", "\u00c5"])
            words[place] = f"{draw.choice(NUMBERS)} {unit}"
        else:
            del words[place:place + draw.randrange(1, 9)]
            words = words or [""]
    path.write_bytes("".join(words).encode("utf-8", "replace"))


def damage(path, draw):
    if path.is_dir():
        path = draw.choice(sorted(path.iterdir()))
    if path.suffix == ".h5":
        (change_structure if draw.random() < 0.5 else change_bytes)(path, draw)
    else:
        (change_text if draw.random() < 0.8 else change_bytes)(path, draw)


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))


def copy(source, here):
    if source.is_dir():
        shutil.copytree(source, here / source.name)
    else:
        shutil.copy(source, here)


def attempt(*words):
    """What is wrong with one input's end; a machine that stood still gets a second chance."""
    reader, found = once(*words)
    return once(*words) if found == NO_END else (reader, found)


def once(binary, seeds, names, seed, number, keep):
    """What is wrong with one input's end; nothing where all is right."""
    draw = random.Random(f"{seed}/{number}")
    reader = names[number % len(names)]
    damaged, others, words = READERS[reader]
    with tempfile.TemporaryDirectory(prefix="vegard-fuzz-") as folder:
        here = Path(folder)
        for pattern in [damaged] + others:
            for source in seeds.folder.glob("stack.h5" if pattern == "other.h5" else pattern):
                copy(source, here)
                if pattern == "other.h5":
                    shutil.copy(source, here / "other.h5")
        damage(here / damaged, draw)
        before = {p for p in here.rglob("*")}
        if keep:
            shutil.copytree(here, keep / str(number), dirs_exist_ok=True)
        environment = dict(os.environ, TMPDIR=folder + ".tmp", OPENBLAS_NUM_THREADS="1")
        Path(folder + ".tmp").mkdir()
        try:
            ended = subprocess.run([binary] + words, cwd=here, capture_output=True, text=True,
                                   errors="replace", timeout=LIMIT, preexec_fn=limits,
                                   env=environment)
        except subprocess.TimeoutExpired:
            return reader, NO_END
        finally:
            shutil.rmtree(folder + ".tmp", ignore_errors=True)
        left = {p for p in here.rglob("*")} - before
    return reader, problem(ended, left, words, here)


def problem(ended, left, words, here):
    code, last = ended.returncode, (ended.stderr.strip().splitlines() or ["nothing said"])[-1]
    if code not in (0, 2, 3, 4, 5):
        return f"exit {code}: {last[:300]}"
    if code in (0, 3):
        return None
    lines = [line for line in ended.stderr.splitlines() if line.startswith("vegard: ")]
    if len(lines) != 1:
        return f"exit {code} with {len(lines)} messages: {last[:300]}"
    if not re.search(r"\.(h5|yaml|csv|txt)\b|tables", lines[0]):
        return f"the message names no file: {lines[0][:300]}"
    if code in (2, 4) and ended.stdout:
        return f"stdout after an error: {ended.stdout[:100]}"
    if left:
        return f"left: {', '.join(str(p.relative_to(here)) for p in sorted(left))}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--input", type=int)
    options = parser.parse_args()
    binary = str(Path(options.binary).resolve())
    names = [name for name in READERS if options.only in name]
    print(f"seed {options.seed}, {options.count} inputs, {len(names)} readers", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="vegard-fuzz-seeds-") as folder:
        seeds = Seeds(binary, Path(folder), Path(__file__).resolve().parents[2])
        numbers = range(options.count) if options.input is None else [options.input]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            runs = pool.map(
                lambda k: (k, *attempt(binary, seeds, names, options.seed, k, options.keep)),
                numbers)
            for number, reader, found in runs:
                if found:
                    wrong += 1
                    print(f"input {number}, {reader}: {found}", flush=True)
    print(f"{len(numbers) - wrong} passed, {wrong} failed")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
