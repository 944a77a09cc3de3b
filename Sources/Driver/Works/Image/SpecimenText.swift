// SPDX-License-Identifier: Apache-2.0

import Foundation
import Instruments
import Numerics
import Parallel
import PhaseField
import Physics

/// A file of virtual specimens and of the microscope that sees them.
struct SpecimenText: CaseMapping {
  private var outline = OutlineKeys()
  private var pattern = PatternKeys()
  private var material: MaterialKeys?
  private var law: LawKeys?
  private var depth = 100.0
  private var thickness: ThicknessKeys?
  private var orientation = Orientation.fixed
  private(set) var particles = 1
  private(set) var tests = 0
  private(set) var refine = 2
  var instrument = InstrumentKeys()

  /// How the patterns of several particles differ.
  private enum Orientation: String, CaseIterable { case fixed, random }

  static var fields: [CaseField<SpecimenText>] {
    specimen + InstrumentKeys.fields.map { $0.of(\.instrument) }
  }

  static var specimen: [CaseField<SpecimenText>] {
    [
      .init(
        "outline", required: \.outline, .mapping,
        "one of these, about the middle unless `centre` says where; not a stack"),
      .init("pattern", required: \.pattern, .mapping, "how the composition lies: one of these"),
      .init(
        "material", optional: \.material, .material, unless: "lfp",
        "`lfp`, a material file, or its keys"),
      .init(
        "law", optional: \.law, .law, unless: "the material's, linear",
        "the truth: a law file of `vegard learn`, `{file, model}`, or `{a: […], c: […]}` in its Legendre "
          + "basis, with any number of terms"),
      .init("depth", \.depth, .length, "along b, which a tilted beam sees"),
      .init("thickness", optional: \.thickness, .mapping, unless: "even", "how it varies"),
      .init("particles", \.particles, .integer(in: 1...10_000), "how many"),
      .init(
        "tests", \.tests, .integer(in: 0...9_999),
        "how many of these, the last ones, have the role `test`"),
      .init(
        "orientation", \.orientation, .choice,
        "whether the normal is that of the pattern in all particles, whose stripes then differ by their "
          + "place only, or drawn at random"),
      .init(
        "refine", \.refine, .integer(in: 1...16),
        "cells along a pixel on which the strain is computed"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    instrument.arrange()
    guard outline.mask == nil else {
      throw CaseError(
        keys.path + ["outline", "stack"], "found a stack, expected an outline that is drawn")
    }
    guard tests < particles else {
      throw keys.problem("tests", "found \(tests), expected less than \(particles) particles")
    }
  }

  /// The tables of docs/image.md.
  static var documents: [(name: String, table: String)] {
    [
      ("specimen", CaseDocument.table(specimen)),
      ("pattern", CaseDocument.table(PatternKeys.fields)),
      ("instrument", CaseDocument.table(InstrumentKeys.fields)),
      ("noise", CaseDocument.table(NoiseKeys.fields)),
    ]
  }

  /// What the particles are made of; files are relative to `folder`.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` for a material, a law or an outline that
  ///   cannot be.
  func specimens(
    in folder: String, of path: String, _ communicator: Communicator
  ) throws(ParallelError) -> [Specimen] {
    let material = try self.material?.material(in: folder, communicator) ?? .lithiumIronPhosphate
    let law = try self.law?.law(in: folder, of: material, communicator) ?? material.linearLaw
    var shape: Shape?
    do throws(CaseProblem) {
      shape = try outline.shape(size: Directions(0, 0, 0), lattice: material.referenceLattice)
    } catch {
      throw ParallelError(.input, "\(path): \(error.sentence)")
    }
    guard let shape else { throw ParallelError(.input, "\(path): outline: found no shape") }
    let draws = IndexedNoise(seed: instrument.seed)
    return (0..<particles).map { place in
      var pattern = pattern.pattern(material.referenceLattice)
      switch orientation {
      case .fixed: pattern.phase = 2 * .pi * Double(place) / Double(particles)
      case .random:
        pattern.angle = .pi * draws.uniform(stream: -1, index: 2 * place)
        pattern.phase = 2 * .pi * draws.uniform(stream: -1, index: 2 * place + 1)
      }
      var specimen = Specimen(
        outline: shape, pattern: pattern, law: law, stiffness: material.stiffness.planeStress)
      specimen.depth = depth
      if let thickness {
        (specimen.wedge, specimen.wedgeAngle) = (thickness.variation, thickness.angle)
      }
      return specimen
    }
  }
}

extension Material {
  /// The material's own eigenstrain as a law: φ₁ = 2 (X − X_r).
  var linearLaw: EigenstrainLaw {
    EigenstrainLaw(
      a: [eigenstrain.a / 2], c: [eigenstrain.c / 2], reference: referenceComposition)
  }
}

/// How the composition lies in a specimen.
private struct PatternKeys: CaseMapping {
  private var stripes: StripeKeys?
  private var boundary: BoundaryPatternKeys?
  private var gradient: GradientKeys?
  private var core: CoreKeys?
  private var angle: Double?
  private var phases = [0.0, 1.0]

  static var fields: [CaseField<PatternKeys>] {
    [
      .init(
        "stripes", optional: \.stripes, .mapping, unless: "none", "both phases, again and again"),
      .init(
        "boundary", optional: \.boundary, .mapping, unless: "none", "one phase boundary"),
      .init(
        "gradient", optional: \.gradient, .mapping, unless: "none", "from one phase to the other"),
      .init("core", optional: \.core, .mapping, unless: "none", "a core in a shell"),
      .init(
        "angle", optional: \.angle, .quantity(.angle, "rad"), unless: "that of {101}",
        "the normal of the boundaries, from a towards c"),
      .init(
        "phases", \.phases, .quantities(.ratio), "the two compositions, the shell's first"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    let kinds = ["stripes", "boundary", "gradient", "core"]
    let found = kinds.filter { keys.has($0) }
    guard found.count == 1 else {
      throw CaseError(
        keys.path,
        "found \(found.isEmpty ? "nothing" : found.joined(separator: " and ")), "
          + "expected one of \(kinds.joined(separator: ", "))")
    }
    guard phases.count == 2, phases.allSatisfy({ (-1...2).contains($0) }) else {
      throw keys.problem("phases", "found \(phases), expected two compositions")
    }
  }

  /// The pattern; the normal of {101} is that of the lattice.
  func pattern(_ lattice: LatticeParameters) -> CompositionPattern {
    var kind = CompositionPattern.Kind.gradient(length: gradient?.length ?? 1)
    if let stripes { kind = .stripes(period: stripes.period, width: stripes.width) }
    if let boundary { kind = .boundary(position: boundary.position, width: boundary.width) }
    if let core { kind = .core(radius: core.radius, width: core.width) }
    var pattern = CompositionPattern(kind)
    pattern.angle = angle ?? atan2(1 / lattice.c, 1 / lattice.a)
    pattern.phases = SIMD2(phases[0], phases[1])
    return pattern
  }
}

private struct StripeKeys: CaseMapping {
  var (period, width) = (600.0, 100.0)

  static var fields: [CaseField<StripeKeys>] {
    [
      .init("period", \.period, .length, "of a pair"),
      .init("width", \.width, .length, "of a boundary, from 15 to 85 % of the step"),
    ]
  }
}

private struct BoundaryPatternKeys: CaseMapping {
  var (position, width) = (0.0, 100.0)

  static var fields: [CaseField<BoundaryPatternKeys>] {
    [
      .init("position", \.position, .place, "from the middle, along the normal"),
      .init("width", \.width, .length, "from 15 to 85 % of the step"),
    ]
  }
}

private struct GradientKeys: CaseMapping {
  var length = 1000.0

  static var fields: [CaseField<GradientKeys>] {
    [.init("length", \.length, .length, "from one phase to the other, about the middle")]
  }
}

private struct CoreKeys: CaseMapping {
  var (radius, width) = (200.0, 100.0)

  static var fields: [CaseField<CoreKeys>] {
    [
      .init("radius", \.radius, .length, "of the core"),
      .init("width", \.width, .length, "of its boundary, from 15 to 85 % of the step"),
    ]
  }
}

private struct ThicknessKeys: CaseMapping {
  var (variation, angle) = (0.0, 0.0)

  static var fields: [CaseField<ThicknessKeys>] {
    [
      .init(
        "variation", \.variation, .number(in: -1.9...1.9),
        "v: from 1 − v/2 to 1 + v/2 across the particle"),
      .init("angle", \.angle, .quantity(.angle, "rad"), "the direction, from a towards c"),
    ]
  }
}
