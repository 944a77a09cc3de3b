# SPDX-License-Identifier: Apache-2.0
"""A picture of a particle in three dimensions: its lower half, cut open at the middle of b.

Faces of elements that look at the viewer are drawn from the back to the front, coloured by the
composition behind them. a runs to the right, c to the back, b up.
"""

import numpy
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from .figure import PAGE_WIDTH

# Cosine and sine of the angle that a turns to the front, and the slope under which b is seen.
TURN, TILT = (numpy.cos(0.3), numpy.sin(0.3)), (numpy.cos(0.65), numpy.sin(0.65))
LIGHT = {"b": 1.0, "c": 0.86, "a": 0.72}  # of faces across b, c and a
TALLEST, LEFT, RIGHT = 3.6, 0.7, 1.0  # inch


def solid_figure(cells, spacing, shade, title):
    """The figure for compositions at element centres (nz, ny, nx), NaN where nothing is.

    `spacing` has the edges of an element along a, c and b in nm.
    """
    half = cells[: max(1, (cells.shape[0] + 1) // 2)]
    quads, values, light = visible_faces(half, spacing)
    page, depth = projected(quads)
    order = numpy.argsort(-depth, kind="stable")
    colors = shade.cmap(shade.norm(values))
    colors[:, :3] *= light[:, None]
    low, high = page.min(axis=(0, 1)), page.max(axis=(0, 1))
    width, height = high - low
    across = min(PAGE_WIDTH - LEFT - RIGHT, TALLEST * width / height)
    figure = Figure(figsize=(across + LEFT + RIGHT, across * height / width + 0.6))
    size = figure.get_size_inches()
    axes = figure.add_axes((LEFT / size[0], 0.3 / size[1], across / size[0],
                            across * height / width / size[1]))
    # Antialiased faces leave seams.
    axes.add_collection(PolyCollection(page[order], facecolors=colors[order], edgecolors="none",
                                       antialiaseds=False, rasterized=True))
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.set_axis_off()
    figure.text(0.1 / size[0], 1 - 0.08 / size[1], title, ha="left", va="top")
    draw_axes(axes, half.shape, spacing)
    bar = figure.colorbar(ScalarMappable(shade.norm, shade.cmap), ticks=shade.ticks,
                          extend=shade.extend, extendfrac=0.05,
                          cax=figure.add_axes((1 - 0.6 / size[0], 0.5, 0.09 / size[0], 0.4)))
    bar.outline.set_linewidth(0.4)
    bar.set_label(shade.title)
    return figure


def visible_faces(cells, spacing):
    """Faces towards +b, -c and +a with nothing before them.

    Returns corners (n, 4, 3) as (a, c, b) in nm, compositions (n,) and brightness (n,).
    """
    there = numpy.isfinite(cells)
    edges = numpy.asarray(spacing, float)
    kinds = (
        ("b", 0, 1, ((0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1))),
        ("c", 1, -1, ((0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1))),
        ("a", 2, 1, ((1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 0, 1))),
    )
    quads, values, light = [], [], []
    for name, along, way, corners in kinds:
        before = numpy.roll(there, -way, axis=along)
        last = [slice(None)] * 3
        last[along] = -1 if way > 0 else 0
        before[tuple(last)] = False
        place = numpy.argwhere(there & ~before)
        low = place[:, ::-1].astype(float)  # (a, c, b)
        quads.append((low[:, None, :] + numpy.asarray(corners, float)) * edges)
        values.append(cells[tuple(place.T)])
        light.append(numpy.full(len(place), LIGHT[name]))
    return numpy.concatenate(quads), numpy.concatenate(values), numpy.concatenate(light)


def projected(points):
    """Points (…, 3) on the page (…, 2), and the depth of each polygon: larger is farther."""
    a, c, b = points[..., 0], points[..., 1], points[..., 2]
    right = a * TURN[0] + c * TURN[1]
    back = c * TURN[0] - a * TURN[1]
    up = b * TILT[0] + back * TILT[1]
    depth = back * TILT[0] - b * TILT[1]
    return numpy.stack([right, up], axis=-1), depth.mean(axis=-1)


def draw_axes(axes, shape, spacing):
    """The extents along a, c and b, written beside the edges that show."""
    size = numpy.array(shape[::-1]) * spacing
    corners = {"a": ((size[0] / 2, 0, 0), (0, -9), "center", "top"),
               "c": ((size[0], size[1] / 2, 0), (6, -4), "left", "top"),
               "b": ((0, 0, size[2] / 2), (-4, 0), "right", "center")}
    for (name, (point, shift, ha, va)), extent in zip(corners.items(), size):
        page = projected(numpy.array([[point]], float))[0][0, 0]
        axes.annotate(f"${name}$ {extent:.4g} nm", page, xytext=shift, textcoords="offset points",
                      ha=ha, va=va, annotation_clip=False)
