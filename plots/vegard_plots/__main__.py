# SPDX-License-Identifier: Apache-2.0
"""python -m vegard_plots FILE.h5 --output DIR [--pdf] [--svg] [--dpi N]

Prints the path of each picture it wrote. Errors are one line on stderr. Exit codes: 0 done,
2 usage or a file that is not of a known format, 4 a file that cannot be read or written.
"""

import argparse
import logging
import sys
from pathlib import Path

DONE, BAD_INPUT, INPUT_OUTPUT = 0, 2, 4


class Arguments(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message):
        self.exit(BAD_INPUT, f"vegard plot: {message}; see --help\n")


def resolution(word):
    """Dots per inch as an int."""
    if not word.isdecimal() or not 50 <= int(word) <= 1200:
        raise argparse.ArgumentTypeError(f"found {word}, expected a whole number from 50 to 1200")
    return int(word)


def arguments(words):
    parser = Arguments(prog="vegard plot", description="Draws what a Vegard file holds.")
    parser.add_argument("file", type=Path, metavar="FILE.h5", help="a stack or a law")
    parser.add_argument("-o", "--output", type=Path, default=Path("."), metavar="DIR",
                        help="where the pictures go (default: here); made when missing")
    parser.add_argument("--pdf", action="store_true", help="a PDF beside each PNG")
    parser.add_argument("--svg", action="store_true", help="an SVG beside each PNG")
    parser.add_argument("--dpi", type=resolution, default=150, metavar="N",
                        help="dots per inch of a PNG, 50 to 1200 (default: 150)")
    return parser.parse_args(words)


def main(words=None):
    options = arguments(words)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its font cache is not our news
    try:
        from .draw import draw
        from .gallery import Unwritable
        from .reading import BadFile
    except ImportError as error:
        return failed("vegard plot", f"{error}, expected Python with h5py and matplotlib")
    try:
        suffixes = ["png", *(kind for kind in ("pdf", "svg") if getattr(options, kind))]
        paths = draw(options.file, options.output, suffixes, options.dpi)
    except BadFile as error:
        return failed(options.file, error, BAD_INPUT)
    except Unwritable as error:
        return failed(error.path, f"{error}, expected a place to write pictures to")
    except (OSError, RuntimeError) as error:  # HDF5 reports a damaged file as either
        reason = getattr(error, "strerror", None) or error
        return failed(options.file, f"{reason}, expected a file that can be read")
    for path in paths:
        print(path)
    return DONE


def failed(what, words, code=INPUT_OUTPUT):
    """Prints one line on stderr and returns the exit code."""
    print(f"{what}: {' '.join(str(words).split())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
