// SPDX-License-Identifier: Apache-2.0

import Images
import Inversion
package import Parallel
package import Physics

/// A specimen under the microscope: its strain is that of a free plate in plane stress, on cells of
/// which several make a pixel.
///
/// What a cell at the border has of the particle is its thickness, so that a smooth outline needs no mesh
/// of its own.
package struct SpecimenSubject: ~Copyable, Subject {
  package let low: SIMD2<Double>
  package let edge: SIMD2<Double>
  package let counts: SIMD2<Int>
  package let source: String
  private let specimen: Specimen
  private let frame: PixelFrame
  private let layout: ImageLayout
  private let communicator: Communicator
  /// ε_aa, ε_cc, ε_ac and rotation on own cells, in the order of the lines.
  private let gradient: DenseColumns

  package var depth: Double { specimen.depth }
  package var reference: Double { specimen.law.reference }
  package var law: EigenstrainLaw? { specimen.law }

  /// The smallest share of a cell that counts as material: less holds no force to speak of.
  private static let least = 0.02

  /// Solves for the strain.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - cell: the edge of a cell [nm].
  ///   - source: what it is, for the stack and for messages.
  /// - Throws: ``ParallelError`` of kind `notConverged` when the linear system cannot be solved, of kind
  ///   `input` for an outline that no cell lies in.
  package init(
    _ specimen: Specimen, cell: Double, source: String, communicator: Communicator
  ) throws(ParallelError) {
    let (low, high) = specimen.box
    let frame = PixelFrame(
      covering: low - SIMD2(repeating: cell), to: high + SIMD2(repeating: cell), size: cell)
    let perLine = SpecimenSubject.pixelsPerLine(specimen, frame)
    let layout = ImageLayout.balanced(
      rows: frame.rows, columns: frame.columns, pixelsPerLine: perLine, rank: communicator.rank,
      size: communicator.size)
    var mask: [Bool] = []
    var thickness: [Double] = []
    for held in 0..<layout.cellCount {
      let (i, j) = layout.indices(held)
      let middle = frame.centre(i, j)
      let share = specimen.share(middle, cell)
      mask.append(share >= SpecimenSubject.least)
      thickness.append(share * specimen.thickness(middle))
    }
    var image = try ParticleImage(
      name: source, file: source, pixelSize: cell, origin: frame.origin, role: .train,
      layout: layout, mask: mask, channels: [:], communicator: communicator)
    image.thickness = thickness
    let local = layout.own.count * layout.length
    let columns = try DenseColumns(
      localRows: local, columnCount: Channel.gradient.count, communicator: communicator)
    let fields = try SpecimenSubject.strain(specimen, image, frame)
    let first = layout.ownCells.lowerBound
    try columns.withLocal { (rows) throws(ParallelError) in
      for (pixel, held) in image.numbering.ownCells.enumerated() {
        for (index, values) in fields.enumerated() {
          rows[index * local + held - first] = values[pixel]
        }
      }
    }
    gradient = columns
    self.low = frame.corner
    edge = SIMD2(repeating: cell)
    counts = SIMD2(frame.columns, frame.rows)
    self.source = source
    self.specimen = specimen
    self.frame = frame
    self.layout = layout
    self.communicator = communicator
  }

  /// How many cells of each line hold material, by which the ranks share them.
  private static func pixelsPerLine(_ specimen: Specimen, _ frame: PixelFrame) -> [Int] {
    let areColumns = frame.columns >= frame.rows
    return (0..<max(frame.columns, frame.rows)).map { line in
      (0..<min(frame.columns, frame.rows)).count { position in
        let middle = areColumns ? frame.centre(line, position) : frame.centre(position, line)
        return specimen.share(middle, frame.size) >= least
      }
    }
  }

  /// Strain and rotation of own pixels, in the order of the channels.
  ///
  /// Collective.
  private static func strain(
    _ specimen: Specimen, _ image: ParticleImage, _ frame: PixelFrame
  ) throws(ParallelError) -> [[Double]] {
    let elements = ElementField(specimen.stiffness)
    var forward = try ForwardModel(
      image, components: Components(image), stiffness: elements, measured: nil)
    let points = elements.points
    let layout = image.layout
    let fields = try forward.responses(columns: 2) { cell, basis in
      let (i, j) = layout.indices(cell)
      let middle = frame.centre(i, j)
      for (index, point) in points.enumerated() {
        let place = middle + frame.size * SIMD2(point.a, point.c)
        let strain = specimen.law.strain(at: specimen.pattern.composition(place.x, place.y))
        basis[index] = strain.aa
        basis[points.count + index] = strain.cc
      }
    }
    // Column 0 is the a strain along a, column 3 the c strain along c.
    return [ForwardModel.Field.strainAA, .strainCC, .strainAC, .rotation].map { field in
      (0..<image.numbering.ownCells.count).map { fields[field, 0, $0] + fields[field, 3, $0] }
    }
  }

  package func visit(
    x: Range<Int>, y: Range<Int>, hasGradient: Bool,
    _ body: (SubjectLayer) throws(ParallelError) -> Void
  ) throws(ParallelError) {
    var share: [Double] = []
    var thickness: [Double] = []
    var composition: [Double] = []
    var wanted: [Int] = []
    for j in y {
      for i in x {
        let middle = frame.centre(i, j)
        let material = specimen.share(middle, frame.size)
        share.append(material >= SpecimenSubject.least ? material : 0)
        thickness.append(specimen.thickness(middle))
        composition.append(specimen.composition(middle, frame.size))
        wanted.append(layout.linesAreColumns ? i * layout.length + j : j * layout.length + i)
      }
    }
    var fields: [[Double]] = []
    if hasGradient {
      let ghosts = try Ghosts(
        localRows: gradient.localRows, rows: wanted, communicator: communicator)
      for column in Channel.gradient.indices {
        fields.append(try ghosts.fetch(gradient, column: column))
      }
    }
    try body(
      SubjectLayer(
        middle: 0, depth: depth, share: share, thickness: thickness, composition: composition,
        gradient: fields))
  }
}
