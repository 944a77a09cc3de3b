// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel
import Physics

/// The particles that train and test a law, read from their stacks.
struct ParticleSelection {
  /// Training particles, in the order of the stacks.
  private(set) var train: [ParticleImage]
  /// Test particles, in the order of the stacks.
  private(set) var test: [ParticleImage]

  /// Reads all strain as the lattice's stretch, and tells how much that changes.
  ///
  /// Collective.
  mutating func takeStretch() throws(ParallelError) -> [(name: String, change: FiniteStrainChange)]
  {
    var changes: [(name: String, change: FiniteStrainChange)] = []
    for index in train.indices {
      let (image, change) = try train[index].withStretch()
      train[index] = image
      changes.append((image.name, change))
    }
    for index in test.indices {
      let (image, change) = try test[index].withStretch()
      test[index] = image
      changes.append((image.name, change))
    }
    return changes
  }

  /// The names in a comma-separated option.
  static func names(_ option: String?) -> [String]? {
    option.map { $0.split(separator: ",").map(String.init) }
  }

  /// Reads the particles named, or those the stacks' roles name.
  ///
  /// Collective.
  ///
  /// - Parameter reference: the composition at which strain must be zero, and whose that is, such as
  ///   "that of LiFePO4".
  /// - Throws: ``ParallelError`` of kind `input` for a name that no stack has, one that two stacks
  ///   have, or one that both trains and tests, and for strain that refers to another lattice.
  init(
    stacks: [String], train: [String]?, test: [String]?, composition: String?,
    reference: (composition: Double, owner: String), communicator: Communicator, log: any RunLog
  ) throws(ParallelError) {
    var images: [ParticleImage] = []
    for path in stacks {
      let reader = try StackReader(path, communicator: communicator)
      for note in reader.notes { log.note(note) }
      for name in try reader.particles() {
        if let twin = images.first(where: { $0.name == name }) {
          throw ParallelError(
            .input, "\(path): particle \(name) is in \(twin.file), too; names must differ")
        }
        images.append(try reader.particle(name))
      }
    }
    let known = images.map(\.name)
    for name in (train ?? []) + (test ?? []) where !known.contains(name) {
      let nearest = nearestName(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
      throw ParallelError(
        .input,
        "there is no particle \(name)\(nearest) The stacks hold \(known.joined(separator: ", "))")
    }
    if let both = train?.first(where: { test?.contains($0) == true }) {
      throw ParallelError(.input, "particle \(both) cannot both train and test")
    }
    func trains(_ image: ParticleImage) -> Bool {
      if let train { return train.contains(image.name) }
      if let test { return !test.contains(image.name) }
      return image.role == .train
    }
    func tests(_ image: ParticleImage) -> Bool {
      if let test { return test.contains(image.name) }
      return image.role == .test && !trains(image)
    }
    try Self.check(images.filter { trains($0) || tests($0) }, reference)
    for image in images where trains(image) || tests(image) {
      if image.channels[.strainAA] != nil, image.channels[.rotation] == nil {
        log.note(
          "\(image.file): particle \(image.name) has no rotation: its frame cannot be checked")
      }
    }
    if let composition {
      for index in images.indices where trains(images[index]) || tests(images[index]) {
        try Self.replaceComposition(&images[index], from: composition, communicator)
      }
    }
    self.train = images.filter(trains)
    self.test = images.filter(tests)
  }

  /// Refuses strain that is zero at another composition than expected, or than in another stack.
  private static func check(
    _ images: [ParticleImage], _ expected: (composition: Double, owner: String)
  ) throws(ParallelError) {
    // A stack that does not say it is taken as Vegard writes it.
    func zero(_ image: ParticleImage) -> Double { image.referenceComposition ?? 1 }
    guard let first = images.first else { return }
    if let other = images.first(where: { zero($0) != zero(first) }) {
      throw ParallelError(
        .input,
        "\(first.file): attribute reference puts zero strain at X = \(zero(first)), \(other.file) at "
          + "X = \(zero(other)): expected one lattice that strain refers to")
    }
    guard zero(first) != expected.composition else { return }
    throw ParallelError(
      .input,
      "\(first.file): attribute reference puts zero strain at X = \(zero(first)), expected "
        + "\(expected.composition), \(expected.owner)")
  }

  /// Takes the composition of the particle of the same name (or the only one) in another stack.
  private static func replaceComposition(
    _ image: inout ParticleImage, from path: String, _ communicator: Communicator
  ) throws(ParallelError) {
    let reader = try StackReader(path, communicator: communicator)
    let names = try reader.particles()
    guard let name = names.contains(image.name) ? image.name : names.count == 1 ? names[0] : nil
    else {
      throw ParallelError(
        .input,
        "\(path): there is no particle \(image.name), found \(names.joined(separator: ", "))")
    }
    let other = try reader.particle(name, linesOf: image)
    image.channels[.composition] = try other.values(.composition)
    image.sigmas[.composition] = other.sigmas[.composition]
    image.thickness = other.thickness ?? image.thickness
  }
}
