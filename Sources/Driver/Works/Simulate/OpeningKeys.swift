// SPDX-License-Identifier: Apache-2.0

import PhaseField
import Physics

/// Where lithium enters a particle in two or three dimensions, how, and what drives it.
struct OpeningKeys: CaseMapping {
  private enum Flux: String, CaseIterable { case reaction, prescribed }

  private var faces: [SurfacePart]?
  private var flux: Flux?
  private var reaction: SurfaceReactionKeys?
  private(set) var drive: [DriveStep]?
  private var window: [Double]?

  init() {}

  static var fields: [CaseField<OpeningKeys>] {
    [
      .init(
        "faces", optional: \.faces, .choices(), unless: "none: the particle is closed",
        "the parts of the surface that lithium passes: sides of the box (b- and b+ of a plate are its "
          + "faces), the border of the outline, the surfaces of the voids"),
      .init(
        "flux", optional: \.flux, .choice, unless: "reaction",
        "the reaction at each place, or the current spread evenly, V then being V0 less the mean "
          + "potential of the surface"),
      .init(
        "reaction", optional: \.reaction, .mapping, unless: "LiFePO4's", "that of `faces`"),
      .init(
        "drive", optional: \.drive, .drive, unless: "none",
        "current, voltage or rest, one after the other, with `faces`; the run ends with it"),
      .init(
        "window", optional: \.window, .quantities(.potential, "V"),
        unless: "V0 ± 1.4 V; ± 0.3 V where the flux is prescribed",
        "voltages outside which a driving current ends: the surface is full or empty"),
    ]
  }

  mutating func finish(_ keys: FieldKeys) throws {
    guard let faces else {
      for name in ["drive", "reaction", "flux", "window"] where keys.has(name) {
        throw keys.problem(
          name, "found it without faces, expected the parts of the surface that lithium passes")
      }
      return
    }
    guard !faces.isEmpty, Set(faces).count == faces.count else {
      throw keys.problem(
        "faces", "found \(faces.isEmpty ? "none" : "one of them twice"), expected each part once")
    }
    guard let drive else {
      throw keys.problem("faces", "found them without drive, expected a current, a voltage or rest")
    }
    if let window, window.count != 2 || !(window[0] < window[1]) {
      throw keys.problem("window", "found \(window), expected two numbers, the lower one first")
    }
    if reaction?.keys.constant == 0 {
      throw keys.problem("reaction", "found k0 = 0, a surface that nothing passes, with a drive")
    }
    if flux == .prescribed {
      if reaction?.depth != nil {
        throw keys.problem("reaction", "found a depth, which no prescribed flux has")
      }
      if drive.contains(where: \.isVoltage) {
        throw keys.problem(
          "drive", "found a voltage, expected currents where the flux is prescribed")
      }
    }
    if drive == [DriveStep(.current(0))], !keys.has("until") {
      throw keys.problem("until", "found rest without a time, expected what ends the run")
    }
  }

  /// With what was left out.
  var filled: OpeningKeys {
    guard faces != nil else { return self }
    var keys = self
    keys.flux = flux ?? .reaction
    keys.reaction = reaction ?? SurfaceReactionKeys()
    keys.window = [voltageWindow.lowerBound, voltageWindow.upperBound]
    return keys
  }

  /// The surface and what drives it at the start; nil for a closed particle.
  func opening(thermalEnergy: Double) -> SurfaceOpening? {
    guard let faces, let drive else { return nil }
    let reaction = reaction ?? SurfaceReactionKeys()
    let law: FluxLaw =
      flux == .prescribed
      ? .prescribed(referenceVoltage: reaction.keys.voltage)
      : .reaction(
        SurfaceReaction(
          rateConstant: reaction.keys.constant, thermalEnergy: thermalEnergy,
          referenceVoltage: reaction.keys.voltage), depth: reaction.depth)
    return SurfaceOpening(faces, law, drive[0].drive)
  }

  /// Whether X must lie inside (0, 1) at the surface.
  var hasReaction: Bool { faces != nil && flux != .prescribed }

  /// Voltages outside which a driving current ends.
  var voltageWindow: ClosedRange<Double> {
    let middle = (reaction ?? SurfaceReactionKeys()).keys.voltage
    let reach = flux == .prescribed ? 0.3 : 1.4
    return window.map { $0[0]...$0[1] } ?? middle - reach...middle + reach
  }
}

/// The reaction at a surface in two or three dimensions.
private struct SurfaceReactionKeys: CaseMapping {
  var keys = ReactionKeys()
  /// In nm.
  var depth: Double?

  init() {}

  static var fields: [CaseField<SurfaceReactionKeys>] {
    ReactionKeys.fields.map { $0.of(\.keys) } + [
      .init(
        "depth", optional: \.depth, .length,
        unless: "the solid's volume over the area of `faces`",
        "a flux of depth · R enters per area, over the site density: with the usual depth a uniform "
          + "particle takes up R, as in one dimension")
    ]
  }
}

extension DriveStep {
  fileprivate var isVoltage: Bool {
    if case .voltage = drive { true } else { false }
  }
}

extension OpeningKeys {
  /// The tables of docs/simulate.md.
  static var documents: [(name: String, table: String)] {
    [
      ("opening", CaseDocument.table(fields)),
      ("surface-reaction", CaseDocument.table(SurfaceReactionKeys.fields)),
    ]
  }
}
