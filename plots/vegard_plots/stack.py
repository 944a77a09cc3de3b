# SPDX-License-Identifier: Apache-2.0
"""Pictures of a stack: composition, strain and rotation of each particle."""

import math

import numpy

from .maps import MapGrid, best_columns, cropped
from .particle import STRAINS, inside_of, pixel_size
from .quantity import Quantity
from .reading import BadFile, groups, optional, same_shape

FORMAT = "chemomech-images"
VERSION = 2

CHANNELS = ("composition", *STRAINS, "rotation")


def pictures(file):
    """Yields (particle, Figure) for each particle of an open stack."""
    drawn = 0
    for name, particle in groups(file, "/").items():
        maps = {channel: optional(particle, channel, 2) for channel in CHANNELS}
        maps = {channel: values for channel, values in maps.items() if values is not None}
        if maps:
            drawn += 1
            yield name, particle_figure(particle, maps)
    if not drawn:
        raise BadFile("no particle", f"a group with at least one of {', '.join(CHANNELS)}")


def particle_figure(particle, maps):
    """The figure of one particle; maps (ny, nx) as stored."""
    same_shape(particle, maps)
    inside = inside_of(particle, list(maps.values()))
    pixel = pixel_size(particle)
    ny, nx = inside[cropped(inside)].shape
    columns = best_columns(len(maps), nx / ny)
    grid = MapGrid(math.ceil(len(maps) / columns), columns, inside, pixel)
    for place, (channel, values) in enumerate(maps.items()):
        quantity = Quantity(particle[channel])
        shown = quantity.factor * numpy.where(inside, values, numpy.nan)
        shade = quantity.shade([shown])
        grid.draw(*divmod(place, columns), shown, shade)
        grid.head(*divmod(place, columns), shade)
    grid.draw_scale()
    return grid.figure
