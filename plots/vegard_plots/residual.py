# SPDX-License-Identifier: Apache-2.0
"""Pictures of residual strain: maps of each particle, all side by side, and what they depend on."""

import numpy
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .figure import AXIS_COLOR, PAGE_WIDTH, letter_axes
from .maps import OUTLINE, MapGrid, cropped, edges
from .particle import STRAINS, inside_of, pixel_size
from .quantity import DRAWN, Quantity
from .reading import BadFile, groups, number, optional, required, same_shape
from .shade import nice_below

FORMAT = "vegard-residual"
VERSION = 1

PER_SQUARE_MICROMETRE = DRAWN["nm^-2"][0]  # of a particle's numbers, which name no unit
LABEL, BAR, SPACE, FOOT = 0.62, 0.5, 0.12, 0.4  # inches around the maps of all particles


def pictures(file):
    """Yields (name, Figure): `composition`, `residual` of several particles, each one, `sigma`."""
    particles = [Particle(name, group) for name, group in groups(file, "particles").items()]
    if not particles:
        raise BadFile("no particle", "a group in /particles")
    particles.sort(key=lambda particle: particle.number("mean_composition"))
    yield "composition", composition_figure(particles)
    if len(particles) > 1:
        yield "residual", overview_figure(particles)
    for particle in particles:
        yield particle.name, particle_figure(particle)
    scattered = [one for one in particles if numpy.isfinite(one.number("sigma_correlation"))]
    if scattered:
        yield "sigma", sigma_figure(scattered)


class Particle:
    """One particle: its maps (ny, nx) in the units of the pictures, NaN outside of it."""

    def __init__(self, name, group):
        self.name, self.group, self.pixel = name, group, pixel_size(group)
        paths = {kind + strain: f"{kind}/{strain}"
                 for kind in ("residual", "coherency") for strain in STRAINS}
        paths |= {name: name for name in ("incompatibility", "composition")}
        maps = {key: required(group, path, 2) for key, path in paths.items()}
        sigma = optional(group, "sigma", 2)
        if sigma is not None:
            maps["sigma"], paths["sigma"] = sigma, "sigma"
        same_shape(group, maps)
        self.inside = inside_of(group, [maps["composition"]])
        self.quantities = {key: Quantity(group[path]) for key, path in paths.items()}
        self.maps = {key: numpy.where(self.inside, self.quantities[key].factor * values, numpy.nan)
                     for key, values in maps.items()}

    def number(self, name):
        """An attribute; NaN where it is unknown."""
        value = number(self.group.attrs.get(name))
        return numpy.nan if value is None else value

    @property
    def norm(self):
        """The Frobenius norm of the residual strain (ny, nx) in the unit of its maps."""
        aa, cc, ac = (self.maps["residual" + strain] for strain in STRAINS)
        return numpy.sqrt(aa**2 + cc**2 + 2 * ac**2)


def shades(particles, kinds=("residual",)):
    """The colours of each column for all the particles' maps of these kinds."""
    def shade(keys):
        return particles[0].quantities[keys[0]].shade(
            [particle.maps[key] for key in keys for particle in particles])

    columns = {strain: shade([kind + strain for kind in kinds]) for strain in STRAINS}
    columns.update((key, shade([key])) for key in ("incompatibility", "composition"))
    return columns


def particle_figure(particle):
    """Residual strain and its incompatibility above, coherency strain and composition below.

    The two rows of a strain share their colours, so that their sizes compare.
    """
    colors = shades([particle], ("residual", "coherency"))
    grid = MapGrid(2, 4, particle.inside, particle.pixel, labelled=True)
    rows = (("Residual", "residual", "incompatibility"), ("Coherency", "coherency", "composition"))
    for row, (words, kind, last) in enumerate(rows):
        for column, key in enumerate((*(kind + strain for strain in STRAINS), last)):
            shade = colors[last if column == 3 else STRAINS[column]]
            grid.draw(row, column, particle.maps[key], shade)
            grid.head(row, column, shade)
        grid.label(row, words)
    grid.draw_scale()
    return grid.figure


