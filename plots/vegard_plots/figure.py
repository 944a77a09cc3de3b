# SPDX-License-Identifier: Apache-2.0
"""What all pictures share: type, line widths, colours, and how one is saved."""

import logging
from string import ascii_lowercase

import matplotlib
import numpy
from matplotlib import colormaps
from PIL import Image

matplotlib.use("Agg")

DPI = 150  # of a PNG unless another is asked for
LARGEST_PNG = 300_000  # bytes, at that resolution
VECTOR_DPI = 300  # of the maps in a PDF or SVG
SUFFIXES = ("png", "pdf", "svg")
PAGE_WIDTH = 7.2  # inch: two columns of a journal page (183 mm)

# One colour for a crystal axis everywhere, and one for a model.
AXIS_COLOR = {"a": "#b2182b", "c": "#2166ac"}
MODEL_COLOR = {"m0": "#7f7f7f", "m1": "#00796b", "m2": "#7b3294"}
DEFAULT_COLOR = "#333333"

# The colour maps: perceptually uniform, and white at zero where a sign matters.
COLOR_MAPS = {
    "composition": "viridis",
    "strain": "RdBu_r",
    "rotation": "PuOr_r",
    "error": "magma_r",
}

# DejaVu Sans comes with matplotlib: the same picture on every machine.
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "mathtext.fontset": "dejavusans",
    "axes.titlesize": "medium",
    "axes.labelsize": "medium",
    "xtick.labelsize": "medium",
    "ytick.labelsize": "medium",
    "legend.fontsize": "medium",
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "ytick.minor.size": 1.8,
    "lines.linewidth": 1.3,
    "pdf.fonttype": 42,
    "svg.hashsalt": "vegard",  # the same names of its parts each time
}
matplotlib.rcdefaults()
logging.getLogger("fontTools").setLevel(logging.ERROR)  # it remarks on the font's date
matplotlib.rcParams.update(STYLE)


def model_title(name):
    """A model as the paper writes it: m1 is M1."""
    return name.upper() if name in MODEL_COLOR else name


def letters():
    """The letters of panels, a, b, c, …, in bold."""
    return (rf"$\bf{{{letter}}}$" for letter in ascii_lowercase)


def letter_axes(panels):
    """Writes a letter at the upper left of each of several axes; one panel needs none."""
    if len(panels) < 2:
        return
    for words, axes in zip(letters(), panels):
        axes.annotate(words, (0, 1), xytext=(-18, 4), xycoords="axes fraction",
                      textcoords="offset points", ha="left", va="bottom", fontsize=9)


def save(figure, path, suffix, dpi=DPI):
    """Writes the figure as png, pdf or svg, the same bytes each time.

    A PNG of the usual resolution that noise makes too large is reduced to the colours of `palette`.
    """
    if suffix != "png":
        dated = {"pdf": "CreationDate", "svg": "Date"}[suffix]
        figure.savefig(path, format=suffix, dpi=max(dpi, VECTOR_DPI), metadata={dated: None})
        return
    figure.savefig(path, format="png", dpi=dpi)
    if dpi == DPI and path.stat().st_size > LARGEST_PNG:
        with Image.open(path) as picture:
            few = picture.convert("RGB").quantize(palette=palette(), dither=Image.Dither.NONE)
        few.save(path, format="png", dpi=(DPI, DPI), optimize=True)


def palette():
    """256 colours: 55 steps of each colour map, zero among them, and greys for what is written.

    Chosen from the picture itself they would follow its noise and falsify rare colours.
    """
    level = numpy.linspace(0, 1, 55)
    colors = [colormaps[name](level, bytes=True)[:, :3] for name in COLOR_MAPS.values()]
    greys = numpy.linspace(0, 255, 36).round().astype(numpy.uint8)
    colors.append(numpy.stack([greys] * 3, axis=1))
    picture = Image.new("P", (1, 1))
    picture.putpalette(numpy.concatenate(colors).tobytes())
    return picture
