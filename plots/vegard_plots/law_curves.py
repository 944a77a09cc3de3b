# SPDX-License-Identifier: Apache-2.0
"""The curves of a law: eigenstrain and its slope against composition, errors against terms.

Strains and slopes are stored as fractions and drawn in percent.
"""

from itertools import cycle

import numpy
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from .figure import (
    AXIS_COLOR, DEFAULT_COLOR, MODEL_COLOR, PAGE_WIDTH, letter_axes, model_title)
from .quantity import PERCENT
from .reading import BadFile, groups, number, optional, required, same_shape

SELECTED = "-"
OTHERS = ((0, (4, 2)), (0, (1, 1.5)), (0, (4, 1.5, 1, 1.5)))


def law_figure(file, models, selected):
    """f(X) at the left, df/dX at the right, along a and c, the selected model with its bands.

    Behind f the training pixels are faint. Below them where in X the training pixels lie, and half of the band of df/dX by itself, which
    beside the curve may be thinner than a line.
    """
    figure = Figure(figsize=(PAGE_WIDTH, 3.8), layout="constrained")
    (left, right), (pixels, bands) = figure.subplots(
        2, 2, sharex=True, gridspec_kw={"height_ratios": [2.7, 0.9]})
    others = dict(zip((name for name in models if name != selected), cycle(OTHERS)))
    for axes, kind, symbol in ((left, "law", "f_{}"), (right, "expansion", "f_{}'")):
        axes.axhline(0, color="0.7", linewidth=0.5, zorder=0)
        dashed = {name: curves(models[name], kind) for name in others if kind in models[name]}
        for name, table in dashed.items():
            draw_dashed(axes, table, others[name])
        source = file if kind in file or selected not in models else models[selected]
        draw_selected(axes, curves(source, kind), list(dashed.values()), symbol)
        axes.set(xlim=(0, 1))
        axes.margins(y=0.15)  # the names of the curves stand beyond them
        axes.yaxis.set_major_locator(MaxNLocator(7, steps=(1, 2, 5, 10)))
    left.set_ylabel("Eigenstrain $f$ (%)")
    right.set_ylabel("Chemical expansion d$f$/d$X$ (%)")
    coefficients = optional(file, "law/coefficients", 2)
    terms = number(models[selected].attrs.get("terms")) if selected in models else None
    is_averaged = coefficients is not None and coefficients.shape[1] != terms
    has_pixels = draw_pixels(left, file)
    draw_key(left, {selected: SELECTED, **others}, models, selected if is_averaged else None,
             pixel_words(selected) if has_pixels else None)
    draw_histogram(pixels, file)
    draw_half_bands(bands, curves(file if "expansion" in file else models[selected], "expansion"))
    for axes in (pixels, bands):
        axes.set_xlabel("Composition $X$")
    letter_axes([left, right, pixels, bands])
    return figure


def draw_pixels(axes, file):
    """The measured strain of the training pixels as a cloud behind the curves; False without any.

    The denser, the stronger: by the logarithm, so that single pixels are seen beside the phases.
    """
    clouds = groups(file, "pixels")
    ends = list(axes.get_ylim())
    for axis, color in AXIS_COLOR.items():
        if axis not in clouds:
            continue
        group = clouds[axis]
        middles = {name: required(group, name, 1) for name in ("composition", "strain")}
        counts = required(group, "counts", 2)
        expected = tuple(values.size for values in middles.values())
        if counts.shape != expected or min(expected) < 2:
            raise BadFile(f"{group.name}/counts of shape {counts.shape}", f"shape {expected}")
        (left, right), (lower, upper) = (span(values) for values in middles.values())
        cloud = numpy.empty((*counts.T.shape, 4))
        cloud[..., :3] = to_rgb(color)
        cloud[..., 3] = 0.45 * numpy.log1p(counts.T) / numpy.log1p(max(counts.max(), 1))
        axes.imshow(cloud, extent=(left, right, lower * PERCENT, upper * PERCENT), origin="lower",
                    aspect="auto", interpolation="nearest", zorder=-1)
        ends += [lower * PERCENT, upper * PERCENT]
    axes.set(xlim=(0, 1), ylim=(min(ends), max(ends)))
    return bool(clouds)


def span(middles):
    """Where equal bins begin and end."""
    half = (middles[1] - middles[0]) / 2
    return middles[0] - half, middles[-1] + half


def pixel_words(selected):
    """What the cloud shows: a model without mechanics is a regression of just that."""
    return "pixels: measured strain" + ("" if selected == "m0" else ", elastic part included")


def draw_histogram(axes, file):
    """The training pixels in each class of composition; empty where the law does not tell."""
    axes.set_ylabel("Pixels")
    middles = optional(file, "composition_histogram/composition", 1)
    counts = optional(file, "composition_histogram/counts", 1)
    if middles is None or counts is None or middles.size < 2:
        return
    axes.bar(middles, counts, width=middles[1] - middles[0], color="0.6")


def draw_half_bands(axes, table):
    """Half of the 95 % band of the expansion along a and c."""
    axes.set_ylabel("Half band (%)")
    for axis, color in AXIS_COLOR.items():
        if f"{axis}_upper" in table and f"{axis}_lower" in table:
            half = (table[f"{axis}_upper"] - table[f"{axis}_lower"]) / 2
            axes.plot(table["composition"], half, color=color)
    axes.set_ylim(bottom=0)


