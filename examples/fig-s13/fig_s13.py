#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws Fig. S13 of the SI from runs of `vegard simulate` and says which of its statements hold.

    python3 examples/fig-s13/fig_s13.py [--vegard PROGRAM] [-o DIRECTORY]

Runs that are there are not repeated. Needs h5py and matplotlib.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "plots"))

from vegard_plots.figure import PAGE_WIDTH, letter_axes, save  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

LENGTH = 1300.0  # nm
# The width of the interface in nm: κ in eV nm², and the skin in nm with which X falls from the ends.
WIDTHS = {13: (13.4, 4.0), 130: (1340.0, 40.0)}
BOUNDARIES = {"neutral": "neutral", "wall": "{composition: 0.98}"}
WALL, START = 0.98, 0.02
PROFILE_RATES = (0.01, 2.0)
RATES = (6e-4, 1e-3, 2e-3, 4e-3, 1e-2, 2e-2, 4e-2, 0.1, 0.3, 1.0, 2.0)
ELECTRODE_RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 2.0)
MEANS = (0.25, 0.5, 0.75)
# κ of the search for the critical current, in eV nm².
PENALTIES = (13.4, 42.4, 134.0, 424.0, 1340.0)
# The same of a platelet in two dimensions, into which wider ones do not fit.
PLATELET_PENALTIES = (13.4, 53.6, 214.4)
DEVIATION = 0.15  # of X at mean 1/2: what counts as separated
SEEDS = (1, 2, 3, 4)
COLORS = {13: "#b2182b", 130: "#2166ac"}


def longest_step(rate):
    """A hundredth of a full discharge at a rate in C: what is linear would need no steps between."""
    return f"{36 / rate} s"


def skin_mean(skin):
    """The mean at the start of a particle whose X falls from its ends by exp(−x/skin)."""
    share = 2 * skin / LENGTH * (1 - numpy.exp(-LENGTH / skin)) / (1 + numpy.exp(-LENGTH / skin))
    return START + (WALL - START) * share


def case(base, **values):
    """The text of a case with the values of some of its keys replaced, or added."""
    text = (HERE / base).read_text()
    for key, value in values.items():
        line = f"{key}: {value}"
        text, count = re.subn(rf"(?m)^{key}:.*$", line, text)
        if not count:
            text += line + "\n"
    return text


class Runs:
    """Runs cases by name, each once."""

    def __init__(self, vegard, folder):
        self.vegard, self.folder = vegard, folder
        folder.mkdir(parents=True, exist_ok=True)

    def result(self, name, text):
        """What `simulate` prints of a case, and the path of its run."""
        paths = {kind: self.folder / f"{name}.{kind}" for kind in ("yaml", "h5", "json")}
        known = paths["yaml"].read_text() if paths["json"].exists() else None
        if known != text:
            paths["yaml"].write_text(text)
            begun = time.time()
            words = ["simulate", paths["yaml"], "-o", paths["h5"], "--force", "--quiet",
                     "--derived", "none", "--format", "json"]
            ended = subprocess.run([self.vegard, *words], capture_output=True, text=True,
                                   check=False)
            if ended.returncode:
                sys.exit(f"{name}: {ended.stderr.strip()}")
            paths["json"].write_text(ended.stdout)
            if time.time() - begun > 1:
                print(f"{name}: {time.time() - begun:.1f} s", file=sys.stderr)
        return json.loads(paths["json"].read_text()), paths["h5"]

    def particle(self, boundary, width, rate, until=0.95):
        """One particle's run at a rate in C."""
        skin = WIDTHS[width][1]
        start, first = f"{{mean: {START}}}", START
        if boundary == "wall":
            start, first = f"{{mean: {START}, skin: {skin} nm}}", skin_mean(skin)
        times = ", ".join(f"{3600 * (mean - first) / rate} s" for mean in MEANS if mean < until)
        text = case("particle.yaml", kappa=f"{WIDTHS[width][0]} eV nm2", start=start,
                    surface=BOUNDARIES[boundary], store_at=f"[{times}]", longest_step=longest_step(rate),
                    drive=f"{{current: {rate} C, until: {{mean: {until}}}}}")
        return self.result(f"particle-{boundary}-{width}nm-{rate}C-{until}", text)

    def electrode(self, boundary, width, rate):
        """Many particles' run at a rate in C."""
        start = f"{{mean: {START}}}"
        if boundary == "wall":
            start = f"{{mean: {START}, skin: {WIDTHS[width][1]} nm}}"
        text = case("electrode.yaml", kappa=f"{WIDTHS[width][0]} eV nm2", start=start,
                    surface=BOUNDARIES[boundary], longest_step=longest_step(rate),
                    drive=f"{{current: {rate} C, until: {{mean: 0.51}}}}")
        return self.result(f"electrode-{boundary}-{width}nm-{rate}C", text)

    def deviation(self, penalty, rate):
        """The deviation of X at mean 1/2 of a neutral particle, a mean over noises."""
        found = []
        for seed in SEEDS:
            text = case("particle.yaml", kappa=f"{penalty} eV nm2", seed=seed,
                        longest_step=longest_step(rate),
                        drive=f"{{current: {rate} C, until: {{mean: 0.5}}}}")
            found.append(history(self.result(f"critical-{penalty}-{rate:.4g}C-{seed}", text)[1],
                                 "deviation")[-1])
        return float(numpy.mean(found))

    def platelet(self, penalty):
        """The critical current in C of a platelet in two dimensions."""
        text = case("platelet.yaml", kappa=f"{{a: {penalty} eV nm2, c: {penalty} eV nm2}}",
                    drive=f"{{current: {4 / penalty:.3g} C, until: {{mean: 0.5}}}}")
        return self.result(f"platelet-{penalty}", text)[0]["critical_rate"]

    def critical(self, penalty):
        """The rate in C at which the deviation is DEVIATION, by halving its logarithm, to 5 %."""
        slow, fast = 1e-4, 1.0
        while fast > 1.05 * slow:
            middle = (slow * fast) ** 0.5
            if self.deviation(penalty, middle) > DEVIATION:
                slow = middle
            else:
                fast = middle
        return (slow * fast) ** 0.5


