// SPDX-License-Identifier: Apache-2.0

import Parallel
import TestSupport
import XCTest
import Yams

@testable import Driver

/// Values that a sweep sets by the paths of their keys: collective, because a case reads files.
final class CasePathTests: XCTestCase {
  private static func tree(_ text: String) throws -> Node {
    try CaseReading.tree(of: text, path: "c.yaml")
  }

  /// What stands at a path, places in lists counted from 1.
  private static func value(at keys: [String], in tree: Node) -> Node? {
    keys.reduce(tree) { node, key in
      guard let list = node?.sequence else { return node?.mapping?[Node(key)] }
      return Int(key).flatMap { list.indices.contains($0 - 1) ? list[$0 - 1] : nil }
    }
  }

  /// The paths of a case with places in a tree for `#` and names that stand there for `*`.
  private static func concrete(_ path: CasePath, in tree: Node) -> [String] {
    var keys: [String] = []
    for key in path.keys {
      switch key {
      case CasePath.item: keys.append("1")
      case CasePath.anyName:
        keys.append(value(at: keys, in: tree)?.mapping?.keys.first?.string ?? "none")
      default: keys.append(key)
      }
    }
    return keys
  }

  /// Sets each path of a case to its default in each of some texts, and looks at the effective case.
  ///
  /// A default is what the effective case has where the key is left out; of a key that cannot be left
  /// out, what the text has. One that the declaration says in a case's own words must be the same.
  private func check<Case: CaseMapping>(
    _ type: Case.Type, _ texts: [String], line: UInt = #line,
    effective: (Node) throws -> String
  ) throws {
    let null = try Self.tree("null")
    var missing = Set(type.paths.map(\.name))
    for text in texts {
      let written = try Self.tree(text)
      let usual = try effective(written)
      func result(_ value: Node, at path: String) -> String? {
        var tree = written
        do {
          try type.set(value, at: path, in: &tree)
          return try effective(tree)
        } catch { return nil }
      }
      for path in type.paths where missing.contains(path.name) {
        let keys = Self.concrete(path, in: written)
        let name = keys.joined(separator: ".")
        let isOptional = path.usual != CasePath.required
        let without = isOptional ? result(null, at: name) : nil
        let filled = try without.flatMap { Self.value(at: keys, in: try Self.tree($0)) }
        let standing = without == nil ? Self.value(at: keys, in: written) : filled ?? null
        guard let standing, let found = result(standing, at: name) else { continue }
        XCTAssertTrue(found == without ?? usual, "\(name)\n\(found)", line: line)
        if let value = path.value {
          // A default may not stand beside other keys of this text, where it may be left out.
          guard let declared = result(try Self.tree(value), at: name) else { continue }
          XCTAssertTrue(
            without == nil || declared == without, "\(name): \(value)", line: line)
        }
        missing.remove(path.name)
      }
    }
    XCTAssertEqual(missing.sorted(), [], line: line)
  }

  private static let stiffness =
    "{C11: 157.4 GPa, C22: 175.8 GPa, C33: 154 GPa, C44: 37.8 GPa, C55: 49 GPa, C66: 51.6 GPa, "
    + "C12: 51.2 GPa, C13: 53 GPa, C23: 32.7 GPa}"

  private static let box = "size: {a: 160 nm, c: 80 nm, b: 60 nm}\nelements: {a: 48, c: 24}\n"

  private static let crystal =
    "crystal: {name: x, cell: [3.6, 3.6, 3.6, 90, 90, 90], stiffness: {c11: 168, c12: 121, c44: 75}}\n"

