# SPDX-License-Identifier: Apache-2.0
"""Small files in, pictures or one line of words out.

Run with: python3 -m unittest discover -s plots/tests
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy

PLOTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PLOTS))

from vegard_plots import maps, shade  # noqa: E402
from vegard_plots.__main__ import main  # noqa: E402
from vegard_plots.figure import LARGEST_PNG  # noqa: E402
from vegard_plots.law_curves import law_figure  # noqa: E402

SHAPE = (12, 20)
NOISE = numpy.random.default_rng(1)


def disc(shape=SHAPE):
    """A mask (ny, nx) that is 1 inside an ellipse."""
    y, x = numpy.indices(shape)
    return ((x / shape[1] - 0.5) ** 2 + (y / shape[0] - 0.5) ** 2 < 0.2).astype("u1")


def noise(shape=SHAPE):
    """Strain-like numbers (ny, nx), NaN outside the particle and in one dead pixel inside."""
    values = numpy.where(disc(shape), NOISE.normal(scale=0.01, size=shape), numpy.nan)
    values[shape[0] // 2, shape[1] // 2] = numpy.nan
    return values


def write_stack(path, channels=("composition", "e_aa", "e_cc", "e_ac", "rotation"), shape=SHAPE):
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "chemomech-images", "version": 1})
        particle = file.create_group("P1")
        particle.attrs.update({"pixel_size": 16.6, "role": "train"})
        particle["mask"] = disc(shape)
        for channel in channels:
            particle[channel] = noise(shape)
        file.create_group("provenance")


def write_pixels(path):
    """Adds where the pixels of a law lie: a line of pixels along the law, one far from it."""
    with h5py.File(path, "a") as file:
        for axis, (lower, upper) in {"a": (-0.08, 0.02), "c": (-0.01, 0.03)}.items():
            group = file.create_group(f"pixels/{axis}")
            group["composition"] = (numpy.arange(6) + 0.5) * 0.2 - 0.1
            group["strain"] = lower + (numpy.arange(10) + 0.5) * (upper - lower) / 10
            counts = numpy.eye(6, 10, dtype=int) * 100
            counts[5, 0] = 1
            group["counts"] = counts


def write_law(path, models=("m0", "m1"), particles=("P1",)):
    composition = numpy.linspace(0, 1, 11)
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": numpy.bytes_("vegard-law"), "version": 1})
        file.attrs.update({"selected_model": models[-1], "selected_terms": 2})
        for name in models:
            model = file.create_group(f"models/{name}")
            model.attrs.update({"terms": 2, "test_error": numpy.nan})
            for kind in ("law", "expansion"):
                for owner in (model, file) if name == models[-1] else (model,):
                    owner[f"{kind}/composition"] = composition
                    for axis, slope in (("a", 0.05), ("c", -0.02)):
                        for side, shift in (("", 0), ("_lower", -0.001), ("_upper", 0.001)):
                            owner[f"{kind}/{axis}{side}"] = slope * (composition - 1) + shift
            model["errors/terms"] = numpy.arange(1, 4)
            model["errors/train"] = [0.02, 0.002, 0.001]
            model["errors/test"] = [numpy.nan] * 3
        for name in particles:
            particle = file.create_group(f"particles/{name}")
            particle.attrs.update({"pixel_size": 49.5, "role": "test"})
            particle["mask"] = disc()
            for model in models:
                for channel in ("e_aa", "e_cc", "e_ac", "error"):
                    particle[f"{model}/{channel}"] = numpy.abs(noise())


class ShadeTest(unittest.TestCase):
    def test_colour_bar_points_where_compositions_leave_0_to_1(self):
        for values, extend in (([0, 0.5, 1], "neither"), ([-0.1, 1, numpy.nan], "min"),
                               ([0.2, 1.1], "max"), ([-0.1, 1.1], "both")):
            self.assertEqual(shade.Shade.composition("", [numpy.array(values)]).extend, extend)


class PlotsTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = Path(place.name)
        self.file = self.place / "file.h5"
        self.output = self.place / "pictures"

    def plot(self, *options):
        """Runs the command; returns the exit code, stdout and stderr."""
        out, err = io.StringIO(), io.StringIO()
        words = [str(self.file), "--output", str(self.output), *options]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main(words)
            except SystemExit as stop:
                code = stop.code
        return code, out.getvalue(), err.getvalue()

    def assert_pictures(self, names, *options):
        code, out, err = self.plot(*options)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [str(self.output / name) for name in names])
        self.assertEqual(sorted(os.listdir(self.output)), sorted(names))
        for name in names:
            start = (self.output / name).read_bytes()[:4]
            kinds = {"pdf": b"%PDF", "svg": b"<?xm", "png": b"\x89PNG"}
            self.assertEqual(start, kinds[name.rsplit(".")[-1]])
            self.assertLess((self.output / name).stat().st_size, LARGEST_PNG)

    def assert_refused(self, code, *words):
        got, out, err = self.plot()
        self.assertEqual((got, out, err.count("\n")), (code, "", 1), err)
        for word in (*words, "expected"):
            self.assertIn(word, err)
        self.assertFalse(self.output.is_dir(), "a refused file left something behind")


class Pictures(PlotsTest):
    def test_a_stack_gives_one_picture_per_particle(self):
        write_stack(self.file)
        self.assert_pictures(["file-P1.png", "file-P1.pdf", "file-P1.svg"], "--pdf", "--svg")

    def test_resolution_is_as_asked(self):
        write_stack(self.file)
        widths = []
        for dpi in (75, 150):
            self.plot("--dpi", str(dpi))
            widths.append(int.from_bytes((self.output / "file-P1.png").read_bytes()[16:20], "big"))
        self.assertAlmostEqual(widths[1] / widths[0], 2, delta=0.02)

    def test_a_stack_may_hold_composition_or_strain_only(self):
        for channels in (("composition",), ("e_aa", "e_cc", "e_ac")):
            write_stack(self.file, channels)
            self.assert_pictures(["file-P1.png"])

    def test_noise_does_not_make_a_picture_large(self):
        write_stack(self.file, shape=(300, 300))
        self.assert_pictures(["file-P1.png"])

    def test_a_law_gives_curves_errors_and_particles(self):
        write_law(self.file)
        self.assert_pictures(["file-law.png", "file-errors.png", "file-P1.png"])

    def test_a_law_draws_what_it_has(self):
        write_law(self.file, models=("m1",), particles=())
        with h5py.File(self.file, "a") as file:
            del file["models/m1/errors"], file["law/a_lower"], file.attrs["selected_terms"]
        self.assert_pictures(["file-law.png"])

    def test_the_pixels_stand_behind_the_law(self):
        for models, words in ((("m0", "m1"), "measured strain, elastic part included"),
                              (("m0",), "measured strain")):
            write_law(self.file, models=models, particles=())
            write_pixels(self.file)
            with h5py.File(self.file) as file:
                figure = law_figure(file, file["models"], models[-1])
            axes = figure.axes[0]
            ends = [image.get_extent()[2:] for image in axes.images]
            numpy.testing.assert_allclose(ends, [[-8, 2], [-1, 3]])
            cloud = axes.images[0].get_array()
            self.assertEqual(cloud.shape, (10, 6, 4))
            # Full of 100 pixels, nothing without any, one pixel is seen.
            self.assertAlmostEqual(cloud[2, 2, 3], 0.45)
            self.assertEqual(cloud[3, 2, 3], 0)
            self.assertGreater(cloud[0, 5, 3], 0.05)
            self.assertLessEqual(axes.get_ylim()[0], -7.99)
            self.assertGreaterEqual(axes.get_ylim()[1], 2.99)
            self.assertEqual(axes.get_xlim(), (0, 1))
            key = [text.get_text() for text in figure.legends[0].get_texts()]
            self.assertEqual(key[-1], f"pixels: {words}")
        self.assert_pictures(["file-law.png", "file-errors.png"])

    def test_a_particle_called_law_keeps_its_picture(self):
        write_law(self.file, particles=("law",))
        names = ["file-law.png", "file-errors.png", "file-law-particle.png"]
        self.assert_pictures(names)

    def test_pictures_repeat_byte_for_byte(self):
        write_law(self.file)
        pictures = []
        for _ in range(2):
            self.plot("--pdf", "--svg")
            pictures.append([path.read_bytes() for path in sorted(self.output.iterdir())])
        self.assertEqual(*pictures)

    def test_the_module_runs_as_a_command(self):
        write_stack(self.file)
        command = [sys.executable, "-m", "vegard_plots", self.file, "--output", self.output]
        run = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(PLOTS)},
                             capture_output=True, text=True, check=False)
        wanted = (0, f"{self.output / 'file-P1.png'}\n", "")
        self.assertEqual((run.returncode, run.stdout, run.stderr), wanted)


class Refusals(PlotsTest):
    def test_a_resolution_out_of_range_is_usage(self):
        write_stack(self.file)
        for word in ("10", "5000", "1e3"):
            code, out, err = self.plot("--dpi", word)
            self.assertEqual((code, out, err.count("\n")), (2, "", 1))
            self.assertIn(f"found {word}", err)

    def test_an_unknown_format_names_the_known_ones(self):
        with h5py.File(self.file, "w") as file:
            file.attrs["format"] = "recipe"
        self.assert_refused(2, str(self.file), "'recipe'", "'chemomech-images'", "'vegard-law'")

    def test_no_format_and_no_hdf5_are_named(self):
        h5py.File(self.file, "w").close()
        self.assert_refused(2, "no root attribute 'format'", "'vegard-law'")
        self.file.write_text("X = 1")
        self.assert_refused(2, "not an HDF5 file")

    def test_a_newer_version_is_named(self):
        write_stack(self.file)
        with h5py.File(self.file, "a") as file:
            file.attrs["version"] = 3
        self.assert_refused(2, "version 3", "version 2")

    def test_a_missing_dataset_is_named(self):
        write_law(self.file)
        with h5py.File(self.file, "a") as file:
            del file["particles/P1/m1/e_cc"]
        self.assert_refused(2, "/particles/P1/m1/e_cc")
        with h5py.File(self.file, "a") as file:
            del file["law"], file["models/m1/law"]
        self.assert_refused(2, "/law/composition")

    def test_pixels_of_another_shape_are_named(self):
        write_law(self.file)
        write_pixels(self.file)
        with h5py.File(self.file, "a") as file:
            del file["pixels/c/strain"]
            file["pixels/c/strain"] = numpy.arange(9)
        self.assert_refused(2, "/pixels/c/counts of shape (6, 10)", "shape (6, 9)")

    def test_shapes_that_differ_are_named(self):
        write_stack(self.file, ("composition", "e_aa"))
        with h5py.File(self.file, "a") as file:
            del file["P1/mask"]
            file["P1/mask"] = numpy.ones((3, 4))
        self.assert_refused(2, "/P1/mask", "(3, 4)", "(12, 20)")

    def test_a_wrong_rank_or_pixel_size_is_named(self):
        write_stack(self.file, ("composition",))
        with h5py.File(self.file, "a") as file:
            file["P1"].attrs["pixel_size"] = 0
        self.assert_refused(2, "/P1", "pixel_size is 0", "nanometres")
        with h5py.File(self.file, "a") as file:
            file["P1/e_aa"] = numpy.zeros(5)
        self.assert_refused(2, "/P1/e_aa", "(5,)", "2 dimensions")

    def test_a_stack_without_particles_is_refused(self):
        write_stack(self.file, ())
        self.assert_refused(2, "no particle", "composition")

    def test_an_absent_or_truncated_file_is_unreadable(self):
        self.assert_refused(4, str(self.file), "No such file")
        write_stack(self.file)
        self.file.write_bytes(self.file.read_bytes()[:2000])
        self.assert_refused(4, str(self.file))

    def test_an_output_that_is_no_directory_is_unwritable(self):
        write_stack(self.file)
        self.output.write_text("")
        self.assert_refused(4, str(self.output))

    def test_an_unknown_option_is_one_line(self):
        code, out, err = self.plot("--color")
        self.assertEqual((code, out, err.count("\n")), (2, "", 1))
        self.assertIn("--color", err)


class Drawing(unittest.TestCase):
    def test_the_outline_of_one_pixel_has_four_sides(self):
        inside = numpy.zeros((3, 3), bool)
        inside[1, 1] = True
        self.assertEqual(maps.edges(inside).shape, (4, 2, 2))
        self.assertEqual((maps.edges(inside).min(), maps.edges(inside).max()), (1, 2))

    def test_the_frame_fits_the_particle(self):
        rows, columns = maps.cropped(disc())
        self.assertTrue(disc()[rows, columns].any(axis=1).all())
        self.assertEqual(disc()[rows, columns].sum(), disc().sum())

    def test_strain_colours_are_symmetric_and_ignore_wild_pixels(self):
        values = numpy.append(numpy.linspace(-3, 1, 1000), [900.0, numpy.nan])
        norm = shade.Shade.diverging("strain", [values]).norm
        self.assertEqual(norm.vmin, -norm.vmax)
        self.assertAlmostEqual(norm.vmax, 3, delta=0.1)

    def test_dead_pixels_are_grey_and_the_outside_white(self):
        values = numpy.array([[0.0, numpy.nan, numpy.nan]])
        colors = shade.Shade.growing("error", [values]).colors(
            values, numpy.array([[True, True, False]]))
        numpy.testing.assert_array_equal(colors[0, 1], shade.NO_DATA)
        numpy.testing.assert_array_equal(colors[0, 2], 1)

    def test_wide_maps_stack_and_tall_maps_line_up(self):
        self.assertEqual(maps.best_columns(5, 0.3), 5)
        self.assertEqual(maps.best_columns(5, 2.0), 3)
        self.assertLess(maps.best_columns(5, 8.0), 3)

    def test_round_numbers_lie_below(self):
        for value, below in ((4.9, 4), (0.35, 0.3), (1000, 1000), (0.0999, 0.08)):
            self.assertAlmostEqual(shade.nice_below(value), below)


if __name__ == "__main__":
    unittest.main()
