# SPDX-License-Identifier: Apache-2.0
"""The strain of each model in one particle of a law, and what it leaves of the measured strain."""

import numpy

from .figure import model_title
from .maps import MapGrid
from .particle import STRAINS, inside_of, pixel_size
from .quantity import Quantity
from .reading import groups, optional, required, same_shape

ERROR = "error"


def particle_figure(particle):
    """The figure of one particle: a row for each model, a column for each strain and the error.

    A subgroup without any strain is not a model. Returns None when there is no model at all.
    Columns share their limits, so that models compare; the error column is left out where no
    model has one, as in a particle without measured strain.
    """
    rows = {name: maps_of(group) for name, group in groups(particle, ".").items()
            if any(strain in group for strain in STRAINS)}
    if not rows:
        return None
    same_shape(particle, {f"{name}/e_aa": maps["e_aa"] for name, maps in rows.items()})
    columns = [c for c in (*STRAINS, ERROR) if any(c in maps for maps in rows.values())]
    inside = inside_of(particle, [maps["e_aa"] for maps in rows.values()])
    grid = MapGrid(len(rows), len(columns), inside, pixel_size(particle), bars=1, labelled=True)
    shown = {(name, channel): numpy.where(inside, maps[channel], numpy.nan)
             for name, maps in rows.items() for channel in columns if channel in maps}
    # The first model that has a column names it.
    named = {channel: Quantity(particle[name][channel])
             for name, maps in reversed(rows.items()) for channel in maps}
    shades = {channel: named[channel].shade([shown[key] for key in shown if key[1] == channel])
              for channel in columns}
    for place, channel in enumerate(columns):
        grid.head(0, place, shades[channel])
    for row, name in enumerate(rows):
        grid.label(row, model_title(name))
        for place, channel in enumerate(columns):
            if (name, channel) in shown:
                grid.draw(row, place, shown[name, channel], shades[channel])
    grid.draw_scale()
    return grid.figure


def maps_of(group):
    """A model's strain, and its error where there is one: {name: (ny, nx)}, in the drawn unit."""
    maps = {strain: required(group, strain, 2) for strain in STRAINS}
    error = optional(group, ERROR, 2)
    if error is not None:
        maps[ERROR] = error
    same_shape(group, maps)
    return {name: Quantity(group[name]).factor * values for name, values in maps.items()}
