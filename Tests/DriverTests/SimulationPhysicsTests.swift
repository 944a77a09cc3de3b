// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics
import TestSupport
import XCTest

@testable import Driver
@testable import PhaseField

/// Energy, noise and load of a case of simulate: collective, because a case reads files.
final class SimulationPhysicsTests: XCTestCase {
  private static let box = """
    size: {a: 160 nm, c: 80 nm, b: 60 nm}
    elements: {a: 48, c: 24}

    """

  private func read(_ text: String) throws -> SimulationCase {
    let path = try TestSession.scratch() + "/case.yaml"
    try TestSession.write(text, to: path)
    return try SimulationCase.read(path, TestSession.communicator)
  }

  func testEffectiveCasesHoldTheirEnergy() throws {
    let points = "[[0.01, -1 meV], [0.02, 17 meV], [0.3, 0 eV], [0.98, 17 meV], [0.99, 35 meV]]"
    for (energy, part) in [
      (
        "{redlich_kister: [0.11 eV, -3 meV], chain_lengths: [1, 2], thermal: 26 meV}",
        "chain_lengths: [1.0, 2.0]"
      ),
      ("{table: \(points), gap: [0.02, 0.98]}", "[0.99, 0.035 eV]], gap: [0.02, 0.98]"),
    ] {
      let definition = try read(Self.box + "energy: \(energy)")
      _ = try definition.setup.check()
      XCTAssertTrue(definition.effective.contains(part), definition.effective)
      let again = try read(definition.effective)
      XCTAssertEqual(again.effective, definition.effective)
      XCTAssertEqual(again.setup.model.energy, definition.setup.model.energy)
    }
    // A file is read beside the case, and stands in the effective case by its points.
    let file = try TestSession.scratch() + "/mu.csv"
    try TestSession.write(
      "# X, eV\n0.01, -0.001\n0.02 0.017\n\n0.3,0\n0.98,0.017 # rich\n0.99,0.035\n", to: file)
    let named = try read(Self.box + "energy: {table: \(file), gap: [0.02, 0.98]}")
    let given = try read(Self.box + "energy: {table: \(points), gap: [0.02, 0.98]}")
    XCTAssertEqual(named.effective, given.effective)
    XCTAssertEqual(named.setup.start.mean, 0.5, accuracy: 0.01)
    try TestSession.write("0.01 -0.001\n0.02 0.017 3\n", to: file)
    let message = problem("energy: {table: \(file)}")
    XCTAssertTrue(message.contains("line 2") && message.contains("X and μ in eV"), message)
    try TestSession.write(
      "dimension: 1\nsize: {a: 100 nm}\nelements: {a: 40}\nuntil: 1 s\n"
        + "energy: {table: \(points), gap: [0.02, 0.98]}\n", to: file + ".yaml")
    let line = try EnsembleText.read(file + ".yaml", TestSession.communicator)
    XCTAssertEqual(line.model.energy, given.setup.model.energy)
    XCTAssertTrue(line.physicsText.contains("[0.99, 0.035 eV]]"), line.physicsText)
  }

  func testALoadIsPartOfThePhysics() throws {
    let definition = try read(
      Self.box + "boundary: {a: periodic, c: periodic}\nplane: generalised_strain\n"
        + "mean_strain: {aa: 1 %, ac: -0.002}\nmean_stress: {cc: 0.1 GPa}")
    let elasticity = try XCTUnwrap(definition.setup.model.elasticity)
    XCTAssertTrue(elasticity.isThicknessFree)
    XCTAssertEqual(elasticity.load.strain.aa, 0.01)
    XCTAssertEqual(elasticity.load.strain.ac, -0.002)
    XCTAssertNil(elasticity.load.strain.cc)
    XCTAssertEqual(try XCTUnwrap(elasticity.load.stress.cc), 0.1 * gigapascal, accuracy: 1e-15)
    let again = try read(definition.effective)
    XCTAssertEqual(again.effective, definition.effective)
    XCTAssertEqual(again.setup.model.elasticity?.load, elasticity.load)
  }

  func testNoiseIsPartOfThePhysics() throws {
    let definition = try read(
      Self.box + "elastic: false\nnoise: conserved\nsite_density: 20 1/nm3\nuntil: 3 s")
    let noise = try XCTUnwrap(definition.setup.model.noise)
    XCTAssertEqual(
      noise, PhaseFieldModel.Noise(seed: 1, thermalEnergy: 0.0257, sitesPerVolume: 20))
    let again = try read(definition.effective)
    XCTAssertEqual(again.effective, definition.effective)
    XCTAssertEqual(again.setup.model.noise, noise)
    XCTAssertEqual(try read(Self.box + "noise: none").physics, try read(Self.box).physics)
  }

  /// The message with which a case is refused.
  private func problem(_ text: String) -> String {
    do {
      _ = try read(Self.box + text)
      return "nothing was thrown"
    } catch { return (error as? ParallelError)?.message ?? "\(error)" }
  }
}
