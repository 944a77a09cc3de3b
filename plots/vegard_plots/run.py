# SPDX-License-Identifier: Apache-2.0
"""Pictures of a run: b-averaged maps, energies against time, slices of the last step."""

import numpy
from matplotlib.figure import Figure

from .figure import COLOR_MAPS, PAGE_WIDTH

FORMAT = "vegard-run"
VERSION = 1


def pictures(file):
    """Yields (name, Figure) for an open run: `b-averages`, `energy`, `slices`."""
    yield "b-averages", averages_figure(file)
    yield "energy", energy_figure(file)
    yield "slices", slices_figure(file)


def averages_figure(file):
    """The b-averaged composition and coherency strain, as in Fig. S8."""
    group = file["b_average"]
    hollow = group["volume"][()] <= 0
    spacing = numpy.asarray(file.attrs["spacing"])
    rows, columns = hollow.shape
    extent = (0, columns * spacing[0], 0, rows * spacing[1])
    names = ["composition"] + [name for name in ("coherency_aa", "coherency_bb", "coherency_cc",
                                                 "coherency_ac") if name in group]
    figure = Figure(figsize=(PAGE_WIDTH, 1.5 * len(names)), layout="constrained")
    for axes, name in zip(figure.subplots(len(names), 1, squeeze=False)[:, 0], names):
        values = numpy.where(hollow, numpy.nan, group[name][()])
        if name == "composition":
            image = axes.imshow(values, origin="lower", extent=extent, vmin=0, vmax=1,
                                cmap=COLOR_MAPS["composition"])
        else:
            values = 100 * values
            limit = numpy.nanmax(abs(values)) or 1
            image = axes.imshow(values, origin="lower", extent=extent, vmin=-limit, vmax=limit,
                                cmap=COLOR_MAPS["strain"])
        label = name if name == "composition" else name.replace("_", " ") + " (%)"
        figure.colorbar(image, ax=axes, label=label)
        axes.set_xlabel("a (nm)")
        axes.set_ylabel("c (nm)")
    return figure


def energy_figure(file):
    """Chemical and elastic energy, and the time step, against time."""
    history = file["history"]
    time = history["time"][()]
    figure = Figure(figsize=(PAGE_WIDTH, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, label in (("energy_chemical", "chemical"), ("energy_elastic", "elastic")):
        left.plot(time[1:], history[name][()][1:], label=label)
    total = history["energy_chemical"][()] + history["energy_elastic"][()]
    left.plot(time[1:], total[1:], label="total", color="black")
    right.plot(time[1:], history["time_step"][()][1:], marker=".")
    for axes, label in ((left, "energy per site density (eV nm³)"), (right, "time step (s)")):
        axes.set_xscale("log")
        axes.set_xlabel("time (s)")
        axes.set_ylabel(label)
    right.set_yscale("log")
    left.legend(frameon=False)
    return figure


def slices_figure(file):
    """The composition of the last stored step in the middle of the depth."""
    steps = file["steps"]
    last = steps[sorted(steps)[-1]]
    field = last["composition"][()]
    layer = field if field.ndim == 2 else field[field.shape[0] // 2]
    spacing = numpy.asarray(file.attrs["spacing"])
    extent = (0, (layer.shape[1] - 1) * spacing[0], 0, (layer.shape[0] - 1) * spacing[1])
    figure = Figure(figsize=(PAGE_WIDTH, 2.4), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(layer, origin="lower", extent=extent, vmin=0, vmax=1,
                        cmap=COLOR_MAPS["composition"])
    figure.colorbar(image, ax=axes, label="composition X")
    axes.set_xlabel("a (nm)")
    axes.set_ylabel("c (nm)")
    axes.set_title(f"t = {float(last.attrs['time']):.4g} s, middle of the depth")
    return figure
