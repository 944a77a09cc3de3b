// SPDX-License-Identifier: Apache-2.0

import Foundation
import Parallel
import Physics

/// Rows A1 to A9 of the verification tables: dislocations.
///
/// Every rank computes the same numbers; none of the studies communicates or depends on the seed.
enum DislocationStudies {
  static let all = rows.map { row in
    Study(row.id, row.title) { (_, _, _) throws(ParallelError) in
      do { return try row.compute() } catch {
        // The cases are built in: only a bug makes one of them impossible.
        throw ParallelError(.library, "\(row.id): \(error)")
      }
    }
  }

  /// A row and what computes it.
  struct Row: Sendable {
    let id: String
    let title: String
    let compute: @Sendable () throws -> [StudyResult]
  }

  static let rows = [
    Row(id: "A1", title: "Table S3: K and K b² of 26 candidates", compute: energyTable),
    Row(id: "A2", title: "Foreman's closed forms", compute: closedForms),
    Row(id: "A3", title: "Table S2: 150 contrast factors", compute: contrastTable),
    Row(id: "A4", title: "screening by K b²", compute: screening),
    Row(id: "A5", title: "isotropic limits", compute: isotropicLimits),
    Row(id: "A6", title: "titanium and copper", compute: metals),
    Row(id: "A7", title: "strain of type D", compute: strains),
    Row(id: "A8", title: "Stroh roots and rotation of type D", compute: rootsAndRotation),
    Row(
      id: "A9", title: "circuit, balance, incompatibility, convolution, invariances",
      compute: fieldIdentities),
  ]

  /// The candidate of a label; the first where there is none, which the numbers then show.
  static func candidate(_ label: String) -> SlipSystem {
    SlipSystem.olivineCandidates.first { $0.label == label } ?? SlipSystem.olivineCandidates[0]
  }

  /// The five contrast factors of Table S2 for a label.
  static func contrasts(_ label: String, in crystal: Crystal) throws(CrystalError) -> [Double] {
    let factors = ContrastFactors(try StraightDislocation(candidate(label), in: crystal))
    var row: [Double] = []
    for reflection in PaperTables.reflections {
      row.append(try factors.factor(of: reflection, in: crystal, averaged: true))
    }
    return row
  }

  @Sendable private static func energyTable() throws -> [StudyResult] {
    var (factorError, energyError) = (0.0, 0.0)
    var corrected: [StudyResult] = []
    for (row, candidate) in zip(PaperTables.energies, SlipSystem.olivineCandidates) {
      let dislocation = try StraightDislocation(candidate, in: .lithiumIronPhosphate)
      let factor = dislocation.energyFactor / gigapascal
      let energy = dislocation.energyPerLength / nanojoulePerMetre
      let right = PaperTables.corrected(
        [row.energyFactor, row.energy], label: row.label, crystal: "LiFePO4",
        misprints: PaperTables.energyMisprints)
      if right == [row.energyFactor, row.energy] {
        factorError = max(factorError, abs(factor - right[0]))
        energyError = max(energyError, abs(energy - right[1]))
      } else {
        corrected += [
          StudyResult("K of \(row.label) (GPa)", factor, target: right[0], tolerance: 0.006),
          StudyResult("K b² of \(row.label) (nJ/m)", energy, target: right[1], tolerance: 0.051),
        ]
      }
    }
    return [
      StudyResult("20 printed K, largest deviation (GPa)", factorError, atMost: 0.006),
      StudyResult("20 printed K b², largest deviation (nJ/m)", energyError, atMost: 0.051),
    ] + corrected
  }

  @Sendable private static func closedForms() throws -> [StudyResult] {
    let edges = [
      ("A", 73.748604), ("D", 72.175373), ("I", 72.019101), ("G", 67.319077),
      ("[100](010)[001]", 61.769251), ("[100](001)[010]", 64.672121),
    ]
    let screws = [
      ("[010](100)[010]", (36.8 * 47.6).squareRoot()),
      ("[001](100)[001]", (36.8 * 50.6).squareRoot()),
      ("[100](010)[100]", (50.6 * 47.6).squareRoot()),
    ]
    return try (edges + screws).map { label, target in
      let factor = try StraightDislocation(
        candidate(label), in: .lithiumIronPhosphate
      ).energyFactor
      // 1e-6 of the smallest.
      return StudyResult(
        "K of \(label) (GPa)", factor / gigapascal, target: target, tolerance: 4e-5)
    }
  }

