// SPDX-License-Identifier: Apache-2.0

import Parallel

extension SpectralBox {
  /// The places of the own modes.
  var ownModes: [Int] {
    let layout = modeLayout
    return (0..<layout.z * layout.y).flatMap { line in
      (0..<layout.x).map { layout.index($0, line % layout.y, line / layout.y) }
    }
  }

  /// The place of the first mode, on the rank that ``holdsMean``.
  var meanPlace: Int { modeLayout.index(0, 0, 0) }

  /// The sum of values over the own points.
  func sum(_ values: Lane) -> Double {
    var sum = Eight.zero
    for layer in 0..<layout.z {
      layout.forOwn(layer: layer) { place, isOwn in sum += isOwn(values.load(place)) }
    }
    return sum.sum()
  }

  /// Sets what lies beside the own modes to zero.
  func clearPadding(_ modes: Fields) { modes.clearGhosts() }

  /// The values of a function at the own points.
  ///
  /// At the end of a periodic axis it is the mean of what it is at either end.
  func sample(into values: Lane, _ function: (Directions<Double>) -> Double) {
    for k in 0..<points.z {
      for j in rows {
        for i in 0..<points.x {
          values[layout.index(i, j - rows.lowerBound, k)] = mean(i, j, k, function)
        }
      }
    }
  }

  private func mean(
    _ i: Int, _ j: Int, _ k: Int, _ function: (Directions<Double>) -> Double
  ) -> Double {
    let place = place(i, j, k)
    let x = i == 0 && sides.x == .periodic ? [0, size.x] : [place.x]
    let y = j == 0 && sides.y == .periodic ? [0, size.y] : [place.y]
    let z = k == 0 && points.z > 1 && sides.z == .periodic ? [0, size.z] : [place.z]
    var sum = 0.0
    for x in x { for y in y { for z in z { sum += function(Directions(x, y, z)) } } }
    return sum / Double(x.count * y.count * z.count)
  }

  /// The modes of a function that is sampled `factor` times as finely along each axis.
  ///
  /// Collective; each rank does the same and keeps its own.
  func project(
    _ factor: Int, into modes: Lane, _ function: (Directions<Double>) -> Double
  ) throws(ParallelError) {
    let alone = try communicator.alone()
    let isPlane = points.z == 1
    let fine = SpectralBox(
      points: Directions(factor * points.x, factor * points.y, isPlane ? 1 : factor * points.z),
      size: size, sides: sides, communicator: alone)
    let (samples, all) = (Fields(fine.layout, count: 1), Fields(fine.modeLayout, count: 1))
    fine.sample(into: samples[0], function)
    try fine.forwards(samples[0], into: all[0])
    let scale = (Double(count) / Double(fine.count)).squareRoot()
    for k in 0..<points.z {
      for j in 0..<points.y {
        for i in columns {
          let place = modeLayout.index(i - columns.lowerBound, j, k)
          guard let x = Self.finer(i, points.x, fine.points.x, sides.x),
            let y = Self.finer(j, points.y, fine.points.y, sides.y),
            let z = isPlane ? 0 : Self.finer(k, points.z, fine.points.z, sides.z)
          else {
            modes[place] = 0
            continue
          }
          modes[place] = scale * all[0][fine.modeLayout.index(x, y, z)]
        }
      }
    }
  }

  /// The number that a mode has among more; the highest one of an even periodic axis is a cosine whose
  /// sine is missing, and none.
  private static func finer(_ mode: Int, _ count: Int, _ fine: Int, _ sides: BoxSides) -> Int? {
    guard sides == .periodic, mode > 0 else { return mode }
    if 2 * mode == count { return nil }
    return 2 * mode < count ? mode : fine - (count - mode)
  }
}
