# SPDX-License-Identifier: Apache-2.0
"""A small residual file in, its pictures or one line of words out."""

import unittest

import h5py
import numpy

from test_plots import SHAPE, PlotsTest, disc, noise

from vegard_plots import residual

TABLE = {"mean_composition": 0.5, "rms_incompatibility": 3e-6, "detection_limit": 1e-6,
         "rms_incompatibility_above_noise": 2e-6, "noise_floor": 2.2e-6}


def write_residual(path, particles=("P1", "P2"), correlation=numpy.nan):
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "vegard-residual", "version": 1, "law_model": "m1"})
        for place, name in enumerate(particles):
            particle = file.create_group(f"particles/{name}")
            particle.attrs.update({"pixel_size": 16.6 * (place + 1), **TABLE})
            particle.attrs["mean_composition"] = 0.7 - 0.3 * place
            particle.attrs["sigma_correlation"] = correlation
            particle["mask"] = disc()
            particle["composition"] = 0.5 + noise()
            for kind in ("residual", "coherency"):
                for strain in ("e_aa", "e_cc", "e_ac"):
                    particle[f"{kind}/{strain}"] = noise()
            particle["incompatibility"] = 1e-4 * noise()
            if numpy.isfinite(correlation):
                particle["sigma"] = 0.005 + numpy.abs(noise())


class ResidualPictures(PlotsTest):
    def test_particles_come_in_the_order_of_their_composition(self):
        write_residual(self.file)
        names = [f"file-{name}.png" for name in ("composition", "residual", "P2", "P1")]
        self.assert_pictures(names)

    def test_one_particle_needs_no_overview(self):
        write_residual(self.file, ("P1",))
        self.assert_pictures(["file-composition.png", "file-P1.png"])

    def test_sigma_is_drawn_where_it_varies(self):
        for count in (1, 2, 4):
            write_residual(self.file, [f"P{n}" for n in range(count)], correlation=-0.25)
            code, out, _ = self.plot()
            self.assertEqual((code, out.splitlines()[-1]),
                             (0, str(self.output / "file-sigma.png")))

    def test_numbers_that_are_unknown_leave_a_picture(self):
        write_residual(self.file, ("P1",))
        with h5py.File(self.file, "a") as file:
            particle = file["particles/P1"]
            particle["incompatibility"][...] = numpy.nan
            for name in TABLE:
                particle.attrs[name] = numpy.nan
        self.assert_pictures(["file-composition.png", "file-P1.png"])

    def test_a_missing_map_is_named(self):
        write_residual(self.file)
        with h5py.File(self.file, "a") as file:
            del file["particles/P2/coherency/e_cc"]
        self.assert_refused(2, "/particles/P2/coherency/e_cc")

    def test_a_file_without_particles_is_refused(self):
        write_residual(self.file, ())
        self.assert_refused(2, "no particle")


class Classes(unittest.TestCase):
    def test_classes_hold_equally_many_pixels_and_their_rms(self):
        sigma = numpy.arange(80.0)
        centres, roots = residual.classes(sigma, numpy.where(sigma < 40, 3.0, -4.0))
        numpy.testing.assert_allclose(centres, 4.5 + 10 * numpy.arange(8))
        numpy.testing.assert_allclose(roots, [3.0] * 4 + [4.0] * 4)

    def test_the_norm_counts_shear_twice(self):
        self.assertEqual(SHAPE, noise().shape)
        with h5py.File("norm", "w", driver="core", backing_store=False) as file:
            file.attrs["pixel_size"] = 1.0
            for kind in ("residual", "coherency"):
                for strain, value in (("e_aa", 0.01), ("e_cc", 0.02), ("e_ac", 0.03)):
                    file[f"{kind}/{strain}"] = numpy.full(SHAPE, value)
            file["incompatibility"] = file["composition"] = numpy.ones(SHAPE)
            norm = residual.Particle("P", file["/"]).norm
        numpy.testing.assert_allclose(norm, 100 * 0.0023**0.5)


if __name__ == "__main__":
    unittest.main()
