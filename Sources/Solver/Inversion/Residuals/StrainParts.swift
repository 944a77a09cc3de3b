// SPDX-License-Identifier: Apache-2.0

package import Images
import Numerics
import Parallel
import Physics

/// What a particle's strain is made of, on held pixels: measured, model, and the chemical part of
/// the model.
package struct StrainParts {
  /// The measured channels; standard deviations only where they are known in the whole mask.
  var image: ParticleImage
  /// The strain of the model: eigenstrain and coherency strain, known in the whole mask.
  var model: StrainImage
  /// The eigenstrain f(X), known in the whole mask.
  var chemical: StrainImage

  /// Whether a held cell is mis-indexed; empty where none is.
  var isRejected: [Bool] = []
  /// Whether these are means over blocks of pixels.
  var isAveraged = false
  /// A draw of what the noise of X does to the model; nil where sigma_composition is not known.
  var modelNoise: StrainImage?

  /// Takes parts that are there.
  package init(image: ParticleImage, model: StrainImage, chemical: StrainImage) {
    self.image = image
    self.model = model
    self.chemical = chemical
  }

  /// Solves the mechanical equilibrium of the measured composition, traction-free.
  ///
  /// Collective.
  ///
  /// - Parameters:
  ///   - image: measured composition and strain.
  ///   - composition: X on held pixels, finite everywhere in the mask.
  ///   - options: law and stiffness.
  /// - Throws: ``ParallelError`` of kind `input` naming the strain that the stack lacks.
  init(
    _ image: ParticleImage, composition: [Double], options: ResidualOptions
  ) throws(ParallelError) {
    self.image = image
    for channel in Self.channels { _ = try image.values(channel) }
    let law = options.law
    var forward = try ForwardModel(
      image, components: try Components(image), stiffness: ElementField(options.stiffness),
      measured: nil,
      method: options.method)
    model = try Self.strain(of: law, in: image, by: &forward, composition)
    chemical = StrainImage(count: image.layout.cellCount)
    for cell in image.mask.indices where image.mask[cell] {
      chemical[cell] = law.strain(at: composition[cell])
    }
    if options.outliers == .reject { isRejected = try outliers() }
    if let noisy = disturbed(composition) {
      modelNoise = try Self.strain(of: law, in: image, by: &forward, noisy) - model
    }
  }

  /// The total strain of the model on held pixels.
  ///
  /// Collective.
  private static func strain(
    of law: EigenstrainLaw, in image: ParticleImage, by forward: inout ForwardModel,
    _ composition: [Double]
  ) throws(ParallelError) -> StrainImage {
    let responses = try forward.responses(
      terms: law.terms, reference: law.reference, composition: composition)
    let exchange = try PixelExchange(image.numbering, image.communicator)
    func total(_ field: ForwardModel.Field) throws(ParallelError) -> [Double] {
      var held = [Double](repeating: .nan, count: image.layout.cellCount)
      for (pixel, cell) in image.numbering.ownCells.enumerated() {
        var sum = 0.0
        for term in 0..<law.terms {
          sum += law.a[term] * responses[field, term, pixel]
          sum += law.c[term] * responses[field, law.terms + term, pixel]
        }
        held[cell] = sum
      }
      try exchange.fill(&held)
      return held
    }
    return StrainImage(
      aa: try total(.strainAA), cc: try total(.strainCC), ac: try total(.strainAC))
  }

  /// X with a draw of its noise added once more; nil where its deviation is not known.
  ///
  /// One draw suffices: what is taken of it is an average over the pixels. It is drawn by pixel
  /// number, with the same seed always, so that a result repeats on any number of ranks.
  private func disturbed(_ composition: [Double]) -> [Double]? {
    guard let sigma = image.sigmas[.composition] else { return nil }
    let noise = IndexedNoise(seed: 1)
    return composition.indices.map { cell in
      let number = image.numbering.number[cell]
      guard number >= 0 else { return composition[cell] }
      return composition[cell] + sigma[cell] * noise.normal(stream: 0, index: number)
    }
  }

  /// The channels of the strain.
  package static let channels: [Channel] = [.strainAA, .strainCC, .strainAC]

  /// The measured strain, NaN where a channel or the composition is dead.
  ///
  /// Where X is dead the model stands on a filled one and says nothing about the measured strain.
  func measured() throws(ParallelError) -> StrainImage {
    let composition = try image.values(.composition)
    var strain = StrainImage(
      aa: try image.values(.strainAA), cc: try image.values(.strainCC),
      ac: try image.values(.strainAC))
    let nothing = SymmetricTensor2(aa: .nan, cc: .nan, ac: .nan)
    for cell in composition.indices
    where !(image.mask[cell] && composition[cell].isFinite && strain.isFinite(cell)) {
      strain[cell] = nothing
    }
    for cell in isRejected.indices where isRejected[cell] { strain[cell] = nothing }
    return strain
  }

  /// Finds the mis-indexed pixels by what the model leaves of them, twice.
  ///
  /// Collective.
  private func outliers() throws(ParallelError) -> [Bool] {
    var parts = self
    let cells = image.numbering.ownCells
    let exchange = try PixelExchange(image.numbering, image.communicator)
    for _ in 0..<2 {
      let residual = try parts.measured() - model
      let isOutlier = try Outliers.found(
        in: [residual.aa, residual.cc, residual.ac].map { field in cells.map { field[$0] } },
        sigmas: Self.channels.map { channel in
          image.sigmas[channel].map { sigma in cells.map { sigma[$0] } }
        }, image.communicator)
      var field = residual.aa.indices.map {
        parts.isRejected.isEmpty || !parts.isRejected[$0] ? 0.0 : 1
      }
      for (pixel, cell) in cells.enumerated() where isOutlier[pixel] { field[cell] = 1 }
      try exchange.fill(&field)
      parts.isRejected = field.map { $0 > 0.5 }
    }
    return parts.isRejected
  }
}
