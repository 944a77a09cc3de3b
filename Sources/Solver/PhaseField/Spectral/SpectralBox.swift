// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Parallel

/// A box of collocation points between whose values and modes a transform goes to and fro.
///
/// The modes are eigenfunctions of the Laplacian: cosines along closed axes, cosines and sines along
/// periodic ones (``LineTransform``), orthonormal, so that sums of products are the same in both.
/// The ranks share rows of points, y by y, and columns of modes; one message from each to each lies
/// between. Products of fields are taken point by point and alias; where the fields are resolved
/// (their modes small towards the highest) that is as small as the rest, and nothing is cut off.
public final class SpectralBox {
  /// Points along the axes; one along z in two dimensions.
  public let points: Directions<Int>
  /// Edges, in the unit of length of the model.
  public let size: Directions<Double>
  /// What the ends of each axis are.
  public let sides: Directions<BoxSides>
  /// The ranks that share it.
  public let communicator: Communicator
  /// This rank's y.
  public let rows: Range<Int>
  /// This rank's modes along x.
  public let columns: Range<Int>
  /// Where values lie.
  package let layout: FieldLayout
  /// Where modes lie.
  package let modeLayout: FieldLayout
  /// −∇² of each own mode, 0 in the padding.
  let squares: Fields
  private let along, across, up: LineTransform
  private let exchange: Redistribution
  /// Of each rank, its modes along x, and where and how wide its part of the packed lines is.
  private let parts: [(columns: Range<Int>, start: Int, width: Int)]
  /// The lines of this rank with all modes along x, rank by rank; all lines with this rank's modes.
  private let packed, dense: Numbers
  /// Places of a row of modes in ``dense``.
  private let width: Int

  /// Plans the transforms; without communication.
  ///
  /// A rank beyond the rows holds none.
  public init(
    points: Directions<Int>, size: Directions<Double>, sides: Directions<BoxSides>,
    communicator: Communicator
  ) {
    (self.points, self.size, self.sides) = (points, size, sides)
    self.communicator = communicator
    let ranks = communicator.size
    func share(_ count: Int, _ rank: Int) -> Range<Int> {
      count * rank / ranks..<count * (rank + 1) / ranks
    }
    func padded(_ rank: Int) -> Int { (share(points.x, rank).count + 7) / 8 * 8 }
    rows = share(points.y, communicator.rank)
    columns = share(points.x, communicator.rank)
    width = padded(communicator.rank)
    let isPlane = points.z == 1
    layout = FieldLayout(x: points.x, y: rows.count, z: points.z, isPlane: isPlane)
    modeLayout = FieldLayout(x: columns.count, y: points.y, z: points.z, isPlane: isPlane)
    along = LineTransform(count: points.x, sides: sides.x)
    across = LineTransform(count: points.y, sides: sides.y)
    up = LineTransform(count: points.z, sides: sides.z)
    let lines = rows.count * points.z
    let ownWidth = width
    exchange = Redistribution(
      sending: (0..<ranks).map { lines * padded($0) },
      receiving: (0..<ranks).map { share(points.y, $0).count * points.z * ownWidth })
    var parts: [(columns: Range<Int>, start: Int, width: Int)] = []
    var start = 0
    for rank in 0..<ranks {
      parts.append((share(points.x, rank), start, padded(rank)))
      start += lines * padded(rank)
    }
    self.parts = parts
    packed = Numbers(start)
    dense = ranks == 1 ? packed : Numbers(points.y * points.z * width)
    squares = Fields(modeLayout, count: 1)
    for k in 0..<points.z {
      for j in 0..<points.y {
        for i in columns {
          squares[0][modeLayout.index(i - columns.lowerBound, j, k)] = square(i, j, k)
        }
      }
    }
  }

  /// The number of points of all ranks.
  public var count: Int { points.x * points.y * points.z }
  /// The volume of all; an area in two dimensions.
  public var volume: Double { size.x * size.y * (points.z == 1 ? 1 : size.z) }
  /// Whether this rank holds the mean, the first mode of all.
  var holdsMean: Bool { columns.contains(0) }

  /// The place of a point.
  public func place(_ i: Int, _ j: Int, _ k: Int) -> Directions<Double> {
    func along(_ index: Int, _ count: Int, _ size: Double, _ sides: BoxSides) -> Double {
      (Double(index) + (sides == .closed ? 0.5 : 0)) * size / Double(count)
    }
    return Directions(
      along(i, points.x, size.x, sides.x), along(j, points.y, size.y, sides.y),
      points.z == 1 ? 0 : along(k, points.z, size.z, sides.z))
  }

  /// −∇² of a mode.
  func square(_ i: Int, _ j: Int, _ k: Int) -> Double {
    let x = Self.wave(i, points.x, size.x, sides.x)
    let y = Self.wave(j, points.y, size.y, sides.y)
    let z = Self.wave(k, points.z, size.z, sides.z)
    return x * x + y * y + z * z
  }

  /// The wave number of a mode along one axis.
  static func wave(_ mode: Int, _ count: Int, _ size: Double, _ sides: BoxSides) -> Double {
    switch sides {
    case .closed: Double.pi * Double(mode) / size
    case .periodic: 2 * Double.pi * Double(min(mode, count - mode)) / size
    }
  }
}

