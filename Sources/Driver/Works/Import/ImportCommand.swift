// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Images
import Import
import Parallel

/// Turns strain maps of other programs into a stack, and checks their frame.
struct ImportCommand: VegardCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Turn strain maps of other programs into a stack, and check their frame.",
    discussion: """
      Reads EMD files of py4DSTEM (1.0 and older) and NCEM, MATLAB v7.3, folders of CSV \
      (e_xx.csv, e_yy.csv, e_xy.csv, theta.csv, mask.csv, composition.csv), stacks, and HDF5 of \
      any layout with --map. py4DSTEM's x is the image row: e_xx becomes e_cc, e_yy e_aa, e_xy \
      e_ac, theta minus the rotation.

      --frame-angle F is the angle of the file's strain x axis from the image row axis, positive \
      towards the columns. With C = cos F, S = sin F:
        e_cc = C^2 e_xx + S^2 e_yy - 2 S C e_xy
        e_aa = S^2 e_xx + C^2 e_yy + 2 S C e_xy
        e_ac = S C (e_xx - e_yy) + (C^2 - S^2) e_xy

      The frame check integrates the gradient and warns when another angle or the other sign of \
      the rotation leaves clearly less residual.

      EXAMPLE
        vegard import strainmap.h5 --particle P1 -o stack.h5
        vegard import tables/ --units percent,degrees --pixel-size "49.5 nm" \\
          -o stack.h5
        vegard import any.h5 --map "e_aa=/maps/strain[0]" \\
          --map "e_cc=/maps/strain[1]" --pixel-size "10 nm" -o stack.h5
      """)

  @Argument(help: ArgumentHelp("HDF5 files and folders of CSV.", valueName: "FILE"))
  var files: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The stack.", valueName: "stack.h5"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Name of the particle, once for each; of a stack, which to take.", valueName: "NAME"))
  var particle: [String] = []

  @Flag(help: "Keep the particles of an existing output; --force replaces those of equal name.")
  var append = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Edge of a pixel, such as \"49.5 nm\"; wins over the file.", valueName: "LENGTH"))
  var pixelSize: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Angle of the strain x axis from the image row axis.", valueName: "DEG"))
  var frameAngle = 0.0

  @Option(help: "The sense of the file's rotation; left flips its sign.")
  var handedness = Handedness.right

  @Option(
    help: ArgumentHelp("Units of strain and angle in CSV and MATLAB.", valueName: "percent,degrees")
  )
  var units: String?

  @Option(
    help: ArgumentHelp(
      "Where a channel lies, with an optional slice: e_aa=/a/b[0].", valueName: "CHANNEL=PATH"))
  var map: [String] = []

  @Flag(help: "Turn py4DSTEM's first-order strain 1-b into the exact b^-T - 1.")
  var exactStrain = false

  @Option(help: "What the particles are for; default: train, or as a stack says.")
  var role: Role?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Centre of pixel [0,0] along a and c, such as \"0 nm, 0 nm\".", valueName: "A,C"))
  var origin: String?

  @Option(
    help: ArgumentHelp(
      "The composition of the lattice that the strain refers to; default: 1, or as a stack says.",
      valueName: "X"))
  var referenceComposition: Double?

  @OptionGroup(title: "Common options")
  var common: CommonOptions

  /// ``ImportOptions/Handedness`` as a word of the command line.
  enum Handedness: String, ExpressibleByArgument, CaseIterable { case right, left }

  /// ``ParticleImage/Role`` as a word of the command line.
  enum Role: String, ExpressibleByArgument, CaseIterable { case train, test }

  func validate() throws {
    guard frameAngle.isFinite, abs(frameAngle) <= 360 else {
      throw ValidationError("--frame-angle: found \(frameAngle), expected -360 to 360")
    }
    if let referenceComposition, !(0...1).contains(referenceComposition) {
      throw ValidationError(
        "--reference-composition: found \(referenceComposition), expected 0 to 1")
    }
    guard !files.isEmpty else { throw ValidationError("no file given, expected at least one") }
  }

  func run(_ context: RunContext) throws(ParallelError) {
    let options = try importOptions()
    let isThere = try exists(output, context.communicator)
    let extends = append && isThere
    try OutputGuard.check(
      output, inputs: extends ? [] : files, replaces: extends ? true : nil, context)
    let particles = try Importer.read(
      files, options, communicator: context.communicator, log: context.log)
    try write(particles, extends: extends, context)
    // After writing: a doubtful frame is told, and no reason to refuse the stack.
    var checks: [String: FrameCheck] = [:]
    for particle in particles { checks[particle.name] = checkFrame(particle, context) }
    try report(particles, checks, context)
  }

  private func importOptions() throws(ParallelError) -> ImportOptions {
    var options = ImportOptions()
    options.particles = particle
    if let pixelSize {
      options.pixelSize = try ImportOptions.length(pixelSize, option: "--pixel-size")
    }
    options.frameAngle = frameAngle
    options.handedness = handedness == .left ? .left : .right
    if let units { options.units = try ChannelUnits(parsing: units) }
    for text in map { options.map.append(try ChannelMapping(parsing: text)) }
    options.exactStrain = exactStrain
    options.referenceComposition = referenceComposition
    options.role = role.map { $0 == .test ? .test : .train }
    if let origin { options.origin = try ImportOptions.origin(parsing: origin) }
    return options
  }

  private func exists(
    _ path: String, _ communicator: Communicator
  ) throws(ParallelError) -> Bool {
    try communicator.first { () throws(ParallelError) in
      FileManager.default.fileExists(atPath: path) ? "yes" : ""
    } == "yes"
  }

  private func write(
    _ particles: [ParticleImage], extends: Bool, _ context: RunContext
  ) throws(ParallelError) {
    let reference = try Importer.reference(of: particles)
    var stack = try StackWriter(
      output, reference: reference, communicator: context.communicator)
    try Provenance(context).write(to: stack.file, communicator: context.communicator)
    // The old particles are copied into the new file: whatever ends the import, one of the two is whole.
    if extends {
      let names = particles.map(\.name)
      let old = try InputFile(output, communicator: context.communicator)
      try Importer.checkStack(old, reference: reference)
      let twice = try old.members().filter { names.contains($0) }
      guard common.force || twice.isEmpty else {
        throw ParallelError(
          .input,
          "\(output): holds \(twice.joined(separator: ", ")) already; --force replaces it, "
            + "--particle gives another name")
      }
      let kept = try stack.copyParticles(of: old, except: Set(names))
      context.log.note("\(output): keeps \(kept.joined(separator: ", "))")
    }
    for particle in particles { try stack.write(particle) }
    try stack.commit()
  }

  /// The frame check of one particle; nil where it lacks what is needed or the check breaks down,
  /// which is no reason to refuse a stack that lies on the disk.
  private func checkFrame(_ particle: ParticleImage, _ context: RunContext) -> FrameCheck? {
    guard Channel.gradient.allSatisfy({ particle.channels[$0] != nil }) else { return nil }
    do throws(ParallelError) {
      let check = try FrameCheck(particle)
      if check.contradictsDeclared { context.log.warn(advice(particle.name, check)) }
      return check
    } catch {
      context.log.warn("\(particle.name): the frame could not be checked: \(error.message)")
      return nil
    }
  }

  /// The frame of the smallest residual, as the options would have to name it.
  ///
  /// Half a turn changes no strain, so that an angle within ±90° is enough.
  private func bestFrame(_ check: FrameCheck) -> (angle: Double, handedness: Handedness) {
    var angle = (frameAngle + check.angle).truncatingRemainder(dividingBy: 180)
    if angle > 90 { angle -= 180 }
    if angle <= -90 { angle += 180 }
    let flipped: Handedness = handedness == .right ? .left : .right
    return (angle, check.handedness == .right ? handedness : flipped)
  }

  private func advice(_ name: String, _ check: FrameCheck) -> String {
    let best = bestFrame(check)
    return "\(name): the gradient integrates with a residual of "
      + "\(formatted(100 * check.declaredResidual, significant: 3)) % as declared, but of "
      + "\(formatted(100 * check.residual, significant: 3)) % with --frame-angle "
      + "\(formatted(best.angle, significant: 3)) --handedness \(best.handedness.rawValue)"
  }

  private func report(
    _ particles: [ParticleImage], _ checks: [String: FrameCheck], _ context: RunContext
  ) throws(ParallelError) {
    var table = Table(
      "particle", "rows", "columns", "pixel [nm]", "pixels", "masked", "frame [degree]",
      "handedness", "residual [%]", "as declared [%]")
    var objects: [String: JSONValue] = [:]
    for particle in particles {
      let check = checks[particle.name]
      let layout = particle.layout
      let (pixels, missing) = (particle.numbering.globalCount, try particle.missing())
      table.add(
        particle.name, String(layout.rows), String(layout.columns),
        Table.number(particle.pixelSize), String(pixels), String(missing.any),
        check.map { Table.number(bestFrame($0).angle, digits: 4) } ?? Table.nothing,
        check.map { bestFrame($0).handedness.rawValue } ?? Table.nothing,
        check.map { Table.number(100 * $0.residual, digits: 3) } ?? Table.nothing,
        check.map { Table.number(100 * $0.declaredResidual, digits: 3) } ?? Table.nothing)
      var object: [String: JSONValue] = [
        "shape": [.integer(layout.rows), .integer(layout.columns)],
        "pixel_size_nm": .number(particle.pixelSize), "pixels": .integer(pixels),
        "masked": .integer(missing.any), "source": .text(particle.source),
        "channels": .list(particle.maps.map(\.name).sorted().map { .text($0) }),
      ]
      if let check {
        object["frame"] = [
          "angle_deg": .number(bestFrame(check).angle),
          "handedness": .text(bestFrame(check).handedness.rawValue),
          "residual": .number(check.residual),
          "declared_residual": .number(check.declaredResidual),
        ]
      }
      objects[particle.name] = .object(object)
      for channel in Channel.allCases {
        guard let count = missing.by[channel], count > 0 else { continue }
        context.log.note("\(particle.name): \(channel.rawValue) has no data in \(count) pixels")
      }
    }
    context.console.table(table)
    context.console.result(["particles": .object(objects)])
  }
}
