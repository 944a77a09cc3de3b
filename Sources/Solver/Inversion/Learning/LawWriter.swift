// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
public import Parallel
import Physics

/// Writes a learnt law as a `vegard-law` file.
public enum LawWriter {
  private typealias Declared = LawFormat

  /// Writes law, models, curves, errors and the particles' maps; provenance is the driver's.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` when the file cannot be written.
  public static func write(
    _ law: LearnedLaw, sensitivity: [StiffnessSensitivity.Row] = [],
    to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.start(as: Formats.law)
    try file.set(Declared.selectedModel, law.selectedModel.rawValue)
    try file.set(Declared.selectedTerms, law.selectedTerms)
    for (model, fits) in law.fits {
      guard let fit = law.selected(model) else { continue }
      let group = Declared.model.path(in: Declared.models.path(), named: model.rawValue)
      try write(fit, of: law, in: group, of: file)
      try write(fits, in: Declared.errors.path(in: group), of: file)
    }
    try write(law.law, to: file)
    let histogram = Declared.histogram.path()
    let axis = try file.write(Declared.composition, law.histogram.middles, in: histogram)
    try file.setScales(
      [axis], of: [try file.write(Declared.counts, law.histogram.counts, in: histogram)])
    for (group, density) in [
      (Declared.densityA, law.density.a), (Declared.densityC, law.density.c),
    ] {
      let group = group.path(in: Declared.pixels.path())
      try write(density, law.histogram.middles, in: group, of: file)
    }
    if !sensitivity.isEmpty {
      let group = Declared.sensitivity.path()
      let axis = try file.write(Declared.change, texts: sensitivity.map(\.change), in: group)
      try file.setScales(
        [axis],
        of: [
          try file.write(Declared.changeA, sensitivity.map(\.a), in: group),
          try file.write(Declared.changeC, sensitivity.map(\.c), in: group),
        ])
    }
    for particle in law.particles { try write(particle, to: file) }
  }

  private static func write(
    _ density: PixelDensity, _ compositions: [Double], in group: String,
    of file: borrowing OutputFile
  ) throws(ParallelError) {
    let axes = [
      try file.write(Declared.composition, compositions, in: group),
      try file.write(Declared.strain, density.strainMiddles, in: group),
    ]
    let counts = try file.write(
      Declared.strainCounts, density.counts, in: group,
      sizes: ["H": compositions.count, "S": density.strainMiddles.count])
    try file.setScales(axes, of: [counts])
  }

  /// The law itself, as its readers take it by default.
  private static func write(
    _ law: FittedLaw, to file: borrowing OutputFile
  ) throws(ParallelError) {
    for curves in [Declared.averagedLaw, Declared.averagedExpansion] {
      try write(law.curves(derivative: curves.isDerivative), as: curves, in: "/", of: file)
    }
    let group = Declared.law.path()
    let terms = law.law.terms
    let axes = try file.writeAxes(of: Declared.averaged, terms, in: group)
    let coefficients = try file.write(Declared.averaged.coefficients, law.law.unknowns, in: group)
    let share = try file.write(Declared.dataShare, law.dataShare, in: group)
    try file.setScales(axes.table, of: [coefficients, share])
    try file.setScales(
      axes.square,
      of: [
        try file.write(
          Declared.averaged.covariance, law.covariance, in: group, sizes: ["T": terms])
      ])
    try file.set(Declared.averaged.terms, terms, of: group)
    try writeBasis(of: law.law, as: Declared.averaged, in: group, of: file)
  }

  /// Says what the coefficients of a law belong to.
  ///
  /// Collective.
  static func writeBasis(
    of law: EigenstrainLaw, as declared: LawFormat.Unknowns, in group: String,
    of file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.set(declared.basis, LawReader.basis(reference: law.reference), of: group)
    try file.set(Declared.reference, law.reference, of: group)
  }

