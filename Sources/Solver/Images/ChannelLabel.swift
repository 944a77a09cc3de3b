// SPDX-License-Identifier: Apache-2.0

/// What a foreign file calls its maps, and what the stack calls them.
package struct ChannelLabel: Equatable {
  /// The map in the stack.
  package let map: ImageMap
  /// What the file's values are multiplied by, units apart: -1 for theta.
  package let sign: Double

  /// Reads a label; nil where it names no channel (such as py4DSTEM's "error", never written).
  package init?(_ label: String) {
    let lowered = label.lowercased()
    let isDeviation = lowered.hasPrefix("sigma_")
    let plain = isDeviation ? String(lowered.dropFirst("sigma_".count)) : lowered
    if !isDeviation, let map = [ImageMap.mask, .thickness].first(where: { $0.name == plain }) {
      (self.map, sign) = (map, 1)
      return
    }
    let bare = plain.filter { $0 != "_" }
    for channel in Channel.allCases {
      guard let label = channel.labels.first(where: { $0.name.filter { $0 != "_" } == bare })
      else { continue }
      map = isDeviation ? .deviation(channel) : .channel(channel)
      sign = isDeviation ? 1 : label.sign
      return
    }
    return nil
  }

  /// The labels that are understood, for messages.
  package static let known =
    "e_xx, e_yy, e_xy, theta (py4DSTEM: x is the image row) or e_aa, e_cc, e_ac, rotation; "
    + "composition, thickness, mask, sigma_<channel>"
}
