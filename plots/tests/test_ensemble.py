# SPDX-License-Identifier: Apache-2.0
"""Small runs of particles in one dimension in, their pictures or one line of words out."""

import unittest

import h5py
import numpy

from test_plots import PlotsTest

from vegard_plots import drive, ensemble

# Rows of a history: mean, current in C, voltage and the step of the drive.
DISCHARGE = [(mean, 0.1, 3.4 - 0.1 * mean, 1) for mean in numpy.linspace(0.02, 0.9, 12)]
PROTOCOL = (DISCHARGE + [(0.9, 0.0, 3.4, 2)] * 3
            + [(mean, -0.2, 3.5, 3) for mean in numpy.linspace(0.9, 0.3, 8)]
            + [(mean, -mean, 3.6, 4) for mean in numpy.linspace(0.29, 0.1, 6)])


def write_run(path, rows=DISCHARGE, particles=1, cells=24, every=1, less=()):
    """A run whose states follow the means of its rows."""
    mean, current, voltage, step = (numpy.array(column, float) for column in zip(*rows))
    place = (numpy.arange(cells) + 0.5) / cells
    speed = numpy.exp(numpy.linspace(-2, 2, particles))[::-1]
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "vegard-ensemble", "version": 1, "spacing": 5.0,
                           "dimension": 1, "status": "complete"})
        columns = {"step": numpy.arange(mean.size), "time": 360.0 * numpy.arange(mean.size),
                   "mean_composition": mean, "voltage": voltage, "current": current,
                   "capacity": 170 * (mean - mean[0]), "drive_step": step,
                   "solid_solution_fraction": 0.5 * mean, "active_fraction": 1 - mean,
                   "clearly_active_fraction": 0.5 - 0.5 * mean}
        for name, values in columns.items():
            if name not in less:
                file[f"history/{name}"] = values
        if particles > 1:
            file["particle"] = numpy.arange(1, particles + 1)
            file["rate_factor"] = speed
        for row in range(0, mean.size, every):
            group = file.create_group(f"steps/{row:08}")
            group.attrs.update({"time": 360.0 * row, "mean": mean[row]})
            wave = mean[row] + min(mean[row], 1 - mean[row]) * numpy.cos(3 * numpy.pi * place)
            values = numpy.clip(wave + 0.05 * numpy.log(speed)[:, None], 0.001, 0.999)
            group["composition"] = values if particles > 1 else values[0]


class EnsemblePictures(PlotsTest):
    def names(self, *names):
        return [f"file-{name}.png" for name in names]

    def test_one_particle_gives_profiles_and_its_voltage(self):
        write_run(self.file)
        self.assert_pictures(self.names("profiles", "voltage"))

    def test_a_protocol_is_drawn_against_time_too(self):
        write_run(self.file, PROTOCOL)
        self.assert_pictures(self.names("profiles", "voltage", "drive"))

    def test_many_particles_give_their_means_and_fractions(self):
        write_run(self.file, particles=30)
        self.assert_pictures(self.names("particles", "fractions", "voltage"))
        write_run(self.file, PROTOCOL, particles=500, cells=1)
        self.assert_pictures(self.names("particles", "fractions", "voltage", "drive"))

    def test_a_charge_is_drawn_from_left_to_right_too(self):
        write_run(self.file, [(0.9 - mean, -0.1, 3.5, 1) for mean, *_ in DISCHARGE], particles=5)
        self.assert_pictures(self.names("particles", "fractions", "voltage"))

    def test_a_uniform_particle_is_one_cell(self):
        write_run(self.file, cells=1)
        self.assert_pictures(self.names("profiles", "voltage"))

    def test_a_run_that_only_started(self):
        write_run(self.file, DISCHARGE[:1])
        self.assert_pictures(self.names("profiles"))

    def test_a_killed_run_lacks_what_it_did_not_write(self):
        write_run(self.file, less=("capacity", "current", "drive_step"))
        self.assert_pictures(self.names("profiles", "voltage", "drive"))

    def test_what_is_missing_is_named(self):
        write_run(self.file, less=("voltage",))
        self.assert_refused(2, "/history/voltage")
        write_run(self.file)
        with h5py.File(self.file, "a") as file:
            del file["steps"]
        self.assert_refused(2, "/steps")
        write_run(self.file, particles=4)
        with h5py.File(self.file, "a") as file:
            del file["rate_factor"]
            file["rate_factor"] = [1.0, 2.0]
        self.assert_refused(2, "/composition")


class Drives(PlotsTest):
    def history(self, rows):
        write_run(self.file, rows)
        with h5py.File(self.file) as file:
            return drive.History(file)

    def test_steps_are_called_by_what_drives_them(self):
        history = self.history(PROTOCOL)
        self.assertEqual([part.name for part in history.parts],
                         ["discharge 0.1 C", "rest", "charge 0.2 C", "3.6 V held"])
        self.assertEqual([part.color for part in history.parts],
                         [drive.DISCHARGE[0], drive.REST, drive.CHARGE[0], drive.CHARGE[1]])
        self.assertTrue(history.is_protocol)
        self.assertFalse(self.history(DISCHARGE).is_protocol)

    def test_a_repeated_step_is_named_once(self):
        again = [(mean, current, voltage, step + 4) for mean, current, voltage, step in PROTOCOL]
        history = self.history(PROTOCOL + again)
        labels = [history.look(part)["label"] for part in history.parts]
        self.assertEqual(labels[4:], [None] * 4)
        self.assertNotIn(None, labels[:4])


class Helpers(unittest.TestCase):
    def test_picked_profiles_have_spread_means(self):
        crowded = [numpy.full(4, mean) for mean in (*numpy.linspace(0.4, 0.41, 50), 0.0, 1.0)]
        means = [float(profile.mean()) for profile in ensemble.picked(crowded)]
        self.assertEqual((min(means), max(means)), (0.0, 1.0))
        self.assertLessEqual(len(means), ensemble.PROFILES)

    def test_edges_lie_between_places(self):
        numpy.testing.assert_allclose(ensemble.middles(numpy.array([0.0, 1.0, 3.0])),
                                      [-0.5, 0.5, 2.0, 4.0])

    def test_particles_are_drawn_from_slow_to_fast(self):
        self.assertEqual(ensemble.by_speed(numpy.array([2.0, 0.5, 1.0])).tolist(), [1, 2, 0])
        speed = numpy.linspace(9, 1, 3 * ensemble.ROWS)
        drawn = speed[ensemble.by_speed(speed)]
        self.assertEqual((drawn.size, drawn[0], drawn[-1]), (ensemble.ROWS, 1.0, 9.0))
        self.assertTrue((numpy.diff(drawn) > 0).all())

    def test_means_are_those_of_each_particle(self):
        with h5py.File("mean", "w", driver="core", backing_store=False) as file:
            file["composition"] = [[0.0, 1.0], [0.5, 0.7]]
            numpy.testing.assert_allclose(ensemble.particle_means(file["/"], 2), [0.5, 0.6])
