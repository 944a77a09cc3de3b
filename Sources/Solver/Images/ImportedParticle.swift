// SPDX-License-Identifier: Apache-2.0

/// One particle's maps as they enter a stack: this rank's rows and what all ranks know of it.
///
/// Channels are named as in the stack (``StackNames``), row by row, the first (slow) index along
/// +c, the second along +a; NaN is no data.
public struct ImportedParticle: Sendable {
  /// The particle's name in the stack.
  public var name: String
  /// Rows and columns of the whole image.
  public var shape: [Int]
  /// Edge of a pixel in nm.
  public var pixelSize: Double
  /// (a, c) of the centre of pixel [0,0] in nm.
  public var origin: [Double]
  /// Whether a law is learned from it or tested on it.
  public var role: Role
  /// The rows that this rank holds.
  public var rows: Range<Int>
  /// This rank's values by dataset name.
  public var channels: [String: [Double]]
  /// 1 inside the particle, else 0; this rank's rows.
  public var mask: [Double]
  /// Pixels inside the mask, on all ranks.
  public var pixels: Int
  /// Pixels inside the mask where at least one channel has no data, on all ranks.
  public var masked: Int
  /// The same by channel, for those that lack some.
  public var maskedByChannel: [String: Int]
  /// Where it comes from: file and format.
  public var source: String
  /// The frame as declared, in words; empty where nothing was rotated or mirrored.
  public var frame: String

  /// What a particle is used for.
  public enum Role: String, Sendable, CaseIterable { case train, test }

  /// Makes a particle; see the properties.
  public init(
    name: String, shape: [Int], pixelSize: Double, origin: [Double] = [0, 0],
    role: Role = .train, rows: Range<Int>, channels: [String: [Double]], mask: [Double],
    pixels: Int = 0, masked: Int = 0, maskedByChannel: [String: Int] = [:], source: String = "",
    frame: String = ""
  ) {
    self.name = name
    self.shape = shape
    self.pixelSize = pixelSize
    self.origin = origin
    self.role = role
    self.rows = rows
    self.channels = channels
    self.mask = mask
    self.pixels = pixels
    self.masked = masked
    self.maskedByChannel = maskedByChannel
    self.source = source
    self.frame = frame
  }
}
