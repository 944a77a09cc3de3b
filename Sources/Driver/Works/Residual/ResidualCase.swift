// SPDX-License-Identifier: Apache-2.0

import Images
import Inversion
import Parallel
import Physics

/// What `residual` is asked to do.
struct ResidualCase: CaseMapping, Work {
  var stacks: [String] = []
  var law = ""
  var model: String?
  var bin = 1
  var particles: [String]?
  var outliers = OutlierRule.reject
  var material = "lfp"
  var composition: String?

  static var fields: [CaseField<ResidualCase>] {
    [
      .init("stacks", required: \.stacks, .texts, "image stacks"),
      .init("law", required: \.law, .text, "a law file"),
      .init("model", optional: \.model, .text, unless: "the selected one", "whose law of the file"),
      .init("bin", \.bin, .integer(in: 1...1000), "blocks of so many pixels a side are averaged"),
      .init("particles", optional: \.particles, .texts, unless: "all", "particles"),
      .init("outliers", \.outliers, .choice, "mis-indexed pixels"),
      .init("material", \.material, .text, "a material file, or a bundled one"),
      .init(
        "composition", optional: \.composition, .text, unless: "the stacks' own",
        "a stack to take the composition from"),
    ]
  }

  var inputs: [String] { stacks + [law] + [composition].compactMap(\.self) }

  /// Computes the residual strain of each particle.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` for files and particles that do not fit, of
  ///   kind `notConverged` where a system cannot be solved.
  func run(
    _ communicator: Communicator, log: any RunLog
  ) throws(ParallelError) -> ResidualResult {
    let material = try MaterialFile.material(self.material, communicator: communicator)
    let stored = try LawReader(law, communicator: communicator).law(of: model)
    let images = try ParticleSelection(
      stacks: stacks, train: particles, test: [], composition: composition,
      reference: (stored.law.reference, "where \(law) is zero"), communicator: communicator,
      log: log
    ).train
    guard !images.isEmpty else {
      throw ParallelError(.input, "--particle: found no name, expected one or more")
    }
    // Look at all of them before the first is solved.
    for image in images {
      for channel in [.composition] + Channel.strains { _ = try image.values(channel) }
    }
    var options = ResidualOptions(
      law: stored.law, stiffness: material.stiffness.planeStress, bin: bin)
    options.outliers = outliers
    let work = WorkShare(
      "residual", total: images.reduce(0) { $0 + Double($1.numbering.globalCount) }, log: log)
    var found: [ResidualStrain] = []
    for image in images {
      found.append(try ResidualStrain(image, options: options, log: log, work: work))
    }
    work.end()
    var filled = self
    filled.model = stored.model
    filled.particles = images.map(\.name)
    return ResidualResult(particles: found, law: stored, filled: filled)
  }
}

/// What `residual` has found.
struct ResidualResult: WorkResult {
  let particles: [ResidualStrain]
  let law: LawReader.StoredLaw
  /// The case with the model and the particles that took part.
  let filled: ResidualCase

  var effectiveCase: String {
    filled.lines(ResidualCase.fields).joined(separator: "\n") + "\n"
  }

  func write(to file: borrowing OutputFile) throws(ParallelError) {
    try ResidualWriter.write(particles, law: law, bin: filled.bin, to: file)
  }
}
