// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Images
import Parallel
import Physics

/// The virtual microscope.
struct ImageCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "image",
    abstract: "Make the images that a microscope would give of a run or of a virtual specimen.",
    discussion: """
      The result is a stack with composition, strain, rotation and relative thickness, for learn, \
      residual and plot, and with the law that the strain obeys (attributes true_law_a and \
      true_law_c), so that what is learnt can be held against it.

      Of a run in two or three dimensions (RUN.h5 of simulate) the last step is seen, or those of \
      --step; each is a particle. Composition and strain are means along the beam over the material. \
      --tilt inclines the beam from b towards a.

      A file of specimens (SPECIMEN.yaml) says outline, pattern of the composition and law of \
      particles whose strain is computed; docs/image.md explains its keys, those of the microscope \
      among them. Options stand instead of the file's keys. For a run --instrument names a file with \
      the microscope's keys.

      --noise takes a level for strain and rotation: "5 %" of 0.0494, a strain such as 3.5e-3, or \
      instrument, the noise of published maps: 0.35 % of strain, 0.18 degree, 0.07 of the composition, \
      smeared over 1.5 pixels, with 0.5 % of the pixels mis-indexed.

      EXAMPLE
        vegard image examples/specimen.yaml -o stack.h5
        vegard simulate examples/platelet-2d.yaml -o run.h5
        vegard image run.h5 --pixel-size "16 nm" --noise "5 %" -o image.h5
        vegard image run.h5 --pixel-size "16 nm" --blur "20 nm" --tilt "10 deg" \\
          --noise instrument --seed 7 -o image.h5
      """)

  @Argument(
    help: ArgumentHelp("A run, or a file of specimens.", valueName: "RUN.h5|SPECIMEN.yaml"))
  var source: String

  @Option(help: ArgumentHelp("The side of a pixel (20 nm).", valueName: "LENGTH"))
  var pixelSize: String?

  @Option(
    help: ArgumentHelp(
      "Standard deviation of the point spread, such as \"30 nm\".", valueName: "LENGTH"))
  var blur: String?

  @Option(
    help: ArgumentHelp("The angle between the beam and b, towards a.", valueName: "ANGLE"))
  var tilt: String?

  @Option(help: ArgumentHelp("Noise: \"5 %\", 3.5e-3 or instrument.", valueName: "LEVEL"))
  var noise: String?

  @Flag(help: "Do not write how large the noise is.")
  var unknownNoise = false

  @Flag(help: "Leave strain and rotation out.")
  var compositionOnly = false

  @Option(help: "What random numbers grow from (1).")
  var seed: Int?

  @Option(
    help: ArgumentHelp(
      "Stored steps of a run, separated by commas, or all (the last).", valueName: "STEPS"))
  var step: String?

  @Option(
    help: ArgumentHelp("A file with the keys of the microscope, for a run.", valueName: "FILE"))
  var instrument: String?

  @Option(name: .shortAndLong, help: "Where the stack goes.")
  var output: String

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  func validate() throws {
    guard steps != nil else {
      throw ValidationError(
        "--step: found \(step ?? ""), expected numbers separated by commas, or all")
    }
  }

  /// The steps that are asked for; nil where the words are none.
  private var steps: ImageWork.Steps? {
    guard let step else { return .last }
    if step == "all" { return .all }
    let parts = step.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    return numbers.count == parts.count && Set(numbers).count == numbers.count
      ? .some(numbers) : nil
  }

  func run(_ context: RunContext) throws(ParallelError) {
    try OutputGuard.check(output, inputs: [source] + [instrument].compactMap(\.self), context)
    var work = ImageWork(source: source)
    let keys: [(String, String?)] = [
      ("pixel_size", pixelSize), ("blur", blur), ("tilt.a", tilt), ("noise", noise),
      ("noise_stated", unknownNoise ? "false" : nil),
      ("measures", compositionOnly ? "composition" : nil), ("seed", seed.map { "\($0)" }),
    ]
    work.options = keys.compactMap { key, text in text.map { (key, $0) } }
    work.instrument = instrument
    work.steps = steps ?? .last
    let images = try work.run(context.communicator, log: context.log)
    var stack = try StackWriter(
      output, reference: images.reference, communicator: context.communicator)
    try Provenance(context, seed: images.seed, effectiveCase: images.effectiveCase).write(
      to: stack.file, communicator: context.communicator)
    for particle in images.particles { try stack.write(particle) }
    try stack.commit()
    context.log.note("\(output): written")
    try ImageReport.show(images.particles, on: context.console)
  }
}