extension SpectralBox {
  /// Values → modes.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  package func forwards(_ values: Lane, into modes: Lane) throws(ParallelError) {
    let (lines, packed) = (rows.count * points.z, packed.lane)
    for first in stride(from: 0, to: lines, by: 16) {
      let last = min(first + 16, lines)
      let input = along.lines
      if last < first + 16 {
        input.first.clear(8 * points.x)
        input.second.clear(8 * points.x)
      }
      for line in first..<last {
        let row = values.advanced(by: layout.index(0, line / points.z, line % points.z))
        let buffer = lane(line - first, of: input)
        for i in 0..<points.x { buffer[8 * along.order[i]] = row[i] }
      }
      let result = along.forwards()
      for line in first..<last {
        let buffer = lane(line - first, of: result)
        for part in parts {
          let row = packed.advanced(by: part.start + line * part.width)
          for i in part.columns { row[i - part.columns.lowerBound] = buffer[8 * i] }
        }
      }
    }
    try redistribute(isBack: false)
    if points.z > 1 { transformUp(forwards: true) }
    for k in 0..<points.z {
      for group in stride(from: 0, to: width, by: 16) {
        gather(across, group, start: k * width, step: points.z * width, across.order)
        let result = across.forwards()
        for j in 0..<points.y {
          let target = modeLayout.index(group, j, k)
          store(result.first.load(8 * j), group, modes, target)
          if group + 8 < width { store(result.second.load(8 * j), group + 8, modes, target + 8) }
        }
      }
    }
  }

  /// Modes → values.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `library` when MPI fails.
  package func backwards(_ modes: Lane, into values: Lane) throws(ParallelError) {
    for k in 0..<points.z {
      for group in stride(from: 0, to: width, by: 16) {
        let lines = across.lines
        let isPair = group + 8 < width
        for j in 0..<points.y {
          let source = modeLayout.index(group, j, k)
          lines.first.store(8 * j, modes.load(source))
          lines.second.store(8 * j, isPair ? modes.load(source + 8) : .zero)
        }
        scatter(
          across.backwards(), group, start: k * width, step: points.z * width, across.order)
      }
    }
    if points.z > 1 { transformUp(forwards: false) }
    try redistribute(isBack: true)
    let (lines, packed) = (rows.count * points.z, packed.lane)
    for first in stride(from: 0, to: lines, by: 16) {
      let last = min(first + 16, lines)
      let input = along.lines
      if last < first + 16 {
        input.first.clear(8 * points.x)
        input.second.clear(8 * points.x)
      }
      for line in first..<last {
        let buffer = lane(line - first, of: input)
        for part in parts {
          let row = packed.advanced(by: part.start + line * part.width)
          for i in part.columns { buffer[8 * i] = row[i - part.columns.lowerBound] }
        }
      }
      let result = along.backwards()
      for line in first..<last {
        let row = values.advanced(by: layout.index(0, line / points.z, line % points.z))
        let buffer = lane(line - first, of: result)
        for i in 0..<points.x { row[i] = buffer[8 * along.order[i]] }
      }
    }
  }

  /// One of sixteen lines, of which eight lie in the lanes of either buffer.
  @inline(__always)
  private func lane(_ line: Int, of buffers: (first: Lane, second: Lane)) -> Lane {
    (line < 8 ? buffers.first : buffers.second).advanced(by: line % 8)
  }

  /// Takes sixteen columns of ``dense`` as the lines of a transform.
  private func gather(
    _ transform: LineTransform, _ group: Int, start: Int, step: Int, _ order: [Int]
  ) {
    let (lines, dense) = (transform.lines, dense.lane)
    let isPair = group + 8 < width
    for index in order.indices {
      let source = start + index * step + group
      lines.first.store(8 * order[index], dense.load(source))
      lines.second.store(8 * order[index], isPair ? dense.load(source + 8) : .zero)
    }
  }

  /// Puts lines there.
  private func scatter(
    _ lines: (first: Lane, second: Lane), _ group: Int, start: Int, step: Int, _ order: [Int]
  ) {
    let dense = dense.lane
    for index in order.indices {
      let target = start + index * step + group
      dense.store(target, lines.first.load(8 * order[index]))
      if group + 8 < width { dense.store(target + 8, lines.second.load(8 * order[index])) }
    }
  }

  /// Writes the modes of eight columns; the padding stays zero.
  @inline(__always)
  private func store(_ values: Eight, _ column: Int, _ modes: Lane, _ place: Int) {
    modes.store(place, OwnNodes(columns.count - column)(values))
  }

  /// The transform along z, in ``dense``.
  private func transformUp(forwards: Bool) {
    let modes = Array(0..<points.z)
    for j in 0..<points.y {
      let start = j * points.z * width
      for group in stride(from: 0, to: width, by: 16) {
        gather(up, group, start: start, step: width, forwards ? up.order : modes)
        let result = forwards ? up.forwards() : up.backwards()
        scatter(result, group, start: start, step: width, forwards ? modes : up.order)
      }
    }
  }

  /// Packed lines → dense columns of modes, or back; one rank has both in one.
  ///
  /// Collective.
  private func redistribute(isBack: Bool) throws(ParallelError) {
    guard communicator.size > 1 else { return }
    let (source, target) = isBack ? (dense, packed) : (packed, dense)
    unsafe try exchange.move(
      source.lane.base, to: target.lane.base, isBack: isBack, communicator)
  }
}
