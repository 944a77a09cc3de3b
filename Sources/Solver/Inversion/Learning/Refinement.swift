// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

/// The forward problem on pixels halved, to tell what the pixel mesh costs.
struct Refinement {
  private let image: ParticleImage
  private let fine: ParticleImage
  private let composition: [Double]
  private let measured: MeasuredDisplacement?

  /// Halves the pixels; the composition inside follows the pixel's parabola.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - composition: X on held pixels, dead ones filled.
  ///   - measured: the displacement that holds the boundary, if any.
  init(
    _ image: ParticleImage, composition: [Double], measured: MeasuredDisplacement?
  ) throws(ParallelError) {
    let coarse = image.layout
    let layout = ImageLayout(
      rows: 2 * coarse.rows, columns: 2 * coarse.columns,
      own: 2 * coarse.own.lowerBound..<2 * coarse.own.upperBound)
    // Three fine lines of halo lie in two coarse ones.
    let parents = (0..<layout.cellCount).map { cell -> Int in
      let (i, j) = layout.indices(cell)
      return coarse.cell(i / 2, j / 2) ?? 0
    }
    func offset(_ cell: Int) -> (a: Double, c: Double) {
      let (i, j) = layout.indices(cell)
      return (i % 2 == 0 ? -0.25 : 0.25, j % 2 == 0 ? -0.25 : 0.25)
    }
    let mask = parents.map { image.mask[$0] }
    let profile = LocalComposition(image, composition)
    let values = parents.enumerated().map { cell, parent in
      mask[cell] ? profile.value(parent, at: offset(cell)) : Double.nan
    }
    if let measured {
      // In units of the fine pixel's side a displacement is twice as large.
      var displacement = (a: values, c: values)
      for cell in parents.indices where mask[cell] {
        let place = measured.extrapolated(parents[cell], offset(cell).a, offset(cell).c)
        displacement.a[cell] = 2 * place.a
        displacement.c[cell] = 2 * place.c
      }
      let slopes = measured.gradient
      var gradient = slopes
      gradient.aa = parents.map { slopes.aa[$0] }
      gradient.cc = parents.map { slopes.cc[$0] }
      gradient.ac = parents.map { slopes.ac[$0] }
      gradient.ca = parents.map { slopes.ca[$0] }
      self.measured = MeasuredDisplacement(
        a: displacement.a, c: displacement.c, gradient: gradient)
    } else {
      self.measured = nil
    }
    var fine = try ParticleImage(
      name: image.name, file: image.file, pixelSize: image.pixelSize / 2, origin: image.origin,
      role: image.role, layout: layout, mask: mask, channels: [.composition: values],
      communicator: image.communicator)
    fine.thickness = image.thickness.map { thickness in parents.map { thickness[$0] } }
    self.fine = fine
    self.composition = values
    self.image = image
  }

  /// The responses on the halved mesh, at the centres of the whole pixels.
  ///
  /// Collective.
  func responses(_ options: LearningOptions) throws(ParallelError) -> PixelFields {
    var model = try ForwardModel(
      fine, components: Components(fine), stiffness: options.elements(composition),
      measured: measured,
      method: options.method)
    let fields = try model.responses(
      terms: options.basisTerms, reference: options.referenceComposition, composition: composition)
    var place = [Int](repeating: -1, count: image.layout.cellCount)
    for (pixel, cell) in image.numbering.ownCells.enumerated() { place[cell] = pixel }
    var result = PixelFields(
      pixelCount: image.numbering.ownCells.count, columnCount: fields.columnCount)
    for (pixel, cell) in fine.numbering.ownCells.enumerated() {
      let (i, j) = fine.layout.indices(cell)
      guard let parent = image.layout.cell(i / 2, j / 2) else { continue }
      for field in ForwardModel.Field.allCases {
        let isLength = field == .displacementA || field == .displacementC
        for column in 0..<fields.columnCount {
          result[field, column, place[parent]] +=
            (isLength ? 0.125 : 0.25) * fields[field, column, pixel]
        }
      }
    }
    // The mean over (±¼, ±¼) is the value at the centre plus ∇²/32.
    try result.takePointValues(image, curvature: 1.0 / 32, ForwardModel.Field.allCases)
    return result
  }
}