  func testEveryPathOfSimulateTakesItsDefault() throws {
    let outlines = [
      "polygon: [{a: 1 nm, c: 1 nm}, {a: 90 nm, c: 9 nm}, {a: 90 nm, c: 70 nm}]",
      "diamond: {a: 150 nm, c: 70 nm, centre: {a: 80 nm, c: 40 nm}}",
      "hexagon: {a: 150 nm, c: 40 nm, tip: 30 nm, centre: {a: 80 nm, c: 41 nm}}",
      "ellipse: {a: 150 nm, c: 70 nm, centre: {a: 80 nm, c: 40 nm}}", "stack: s.h5, particle: P1",
    ]
    let voids = [
      "a: 80 nm, c: 40 nm, b: 3 nm, radius: 4 nm",
      "sphere: {a: 80 nm, c: 40 nm, b: 3 nm, radius: 4 nm}",
      "box: {a: 60 nm, c: 40 nm, b: 9 nm, size: {a: 5 nm, c: 6 nm, b: 7 nm}}",
      "ellipsoid: {a: 100 nm, c: 40 nm, b: 3 nm, radii: {a: 3 nm, c: 4 nm, b: 5 nm}}",
      "cylinder: {a: 110 nm, c: 40 nm, radius: 3 nm}",
    ]
    let starts = [
      "mean: 0.4, amplitude: 0.2, tilt: 0.1", "noise: 0.01, seed: 4",
      "waves: [{amplitude: 0.1, a: 0.1 1/nm}]", "file: r.h5, dataset: x",
    ]
    let texts =
      [Self.box + "law: {a: [0.02, -0.003], c: [-0.01, 0.001]}\nkappa: {a: 9 eV nm2, c: 9 eV nm2}"]
      + outlines.map { Self.box + "outline: {\($0)}" }
      + voids.map { Self.box + "voids: [{\($0)}]" }
      + starts.map { Self.box + "start: {\($0)}" } + [
        Self.box + "tomogram: {file: t.h5, dataset: x, voxel: {a: 5 nm, c: 6 nm, b: 7 nm}, "
          + "origin: {a: -1 nm}, axes: [a, c], threshold: 0.5, solid: below, smoothing: 3 nm, "
          + "fragments: remove}",
        Self.box + "kappa: {a: 9 eV nm2, c: 9 eV nm2, b: 9 eV nm2}\n"
          + "diffusivity: {a: 2 nm2/s, c: 2 nm2/s, b: 2 nm2/s}",
        Self.box + "energy: {double_well: {height: 0.3 eV, low: 0.1, high: 0.9}}",
        Self.box + "energy: {redlich_kister: [0.11 eV, -3 meV], chain_lengths: [1, 2]}",
        Self.box + "energy: {table: [[0.01, -1 meV], [0.02, 17 meV], [0.98, 15 meV], "
          + "[0.99, 33 meV]], gap: [0.02, 0.98]}",
        Self.box + "noise: conserved\nuntil: 3 s",
        Self.box + "faces: [a-]\nreaction: {k0: 0.3 1/h, depth: 5 nm, voltage: 3.4 V}\n"
          + "drive: {current: 0.1 C, until: {mean: 0.9}}",
        Self.box + "faces: [a-]\nstart: {mean: 0.1, noise: 0}\nnoise: conserved\n"
          + "drive: {current: 0.1 C, until: {mean: 0.9}}\ncritical_current: {seeds: 2}",
        Self.box + "boundary: {a: periodic, c: periodic}\nmean_strain: {aa: 0.01, ac: 0.001}\n"
          + "mean_stress: {cc: 0.1 GPa}",
        Self.box + "boundary: {a: periodic, c: periodic}\nmean_strain: {cc: 0.01}\n"
          + "mean_stress: {aa: 0.1 GPa, ac: 1 MPa}",
        Self.box + "lines: [{from: {a: 1 nm, c: 2 nm, b: 3 nm}, to: {a: 4 nm, c: 5 nm, b: 6 nm}, "
          + "points: 9}]\nfields: [composition, stress]",
        Self.box + "probes: [{a: 10 nm, c: 20 nm}]\n"
          + "regions: [{a: [1 nm, 9 nm], c: [2 nm, 8 nm], b: [3 nm, 7 nm]}]",
        Self.box + "store_interval: {start: 1 s, end: 2 s, count: 3}\nlongest_step: 3 s",
        Self.box + "material: {name: x, stiffness: \(Self.stiffness), lattice: {a: 1 nm, b: 1 nm, "
          + "c: 1 nm}, eigenstrain: {a: 0.1, b: 0, c: 0}, reference_composition: 0.5, "
          + "end_members: {poor: \(Self.stiffness), rich: \(Self.stiffness)}}",
      ]
    let drives = Self.drives.map { Self.box + "faces: [a-]\n\($0)" }
    try check(SimulationText.self, texts + drives) { tree in
      let text = try CaseReading.decode(SimulationText.self, from: tree, path: "c.yaml")
      return try text.completed(in: "", of: "c.yaml", TestSession.communicator).effective
    }
  }

