#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Radius, position and number of voids against the b-averaged coherency strain.

usage: study.py [DIR]

Writes a case for each particle into DIR (default: void-study), runs `vegard simulate` on those whose run
is not there yet, gathers their results in table.csv, and draws void-study.png. VEGARD names the binary,
RANKS the number of ranks (default: 1). Needs matplotlib, as `vegard plot` does.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SIZE = {"a": 240.0, "c": 100.0, "b": 80.0}  # nm
MIDDLE = {axis: edge / 2 for axis, edge in SIZE.items()}
COMPONENTS = ("aa", "cc", "ac")
# In a box of 240 × 100 nm; the centres of two and four voids around the middle.
PAIR = [(-36, 0), (36, 0)]
FOUR = [(-72, 0), (-24, 0), (24, 0), (72, 0)]


def void(radius, a=0.0, c=0.0):
    """A sphere at a place from the middle, in nm."""
    return {"a": MIDDLE["a"] + a, "c": MIDDLE["c"] + c, "b": MIDDLE["b"], "radius": radius}


def study():
    """Series of particles: name, what varies, and for each its value and its voids."""
    yield "radius", "radius of one void\nin the middle [nm]", [
        (radius, [void(radius)] if radius else []) for radius in (0, 10, 15, 20, 25, 30)]
    yield "position", "distance of a void of 20 nm\nfrom the middle along a [nm]", [
        (shift, [void(20, -shift)]) for shift in (0, 20, 40, 60, 80)]
    # As much volume as one of 20 nm.
    yield "number", "number of voids of the volume\nof one of 20 nm", [
        (len(places), [void(20 / len(places) ** (1 / 3), *place) for place in places])
        for places in ([(0, 0)], PAIR, FOUR)]


def case(voids):
    """The text of a case: Li0.5FePO4, relaxed from a tilted boundary in the middle."""
    bodies = ", ".join(
        "{" + ", ".join(f"{key}: {value:.6g} nm" for key, value in body.items()) + "}"
        for body in voids)
    size = ", ".join(f"{axis}: {edge:g} nm" for axis, edge in SIZE.items())
    return (f"size: {{{size}}}\nelements: {{a: 72, c: 32, b: 8}}\nvoids: [{bodies}]\n"
            "start: {mean: 0.5, tilt: 0.25, ripple: 0.004}\nuntil: relaxed\nstep_limit: 2000\n")


def result(folder, name, voids):
    """The JSON result of a case, of the run that is there or of a new one."""
    place, kept = folder / f"{name}.yaml", folder / f"{name}.json"
    text = case(voids)
    if not (kept.exists() and place.exists() and place.read_text() == text):
        place.write_text(text)
        ranks = int(os.environ.get("RANKS", "1"))
        launch = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
        words = [os.environ.get("VEGARD", "vegard"), "simulate", str(place), "-o",
                 str(folder / f"{name}.h5"), "--format", "json", "--quiet", "--force"]
        done = subprocess.run(launch + words, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{name}: exit code {done.returncode}: {done.stderr.strip()}")
        kept.write_text(done.stdout)
    return json.loads(kept.read_text())


def draw(folder, series):
    """A column of panels for each series: largest and root mean square strain."""
    sys.path.insert(0, str(TOP / "plots"))
    from vegard_plots import figure
    from matplotlib import pyplot

    colors = {"aa": figure.AXIS_COLOR["a"], "cc": figure.AXIS_COLOR["c"], "ac": "#7b3294"}
    page, panels = pyplot.subplots(2, len(series), figsize=(figure.PAGE_WIDTH, 3.8), sharex="col",
                                   sharey="row", layout="constrained")
    for column, (label, rows) in enumerate(series):
        for row, key in enumerate(("b_average_max", "b_average_rms")):
            axes = panels[row][column]
            for component in COMPONENTS:
                axes.plot([value for value, _ in rows],
                          [100 * found[key][component] for _, found in rows], "o-", markersize=3,
                          color=colors[component], label=rf"$\varepsilon_{{{component}}}$")
            axes.set_ylim(bottom=0)
        panels[1][column].set_xlabel(label)
        panels[1][column].set_xticks([value for value, _ in rows])
    panels[0][0].set_ylabel("largest b-averaged\ncoherency strain [%]")
    panels[1][0].set_ylabel("its root mean square [%]")
    panels[0][0].legend(loc="best")
    figure.letter_axes(list(panels.flat))
    figure.save(page, folder / "void-study.png", "png")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "void-study")
    folder.mkdir(parents=True, exist_ok=True)
    series, lines = [], []
    for kind, label, particles in study():
        rows = []
        for value, voids in particles:
            found = result(folder, f"{kind}-{value}", voids)
            rows.append((value, found))
            lines.append([kind, value, len(voids)] + [
                f"{100 * found[key][component]:.4f}"
                for key in ("b_average_max", "b_average_rms") for component in COMPONENTS])
            print(f"{kind} {value}: largest ε_aa {100 * found['b_average_max']['aa']:.3f} %, "
                  f"rms {100 * found['b_average_rms']['aa']:.4f} %", flush=True)
        series.append((label, rows))
    with open(folder / "table.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["series", "value", "voids"] + [
            f"{kind}_{component}_percent" for kind in ("max", "rms") for component in COMPONENTS])
        writer.writerows(lines)
    draw(folder, series)
    print(folder / "void-study.png")


if __name__ == "__main__":
    main()
