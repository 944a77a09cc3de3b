// SPDX-License-Identifier: Apache-2.0

import Formats
import Images
public import Parallel
import Physics

/// Writes a learnt law as a `vegard-law` file.
public enum LawWriter {
  /// The version of the format.
  public static let version = 2

  /// Writes law, models, curves, errors and the particles' maps; provenance is the driver's.
  ///
  /// Collective.
  public static func write(
    _ law: LearnedLaw, sensitivity: [StiffnessSensitivity.Row] = [],
    to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.setAttribute("format", "vegard-law")
    try file.setAttribute("version", [Double(version)], as: .integer)
    try file.setAttribute("selected_model", law.selectedModel.rawValue)
    try file.setAttribute("selected_terms", [Double(law.selectedTerms)], as: .integer)
    for (model, fits) in law.fits {
      guard let fit = law.selected(model) else { continue }
      try write(fit, of: law, to: file)
      try writeErrors(fits, model, to: file)
    }
    try write(law.law, to: file)
    try writeTable(
      "/composition_histogram", [("counts", law.histogram.counts)], to: file
    ) { (axis) throws(ParallelError) in
      let middles = law.histogram.middles
      try file.write("\(axis)/composition", middles, shape: [middles.count])
      try file.setAttribute("units", "1", of: "\(axis)/composition")
      return "\(axis)/composition"
    }
    for (name, density) in [("a", law.density.a), ("c", law.density.c)] {
      try write(density, law.histogram.middles, in: "/pixels/\(name)", to: file)
    }
    if !sensitivity.isEmpty {
      try writeTable(
        "/sensitivity", [("a", sensitivity.map(\.a)), ("c", sensitivity.map(\.c))], to: file
      ) { (axis) throws(ParallelError) in
        try file.write("\(axis)/change", texts: sensitivity.map(\.change))
        return "\(axis)/change"
      }
    }
    for particle in law.particles { try write(particle, to: file) }
  }

  private static func write(
    _ density: PixelDensity, _ compositions: [Double], in group: String,
    to file: borrowing OutputFile
  ) throws(ParallelError) {
    let strains = density.strainMiddles
    try file.write("\(group)/composition", compositions, shape: [compositions.count])
    try file.write("\(group)/strain", strains, shape: [strains.count])
    try file.write(
      "\(group)/counts", density.counts, shape: [compositions.count, strains.count],
      as: .integer)
    for name in ["composition", "strain", "counts"] {
      try file.setAttribute("units", "1", of: "\(group)/\(name)")
    }
    try file.setScales(
      ["\(group)/composition", "\(group)/strain"], of: ["\(group)/counts"])
  }

  /// Writes columns of numbers and the axis that `axis` writes into their group.
  private static func writeTable(
    _ group: String, _ columns: [(name: String, values: [Double])], to file: borrowing OutputFile,
    axis: (String) throws(ParallelError) -> String
  ) throws(ParallelError) {
    let scale = try axis(group)
    for (name, values) in columns {
      try file.write("\(group)/\(name)", values, shape: [values.count])
      try file.setAttribute("units", "1", of: "\(group)/\(name)")
    }
    try file.setScales([scale], of: columns.map { "\(group)/\($0.name)" })
  }

  /// The law itself, as its readers take it by default.
  private static func write(
    _ law: FittedLaw, to file: borrowing OutputFile
  ) throws(ParallelError) {
    try writeCurves(law, under: "", to: file)
    let terms = law.law.terms
    try file.write("/law/coefficients", law.law.unknowns, shape: [2, terms])
    try file.write("/law/covariance", law.covariance, shape: [2 * terms, 2 * terms])
    try file.write("/law/data_share", law.dataShare, shape: [2, terms])
    for name in ["coefficients", "covariance", "data_share"] {
      try file.setAttribute("units", "1", of: "/law/\(name)")
    }
    try writeUnknowns(
      terms, ["coefficients", "data_share"], squares: ["covariance"], in: "/law", to: file)
    try file.setAttribute("terms", [Double(terms)], as: .integer, of: "/law")
    try writeBasis(law.law, of: "/law", to: file)
  }

  /// Says what the coefficients of a law belong to.
  ///
  /// Collective.
  static func writeBasis(
    _ law: EigenstrainLaw, of group: String, to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.setAttribute("basis", LawReader.basis(reference: law.reference), of: group)
    try file.setAttribute("reference_composition", [law.reference], of: group)
  }

