# SPDX-License-Identifier: Apache-2.0
"""Fields of a run along a line of its case: a panel for each, a curve for each stored step."""

import numpy
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from .figure import COLOR_MAPS, PAGE_WIDTH, letter_axes
from .quantity import Quantity, with_powers
from .reading import groups, number, optional, required, text

# What is drawn, the others being components of little interest; curves of a panel.
SHOWN = ("composition", "potential", "displacement_a", "displacement_c", "displacement_b",
         "strain_aa", "strain_cc", "strain_bb", "stress_aa", "stress_cc", "stress_bb",
         "energy_chemical", "energy_elastic")
CURVES, COLUMNS = 8, 3


def lines_figure(file, number_of_line):
    """The figure of the line; None where no step has a field along it.

    Of many steps some are drawn, the first and the last among them.
    """
    distance = required(file, f"lines/{number_of_line}/distance", 1)
    steps = {name: group for name in sorted(groups(file, "steps"))
             if (group := file.get(f"steps/{name}/lines/{number_of_line}")) is not None}
    shown = [name for name in SHOWN if any(name in group for group in steps.values())]
    if not shown:
        return None
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(PAGE_WIDTH * (0.5, 0.8, 1)[columns - 1], 1.9 * rows + 0.3),
                    layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    times = {name: number(file[f"steps/{name}"].attrs.get("time")) or 0.0 for name in steps}
    last = max(times.values())
    norm, colors = Normalize(0, last or 1.0), colormaps[COLOR_MAPS["composition"]]
    for axes, field in zip(panels, shown):
        having = [name for name, group in steps.items() if field in group]
        quantity = Quantity(steps[having[-1]][field])
        for name in picked(having):
            values = optional(steps[name], field, 1)
            axes.plot(distance, quantity.factor * values, color=colors(norm(times[name])),
                      linewidth=1)
        axes.set_title(quantity.title, loc="left")
    for axes in panels[len(shown):]:
        axes.set_visible(False)
    unit = with_powers(text(file[f"lines/{number_of_line}/distance"].attrs.get("units")) or "nm")
    for place, axes in enumerate(panels[:len(shown)]):
        if place + columns >= len(shown):
            axes.set_xlabel(f"distance ({unit})")
            axes.tick_params(labelbottom=True)
    if len(steps) > 1:
        bar = figure.colorbar(ScalarMappable(norm, colors), ax=panels, label="time (s)", aspect=30,
                              pad=0.02)
        bar.outline.set_linewidth(0.4)
    letter_axes(panels[:len(shown)])
    return figure


def picked(names):
    """At most CURVES of them, evenly, with both ends."""
    if len(names) <= CURVES:
        return names
    return [names[index] for index in numpy.linspace(0, len(names) - 1, CURVES).round().astype(int)]
