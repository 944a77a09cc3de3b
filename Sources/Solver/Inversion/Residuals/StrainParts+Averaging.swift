// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import Physics

extension StrainParts {
  /// The means over blocks of N × N pixels.
  ///
  /// Collective.
  ///
  /// A block belongs to the particle when all its pixels do. Its residual is the mean over its live
  /// pixels, at least half of them; its measured strain is the mean of the model plus this residual,
  /// because the mean of an unevenly thinned measured strain would belong to another place. The model
  /// is solved on the full image before.
  ///
  /// - Parameters:
  ///   - size: N.
  ///   - composition: X on held pixels, finite everywhere in the mask.
  ///   - noise: of the pixels.
  /// - Returns: the parts on an image of the blocks, and their noise.
  /// - Throws: ``ParallelError`` of kind `input` when no block lies in the mask.
  func averaged(
    over size: Int, composition: [Double], noise: StrainNoise
  ) throws(ParallelError) -> (parts: StrainParts, noise: StrainNoise) {
    let communicator = image.communicator
    let blocks = try PixelBlocks(image, size: size)
    let pixels = size * size
    let residual = try measured() - model
    let inside = try blocks.values(image.mask.map { $0 ? 1 : 0 }).map { $0 > 0.5 }
    let isLive = try blocks.values(residual.aa).map(\.isFinite)
    let count = blocks.layout.cellCount
    let mask = (0..<count).map { block in
      inside[block * pixels..<(block + 1) * pixels].allSatisfy(\.self)
    }
    let live = (0..<count).map { block in
      isLive[block * pixels..<(block + 1) * pixels].count(where: \.self)
    }
    let ownBlocks = blocks.layout.ownCells.filter { mask[$0] }.count
    guard try communicator.sum(ownBlocks) > 0 else {
      throw ParallelError(
        .input,
        "\(image.file): particle \(image.name): no block of \(size) × \(size) pixels lies in the "
          + "mask (image of \(image.layout.rows) × \(image.layout.columns) pixels): average fewer")
    }
    func means(_ strain: StrainImage, _ counted: [Bool]) throws(ParallelError) -> StrainImage {
      StrainImage(
        aa: try blocks.mean(strain.aa, over: counted),
        cc: try blocks.mean(strain.cc, over: counted),
        ac: try blocks.mean(strain.ac, over: counted))
    }
    let model = try means(self.model, inside)
    var measured = model + (try means(residual, isLive))
    let nothing = SymmetricTensor2(aa: .nan, cc: .nan, ac: .nan)
    for block in 0..<count where !(mask[block] && 2 * live[block] >= pixels) {
      measured[block] = nothing
    }
    let shift = Double(size - 1) / 2 * image.pixelSize
    let coarse = try ParticleImage(
      name: image.name, file: image.file, pixelSize: Double(size) * image.pixelSize,
      origin: image.origin.map { $0 + shift }, role: image.role, layout: blocks.layout, mask: mask,
      channels: [
        .composition: try blocks.mean(composition, over: inside), .strainAA: measured.aa,
        .strainCC: measured.cc, .strainAC: measured.ac,
      ], communicator: communicator)
    var parts = StrainParts(
      image: coarse, model: model, chemical: try means(chemical, inside))
    parts.isAveraged = true
    if let modelNoise { parts.modelNoise = try means(modelNoise, inside) }
    return (parts, try noise.averaged(blocks, isLive: isLive, live: live))
  }
}
