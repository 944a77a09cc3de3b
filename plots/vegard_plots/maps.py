# SPDX-License-Identifier: Apache-2.0
"""Figures of maps: a grid of pictures of one particle, all to one scale.

A map is an array (ny, nx): the first index grows along +c (up), the second along +a (right).
The grid is laid out in inches from the particle's aspect ratio, so that all maps have exactly the
same size and no paper is lost to fitting. Colour bars lie above the maps, the scale below them.
"""

import math
from itertools import repeat

import numpy
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from .figure import DPI, PAGE_WIDTH, letters
from .shade import nice_below

# Inches.
MARGIN, GAP, ROW_GAP = 0.1, 0.2, 0.12
BAR_SPACE, BAR_HEIGHT, BAR_WIDTH = 0.5, 0.055, 1.3
SCALE_SPACE, LABEL_SPACE = 0.4, 0.3
NARROWEST_CELL, WIDEST_MAP, TALLEST_FIGURE = 0.95, 3.3, 4.6

OUTLINE = {"colors": "0.3", "linewidths": 0.5, "capstyle": "projecting"}


class MapGrid:
    """A figure of rows × columns maps of one particle.

    `inside` (ny, nx) is True inside the particle, `pixel` the pixel size in nm. `bars` is the
    number of rows with colour bars: all of them, or only the first where columns share theirs.
    `labelled` leaves room for `label` at the left.
    """

    def __init__(self, rows, columns, inside, pixel, bars=None, labelled=False):
        self.box, self.pixel = cropped(inside), pixel
        self.inside = inside[self.box]
        self.rows, self.bars = rows, rows if bars is None else bars
        self.left = MARGIN + (LABEL_SPACE if labelled else 0.0)
        ny, nx = self.inside.shape
        self.width = crisp(map_width(rows, columns, nx / ny, self.bars, labelled), nx)
        self.height = self.width * ny / nx
        self.cell = max(self.width, NARROWEST_CELL)
        self.page = (
            self.left + columns * self.cell + (columns - 1) * GAP + MARGIN,
            MARGIN + SCALE_SPACE + rows * self.height + (rows - 1) * ROW_GAP
            + self.bars * BAR_SPACE,
        )
        self.figure = Figure(figsize=self.page)
        self.letters = letters() if rows * columns > 1 else repeat("")

    def draw(self, row, column, values, shade):
        """Draws the map `values` (ny, nx), lettered in the order of drawing."""
        x, y = self._corner(row, column)
        axes = self._axes(x, y, self.width, self.height)
        above = 0.31 if row < self.bars else 0.0
        self._text(x, y + self.height + above, next(self.letters), ha="left", va="bottom")
        axes.set_axis_off()
        ny, nx = self.inside.shape
        colors = shade.colors(values[self.box], self.inside)
        axes.imshow(colors, origin="lower", extent=(0, nx, 0, ny), aspect="auto")
        axes.add_collection(LineCollection(edges(self.inside), clip_on=False, **OUTLINE))

    def head(self, row, column, shade):
        """Draws the colour bar and the title above a map."""
        x, y = self._corner(row, column)
        width = min(self.width, BAR_WIDTH) if self.width > NARROWEST_CELL else self.cell
        x += (self.width - width) / 2
        axes = self._axes(x, y + self.height + 0.08, width, BAR_HEIGHT)
        bar = self.figure.colorbar(
            ScalarMappable(shade.norm, shade.cmap), cax=axes, orientation="horizontal",
            ticks=shade.ticks, extend=shade.extend, extendfrac=0.05)
        bar.outline.set_linewidth(0.4)
        bar.ax.xaxis.set_ticks_position("top")
        bar.ax.set_xticklabels([f"{tick:g}".replace("-", "−") for tick in shade.ticks])
        bar.ax.tick_params(length=1.8, pad=1, width=0.4)
        self._text(x + width / 2, y + self.height + 0.33, shade.title, ha="center", va="baseline")

    def label(self, row, words):
        """Writes what a row shows, upright at its left."""
        y = self._corner(row, 0)[1] + self.height / 2
        self._text(MARGIN, y, words, rotation=90, ha="left", va="center")

    def draw_scale(self):
        """Draws a scale bar and the directions of a and c below the lower left map."""
        x, y = self._corner(self.rows - 1, 0)
        x, bar = x - (self.cell - self.width) / 2, y - 0.13
        per_nanometre = self.width / self.inside.shape[1] / self.pixel
        length = nice_below(max(0.36 * self.width, 0.3) / per_nanometre, (1, 2, 5))
        words = f"{length:g} nm" if length < 1000 else f"{length / 1000:g} µm"
        self._line((x, x + length * per_nanometre), (bar, bar), linewidth=2)
        self._text(x, bar - 0.06, words, ha="left", va="top")
        corner = (x + self.cell - 0.34, y - 0.36)
        for name, (dx, dy) in (("$a$", (1, 0)), ("$c$", (0, 1))):
            tip = (corner[0] + 0.2 * dx, corner[1] + 0.2 * dy)
            self._arrow(corner, tip)
            self._text(tip[0] + 0.06 * dx, tip[1] + 0.03 * dy, name,
                       ha="left" if dx else "center", va="center" if dx else "bottom")

    def _corner(self, row, column):
        """The lower left corner of a map in inches from the lower left of the page."""
        below = self.rows - 1 - row
        bars = max(self.bars - 1 - row, 0)
        x = self.left + column * (self.cell + GAP) + (self.cell - self.width) / 2
        y = SCALE_SPACE + MARGIN / 2 + below * (self.height + ROW_GAP) + bars * BAR_SPACE
        return round(x * DPI) / DPI, round(y * DPI) / DPI

    def _axes(self, x, y, width, height):
        page = self.page
        return self.figure.add_axes(
            (x / page[0], y / page[1], width / page[0], height / page[1]))

    def _line(self, x, y, **look):
        look = {"color": "black", "solid_capstyle": "butt", **look}
        self.figure.add_artist(Line2D(x, y, transform=self.figure.dpi_scale_trans, **look))

    def _arrow(self, start, tip):
        self.figure.add_artist(FancyArrowPatch(
            start, tip, transform=self.figure.dpi_scale_trans, arrowstyle="-|>",
            mutation_scale=5, linewidth=0.7, color="black", shrinkA=0, shrinkB=0))

    def _text(self, x, y, words, **look):
        self.figure.text(x, y, words, transform=self.figure.dpi_scale_trans, **look)