def overview_figure(particles):
    """Residual strain of all particles to one scale, by mean composition: a row for each."""
    columns = ("composition", *STRAINS, "incompatibility")
    boxes = [cropped(particle.inside) for particle in particles]
    sizes = [(box[1].stop - box[1].start, box[0].stop - box[0].start) for box in boxes]
    extents = [(nx * one.pixel, ny * one.pixel) for (nx, ny), one in zip(sizes, particles)]
    cell = (PAGE_WIDTH - LABEL - SPACE * len(columns)) / len(columns)
    scale = cell / max(width for width, _ in extents)  # inch per nm
    heights = [max(height * scale, 0.35) for _, height in extents]
    page = (PAGE_WIDTH, BAR + FOOT + sum(heights) + SPACE * len(heights))
    figure = Figure(figsize=page)
    colors = shades(particles)

    def axes(left, bottom, width, height):
        return figure.add_axes(
            (left / page[0], bottom / page[1], width / page[0], height / page[1]))

    top = page[1] - BAR
    for column, key in enumerate(columns):
        left = LABEL + column * (cell + SPACE)
        draw_bar(figure, axes(left + 0.12 * cell, top + 0.08, 0.76 * cell, 0.055), colors[key])
    for particle, box, extent, height in zip(particles, boxes, extents, heights):
        top -= height
        middle = top + height / 2
        words = f"{particle.name}\n$X$ = {particle.number('mean_composition'):.2f}"
        figure.text(0.05, middle, words, transform=figure.dpi_scale_trans, va="center")
        for column, key in enumerate(columns):
            values = particle.maps["residual" + key if key in STRAINS else key]
            left = LABEL + column * (cell + SPACE) + (cell - extent[0] * scale) / 2
            place = axes(left, middle - extent[1] * scale / 2, extent[0] * scale, extent[1] * scale)
            draw_map(place, values[box], particle.inside[box], colors[key])
        top -= SPACE
    draw_scale_bar(figure, scale, cell)
    return figure


def draw_map(axes, values, inside, shade):
    """A map that fills its axes, with the particle's outline."""
    ny, nx = inside.shape
    axes.set_axis_off()
    axes.imshow(shade.colors(values, inside), origin="lower", extent=(0, nx, 0, ny), aspect="auto",
                interpolation="none")
    axes.add_collection(LineCollection(edges(inside), clip_on=False, **OUTLINE))


def draw_bar(figure, axes, shade):
    """A colour bar with its title above."""
    bar = figure.colorbar(
        ScalarMappable(shade.norm, shade.cmap), cax=axes, orientation="horizontal",
        ticks=shade.ticks, extend=shade.extend, extendfrac=0.05)
    bar.outline.set_linewidth(0.4)
    axes.xaxis.set_ticks_position("top")
    axes.set_xticklabels([f"{tick:g}".replace("-", "−") for tick in shade.ticks])
    axes.tick_params(length=1.8, pad=1, width=0.4)
    axes.set_title(shade.title, pad=4)


def draw_scale_bar(figure, scale, cell):
    """A bar of a round length below the maps, and the direction of the axes in words."""
    length = nice_below(0.4 * cell / scale, (1, 2, 5))
    words = f"{length:g} nm" if length < 1000 else f"{length / 1000:g} µm"
    figure.add_artist(Line2D((LABEL, LABEL + length * scale), (0.32, 0.32), color="black",
                             linewidth=2, solid_capstyle="butt",
                             transform=figure.dpi_scale_trans))
    figure.text(LABEL, 0.26, words, transform=figure.dpi_scale_trans, va="top")
    figure.text(PAGE_WIDTH - SPACE, 0.26, "$a$ to the right, $c$ up", ha="right", va="top",
                transform=figure.dpi_scale_trans)


