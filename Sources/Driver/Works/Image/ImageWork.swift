// SPDX-License-Identifier: Apache-2.0

import Images
import Instruments
import Parallel
import Physics
import Yams

/// What `image` is asked to do, on any communicator.
struct ImageWork {
  /// A run, or a file of specimens.
  let source: String
  /// Keys that stand instead of the file's, by their names.
  var options: [(key: String, text: String)] = []
  /// The microscope of a run; a specimen's file has its own.
  var instrument: String?
  /// Which steps of a run are seen.
  var steps = Steps.last

  /// Stored steps of a run, each a particle.
  enum Steps: Equatable {
    case last, all
    case some([Int])
  }

  /// What came out.
  struct Images {
    let particles: [ParticleImage]
    /// The composition of zero strain.
    let reference: Double
    let seed: Int
    /// The case with its defaults filled in, as YAML.
    let effectiveCase: String
  }

  /// Makes the images.
  ///
  /// Collective.
  ///
  /// - Throws: ``ParallelError`` of kind `file` or `input` for what cannot be imaged.
  func run(_ communicator: Communicator, log: any RunLog) throws(ParallelError) -> Images {
    let isRun =
      try communicator.first { () throws(ParallelError) in
        try InputFile.checkReadable(source)
        return "\(InputFile.isHDF5(source))"
      } == "true"
    return isRun ? try imagesOfRun(communicator, log) : try imagesOfSpecimens(communicator, log)
  }

  /// The keys of a file with the options in their places.
  ///
  /// Collective.
  private func keys<Keys: CaseMapping>(
    _ type: Keys.Type, in path: String?, _ communicator: Communicator
  ) throws(ParallelError) -> Keys {
    var tree: Node = [:]
    if let path {
      let text = try communicator.first { () throws(ParallelError) in
        try CaseReading.text(of: path)
      }
      tree = try CaseReading.tree(of: text, path: path)
    }
    for (key, text) in options {
      do throws(CaseError) {
        try Keys.set(Node(text), at: key, in: &tree)
      } catch {
        throw CaseReading.refusal(error, path ?? "options")
      }
    }
    return try CaseReading.decode(Keys.self, from: tree, path: path ?? "options")
  }

  private func imagesOfRun(
    _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> Images {
    let instrument = try keys(InstrumentKeys.self, in: self.instrument, communicator)
    var subject = try RunSubject(source, communicator: communicator)
    (subject.law, subject.reference) = truth(of: subject.physics, communicator, log)
    let wanted: [Int]
    switch steps {
    case .last: wanted = [subject.step]
    case .all: wanted = subject.steps
    case .some(let list): wanted = list
    }
    for step in wanted where !subject.steps.contains(step) {
      throw ParallelError(
        .input,
        "\(source): step \(step) is not stored, found \(ImageWork.shown(subject.steps))")
    }
    var particles: [ParticleImage] = []
    for (place, step) in wanted.enumerated() {
      subject.step = step
      var image = try instrument.microscope.image(
        of: subject, name: wanted.count == 1 ? "P1" : "step-\(step)", communicator: communicator)
      instrument.imageNoise.add(to: &image, seed: instrument.seed, place: place)
      particles.append(image)
    }
    let lines =
      ["run: \"\(source)\"", "steps: [\(wanted.map { "\($0)" }.joined(separator: ", "))]"]
      + instrument.lines(InstrumentKeys.fields)
    return Images(
      particles: particles, reference: subject.reference, seed: instrument.seed,
      effectiveCase: lines.joined(separator: "\n") + "\n")
  }

  /// A list of steps that a message can hold.
  private static func shown(_ steps: [Int]) -> String {
    let texts = steps.map { "\($0)" }
    return texts.count <= 12
      ? texts.joined(separator: ", ")
      : texts.prefix(6).joined(separator: ", ") + ", … " + texts.suffix(3).joined(separator: ", ")
  }

  /// The law of a run and the composition at which it is zero, from the case that the run holds.
  ///
  /// Collective.
  private func truth(
    of physics: String, _ communicator: Communicator, _ log: any RunLog
  ) -> (law: EigenstrainLaw?, reference: Double) {
    do throws(ParallelError) {
      let text = try CaseReading.decode(SimulationText.self, from: physics, path: source)
      let material = try text.material?.material(in: "", communicator) ?? .lithiumIronPhosphate
      let reference = material.referenceComposition
      guard text.isElastic else { return (nil, reference) }
      let learned = try text.law?.law(in: "", of: material, communicator)
      return (learned ?? material.linearLaw, reference)
    } catch {
      log.warn(
        "\(source): its case cannot be read (\(error.message)): the law is not noted, the strain is "
          + "taken to be zero at X = 1")
      return (nil, 1)
    }
  }

  private func imagesOfSpecimens(
    _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) -> Images {
    guard instrument == nil, steps == .last else {
      throw ParallelError(
        .input, "--instrument and --step: found them with a file of specimens, expected a run")
    }
    let text = try keys(SpecimenText.self, in: source, communicator)
    let specimens = try text.specimens(in: CaseFolder.of(source), of: source, communicator)
    let (microscope, noise) = (text.instrument.microscope, text.instrument.imageNoise)
    var particles: [ParticleImage] = []
    for (place, specimen) in specimens.enumerated() {
      let subject = try SpecimenSubject(
        specimen, cell: microscope.pixelSize / Double(text.refine),
        source: "specimen \(place + 1) of \(source)", communicator: communicator)
      var image = try microscope.image(
        of: subject, name: "P\(place + 1)", communicator: communicator)
      noise.add(to: &image, seed: text.instrument.seed, place: place)
      if place >= specimens.count - text.tests { image.role = .test }
      log.note("P\(place + 1): \(image.numbering.globalCount) pixels")
      particles.append(image)
    }
    return Images(
      particles: particles, reference: specimens[0].law.reference, seed: text.instrument.seed,
      effectiveCase: text.lines(SpecimenText.fields).joined(separator: "\n") + "\n")
  }
}