def best_columns(count, aspect):
    """The number of columns that makes `count` maps of an aspect ratio (width / height) largest.

    Of nearly equal choices the one with fewer empty places, then the one with more columns.
    """
    def merit(columns):
        rows = math.ceil(count / columns)
        width = map_width(rows, columns, aspect, rows, False)
        return round(math.log(width), 1), count - rows * columns, columns

    return max(range(1, count + 1), key=merit)


def map_width(rows, columns, aspect, bars, labelled):
    """The width in inches of one map so that the grid fits a journal page."""
    free = PAGE_WIDTH - 2 * MARGIN - (LABEL_SPACE if labelled else 0.0)
    across = (free - (columns - 1) * GAP) / columns
    above = bars * BAR_SPACE + (rows - 1) * ROW_GAP
    upright = (TALLEST_FIGURE - SCALE_SPACE - MARGIN - above) / rows * aspect
    return min(across, upright, WIDEST_MAP)


def crisp(width, pixels):
    """The width in inches, a little less if that makes a pixel of the map whole pixels of a PNG."""
    magnification = width * DPI / pixels
    whole = math.floor(magnification)
    return whole * pixels / DPI if whole > 0.8 * magnification else width


def cropped(inside):
    """Slices (rows, columns) of the smallest box around the particle; all of an empty one."""
    box = []
    for other in (1, 0):
        hits = numpy.flatnonzero(inside.any(axis=other))
        box.append(slice(hits[0], hits[-1] + 1) if hits.size else slice(None))
    return tuple(box)


def edges(inside):
    """The sides of pixels where the particle ends: segments (n, 2, 2) in pixels from the corner."""
    padded = numpy.pad(inside, 1).astype(int)
    row, column = numpy.nonzero(numpy.diff(padded, axis=0)[:, 1:-1])
    level = numpy.stack([(column, row), (column + 1, row)]).transpose(2, 0, 1)
    row, column = numpy.nonzero(numpy.diff(padded, axis=1)[1:-1, :])
    upright = numpy.stack([(column, row), (column, row + 1)]).transpose(2, 0, 1)
    return numpy.concatenate([level, upright])
