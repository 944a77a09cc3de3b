// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An unknown of particles in one dimension.
public enum EnsembleUnknown: String, CaseIterable, Unknown {
  case composition, overpotential

  /// Its name in files.
  public var name: String { rawValue }
  /// Its unit in files.
  public var unit: String { self == .composition ? "1" : "V" }
  /// Whether its rate stands in the equations.
  public var isDifferential: Bool { self == .composition }
}

/// Numbers in memory of their own.
@safe package final class Numbers {
  package let count: Int
  private let base: UnsafeMutablePointer<Double>

  package init(_ count: Int) {
    self.count = count
    let bytes = max(1, count) * MemoryLayout<Double>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    unsafe base = raw.bindMemory(to: Double.self, capacity: max(1, count))
    unsafe base.initialize(repeating: 0, count: count)
  }

  deinit { unsafe base.deallocate() }

  /// The numbers as kernels see them, valid as long as this.
  package var lane: Lane { unsafe Lane(base) }

  /// The numbers as an array.
  package var array: [Double] {
    get { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }
    set {
      precondition(newValue.count == count)
      let lane = lane
      for (index, value) in newValue.enumerated() { lane[index] = value }
    }
  }
}

/// Compositions of the particles of a rank, particle after particle.
public final class EnsembleState: SystemState {
  /// X of each cell.
  package let composition: Numbers
  /// The part of X that noise has made since the start; none where there is no noise.
  ///
  /// X less this is what the equations without noise have to make.
  package let noise: Numbers
  /// Δφ in V, the same for all particles.
  public var overpotential = 0.0
  /// The lithium taken up since the start, as a change of the mean of X: ∫ dX̄/dt dt by the current.
  public var charge = 0.0

  init(cells: Int, hasNoise: Bool) {
    composition = Numbers(cells)
    noise = Numbers(hasNoise ? cells : 0)
  }

  private var parts: [Numbers] { [composition, noise] }

  /// Takes the values of a state.
  public func copy(_ other: EnsembleState) {
    for (own, part) in zip(parts, other.parts) {
      let (target, source) = (own.lane, part.lane)
      for index in 0..<own.count { target[index] = source[index] }
    }
    (overpotential, charge) = (other.overpotential, other.charge)
  }

  /// Adds a multiple of a state.
  public func add(_ factor: Double, _ other: EnsembleState) {
    for (own, part) in zip(parts, other.parts) {
      let (target, source) = (own.lane, part.lane)
      for index in 0..<own.count { target[index] += factor * source[index] }
    }
    overpotential += factor * other.overpotential
    charge += factor * other.charge
  }

  /// Becomes Σ weight · state.
  public func combine(_ terms: [(weight: Double, state: EnsembleState)]) {
    for part in 0..<2 {
      let target = parts[part]
      let lane = target.lane
      for (order, term) in terms.enumerated() {
        let (source, weight) = (term.state.parts[part].lane, term.weight)
        if order == 0 {
          for index in 0..<target.count { lane[index] = weight * source[index] }
        } else {
          for index in 0..<target.count { lane[index] += weight * source[index] }
        }
      }
    }
    overpotential = terms.reduce(0) { $0 + $1.weight * $1.state.overpotential }
    charge = terms.reduce(0) { $0 + $1.weight * $1.state.charge }
  }
}