  @Sendable private static func contrastTable() throws -> [StudyResult] {
    var printedError = 0.0
    var correctedError = 0.0
    for row in PaperTables.contrasts {
      for crystal in [Crystal.ironPhosphate, .lithiumIronPhosphate] {
        let printed = row.row(of: crystal)
        let right = PaperTables.corrected(
          printed, label: row.label, crystal: crystal.name,
          misprints: PaperTables.contrastMisprints)
        let computed = try contrasts(row.label, in: crystal)
        for column in computed.indices {
          let error = abs(computed[column] - right[column])
          if printed[column] == right[column] {
            printedError = max(printedError, error)
          } else {
            correctedError = max(correctedError, error)
          }
        }
      }
    }
    return [
      StudyResult("printed numbers, largest deviation", printedError, atMost: 1e-4),
      StudyResult("corrected numbers, largest deviation", correctedError, atMost: 1e-4),
      StudyResult("time for 26 × 5 × 2 contrast factors (s)", try seconds(), atMost: 0.1),
    ]
  }

  private static func seconds() throws -> Double {
    let start = ContinuousClock.now
    var sum = 0.0
    for crystal in Crystal.bundled {
      for candidate in SlipSystem.olivineCandidates {
        let factors = ContrastFactors(try StraightDislocation(candidate, in: crystal))
        for reflection in PaperTables.reflections {
          sum += try factors.factor(of: reflection, in: crystal, averaged: true)
        }
      }
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    return sum.isFinite ? elapsed : .nan
  }

  @Sendable private static func screening() throws -> [StudyResult] {
    let kept = try SlipSystem.screened(
      SlipSystem.olivineCandidates, in: .lithiumIronPhosphate, below: 30 * nanojoulePerMetre)
    let labels = kept.map(\.label).sorted().joined()
    return [
      StudyResult("candidates kept", Double(kept.count), target: 15, tolerance: 0),
      StudyResult(
        "kept and labelled A…O (found \(labels))", labels == "ABCDEFGHIJKLMNO" ? 1 : 0,
        target: 1, tolerance: 0),
    ]
  }

  @Sendable private static func strains() throws -> [StudyResult] {
    try typeD.flatMap { row in
      let dislocation = try StraightDislocation(candidate("D"), in: row.crystal)
      let errors = zip(typeDPoints, row.strains).map { point, target in
        let strain = dislocation.strain(at: point)
        let found = SIMD3(strain.first.x, strain.third.z, strain.first.z)
        return largestComponent(found - target)
      }
      return [
        StudyResult(
          "\(row.crystal.name): strain at 4 points, largest deviation", errors.max() ?? .nan,
          atMost: 2e-7)
      ]
    }
  }

  @Sendable private static func rootsAndRotation() throws -> [StudyResult] {
    try typeD.flatMap { row in
      let dislocation = try StraightDislocation(candidate("D"), in: row.crystal)
      let errors = zip(typeDPoints, row.rotations).map { point, target in
        // θ = ½(∂v_c/∂a − ∂u_a/∂c) turns the other way round than the vector along +b.
        abs(-dislocation.rotation(at: point).y - target)
      }
      return zip(dislocation.roots, row.roots).map { root, target in
        StudyResult(
          "\(row.crystal.name): root, imaginary part", root.imaginary, target: target,
          tolerance: 1e-6)
      } + [
        StudyResult(
          "\(row.crystal.name): rotation at 4 points, largest deviation (rad)",
          errors.max() ?? .nan, atMost: 2e-7)
      ]
    }
  }

  /// The points (a, c) of rows A7 and A8.
  private static let typeDPoints = [(10.0, 0.0), (0, 10), (10, 10), (-7, 3)].map {
    SIMD3($0.0 * angstrom, 0, $0.1 * angstrom)
  }

  private static let typeD: [TypeD] = [
    TypeD(
      crystal: .ironPhosphate,
      strains: [
        SIMD3(-0.0230990, -0.0263669, 0), SIMD3(0, 0, 0.0505987),
        SIMD3(0.0130964, -0.0396349, 0.0017197), SIMD3(0.0071034, 0.0536680, -0.0187108),
      ],
      rotations: [0, 0.0736977, 0.0379151, 0.0417113],
      roots: [0.774607, 0.835369, 1.130974]),
    TypeD(
      crystal: .lithiumIronPhosphate,
      strains: [
        SIMD3(-0.0262384, -0.0235107, 0), SIMD3(0, 0, 0.0538031),
        SIMD3(0.0126449, -0.0361191, -0.0013821), SIMD3(0.0136328, 0.0453636, -0.0181050),
      ],
      rotations: [0, 0.0800415, 0.0375012, 0.0375465],
      roots: [0.879266, 0.962475, 1.159531]),
  ]

  /// The targets of rows A7 and A8 for one crystal, from independent code.
  private struct TypeD: Sendable {
    let crystal: Crystal
    /// ε_aa, ε_cc, ε_ac.
    let strains: [SIMD3<Double>]
    let rotations: [Double]
    let roots: [Double]
  }
}
