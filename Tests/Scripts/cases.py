#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs small inputs that once went wrong, and says of each whether what it must give comes out.

usage: cases.py VEGARD [--data DIR] [--quick] [--only TEXT]

DIR is the folder `cases` of the shared data (default: ../shared/cases beside the checkout); its
README says what each must give. --quick leaves out what takes more than a second or so. Without the
data nothing is run; with CI set that is a failure. The last line counts. Needs h5py.
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy

LAUNCH = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"]
MAPS = ["--map", "e_aa=/m/eyy", "--map", "e_cc=/m/exx", "--map", "e_ac=/m/exy",
        "--pixel-size", "10 nm"]
CASES = []


def case(name, quick=True):
    """Registers a check; it returns nothing when right, else what came out."""
    def register(check):
        CASES.append((name, quick, check))
        return check
    return register


class Ended:
    """How a command ended."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    @property
    def last(self):
        lines = self.err.strip().splitlines()
        return f"exit {self.code}: {lines[-1] if lines else ''}"

    @property
    def json(self):
        return json.loads(self.out)


class Bench:
    """The binary, the cases and a working directory of its own."""

    def __init__(self, binary, data, here):
        self.binary, self.data, self.here = binary, data, here

    def run(self, *words, ranks=1, timeout=300, memory=None):
        words = [str(self.data / w[1:]) if w.startswith("@") else w for w in words]
        command = (LAUNCH + ["-n", str(ranks)] if ranks > 1 else []) + [self.binary] + words
        limit = memory and (lambda: resource.setrlimit(resource.RLIMIT_DATA, (memory, memory)))
        start = time.monotonic()
        try:
            ended = subprocess.run(command, cwd=self.here, capture_output=True, text=True,
                                   timeout=timeout, preexec_fn=limit, errors="replace")
            code, out, err = ended.returncode, ended.stdout, ended.stderr
        except subprocess.TimeoutExpired:
            code, out, err = "hang", "", f"no end in {timeout} s"
        return Ended(code, out, err, time.monotonic() - start)

    def refused(self, *words, naming=(), output=None, **options):
        """What came out instead of a refusal: exit 2, one line with these words, no output."""
        ended = self.run(*words, **options)
        lines = [line for line in ended.err.splitlines() if line.startswith("vegard: ")]
        if ended.code != 2 or len(lines) != 1 or ended.out:
            return f"not refused: {ended.last}"
        for word in naming:
            if word not in lines[0]:
                return f"the message does not name {word}: {lines[0]}"
        if output and (self.here / output).exists():
            return f"{output} was left"
        return None

    def coefficients(self, name, *words):
        """The coefficients of the law that is learnt from a case."""
        ended = self.run("learn", f"@learn/{name}", "--terms", "2", "-o", "law.h5", "--force",
                         *words)
        if ended.code != 0:
            raise AssertionError(ended.last)
        with h5py.File(self.here / "law.h5") as file:
            return file["models/m1/coefficients"][:]


UNITS = ["--units", "percent,degrees", "--pixel-size", "10 nm"]


@case("images/strainonly_NA_mid")
def _(v):
    ended = v.run("import", "@images/strainonly_NA_mid", *UNITS, "-o", "s.h5")
    if ended.code != 0:
        return ended.last
    with h5py.File(v.here / "s.h5") as file:
        shape = file["strainonly_NA_mid/e_cc"].shape
        missing = int(numpy.isnan(file["strainonly_NA_mid/e_cc"][:]).sum())
    return None if shape[0] == 14 and missing > 0 else f"{shape[0]} rows, {missing} missing"


for _name in ("header_numbers", "pandas_full"):
    @case(f"images/strainonly_{_name}")
    def _(v, name=_name):
        ended = v.run("import", f"@images/strainonly_{name}", *UNITS, "-o", f"{name}.h5")
        if ended.code == 2:
            return None
        if ended.code != 0:
            return ended.last
        with h5py.File(v.here / f"{name}.h5") as file:
            strain = file[f"strainonly_{name}/e_cc"][:]
        largest = numpy.nanmax(abs(strain))
        if strain.shape != (14, 19) or largest > 0.06:
            return f"shape {strain.shape}, strain up to {largest}"
        return None if "left out" in ended.err else "no note"


@case("images/emd_size_two")
def _(v):
    return v.refused("import", "@images/emd_size_two.h5", "-o", "two.h5", naming=["10", "12"],
                     output="two.h5")


@case("images/int16")
def _(v):
    ended = v.run("import", "@images/int16.h5", "--map", "e_aa=/m/e_aa", "--map", "e_cc=/m/e_cc",
                  "--map", "e_ac=/m/e_ac", "--pixel-size", "10 nm", "-o", "int16.h5")
    if ended.code != 0:
        return None if ended.code == 2 and "scale_factor" in ended.err else ended.last
    with h5py.File(v.here / "int16.h5") as file:
        largest = max(numpy.nanmax(abs(file["int16/" + n][:])) for n in ("e_aa", "e_cc", "e_ac"))
    return None if largest < 0.06 else f"strain up to {largest}"


@case("images/lzf")
def _(v):
    return v.refused("import", "@images/lzf.h5", *MAPS, "-o", "l.h5", output="l.h5",
                     naming=["32000", "lzf", "gzip"])


@case("images/swmr_copied_while_open")
def _(v):
    return v.refused("import", "@images/swmr_copied_while_open.h5", *MAPS, "-o", "l.h5",
                     output="l.h5", naming=["open for writing", "h5clear -s"])


@case("images/softlink_dangling")
def _(v):
    return v.refused("import", "@images/softlink_dangling.h5", *MAPS, "-o", "l.h5", output="l.h5",
                     naming=["softlink_dangling.h5", "/m/exy", "/nowhere"])


@case("images/unwritten_zero_fill")
def _(v):
    ended = v.run("import", "@images/unwritten_zero_fill.h5", *MAPS, "--map", "mask=/m/mask",
                  "-o", "unwritten.h5")
    if ended.code not in (0, 2) or "never written" not in ended.err or "/m/e" not in ended.err:
        return ended.last
    return None


@case("images/hardlink_cycle_3")
def _(v):
    for words in (["inspect"], ["import", "-o", "cycle.h5"]):
        ended = v.run(words[0], "@images/hardlink_cycle_3.h5", *words[1:], timeout=30)
        if ended.code not in (0, 2) or ended.seconds > 3:
            return f"{words[0]}: {ended.last}, {ended.seconds:.1f} s"
    return None


@case("images/nxstxm")
def _(v):
    ended = v.run("import", "@images/nxstxm.hdf5", "-o", "x.h5")
    names = v.run("--help").out
    word = ended.err.partition("vegard ")[2].split(" ")[0]
    known = any(line.split()[:1] == [word] for line in names.splitlines())
    return None if ended.code == 2 and word and known else f"{ended.last} ({word or 'no command'})"


@case("learn/base")
def _(v):
    return None if v.coefficients("base.h5").shape == (2, 2) else "no law of two terms"


for _ranks in (1, 2, 3, 4):
    @case(f"learn/tiny_1x2 on {_ranks}", quick=_ranks < 3)
    def _(v, ranks=_ranks):
        ended = v.run("learn", "@learn/tiny_1x2.h5", "--terms", "2", "-o", f"tiny{ranks}.h5",
                      ranks=ranks, timeout=60)
        return None if ended.code in (0, 2) and " t" in ended.err else ended.last


@case("learn/shear_engineering")
def _(v):
    law = v.run("learn", "@learn/shear_engineering.h5", "--terms", "2", "-o", "shear.h5")
    if law.code == 2 and "shear" in law.err:
        return None
    ended = v.run("import", "@learn/shear_engineering.h5", "--particle", "A", "-o", "halved.h5")
    if law.code != 0 or ended.code != 0:
        return f"{law.last}; {ended.last}"
    with h5py.File(v.here / "halved.h5") as file, \
            h5py.File(v.data / "learn/shear_engineering.h5") as other:
        difference = numpy.nanmax(abs(file["A/e_ac"][:] - other["A/e_ac"][:] / 2))
    return None if difference < 1e-12 else f"e_ac differs from its half by {difference}"


for _name, _tolerance in (("units_percent_attr.h5", 1e-9), ("int16_scaled.h5", 3e-4)):
    @case(f"learn/{_name[:-3]}")
    def _(v, name=_name, tolerance=_tolerance):
        base, law = v.coefficients("base.h5"), v.coefficients(name)
        difference = abs(law - base).max() / abs(base).max()
        return None if difference < tolerance else f"the law differs by {difference:.3g}"


@case("learn/px_two")
def _(v):
    return v.refused("learn", "@learn/px_two.h5", "--terms", "2", "-o", "p.h5", output="p.h5",
                     naming=["pixel_size", "30", "40"])


@case("learn/px_string")
def _(v):
    return v.refused("learn", "@learn/px_string.h5", "--terms", "2", "-o", "p.h5", output="p.h5",
                     naming=["attribute pixel_size is text, expected a number"])


@case("learn/extra_group")
def _(v):
    base = v.coefficients("base.h5")
    law = v.coefficients("extra_group.h5", "--train", "A,B")
    return None if abs(law - base).max() < 1e-9 else "another law than base.h5"


@case("learn/componly_px")
def _(v):
    return v.refused("learn", "@learn/base.h5", "--composition", "@learn/componly_px.h5",
                     "--terms", "2", "-o", "p.h5", output="p.h5",
                     naming=["pixel_size", "15", "expected 30"])


def escapes(v, name):
    (v.here / "a/b").mkdir(parents=True, exist_ok=True)
    problem = v.refused("export", name, "--csv", "a/b/out")
    left = [str(p.relative_to(v.here)) for p in (v.here / "a").rglob("*")]
    return problem or (None if left == ["a/b"] else f"left {left}")


@case("learn/name_315156")
def _(v):
    return escapes(v, "@learn/name_315156.h5")


@case("robustness/trav1")
def _(v):
    return escapes(v, "@robustness/trav1.h5")


@case("learn/select_5percent", quick=False)
def _(v):
    ended = v.run("learn", "@learn/select_5percent.h5", "-o", "select.h5", "--format", "json",
                  timeout=900)
    if ended.code != 0:
        return ended.last
    found = ended.json
    if found["selected_terms"] != 2:
        return f"N = {found['selected_terms']}"
    law = found["law"]
    x = numpy.array(law["composition"])
    truth = {"a": -0.0494 * (1 - x) + 0.006 * x * (1 - x),
             "c": 0.0213 * (1 - x) - 0.003 * x * (1 - x)}
    inside = [numpy.mean((truth[d] >= numpy.array(law[d + "_lower"]) - 1e-12)
                         & (truth[d] <= numpy.array(law[d + "_upper"]) + 1e-12))
              for d in ("a", "c")]
    return None if min(inside) > 0.9 else f"the band holds {min(inside):.0%} of the truth"


@case("learn/x-noise-0.07", quick=False)
def _(v):
    ended = v.run("learn", "@learn/x-noise-0.07.h5", "--model", "m1", "-o", "noise.h5",
                  timeout=900)
    return None if ended.code == 0 else ended.last


@case("learn/residual_correlated_noise_no_sigma", quick=False)
def _(v):
    name = "@learn/residual_correlated_noise_no_sigma.h5"
    ended = v.run("learn", name, "--terms", "2", "-o", "smeared.h5", timeout=900)
    if ended.code != 0:
        return ended.last
    ended = v.run("residual", name, "--law", "smeared.h5", "-o", "r.h5", "--format", "json",
                  timeout=900)
    if ended.code != 0:
        return ended.last
    above = [p for p, row in ended.json["particles"].items()
             if row["rms_incompatibility_above_noise"] > row["detection_limit"]]
    return f"detected in {', '.join(above)}" if above else None


for _case, _file, _words in (
        ("em12", "em12.h5", ["import", "@robustness/em12.h5"]),
        ("p9", "p9.h5", ["learn", "@robustness/p9.h5", "--terms", "1"])):
    @case(f"robustness/{_case}")
    def _(v, name=_case, words=_words):
        ended = v.run(*words, "-o", f"{name}.h5", ranks=3 if name == "em12" else 2, timeout=60)
        return None if ended.code in (0, 2) else ended.last


for _name in ("huge2", "cycle2", "top"):
    @case(f"robustness/{_name}")
    def _(v, name=_name):
        for words in (["inspect"], ["export", "--csv", f"out_{name}"]):
            ended = v.run(words[0], f"@robustness/{name}.h5", *words[1:], timeout=30,
                          memory=600 << 20)
            if ended.code not in (0, 2) or ended.seconds > 3:
                return f"{words[0]}: {ended.last}, {ended.seconds:.1f} s"
        return None


@case("robustness/law_v_nan")
def _(v):
    return v.refused("inspect", "@robustness/law_v_nan.h5", naming=["version", "nan"])


@case("robustness/ck_ver_nan")
def _(v):
    return v.refused("simulate", "@robustness/sim.yaml", "--restart", "@robustness/ck_ver_nan.h5",
                     "-o", "r1.h5", output="r1.h5", naming=["version", "nan"])


@case("robustness/law17", quick=False)
def _(v):
    for words in (["check"], ["simulate", "-o", "r17.h5"]):
        problem = v.refused(words[0], "@robustness/law17.yaml", *words[1:], output="r17.h5")
        if problem:
            return f"{words[0]}: {problem}"
    return None


@case("robustness/h5py-in-cwd", quick=False)
def _(v):
    v.coefficients("base.h5")
    shutil.copy(v.data / "robustness/h5py-in-cwd.py", v.here / "h5py.py")
    ended = v.run("plot", "law.h5", "-o", "pics")
    if (v.here / "RAN").exists():
        return "h5py.py of the working directory was run"
    return None if ended.code == 0 else ended.last


@case("robustness/two_writers", quick=False)
def _(v):
    ended = subprocess.run(
        ["bash", str(v.data / "robustness/two_writers.sh"), v.binary], cwd=v.here,
        capture_output=True, text=True, timeout=900)
    lines = ended.stdout.splitlines()
    right = "A exit 0" in lines and any(
        line.startswith("B exit ") and line != "B exit 0" for line in lines)
    return None if right else ended.stdout.replace("\n", "; ")


@case("robustness/petsc64_mpich_typecheck", quick=False)
def _(v):
    folder = v.here / "typecheck"
    folder.mkdir(exist_ok=True)
    sources = Path(__file__).resolve().parents[2] / "Sources"
    ended = subprocess.run(
        ["bash", str(v.data / "robustness/petsc64_mpich_typecheck.sh"), str(sources)], cwd=folder,
        capture_output=True, text=True, timeout=900)
    right = "MPICH: 0" in ended.stdout and "64-bit indices: 0" in ended.stdout
    return None if right else (ended.stdout + ended.stderr)[-300:].replace("\n", "; ")


def simulated(v, name, timeout=1800):
    """What a case of the phase field gives: how it ended, its numbers, its output."""
    output = f"{name}.h5"
    ended = v.run("simulate", f"@phasefield/{name}.yaml", "-o", output, "--format", "json",
                  timeout=timeout)
    return ended, v.here / output


def compositions(path):
    """The first and the last stored composition of a run."""
    with h5py.File(path) as file:
        steps = sorted(file["steps"])
        return file[f"steps/{steps[0]}/composition"][:], file[f"steps/{steps[-1]}/composition"][:]


for _one, _other in (("time-unit-A", "time-unit-B"), ("units-1", "units-1000")):
    @case(f"phasefield/{_one} and {_other}", quick=False)
    def _(v, names=(_one, _other)):
        runs = [simulated(v, name) for name in names]
        for ended, _ in runs:
            if ended.code not in (0, 3) or not ended.out:
                return ended.last
        counts = [(e.json["steps"], e.json["rejected"]) for e, _ in runs]
        if counts[0] != counts[1]:
            return f"steps and rejections {counts[0]} and {counts[1]}"
        difference = abs(compositions(runs[0][1])[1] - compositions(runs[1][1])[1]).max()
        return None if difference < 1e-6 else f"X differs by {difference}"


for _name in ("quench-tiny-noise", "noise-relaxed"):
    @case(f"phasefield/{_name}", quick=False)
    def _(v, name=_name):
        ended, _ = simulated(v, name)
        if ended.code != 0:
            return ended.last
        energy = ended.json["energy"]["last"]
        return None if energy <= 30_000 else f"relaxed at {energy} eV nm3"


@case("phasefield/dilute-3e-4", quick=False)
def _(v):
    ended, path = simulated(v, "dilute-3e-4")
    if ended.code not in (0, 3) or not path.exists():
        return ended.last
    first, last = (numpy.ptp(x) / 2 for x in compositions(path))
    rate = math.log(first / last) / 400
    return None if abs(rate / 9.845e-4 - 1) < 0.01 else f"rate {rate}"


@case("phasefield/polynomial-degenerate", quick=False)
def _(v):
    check = v.run("check", "@phasefield/polynomial-degenerate.yaml")
    ended, path = simulated(v, "polynomial-degenerate")
    if check.code == 2 or ended.code == 2:
        return None if check.code == ended.code else f"check {check.code}, simulate {ended.code}"
    if ended.code not in (0, 3) or "singular" in ended.err or "Newton" in ended.last:
        return ended.last
    low, high = compositions(path)[1].min(), compositions(path)[1].max()
    return None if low > -10 and high < 10 else f"X from {low} to {high}"


for _name in ("void-without-b-3d", "pm"):
    @case(f"phasefield/{_name}", quick=False)
    def _(v, name=_name):
        for words in (["check"], ["simulate", "-o", "void.h5"]):
            problem = v.refused(words[0], f"@phasefield/{name}.yaml", *words[1:], output="void.h5")
            if problem:
                return f"{words[0]}: {problem}"
        return None


@case("phasefield/zero-mean-drift", quick=False)
def _(v):
    ended, _ = simulated(v, "zero-mean-drift")
    if not ended.out:
        return ended.last
    drift = abs(ended.json["mass_drift"])
    return None if drift <= 1e-12 else f"drift {drift}"


@case("phasefield/kappa-b-1e9", quick=False)
def _(v):
    ended, _ = simulated(v, "kappa-b-1e9")
    return None if ended.code in (0, 2) else ended.last


@case("phasefield/wout", quick=False)
def _(v):
    return v.refused("check", "@phasefield/wout.yaml", "--quick")


@case("phasefield/fail_256x16x8", quick=False)
def _(v):
    ended, path = simulated(v, "fail_256x16x8")
    if ended.code != 3 or not path.exists():
        return ended.last
    with h5py.File(path) as file:
        names = [n for n in file["history"] if n == "elastic_iterations"]
        most = max((int(file["history"][n][:].max()) for n in names), default=None)
    return None if most is not None and most <= 15 else f"elastic iterations: {most}"


def diffracted(v, name):
    """The numbers of a pattern, or how it ended."""
    ended = v.run("diffract", f"@diffraction/{name}.yaml", "-o", f"{name}.h5", "--format", "json",
                  "--force", timeout=600)
    return ended, (ended.json if ended.code in (0, 3) and ended.out else None)


def holds(row, value, sd, truth):
    """Whether a 95 % interval holds the truth; None where the row has no number."""
    if row.get(value) is None:
        return None
    spread = row.get(sd)
    return spread is not None and abs(row[value] - truth) <= 1.96 * spread + 1e-9


def line_is_right(found, size=True):
    row = found["peaks"][0]
    right = holds(row, "rho_effective_per_um2", "sd", 400)
    if right is False:
        return f"density {row['rho_effective_per_um2']} +- {row['sd']}"
    if size and holds(row, "size_nm", "size_sd_nm", 108.7) is False:
        return f"size {row['size_nm']} +- {row.get('size_sd_nm')}"
    return None


for _name in ("neighbour-40fwhm", "curved-background"):
    @case(f"diffraction/{_name}", quick=False)
    def _(v, name=_name):
        ended, found = diffracted(v, name)
        return line_is_right(found) if found else ended.last


@case("diffraction/inverse-angstrom", quick=False)
def _(v):
    return v.refused("diffract", "@diffraction/inverse-angstrom.yaml", "-o", "q.h5",
                     naming=["abscissa"])


@case("diffraction/flag-column", quick=False)
def _(v):
    return v.refused("diffract", "@diffraction/flag-column.yaml", "-o", "f.h5", naming=["columns"])


for _name in ("cu-default-average", "cu-powder"):
    @case(f"diffraction/{_name}", quick=False)
    def _(v, name=_name):
        ended, found = diffracted(v, name)
        if not found:
            return ended.last
        systems = found.get("decomposition", {}).get("systems", {})
        for kind, truth in (("edge", 600), ("screw", 400)):
            rows = [r for label, r in systems.items() if kind in label.lower()]
            if not rows and name == "cu-powder":
                continue
            total = sum(r["density"] for r in rows)
            spread = sum((r.get("sd") or 0) for r in rows) * 1.96 + 0.01 * truth
            if abs(total - truth) > spread:
                return f"{kind} {total} for {truth}"
        return None


@case("diffraction/bismuth-rhombohedral")
def _(v):
    return v.refused("dislocation", "@diffraction/bismuth-rhombohedral.yaml")


@case("diffraction/diffract-fraction-burgers", quick=False)
def _(v):
    ended, _ = diffracted(v, "diffract-fraction-burgers")
    return None if ended.code in (0, 3) else ended.last


for _name in ("bom", "header-2theta"):
    @case(f"diffraction/{_name}", quick=False)
    def _(v, name=_name):
        ended, found = diffracted(v, name)
        return None if found else ended.last


def maps(path, change):
    """A small file of maps under /m, one of which `change` replaces."""
    x = numpy.linspace(0, 1, 12 * 9).reshape(12, 9)
    with h5py.File(path, "w") as file:
        for name, values in (("exx", 0.02 * x), ("eyy", -0.05 * x), ("exy", 1e-3 * x)):
            file["m/" + name] = values
        change(file)


def virtual(v, source):
    def change(file):
        del file["m/exy"]
        layout = h5py.VirtualLayout((12, 9), "f8")
        layout[:] = h5py.VirtualSource(source, "x", (12, 9))
        file.create_virtual_dataset("m/exy", layout)
    maps(v.here / "virtual.h5", change)


@case("made/virtual source missing")
def _(v):
    virtual(v, "gone.h5")
    return v.refused("import", "virtual.h5", *MAPS, "-o", "o.h5", naming=["/m/exy", "gone.h5"])


@case("made/virtual source never written")
def _(v):
    with h5py.File(v.here / "source.h5", "w") as file:
        file.create_dataset("x", (12, 9), "f8")
    virtual(v, "source.h5")
    return v.refused("import", "virtual.h5", *MAPS, "-o", "o.h5",
                     naming=["/m/exy", "source.h5:x", "never written"])


@case("made/chunks never written")
def _(v):
    def change(file):
        del file["m/exy"]
        file.create_dataset("m/exy", (12, 9), "f8", chunks=(4, 9))[:4] = 1e-3
    maps(v.here / "part.h5", change)
    return v.refused("import", "part.h5", *MAPS, "-o", "o.h5", naming=["/m/exy", "in part"])


@case("made/external data missing")
def _(v):
    def change(file):
        del file["m/exy"]
        file.create_dataset("m/exy", (12, 9), "f8", external=[("gone.raw", 0, 12 * 9 * 8)])
    maps(v.here / "external.h5", change)
    return v.refused("import", "external.h5", *MAPS, "-o", "o.h5", naming=["/m/exy", "gone.raw"])


@case("made/big-endian enumeration as mask")
def _(v):
    inside = numpy.ones((12, 9))
    inside[:3] = 0
    kind = h5py.enum_dtype({"FALSE": 0, "TRUE": 1}, basetype=">i2")
    maps(v.here / "mask.h5",
         lambda file: file.create_dataset("m/mask", data=inside.astype(">i2"), dtype=kind))
    ended = v.run("import", "mask.h5", *MAPS, "--map", "mask=/m/mask", "-o", "o.h5")
    if ended.code != 0:
        return ended.last
    with h5py.File(v.here / "o.h5") as file:
        found = file["mask/mask"][:]
    return None if (found == inside).all() else f"{int(found.sum())} pixels inside"


@case("made/MATLAB sparse mask")
def _(v):
    with h5py.File(v.here / "sparse.mat", "w", userblock_size=512) as file:
        for name in ("exx", "eyy", "exy"):
            file[name] = numpy.full((9, 12), 1e-3)
            file[name].attrs["MATLAB_class"] = numpy.bytes_("double")
        group = file.create_group("mask")
        group.attrs["MATLAB_sparse"] = numpy.uint64(12)
        group.attrs["MATLAB_class"] = numpy.bytes_("logical")
        group["data"], group["ir"] = numpy.ones(3, "u1"), numpy.arange(3)
        group["jc"] = numpy.arange(10)
    return v.refused("import", "sparse.mat", "--units", "fraction,radians", "--pixel-size", "1 nm",
                     "-o", "o.h5", naming=["mask", "sparse", "full("])


@case("made/MATLAB cells without end")
def _(v):
    with h5py.File(v.here / "cells.mat", "w", userblock_size=512) as file:
        for name, shape in (("maps", (1, 2**29)), ("struct/exx", (2**29, 1))):
            cell = file.create_dataset(name, shape, h5py.ref_dtype, chunks=(1, 1))
            if name == "maps":
                cell.attrs["MATLAB_class"] = numpy.bytes_("cell")
        file["struct"].attrs["MATLAB_class"] = numpy.bytes_("struct")
    return v.refused("import", "cells.mat", "--units", "fraction,radians", "--pixel-size", "1 nm",
                     "-o", "o.h5", memory=600 << 20, timeout=30)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    checkout = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=checkout / "../shared/cases")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    data = options.data.resolve()
    if not data.is_dir():
        missing = "CI" in os.environ
        print(f"{data} is absent{': CI is set' if missing else ''}")
        print(f"0 passed, {int(missing)} failed")
        return int(missing)
    passed, failed = 0, 0
    for name, quick, check in CASES:
        if (options.quick and not quick) or options.only not in name:
            continue
        with tempfile.TemporaryDirectory(prefix="vegard-cases-") as here:
            try:
                problem = check(Bench(str(Path(options.binary).resolve()), data, Path(here)))
            except Exception as error:  # A case that breaks the script is a case that is wrong.
                problem = f"{type(error).__name__}: {error}"
        print(f"{name}: {'ok' if problem is None else 'wrong: ' + problem}", flush=True)
        passed += problem is None
        failed += problem is not None
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
