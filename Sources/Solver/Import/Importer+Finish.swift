// SPDX-License-Identifier: Apache-2.0

import Images
import Parallel

extension Importer {
  /// Makes the mask, turns the tensors, blanks what lies outside and counts what is missing.
  static func finish(
    _ particle: inout ImportedParticle, _ options: ImportOptions, path: String,
    keepsOutside: Bool, _ communicator: Communicator, _ log: any RunLog
  ) throws(ParallelError) {
    let mask = particle.channels.removeValue(forKey: "mask")
    try checkChannels(particle, options, path, log)
    FrameRotation(options).apply(to: &particle.channels)
    let measured = particle.channels.keys.filter { StackNames.channels.contains($0) }.sorted()
    let count = particle.rows.count * particle.shape[1]
    if let mask {
      particle.mask = mask.map { $0 >= 0.5 ? 1 : 0 }
    } else {
      particle.mask = (0..<count).map { i in
        measured.contains { particle.channels[$0]?[i].isFinite ?? false } ? 1 : 0
      }
      log.note("\(path): no mask: a pixel counts as inside where any channel has data")
    }
    for (name, values) in particle.channels {
      particle.channels[name] = zip(values, particle.mask).map { value, inside in
        if keepsOutside, inside == 0 { return value }
        return inside == 1 && value.isFinite ? value : .nan
      }
    }
    try countPixels(&particle, measured, path, communicator)
    try checkValues(particle, path, communicator, log)
  }

  private static func checkChannels(
    _ particle: ImportedParticle, _ options: ImportOptions, _ path: String, _ log: any RunLog
  ) throws(ParallelError) {
    let found = Set(particle.channels.keys)
    let measured = found.intersection(StackNames.channels)
    guard !measured.isEmpty else {
      throw ParallelError(
        .input,
        "\(path): found no channel for \(particle.name), expected strain or composition")
    }
    let missing = StackNames.strain.filter { !found.contains($0) }
    let hasStrain = missing.count < StackNames.strain.count
    let needs =
      options.exactStrain ? missing + (found.contains("rotation") ? [] : ["rotation"]) : missing
    if hasStrain, options.frameAngle != 0 || options.exactStrain, !needs.isEmpty {
      throw ParallelError(
        .input,
        "\(path): found no \(needs.joined(separator: ", ")) for \(particle.name), expected all "
          + "components to \(options.exactStrain ? "make the strain exact" : "turn the frame")")
    }
    if hasStrain, !missing.isEmpty {
      log.warn("\(path): \(particle.name) lacks \(missing.joined(separator: ", "))")
    }
    if hasStrain, !found.contains("rotation") {
      log.note("\(path): \(particle.name) has no rotation: the frame cannot be checked")
    }
  }

  private static func countPixels(
    _ particle: inout ImportedParticle, _ measured: [String], _ path: String,
    _ communicator: Communicator
  ) throws(ParallelError) {
    var counts = [Int](repeating: 0, count: 2 + measured.count)
    for (i, inside) in particle.mask.enumerated() where inside == 1 {
      counts[0] += 1
      var lacks = false
      for (index, name) in measured.enumerated() {
        if let value = particle.channels[name]?[i], value.isFinite { continue }
        counts[2 + index] += 1
        lacks = true
      }
      if lacks { counts[1] += 1 }
    }
    try communicator.reduce(&counts, .sum)
    guard counts[0] > 0 else {
      throw ParallelError(
        .input,
        "\(path): the mask of \(particle.name) is empty: found no pixel inside, expected some")
    }
    for (index, name) in measured.enumerated() where counts[2 + index] == counts[0] {
      throw ParallelError(
        .input,
        "\(path): channel \(name) of \(particle.name): found no number in any of the "
          + "\(counts[0]) pixels inside the mask, expected data")
    }
    particle.pixels = counts[0]
    particle.masked = counts[1]
    for (index, name) in measured.enumerated() where counts[2 + index] > 0 {
      particle.maskedByChannel[name] = counts[2 + index]
    }
  }

  /// Refuses what can only be percent or degrees read as ratios or radians.
  private static func checkValues(
    _ particle: ImportedParticle, _ path: String, _ communicator: Communicator,
    _ log: any RunLog
  ) throws(ParallelError) {
    let names = particle.channels.keys.filter { StackNames.channels.contains($0) }.sorted()
    var sums = [Double](repeating: 0, count: 2 * names.count)
    for (index, name) in names.enumerated() {
      for (value, inside) in zip(particle.channels[name] ?? [], particle.mask)
      where inside == 1 && value.isFinite {
        sums[2 * index] += value * value
        sums[2 * index + 1] += 1
      }
    }
    try communicator.reduce(&sums, .sum)
    for (index, name) in names.enumerated() where sums[2 * index + 1] > 0 {
      let rms = (sums[2 * index] / sums[2 * index + 1]).squareRoot()
      if name == "composition", rms > 2 {
        throw ParallelError(
          .input,
          "\(path): channel composition of \(particle.name): found values of \(rms) in the rms, "
            + "expected a fraction between 0 and 1")
      }
      if name != "composition", rms > 0.2 {
        log.warn(
          "\(path): channel \(name) of \(particle.name) has an rms value of \(rms): "
            + "\(name == "rotation" ? "degrees instead of radians" : "percent instead of fractions")?"
        )
      }
    }
  }
}
