# SPDX-License-Identifier: Apache-2.0
"""Which module draws which file format.

A format is one module of this package with

* `FORMAT`: the text of the file's root attribute `format`,
* `VERSION`: the newest `version` it reads,
* `pictures(file)`: yields (name, Figure) for an open h5py.File; the name follows the file's
  stem in the picture's name.

Adding such a module is all there is to adding a format.
"""

import importlib
import pkgutil

from . import __path__ as package_path
from .reading import BadFile, number, text


def formats():
    """The known formats: {text of the attribute `format`: module}, in alphabetical order."""
    modules = (
        importlib.import_module(f"{__package__}.{entry.name}")
        for entry in pkgutil.iter_modules(package_path)
        if not entry.name.startswith("__")
    )
    known = {module.FORMAT: module for module in modules if hasattr(module, "FORMAT")}
    return dict(sorted(known.items()))


def pictures(file):
    """The pictures of an open file: an iterator of (name, Figure).

    Raises BadFile for an unknown format or a version newer than the module reads.
    """
    known = formats()
    label = text(file.attrs.get("format"))
    if label not in known:
        found = "no root attribute 'format'" if label is None else f"format '{label}'"
        raise BadFile(found, "one of " + ", ".join(f"'{name}'" for name in known))
    module = known[label]
    version = number(file.attrs.get("version"))
    if version is not None and version > module.VERSION:
        raise BadFile(f"'{label}' version {version:g}", f"version {module.VERSION} or older")
    return module.pictures(file)
