# SPDX-License-Identifier: Apache-2.0
"""Why this number of terms: the held-out error with its standard error, and the chosen N."""

import numpy
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .figure import DEFAULT_COLOR, MODEL_COLOR, PAGE_WIDTH, model_title
from .particle import PERCENT
from .reading import optional, required


def terms_figure(group, name, selected_terms):
    """Held-out error (K,) in percent against N, bars of one standard error.

    The shaded stripe is one standard error above the smallest: the smallest N in it is taken.
    Returns None where the law does not hold it.
    """
    terms = required(group, "terms", 1)
    error = optional(group, "held_out", 1)
    spread = optional(group, "held_out_sd", 1)
    if error is None or spread is None or not numpy.isfinite(error).any() or terms.size < 2:
        return None
    error, spread = error * PERCENT, spread * PERCENT
    best = int(numpy.nanargmin(error))
    figure = Figure(figsize=(PAGE_WIDTH / 2, 2.4), layout="constrained")
    axes = figure.subplots()
    axes.axhspan(error[best], error[best] + spread[best], color="0.9", zorder=0)
    axes.errorbar(terms, error, yerr=spread, color=MODEL_COLOR.get(name, DEFAULT_COLOR),
                  marker="o", markersize=4, linewidth=0.9, capsize=2)
    if selected_terms:
        place = int(numpy.argmin(numpy.abs(terms - selected_terms)))
        axes.annotate(f"chosen: $N$ = {selected_terms:.0f}", (terms[place], error[place]),
                      xytext=(8, 14), textcoords="offset points")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel=f"Number of terms $N$, {model_title(name)}", ylabel="Held-out error (%)")
    return figure