def history(path, name):
    """A column of a run's history."""
    with h5py.File(path) as file:
        return file[f"history/{name}"][()]


def at_half(path, name):
    """A column of the history where the mean is nearest to 1/2."""
    return float(history(path, name)[numpy.argmin(abs(history(path, "mean_composition") - 0.5))])


def profile(path, mean):
    """The stored composition whose mean is nearest to one."""
    with h5py.File(path) as file:
        steps = file["steps"]
        nearest = min(steps, key=lambda name: abs(float(steps[name].attrs["mean"][()]) - mean))
        return steps[nearest]["composition"][()].astype(float)


def relative_width(values):
    """The range of X over its steepest slope in x/L; none where nothing has separated."""
    if numpy.ptp(values) < 0.1:
        return None
    return float(numpy.ptp(values) / (abs(numpy.diff(values)).max() * values.size))


def voltage_difference(first, second):
    """The largest difference in mV of two runs' voltages between means of 0.15 and 0.9."""
    means = numpy.linspace(0.15, 0.9, 151)
    curves = [numpy.interp(means, history(path, "mean_composition"), history(path, "voltage"))
              for path in (first, second)]
    return float(1000 * abs(curves[0] - curves[1]).max())


def half_way(rates, values):
    """The rate at which growing values are half way from the first to the last, by logarithms."""
    level = 0.5 * (values[0] + values[-1])
    place = next(place for place in range(len(rates) - 1) if values[place + 1] >= level)
    share = (level - values[place]) / (values[place + 1] - values[place])
    return float(rates[place] * (rates[place + 1] / rates[place]) ** share)


def figure_of(boundary, runs):
    """The six panels of a boundary, and what the statements rest on."""
    figure = Figure(figsize=(PAGE_WIDTH, 6.6), layout="constrained")
    panels = figure.subplots(3, 2).ravel()
    found = {"widths": {}, "voltages": {}}
    for place, rate in enumerate(PROFILE_RATES):
        profiles, voltages = panels[place], panels[2 + place]
        paths = {}
        for width, color in COLORS.items():
            path = paths[width] = runs.particle(boundary, width, rate)[1]
            for mean in MEANS:
                values = profile(path, mean)
                x = (numpy.arange(values.size) + 0.5) / values.size
                is_half = mean == 0.5
                profiles.plot(x, values, color=color, alpha=1 if is_half else 0.35,
                              label=f"{width} nm" if is_half else None)
            found["widths"][rate, width] = relative_width(profile(path, 0.5))
            voltages.plot(history(path, "mean_composition"), history(path, "voltage"),
                          color=color, label=f"{width} nm")
        profiles.set(xlim=(0, 1), ylim=(0, 1), xlabel="$x$ / $L$", ylabel="composition $X$")
        profiles.set_title(f"{rate:g} C, mean 1/2 (pale: 1/4, 3/4)", loc="left")
        voltages.set(xlim=(0, 1), xlabel="mean composition", ylabel="voltage (V)")
        voltages.set_title(f"{rate:g} C", loc="left")
        found["voltages"][rate] = voltage_difference(*paths.values())
    look = {"marker": "o", "markersize": 3}
    found["mixed"], found["active"], found["clearly"] = {}, {}, {}
    for width, color in COLORS.items():
        paths = [runs.particle(boundary, width, rate, 0.51)[1] for rate in RATES]
        found["mixed"][width] = [at_half(path, "solid_solution_fraction") for path in paths]
        panels[4].plot(RATES, 100 * numpy.array(found["mixed"][width]), color=color, **look)
        paths = [runs.electrode(boundary, width, rate)[1] for rate in ELECTRODE_RATES]
        found["active"][width] = [at_half(path, "active_fraction") for path in paths]
        found["clearly"][width] = [at_half(path, "clearly_active_fraction") for path in paths]
        panels[5].plot(ELECTRODE_RATES, 100 * numpy.array(found["active"][width]), color=color,
                       **look)
        panels[5].plot(ELECTRODE_RATES, 100 * numpy.array(found["clearly"][width]), color=color,
                       linestyle="--", linewidth=0.9, **look)
    panels[4].set(xscale="log", ylim=(0, 102), xlabel="rate (C)", ylabel="solid solution (%)")
    panels[4].set_title("one particle at mean 1/2", loc="left")
    panels[5].set(xscale="log", ylim=(0, 102), xlabel="rate (C)", ylabel="active particles (%)")
    panels[5].set_title("many, at mean 1/2 (dashed: 0.15 to 0.85)", loc="left")
    # One legend for all panels.
    panels[3].legend()
    letter_axes(panels)
    return figure, found