  private static func write(
    _ fit: FittedModel, of law: LearnedLaw, in group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    let sizes = ["N": fit.law.terms]
    let axes = try file.writeAxes(of: Declared.fitted, fit.law.terms, in: group)
    try file.setScales(
      axes.table,
      of: [try file.write(Declared.fitted.coefficients, fit.law.unknowns, in: group)])
    try file.setScales(
      axes.square,
      of: [
        try file.write(Declared.fitted.covariance, fit.covariance, in: group, sizes: sizes),
        try file.write(Declared.naiveCovariance, fit.naiveCovariance, in: group, sizes: sizes),
      ])
    try file.set(Declared.fitted.terms, fit.law.terms, of: group)
    try writeBasis(of: fit.law, as: Declared.fitted, in: group, of: file)
    let isDirect = !fit.model.obeysEquilibrium
    try file.set(
      Declared.misfit, isDirect ? Misfit.strain.rawValue : law.options.misfit.rawValue, of: group)
    try file.set(
      Declared.boundary, isDirect ? "none" : law.options.boundary.rawValue, of: group)
    try file.set(Declared.trainError, fit.trainError, of: group)
    try file.set(Declared.testError, fit.testError, of: group)
    try file.set(Declared.modelError, fit.modelError, of: group)
    if fit.model == law.selectedModel {
      try file.set(Declared.attenuation, law.attenuation, of: group)
      try file.set(
        Declared.attenuationCorrected, law.isAttenuationCorrected ? "yes" : "no", of: group)
      try file.set(Declared.heldOutGround, law.heldOutGround, of: group)
    }
    for curves in [Declared.modelLaw, Declared.averagedExpansion] {
      try write(
        FittedLaw(fit).curves(derivative: curves.isDerivative), as: curves,
        naive: LawCurves(fit.law, fit.naiveCovariance, derivative: curves.isDerivative), in: group,
        of: file)
    }
  }

  private static func write(
    _ fits: [FittedModel], in group: String, of file: borrowing OutputFile
  ) throws(ParallelError) {
    let axis = try file.write(
      Declared.errorTerms, fits.map { Double($0.law.terms) }, in: group)
    var columns: [String] = []
    for column in FittedModel.columns {
      columns.append(try file.write(column.dataset, fits.map(column.value), in: group))
    }
    try file.setScales([axis], of: columns)
  }

  private static func write(
    _ curves: LawCurves, as declared: LawFormat.Curves, naive: LawCurves? = nil, in parent: String,
    of file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = declared.group.path(in: parent)
    let axis = try file.write(declared.composition, curves.composition, in: group)
    var columns: [String] = []
    for column in declared.columns {
      columns.append(try file.write(column.dataset, column.values(curves), in: group))
    }
    if let naive {
      for column in declared.naive {
        columns.append(try file.write(column.dataset, column.values(naive), in: group))
      }
    }
    try file.setScales([axis], of: columns)
  }

  private static func write(
    _ particle: ParticleReport, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let image = particle.image
    try StackNames.check(particle: image.name, in: file.path)
    let group = try file.make(
      Declared.particle, in: Declared.particles.path(), named: image.name)
    try file.set(ImageFormat.pixelSize, image.pixelSize, of: group)
    try file.set(ImageFormat.origin, image.origin, of: group)
    try file.set(ImageFormat.role, particle.isTraining ? "train" : "test", of: group)
    if let noise = particle.noise {
      try file.set(Declared.noise, noise.levels, of: group)
      try file.set(Declared.noiseCorrelation, noise.correlationLength, of: group)
      try file.set(Declared.noiseComposition, noise.composition, of: group)
    }
    let axes = try file.writeCoordinates(of: image, in: group)
    var images = [
      try file.write(
        Declared.mask, image.mask.map { $0 ? 1 : 0 }, on: image.layout, in: group)
    ]
    try file.set(Declared.rejectedCount, particle.rejected, of: group)
    if !particle.isRejected.isEmpty {
      images.append(
        try file.write(Declared.rejected, particle.isRejected, on: image.layout, in: group))
    }
    for (model, fields) in particle.maps {
      let below = Declared.prediction.path(in: group, named: model.rawValue)
      for (dataset, values) in fields {
        images.append(try file.write(dataset, values, on: image.layout, in: below))
      }
      try file.linkCoordinates(from: group, into: below)
    }
    try file.setScales(axes, of: images)
  }
}

extension OutputFile {
  /// Numbers components, terms and unknowns.
  ///
  /// Collective.
  ///
  /// - Returns: the axes of what has the shapes (2, N) and (2N, 2N).
  fileprivate func writeAxes(
    of unknowns: LawFormat.Unknowns, _ terms: Int, in group: String
  ) throws(ParallelError) -> (table: [String], square: [String]) {
    let numbers = (1...2 * terms).map(Double.init)
    return (
      [
        try write(unknowns.component, texts: ["a", "c"], in: group),
        try write(unknowns.term, Array(numbers.prefix(terms)), in: group),
      ],
      [
        try write(unknowns.unknown, numbers, in: group),
        try write(unknowns.otherUnknown, numbers, in: group),
      ]
    )
  }
}

extension LawCurves {
  /// The columns by the names they are stored under.
  public var columns: [(name: String, values: [Double])] {
    let declared = LawFormat.averagedLaw
    return [(declared.composition.name, composition)]
      + declared.columns.map { ($0.dataset.name, $0.values(self)) }
  }
}