  /// One step, a list of them, steps that are repeated.
  private static let drives = [
    "drive: {current: 0.1 C, until: {mean: 0.9, voltage: 2.5 V, time: 9 h}}",
    "drive: {voltage: 3 V, until: {current: 0.01 C, mean: 0.9}}",
    "drive: {rest: true, until: {time: 1 h}}",
    "drive: [{current: 0.1 C, until: {mean: 0.9, voltage: 2.5 V, time: 9 h}}]",
    "drive: [{voltage: 3 V, until: {current: 0.01 C}}]",
    "drive: [{rest: true, until: {time: 1 h}}]",
    "drive: {repeat: 2, steps: [{current: 0.1 C, until: {mean: 0.9, voltage: 2.5 V, time: 9 h}}]}",
    "drive: [{repeat: 2, steps: [{voltage: 3 V, until: {current: 0.01 C}}]}]",
    "drive: {repeat: 2, steps: [{voltage: 3 V, until: {current: 0.01 C}}]}",
    "drive: {repeat: 2, steps: [{rest: true, until: {time: 1 h}}]}",
    "drive: [{repeat: 2, steps: [{current: 0.1 C, until: {mean: 0.9, voltage: 2.5 V, time: 9 h}}]}]",
    "drive: [{repeat: 2, steps: [{rest: true, until: {time: 1 h}}]}]",
  ]

  func testEveryPathOfAParticleInOneDimensionTakesItsDefault() throws {
    let line = "dimension: 1\nsize: {a: 90 nm}\nelements: {a: 30}\n"
    let texts = [
      "until: 1 h\nsurface: {composition: 0.9}\nstart: {mean: 0.1, skin: 9 nm}\ncritical_current: {}",
      "until: 1 h\nboundary: {a: periodic}\nensemble: {particles: 3}",
      "until: 1 h\nsurface: neutral\nstart: {front: 40 nm}\nlongest_step: 3 s\n"
        + "solid_solution: [0.1, 0.9]\nstore_interval: {start: 1 s, end: 2 s, count: 3}",
      "until: 1 h\nenergy: {double_well: {height: 0.03 eV, low: 0.1, high: 0.9}, thermal: 26 meV}",
      "until: 1 h\nenergy: {redlich_kister: [0.11 eV, -3 meV], chain_lengths: [1, 2]}",
      "until: 1 h\nenergy: {table: [[0.01, -1 meV], [0.02, 17 meV], [0.98, 15 meV], [0.99, 33 meV]], "
        + "gap: [0.02, 0.98]}",
      "until: 1 h\nenergy: {polynomial: [0 eV, 0 eV, 0.1 eV, -0.2 eV, 0.1 eV]}",
      "until: 1 h\nwindow: [2 V, 4 V]\nstore_at: [1 s]",
    ]
    try check(EnsembleText.self, (texts + Self.drives).map { line + $0 }) { tree in
      try CaseReading.decode(EnsembleText.self, from: tree, path: "c.yaml").effective
    }
  }

