// SPDX-License-Identifier: Apache-2.0

/// A value for each grid direction: x = a, y = c, z = b.
public struct Directions<Value: Sendable>: Sendable {
  /// Along x, the a axis.
  public var x: Value
  /// Along y, the c axis.
  public var y: Value
  /// Along z, the b axis.
  public var z: Value

  /// Three values.
  public init(_ x: Value, _ y: Value, _ z: Value) {
    self.x = x
    self.y = y
    self.z = z
  }
}

extension Directions: Equatable where Value: Equatable {}
