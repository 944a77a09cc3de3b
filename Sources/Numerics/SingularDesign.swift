// SPDX-License-Identifier: Apache-2.0

/// A least-squares design that leaves some unknowns undetermined.
public struct SingularDesign: Error, Equatable, Sendable, CustomStringConvertible {
  /// Indices of the unknowns that can change without changing the fit, ascending.
  public let undetermined: [Int]
  /// The number of unknowns n.
  public let unknowns: Int
  /// The number of combinations that the data do determine.
  public let rank: Int

  /// A singular design from its undetermined unknowns and its rank.
  public init(undetermined: [Int], unknowns: Int, rank: Int) {
    self.undetermined = undetermined
    self.unknowns = unknowns
    self.rank = rank
  }

  /// A sentence with the rank and the undetermined unknowns by index.
  public var description: String {
    let list = undetermined.map(String.init).joined(separator: ", ")
    return "the data determine only \(rank) of \(unknowns) unknowns; undetermined: \(list)"
  }
}
