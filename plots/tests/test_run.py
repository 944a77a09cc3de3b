# SPDX-License-Identifier: Apache-2.0
"""A small run in, its pictures or one line of words out."""

import unittest

import h5py
import numpy

from test_plots import PlotsTest

from vegard_plots import run, run_lines, run_solid

ELEMENTS = (5, 6, 20)
HISTORY = ("step", "time", "time_step", "energy_chemical", "energy_elastic", "mass_drift",
           "potential_spread")


def write_run(path, elements=ELEMENTS, strains=("total", "coherency"), steps=(0, 12)):
    """A run (nz, ny, nx) or (ny, nx) with a void of some elements and a front along a."""
    nodes = tuple(count + 1 for count in elements)
    fraction = numpy.ones(elements)
    fraction[tuple(slice(2, 4) for _ in elements)] = 0
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "vegard-run", "version": 1, "status": "running",
                           "spacing": [10.0, 9.0, 8.0], "dimension": len(elements)})
        file["volume_fraction"] = fraction
        for name in HISTORY:
            file[f"history/{name}"] = numpy.geomspace(1e-3, 1e3, 30) - 1e-3
        for step in steps:
            group = file.create_group(f"steps/{step:08}")
            group.attrs["time"] = float(step)
            front = 1 / (1 + numpy.exp(numpy.arange(nodes[-1]) - nodes[-1] / 2))
            field = numpy.broadcast_to(front, nodes).copy()
            field[tuple(slice(3, 4) for _ in nodes)] = numpy.nan
            group["composition"] = field.astype("f4")
            plane = elements[-2:]
            group["b_average/composition"] = numpy.broadcast_to(front[:-1], plane)
            group["b_average/volume"] = fraction.reshape(-1, *plane).sum(axis=0)
            for kind in strains:
                for name in ("aa", "cc", "ac", "bb"):
                    if (kind, name) != ("residual", "bb"):
                        group[f"b_average/{kind}_{name}"] = 0.01 * (
                            numpy.arange(numpy.prod(plane)).reshape(plane) / 50 - 1)
            if "b_average" in file:
                del file["b_average"]
            file["b_average"] = group["b_average"]


def write_line(path, field, values):
    """Adds a field along line 1 to all steps, growing with the step's time."""
    with h5py.File(path, "a") as file:
        file.require_group("lines/1")
        if "distance" not in file["lines/1"]:
            file["lines/1/distance"] = numpy.linspace(0, 90.0, len(values))
        for name, step in file["steps"].items():
            dataset = step.create_dataset(f"lines/1/{field}",
                                          data=numpy.asarray(values) * (1 + step.attrs["time"]))
            dataset.attrs["units"] = "GPa" if field.startswith("stress") else "1"


class RunPictures(PlotsTest):
    names = [f"file-{name}.png" for name in ("b-averages", "history", "slices")]
    solid = [*names, "file-solid.png"]

    def test_a_run_gives_averages_history_slices_and_a_solid(self):
        write_run(self.file)
        self.assert_pictures(self.solid)

    def test_faces_of_a_hollow_body_that_look_at_the_viewer(self):
        cells = numpy.zeros((3, 3, 3))
        cells[1, 1, 1] = numpy.nan
        quads, _, light = run_solid.visible_faces(cells, (2.0, 3.0, 4.0))
        # Nine outside on each of three sides, and of the hole the floor, the back and the left.
        self.assertEqual(len(quads), 30)
        self.assertEqual(sorted({float(one) for one in light}), sorted(run_solid.LIGHT.values()))
        self.assertEqual(quads.max(axis=(0, 1)).tolist(), [6.0, 9.0, 12.0])

    def test_a_plane_run_and_one_without_elasticity(self):
        write_run(self.file, ELEMENTS[1:])
        self.assert_pictures(self.names)
        write_run(self.file, strains=())
        self.assert_pictures(self.solid)

    def test_residual_maps_are_drawn_where_they_are(self):
        write_run(self.file, strains=("total", "coherency", "residual"))
        self.assert_pictures(self.solid)

    def test_a_line_has_a_panel_for_each_field_and_a_curve_for_each_step(self):
        write_run(self.file, steps=range(20))
        write_line(self.file, "stress_aa", [1.0, 2.0, numpy.nan, 4.0])
        write_line(self.file, "composition", [0.01, 0.02, numpy.nan, 0.04])
        write_line(self.file, "strain_ab", [0.0, 0.0, 0.0, 0.0])
        with h5py.File(self.file) as file:
            figure = run_lines.lines_figure(file, "1")
        panels = [axes for axes in figure.axes if axes.lines]
        self.assertEqual([axes.get_title(loc="left") for axes in panels],
                         ["composition", "stress_aa (GPa)"])
        curves = panels[1].lines
        self.assertEqual(len(curves), run_lines.CURVES)
        numpy.testing.assert_allclose(curves[0].get_xdata(), [0, 30, 60, 90])
        numpy.testing.assert_allclose(curves[-1].get_ydata(), [20, 40, numpy.nan, 80])
        self.assert_pictures([*self.names[:2], "file-line-1.png", *self.solid[2:]])

    def test_a_run_without_composition_is_drawn_as_far_as_that_goes(self):
        write_run(self.file)
        with h5py.File(self.file, "a") as file:
            for step in file["steps"].values():
                del step["composition"]
        code, out, err = self.plot()
        self.assertEqual((code, out.count("\n")), (0, 2))
        self.assertIn("step 00000012 has no composition", err)

    def test_a_run_that_only_started_has_no_history(self):
        write_run(self.file, steps=(0,))
        with h5py.File(self.file, "a") as file:
            for name in HISTORY:
                del file[f"history/{name}"]
                file[f"history/{name}"] = [0.0]
        self.assert_pictures([self.solid[0], *self.solid[2:]])

    def test_what_is_missing_is_named(self):
        write_run(self.file)
        with h5py.File(self.file, "a") as file:
            del file["volume_fraction"]
        code, _, err = self.plot()
        self.assertEqual(code, 2)
        self.assertIn("/volume_fraction", err)
        write_run(self.file, steps=())
        self.assert_refused(2, "/b_average")


class Helpers(unittest.TestCase):
    def test_centres_are_means_of_the_corners_that_are_known(self):
        field = numpy.array([[0.0, 2.0, numpy.nan], [2.0, 4.0, numpy.nan]])
        numpy.testing.assert_allclose(run.at_centres(field, (1, 2)), [[2.0, 3.0]])
        # A periodic direction has as many nodes as elements.
        numpy.testing.assert_allclose(run.at_centres(field, (1, 3))[0, :2], [1.0, 3.0])

    def test_the_slice_goes_through_the_void(self):
        fraction = numpy.ones((4, 9, 4))
        fraction[1:3, 6:8, 1:3] = 0
        self.assertEqual(run.void_row(fraction), 7)
        self.assertEqual(run.void_row(numpy.ones((4, 9, 4))), 4)
