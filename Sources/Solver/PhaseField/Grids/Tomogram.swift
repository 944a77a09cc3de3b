// SPDX-License-Identifier: Apache-2.0

/// A tomogram: where its voxels are, how they lie in the box, and what of them is solid.
public struct Tomogram: Sendable, Equatable {
  /// A direction of the box.
  public enum Axis: String, Sendable, CaseIterable { case a, c, b }

  /// The side of the threshold on which the solid is.
  public enum Side: String, Sendable, CaseIterable { case above, below }

  /// The surface of the solid: where the smoothed voxels pass a threshold.
  public struct Surface: Sendable, Equatable {
    /// The value at the surface.
    public var threshold: Double
    /// Where the solid is.
    public var solid: Side
    /// The standard deviation of the Gaussian in nm; nil is ``usualSmoothing`` of a voxel's longest edge.
    public var smoothing: Double?

    /// What differences of fourth order resolve: with 1 the fractions of a sphere of eight voxels'
    /// radius err by a third more, with 1.3 its volume.
    public static let usualSmoothing = 1.2

    /// A surface from its parts.
    public init(threshold: Double, solid: Side = .above, smoothing: Double? = nil) {
      self.threshold = threshold
      self.solid = solid
      self.smoothing = smoothing
    }
  }

  /// An HDF5 or a TIFF file.
  public var file: String
  /// Its array; empty for a TIFF file, which is one.
  public var dataset: String
  /// Edges of a voxel along a, c, b in nm; nil for those that the file declares, or that fill the box.
  public var voxel: Directions<Double>?
  /// The place of the outer corner of the first voxel in the box, in nm.
  public var origin: Directions<Double>
  /// The directions of the array's dimensions, slowest first; empty is b, c, a, in two dimensions c, a.
  public var axes: [Axis]
  /// Nil where voxels are fractions of material, which are averaged over elements.
  public var surface: Surface?

  /// A tomogram from its parts.
  public init(
    file: String, dataset: String = "", voxel: Directions<Double>? = nil,
    origin: Directions<Double> = Directions(0, 0, 0), axes: [Axis] = [], surface: Surface? = nil
  ) {
    self.file = file
    self.dataset = dataset
    self.voxel = voxel
    self.origin = origin
    self.axes = axes
    self.surface = surface
  }
}
