# SPDX-License-Identifier: Apache-2.0
"""Pictures of a run: b-averaged maps as in Fig. S8, energies against time, slices of a step.

Voids are hollow. Axes are x = a, y = c, z = b; a plane run has no b and one slice.
"""

import math
import sys

import numpy
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from .figure import AXIS_COLOR, DEFAULT_COLOR, PAGE_WIDTH, letter_axes, letters
from .quantity import Quantity
from .reading import BadFile, groups, number, optional, required
from .run_lines import lines_figure
from .run_solid import solid_figure

FORMAT = "vegard-run"
VERSION = 2

COMPONENTS = ("aa", "cc", "ac", "bb")
KINDS = ("total", "coherency", "residual")
# Inches.
MARGIN, GAP, BAR_GAP, BAR_WIDTH, ROOM_LEFT, ROOM_BELOW = 0.1, 0.32, 0.08, 0.08, 0.56, 0.42
TITLE, BAR_ROOM, TALLEST_MAP = 0.28, 0.5, 2.2


def pictures(file):
    """Yields (name, Figure) for an open run: `b-averages`, `history`, a `line-` for each line,
    `slices` and `solid`.

    What a picture needs and the run did not store is named on stderr.
    """
    spacing = [number(value) for value in numpy.ravel(file.attrs.get("spacing", []))]
    if len(spacing) != 3 or None in spacing:
        raise BadFile("no root attribute 'spacing' of three numbers", "the edges of an element")
    if "b_average" not in file:
        raise BadFile("no group /b_average", "a run with at least one stored step")
    yield "b-averages", averages_figure(file["b_average"], spacing)
    if len(required(file, "history/time", 1)) > 1:
        yield "history", history_figure(file)
    for name in sorted(groups(file, "lines"), key=int):
        figure = lines_figure(file, name)
        if figure is not None:
            yield f"line-{name}", figure
    last = max(groups(file, "steps"), default="none")
    if "composition" not in file.get(f"steps/{last}", {}):
        print(f"{file.filename}: slices and solid are not drawn: step {last} has no composition",
              file=sys.stderr)
        return
    yield "slices", slices_figure(file, spacing)
    cells, shade, when = last_composition(file)
    if cells.ndim == 3:
        words = f"lower half of the particle, {when}"
        yield "solid", solid_figure(cells, spacing, shade, words)


class Panels:
    """Rows of maps, all to one scale, each map with its colour bar at the right.

    `heights` has the height of each row in nm, `width` is that of every map.
    """

    def __init__(self, heights, columns, width):
        across = (PAGE_WIDTH - MARGIN - ROOM_LEFT - (columns - 1) * GAP) / columns - BAR_ROOM
        # Tall particles would fill pages.
        scale = min(across / width, TALLEST_MAP / max(heights))
        self.scale, self.heights, self.width = scale, heights, width
        self.step = scale * width + BAR_ROOM + GAP
        self.page = (ROOM_LEFT + columns * self.step - GAP + MARGIN,
                     ROOM_BELOW + sum(scale * height + TITLE for height in heights) + MARGIN)
        self.figure, self.letters = Figure(figsize=self.page), letters()

    def draw(self, row, column, values, shade, title, vertical="c", labelled=False):
        """Draws a map (ny, nx); NaN is hollow. `labelled` writes the a axis at this row, too."""
        x = ROOM_LEFT + column * self.step
        y = ROOM_BELOW + sum(self.scale * height + TITLE for height in self.heights[row + 1:])
        height, width = self.scale * self.heights[row], self.scale * self.width
        axes = self._axes(x, y, width, height)
        axes.imshow(shade.colors(values, numpy.isfinite(values)), origin="lower",
                    extent=(0, self.width, 0, self.heights[row]), interpolation="nearest",
                    aspect="auto")
        for spine in axes.spines.values():
            spine.set_visible(True)
        axes.set_title(f"{next(self.letters)}  {title}", loc="left", pad=3)
        axes.locator_params(axis="y", nbins=max(1, round(height / 0.3)))
        if row == len(self.heights) - 1 or labelled:
            axes.set_xlabel("a (nm)", labelpad=1)
        else:
            axes.set_xticklabels([])
        if column == 0:
            axes.set_ylabel(f"{vertical} (nm)")
        else:
            axes.set_yticklabels([])
        bar = self.figure.colorbar(
            ScalarMappable(shade.norm, shade.cmap), ticks=shade.ticks, extend=shade.extend,
            extendfrac=0.05, cax=self._axes(x + width + BAR_GAP, y, BAR_WIDTH, height))
        bar.ax.set_yticklabels([f"{tick:g}".replace("-", "−") for tick in shade.ticks])
        bar.outline.set_linewidth(0.4)
        bar.ax.tick_params(length=1.8, pad=1.5, width=0.4)
        return axes

    def _axes(self, x, y, width, height):
        page = self.page
        return self.figure.add_axes((x / page[0], y / page[1], width / page[0], height / page[1]))


