// SPDX-License-Identifier: Apache-2.0

import Formats
import Parallel
import Physics

extension PreparedParticle {
  /// What the particle contributed, with the maps of the selected fits.
  ///
  /// Collective.
  func report(
    _ fits: [(model: Model, byTerms: [FittedModel])], _ terms: Int, _ noise: ParticleNoise?
  ) throws(ParallelError) -> ParticleReport {
    var maps: [(model: Model, fields: [(dataset: FileFormat.Dataset, values: [Double])])] = []
    for fit in fits {
      guard let law = fit.byTerms.first(where: { $0.law.terms == terms })?.law else { continue }
      maps.append((fit.model, fields(fit.model, law)))
    }
    return ParticleReport(
      image: image, isTraining: isTraining, valid: validCount, masked: masked,
      rejected: rejected, isRejected: rejectedMap, filled: filled,
      unknowns: unknownCount, largestShare: largestShare, linearResidual: residual,
      noise: try noise.map { (noise) throws(ParallelError) in try report(noise) }, maps: maps)
  }

  /// 1 on mis-indexed pixels that were left out, else 0, on held cells; empty where none was.
  private var rejectedMap: [Double] {
    guard rejected > 0 else { return [] }
    var map = [Double](repeating: 0, count: image.layout.cellCount)
    for (pixel, cell) in image.numbering.ownCells.enumerated() where isRejected[pixel] {
      map[cell] = 1
    }
    return map
  }

  private func report(_ noise: ParticleNoise) throws(ParallelError) -> NoiseReport {
    // A noise that is too small to matter was not kept.
    var composition = self.noise?.level ?? 0
    if self.noise == nil { composition = try image.flatRoughness() / 6.0.squareRoot() }
    return NoiseReport(
      levels: noise.model.levels, correlationLength: noise.model.correlationLength,
      composition: composition, compositionWidth: self.noise?.width ?? 0,
      compositionSource: (self.noise?.source ?? .roughness).rawValue)
  }

  /// The maps of a law on held cells.
  private func fields(
    _ model: Model, _ law: EigenstrainLaw
  ) -> [(dataset: FileFormat.Dataset, values: [Double])] {
    let cells = image.numbering.ownCells
    let isValid = Set(valid)
    let strains = strainModel(model)
    func map(_ value: (Int) -> Double) -> [Double] {
      var field = [Double](repeating: .nan, count: image.layout.cellCount)
      for (pixel, cell) in cells.enumerated() { field[cell] = value(pixel) }
      return field
    }
    var fields: [(dataset: FileFormat.Dataset, values: [Double])] = [
      (LawFormat.strainAA, map { strain(model, law, at: $0).aa }),
      (LawFormat.strainCC, map { strain(model, law, at: $0).cc }),
      (LawFormat.strainAC, map { strain(model, law, at: $0).ac }),
      (LawFormat.error, map { isValid.contains($0) ? error(strains, law, at: $0) : .nan }),
    ]
    guard let coherent = strains as? CoherencyStrain else { return fields }
    let side = image.pixelSize
    for (dataset, field) in [
      (LawFormat.displacementA, ForwardModel.Field.displacementA),
      (LawFormat.displacementC, .displacementC),
    ] {
      fields.append((dataset, map { side * coherent.predicted(field, law, $0) }))
    }
    return fields
  }
}
