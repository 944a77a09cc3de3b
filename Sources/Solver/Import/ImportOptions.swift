// SPDX-License-Identifier: Apache-2.0

public import Images
public import Parallel
import Physics

/// What the user says about foreign files.
public struct ImportOptions: Sendable {
  /// Names for the particles in the order of the files; for a stack, which ones to take.
  public var particles: [String] = []
  /// Edge of a pixel in nm; it wins over the file's own.
  public var pixelSize: Double?
  /// Angle in degrees of the file's strain x axis from the image row axis, positive towards the
  /// columns.
  public var frameAngle = 0.0
  /// Left flips the sign of the rotation channel.
  public var handedness = Handedness.right
  /// Units of CSV and MATLAB values.
  public var units: ChannelUnits?
  /// Where the channels lie in a file of unknown layout.
  public var map: [ChannelMapping] = []
  /// Whether the file's strain is py4DSTEM's first-order one and shall become exact.
  public var exactStrain = false
  /// What the particles are for; nil: train, or as a stack says.
  public var role: ParticleImage.Role?
  /// (a, c) of the centre of pixel [0,0] in nm; nil: zero, or as a stack says.
  public var origin: [Double]?

  /// The composition at which the strain is zero; nil: 1, or as a stack says.
  public var referenceComposition: Double?

  /// The sense in which a file counts its angles.
  public enum Handedness: String, Sendable, CaseIterable { case right, left }

  /// The defaults.
  public init() {}

  /// Reads a length such as "49.5 nm".
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the option.
  public static func length(_ text: String, option: String) throws(ParallelError) -> Double {
    do {
      return try Quantity.parse(text, as: .length)
    } catch {
      throw ParallelError(.input, "\(option): \(error)")
    }
  }

  /// Reads the option `--origin`: two lengths along a and c, such as "0 nm, -120 nm".
  ///
  /// - Throws: ``ParallelError`` of kind `input` naming the option.
  public static func origin(parsing text: String) throws(ParallelError) -> [Double] {
    let parts = text.split(separator: ",").map(String.init)
    guard parts.count == 2 else {
      throw ParallelError(
        .input, "--origin \(text): expected two lengths along a and c, such as \"0 nm, 0 nm\"")
    }
    return [
      try length(parts[0], option: "--origin"), try length(parts[1], option: "--origin"),
    ]
  }

  /// The declared frame in words; empty where it is the grid's own.
  var frameText: String {
    var words: [String] = []
    if frameAngle != 0 { words.append("frame angle \(frameAngle) degrees") }
    if handedness == .left { words.append("left-handed rotation") }
    if exactStrain { words.append("strain made exact from first order") }
    return words.joined(separator: ", ")
  }
}

/// One option `--map`: a channel and the dataset that holds it.
public struct ChannelMapping: Sendable, Equatable {
  /// The channel as the user calls it.
  public let label: String
  /// The dataset's path in the file.
  public let dataset: String
  /// One entry per dimension of the dataset: an index, or nil for a dimension kept; empty: all.
  public let indices: [Int?]
  /// The one-based element of a MATLAB cell, where braces name one.
  public let cell: Int?
  /// Whether the image is stored with columns first.
  public let isTransposed: Bool

  /// Reads "e_aa=/a/b/data", "e_aa=/data[0]", "e_aa=/data[:,:,3]", "e_aa=/maps{2}" or, for an
  /// image stored with columns first, "e_aa=/data.T".
  ///
  /// - Throws: ``ParallelError`` of kind `input` that shows the form.
  public init(parsing text: String) throws(ParallelError) {
    let form = ParallelError(
      .input,
      "--map \(text): expected CHANNEL=PATH with an optional slice, such as "
        + "e_aa=/entry/strain[0] or e_aa=/entry/strain[:,:,2]")
    guard let equals = text.firstIndex(of: "=") else { throw form }
    label = String(text[..<equals])
    guard ChannelLabel(label) != nil else {
      let names = Channel.allCases.flatMap { $0.labels.map(\.name) } + ["thickness", "mask"]
      let advice = nearestName(to: label, among: names + ["composition"])
      throw ParallelError(
        .input,
        "--map \(text): found channel \"\(label)\", expected \(ChannelLabel.known)"
          + (advice.map { "; did you mean \($0)?" } ?? ""))
    }
    var path = String(text[text.index(after: equals)...])
    isTransposed = path.hasSuffix(".T")
    if isTransposed { path.removeLast(2) }
    if path.hasSuffix("]"), let open = path.lastIndex(of: "[") {
      var indices: [Int?] = []
      for part in path[path.index(after: open)...].dropLast().split(separator: ",") {
        let word = part.filter { !$0.isWhitespace }
        if word == ":" {
          indices.append(nil)
        } else if let index = Int(word), index >= 0 {
          indices.append(index)
        } else {
          throw form
        }
      }
      self.indices = indices
      path = String(path[..<open])
    } else {
      indices = []
    }
    if path.hasSuffix("}"), let open = path.lastIndex(of: "{") {
      guard let index = Int(path[path.index(after: open)...].dropLast()), index >= 1 else {
        throw form
      }
      cell = index
      path = String(path[..<open])
    } else {
      cell = nil
    }
    guard !path.isEmpty else { throw form }
    dataset = path.hasPrefix("/") ? path : "/" + path
  }
}
