# SPDX-License-Identifier: Apache-2.0
"""From one file to its pictures on disk."""

import h5py

from .gallery import Gallery
from .reading import BadFile
from .registry import pictures


def draw(path, directory, suffixes, dpi):
    """Writes the pictures of the file into the directory and returns their paths.

    Raises BadFile for a file of no known format, OSError or RuntimeError for one that cannot be
    read, Unwritable where a picture cannot be put; then no picture is left.
    """
    with path.open("rb"):
        pass
    if not h5py.is_hdf5(path):
        raise BadFile("not an HDF5 file", "a file that Vegard wrote")
    with h5py.File(path, "r") as file, Gallery(
            directory, path.stem, suffixes, dpi) as gallery:
        for name, figure in pictures(file):
            gallery.add(name, figure)
    return gallery.paths