  func testADriveIsSetByItsKeysOrByTheStepsPlace() throws {
    func drive(_ text: String, _ path: String, _ value: String) throws -> String {
      var tree = try Self.tree("dimension: 1\nsize: {a: 9 nm}\nelements: {a: 3}\n" + text)
      try EnsembleText.set(try Self.tree(value), at: path, in: &tree)
      let text = try CaseReading.decode(EnsembleText.self, from: tree, path: "c.yaml")
      return text.lines(EnsembleText.fields).joined(separator: "\n")
    }
    let one = "drive: {current: 0.1 C, until: {mean: 0.9}}"
    XCTAssertTrue(try drive(one, "drive.current", "2 C").contains("current: 2.0 C"))
    XCTAssertTrue(try drive(one, "drive.until.mean", "0.7").contains("mean: 0.7"))
    let two = "drive: [{current: 0.1 C, until: {mean: 0.9}}, {rest: true, until: {time: 1 s}}]"
    XCTAssertTrue(try drive(two, "drive.2.until.time", "7 s").contains("time: 7.0 s"))
    XCTAssertTrue(try drive(one, "surface.composition", "0.8").contains("composition: 0.8"))
    XCTAssertTrue(try drive(one, "reaction.k0", "0.5 1/s").contains("k0: 0.5 1/s"))
    XCTAssertTrue(try drive(one, "size.a", "8 nm").contains("size: {a: 8.0 nm}"))
    XCTAssertThrowsError(try drive(two, "drive.current", "2 C")) { error in
      XCTAssertTrue("\(error)".contains("a place from 1 to 2"), "\(error)")
    }
  }

  func testEveryPathOfSimulateMayLeadToAFile() throws {
    // Read when the case is completed: here only what is written.
    var tree = try Self.tree(Self.box + "law: {file: l.h5, model: m1}")
    for (path, value) in [("law.file", "k.h5"), ("law.model", "m0"), ("material", "m.yaml")] {
      try SimulationText.set(Node(value), at: path, in: &tree)
      let text = try CaseReading.decode(SimulationText.self, from: tree, path: "c.yaml")
      XCTAssertTrue(text.lines(SimulationText.fields).joined().contains("\"\(value)\""), path)
    }
  }

  func testEveryPathOfDiffractTakesItsDefault() throws {
    let stated = "peaks: [{hkl: [1, 1, 1], effective_density: 4 1/um2, sd: 1 1/um2}]\n"
    let systems = "systems: [{label: e, burgers: [1/2, -1/2, 0], line: [1, 1, -2]}]\n"
    try check(
      DiffractCase.self,
      [
        Self.crystal + stated + systems + "fixed: {e: 1 1/um2}\nsensitivity: {e: 1 1/um2}\n",
        Self.crystal.replacing(": {name", with: ": [{name").replacing("75}}", with: "75}}]")
          + stated,
        "crystal: lfp\nwavelength: 1 A\ncolumns: {position: 1, intensity: 2}\n"
          + "peaks: [{file: p.xy, hkl: [1, 0, 1], columns: {position: 1, intensity: 2}, "
          + "instrument: {file: s.xy, columns: {position: 1, intensity: 2, sigma: 4}}}]\n"
          + "instrument: {file: s.xy, columns: {position: 1, intensity: 2}}\n"
          + "fit: {start: 4}\nsampling: {samples: 1000}\n",
      ]
    ) { tree in
      try CaseReading.decode(DiffractCase.self, from: tree, path: "c.yaml").effective
    }
  }

  func testEveryPathOfDislocationTakesItsDefault() throws {
    try check(
      DislocationText.self,
      [
        Self.crystal + "burgers: [1/2, -1/2, 0]\nline: [1, 1, -2]\nplane: [1, 1, 1]\n"
          + "reflections: [[1, 1, 1]]\npoints: [[10, 0, 0]]\naverage: none\n"
      ]
    ) { tree in
      _ = try CaseReading.decode(DislocationCase.self, from: tree, path: "c.yaml")
      let text = try CaseReading.decode(DislocationText.self, from: tree, path: "c.yaml")
      return text.lines(DislocationText.fields).joined(separator: "\n")
    }
  }

