// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// The part of a large particle on which the error of the pixel mesh is looked at.
///
/// That error is local: it arises at the steps of the outline, most of all at its tips, and where the
/// composition changes within a pixel. Windows at the tips, and tiles that lie regularly along the
/// outline and inside, cut free and solved on whole and on halved pixels, tell it at a cost that does
/// not grow with the particle. Near the cuts they are not heard; what is heard stands for all pixels
/// of its kind.
struct MeshSample {
  /// The tiles, an image of their own.
  let tiles: ParticleImage
  /// The places in the own pixels that are heard, the same in the tiles' own pixels, and how many
  /// pixels each one stands for.
  let pixels: [(whole: Int, tile: Int, weight: Double)]

  /// Pixels beyond which a particle is not looked at as a whole: about so many are in all tiles.
  static let size = 6_000
  private static let side = 20
  /// Pixels beside a cut that are not heard.
  private static let margin = 3
  /// How far from a tip everything is heard.
  private static let tip = 9
  /// Cut free, tiles hear half of the error: the law of four platelets changed 1.4 to 2.2 times as
  /// much when all of their pixels were halved (once 6 times as much, of 0.001 %).
  private static let unheard = 2.0

  /// What a pixel stands for.
  private enum Kind: Int { case tip, outline, inside }

  /// Lays the tiles; nil where the particle is small or some rank has none of them.
  ///
  /// Collective.
  init?(_ image: ParticleImage, composition: [Double]) throws(ParallelError) {
    guard image.numbering.globalCount > Self.size else { return nil }
    let layout = image.layout
    let tips = try Self.tips(image)
    func distance(_ cell: Int) -> Int {
      let (i, j) = layout.indices(cell)
      return tips.map { max(abs(i - $0.i), abs(j - $0.j)) }.min() ?? .max
    }
    func reaches(_ cell: Int, _ radius: Int, _ isHit: (Int?) -> Bool) -> Bool {
      let (i, j) = layout.indices(cell)
      for p in -radius...radius {
        for q in -radius...radius where isHit(layout.cell(i + p, j + q)) { return true }
      }
      return false
    }
    func kind(_ cell: Int) -> Kind {
      if distance(cell) <= Self.tip { return .tip }
      // Two pixels from the outline its steps are hardly felt.
      return reaches(cell, 2) { other in other.map { !image.mask[$0] } ?? true }
        ? .outline : .inside
    }
    let kinds = image.numbering.ownCells.map(kind)
    let across = layout.columns / Self.side + 1
    func tile(_ cell: Int) -> Int {
      let (i, j) = layout.indices(cell)
      return j / Self.side * across + i / Self.side
    }
    let chosen = try Self.chosen(
      image.numbering.ownCells.map(tile), kinds.map { $0 == .outline },
      count: across * (layout.rows / Self.side + 1), image.communicator)
    let mask = image.mask.indices.map { cell in
      image.mask[cell]
        && (chosen[tile(cell)] || distance(cell) <= Self.tip + Self.margin)
    }
    let own = image.numbering.ownCells.count { mask[$0] }
    guard try image.communicator.maximum(own == 0 ? 1.0 : 0) == 0 else { return nil }
    var tiles = try ParticleImage(
      name: image.name, file: image.file, pixelSize: image.pixelSize, origin: image.origin,
      role: image.role, layout: layout, mask: mask, channels: [.composition: composition],
      communicator: image.communicator)
    tiles.thickness = image.thickness
    self.tiles = tiles
    var heard: [(whole: Int, tile: Int, kind: Kind)] = []
    var counts = [Double](repeating: 0, count: 6)
    var place = 0
    for (whole, cell) in image.numbering.ownCells.enumerated() {
      counts[kinds[whole].rawValue] += 1
      guard mask[cell] else { continue }
      let isCut = reaches(cell, Self.margin) { other in
        other.map { image.mask[$0] && !mask[$0] } ?? false
      }
      if !isCut {
        heard.append((whole, place, kinds[whole]))
        counts[3 + kinds[whole].rawValue] += 1
      }
      place += 1
    }
    try image.communicator.reduce(&counts, .sum)
    pixels = heard.map {
      let share = counts[3 + $0.kind.rawValue] / counts[$0.kind.rawValue]
      return ($0.whole, $0.tile, Self.unheard / share)
    }
  }

  /// The pixels farthest along a and c, both ways.
  ///
  /// Collective.
  private static func tips(_ image: ParticleImage) throws(ParallelError) -> [(i: Int, j: Int)] {
    let places = image.numbering.ownCells.map { image.layout.indices($0) }
    let width = 1 << 24
    var farthest = [
      places.map { $0.i * width + $0.j }, places.map { -$0.i * width + $0.j },
      places.map { $0.j * width + $0.i }, places.map { -$0.j * width + $0.i },
    ].map { $0.max() ?? .min / 2 }
    try image.communicator.reduce(&farthest, .maximum)
    return farthest.enumerated().map { index, code in
      // Arithmetic shift: also for negative codes the remainder is ≥ 0.
      let (major, minor) = (code >> 24, code & (width - 1))
      let line = index % 2 == 0 ? major : -major
      return index < 2 ? (line, minor) : (minor, line)
    }
  }

  /// Which tiles are looked at: every so many of those on the outline, and of the others.
  ///
  /// Collective.
  private static func chosen(
    _ tiles: [Int], _ isOutline: [Bool], count: Int, _ communicator: Communicator
  ) throws(ParallelError) -> [Bool] {
    var pixels = [Int](repeating: 0, count: 2 * count)
    for (tile, isOutline) in zip(tiles, isOutline) {
      pixels[tile] += 1
      if isOutline { pixels[count + tile] += 1 }
    }
    try communicator.reduce(&pixels, .sum)
    var chosen = [Bool](repeating: false, count: count)
    for (onOutline, share) in [(true, 0.6), (false, 0.25)] {
      let all = (0..<count).filter { pixels[$0] > 0 && (pixels[count + $0] > 0) == onOutline }
      let total = all.reduce(0) { $0 + pixels[$1] }
      let every = max(1, Int((Double(total) / (share * Double(size))).rounded(.up)))
      for (place, tile) in all.enumerated() where place % every == every / 2 { chosen[tile] = true }
    }
    return chosen
  }

  /// The responses with those of halved pixels where the tiles are heard.
  ///
  /// Collective.
  func halved(
    _ responses: PixelFields, composition: [Double], measured: MeasuredDisplacement?,
    _ options: LearningOptions
  ) throws(ParallelError) -> PixelFields {
    var coarse = try ForwardModel(
      tiles, components: try Components(tiles), stiffness: options.elements(composition),
      measured: measured, method: options.method)
    let before = try coarse.responses(
      terms: responses.columnCount / 2, reference: options.referenceComposition,
      composition: composition)
    let after = try Refinement(tiles, composition: composition, measured: measured)
      .responses(options)
    var result = responses
    for (whole, tile, weight) in pixels {
      for field in ForwardModel.Field.allCases {
        for column in 0..<responses.columnCount {
          result[field, column, whole] +=
            weight * (after[field, column, tile] - before[field, column, tile])
        }
      }
    }
    return result
  }
}