def critical_figure(rates, platelets):
    """The critical current of a neutral particle, and of platelets, against the interface's width."""
    def width(penalties):
        return 13 * numpy.sqrt(numpy.array(penalties) / 13.4)

    figure = Figure(figsize=(PAGE_WIDTH / 2, 2.6), layout="constrained")
    axes = figure.subplots()
    axes.loglog(width(PENALTIES), rates, color="#333333", marker="o", markersize=4,
                label="1.3 µm, one dimension")
    axes.loglog(width(PLATELET_PENALTIES), platelets, color="#1b7837", marker="s", markersize=4,
                label="330 × 165 nm, two dimensions")
    axes.set_xticks(width(PENALTIES), [f"{value:.0f}" for value in width(PENALTIES)])
    axes.minorticks_off()
    axes.legend()
    axes.set(xlabel="width of the interface (nm)", ylabel="critical current (C)")
    return figure


def report(boundary, found, critical):
    """Prints the statements of Fig. S13's caption with what they rest on."""
    def say(name, holds, words):
        print(f"  {name:<56} {'holds' if holds else 'does not hold'}: {words}")

    def shown(value):
        return "none" if value is None else f"{value:.3g}"

    print(f"surface: {BOUNDARIES[boundary]}")
    rate = PROFILE_RATES[0]
    thin, thick = (found["widths"][rate, width] for width in WIDTHS)
    # A profile without an interface is as wide as can be.
    say("(i) the profile is wider at 130 nm",
        thin is not None and (thick is None or thick > thin),
        f"at {rate:g} C interfaces of {shown(thin)} and {shown(thick)} L")
    low, high = (found["voltages"][rate] for rate in PROFILE_RATES)
    say("(ii) the voltage is more sensitive to the width at 2 C", high > low,
        f"it differs by up to {low:.2g} mV at 0.01 C, {high:.2g} mV at 2 C")
    thin, thick = (half_way(RATES, found["mixed"][width]) for width in WIDTHS)
    words = f"solid solution is half way at {shown(thin)} C and {shown(thick)} C"
    if critical:
        words += f"; X deviates by {DEVIATION} at {shown(critical[0])} C and {shown(critical[-1])} C"
    say("(iii) the critical current falls with the width", thick < 0.8 * thin, words)
    away = max(abs(first - second) for first, second in zip(*found["active"].values()))
    clearly = max(abs(first - second) for first, second in zip(*found["clearly"].values()))
    say("(iv) the active fraction is insensitive to the width", away < 0.05,
        f"it differs by up to {100 * away:.2g} % of the particles, {100 * clearly:.2g} % between "
        "0.15 and 0.85")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vegard", default="vegard", help="the program (default: vegard)")
    parser.add_argument("-o", "--output", type=Path, default=Path("fig-s13"), metavar="DIR",
                        help="where runs and pictures go (default: fig-s13)")
    options = parser.parse_args()
    runs = Runs(options.vegard, options.output / "runs")
    rates = [runs.critical(penalty) for penalty in PENALTIES]
    platelets = [runs.platelet(penalty) for penalty in PLATELET_PENALTIES]
    print("critical current of a platelet:", ", ".join(f"{rate:.3g} C" for rate in platelets))
    save(critical_figure(rates, platelets), options.output / "fig-s13-critical.png", "png")
    for boundary in BOUNDARIES:
        figure, found = figure_of(boundary, runs)
        save(figure, options.output / f"fig-s13-{boundary}.png", "png")
        (options.output / f"fig-s13-{boundary}.json").write_text(json.dumps(
            {name: {str(key): value for key, value in values.items()}
             for name, values in found.items()}, indent=1))
        report(boundary, found, rates if boundary == "neutral" else None)


if __name__ == "__main__":
    main()