  private static func write(
    _ fit: FittedModel, of law: LearnedLaw, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = "/models/\(fit.model.rawValue)"
    let terms = fit.law.terms
    try file.makeGroup(group)
    try file.write("\(group)/coefficients", fit.law.unknowns, shape: [2, terms])
    try file.write("\(group)/covariance", fit.covariance, shape: [2 * terms, 2 * terms])
    try file.write(
      "\(group)/naive_covariance", fit.naiveCovariance, shape: [2 * terms, 2 * terms])
    for name in ["coefficients", "covariance", "naive_covariance"] {
      try file.setAttribute("units", "1", of: "\(group)/\(name)")
    }
    try writeUnknowns(
      terms, ["coefficients"], squares: ["covariance", "naive_covariance"], in: group, to: file)
    try file.setAttribute("terms", [Double(terms)], as: .integer, of: group)
    try writeBasis(fit.law, of: group, to: file)
    let isDirect = !fit.model.obeysEquilibrium
    try file.setAttribute(
      "misfit", isDirect ? Misfit.strain.rawValue : law.options.misfit.rawValue, of: group)
    try file.setAttribute(
      "boundary", isDirect ? "none" : law.options.boundary.rawValue, of: group)
    try file.setAttribute("train_error", [fit.trainError], of: group)
    try file.setAttribute("test_error", [fit.testError], of: group)
    try file.setAttribute("model_error", [fit.modelError], of: group)
    if fit.model == law.selectedModel {
      try file.setAttribute("attenuation", [law.attenuation], of: group)
      try file.setAttribute(
        "attenuation_corrected", law.isAttenuationCorrected ? "yes" : "no", of: group)
      try file.setAttribute("held_out_ground", law.heldOutGround, of: group)
    }
    try writeCurves(FittedLaw(fit), naive: fit.naiveCovariance, under: group, to: file)
  }

  /// Numbers components, terms and unknowns, and makes them the axes of datasets of (2, N) and of
  /// (2N, 2N).
  ///
  /// Collective.
  static func writeUnknowns(
    _ terms: Int, _ tables: [String], squares: [String], in group: String,
    to file: borrowing OutputFile
  ) throws(ParallelError) {
    try file.write("\(group)/component", texts: ["a", "c"])
    for (name, count) in [("term", terms), ("unknown", 2 * terms), ("other_unknown", 2 * terms)] {
      let path = "\(group)/\(name)"
      try file.write(path, (1...count).map(Double.init), shape: [count], as: .integer)
      try file.setAttribute("units", "1", of: path)
    }
    func axes(_ names: String...) -> [String] { names.map { "\(group)/\($0)" } }
    try file.setScales(axes("component", "term"), of: tables.map { "\(group)/\($0)" })
    try file.setScales(axes("unknown", "other_unknown"), of: squares.map { "\(group)/\($0)" })
  }

  private static func writeErrors(
    _ fits: [FittedModel], _ model: Model, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let group = "/models/\(model.rawValue)/errors"
    try file.write(
      "\(group)/terms", fits.map { Double($0.law.terms) }, shape: [fits.count], as: .integer)
    try file.setAttribute("units", "1", of: "\(group)/terms")
    for column in FittedModel.columns {
      try file.write("\(group)/\(column.name)", fits.map(column.value), shape: [fits.count])
      try file.setAttribute("units", "1", of: "\(group)/\(column.name)")
    }
    try file.setScales(
      ["\(group)/terms"], of: FittedModel.columns.map { "\(group)/\($0.name)" })
  }

  private static func writeCurves(
    _ law: FittedLaw, naive: [Double]? = nil, under group: String, to file: borrowing OutputFile
  ) throws(ParallelError) {
    for (name, derivative) in [("law", false), ("expansion", true)] {
      var columns = law.curves(derivative: derivative).columns
      if let naive {
        columns += LawCurves(law.law, naive, derivative: derivative).naiveColumns
      }
      for (column, values) in columns {
        try file.write("\(group)/\(name)/\(column)", values, shape: [values.count])
        try file.setAttribute("units", "1", of: "\(group)/\(name)/\(column)")
      }
      try file.setScales(
        ["\(group)/\(name)/composition"],
        of: columns.map(\.name).filter { $0 != "composition" }.map { "\(group)/\(name)/\($0)" })
    }
  }