def averages_figure(group, spacing):
    """Composition on top; below it a row for each strain component, a column for each kind."""
    volume = required(group, "volume", 2)
    solid = volume > 0

    def maps(kind):
        found = {name: optional(group, f"{kind}_{name}", 2) for name in COMPONENTS}
        return {name: values for name, values in found.items() if values is not None}

    def draw(row, column, path, values, **look):
        quantity = Quantity(group[path])
        drawn = numpy.where(solid, quantity.factor * values, numpy.nan)
        panels.draw(row, column, drawn, quantity.shade([drawn]), quantity.title, **look)

    strains = {kind: found for kind in KINDS if (found := maps(kind))}
    rows = [name for name in COMPONENTS if any(name in found for found in strains.values())]
    panels = Panels([volume.shape[0] * spacing[1]] * (1 + len(rows)), max(1, len(strains)),
                    volume.shape[1] * spacing[0])
    draw(0, 0, "composition", required(group, "composition", 2))
    for row, name in enumerate(rows, start=1):
        for column, (kind, found) in enumerate(strains.items()):
            if name in found:
                last = all(other not in found for other in rows[row:])
                draw(row, column, f"{kind}_{name}", found[name], labelled=last)
    return panels.figure


def history_figure(file):
    """Energy, time step, content drift and spread of the potential against time."""
    history = file["history"]
    time = required(history, "time", 1)
    later = time > 0

    def column(name):
        values = optional(history, name, 1)
        return numpy.full_like(time, numpy.nan) if values is None else values[:len(time)]

    def since(values):
        return (values - values[0])[later]

    figure = Figure(figsize=(PAGE_WIDTH, 4.4), layout="constrained")
    (energy, step), (drift, spread) = figure.subplots(2, 2, sharex=True)
    chemical, elastic = column("energy_chemical"), column("energy_elastic")
    if numpy.nanmax(abs(elastic)) > 0:
        energy.plot(time[later], since(chemical), label="chemical", color=AXIS_COLOR["a"])
        energy.plot(time[later], since(elastic), label="elastic", color=AXIS_COLOR["c"])
    energy.plot(time[later], since(chemical + elastic), label="total", color=DEFAULT_COLOR)
    energy.legend()
    energy.set_ylabel(r"energy change / $c_\mathrm{max}$ (eV nm³)")
    look = {"color": DEFAULT_COLOR, "marker": ".", "markersize": 3, "linewidth": 0.9}
    step.plot(time[later], column("time_step")[later], **look)
    step.set_ylabel("time step (s)")
    step.set_yscale("log")
    drift.plot(time[later], column("mass_drift")[later], **look)
    drift.axhline(0, color="0.7", linewidth=0.6, zorder=0)
    drift.set_ylabel("relative drift of the content")
    spread.plot(time[later], 1000 * column("potential_spread")[later], **look)
    spread.set_ylabel("spread of the potential (meV)")
    if numpy.nanmax(column("potential_spread")) > 0:
        spread.set_yscale("log")
    span = time[later]
    if span.size > 1 and span[-1] / span[0] > 30:
        energy.set_xscale("log")
    for axes in (drift, spread):
        axes.set_xlabel("time (s)")
    letter_axes((energy, step, drift, spread))
    return figure


def slices_figure(file, spacing):
    """Composition of the last stored step: ac in the middle of b and ab through the void."""
    cells, shade, when = last_composition(file)
    dimension = cells.ndim
    nx, ny = cells.shape[-1], cells.shape[-2]
    if dimension == 2:
        panels = Panels([ny * spacing[1]], 1, nx * spacing[0])
        panels.draw(0, 0, cells, shade, f"{shade.title}, {when}")
        return panels.figure
    layer, row = cells.shape[0] // 2, void_row(required(file, "volume_fraction", 3))
    panels = Panels([ny * spacing[1], cells.shape[0] * spacing[2]], 1, nx * spacing[0])
    panels.draw(0, 0, cells[layer], shade,
                f"{shade.title} at b = {(layer + 0.5) * spacing[2]:.4g} nm, {when}")
    panels.draw(1, 0, cells[:, row], shade,
                f"{shade.title} at c = {(row + 0.5) * spacing[1]:.4g} nm", vertical="b")
    return panels.figure


def last_composition(file):
    """Composition at the element centres of the last stored step, NaN in voids.

    With its colours and when it was stored.
    """
    steps = groups(file, "steps")
    name = max(steps)
    last = steps[name]
    dimension = 2 if last["composition"].ndim == 2 else 3
    quantity = Quantity(last["composition"])
    field = quantity.factor * required(last, "composition", dimension)
    fraction = required(file, "volume_fraction", dimension)
    cells = at_centres(field, fraction.shape)
    cells[fraction < 0.5] = numpy.nan
    time = number(last.attrs.get("time")) or 0.0
    return cells, quantity.shade([cells]), f"step {int(name)}, t = {time:.4g} s"


def at_centres(field, shape):
    """Means of the corners of each element; where some have no data, of the others."""
    sums, counts = numpy.zeros(shape), numpy.zeros(shape)
    shifts = [range(1 + nodes - cells) for nodes, cells in zip(field.shape, shape)]
    for corner in numpy.ndindex(*[len(shift) for shift in shifts]):
        part = field[tuple(slice(low, low + cells) for low, cells in zip(corner, shape))]
        known = numpy.isfinite(part)
        sums += numpy.where(known, part, 0)
        counts += known
    return numpy.where(counts > 0, sums / numpy.maximum(counts, 1), numpy.nan)


def void_row(fraction):
    """The index along c through the middle of what is missing; the middle where nothing is."""
    missing = (1 - fraction).sum(axis=(0, 2))
    if missing.sum() < 1e-6:
        return fraction.shape[1] // 2
    return int(math.floor((missing * (numpy.arange(missing.size) + 0.5)).sum() / missing.sum()))
