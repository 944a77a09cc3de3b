# SPDX-License-Identifier: Apache-2.0
"""Pictures of particles in one dimension: profiles of one, the means of many, and what drives them."""

import numpy
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from .drive import History, draw_voltage, drive_figure, fractions_figure
from .figure import COLOR_MAPS, PAGE_WIDTH, letter_axes
from .reading import BadFile, groups, number, required

FORMAT = "vegard-ensemble"
VERSION = 1

# Profiles of a step of the drive, panels of profiles, particles of a map, bins of a histogram.
PROFILES, PANELS, ROWS, BINS = 10, 6, 400, 40


def pictures(file):
    """Yields (name, Figure) for an open run: `profiles` or `particles` and `fractions`, `voltage`,
    and `drive` where it is more than a current."""
    steps = groups(file, "steps")
    if not steps:
        raise BadFile("no group /steps", "a run with at least one stored step")
    spacing = number(file.attrs.get("spacing"))
    if spacing is None or spacing <= 0:
        raise BadFile("no root attribute 'spacing'", "the edge of a cell")
    history = History(file)
    if "particle" in file:
        if len(steps) > 1:
            yield "particles", particles_figure(file, steps)
        if history.count > 1:
            yield "fractions", fractions_figure(history)
    else:
        yield "profiles", profiles_figure(steps, history)
    if history.count > 1:
        figure = Figure(figsize=(PAGE_WIDTH / 2, 2.7), layout="constrained")
        draw_voltage(figure.subplots(), history)
        yield "voltage", figure
        if history.is_protocol:
            yield "drive", drive_figure(history)


def profiles_figure(steps, history):
    """Composition along the particle at stored means, a panel for each step of the drive.

    A step in which nothing changes has none; of many steps the first are drawn.
    """
    stored = {name: history.at_step(int(name)) for name in sorted(steps)}
    shown = []
    for part in history.parts:
        names = [name for name, row in stored.items() if row in part.rows]
        if names:
            shown.append((part, [required(steps[name], "composition", 1) for name in names]))
    changing = [(part, profiles) for part, profiles in shown
                if numpy.abs(profiles[-1] - profiles[0]).max() > 0.01]
    shown = (changing or shown)[:PANELS]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(PAGE_WIDTH * (0.55, 0.85, 1)[columns - 1], 2.2 * rows + 0.2),
                    layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    norm, colors = Normalize(0, 1), colormaps[COLOR_MAPS["composition"]]
    for axes, (part, profiles) in zip(panels, shown):
        for profile in picked(profiles):
            place = (numpy.arange(profile.size) + 0.5) / profile.size
            # A uniform particle is one cell: a line across.
            if profile.size == 1:
                place, profile = numpy.array([0.0, 1.0]), numpy.repeat(profile, 2)
            axes.plot(place, profile, color=colors(norm(float(profile.mean()))), linewidth=1)
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.set_title(part.name, loc="left")
    for axes in panels[len(shown):]:
        axes.set_visible(False)
    for place, axes in enumerate(panels[:len(shown)]):
        if place + columns >= len(shown):
            axes.set_xlabel("$x$ / $L$")
            axes.tick_params(labelbottom=True)
        if place % columns == 0:
            axes.set_ylabel("composition $X$")
    bar = figure.colorbar(ScalarMappable(norm, colors), ax=panels, label="mean composition",
                          ticks=(0, 0.5, 1), aspect=30, pad=0.02)
    bar.outline.set_linewidth(0.4)
    letter_axes(panels[:len(shown)])
    return figure


def picked(profiles):
    """Some of a step's profiles, their means as evenly spread as may be."""
    means = numpy.array([profile.mean() for profile in profiles])
    wanted = numpy.linspace(means.min(), means.max(), PROFILES)
    return [profiles[place] for place in
            numpy.unique(numpy.abs(means[:, None] - wanted).argmin(axis=0))]


def particles_figure(file, steps):
    """The means of all particles against that of all: each by its speed, and their distribution.

    Against time where the mean turns back.
    """
    names = sorted(steps)
    speed = required(file, "rate_factor", 1)
    means = numpy.stack([particle_means(steps[name], speed.size) for name in names], axis=1)
    place, label = means.mean(axis=0), "mean composition"
    if not (numpy.diff(place) > 0).all():
        if (numpy.diff(place) < 0).all():
            means, place = means[:, ::-1], place[::-1]
        else:
            place, label = numpy.array([number(steps[name].attrs.get("time")) or 0.0
                                        for name in names]) / 3600, "time (h)"
    edges = middles(place)
    figure = Figure(figsize=(PAGE_WIDTH, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True)
    rows = by_speed(speed)
    share = 100 * numpy.linspace(0, 1, rows.size + 1)
    look = {"rasterized": True, "cmap": COLOR_MAPS["composition"]}
    image = left.pcolormesh(edges, share, means[rows], vmin=0, vmax=1, **look)
    left.set(xlabel=label, ylabel="particles by speed (%)")
    left.set_title("from slow to fast", loc="left")
    bar = figure.colorbar(image, ax=left, ticks=(0, 0.5, 1), label="composition of a particle",
                          aspect=30, pad=0.02)
    bins = numpy.linspace(0, 1, BINS + 1)
    counts = numpy.stack([numpy.histogram(numpy.clip(column, 0, 1), bins)[0]
                          for column in means.T], axis=1)
    shares = 100 * counts / speed.size
    least = 100 / speed.size
    image = right.pcolormesh(edges, bins, numpy.ma.masked_less(shares, 0.5 * least),
                             norm=LogNorm(min(least, 50), 100), rasterized=True,
                             cmap=COLOR_MAPS["error"])
    right.set(xlabel=label, ylabel="composition of a particle", ylim=(0, 1))
    right.set_title("their distribution", loc="left")
    second = figure.colorbar(image, ax=right, label=f"particles (%) in {1 / BINS:g}", aspect=30,
                             pad=0.02)
    for one in (bar, second):
        one.outline.set_linewidth(0.4)
    letter_axes((left, right))
    return figure


def by_speed(speed):
    """Particles from slow to fast; of more than a picture has lines evenly picked ones."""
    order = numpy.argsort(speed, kind="stable")
    return order[numpy.linspace(0, order.size - 1, min(ROWS, order.size)).round().astype(int)]


def particle_means(step, count):
    """The mean composition of each particle (count,) of a stored step."""
    values = required(step, "composition", 2)
    if values.shape[0] != count:
        raise BadFile(f"{step.name}/composition of shape {values.shape}", f"{count} particles")
    return values.mean(axis=1)


def middles(places):
    """Edges of cells around growing places (n,): between neighbours, and as far beyond the ends."""
    between = 0.5 * (places[1:] + places[:-1])
    return numpy.concatenate([[2 * places[0] - between[0]], between, [2 * places[-1] - between[-1]]])
