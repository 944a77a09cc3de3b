# SPDX-License-Identifier: Apache-2.0
"""What drives particles in one dimension, against their mean and against time.

The parts of a history are the steps of its drive; each has a colour for the way it goes.
"""

import numpy
from matplotlib.figure import Figure

from .figure import DEFAULT_COLOR, PAGE_WIDTH, letter_axes
from .reading import optional, required

HOUR = 3600.0
# By a current, and, lighter, by a voltage.
DISCHARGE, CHARGE, REST = ("#b35806", "#f1a340"), ("#542788", "#998ec3"), "0.55"
MOST_NAMES = 8
# Currents in C below which nothing flows, and differences by which a current is constant.
LEAST_CURRENT, CONSTANT = 1e-12, 1e-6


class Part:
    """A step of the drive: its rows of the history, its colour, what it is called."""

    def __init__(self, rows, current, voltage):
        self.rows = rows
        held = float(numpy.mean(current[rows]))
        self.flows = bool(numpy.max(numpy.abs(current[rows])) > LEAST_CURRENT)
        # The row that begins a step may still have the current of the one before it.
        later = current[rows[1:]] if rows.size > 2 else current[rows]
        spread = float(numpy.ptp(later)) if later.size else 0.0
        self.is_current = self.flows and spread <= CONSTANT * abs(held)
        pair = DISCHARGE if held > 0 else CHARGE
        self.color = pair[0 if self.is_current else 1] if self.flows else REST
        if not self.flows:
            self.name = "rest"
        elif self.is_current:
            self.name = f"{'discharge' if held > 0 else 'charge'} {abs(held):.4g} C"
        else:
            self.name = f"{voltage[rows[-1]]:.4g} V held"


class History:
    """The columns of a history that pictures use, up to the shortest one of a killed run."""

    def __init__(self, file):
        names = ("time", "mean_composition", "voltage")
        columns = {name: required(file, f"history/{name}", 1) for name in names}
        for name in ("step", "current", "capacity", "drive_step", "solid_solution_fraction",
                     "active_fraction", "clearly_active_fraction"):
            values = optional(file, f"history/{name}", 1)
            if values is not None:
                columns[name] = values
        self.count = min(values.size for values in columns.values())
        self.columns = {name: values[:self.count] for name, values in columns.items()}
        self.time, self.mean = self["time"] / HOUR, self["mean_composition"]
        self.voltage = self["voltage"]
        numbers = self.columns.get("drive_step", numpy.ones(self.count))
        self.parts = [Part(numpy.flatnonzero(numbers == number), self["current"], self.voltage)
                      for number in numpy.unique(numbers)]

    def __getitem__(self, name):
        return self.columns.get(name, numpy.full(self.count, numpy.nan))

    @property
    def is_protocol(self):
        """Whether there is more to tell than one constant current."""
        return len(self.parts) > 1 or not all(part.is_current for part in self.parts)

    def at_step(self, step):
        """The row of an accepted step."""
        return int(numpy.argmin(numpy.abs(self["step"] - step)))

    def look(self, part):
        """Colour and label of a step's curve; a step like one before it has no label of its own."""
        first = next(one for one in self.parts if one.name == part.name)
        label = part.name if first is part and self.names <= MOST_NAMES else None
        return {"color": part.color, "label": label, "marker": "" if part.rows.size > 1 else "."}

    @property
    def names(self):
        """How many different steps there are."""
        return len({part.name for part in self.parts})


def draw_voltage(axes, history):
    """Voltage against the mean, with the lithium taken up on top."""
    for part in history.parts:
        axes.plot(history.mean[part.rows], history.voltage[part.rows], **history.look(part))
    axes.set(xlabel="mean composition", ylabel="voltage (V)")
    if history.names <= MOST_NAMES:
        axes.legend()
    taken, moved = history["capacity"], history.mean - history.mean[0]
    farthest = int(numpy.argmax(numpy.abs(moved)))
    if moved[farthest] and numpy.isfinite(taken[farthest]) and taken[farthest]:
        slope, first = taken[farthest] / moved[farthest], history.mean[0]
        top = axes.secondary_xaxis("top", functions=(lambda mean: slope * (mean - first),
                                                     lambda charge: first + charge / slope))
        top.set_xlabel("lithium taken up (mAh/g)")


def drive_figure(history):
    """Current, voltage and mean against time."""
    figure = Figure(figsize=(PAGE_WIDTH * 0.7, 4.4), layout="constrained")
    panels = figure.subplots(3, 1, sharex=True)
    current, voltage, mean = panels
    for part in history.parts:
        rows, look = part.rows, history.look(part)
        voltage.plot(history.time[rows], history.voltage[rows], **look)
        # The row that ends a step has the voltage of the next one already, but the step's mean.
        reach = numpy.append(rows, min(rows[-1] + 1, history.count - 1))
        held = history["current"][numpy.append(rows, rows[-1])]
        look["marker"] = ""
        mean.plot(history.time[reach], history.mean[reach], **look)
        current.plot(history.time[reach], held, **look)
    current.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    current.set_ylabel("current (C)")
    voltage.set_ylabel("voltage (V)")
    mean.set(ylabel="mean composition", xlabel="time (h)")
    if history.names <= MOST_NAMES:
        current.legend(loc="upper left", bbox_to_anchor=(1, 1))
    letter_axes(panels)
    return figure


def fractions_figure(history):
    """Shares of particles that are active and of length in solid solution against the mean."""
    figure = Figure(figsize=(PAGE_WIDTH, 2.4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    active, mixed = panels
    for part in history.parts:
        mean, look = history.mean[part.rows], history.look(part)
        mixed.plot(mean, 100 * history["solid_solution_fraction"][part.rows], **look)
        look["label"] = None
        active.plot(mean, 100 * history["active_fraction"][part.rows], **look)
        look.update({"linestyle": "--", "linewidth": 0.9, "marker": ""})
        active.plot(mean, 100 * history["clearly_active_fraction"][part.rows], **look)
    active.set(ylabel="share (%)", ylim=(0, 102))
    active.set_title("active particles", loc="left")
    mixed.plot([], [], color=DEFAULT_COLOR, linestyle="--", linewidth=0.9,
               label="narrower thresholds")
    mixed.set_title("length in solid solution", loc="left")
    mixed.legend(loc="upper left", bbox_to_anchor=(1, 1))
    for axes in panels:
        axes.set_xlabel("mean composition")
    letter_axes(panels)
    return figure
