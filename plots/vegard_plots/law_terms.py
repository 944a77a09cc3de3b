# SPDX-License-Identifier: Apache-2.0
"""What held-out pixels say about the number of terms, beside the chosen N."""

import numpy
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .figure import DEFAULT_COLOR, MODEL_COLOR, PAGE_WIDTH, model_title
from .quantity import PERCENT
from .reading import optional, required


def terms_figure(group, name, selected_terms):
    """Held-out error (K,) in percent against N, bars of one standard error.

    Files of version 2 hold the error less that of the chosen N, on the same pixels.
    Returns None where the law does not hold it.
    """
    terms = required(group, "terms", 1)
    paired = optional(group, "held_out_difference", 1)
    error = optional(group, "held_out", 1) if paired is None else paired
    spread = optional(group, "held_out_sd", 1)
    if error is None or spread is None or not numpy.isfinite(error).any() or terms.size < 2:
        return None
    error, spread = error * PERCENT, spread * PERCENT
    figure = Figure(figsize=(PAGE_WIDTH / 2, 2.4), layout="constrained")
    axes = figure.subplots()
    if paired is not None:
        axes.axhline(0, color="0.7", linewidth=0.5, zorder=0)
    axes.errorbar(terms, error, yerr=spread, color=MODEL_COLOR.get(name, DEFAULT_COLOR),
                  marker="o", markersize=4, linewidth=0.9, capsize=2)
    if selected_terms:
        place = int(numpy.argmin(numpy.abs(terms - selected_terms)))
        axes.annotate(f"chosen: $N$ = {selected_terms:.0f}", (terms[place], error[place]),
                      xytext=(8, 14), textcoords="offset points")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel=f"Number of terms $N$, {model_title(name)}",
             ylabel="Held-out error (%)" + (" less chosen" if paired is not None else ""))
    return figure