def curves(source, kind):
    """{composition, a, c and the limits of their bands: (points,)} in percent; bands may lack."""
    table = {name: required(source, f"{kind}/{name}", 1) for name in ("composition", "a", "c")}
    for name in ("a_lower", "a_upper", "c_lower", "c_upper"):
        limit = optional(source, f"{kind}/{name}", 1)
        if limit is not None:
            table[name] = limit
    same_shape(source[kind], table)
    return {name: values * (1 if name == "composition" else PERCENT)
            for name, values in table.items()}


def draw_dashed(axes, table, dashes):
    for axis, color in AXIS_COLOR.items():
        axes.plot(table["composition"], table[axis], color=color, linestyle=dashes, linewidth=1)


def draw_selected(axes, table, others, symbol):
    """Solid lines, bands, and the name of each curve outside of them and of the other models."""
    composition = table["composition"]
    for axis, other in (("a", "c"), ("c", "a")):
        curve, color = table[axis], AXIS_COLOR[axis]
        lower, upper = (table.get(f"{axis}_{side}", curve) for side in ("lower", "upper"))
        axes.fill_between(composition, lower, upper, color=color, alpha=0.2, linewidth=0,
                          label="95 % band" if f"{axis}_lower" in table else None)
        axes.plot(composition, curve, color=color)
        place = widest_gap(composition, curve, table[other])
        above = curve[place] > table[other][place]
        rising = curve[min(place + 1, curve.size - 1)] > curve[max(place - 1, 0)]
        heights = [(upper if above else lower)[place], *(
            numpy.interp(composition[place], one["composition"], one[axis]) for one in others)]
        axes.annotate(
            f"${symbol.format(axis)}$",
            (composition[place], max(heights) if above else min(heights)),
            xytext=(0, 4 if above else -4), textcoords="offset points", color=color, fontsize=9,
            ha="right" if above == rising else "left", va="bottom" if above else "top")


def widest_gap(composition, one, other):
    """Where two curves lie farthest apart, not too near the ends: an index."""
    gap = numpy.abs(one - other)
    gap[(composition < 0.2) | (composition > 0.8) | ~numpy.isfinite(gap)] = -1
    return int(numpy.argmax(gap))


def draw_key(axes, styles, models, averaged, pixels):
    """Which line belongs to which model, and what bands and cloud are where there are any.

    `averaged` is the model whose law is averaged over numbers of terms, if one is; `pixels` the words
    for the cloud.
    """
    handles = []
    for name, style in styles.items():
        terms = number(models[name].attrs.get("terms")) if name in models else None
        chosen = f", $N$ = {terms:.0f}" if terms else ""
        words = model_title(name) + (", averaged" if name == averaged else chosen)
        handles.append(Line2D([], [], color="0.25", linestyle=style, label=words))
    if axes.get_legend_handles_labels()[0]:
        handles.append(Patch(color="0.25", alpha=0.2, linewidth=0, label="95 % band"))
    if pixels:
        handles.append(Patch(color="0.25", alpha=0.1, linewidth=0, label=pixels))
    # Above the panels: curves and cloud leave no room inside.
    axes.figure.get_layout_engine().set(rect=(0, 0, 1, 0.94))
    axes.figure.legend(handles=handles, loc="upper center", ncols=len(handles), handlelength=2.2)


def errors_figure(errors, selected, selected_terms):
    """Training (filled) and test (open) error of each model against its number of terms.

    Returns None when there is no error to draw.
    """
    tables = {name: error_table(group) for name, group in errors.items()}
    drawn = [table[kind] for table in tables.values() for kind in table if kind != "terms"]
    if not drawn:
        return None
    figure = Figure(figsize=(PAGE_WIDTH / 2, 2.4), layout="constrained")
    axes = figure.subplots()
    for (name, table), marker in zip(tables.items(), cycle("osD^v")):
        color = MODEL_COLOR.get(name, DEFAULT_COLOR)
        for kind, face, line in (("train", color, "-"), ("test", "white", OTHERS[0])):
            if kind in table:
                axes.plot(table["terms"], table[kind], color=color, linestyle=line, linewidth=0.9,
                          marker=marker, markersize=4, markerfacecolor=face,
                          label=f"{model_title(name)} {kind}")
    set_error_scale(axes, numpy.concatenate(drawn))
    if selected_terms:
        axes.axvline(selected_terms, color="0.88", linewidth=7, zorder=0)
        words = f"selected: {model_title(selected)}, $N$ = {selected_terms:.0f}"
        axes.text(selected_terms, 1.02, words,
                  transform=axes.get_xaxis_transform(), ha="center", va="bottom")
    terms = numpy.concatenate([table["terms"] for table in tables.values()])
    axes.set_xlim(terms.min() - 0.4, terms.max() + 0.4)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel="Number of terms $N$", ylabel="Strain error (%)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0)
    return figure


def error_table(group):
    """{terms, train, test: (K,)}, errors in percent; without one that is nowhere finite."""
    terms = required(group, "terms", 1)
    table = {"terms": terms}
    for kind in ("train", "test"):
        values = optional(group, kind, 1)
        if values is not None and numpy.isfinite(values).any():
            table[kind] = values * PERCENT
    same_shape(group, table)
    return table


def set_error_scale(axes, values):
    """Logarithmic, with plain numbers, when the errors span more than a factor of ten."""
    values = values[numpy.isfinite(values) & (values > 0)]
    if not values.size or values.max() <= 10 * values.min():
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
