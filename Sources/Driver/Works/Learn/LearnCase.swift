// SPDX-License-Identifier: Apache-2.0

import Images
import Inversion
import Parallel
import Physics

/// What `learn` is asked to do.
struct LearnCase: CaseMapping, Work {
  var stacks: [String] = []
  var models: [Model] = [.m0, .m1]
  var terms = Array(1...6)
  var train: [String]?
  var test: [String]?
  var boundary = ForwardModel.Boundary.free
  var misfit = Misfit.strain
  var outliers = OutlierRule.reject
  var material = "lfp"
  var composition: String?
  var readsStretch = false
  var correctsComposition = true
  var sigmaComposition: Double?
  var sensitivity = false
  var drawSeed = 1

  static var fields: [CaseField<LearnCase>] {
    [
      .init("stacks", required: \.stacks, .texts, "image stacks"),
      .init("models", \.models, .choices(), "the last one is the selected one"),
      .init(
        "terms", \.terms, .integers(in: 1...12), "to choose from; one: that law, without a prior"),
      .init(
        "train", optional: \.train, .texts, unless: "as the stacks say", "training particles"),
      .init(
        "test", optional: \.test, .texts, unless: "as the stacks say",
        "test particles; alone, all others train"),
      .init("boundary", \.boundary, .choice, "what holds the boundary"),
      .init("misfit", \.misfit, .choice, "what is compared"),
      .init("outliers", \.outliers, .choice, "mis-indexed pixels"),
      .init("material", \.material, .text, "a material file, or a bundled one"),
      .init(
        "composition", optional: \.composition, .text, unless: "the stacks' own",
        "a stack to take the composition from"),
      .init("finite_strain", \.readsStretch, .flag, "read the strain as the lattice's stretch"),
      .init(
        "correct_composition", \.correctsComposition, .flag,
        "correct the attenuation by the noise of the composition"),
      .init(
        "sigma_composition", optional: \.sigmaComposition, .number(in: 1e-12...1),
        unless: "as the stacks or the roughness say", "standard deviation of the composition"),
      .init("sensitivity", \.sensitivity, .flag, "learn with other stiffnesses, too"),
      .init("seed", \.drawSeed, .integer(), "of noise draws"),
    ]
  }

  var inputs: [String] { stacks + [composition].compactMap(\.self) }
  var seed: Int? { drawSeed }

  /// Learns the law.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` for stacks and particles that do not fit, of
  ///   kind `notConverged` where a system cannot be solved.
  func run(
    _ communicator: Communicator, log: any RunLog
  ) throws(ParallelError) -> LearnResult {
    let material = try MaterialFile.material(self.material, communicator: communicator)
    let options = options(material)
    var selection = try ParticleSelection(
      stacks: stacks, train: train, test: test, composition: composition,
      reference: (
        material.referenceComposition,
        "that of \(material.name) (reference_composition of a --material file)"
      ), communicator: communicator, log: log)
    let changes = readsStretch ? try selection.takeStretch() : []
    let law = try Learner(options, communicator: communicator, log: log).learn(
      train: selection.train, test: selection.test)
    var rows: [StiffnessSensitivity.Row] = []
    if sensitivity, let model = models.last(where: \.obeysEquilibrium),
      let fit = law.selected(model)
    {
      rows = try StiffnessSensitivity.rows(
        of: fit.law, options: options, stiffness: material.stiffness,
        endMembers: material.endMembers, train: selection.train, communicator: communicator,
        log: log)
    }
    var filled = self
    filled.train = selection.train.map(\.name)
    filled.test = selection.test.map(\.name)
    return LearnResult(law: law, sensitivity: rows, changes: changes, filled: filled)
  }

  private func options(_ material: Material) -> LearningOptions {
    var options = LearningOptions(stiffness: material.stiffness.planeStress)
    options.models = models
    options.terms = terms
    options.referenceComposition = material.referenceComposition
    options.boundary = boundary
    options.misfit = misfit
    options.outliers = outliers
    options.seed = drawSeed
    options.correctsComposition = correctsComposition
    options.sigmaComposition = sigmaComposition
    return options
  }
}

/// What `learn` has found.
struct LearnResult: WorkResult {
  let law: LearnedLaw
  /// The law under other stiffnesses, where asked for.
  let sensitivity: [StiffnessSensitivity.Row]
  /// What reading the strain as stretch changed, where asked for.
  let changes: [(name: String, change: FiniteStrainChange)]
  /// The case with the particles that took part.
  let filled: LearnCase

  var effectiveCase: String {
    filled.lines(LearnCase.fields).joined(separator: "\n") + "\n"
  }

  func write(to file: borrowing OutputFile) throws(ParallelError) {
    try LawWriter.write(law, sensitivity: sensitivity, to: file)
  }
}
