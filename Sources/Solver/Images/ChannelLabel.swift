// SPDX-License-Identifier: Apache-2.0

/// What a foreign file calls its channels, and what the stack calls them.
///
/// py4DSTEM's x is the image row. For a map whose rows run along c: e_xx is e_cc, e_yy is e_aa,
/// e_xy is e_ac (tensor shear), and theta is minus the rotation of the stack.
package struct ChannelLabel: Equatable {
  /// The dataset's name in the stack.
  package let name: String
  /// What the file's values are multiplied by, units apart: -1 for theta.
  package let sign: Double

  /// What kind of quantity a channel is; it decides the unit.
  package enum Kind { case strain, angle, composition, mask }

  /// The kind of the channel.
  package var kind: Kind {
    switch name {
    case "mask": .mask
    case "rotation", "sigma_rotation": .angle
    case "composition", "sigma_composition": .composition
    default: .strain
    }
  }

  /// Reads a label; nil where it names no channel (such as py4DSTEM's "error", never written).
  package init?(_ label: String) {
    let lowered = label.lowercased()
    let isDeviation = lowered.hasPrefix("sigma_")
    let plain = isDeviation ? String(lowered.dropFirst("sigma_".count)) : lowered
    let channel: (name: String, sign: Double)
    switch plain.filter({ $0 != "_" }) {
    case "exx", "ecc": channel = ("e_cc", 1)
    case "eyy", "eaa": channel = ("e_aa", 1)
    case "exy", "eac": channel = ("e_ac", 1)
    case "theta": channel = ("rotation", -1)
    case "rotation": channel = ("rotation", 1)
    case "composition": channel = ("composition", 1)
    case "mask" where !isDeviation: channel = ("mask", 1)
    default: return nil
    }
    name = isDeviation ? "sigma_" + channel.name : channel.name
    sign = isDeviation ? 1 : channel.sign
  }

  /// The labels that are understood, for messages.
  package static let known =
    "e_xx, e_yy, e_xy, theta (py4DSTEM: x is the image row) or e_aa, e_cc, e_ac, rotation; "
    + "composition, mask, sigma_<channel>"
}
