# SPDX-License-Identifier: Apache-2.0
"""Pictures of a diffraction analysis: fits of the moments, acceptable densities of slip systems."""

import numpy
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from .figure import PAGE_WIDTH, letter_axes
from .reading import BadFile, groups, number, optional, required, same_shape, text

FORMAT = "vegard-diffraction"
VERSION = 1

MEASURED = "0.55"
PAPER = "#b2182b"
JOINT = "#2166ac"
PLANE, BURGERS, LINE = "#9ecae1", "#b2182b", "#1a1a1a"
VIOLIN = "#6baed6"
PER_ROW = 8  # violins in a row
# The eye, in units of the cell's edges: from the front right, slightly above.
VIEW = (1.0, 0.3, 0.62)


def pictures(file):
    """Yields (name, Figure) for an open analysis: `systems` where there are any, then `moments`."""
    decomposition = groups(file, ".").get("decomposition")
    if decomposition is not None:
        yield "systems", systems_figure(decomposition)
    peaks = {name: peak for name, peak in groups(file, "peaks").items() if "curves" in peak}
    drawn = {name: peak for name, peak in peaks.items() if "m2_measured" in peak["curves"]}
    if drawn:
        yield "moments", moments_figure(drawn)


# Moments


def moments_figure(peaks):
    """A row for each line: profile, M2 and M4/q² with their fits, ρ* against the window's start."""
    rows = len(peaks)
    figure = Figure(figsize=(PAGE_WIDTH, 0.5 + 1.55 * rows), layout="constrained")
    axes = figure.subplots(rows, 4, squeeze=False)
    for row, (name, peak) in enumerate(peaks.items()):
        draw_profile(axes[row, 0], name, peak)
        draw_moment(axes[row, 1], peak, "m2", 1e6)
        draw_moment(axes[row, 2], peak, "m4", 1e6)
        draw_starts(axes[row, 3], peak)
    titles = ("$I$ (mean of both sides)", "$M_2$ (µm$^{-2}$)", "$M_4/q^2$ (µm$^{-2}$)",
              "$\\rho^*$ (µm$^{-2}$)")
    for column, title in enumerate(titles):
        axes[0, column].set_title(title)
        words = "start of window (full widths)" if column == 3 else "$q$ (1/nm)"
        axes[-1, column].set_xlabel(words)
    letter_axes(axes.ravel())
    handles = [
        Line2D([], [], color=MEASURED, linewidth=2.5, label="measured, background off"),
        Line2D([], [], color=PAPER, linestyle=(0, (4, 2)), label="equations 4.3, 4.4 alone"),
        Line2D([], [], color=JOINT, label="joint fit"),
    ]
    key(figure, handles, columns=3)
    return figure


def key(figure, handles, columns):
    """The key below everything, in a strip of its own."""
    strip = 0.28 / figure.get_figheight()
    figure.get_layout_engine().set(rect=(0, strip, 1, 1 - strip))
    figure.legend(handles=handles, loc="lower center", ncol=columns, columnspacing=1.2,
                  handlelength=1.6)


def draw_profile(axes, name, peak):
    curves = peak["curves"]
    q, intensity = required(curves, "q", 1), required(curves, "intensity", 1)
    same_shape(curves, {"q": q, "intensity": intensity})
    axes.plot(q, numpy.where(intensity > 0, intensity, numpy.nan), color="0.25", linewidth=1)
    axes.set_yscale("log")
    window = numpy.atleast_1d(peak.attrs.get("window", ()))
    if window.size == 2:
        axes.axvspan(*window, color="0.93", zorder=0)
    axes.text(0.95, 0.9, name, transform=axes.transAxes, ha="right", va="top", fontsize=9)


def draw_moment(axes, peak, name, scale):
    """A moment with its band of one standard deviation and both fits."""
    curves = peak["curves"]
    keys = ("q", f"{name}_measured", f"{name}_measured_sd", f"{name}_fit", f"{name}_joint")
    table = {key: required(curves, key, 1) for key in keys}
    same_shape(curves, table)
    q, measured, deviation, fit, joint = table.values()
    axes.fill_between(q, scale * (measured - deviation), scale * (measured + deviation),
                      color=MEASURED, alpha=0.3, linewidth=0)
    axes.plot(q, scale * measured, color=MEASURED, linewidth=2.5)
    axes.plot(q, scale * joint, color=JOINT)
    axes.plot(q, scale * fit, color=PAPER, linestyle=(0, (4, 2)), linewidth=1)
    axes.set_ylim(bottom=0)


