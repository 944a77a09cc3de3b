# SPDX-License-Identifier: Apache-2.0
"""Pictures of a diffraction analysis, from small files made here."""

import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy

PLOTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PLOTS))

from vegard_plots import diffraction  # noqa: E402
from vegard_plots.reading import BadFile  # noqa: E402
from vegard_plots.registry import formats  # noqa: E402

SYSTEMS = 11


def write(path, measured=True, systems=True, doubt=""):
    generator = numpy.random.default_rng(1)
    q = numpy.linspace(0.01, 0.2, 40)
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "vegard-diffraction", "version": 1})
        peak = file.create_group("peaks/1 0 1")
        peak.attrs.update({"hkl": [1, 0, 1], "rho_effective": 380.0, "rho_effective_sd": 30.0})
        if measured:
            peak.attrs.update({"window": [0.05, 0.2], "doubt": doubt})
            peak["curves/q"], peak["curves/intensity"] = q, 1e5 * q**-2
            for name in ("m2", "m4"):
                fit = numpy.where(q > 0.05, 1e-3 * q, numpy.nan)
                for kind, values in (("measured", 1e-3 * q), ("measured_sd", 1e-5 * q),
                                     ("fit", fit), ("joint", fit)):
                    peak[f"curves/{name}_{kind}"] = values
            table = peak.create_group("window_start")
            table["start"] = [2.0, 3.0, 4.0]
            for name in ("m2", "m4", "joint"):
                table[name], table[f"{name}_sd"] = [380.0, 390, numpy.nan], [10.0, 20, numpy.nan]
        if systems:
            group = file.create_group("decomposition")
            group.attrs["labels"] = [numpy.bytes_(chr(65 + i)) for i in range(SYSTEMS)]
            group.attrs.update({"residual": 1e-15, "tolerance": 0.15, "unique": 0})
            for name in ("density", "mean", "sd", "min", "max"):
                group[name] = generator.uniform(0, 100, SYSTEMS)
            group["samples"] = generator.exponential(50, (500, SYSTEMS)).astype("f4")
            group["cell"] = numpy.diag([1.045, 0.605, 0.474])
            group["burgers"] = numpy.tile([0, 0.605, 0], (SYSTEMS, 1))
            group["line"] = numpy.tile([0, 0, 0.474], (SYSTEMS, 1))
            group["normal"] = numpy.vstack([numpy.tile([1, 0, 0], (SYSTEMS - 1, 1)), [[0, 0, 0]]])


class DiffractionTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "d.h5"

    def drawn(self):
        with h5py.File(self.path, "r") as file:
            figures = dict(diffraction.pictures(file))
            for figure in figures.values():
                figure.canvas.draw()
            return figures

    def test_the_format_is_registered(self):
        self.assertIs(formats()["vegard-diffraction"], diffraction)

    def test_both_pictures(self):
        write(self.path)
        figures = self.drawn()
        self.assertEqual(list(figures), ["systems", "moments"])
        # Eleven systems take two rows: drawings above violins, each with its own inset.
        axes = figures["systems"].axes
        self.assertEqual([len(one.child_axes) for one in axes[:4]], [8, 0, 3, 0])
        labels = [one.get_text() for row in (1, 3) for one in axes[row].get_xticklabels()]
        self.assertEqual("".join(labels), "ABCDEFGHIJK")
        # The last system has no plane: cell only.
        self.assertEqual(len(axes[2].child_axes[-1].patches), 0)
        self.assertEqual(len(axes[2].child_axes[0].patches), 1)

    def test_doubt_is_written_beside_the_line(self):
        write(self.path, systems=False, doubt="too few counts")
        figures = self.drawn()
        self.assertEqual(list(figures), ["moments"])
        words = [text.get_text() for axes in figures["moments"].axes for text in axes.texts]
        self.assertIn("not determined", words)

    def test_stated_densities_have_no_moments(self):
        write(self.path, measured=False)
        self.assertEqual(list(self.drawn()), ["systems"])

    def test_without_samples_the_best_fit_is_drawn(self):
        write(self.path, measured=False)
        with h5py.File(self.path, "a") as file:
            for name in ("samples", "mean", "sd"):
                del file[f"decomposition/{name}"]
        self.assertEqual(list(self.drawn()), ["systems"])

    def test_wrong_files_say_what_is_missing(self):
        write(self.path)
        with h5py.File(self.path, "a") as file:
            del file["decomposition/density"]
        with self.assertRaisesRegex(BadFile, "density"):
            self.drawn()

    def test_a_plane_through_edges_is_drawn_whole(self):
        from matplotlib.figure import Figure

        axes = Figure().subplots()
        cell = numpy.diag([1.0, 2.0, 3.0])
        flat = diffraction.projection(cell)
        diffraction.draw_plane(axes, cell, numpy.array([0.0, -1 / 2, 1 / 3]), flat)
        corners = axes.patches[0].get_xy()
        expected = flat(numpy.array([[a, b, c] for a in (-0.5, 0.5)
                                     for b, c in ((-1, -1.5), (1, 1.5))]))
        for corner in expected:
            self.assertLess(numpy.abs(corners - corner).sum(axis=1).min(), 1e-9)


if __name__ == "__main__":
    unittest.main()
