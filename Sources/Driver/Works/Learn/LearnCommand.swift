// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Inversion
import Parallel
import Physics

/// Learns the composition–eigenstrain law from image stacks.
struct LearnCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Learn the law f(X) between composition and eigenstrain from image stacks.",
    discussion: """
      m0 regresses the strain on the composition pixel by pixel; m1 lets the strain obey \
      mechanical equilibrium. The law has ten terms under a decaying prior and is averaged over the \
      prior by evidence, so that its band hides no choice; where no pixel lies the band grows by itself. \
      Beside it stands the number of terms that the Bayesian criterion chooses (of --terms), with \
      its own band under its model. --terms with one number gives that law alone, without a prior.

      WHICH BOUNDARY AND MISFIT
        strain, free            the default: right for noisy strain and with
                                dislocations
        gradient, free          uses the rotation too: best under white noise
                                on strain
        displacement, measured  the paper's choice: best when the composition is
                                noisy and the strain is clean; fails where
                                dislocations bend the lattice, and ignores a
                                constant eigenstrain

      UNCERTAINTY
      The 95 % bands propagate the noise of strain and rotation exactly (its autocovariance is \
      read off the residuals). Noise of the composition flattens a law: that is corrected to all \
      orders, and its spread is in the band. Its size is sigma_composition of the stack, \
      --sigma-composition, or told by the roughness of the composition (to 30 %, in the band, too). \
      Where the composition is noisy the law has six terms.

      EXAMPLE
        mpirun -n 2 vegard learn stack.h5 --test P1 --terms 1...6 -o law.h5
        vegard learn stack.h5 --model m1 --terms 2 --misfit displacement \\
          --boundary measured -o law.h5
      """)

  @Argument(help: ArgumentHelp("Image stacks (see vegard import).", valueName: "STACK"))
  var stacks: [String]

  @Option(help: "Models, separated by commas; the last one is the selected one.")
  var model = "m0,m1"

  @Option(
    help: "A range of numbers of terms to choose from, or one: that law alone, without a prior.")
  var terms = "1...6"

  @Option(help: "Training particles, separated by commas (default: as the stacks say).")
  var train: String?

  @Option(help: "Test particles; alone, all others train.")
  var test: String?

  @Option(help: "What holds the boundary: free or measured.")
  var boundary = ForwardModel.Boundary.free

  @Option(help: "What is compared: strain, gradient or displacement.")
  var misfit = Misfit.strain

  @Option(
    help: "Mis-indexed pixels, beyond five robust standard deviations: reject or keep.")
  var outliers = OutlierRule.reject

  @Option(help: "A material file, or the bundled lfp.")
  var material = "lfp"

  @Option(
    help: ArgumentHelp(
      "Take the composition from this stack, another image of the same particles.",
      valueName: "OTHER.h5"))
  var composition: String?

  @Option(help: "The seed of noise draws.")
  var seed = 1

  @Flag(
    help: ArgumentHelp(
      "Learn M1 again with each elastic constant changed by 10 %, and with a stiffness between the "
        + "material's end members; print what that does to the law."))
  var sensitivity = false

  @Flag(
    help: ArgumentHelp(
      "Read the measured strain as the lattice's stretch, free of second-order rotation; prints how "
        + "much that is. Needs the rotation."))
  var finiteStrain = false

  @Option(
    help: ArgumentHelp(
      "The standard deviation of the composition, in place of sigma_composition or of what the "
        + "roughness of the composition tells.", valueName: "VALUE"))
  var sigmaComposition: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "Correct the attenuation by the noise of the composition.")
  var correctComposition = true

  @Option(name: .shortAndLong, help: "Where the law goes.")
  var output: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    guard !stacks.isEmpty else { throw ValidationError("found no STACK, expected at least one") }
    _ = try work()
    if let sigmaComposition, !(sigmaComposition > 0 && sigmaComposition < 1) {
      throw ValidationError(
        "--sigma-composition: found \(sigmaComposition), expected a number between 0 and 1")
    }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    let work: LearnCase
    do { work = try self.work() } catch { throw ParallelError(.input, "\(error)") }
    let result = try context.perform(work, output: output)
    for (name, change) in result.changes {
      context.console.line(
        "\(name): the finite strain differs by \(Table.number(100 * change.rms, digits: 3)) % rms, "
          + "\(Table.number(100 * change.largest, digits: 3)) % at most")
    }
    LawReport.show(result, on: context.console)
  }

  private func work() throws -> LearnCase {
    var work = LearnCase()
    work.stacks = stacks
    work.models = try parsedModels()
    work.terms = try parsedTerms()
    work.train = ParticleSelection.names(train)
    work.test = ParticleSelection.names(test)
    work.boundary = boundary
    work.misfit = misfit
    work.outliers = outliers
    work.material = material
    work.composition = composition
    work.readsStretch = finiteStrain
    work.correctsComposition = correctComposition
    work.sigmaComposition = sigmaComposition
    work.sensitivity = sensitivity
    work.drawSeed = seed
    return work
  }

  private func parsedModels() throws -> [Model] {
    try model.split(separator: ",").map { name in
      guard let model = Model(rawValue: String(name)) else {
        throw ValidationError("--model: found \"\(name)\", expected m0, m1 or both as m0,m1")
      }
      return model
    }
  }

  private func parsedTerms() throws -> [Int] {
    let ends = terms.replacing("...", with: "-").split(separator: "-").map { Int($0) }
    let numbers = ends.compactMap(\.self)
    guard
      numbers.count == ends.count, (1...2).contains(numbers.count), let first = numbers.first,
      let last = numbers.last, first >= 1, last >= first, last <= 12
    else {
      throw ValidationError(
        "--terms: found \"\(terms)\", expected a number such as 2 or a range such as 1...6 "
          + "(at most 12)")
    }
    return Array(first...last)
  }
}