def draw_starts(axes, peak):
    """ρ* of the fits against the window's start; points with errors above themselves are left."""
    table = groups(peak, ".").get("window_start")
    value, spread = number(peak.attrs.get("rho_effective")), number(
        peak.attrs.get("rho_effective_sd"))
    if value is not None and spread is not None:
        axes.axhspan(max(value - spread, 0), value + spread, color=JOINT, alpha=0.12, linewidth=0)
    if table is None:
        return
    start = required(table, "start", 1)
    top = 0.0
    for name, color, marker, shift in (("m2", PAPER, "s", 0.06), ("joint", JOINT, "o", -0.06)):
        density, error = required(table, name, 1), required(table, f"{name}_sd", 1)
        same_shape(table, {"start": start, name: density, f"{name}_sd": error})
        kept = numpy.isfinite(density) & (error < numpy.abs(density))
        if kept.any():
            axes.errorbar(start[kept] + shift, density[kept], error[kept], color=color,
                          marker=marker, markersize=2.5, linewidth=0.8, linestyle="none")
            top = max(top, (density + error)[kept].max())
    axes.set_ylim(0, 1.1 * top if top else None)
    doubt = text(peak.attrs.get("doubt"))
    if doubt:
        axes.text(0.5, 0.05, "not determined", transform=axes.transAxes, ha="center", color=PAPER)


# Slip systems


def systems_figure(group):
    """A small drawing of each system above the violin of its acceptable densities."""
    labels = [text(numpy.asarray([one])) for one in numpy.atleast_1d(group.attrs.get("labels", ()))]
    if not labels:
        raise BadFile(f"no systems in {group.name}", "the attribute labels")
    samples = optional(group, "samples", 2)
    lines = [labels[start:start + PER_ROW] for start in range(0, len(labels), PER_ROW)]
    figure = Figure(figsize=(PAGE_WIDTH, 0.35 + 2.6 * len(lines)), layout="constrained")
    grid = figure.subplots(2 * len(lines), 1, squeeze=False,
                           gridspec_kw={"height_ratios": [1, 2.4] * len(lines)})[:, 0]
    top = largest(group, samples)
    for row, names in enumerate(lines):
        columns = range(row * PER_ROW, row * PER_ROW + len(names))
        draw_systems(grid[2 * row], group, names, columns)
        draw_violins(grid[2 * row + 1], group, samples, names, columns, top)
    explain(figure, group)
    return figure


def explain(figure, group):
    residual, tolerance = number(group.attrs.get("residual")), number(group.attrs.get("tolerance"))
    unique = number(group.attrs.get("unique"))
    words = []
    if residual is not None and tolerance is not None:
        left = f"{100 * residual:.2g}" if residual > 1e-4 else "less than 0.01"
        words.append(f"best fit leaves {left} %, tolerance {100 * tolerance:.3g} %")
    if unique is not None:
        words.append("unique" if unique else "not unique")
    handles = [
        Polygon([(0, 0)], facecolor=PLANE, label="plane"),
        Line2D([], [], color=BURGERS, label="$b$"), Line2D([], [], color=LINE, label="$l$"),
        Line2D([], [], color="0.2", marker="_", linestyle="none", markersize=9, label="mean"),
        Line2D([], [], color=BURGERS, marker="D", linestyle="none", markersize=3.5,
               label="best fit"),
        Line2D([], [], color="0.6", linewidth=0.8, label="range (" + ", ".join(words) + ")"),
    ]
    key(figure, handles, columns=6)


def largest(group, samples):
    """The top of the scale: the 99.8th percentile of all samples and the best densities."""
    density = required(group, "density", 1)
    values = [density.max()]
    if samples is not None and samples.size:
        values.append(numpy.percentile(samples, 99.8, axis=0).max())
    return 1.05 * max(values) or 1.0


def draw_violins(axes, group, samples, names, columns, top):
    mean, density = optional(group, "mean", 1), required(group, "density", 1)
    low, high = required(group, "min", 1), required(group, "max", 1)
    for place, column in enumerate(columns):
        if samples is not None:
            draw_violin(axes, place, samples[:, column], top)
        if mean is not None:
            axes.plot([place - 0.2, place + 0.2], [mean[column]] * 2, color="0.2", linewidth=1.2)
        if numpy.isfinite([low[column], high[column]]).all():
            axes.plot([place + 0.42] * 2, [low[column], min(high[column], top)], color="0.6",
                      linewidth=0.8)
        axes.plot(place, density[column], marker="D", color=BURGERS, markersize=3.5, zorder=3,
                  clip_on=False)
    axes.set_xlim(-0.6, PER_ROW - 0.4)
    axes.set_ylim(0, top)
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("density (µm$^{-2}$)")