def composition_figure(particles):
    """rms incompatibility of the residual strain against the particle's mean composition.

    Filled: noise floor subtracted, with a bar of two standard errors of what noise alone gives.
    Open: as it is. Dashes: the noise floor.
    """
    figure = Figure(figsize=(PAGE_WIDTH / 2, 2.6), layout="constrained")
    axes = figure.subplots()
    composition = numpy.array([particle.number("mean_composition") for particle in particles])
    raw, above, floor, limit = (
        PER_SQUARE_MICROMETRE * numpy.array([particle.number(name) for particle in particles])
        for name in ("rms_incompatibility", "rms_incompatibility_above_noise", "noise_floor",
                     "detection_limit"))
    axes.scatter(composition, floor, marker="_", s=60, color="0.5", linewidths=1.1,
                 label="noise floor")
    axes.scatter(composition, raw, s=22, facecolors="white", edgecolors=AXIS_COLOR["c"],
                 linewidths=0.9, zorder=3, label="with noise")
    # Two standard errors of the mean square are limit².
    low = above - numpy.sqrt(numpy.maximum(above**2 - limit**2, 0))
    high = numpy.sqrt(above**2 + limit**2) - above
    known = numpy.isfinite(composition) & numpy.isfinite(high)
    axes.errorbar(composition[known], above[known], numpy.vstack([low, high])[:, known],
                  fmt="o", markersize=4.5,
                  color=AXIS_COLOR["c"], elinewidth=0.9, zorder=4, clip_on=False, label="noise subtracted")
    axes.set(xlim=(0, 1), xlabel=r"Mean composition $\overline{X}$",
             ylabel="rms incompatibility (µm$^{-2}$)")
    tallest = numpy.nanmax([*raw, *(above + high), 0])
    axes.set_ylim(0, 1.12 * tallest if tallest > 0 else 1)
    if len(particles) <= 12:
        name_points(axes, composition, raw, particles)
    handles, labels = axes.get_legend_handles_labels()
    order = [labels.index(words) for words in ("noise subtracted", "with noise", "noise floor")]
    axes.legend([handles[place] for place in order], [labels[place] for place in order],
                loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, handletextpad=0.3,
                columnspacing=1.2, borderaxespad=0.2)
    return figure


def name_points(axes, composition, heights, particles):
    """The particles' names above the points."""
    for x, y, particle in zip(composition, heights, particles):
        if numpy.isfinite(x) and numpy.isfinite(y):
            axes.annotate(particle.name, (x, y), xytext=(0, 5), textcoords="offset points",
                          color="0.35", ha="center", va="bottom", fontsize=6.5)


def sigma_figure(particles):
    """The residual strain of each pixel against the standard deviation of its measurement."""
    columns = min(len(particles), 3)
    rows = -(-len(particles) // columns)
    width = min(PAGE_WIDTH, 2.5 * columns + 0.4)
    figure = Figure(figsize=(width, 2.3 * rows + 0.1), layout="constrained")
    for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        if place < len(particles):
            draw_scatter(axes, particles[place])
        else:
            axes.set_visible(False)
    letter_axes([axes for axes in figure.axes if axes.get_visible()])
    quantities = particles[0].quantities
    figure.supxlabel(quantities["sigma"].title, fontsize="medium")
    figure.supylabel("Residual strain $|\\varepsilon^\\mathrm{res}|$ "
                     f"({quantities['residual' + STRAINS[0]].unit})", fontsize="medium")
    return figure


def draw_scatter(axes, particle):
    """One particle's pixels as a density, the rms in classes of σ, and what noise alone gives."""
    norm, sigma = particle.norm, particle.maps["sigma"]
    known = numpy.isfinite(norm) & numpy.isfinite(sigma)
    sigma, norm = sigma[known], norm[known]
    top, right = numpy.percentile(norm, 99.5), numpy.percentile(sigma, 99.8)
    left = numpy.percentile(sigma, 0.2)
    margin = 0.05 * (right - left)
    extent = (max(left - margin, 0), right + margin, 0, 1.1 * top)
    axes.hexbin(sigma, norm, gridsize=(38, 26), extent=extent, norm=LogNorm(1), mincnt=1,
                cmap="Greys", linewidths=0.1, rasterized=True)
    centres, roots = classes(sigma, norm)
    axes.plot(centres, roots, color=AXIS_COLOR["a"], marker="o", markersize=3, linewidth=1,
              label="rms")
    axes.plot((0, extent[1]), (0, extent[1]), color=AXIS_COLOR["c"], linestyle=(0, (4, 2)),
              linewidth=1, label="noise alone")
    axes.set(xlim=extent[:2], ylim=extent[2:])
    words = f"{particle.name}, correlation {particle.number('sigma_correlation'):.2f}"
    axes.set_title(words.replace("-", "−"), loc="left")
    axes.legend(loc="upper left", handlelength=1.6, borderaxespad=0.2)


def classes(sigma, norm, count=8):
    """The rms of the norm in classes of equally many pixels, by σ: (σ, rms)."""
    order = numpy.argsort(sigma, kind="stable")
    parts = [part for part in numpy.array_split(order, min(count, len(order))) if len(part)]
    return (numpy.array([sigma[part].mean() for part in parts]),
            numpy.array([numpy.sqrt((norm[part] ** 2).mean()) for part in parts]))
