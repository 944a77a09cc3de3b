// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

/// What is told about one dislocation.
struct DislocationReport {
  private let value: DislocationCase
  private let contrasts: [(reflection: Reflection, factor: Double, lambda: Double)]

  /// Computes it.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for a reflection that is none.
  init(_ value: DislocationCase) throws(ParallelError) {
    self.value = value
    let factors = ContrastFactors(value.dislocation)
    let averaged = value.average == .equivalent
    var rows: [(reflection: Reflection, factor: Double, lambda: Double)] = []
    do throws(CrystalError) {
      for reflection in value.reflections {
        rows.append(
          (
            reflection,
            try factors.factor(of: reflection, in: value.crystal, averaged: averaged),
            try factors.geometricFactor(of: reflection, in: value.crystal, averaged: averaged)
          ))
      }
    } catch {
      throw ParallelError(.input, "\(error.key): \(error)")
    }
    contrasts = rows
  }

  /// The keys of docs/formats.md.
  var json: [String: JSONValue] {
    let dislocation = value.dislocation
    let group = value.crystal.group
    let displacement = DislocationDisplacement(dislocation)
    let strains = value.points.map { DislocationReport.voigt(dislocation.strain(at: $0)) }
    let stresses = value.points.map {
      DislocationReport.voigt((1 / gigapascal) * dislocation.stress(at: $0))
    }
    let displacements = value.points.map {
      DislocationReport.list((1 / angstrom) * displacement.displacement(at: $0))
    }
    let distortions = value.points.map { point in
      let rows = dislocation.distortion(at: point)
      return JSONValue.numbers(
        [rows.first, rows.second, rows.third].flatMap { [$0.x, $0.y, $0.z] })
    }
    return [
      "crystal": .text(value.crystal.name),
      "symmetry": .text(group.system.rawValue),
      "laue_group": .text(group.symbol),
      "character": .text(dislocation.character.rawValue),
      "K_GPa": .number(dislocation.energyFactor / gigapascal),
      "Kb2_nJ_per_m": .number(dislocation.energyPerLength / nanojoulePerMetre),
      "burgers_A": .number(length(dislocation.burgers) / angstrom),
      "roots": .list(dislocation.roots.map { .numbers([$0.real, $0.imaginary]) }),
      "average": .text(value.average.rawValue),
      "contrast": keyed(\.factor),
      "lambda": keyed(\.lambda),
      "strain": .list(strains),
      "stress_GPa": .list(stresses),
      "distortion": .list(distortions),
      "rotation": .list(value.points.map { DislocationReport.list(dislocation.rotation(at: $0)) }),
      "displacement_A": .list(displacements),
    ]
  }

  /// Shows it as tables.
  func show(on console: Console) {
    let dislocation = value.dislocation
    let group = value.crystal.group
    console.line(
      "\(value.crystal.name), \(group.system) (Laue group \(group.symbol)), "
        + "\(dislocation.character.rawValue) dislocation")
    var table = Table("quantity", "value", "unit")
    table.add("K", Table.number(dislocation.energyFactor / gigapascal), "GPa")
    table.add("K b²", Table.number(dislocation.energyPerLength / nanojoulePerMetre), "nJ/m")
    table.add("b", Table.number(length(dislocation.burgers) / angstrom), "Å")
    for (index, root) in dislocation.roots.enumerated() {
      // What is rounding beside the root's size would only distract.
      let real = abs(root.real) < 1e-10 * root.imaginary ? 0 : root.real
      table.add(
        "Stroh root \(index + 1)",
        "\(Table.number(real)) + \(Table.number(root.imaginary))i", "1")
    }
    console.table(table)
    showContrasts(on: console)
    showStrains(on: console)
  }

  private func showContrasts(on console: Console) {
    guard !contrasts.isEmpty else { return }
    var table = Table("h k l", "contrast factor", "Lambda", "mean over")
    for row in contrasts {
      let count =
        value.average == .none ? 1 : value.crystal.equivalents(of: row.reflection).count
      table.add(
        row.reflection.description, Table.number(row.factor), Table.number(row.lambda), "\(count)")
    }
    console.table(table)
  }

  private func showStrains(on console: Console) {
    guard !value.points.isEmpty else { return }
    var table = Table("x y z [Å]", "e_aa", "e_bb", "e_cc", "e_bc", "e_ac", "e_ab")
    for point in value.points {
      let place = (1 / angstrom) * point
      let strain = value.dislocation.strain(at: point)
      // What is rounding beside the largest component would only distract.
      func cell(_ component: Double) -> String {
        Table.number(abs(component) < 1e-12 * strain.largest ? 0 : component)
      }
      table.add(
        "\(Table.number(place.x)) \(Table.number(place.y)) \(Table.number(place.z))",
        cell(strain.first.x), cell(strain.second.y), cell(strain.third.z),
        cell(strain.second.z), cell(strain.first.z), cell(strain.first.y))
    }
    console.table(table)
  }

  private func keyed(
    _ number: KeyPath<(reflection: Reflection, factor: Double, lambda: Double), Double>
  ) -> JSONValue {
    var members: [String: JSONValue] = [:]
    for row in contrasts { members[row.reflection.description] = .number(row[keyPath: number]) }
    return .object(members)
  }

  /// aa bb cc bc ac ab, tensor components.
  private static func voigt(_ tensor: Matrix3) -> JSONValue {
    .numbers([
      tensor.first.x, tensor.second.y, tensor.third.z, tensor.second.z, tensor.first.z,
      tensor.first.y,
    ])
  }

  private static func list(_ vector: SIMD3<Double>) -> JSONValue {
    .numbers([vector.x, vector.y, vector.z])
  }
}
