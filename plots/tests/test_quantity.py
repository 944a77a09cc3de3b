# SPDX-License-Identifier: Apache-2.0
"""Names and units in pictures are those of the file."""

import unittest

import h5py
import numpy

from test_plots import PlotsTest, disc, write_law, write_stack
from test_residual import write_residual
from test_run import write_run

from vegard_plots import quantity, residual, run, stack
from vegard_plots.law_maps import particle_figure as law_figure


def words(figure):
    """All that is written above maps and beside their colour bars."""
    return [text.get_text() for text in figure.texts] + [
        axes.get_title(where) for axes in figure.axes for where in ("left", "center")]


def scale(figure):
    """The limits of the first colour bar."""
    bars = [axes for axes in figure.axes if hasattr(axes, "_colorbar")]
    return bars[0]._colorbar.norm.vmax


class Names(PlotsTest):
    def change(self, path, **attributes):
        with h5py.File(self.file, "a") as file:
            file[path].attrs.update(attributes)

    def pictures(self, module):
        with h5py.File(self.file) as file:
            return dict(module.pictures(file))

    def test_a_stack_without_them_is_drawn_by_its_datasets(self):
        write_stack(self.file)
        found = words(self.pictures(stack)["P1"])
        for title in ("composition", "$e_{aa}$ (%)", "$e_{ac}$ (%)", "rotation (°)"):
            self.assertIn(title, found)

    def test_a_stack_is_drawn_by_what_its_file_says(self):
        write_stack(self.file)
        self.change("P1/e_aa", units="1", long_name="Strain ε_aa")
        self.change("P1/e_cc", units="permille", long_name=b"Along c, $ each")
        self.change("P1/rotation", units="mrad")
        self.change("P1/composition", units="percent", long_name="Lithium")
        found = words(self.pictures(stack)["P1"])
        for title in ("Strain $ε_{aa}$ (%)", r"Along c, \$ each (permille)", "rotation (mrad)",
                      "Lithium (percent)", "$e_{ac}$ (%)"):
            self.assertIn(title, found)
        self.assert_pictures(["file-P1.png"])

    def test_the_unit_decides_the_scale(self):
        tops = []
        for units in ("1", "percent"):
            write_stack(self.file, ("e_aa",))
            values = numpy.where(disc(), 0.25, numpy.nan)
            with h5py.File(self.file, "a") as file:
                file["P1/e_aa"][...] = values
            self.change("P1/e_aa", units=units)
            tops.append(scale(self.pictures(stack)["P1"]))
        numpy.testing.assert_allclose(tops, [25, 0.25])

    def test_a_law_is_drawn_by_what_its_file_says(self):
        write_law(self.file)
        self.change("particles/P1/m0/e_aa", units="ppm", long_name="Model strain ε_aa")
        self.change("particles/P1/m0/error", long_name="Left over")
        with h5py.File(self.file) as file:
            found = words(law_figure(file["particles/P1"]))
        for title in ("Model strain $ε_{aa}$ (ppm)", "Left over (%)", "$e_{cc}$ (%)"):
            self.assertIn(title, found)

    def test_residuals_are_drawn_by_what_their_file_says(self):
        write_residual(self.file, correlation=-0.25)
        for name in ("P1", "P2"):
            self.change(f"particles/{name}/residual/e_aa", units="ppm", long_name="Rest ε_aa")
            self.change(f"particles/{name}/incompatibility", long_name="Curl r")
            self.change(f"particles/{name}/sigma", units="ppm", long_name="Error")
        figures = self.pictures(residual)
        for name in ("P1", "residual"):
            for title in ("Rest $ε_{aa}$ (ppm)", "Curl $r$ (µm$^{-2}$)", "composition"):
                self.assertIn(title, words(figures[name]))
        found = words(figures["sigma"])
        self.assertIn("Error (ppm)", found)
        self.assertTrue(any(one.startswith("Residual") and one.endswith("(ppm)") for one in found))

    def test_a_run_is_drawn_by_what_its_file_says(self):
        write_run(self.file)
        self.change("b_average/total_cc", units="ppm", long_name="Total strain ε_cc")
        self.change("steps/00000012/composition", long_name="Lithium X")
        figures = self.pictures(run)
        self.assertTrue(any(one.endswith("Total strain $ε_{cc}$ (ppm)")
                            for one in words(figures["b-averages"])))
        self.assertTrue(any("Lithium $X$ at b" in one for one in words(figures["slices"])))
        self.assertTrue(any(axes.get_ylabel() == "Lithium $X$"
                            for axes in figures["solid"].axes))


class Typesetting(unittest.TestCase):
    def test_a_last_word_of_one_letter_is_a_symbol(self):
        for name, drawn in (("Composition X", "Composition $X$"), ("e_aa", "$e_{aa}$"),
                            ("σ of e_ac", "σ of $e_{ac}$"), ("total_aa", "total_aa"),
                            ("Strain", "Strain"), ("e_", "e_"), ("", "")):
            self.assertEqual(quantity.typeset(name), drawn)

    def test_powers_are_raised(self):
        self.assertEqual(quantity.with_powers("nm^-2 s^3"), "nm$^{-2}$ s$^{3}$")


if __name__ == "__main__":
    unittest.main()