  func testEveryPathOfLearnAndResidualTakesItsDefault() throws {
    try check(LearnCase.self, ["stacks: [a.h5]\n", "stacks: [a.h5]\nterms: [2]\ntest: [P1]\n"]) {
      try CaseReading.decode(LearnCase.self, from: $0, path: "c.yaml")
        .lines(LearnCase.fields).joined(separator: "\n")
    }
    try check(ResidualCase.self, ["stacks: [a.h5]\nlaw: l.h5\n"]) {
      try CaseReading.decode(ResidualCase.self, from: $0, path: "c.yaml")
        .lines(ResidualCase.fields).joined(separator: "\n")
    }
  }

  func testAPathSetsWhatItNames() throws {
    var tree = try Self.tree(
      Self.box + "voids: [{a: 9 nm, c: 9 nm, radius: 3 nm}, {cylinder: {a: 9 nm, c: 9 nm, "
        + "radius: 2 nm}}]\nenergy:\n")
    for (path, value) in [
      ("elements.a", "64"), ("start.amplitude", "0.3"), ("voids.2.cylinder.radius", "5 nm"),
      ("energy.omega", "0.12 eV"), ("kappa", "9 eV nm2"), ("store_at", "[1 s, 2 s]"),
    ] {
      try SimulationText.set(try Self.tree(value), at: path, in: &tree)
    }
    let text = try CaseReading.decode(SimulationText.self, from: tree, path: "c.yaml")
    let lines = text.lines(SimulationText.fields).joined(separator: "\n")
    for words in [
      "elements: {a: 64, c: 24, b: 0}", "amplitude: 0.3", "radius: 5.0 nm", "omega: 0.12 eV",
      "kappa: {a: 9.0 eV nm2", "store_at: [1.0 s, 2.0 s]", "radius: 3.0 nm",
    ] {
      XCTAssertTrue(lines.contains(words), "\(words): \(lines)")
    }
  }

  func testADeclaredPathSaysItsFormAndDefault() throws {
    func path(_ name: String) throws -> CasePath {
      try XCTUnwrap(SimulationText.paths.first { $0.name == name }, name)
    }
    XCTAssertEqual(try path("tolerance").words, "a number from 1e-08 to 0.1")
    XCTAssertEqual(try path("tolerance").value, "0.002")
    XCTAssertEqual(try path("kappa.b").value, "1340.0 eV nm2")
    XCTAssertTrue(try path("material.stiffness.C11").words.contains("GPa"))
    XCTAssertEqual(try path("elements.a").usual, CasePath.required)
    XCTAssertEqual(try path("voids.#.box.size.b").usual, "through")
    XCTAssertTrue(try path("start.noise").isLeaf)
    XCTAssertFalse(try path("start").isLeaf)
    XCTAssertEqual(DiffractCase.paths.filter { $0.name == "sampling.seed" }.first?.value, "1")
  }

  func testAWrongPathIsRefusedWithTheNearest() throws {
    let text = Self.box + "material: lfp\nvoids: [{a: 9 nm, c: 9 nm, radius: 3 nm}]\n"
    for (path, place, words) in [
      ("start.amplitud", "start", "unknown key \"amplitud\"; did you mean \"amplitude\""),
      ("strat.amplitude", "", "unknown key \"strat\"; did you mean \"start\""),
      ("elements.a.b", "elements.a", "found \"b\" below it"),
      ("", "", "unknown key \"\""), ("start.", "start", "unknown key \"\""),
      ("material.stiffness.C11", "material", "found \"lfp\", expected a mapping"),
      ("voids.radius", "voids", "found \"radius\", expected a place in the list, from 1"),
      ("voids.0.radius", "voids", "expected a place in the list, from 1"),
      ("voids.2.radius", "voids", "found \"2\", expected a place from 1 to 1"),
    ] {
      var tree = try Self.tree(text)
      let before = tree
      do {
        try SimulationText.set("1", at: path, in: &tree)
        XCTFail(path)
      } catch {
        XCTAssertEqual(error.path.joined(separator: "."), place, path)
        XCTAssertTrue(error.problem.contains(words), error.problem)
        XCTAssertEqual(tree, before, path)
      }
    }
  }
}