def draw_violin(axes, place, values, top):
    """A mirrored histogram: as wide as 0.36 where the samples are densest."""
    counts, edges = numpy.histogram(values, bins=numpy.linspace(0, top, 121))
    if not counts.any():
        return
    smooth = numpy.convolve(numpy.pad(counts, 2, mode="edge"), [1, 2, 3, 2, 1], "valid") / 9
    used = numpy.flatnonzero(counts)
    first, last = used[0], used[-1] + 1
    half = 0.36 * smooth[first:last] / smooth.max()
    middle = (edges[1:] + edges[:-1])[first:last] / 2
    axes.fill_betweenx(middle, place - half, place + half, color=VIOLIN, linewidth=0)


def draw_systems(axes, group, names, columns):
    """The unit cell seen from VIEW with the plane, b (arrow) and l of each system."""
    axes.set_axis_off()
    vectors = {name: optional(group, name, 2) for name in ("cell", "burgers", "line", "normal")}
    if any(values is None for values in vectors.values()):
        return
    cell = vectors["cell"]
    flat = projection(cell)
    corners = numpy.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) @ cell
    extent = flat(corners - cell.sum(axis=0) / 2)
    reach = 0.52 * max(numpy.ptp(extent[:, 0]), numpy.ptp(extent[:, 1]))
    for place, column in enumerate(columns):
        # Centred above the violin, whose axes run from -0.6 to PER_ROW - 0.4.
        middle = (place + 0.6) / (PER_ROW + 0.2)
        inset = axes.inset_axes((middle - 0.06, 0, 0.12, 1))
        inset.set_axis_off()
        inset.set_aspect("equal")
        inset.set_xlim(-reach, reach)
        inset.set_ylim(-reach, reach)

        def at(points):
            return flat(numpy.atleast_2d(points))

        draw_cell(inset, cell, at)
        draw_plane(inset, cell, vectors["normal"][column], at)
        draw_direction(inset, vectors["line"][column], cell, at, LINE, "-")
        draw_direction(inset, vectors["burgers"][column], cell, at, BURGERS, "-|>")


def projection(cell):
    """Points along Cartesian crystal axes to the page: an orthographic view from VIEW."""
    eye = numpy.asarray(VIEW) @ (cell / numpy.linalg.norm(cell, axis=1)[:, None])
    eye /= numpy.linalg.norm(eye)
    up = cell[2] / numpy.linalg.norm(cell[2])
    right = numpy.cross(up, eye)
    right /= numpy.linalg.norm(right)
    above = numpy.cross(eye, right)
    return lambda points: numpy.stack([points @ right, points @ above], axis=-1)


def draw_cell(axes, cell, at):
    for edge in range(3):
        others = [cell[index] for index in range(3) if index != edge]
        for first in (-0.5, 0.5):
            for second in (-0.5, 0.5):
                middle = first * others[0] + second * others[1]
                ends = at([middle - cell[edge] / 2, middle + cell[edge] / 2])
                axes.plot(*ends.T, color="0.75", linewidth=0.5, zorder=1)


def draw_plane(axes, cell, normal, at):
    """The part of the plane through the cell's centre that lies within the cell."""
    if not numpy.linalg.norm(normal):
        return
    points = []
    for edge in range(3):
        others = [cell[index] for index in range(3) if index != edge]
        for first in (-0.5, 0.5):
            for second in (-0.5, 0.5):
                middle = first * others[0] + second * others[1]
                slope = cell[edge] @ normal
                if abs(slope) < 1e-9 * numpy.linalg.norm(cell[edge]) * numpy.linalg.norm(normal):
                    continue
                share = -(middle @ normal) / slope
                if abs(share) <= 0.5 + 1e-9:
                    points.append(middle + share * cell[edge])
    if len(points) < 3:
        return
    page = at(points)
    middle = page.mean(axis=0)
    order = numpy.argsort(numpy.arctan2(*(page - middle).T[::-1]))
    axes.add_patch(Polygon(page[order], facecolor=PLANE, edgecolor="none", alpha=0.75, zorder=0))


def draw_direction(axes, vector, cell, at, color, style):
    """A line through the centre along the vector, as long as fits into the cell."""
    if not numpy.linalg.norm(vector):
        return
    shares = numpy.abs(numpy.linalg.solve(cell.T, vector))
    reach = 0.5 / shares.max()
    tail, head = at([-reach * vector, reach * vector])
    axes.annotate("", head, tail, zorder=3, arrowprops={
        "arrowstyle": style, "color": color, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0,
        "mutation_scale": 8})
