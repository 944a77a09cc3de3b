// SPDX-License-Identifier: Apache-2.0

public import Formats
import Physics

extension Formats {
  /// What `diffract` writes: profiles, moments and their fits, and the slip systems.
  public static let diffraction = FileFormat(
    name: "vegard-diffraction", version: 1,
    summary: "Restricted moments of diffraction lines with their fits, the effective dislocation "
      + "densities, and the densities of slip systems that explain them. q = (2/λ)(sin θ − sin θ0).",
    root: .init(
      "/", .always, "the analysis", attributes: provenance,
      groups: [DiffractionFormat.peaks, DiffractionFormat.decomposition]))
}

/// The objects of a file of `diffract`.
enum DiffractionFormat {
  typealias Attribute = FileFormat.Attribute
  typealias Dataset = FileFormat.Dataset
  typealias Group = FileFormat.Group

  // MARK: Lines

  static let peaks = Group("peaks", .always, "the lines", groups: [peak])

  static let peak = Group(
    "<h k l>", .always, "one line",
    attributes: [
      hkl, density, densityDeviation, doubt, size, sizeDeviation, chiSquare, correction, errors,
      centre, fullWidth, asymmetry, spacing, cellWidth, window,
    ],
    groups: fits.map(\.group) + [curves, windowStart])

  static let hkl = Attribute("hkl", .numbers(3, as: .integer), .always, "Miller indices")
  static let density = Attribute(
    "rho_effective", .numbers(unit: "1/um2"), .always, "effective dislocation density")
  static let densityDeviation = Attribute(
    "rho_effective_sd", .numbers(unit: "1/um2"), .always,
    "its standard deviation; NaN where a stated density has none")
  static let doubt = Attribute(
    "doubt", .text(), .optional, "why it is not determined; empty where it is")
  static let size = Attribute(
    "size", .numbers(unit: "nm"), .optional, "ε; NaN where it is not determined")
  static let sizeDeviation = Attribute(
    "size_sd", .numbers(unit: "nm"), .optional, "its standard deviation")
  static let chiSquare = Attribute(
    "chi2_per_dof", .numbers(), .optional, "χ² of the joint fit over its expectation")
  static let correction = Attribute(
    "correction", .text(), .optional, "none, moments or fourier")
  static let errors = Attribute(
    "errors", .text(), .optional, "points, or filtered by the Fourier division")
  static let centre = Attribute("centre", .numbers(unit: "1/nm"), .optional, "2 sin θ0/λ")
  static let fullWidth = Attribute(
    "full_width", .numbers(unit: "1/nm"), .optional, "at half maximum")
  static let asymmetry = Attribute(
    "asymmetry", .numbers(), .optional, "right less left area over their sum")
  static let spacing = Attribute(
    "spacing", .numbers(unit: "1/nm"), .optional, "median distance of points")
  static let cellWidth = Attribute(
    "cell_width", .numbers(unit: "1/nm"), .optional, "width of the fit's cells")
  static let window = Attribute(
    "window", .numbers(2, unit: "1/nm"), .optional, "where the moments are fitted")

  // MARK: Fits of a line

  /// A fit of moments: its group, and its columns in the table of the window's starts.
  struct Fit: Sendable {
    let group: Group
    let density, deviation: Dataset
    let ofLine: @Sendable (LineAnalysis) -> MomentFit?
    let ofRow: @Sendable (LineAnalysis.WindowRow) -> Measured?

    init(
      _ name: String, _ meaning: String, _ ofLine: @escaping @Sendable (LineAnalysis) -> MomentFit?,
      _ ofRow: @escaping @Sendable (LineAnalysis.WindowRow) -> Measured?
    ) {
      group = Group(
        name, .optional, meaning, attributes: [terms, names, chiSquareSum, degrees],
        datasets: [values, covariance])
      density = Dataset(name, ["W"], unit: "1/um2", .always, "ρ* by this fit")
      deviation = Dataset(name + "_sd", ["W"], unit: "1/um2", .always, "its standard deviation")
      self.ofLine = ofLine
      self.ofRow = ofRow
    }
  }

  static let fits = [
    Fit("m2", "columns of equation 4.3", \.second, \.second),
    Fit("m4", "columns of equation 4.4", \.fourth, \.fourth),
    Fit("joint", "all columns, with the product of size and strain", \.joint, \.joint),
  ]

  static let terms = Attribute("terms", .texts(), .always, "what was fitted")
  static let names = Attribute(
    "names", .texts(), .always, "what values and covariance are about")
  static let chiSquareSum = Attribute(
    "chi_square", .numbers(), .always, "weighted sum of squared deviations")
  static let degrees = Attribute(
    "degrees", .numbers(as: .integer), .always, "cells less unknowns")
  static let values = Dataset(
    "values", ["P"], unit: "nm", .always,
    "in powers of nm: ρ* 1/nm², 1/ε 1/nm, c0 1/nm², ⟨ρ*²⟩ 1/nm⁴, background")
  static let covariance = Dataset(
    "covariance", ["P", "P"], unit: "nm", .always, "by counting statistics")

