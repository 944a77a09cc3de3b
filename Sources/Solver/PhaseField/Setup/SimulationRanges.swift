// SPDX-License-Identifier: Apache-2.0

import Parallel
import Physics

extension SimulationSetup {
  /// The least share of an element that an interface may be wide.
  static let leastPartAcross = 0.1

  /// Refuses constants with which sums of squares, counts of elements or the compositions of the
  /// phases leave the range of numbers.
  ///
  /// Without communication.
  func checkNumbers() throws(ParallelError) {
    for (axis, length) in [("a", size.x), ("c", size.y), ("b", size.z)] {
      try check("size.\(axis)", length, "nm", within: 1e-3...1e9)
    }
    let depth = elements.z == 0 ? [] : [("b", size.z / Double(elements.z))]
    let edges =
      [("a", size.x / Double(elements.x)), ("c", size.y / Double(elements.y))] + depth
    if let longest = edges.max(by: { $0.1 < $1.1 }), let shortest = edges.min(by: { $0.1 < $1.1 }),
      longest.1 > 1000 * shortest.1
    {
      throw ParallelError(
        .input,
        "elements: found edges of \(longest.1) nm along \(longest.0) and \(shortest.1) nm along "
          + "\(shortest.0), expected a ratio of at most 1000")
    }
    for (axis, kappa, flow) in [
      ("a", model.kappa.x, model.diffusivity.x), ("c", model.kappa.y, model.diffusivity.y),
      ("b", model.kappa.z, model.diffusivity.z),
    ] {
      try check("kappa.\(axis)", kappa, "eV nm2", within: 1e-12...1e15)
      try check("diffusivity.\(axis)", flow, "nm2/s", within: 1e-30...1e30)
    }
    try checkEnergy()
    try checkElasticity()
    let rounding = model.rounding(
      Directions(edges[0].1, edges[1].1, elements.z == 0 ? .infinity : size.z / Double(elements.z)))
    guard rounding <= 1e-5 else {
      throw ParallelError(
        .input,
        "kappa: the rounding of X alone makes an error of \(rounding) kT in the potential of "
          + "neighbouring nodes, expected at most 1e-5: take a smaller kappa, such as that of an "
          + "interface as wide as the box, or larger elements")
    }
    guard let across = elementsAcross, across < SimulationSetup.leastPartAcross else { return }
    throw ParallelError(
      .input,
      "kappa: the interface is \(across) elements wide, expected at least "
        + "\(SimulationSetup.leastPartAcross), else the grid holds nothing of it: refine the grid or "
        + "let kappa be larger")
  }

  private func check(
    _ item: String, _ value: Double, _ unit: String, within range: ClosedRange<Double>
  ) throws(ParallelError) {
    guard range.contains(value) else {
      throw ParallelError(
        .input,
        "\(item): found \(value) \(unit), expected \(range.lowerBound) to \(range.upperBound) \(unit)"
      )
    }
  }

  private func checkEnergy() throws(ParallelError) {
    switch model.energy {
    case .regularSolution(let law):
      try check("energy.thermal", law.thermalEnergy, "eV", within: 1e-9...1e6)
      // Beyond, the phases are nearer to 0 and 1 than numbers near 1 are to each other.
      let most = 25 * law.thermalEnergy
      try check("energy.omega", law.omega, "eV", within: -most...most)
    case .redlichKister(let law):
      let thermal = law.entropy.thermalEnergy
      try check("energy.thermal", thermal, "eV", within: 1e-9...1e6)
      for (order, coefficient) in law.coefficients.enumerated() {
        try check(
          "energy.redlich_kister: L_\(order)", coefficient, "eV",
          within: -25 * thermal...25 * thermal)
      }
    case .tabulated(let law):
      try check("energy.thermal", law.thermalEnergy, "eV", within: 1e-9...1e6)
    case .polynomial(let law):
      for (power, coefficient) in law.coefficients.enumerated() {
        try check("energy: coefficient \(power)", coefficient, "eV", within: -1e9...1e9)
      }
    }
    try check("energy: curvature of the phases", model.energyScale, "eV", within: 1e-12...1e12)
  }

  private func checkElasticity() throws(ParallelError) {
    guard let elastic = model.elasticity else { return }
    try check("site_density", elastic.stiffness.sitesPerVolume, "1/nm3", within: 1e-6...1e6)
    for (axis, powers) in [
      ("a", elastic.eigenstrain.x), ("c", elastic.eigenstrain.y), ("b", elastic.eigenstrain.z),
    ] {
      guard powers.count <= ElasticModel.termLimit else {
        throw ParallelError(
          .input,
          "law: found \(powers.count) terms along \(axis), expected at most "
            + "\(ElasticModel.termLimit)")
      }
      for step in 0...20 {
        let s = Double(step) / 20 - elastic.reference
        let strain = powers.reversed().reduce(0) { ($0 + $1) * s }
        try check(
          "eigenstrain along \(axis) at X = \(Double(step) / 20)", strain, "", within: -1...1)
      }
    }
    let stiffness = elastic.stiffness
    for value in [stiffness.xx, stiffness.yy, stiffness.shearXY] {
      try check(
        "material: stiffness", value * stiffness.sitesPerVolume, "eV/nm3", within: 1e-6...1e6)
    }
  }
}
