// SPDX-License-Identifier: Apache-2.0

import Parallel

extension SimulationSetup {
  /// What the geometry comes to.
  public struct Solid: Sendable {
    /// The volume of the material in nm³.
    public var volume = 0.0
    /// The share of the box that is empty.
    public var voidFraction = 0.0
    /// The share of the outline that is empty.
    public var porosity = 0.0
    /// Pores: elements less than half full inside the outline, that hang together by their faces.
    public var pores = 0
    /// Parts that were taken out because they do not touch the largest one.
    public var fragments = Fragments()
    /// Elements without material, and with some.
    public var emptyElements = 0
    /// Elements that a surface cuts.
    public var cutElements = 0
    /// The smallest volume fraction of an element with material.
    public var smallestFraction = 1.0
    /// Nodes that touch material.
    public var nodes = 0

    /// Porosity, pores and what was taken out, for the log; nil for a body without them.
    public var sentence: String? {
      guard porosity > 0 || fragments.count > 0 else { return nil }
      func percent(_ share: Double) -> String { "\((share * 1e5).rounded() / 1e3) %" }
      func count(_ number: Int, _ name: String) -> String {
        "\(number) \(name)\(number == 1 ? "" : "s")"
      }
      let taken =
        fragments.count > 0
        ? "; taken out: \(count(fragments.count, "fragment")), "
          + "\(percent(fragments.volume / (volume + fragments.volume))) of the solid"
        : ""
      return "the particle has a porosity of \(percent(porosity)) in \(count(pores, "pore"))"
        + taken
    }
  }

  /// Parts of the solid that were taken out.
  public struct Fragments: Sendable {
    /// How many.
    public var count = 0
    /// Their volume in nm³, with that of crumbs that touched no part.
    public var volume = 0.0
  }

  /// Takes out of the solid what does not hang on its largest part.
  ///
  /// Collective.
  func removeFragments(
    _ fractions: VolumeFractions, _ grid: StructuredGrid
  ) throws(ParallelError) -> Fragments {
    let (weights, least) = (fractions.weights[0], ElementParts.threshold * grid.elementVolume)
    func total() throws(ParallelError) -> Double {
      var sum = 0.0
      grid.forOwnElements { place, _, _, _ in sum += weights[place] }
      return try grid.communicator.sum(sum)
    }
    let parts = try ElementParts(grid) { weights[$0] >= least }
    let volumes = try parts.volumes(weights)
    guard let largest = volumes.indices.max(by: { volumes[$0] < volumes[$1] }) else {
      return Fragments()
    }
    let before = try total()
    try parts.keep(largest, fractions)
    return Fragments(count: volumes.count - 1, volume: max(0, before - (try total())))
  }

  /// Checks the volume fractions and sums them up.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `input` where nothing is left of the particle or it is in
  ///   parts.
  func solid(
    _ grid: StructuredGrid, _ fractions: VolumeFractions, _ removed: Fragments
  ) throws(ParallelError) -> Solid {
    var summary = try Solid(grid, fractions)
    guard summary.volume > 0 else {
      let culprit =
        !maps.isEmpty
        ? "\(maps[0].file): it holds no material in the outline"
        : voids.isEmpty ? "outline: it holds nothing" : "voids: they fill the particle"
      throw ParallelError(.input, "\(culprit), nothing is left of it")
    }
    let (weights, least) = (fractions.weights[0], ElementParts.threshold * grid.elementVolume)
    // Crumbs smaller than an element hang on elements below the threshold.
    let parts = try ElementParts(grid) { weights[$0] >= least }.volumes(weights)
      .filter { $0 >= grid.elementVolume }.sorted(by: >)
    guard parts.count < 2 else {
      let shares = parts.prefix(4).map { "\(($0 / summary.volume * 1000).rounded() / 10) %" }
      let advice = maps.isEmpty ? "" : "; tomogram.fragments: remove keeps the largest"
      throw ParallelError(
        .input,
        "the solid is in \(parts.count) parts that do not touch, of "
          + "\(shares.joined(separator: ", ")) of its volume; expected one (elements at least "
          + "\(Int(100 * ElementParts.threshold)) % full hang together by their faces)\(advice)")
    }
    summary.fragments = removed
    try addPores(to: &summary, grid, weights)
    return summary
  }

  /// Compares the solid with the outline that it fills without voids and tomograms.
  ///
  /// Collective.
  private func addPores(
    to summary: inout Solid, _ grid: StructuredGrid, _ weights: Lane
  ) throws(ParallelError) {
    let outlines = maps.filter { map in if case .mask = map { true } else { false } }
    guard !voids.isEmpty || outlines.count < maps.count else { return }
    let envelope = VolumeFractions(grid, region: Region(outline: outline))
    for map in outlines { try map.multiply(envelope, grid) }
    let (whole, full) = (envelope.weights[0], grid.elementVolume)
    var sum = 0.0
    grid.forOwnElements { place, _, _, _ in sum += whole[place] }
    let volume = try grid.communicator.sum(sum)
    summary.porosity = volume > 0 ? max(0, 1 - summary.volume / volume) : 0
    summary.pores =
      try ElementParts(grid) { place in
        whole[place] >= 0.5 * full && weights[place] < 0.5 * whole[place]
      }.count
  }
}

extension SimulationSetup.Solid {
  /// Collective.
  fileprivate init(_ grid: StructuredGrid, _ fractions: VolumeFractions) throws(ParallelError) {
    let (layout, weights, full) = (grid.layout, fractions.weights[0], grid.elementVolume)
    let mass = Fields(layout, count: 1)
    LumpedMass.assemble(weights, into: mass[0], layout)
    var counts = [0, 0, 0]
    var sum = 0.0
    for k in 0..<layout.z {
      for j in 0..<layout.y {
        for i in 0..<layout.x where mass[0][layout.index(i, j, k)] > 0 { counts[2] += 1 }
      }
    }
    grid.forOwnElements { place, _, _, _ in
      let share = weights[place] / full
      sum += weights[place]
      if share == 0 { counts[0] += 1 }
      guard share > 0, share < 1 else { return }
      counts[1] += 1
      smallestFraction = min(smallestFraction, share)
    }
    try grid.communicator.reduce(&counts, .sum)
    (emptyElements, cutElements, nodes) = (counts[0], counts[1], counts[2])
    volume = try grid.communicator.sum(sum)
    smallestFraction = try grid.communicator.minimum(smallestFraction)
    let size = grid.size
    voidFraction = max(0, 1 - volume / (size.x * size.y * size.z))
  }
}