  static let windowStart = Group(
    "window_start", .optional, "ρ* against the start of the window",
    datasets: [start] + fits.flatMap { [$0.density, $0.deviation] })

  static let start = Dataset(
    "start", ["W"], unit: "full widths", .always, "start of the window")

  // MARK: Curves of a line

  static let curves = Group(
    "curves", .optional, "moments as measured, background taken off, and as fitted",
    datasets: curveColumns.map(\.dataset))

  static let curveColumns:
    [(dataset: Dataset, values: @Sendable (LineAnalysis.Curves) -> [Double])] =
      [
        (Dataset("q", ["Q"], unit: "1/nm", .always, "offset from the centre"), \.q),
        (Dataset("intensity", ["Q"], .always, "mean of the two sides"), \.intensity),
        (Dataset("intensity_sd", ["Q"], .always, "its standard deviation"), \.intensityDeviation),
        (moment("m2_measured", "moment (m4: over q²)"), \.second),
        (moment("m2_measured_sd", "its standard deviation"), \.secondDeviation),
        (moment("m2_fit", "by the paper's columns; NaN before the window"), \.secondFit),
        (moment("m2_joint", "by the joint fit"), \.secondJoint),
        (moment("m4_measured", "moment (m4: over q²)"), \.fourth),
        (moment("m4_measured_sd", "its standard deviation"), \.fourthDeviation),
        (moment("m4_fit", "by the paper's columns; NaN before the window"), \.fourthFit),
        (moment("m4_joint", "by the joint fit"), \.fourthJoint),
      ]

  private static func moment(_ name: String, _ meaning: String) -> Dataset {
    Dataset(name, ["Q"], unit: "1/nm2", .optional, meaning)
  }

  // MARK: Slip systems

  static let decomposition = Group(
    "decomposition", .optional, "the slip systems that explain the lines",
    attributes: [labels, reflections, residual, tolerance, optimality, rank, unique],
    datasets: [
      lambda, effective, effectiveDeviation, fitted, densities, shortest, lowest, highest, mean,
      deviation, reduction, samples, burgers, line, normal, cell,
    ])

  static let labels = Attribute("labels", .texts(), .always, "the systems")
  static let reflections = Attribute("reflections", .texts(), .always, "the lines")
  static let residual = Attribute("residual", .numbers(), .always, "|ρ* − Λρ|/|ρ*|, weighted")
  static let tolerance = Attribute("tolerance", .numbers(), .always, "the acceptable one")
  static let optimality = Attribute(
    "optimality", .numbers(), .always, "largest violation of the conditions, scaled")
  static let rank = Attribute("rank", .numbers(as: .integer), .always, "rank of Λ")
  static let unique = Attribute(
    "unique", .numbers(as: .integer), .always, "1 where no other densities fit as well")

  static let lambda = Dataset("lambda", ["R", "S"], .always, "Λ = (π/2) g² b² C")
  static let effective = Dataset("effective", ["R"], unit: "1/um2", .always, "ρ* of the lines")
  static let effectiveDeviation = Dataset(
    "effective_sd", ["R"], unit: "1/um2", .always, "its standard deviation")
  static let fitted = Dataset(
    "fitted", ["R"], unit: "1/um2", .always, "Λρ and what fixed densities make")
  static let densities = Dataset("density", ["S"], unit: "1/um2", .always, "best densities")
  static let shortest = Dataset(
    "shortest", ["S"], unit: "1/um2", .always, "the shortest of the best")
  static let lowest = Dataset(
    "min", ["S"], unit: "1/um2", .always, "smallest acceptable; NaN where none is")
  static let highest = Dataset("max", ["S"], unit: "1/um2", .always, "largest acceptable")
  static let mean = Dataset(
    "mean", ["S"], unit: "1/um2", .optional, "mean over the acceptable set")
  static let deviation = Dataset(
    "sd", ["S"], unit: "1/um2", .optional, "standard deviation over it")
  static let reduction = Dataset(
    "r_hat", ["S"], .optional, "potential scale reduction of the chains")
  static let samples = Dataset(
    "samples", ["N", "S"], as: .float, unit: "1/um2", .optional, "acceptable densities")
  static let burgers = Dataset(
    "burgers", ["S", "3"], unit: "nm", .written, "Burgers vectors, Cartesian")
  static let line = Dataset(
    "line", ["S", "3"], unit: "nm", .written, "line directions, Cartesian")
  static let normal = Dataset(
    "normal", ["S", "3"], unit: "nm", .written, "plane normals, length arbitrary")
  static let cell = Dataset(
    "cell", ["3", "3"], unit: "nm", .written, "rows a, b, c of the first crystal")
}
