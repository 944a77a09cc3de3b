# SPDX-License-Identifier: Apache-2.0
"""What a dataset holds as its file tells: `long_name` and `units` become a title and a factor."""

import math
import re

from .reading import text
from .shade import Shade

PERCENT = 100.0

# How a stored unit is drawn: the factor to it and its name. Any other is drawn as it is stored.
DRAWN = {"1": (PERCENT, "%"), "rad": (math.degrees(1), "°"), "nm^-2": (1e6, "µm^-2")}
# What a dataset without `units` holds; all others are ratios.
UNSAID = {"rotation": "rad", "incompatibility": "nm^-2"}
# Signed maps that are no strain have colours of their own.
OTHER_COLORS = ("rotation", "incompatibility")


class Quantity:
    """Name and unit of a dataset as they are drawn.

    `factor` takes the stored numbers to `unit`, which is empty for a composition: the one ratio
    that is drawn as such. A file that names nothing has the dataset's name.
    """

    def __init__(self, dataset):
        self.dataset = dataset.name.rsplit("/", 1)[-1]
        self.name = typeset(text(dataset.attrs.get("long_name")) or self.dataset)
        stored = text(dataset.attrs.get("units")) or UNSAID.get(self.dataset, "1")
        if self.dataset == "composition" and stored == "1":
            self.factor, self.unit = 1.0, ""
        else:
            self.factor, unit = DRAWN.get(stored, (1.0, stored))
            self.unit = with_powers(unit)

    @property
    def title(self):
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def shade(self, arrays):
        """The colours for maps of this quantity, `arrays` in its drawn unit."""
        if self.dataset == "error":
            return Shade.growing(self.title, arrays)
        if self.dataset != "composition":
            kind = "rotation" if self.dataset in OTHER_COLORS else "strain"
            return Shade.diverging(self.title, arrays, kind)
        if self.unit:
            return Shade.growing(self.title, arrays, "composition")
        return Shade.composition(self.title, arrays)


def typeset(name):
    """A name whose last word is a symbol, where it is one letter, with or without an index."""
    words, letter, index = re.fullmatch(r"(.*?)(?:\b([^\W\d_])(?:_([^\W_]+))?)?", name,
                                        re.DOTALL).groups()
    symbol = f"${letter}{f'_{{{index}}}' if index else ''}$" if letter else ""
    return words.replace("$", r"\$") + symbol


def with_powers(unit):
    """A unit with its powers raised: nm^-2."""
    return re.sub(r"\^([-+]?\d+)", r"$^{\1}$", unit.replace("$", r"\$"))
