# SPDX-License-Identifier: Apache-2.0
"""How the pictures of a file reach the disk: all of them, or none."""

import os
from contextlib import contextmanager, suppress

from .figure import DPI, save


class Unwritable(Exception):
    """A picture or directory, `path`, that cannot be written."""

    def __init__(self, path, reason):
        super().__init__(reason)
        self.path = path


@contextmanager
def writing(path):
    """Turns an OSError of the block into Unwritable for that path."""
    try:
        yield
    except OSError as error:
        raise Unwritable(path, error.strerror or str(error)) from error


class Gallery:
    """The pictures of one file, written beside their places and renamed together at the end.

    A context manager: when the block raises, nothing is left behind. After it, `paths` holds
    the pictures in the order they were added.
    """

    def __init__(self, directory, stem, suffixes=("png",), dpi=DPI):
        self.directory, self.stem = directory, stem
        self.suffixes, self.dpi = suffixes, dpi
        self.parts = {}
        self.made = []

    @property
    def paths(self):
        return list(self.parts)

    def add(self, name, figure):
        """Writes the figure; it becomes `<stem>-<name>.<suffix>` when the gallery closes."""
        with writing(self.directory):
            self._make_directory()
        while self._path(name, self.suffixes[0]) in self.parts:
            name += "-particle"  # one called like a picture of its file
        for suffix in self.suffixes:
            path = self._path(name, suffix)
            if path.is_dir():
                raise Unwritable(path, "is a directory")
            self.parts[path] = self.directory / f".{path.name}.{os.getpid()}"
            with writing(path):
                save(figure, self.parts[path], suffix, self.dpi)

    def _path(self, name, suffix):
        return self.directory / f"{self.stem}-{name}.{suffix}"

    def _make_directory(self):
        """Creates the directory and its parents, remembering which ones are ours."""
        missing = [d for d in (self.directory, *self.directory.parents) if not d.exists()]
        for directory in reversed(missing):
            directory.mkdir()
            self.made.insert(0, directory)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                for path, part in self.parts.items():
                    with writing(path):
                        os.replace(part, path)
                self.made = []
        finally:
            with suppress(OSError):  # the error that led here says more
                for part in self.parts.values():
                    part.unlink(missing_ok=True)
                for directory in self.made:
                    directory.rmdir()