  private static func write(
    _ particle: ParticleReport, to file: borrowing OutputFile
  ) throws(ParallelError) {
    let image = particle.image
    try StackNames.check(particle: image.name, in: file.path)
    let group = "/particles/\(image.name)"
    try file.makeGroup(group)
    try file.setAttribute("pixel_size", [image.pixelSize], of: group)
    try file.setAttribute("origin", image.origin, of: group)
    try file.setAttribute("role", particle.isTraining ? "train" : "test", of: group)
    if let noise = particle.noise {
      try file.setAttribute("noise", noise.levels, of: group)
      try file.setAttribute("noise_correlation_length", [noise.correlationLength], of: group)
      try file.setAttribute("noise_composition", [noise.composition], of: group)
    }
    let layout = image.layout
    let shape = [layout.rows, layout.columns]
    let window = layout.own.isEmpty ? nil : layout.window(layout.own)
    try file.write(
      "\(group)/mask", layout.fileOrder(image.mask.map { $0 ? 1 : 0 }), shape: shape,
      window: window, as: .byte)
    let axes = try file.writeCoordinates(of: image, in: group)
    var images = ["\(group)/mask"]
    try file.setAttribute("rejected", [Double(particle.rejected)], as: .integer, of: group)
    if !particle.isRejected.isEmpty {
      let path = "\(group)/rejected"
      try file.write(
        path, layout.fileOrder(particle.isRejected), shape: shape, window: window, as: .byte)
      try file.setAttribute("units", "1", of: path)
      images.append(path)
    }
    for (model, fields) in particle.maps {
      for field in fields {
        let path = "\(group)/\(model.rawValue)/\(field.name)"
        try file.write(path, layout.fileOrder(field.values), shape: shape, window: window)
        try file.setAttribute("units", field.units, of: path)
        images.append(path)
      }
      for axis in axes {
        try file.link("\(group)/\(model.rawValue)/\(FileTree.leaf(axis))", to: axis)
      }
    }
    try file.setScales(axes, of: images)
  }
}

extension OutputFile {
  /// Writes the coordinates of an image's rows and columns into the group of its particle.
  ///
  /// Collective.
  ///
  /// - Returns: their paths, the axes of what has the image's shape.
  func writeCoordinates(
    of image: ParticleImage, in group: String
  ) throws(ParallelError) -> [String] {
    let axes = [
      ("\(group)/c", image.layout.rows, image.origin[1]),
      ("\(group)/a", image.layout.columns, image.origin[0]),
    ]
    for (path, count, first) in axes {
      try write(path, (0..<count).map { first + Double($0) * image.pixelSize }, shape: [count])
      try setAttribute("units", "nm", of: path)
    }
    return axes.map(\.0)
  }
}

extension FittedModel {
  /// What is told for each number of terms, by the names it is stored and printed under.
  public static var columns: [(name: String, value: (FittedModel) -> Double)] {
    [
      ("train", \.trainError), ("test", \.testError),
      ("held_out", { $0.heldOut?.error ?? .nan }),
      ("held_out_difference", { $0.heldOut?.difference ?? .nan }),
      ("held_out_sd", { $0.heldOut?.standardError ?? .nan }),
      ("remainder", { $0.criterion?.remainder ?? .nan }), ("aic", { $0.criterion?.aic ?? .nan }),
      ("bic", { $0.criterion?.bic ?? .nan }),
      ("log_evidence", { $0.criterion?.logEvidence ?? .nan }),
    ]
  }
}

extension LawCurves {
  /// The columns by the names they are stored under.
  public var columns: [(name: String, values: [Double])] {
    [
      ("composition", composition), ("a", a), ("a_lower", aLower), ("a_upper", aUpper),
      ("c", c), ("c_lower", cLower), ("c_upper", cUpper),
    ]
  }

  /// The bands of a naive covariance by the names they are stored under.
  public var naiveColumns: [(name: String, values: [Double])] {
    [
      ("a_lower_naive", aLower), ("a_upper_naive", aUpper), ("c_lower_naive", cLower),
      ("c_upper_naive", cUpper),
    ]
  }
}
