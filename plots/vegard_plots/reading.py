# SPDX-License-Identifier: Apache-2.0
"""Reading HDF5 with errors that name what was found and what was expected."""

import h5py
import numpy


class BadFile(Exception):
    """A file that opens but does not hold what its format promises."""

    def __init__(self, found, expected):
        super().__init__(f"{found}, expected {expected}")


def text(attribute):
    """An attribute as str (bytes and one-element arrays included), or None if it is not text."""
    if isinstance(attribute, numpy.ndarray) and attribute.size == 1:
        attribute = attribute.reshape(-1)[0]
    if isinstance(attribute, bytes):
        return attribute.decode("utf-8", "replace")
    return str(attribute) if isinstance(attribute, str) else None


def number(attribute):
    """An attribute as float (one-element arrays included), or None if it is not a finite number."""
    try:
        value = float(numpy.asarray(attribute).reshape(-1)[0])
    except (TypeError, ValueError, IndexError):
        return None
    return value if numpy.isfinite(value) else None


def groups(parent, path):
    """The subgroups of parent/path as {name: h5py.Group}; empty if there is no such group."""
    group = parent.get(path)
    if not isinstance(group, h5py.Group):
        return {}
    members = {name: group.get(name) for name in group}
    return {name: member for name, member in members.items() if isinstance(member, h5py.Group)}


def optional(group, path, dimensions):
    """The dataset group/path as float64 with that many dimensions, or None if it is absent.

    Raises BadFile when it is there but empty, not numeric, or of another number of dimensions.
    """
    dataset = group.get(path)
    if not isinstance(dataset, h5py.Dataset):
        return None
    if dataset.ndim != dimensions or dataset.dtype.kind not in "biuf" or not dataset.size:
        found = f"dataset {dataset.name} of type {dataset.dtype} and shape {dataset.shape}"
        raise BadFile(found, f"numbers in {dimensions} dimension{'s'[:dimensions - 1]}")
    return dataset[()].astype(numpy.float64)


def required(group, path, dimensions):
    """Like `optional`, but an absent dataset raises BadFile with its full path."""
    values = optional(group, path, dimensions)
    if values is None:
        found = f"no dataset {group.name.rstrip('/')}/{path}"
        raise BadFile(found, f"one with {dimensions} dimension{'s'[:dimensions - 1]}")
    return values


def same_shape(group, arrays):
    """Raises BadFile unless all arrays of {name: array}, read from that group, agree in shape."""
    first, *others = arrays.items()
    for name, values in others:
        if values.shape != first[1].shape:
            raise BadFile(
                f"{group.name}/{name} of shape {values.shape}",
                f"shape {first[1].shape} of {first[0]}",
            )
