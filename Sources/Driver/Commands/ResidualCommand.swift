// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Images
import Inversion
import Parallel
import Physics

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
    let communicator = context.communicator
    try OutputGuard.check(
      output, inputs: stacks + [law] + [composition].compactMap(\.self), context)
    let material = try MaterialFile.material(self.material, communicator: communicator)
    let stored = try LawReader(law, communicator: communicator).law(of: model)
    let images = try ParticleSelection(
      stacks: stacks, train: ParticleSelection.names(particle), test: [],
      composition: composition, reference: (stored.law.reference, "where \(law) is zero"),
      communicator: communicator, log: context.log
    ).train
    guard !images.isEmpty else {
      throw ParallelError(.input, "--particle: found no name, expected one or more")
    }
    // Look at all of them before the first is solved.
    for image in images {
      for channel in [Channel.composition, .strainAA, .strainCC, .strainAC] {
        _ = try image.values(channel)
      }
    }
    var options = ResidualOptions(
      law: stored.law, stiffness: material.stiffness.planeStress, bin: bin)
    options.outliers = outliers
    let work = WorkShare(
      "residual", total: images.reduce(0) { $0 + Double($1.numbering.globalCount) },
      log: context.log)
    var particles: [ResidualStrain] = []
    for image in images {
      particles.append(
        try ResidualStrain(image, options: options, log: context.log, work: work))
    }
    work.end()
    let file = try OutputFile(output, communicator: communicator)
    try ResidualWriter.write(particles, law: stored, bin: bin, to: file)
    try Provenance(context, effectiveCase: effectiveCase(stored, material, images)).write(
      to: file, communicator: communicator)
    try file.commit()
    context.log.note("\(output): written")
    show(particles.map(\.summary), stored, on: context.console)
  }

  /// What was run, defaults filled in, as YAML.
  private func effectiveCase(
    _ law: LawReader.StoredLaw, _ material: Material, _ images: [ParticleImage]
  ) -> String {
    """
    law: \(self.law)
    model: \(law.model)
    bin: \(bin)
    outliers: \(outliers.rawValue)
    material: \(material.name)
    particles: [\(images.map(\.name).joined(separator: ", "))]
    """
  }

  private func show(
    _ rows: [ResidualSummary], _ law: LawReader.StoredLaw, on console: Console
  ) {
    var table = Table(
      "particle", "mean X", "pixels", "left out", "rejected", "residual [%]", "coherency [%]",
      "incompatibility [1/um2]", "noise floor [1/um2]", "above noise [1/um2]", "detectable [1/um2]",
      "corr. with sigma")
    for row in rows {
      func perSquareMicrometre(_ value: Double) -> String {
        Table.number(value / Physics.perSquareMicrometre, digits: 4)
      }
      table.add(
        row.name, Table.number(row.meanComposition, digits: 4), String(row.pixels),
        String(row.masked), String(row.rejected), Table.number(100 * row.residual, digits: 4),
        Table.number(100 * row.coherency, digits: 4), perSquareMicrometre(row.incompatibility),
        perSquareMicrometre(row.noiseFloor), perSquareMicrometre(row.incompatibilityAboveNoise),
        perSquareMicrometre(row.detectionLimit), Table.number(row.sigmaCorrelation, digits: 3))
    }
    console.table(table)
    console.line("")
    for source in [ResidualSummary.NoiseSource.sigmaMaps, .estimate, .mixed] {
      let names = rows.filter { $0.noiseSource == source }.map(\.name)
      if !names.isEmpty {
        console.line("noise of \(names.joined(separator: ", ")): \(source.rawValue)")
      }
    }
    for row in rows where max(row.smearedAlongA, row.smearedAlongC) > 0 {
      console.line(
        "\(row.name): the noise is smeared over \(Table.number(row.smearedAlongA, digits: 2)) pixels "
          + "along a, \(Table.number(row.smearedAlongC, digits: 2)) along c (sd of a Gaussian)")
    }
    console.result([
      "law_model": .text(law.model), "bin": .integer(bin),
      "particles": .object(
        Dictionary(uniqueKeysWithValues: rows.map { ($0.name, json($0)) })),
    ])
  }

  private func json(_ row: ResidualSummary) -> JSONValue {
    var object: [String: JSONValue] = [
      "pixel_size_nm": .number(row.pixelSize), "noise_source": .text(row.noiseSource.rawValue),
    ]
    for column in ResidualSummary.columns {
      let value = column.value(row)
      object[column.name] = column.isCount ? .integer(Int(value)) : .number(value)
    }
    return .object(object)
  }
}
