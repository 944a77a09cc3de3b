# SPDX-License-Identifier: Apache-2.0
"""How the numbers of a map become colours."""

import math

import numpy
from matplotlib import colormaps
from matplotlib.colors import Normalize

from .figure import COLOR_MAPS

NO_DATA = (0.72, 0.72, 0.72, 1.0)


class Shade:
    """A kind of COLOR_MAPS with its limits, the ticks of its colour bar and the title above it.

    Limits from data leave out one percent at each end: a few wild pixels shall not pale a map.
    Pointed ends of the colour bar say that colours saturate there.
    """

    def __init__(self, title, kind, lower, upper, ticks, extend):
        self.title, self.cmap, self.extend = title, colormaps[COLOR_MAPS[kind]], extend
        self.norm, self.ticks = Normalize(lower, upper), ticks

    @classmethod
    def composition(cls, title, arrays):
        """From 0 to 1; an end is pointed where noise carries compositions beyond it."""
        values = numpy.concatenate([numpy.ravel(array) for array in arrays])
        below, above = (values < 0).any(), (values > 1).any()
        extend = {(False, False): "neither", (True, False): "min", (False, True): "max",
                  (True, True): "both"}[bool(below), bool(above)]
        return cls(title, "composition", 0, 1, (0, 0.5, 1), extend)

    @classmethod
    def diverging(cls, title, arrays, kind="strain"):
        """Symmetric about 0, out to the 1st or 99th percentile, whichever is farther."""
        limit = max(abs(percentile(arrays, 1)), abs(percentile(arrays, 99))) or 1.0
        tick = nice_below(limit)
        return cls(title, kind, -limit, limit, (-tick, 0, tick), "both")

    @classmethod
    def growing(cls, title, arrays, kind="error"):
        """From 0 to the 99th percentile, for what cannot be negative."""
        limit = max(percentile(arrays, 99), 0.0) or 1.0
        tick = nice_below(limit)
        return cls(title, kind, 0, limit, (0, tick / 2, tick), "max")

    def colors(self, values, inside):
        """Colours (ny, nx, 4) of the values (ny, nx): grey without data, white outside."""
        finite = numpy.isfinite(values)
        rgba = self.cmap(self.norm(numpy.where(finite, values, 0.0)))
        rgba[~finite] = NO_DATA
        rgba[~inside] = 1.0
        return rgba


def percentile(arrays, percent):
    """A percentile of all finite numbers in a list of arrays; 0 when there are none."""
    values = numpy.concatenate([numpy.ravel(array) for array in arrays])
    values = values[numpy.isfinite(values)]
    return float(numpy.percentile(values, percent)) if values.size else 0.0


def nice_below(value, mantissas=(1, 2, 3, 4, 5, 6, 8)):
    """The largest mantissa × 10^k that does not exceed a positive value."""
    decade = 10.0 ** math.floor(math.log10(value) + 1e-9)
    return decade * max(m for m in mantissas if m <= value / decade + 1e-6)
