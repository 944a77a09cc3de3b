// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics
import TestSupport
import XCTest

@testable import Driver
@testable import PhaseField

/// What a case of simulate may say: collective, because a case reads files.
final class SimulationCaseTests: XCTestCase {
  private static let box = """
    size: {a: 160 nm, c: 80 nm, b: 60 nm}
    elements: {a: 48, c: 24}

    """

  private func read(_ text: String) throws -> SimulationCase {
    let path = try TestSession.scratch() + "/case.yaml"
    try TestSession.write(text, to: path)
    return try SimulationCase.read(path, TestSession.communicator)
  }

  /// The message of the error that `action` throws.
  private static func problem(_ action: () throws -> Void) -> String {
    do {
      try action()
      return "nothing was thrown"
    } catch {
      return (error as? ParallelError)?.message ?? "\(error)"
    }
  }

  private func message(_ text: String) -> String {
    Self.problem {
      let definition = try read(text)
      _ = try definition.setup.check()
      _ = try definition.setup.geometry(TestSession.communicator)
    }
  }

  private func examples() throws -> [(name: String, path: String)] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../examples").standardizedFileURL
    return [
      "void-center", "void-edge", "platelet-2d", "discharge-2d", "discharge-void", "pfhub-1b",
    ].map {
      ($0, folder.appending(path: "\($0).yaml").path)
    }
  }

  func testEveryExampleIsValidAndItsEffectiveCaseIsItself() throws {
    for (name, path) in try examples() {
      let definition = try SimulationCase.read(path, TestSession.communicator)
      _ = try definition.setup.check()
      let again = try read(definition.effective)
      XCTAssertEqual(again.physics, definition.physics, name)
      XCTAssertEqual(again.effective, definition.effective, name)
      XCTAssertNil(
        SimulationCase.difference(checkpoint: definition.physics, now: again.physics), name)
    }
  }

  func testAnEffectiveCaseWithEverythingIsItself() throws {
    let definition = try read(
      Self.box + """
        outline: {hexagon: {a: 150 nm, c: 40 nm, tip: 30 nm, centre: {a: 80 nm, c: 41 nm}}}
        voids:
          - {sphere: {a: 80 nm, c: 40 nm, b: 3 nm, radius: 4 nm}}
          - {box: {a: 60 nm, c: 40 nm, size: {a: 5 nm, c: 6 nm}}}
          - {ellipsoid: {a: 100 nm, c: 40 nm, radii: {a: 3 nm, c: 4 nm, b: 5 nm}}}
          - {cylinder: {a: 110 nm, c: 40 nm, radius: 3 nm}}
        plane: strain
        law: {a: [0.02, -0.003], c: [-0.01, 0.001]}
        site_density: 13.35 1/nm3
        energy: {double_well: {height: 0.3 eV, low: 0.1, high: 0.9}, thermal: 25.7 meV}
        mobility: constant
        kappa: {a: 0.1 eV nm2, c: 0.3 eV nm2}
        start: {mean: 0.3, noise: 0.01, seed: 5}
        longest_step: 3 s
        until: 1 h
        """)
    XCTAssertEqual(definition.setup.voids.count, 4)
    let again = try read(definition.effective)
    XCTAssertEqual(again.effective, definition.effective)
    XCTAssertEqual(again.until, 3600)
    XCTAssertEqual(
      again.setup.model.elasticity?.eigenstrain, definition.setup.model.elasticity?.eigenstrain)
  }

  func testFilesAreWrittenAsTheCaseHasThem() throws {
    let definition = try read(
      Self.box + "outline: {stack: maps/s.h5, particle: P2}\n"
        + "tomogram: {file: /data/t.h5, dataset: scan}\nstart: {file: run.h5}")
    XCTAssertTrue(definition.physics.contains("{stack: \"maps/s.h5\", particle: \"P2\"}"))
    XCTAssertTrue(definition.physics.contains("{file: \"/data/t.h5\", dataset: \"scan\", "))
    XCTAssertTrue(definition.physics.contains("file: \"run.h5\""))
    XCTAssertEqual(try read(definition.effective).effective, definition.effective)
    XCTAssertTrue(definition.setup.maps.map(\.file).last == "/data/t.h5")
    XCTAssertTrue(definition.setup.maps.first?.file.hasPrefix("/") ?? false)
  }

  func testTheBenchmarksExampleIsTheStudysModelAndStart() throws {
    let path = try XCTUnwrap(try examples().last).path
    let setup = try SimulationCase.read(path, TestSession.communicator).setup
    XCTAssertEqual(setup.model.mobility, .constant)
    XCTAssertEqual(setup.model.diffusivity, PhaseFieldModel.pfhub1.diffusivity)
    XCTAssertEqual(setup.model.kappa, PhaseFieldModel.pfhub1.kappa)
    XCTAssertEqual(setup.model.energy, PhaseFieldModel.pfhub1.energy)
    let grid = setup.grid(TestSession.communicator)
    for (x, y) in [(0.0, 0.0), (31, 77), (200, 140)] {
      let second = cos(0.13 * x) * cos(0.087 * y)
      let sum =
        cos(0.105 * x) * cos(0.11 * y) + second * second
        + cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y)
      XCTAssertEqual(
        setup.start.composition(Directions(x, y, 0), grid), 0.5 + 0.01 * sum, accuracy: 1e-15)
    }
  }

  func testMaterialAndLawAreReadBesideTheCase() throws {
    let communicator = TestSession.communicator
    let folder = try TestSession.scratch()
    try TestSession.write(
      BadInputRow.files["bare.yaml"]?.replacing("C11: 157.4", with: "C11: 200 GPa") ?? "",
      to: folder + "/other.yaml")
    try TestSession.write(Self.box + "material: other.yaml", to: folder + "/case.yaml")
    let definition = try SimulationCase.read(folder + "/case.yaml", communicator)
    XCTAssertEqual(definition.material.stiffness.c11, 200 * gigapascal, accuracy: 1e-12)
    let plate = GridStiffness(plateOf: definition.material.stiffness, sitesPerVolume: 13.76)
    XCTAssertEqual(definition.setup.model.elasticity?.stiffness, plate)
    try TestSession.write(Self.box + "law: none.h5", to: folder + "/law.yaml")
    let message = Self.problem {
      _ = try SimulationCase.read(folder + "/law.yaml", communicator)
    }
    XCTAssertTrue(message.contains("none.h5"), message)
  }

  func testEveryKeyIsDocumentedAsItIsDeclared() throws {
    try checkPage(
      "simulate", SimulationText.documents + EnsembleText.documents,
      SimulationText.names + EnsembleText.names)
    try checkPage("diffract", DiffractCase.documents, DiffractCase.names)
    try checkPage("image", SpecimenText.documents, SpecimenText.names + NoiseKeys.names)
    try checkPage("dislocation", DislocationText.documents, DislocationText.names)
    try checkPage("materials", MaterialFile.documents, MaterialFile.names + CrystalKeys.names)
    XCTAssertNil(CaseDocument.page("no marks", SimulationText.documents))
  }

  private func checkPage(
    _ name: String, _ tables: [(name: String, table: String)], _ keys: [String]
  ) throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/\(name).md").standardizedFileURL
    let text = try String(contentsOf: page, encoding: .utf8)
    let written = try XCTUnwrap(CaseDocument.page(text, tables), name)
    if ProcessInfo.processInfo.environment["VEGARD_WRITE_DOCS"] != nil {
      try written.write(to: page, atomically: true, encoding: .utf8)
    }
    XCTAssertTrue(
      try String(contentsOf: page, encoding: .utf8) == written,
      "docs/\(name).md differs: run the tests with VEGARD_WRITE_DOCS=1")
    let documented = tables.map(\.table).joined()
    XCTAssertEqual(keys.filter { !documented.contains("`\($0)`") }, [])
  }

  func testWhatIsStoredIsReadAndWrittenBack() throws {
    let definition = try read(
      Self.box + "store_at: [3 s, 1 s]\nstore_interval: {end: 2 s, count: 3}\ncompress: small")
    XCTAssertTrue(definition.effective.contains("store_at: [0.0 s, 1.0 s, 2.0 s, 3.0 s]"))
    XCTAssertFalse(definition.effective.contains("store_interval"))
    let plan = definition.course.output
    XCTAssertEqual(plan.times, [0, 1, 2, 3])
    XCTAssertNil(plan.every)
    XCTAssertEqual(plan.next(after: 1), 2)
    XCTAssertNil(plan.next(after: 3))
    XCTAssertEqual(try read(Self.box).course.output.every, 10)
    let both = try read(Self.box + "store_at: [1 s]\nstore_every: 4").course.output
    XCTAssertEqual(both.every, 4)
    for (more, word) in [
      ("store_at: [-1 s]", "from 0 on"), ("store_at: 3 s", "list"), ("store_at: [3]", "unit"),
      ("store_interval: {start: 2 s, end: 1 s, count: 3}", "more than start"),
      ("store_interval: {start: 0 s, end: 1 s, count: 3, spacing: log}", "more than zero"),
      ("store_interval: {end: 1 s, count: 1}", "expected 2"), ("compress: gzip", "none, fast"),
    ] {
      let message = Self.problem { _ = try read(Self.box + more) }
      XCTAssertTrue(message.contains(word), message)
    }
  }

  func testRestartNamesTheKeyThatDiffers() throws {
    let first = try read(Self.box)
    let second = try read(
      Self.box + "kappa: {a: 13.4 eV nm2, c: 15 eV nm2}\ntolerance: 1e-3\nuntil: 3 s")
    let difference = SimulationCase.difference(checkpoint: first.physics, now: second.physics)
    XCTAssertEqual(
      difference, "the key kappa.c is 13.4 eV nm2 in the checkpoint and 15.0 eV nm2 in the case")
    let solver = try read(
      Self.box + "tolerance: 1e-3\nfirst_step: 1 s\nlongest_step: 9 s\nuntil: 3 s\nstore_every: 3")
    XCTAssertEqual(first.physics, solver.physics)
    let path = try TestSession.scratch() + "/a.checkpoint.h5"
    let stepper = try first.setup.stepper(first.course.stepping, TestSession.communicator)
    try stepper.writeCheckpoint(path, effectiveCase: first.physics)
    XCTAssertNoThrow(
      try SimulationCase.checkRestart(
        path, physics: solver.physics, TestSession.communicator))
    let message = Self.problem {
      try SimulationCase.checkRestart(
        path, physics: second.physics, TestSession.communicator)
    }
    XCTAssertTrue(message.contains("kappa.c"), message)
  }

  func testWhatIsWrongIsSaid() {
    let sphere = "voids: [{a: 80 nm, c: 40 nm, radius: "
    let rows: [(String, [String])] = [
      ("voids: [{a: 900 nm, c: 40 nm, radius: 5 nm}]", ["void 1", "outside the particle"]),
      (sphere + "500 nm}]", ["voids", "fill the particle"]),
      (sphere + "-5 nm}]", ["line 3", "voids", "radius", "more than zero"]),
      (sphere + ".inf nm}]", ["radius", "number"]),
      (sphere + "5}]", ["radius", "no unit", "nm"]),
      ("voids: [{a: 80 nm, c: 40 nm, radus: 5 nm}]", ["radus", "radius"]),
      ("voids: [{cube: {a: 80 nm}}]", ["cube"]),
      ("voids: [{box: {a: 80 nm, c: 40 nm, size: {a: 5 nm}}}]", ["size", "along a and c"]),
      ("voids: 3 nm", ["voids", "expected a list"]),
      (
        "voids: [{box: {a: 80 nm, c: 40 nm, size: {a: 10 nm, c: 100 nm}}}]",
        ["2 parts", "do not touch"]
      ),
      ("outline: {diamond: {a: 200 nm, c: 50 nm}}", ["outline", "inside the box"]),
      (
        "outline: {diamond: {a: 150 nm, c: 70 nm}}\nvoids: [{a: 8 nm, c: 8 nm, radius: 5 nm}]",
        ["void 1", "outside the particle"]
      ),
      ("outline: {polygon: [{a: 1 nm, c: 1 nm}, {a: 9 nm, c: 1 nm}]}", ["polygon", "at least 3"]),
      (
        "outline: {polygon: [{a: 1 nm, c: 1 nm}, {a: 90 nm, c: 70 nm}, {a: 90 nm, c: 1 nm}, "
          + "{a: 1 nm, c: 70 nm}]}", ["outline.polygon", "edge 1 crosses edge 3"]
      ),
      ("outline: {hexagon: {a: 100 nm, c: 70 nm}}", ["outline.hexagon", "tip"]),
      ("outline: {diamond: {a: 90 nm, c: 70 nm, tip: 3 nm}}", ["tip", "hexagon only"]),
      ("outline: {stack: a.h5}", ["outline.particle", "found nothing"]),
      ("outline: {diamond: {a: 90 nm, c: 70 nm}, particle: P1}", ["particle", "stack only"]),
      ("outline: {stack: none.h5, particle: P1}", ["none.h5", "no such file"]),
      ("outline: {}", ["outline", "polygon, diamond"]),
      ("start: {mean: 1.2, noise: 0.01}", ["start", "between 0 and 1"]),
      ("start: {mean: 0.2}", ["start", "between 0 and 1"]),
      ("start: {waves: [{amplitude: 0.6, a: 0.1 1/nm}]}", ["start", "between 0 and 1"]),
      ("energy: {omega: 40 meV}\nkappa: 1 eV nm2", ["start", "no two phases", "amplitude"]),
      ("energy: {omega: 40 meV}\nstart: {position: 9 nm}", ["start.amplitude", "no two phases"]),
      (
        "energy: {polynomial: [0 eV, 0 eV, 1 eV]}\nstart: {noise: 0.1}",
        ["start.mean", "expected it with an energy of one phase"]
      ),
      ("kappa: {a: 2 eV nm2}", ["line 3", "kappa", "nothing for c", "{a, c}"]),
      ("diffusivity: {c: 2 nm2/s}", ["diffusivity", "nothing for a"]),
      (
        "energy: {double_well: {height: 1 eV, low: 0, high: 1}}\nmobility: degenerate",
        ["mobility", "polynomial", "constant"]
      ),
      ("kappa: 1e-40 eV nm2", ["kappa.a", "1e-40", "expected"]),
      ("kappa: 1e-3 eV nm2", ["kappa", "elements wide", "at least 0.1"]),
      ("diffusivity: 1e300 nm2/s", ["diffusivity.a", "expected"]),
      (
        "energy: {omega: 1 eV, table: [[0.1, 0 eV], [0.2, 1 eV]]}",
        ["omega and table", "one energy"]
      ),
      ("energy: {gap: [0.1, 0.2]}", ["energy.gap", "without table"]),
      ("energy: {chain_lengths: [1, 2]}", ["chain_lengths", "without redlich_kister"]),
      (
        "energy: {redlich_kister: [0.1 eV], chain_lengths: [1, 0]}",
        ["chain_lengths", "two numbers"]
      ),
      ("energy: {redlich_kister: [9 eV]}\nstart: {noise: 0.1}", ["L_0", "expected"]),
      ("energy: {redlich_kister: [9]}", ["redlich_kister", "unit"]),
      ("energy: {table: [[0.1, 3], [0.2, 4]]}", ["energy.table", "unit"]),
      ("energy: {table: [[0.1, 0 eV]]}", ["energy.table", "at least 2"]),
      ("energy: {table: [[0.1, 0 eV], [0.5, 0 eV]]}", ["energy.table", "two phases coexist"]),
      ("energy: {table: none.csv}", ["none.csv"]),
      ("mean_strain: {aa: 1 %}", ["mean_strain", "not periodic along a"]),
      (
        "boundary: {a: periodic}\nmean_stress: {ac: 1 GPa}",
        ["mean_stress", "not periodic along a and c"]
      ),
      (
        "boundary: {a: periodic}\nmean_stress: {aa: 1 GPa}\nmean_strain: {aa: 0}",
        ["mean_stress", "aa in mean_strain too"]
      ),
      ("boundary: {a: periodic}\nelastic: false\nmean_strain: {aa: 0}", ["elastic: false"]),
      ("noise: conserved", ["until", "no time with noise"]),
      ("seed: 3", ["seed", "without noise"]),
      (
        "energy: {double_well: {height: 1 eV, low: 0, high: 1}}\nnoise: conserved\nuntil: 1 s",
        ["energy.thermal", "kT of the noise"]
      ),
      ("energy: {omega: 1000 eV}", ["energy.omega", "expected"]),
      ("energy: {thermal: 1e-300 eV}\nstart: {noise: 0.1}", ["energy.thermal", "expected"]),
      ("site_density: 1e-300 1/nm3", ["site_density", "expected"]),
      ("law: {a: [1e200], c: [0]}", ["eigenstrain along a", "expected"]),
      (
        "law: {a: [\(String(repeating: "0, ", count: 16))0.1], c: "
          + "[\(String(repeating: "0, ", count: 16))0.1]}", ["law", "17 terms", "at most 16"]
      ),
      ("start: {position: 200 nm}", ["start.position", "inside the box"]),
      ("start: {noise: 0.01, width: 3 nm}", ["noise and width"]),
      ("start: {seed: 3}", ["seed", "noise"]),
      ("start: {mean: .nan}", ["mean", "number"]),
      ("boundary: {b: free}", ["boundary", "\"b\""]),
      ("boundary: {a: fre}", ["fre", "free"]),
      ("plane: stres", ["plane", "stress"]),
      ("material: none.yaml", ["none.yaml"]),
      (
        "material: {name: x, stiffness: {C11: -1 GPa, C22: 1 GPa, C33: 1 GPa, C44: 1 GPa, "
          + "C55: 1 GPa, C66: 1 GPa, C12: 0 GPa, C13: 0 GPa, C23: 0 GPa}, lattice: {a: 1 nm, "
          + "b: 1 nm, c: 1 nm}, eigenstrain: {a: 0, b: 0, c: 0}}",
        ["material.stiffness", "positive definite"]
      ),
      ("law: {a: [0.1], c: [0.1, 0.2]}", ["law.c", "2 coefficients"]),
      ("energy: {polynomial: [1 eV]}", ["polynomial", "3 to 17"]),
      ("energy: {polynomial: [1, 2, 3]}", ["polynomial", "no unit"]),
      ("energy: {omega: 0.1 eV, double_well: {height: 1 eV, low: 0, high: 1}}", ["one energy"]),
      ("kappa: {a: 0 eV nm2}", ["kappa.a", "more than zero"]),
      ("kapa: 3 eV nm2", ["kapa", "kappa"]),
    ]
    for (text, words) in rows {
      let message = message(Self.box + text)
      for word in words { XCTAssertTrue(message.contains(word), "\(text): \(message)") }
    }
    let box = "size: {a: 160 nm, c: 80 nm, b: 60 nm}\nelements: "
    XCTAssertTrue(message(box + "{a: 1, c: 2}").contains("elements.a"))
    let huge = message(Self.box.replacing("160 nm", with: "1e300 nm"))
    XCTAssertTrue(huge.contains("size.a: found 1e+300 nm"), huge)
    let solid = box + "{a: 48, c: 24, b: 16}\n"
    for (text, words) in [
      ("voids: [{a: 80 nm, c: 40 nm, radius: 9 nm}]", ["void 1", "found no b"]),
      (
        "voids: [{cylinder: {a: 9 nm, c: 40 nm, radius: 3 nm}}, "
          + "{box: {a: 80 nm, c: 40 nm, size: {a: 9 nm, c: 9 nm, b: 9 nm}}}]", ["void 2", "no b"]
      ),
      ("kappa: {a: 13 eV nm2, c: 13 eV nm2}", ["kappa", "nothing for b", "{a, c, b}"]),
    ] {
      let message = message(solid + text)
      for word in words { XCTAssertTrue(message.contains(word), "\(text): \(message)") }
    }
    let through = "voids: [{box: {a: 80 nm, c: 40 nm, size: {a: 9 nm, c: 9 nm}}}]"
    XCTAssertEqual(message(solid + through), "nothing was thrown")
  }

  func testTheUsualFrontFollowsEnergyAndBox() throws {
    func front(_ text: String) throws -> SimulationSetup.Front {
      guard case .front(let front) = try read(Self.box + text).setup.start.pattern else {
        throw ParallelError(.input, "no front")
      }
      return front
    }
    // X = 0.25 and 0.75 are 13.329 nm apart in LiFePO4, between the binodals 0.01366 and 0.98634.
    let usual = try front("")
    XCTAssertEqual(usual.amplitude, 0.48634, accuracy: 1e-5)
    XCTAssertEqual(2 * usual.width * atanh(0.25 / usual.amplitude), 13.329, accuracy: 2e-3)
    XCTAssertEqual([usual.position, usual.tilt, usual.ripple], [80, 0, 0])
    let wide = try front("kappa: 1340 eV nm2")
    XCTAssertEqual(wide.width, 10 * usual.width, accuracy: 1e-9)
    let well = try read(
      Self.box + "energy: {double_well: {height: 1 eV, low: -1, high: 2}}\nkappa: 50 eV nm2"
    ).setup.start
    XCTAssertEqual(well.mean, 0.5, accuracy: 1e-9)
    XCTAssertFalse(
      try read(Self.box + "material: lfp").warnings.contains { $0.contains("LiFePO4") })
  }

  func testConstantsLeftAtAnotherMaterialsAreNamed() throws {
    let well = "energy: {double_well: {height: 1 eV, low: 0, high: 1}}\n"
    let warnings = try read(Self.box + well).warnings
    XCTAssertEqual(warnings.count, 1)
    XCTAssertTrue(warnings.first?.contains("kappa and diffusivity") ?? false, "\(warnings)")
    XCTAssertTrue(
      try read(Self.box + well + "kappa: 50 eV nm2\ndiffusivity: 1 nm2/s")
        .warnings.isEmpty)
    let other = try read(
      Self.box + """
        material: {name: x, stiffness: {C11: 9 GPa, C22: 9 GPa, C33: 9 GPa, C44: 1 GPa, C55: 1 GPa,
          C66: 1 GPa, C12: 0 GPa, C13: 0 GPa, C23: 0 GPa}, lattice: {a: 1 nm, b: 1 nm, c: 1 nm},
          eigenstrain: {a: 0, b: 0, c: 0}}
        kappa: 13 eV nm2
        """
    ).warnings
    XCTAssertTrue(
      other.first?.contains("energy, diffusivity and site_density") ?? false, "\(other)")
  }

  func testAmountsOfMemoryAreRead() {
    XCTAssertEqual(NodeMemory.bytes("16 GiB"), 16 * 0x1p30)
    XCTAssertEqual(NodeMemory.bytes("1.5MB"), 1.5e6)
    for text in ["16", "GiB", "-1 GiB", "16 gb", ""] { XCTAssertNil(NodeMemory.bytes(text), text) }
    XCTAssertEqual(NodeMemory.text(16 * 0x1p30), "16 GiB")
  }
}
