# SPDX-License-Identifier: Apache-2.0
"""What the particles of a stack and of a law have in common."""

import numpy

from .reading import BadFile, number, optional, same_shape

STRAINS = ("e_aa", "e_cc", "e_ac")


def inside_of(particle, maps):
    """True (ny, nx) inside the particle: its mask, or where any of the maps (ny, nx) has data."""
    mask = optional(particle, "mask", 2)
    if mask is None:
        return numpy.isfinite(maps).any(axis=0)
    same_shape(particle, {"its maps": maps[0], "mask": mask})
    return mask > 0


def pixel_size(particle):
    """The particle's pixel size in nm; raises BadFile when absent or not positive."""
    size = number(particle.attrs.get("pixel_size"))
    if size is None or size <= 0:
        found = particle.attrs.get("pixel_size", "absent")
        raise BadFile(f"{particle.name}: pixel_size is {found}", "a positive number of nanometres")
    return size
