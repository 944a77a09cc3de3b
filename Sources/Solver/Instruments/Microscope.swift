// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Images
package import Parallel

/// The virtual microscope: absorption gives composition and thickness, diffraction strain and
/// rotation, both along a beam through the particle.
///
/// Each pixel is the mean over its square of what the point spread has blurred, weighted by the
/// material that the beam meets: X = ⟨Σ c X⟩/⟨Σ c⟩, ε = ⟨Σ ε⟩/⟨Σ 1⟩ over the depth. So at the
/// particle's border nothing of the vacuum is mixed in.
package struct Microscope: Sendable {
  /// The side of a pixel [nm].
  package var pixelSize = 20.0
  /// Standard deviation of the Gaussian by which absorption is blurred [nm].
  package var blur = 0.0
  /// The same of diffraction; as the absorption where nil [nm].
  package var probe: Double?
  /// The angles between the beam and b, towards a and towards c [rad].
  package var tilt = SIMD2<Double>.zero
  /// Where the points of the absorption map come to in the frame of diffraction.
  package var misregistration = PlaneMap()
  /// Whether strain and rotation are measured.
  package var hasStrain = true
  /// The share of a pixel from which on it belongs to the particle.
  ///
  /// Half keeps the area, but what lies in pixels that are covered by less is lost to who reads the
  /// image, and with it the force that it carries.
  package var coverage = 0.5

  /// A microscope with pixels of 20 nm, without blur and tilt.
  package init() {}

  /// The image of a subject, free of noise.
  ///
  /// Collective.
  ///
  /// A pixel is in the mask where ``coverage`` of its area is below material. With a tilt places are those
  /// halfway down the depth; strains stay in the crystal's axes.
  ///
  /// - Throws: ``ParallelError`` of kind `input` for pixels smaller than the subject's cells, for what
  ///   the subject lacks, or where no pixel is covered.
  package func image<Seen: Subject & ~Copyable>(
    of subject: borrowing Seen, name: String, communicator: Communicator
  ) throws(ParallelError) -> ParticleImage {
    guard pixelSize > 0, pixelSize.isFinite else {
      throw ParallelError(
        .input, "the pixel size is \(pixelSize) nm, expected a positive number of nm")
    }
    guard pixelSize >= 0.999_999 * max(subject.edge.x, subject.edge.y) else {
      throw ParallelError(
        .input,
        "\(subject.source): found pixels of \(pixelSize) nm, expected at least the edge of a cell, "
          + "\(max(subject.edge.x, subject.edge.y)) nm: between nodes there is nothing to be seen")
    }
    let spread = Exposure.reach * max(blur, probe ?? blur)
    let sweep = 0.5 * subject.depth * SIMD2(abs(tan(tilt.x)), abs(tan(tilt.y)))
    let reach = moved(subject.high - subject.low) + sweep + SIMD2(repeating: spread)
    // Of a blur five standard deviations are caught: all but a millionth of what there is.
    let margin = sweep + SIMD2(repeating: spread * 5 / Exposure.reach)
    let frame = PixelFrame(
      covering: subject.low - margin, to: subject.high + margin, size: pixelSize)
    let layout = ImageLayout.even(rows: frame.rows, columns: frame.columns, on: communicator)
    let light = try expose(subject, frame, layout, reach)
    let cells = layout.cellCount
    var mask = [Bool](repeating: false, count: cells)
    var maps = [[Double]](repeating: [Double](repeating: .nan, count: cells), count: 5)
    var thickness = [Double](repeating: 0, count: cells)
    for cell in 0..<cells {
      let (amount, material) = (light.absorption.sums[2 * cell], light.diffraction.sums[5 * cell])
      // A shadow of a misaligned map may end before the particle does.
      thickness[cell] = material / subject.depth
      mask[cell] = light.footprint.sums[cell] >= coverage && thickness[cell] > 1e-6
      guard mask[cell] else { continue }
      if amount > 1e-6 * subject.depth {
        maps[0][cell] = light.absorption.sums[2 * cell + 1] / amount
      }
      for index in 1..<5 { maps[index][cell] = light.diffraction.sums[5 * cell + index] / material }
    }
    let channels = hasStrain ? [.composition] + Channel.gradient : [.composition]
    var image = try ParticleImage(
      name: name, file: subject.source, pixelSize: pixelSize, origin: frame.origin, role: .train,
      layout: layout, mask: mask,
      channels: Dictionary(uniqueKeysWithValues: zip(channels, maps)), communicator: communicator)
    image.thickness = thickness
    image.statesOrigin = true
    image.referenceComposition = subject.reference
    image.source = subject.source
    image.truth = ImageTruth(
      law: subject.law,
      misregistration: misregistration == PlaneMap() ? nil : misregistration.rows)
    return image
  }

  /// How far the misregistration moves the corners of a box [nm].
  private func moved(_ size: SIMD2<Double>) -> SIMD2<Double> {
    var most = SIMD2<Double>.zero
    for corner in [SIMD2(0.5, 0.5), SIMD2(0.5, -0.5)] {
      let place = corner * size
      for sign in [1.0, -1] {
        let step = misregistration(sign * place) - sign * place
        most = SIMD2(max(most.x, abs(step.x)), max(most.y, abs(step.y)))
      }
    }
    return most
  }

  private struct Light {
    /// Depth of material, and the same times X.
    var absorption: Exposure
    /// Depth of material, and the same times strain and rotation.
    var diffraction: Exposure
    /// The share of each pixel below material.
    var footprint: Exposure
  }

  /// Collective.
  private func expose<Seen: Subject & ~Copyable>(
    _ subject: borrowing Seen, _ frame: PixelFrame, _ layout: ImageLayout, _ reach: SIMD2<Double>
  ) throws(ParallelError) -> Light {
    var light = Light(
      absorption: Exposure(frame, layout, blur: blur, map: misregistration, count: 2),
      diffraction: Exposure(frame, layout, blur: probe ?? blur, map: PlaneMap(), count: 5),
      footprint: Exposure(frame, layout, blur: 0, map: PlaneMap(), count: 1))
    let cells = window(subject, frame, layout, reach)
    let columns = cells.x.count * cells.y.count
    var absorbed = [Double](repeating: 0, count: 2 * columns)
    var diffracted = [Double](repeating: 0, count: 5 * columns)
    var covered = [Double](repeating: 0, count: columns)
    let slope = SIMD2(tan(tilt.x), tan(tilt.y))
    try subject.visit(x: cells.x, y: cells.y, hasGradient: hasStrain) {
      (layer) throws(ParallelError) in
      let path = slope * layer.depth / subject.edge
      // A beam that is inclined passes a layer in steps of half a cell.
      let steps = max(1, Int((2 * max(abs(path.x), abs(path.y))).rounded(.up)))
      let depth = layer.depth / Double(steps)
      for column in 0..<columns where layer.share[column] > 0 {
        let factor = layer.thickness.isEmpty ? 1 : layer.thickness[column]
        let material = layer.share[column] * factor * depth
        absorbed[2 * column] += material
        absorbed[2 * column + 1] += material * layer.composition[column]
        diffracted[5 * column] += material
        for (index, values) in layer.gradient.enumerated() {
          diffracted[5 * column + 1 + index] += material * values[column]
        }
        covered[column] = max(covered[column], layer.share[column])
      }
      guard slope != .zero else { return }
      for step in 0..<steps {
        let place = layer.middle + (Double(step) + 0.5) * depth - layer.depth / 2
        light.absorption.add(absorbed, of: cells, shift: slope * place)
        light.diffraction.add(diffracted, of: cells, shift: slope * place)
      }
      for index in absorbed.indices { absorbed[index] = 0 }
      for index in diffracted.indices { diffracted[index] = 0 }
    }
    if slope == .zero {
      light.absorption.add(absorbed, of: cells)
      light.diffraction.add(diffracted, of: cells)
    }
    light.footprint.add(covered, of: cells)
    return light
  }

  /// The cells that held pixels may see.
  private func window<Seen: Subject & ~Copyable>(
    _ subject: borrowing Seen, _ frame: PixelFrame, _ layout: ImageLayout, _ reach: SIMD2<Double>
  ) -> Exposure.Cells {
    func seen(_ held: Range<Int>, _ axis: Int) -> Range<Int> {
      guard !layout.held.isEmpty else { return 0..<0 }
      let start = frame.corner[axis] - subject.low[axis]
      let from = start + Double(held.lowerBound) * frame.size - reach[axis]
      let to = start + Double(held.upperBound) * frame.size + reach[axis]
      let first = max(0, Int((from / subject.edge[axis]).rounded(.down)) - 1)
      let last = min(subject.counts[axis], Int((to / subject.edge[axis]).rounded(.up)) + 1)
      return first < last ? first..<last : 0..<0
    }
    let all = (x: 0..<frame.columns, y: 0..<frame.rows)
    return Exposure.Cells(
      low: subject.low, edge: subject.edge,
      x: seen(layout.linesAreColumns ? layout.held : all.x, 0),
      y: seen(layout.linesAreColumns ? all.y : layout.held, 1))
  }
}
