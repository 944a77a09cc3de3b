// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Inversion
import Parallel

/// Computes coherency strain, residual strain and its incompatibility.
struct ResidualCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "residual",
    abstract: "Subtract eigenstrain and coherency strain from measured strain.",
    discussion: """
      The coherency strain is that of mechanical equilibrium with the measured composition and the \
      learnt law, without traction or dislocations. What is left of the measured strain is the \
      residual strain; its incompatibility shows what no displacement can cause, such as \
      dislocations, and noise. The noise floor is subtracted in quadrature: it comes from the \
      stack's sigma maps where it has them, else from fourth differences of the strain, which also \
      tell over how many pixels the noise is smeared. Incompatibility above the noise counts as \
      detected where it exceeds "detectable".

      The noise floor grows as 1/pixel²: compare particles of different pixel size with --bin.

      EXAMPLE
        vegard learn stack.h5 -o law.h5
        vegard residual stack.h5 --law law.h5 -o residual.h5
        vegard residual fine.h5 --law law.h5 --bin 3 --format json -o coarse.h5
        vegard plot residual.h5 -o pictures
      """)

  @Argument(help: ArgumentHelp("Image stacks (see vegard import).", valueName: "STACK"))
  var stacks: [String]

  @Option(help: ArgumentHelp("The learnt law (see vegard learn).", valueName: "LAW.h5"))
  var law: String

  @Option(help: "Whose law of the file: m0 or m1 (default: the selected one).")
  var model: String?

  @Option(
    help: ArgumentHelp("Average blocks of N by N pixels before differentiating.", valueName: "N"))
  var bin = 1

  @Option(help: "Particles, separated by commas (default: all).")
  var particle: String?

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

  @Option(name: .shortAndLong, help: "Where the result goes.")
  var output: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    guard !stacks.isEmpty else { throw ValidationError("found no STACK, expected at least one") }
    guard (1...1000).contains(bin) else {
      throw ValidationError("--bin: found \(bin), expected 1 to 1000 pixels")
    }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    var work = ResidualCase()
    work.stacks = stacks
    work.law = law
    work.model = model
    work.bin = bin
    work.particles = ParticleSelection.names(particle)
    work.outliers = outliers
    work.material = material
    work.composition = composition
    ResidualReport.show(try context.perform(work, output: output), on: context.console)
  }
}
