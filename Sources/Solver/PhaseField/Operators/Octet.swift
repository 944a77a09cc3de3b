// SPDX-License-Identifier: Apache-2.0

/// The eight nodes, modes or Gauss points of eight neighbouring elements along x.
///
/// Nodes are numbered by bits: bit 0 is the upper side in x, bit 1 in y, bit 2 in z. A trilinear
/// field is Σ_m û_m p_m with p = 1, ξ, η, ξη, ζ, ξζ, ηζ, ξηζ on [−1, 1]³, numbered by the same bits;
/// the modes diagonalise mass and gradient products, which makes every element operator a few
/// additions around a diagonal.
struct Octet {
  var v0, v1, v2, v3, v4, v5, v6, v7: Eight

  @inline(__always)
  init(
    _ v0: Eight, _ v1: Eight, _ v2: Eight, _ v3: Eight, _ v4: Eight, _ v5: Eight, _ v6: Eight,
    _ v7: Eight
  ) {
    self.v0 = v0
    self.v1 = v1
    self.v2 = v2
    self.v3 = v3
    self.v4 = v4
    self.v5 = v5
    self.v6 = v6
    self.v7 = v7
  }

  @inline(__always)
  static var zero: Octet { Octet(.zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero) }

  /// The nodal values of the elements from `place` on.
  @inline(__always)
  init(_ lane: Lane, _ place: Int, _ layout: FieldLayout) {
    let line = layout.line
    let up = layout.up
    v0 = lane.load(place)
    v1 = lane.load(place + 1)
    v2 = lane.load(place + line)
    v3 = lane.load(place + line + 1)
    v4 = lane.load(place + up)
    v5 = lane.load(place + up + 1)
    v6 = lane.load(place + up + line)
    v7 = lane.load(place + up + line + 1)
  }

  /// Adds to the nodes; one after the other, because in two dimensions upper and lower are the same.
  @inline(__always)
  func add(to lane: Lane, _ place: Int, _ layout: FieldLayout) {
    let line = layout.line
    let up = layout.up
    lane.add(place, v0)
    lane.add(place + 1, v1)
    lane.add(place + line, v2)
    lane.add(place + line + 1, v3)
    lane.add(place + up, v4)
    lane.add(place + up + 1, v5)
    lane.add(place + up + line, v6)
    lane.add(place + up + line + 1, v7)
  }

  /// Σ_n p_m(n) u_n: eight times the modes of nodal values; its own transpose is ``synthesised``.
  @inline(__always)
  var analysed: Octet {
    let a0 = v0 + v1
    let a1 = v1 - v0
    let a2 = v2 + v3
    let a3 = v3 - v2
    let a4 = v4 + v5
    let a5 = v5 - v4
    let a6 = v6 + v7
    let a7 = v7 - v6
    let b0 = a0 + a2
    let b1 = a1 + a3
    let b2 = a2 - a0
    let b3 = a3 - a1
    let b4 = a4 + a6
    let b5 = a5 + a7
    let b6 = a6 - a4
    let b7 = a7 - a5
    return Octet(b0 + b4, b1 + b5, b2 + b6, b3 + b7, b4 - b0, b5 - b1, b6 - b2, b7 - b3)
  }

  /// Σ_m p_m(n) û_m: the values at the corners.
  @inline(__always)
  var synthesised: Octet {
    let a0 = v0 - v1
    let a1 = v0 + v1
    let a2 = v2 - v3
    let a3 = v2 + v3
    let a4 = v4 - v5
    let a5 = v4 + v5
    let a6 = v6 - v7
    let a7 = v6 + v7
    let b0 = a0 - a2
    let b1 = a1 - a3
    let b2 = a0 + a2
    let b3 = a1 + a3
    let b4 = a4 - a6
    let b5 = a5 - a7
    let b6 = a4 + a6
    let b7 = a5 + a7
    return Octet(b0 - b4, b1 - b5, b2 - b6, b3 - b7, b0 + b4, b1 + b5, b2 + b6, b3 + b7)
  }

  /// Each mode times s^degree, s = 1/√3: synthesised, these are the values at the Gauss points; and
  /// the transpose on the way back.
  @inline(__always)
  var atGaussScale: Octet {
    let s = Eight(repeating: 0.577350269189625764509)
    let s2 = Eight(repeating: 1.0 / 3)
    let s3 = Eight(repeating: 0.19245008972987525484)
    return Octet(v0, v1 * s, v2 * s, v3 * s2, v4 * s, v5 * s2, v6 * s2, v7 * s3)
  }

  @inline(__always)
  static func * (left: Octet, factor: Eight) -> Octet {
    Octet(
      left.v0 * factor, left.v1 * factor, left.v2 * factor, left.v3 * factor, left.v4 * factor,
      left.v5 * factor, left.v6 * factor, left.v7 * factor)
  }

  @inline(__always)
  static func * (left: Octet, right: Octet) -> Octet {
    Octet(
      left.v0 * right.v0, left.v1 * right.v1, left.v2 * right.v2, left.v3 * right.v3,
      left.v4 * right.v4, left.v5 * right.v5, left.v6 * right.v6, left.v7 * right.v7)
  }

  /// The sum with the product of two octets.
  @inline(__always)
  func addingProduct(_ a: Octet, _ b: Octet) -> Octet {
    Octet(
      v0.addingProduct(a.v0, b.v0), v1.addingProduct(a.v1, b.v1), v2.addingProduct(a.v2, b.v2),
      v3.addingProduct(a.v3, b.v3), v4.addingProduct(a.v4, b.v4), v5.addingProduct(a.v5, b.v5),
      v6.addingProduct(a.v6, b.v6), v7.addingProduct(a.v7, b.v7))
  }

  /// The sum with an octet times a vector.
  @inline(__always)
  func addingProduct(_ a: Octet, _ b: Eight) -> Octet {
    addingProduct(a, Octet(b, b, b, b, b, b, b, b))
  }

  @inline(__always)
  static func + (left: Octet, right: Octet) -> Octet {
    Octet(
      left.v0 + right.v0, left.v1 + right.v1, left.v2 + right.v2, left.v3 + right.v3,
      left.v4 + right.v4, left.v5 + right.v5, left.v6 + right.v6, left.v7 + right.v7)
  }

  @inline(__always)
  static func - (left: Octet, right: Octet) -> Octet {
    Octet(
      left.v0 - right.v0, left.v1 - right.v1, left.v2 - right.v2, left.v3 - right.v3,
      left.v4 - right.v4, left.v5 - right.v5, left.v6 - right.v6, left.v7 - right.v7)
  }

  @inline(__always)
  var sum: Eight { ((v0 + v1) + (v2 + v3)) + ((v4 + v5) + (v6 + v7)) }

  /// Eight stored octets, one field for each member.
  @inline(__always)
  init(stored fields: Fields, from first: Int, _ place: Int) {
    v0 = fields[first].load(place)
    v1 = fields[first + 1].load(place)
    v2 = fields[first + 2].load(place)
    v3 = fields[first + 3].load(place)
    v4 = fields[first + 4].load(place)
    v5 = fields[first + 5].load(place)
    v6 = fields[first + 6].load(place)
    v7 = fields[first + 7].load(place)
  }

  @inline(__always)
  func store(in fields: Fields, from first: Int, _ place: Int) {
    fields[first].store(place, v0)
    fields[first + 1].store(place, v1)
    fields[first + 2].store(place, v2)
    fields[first + 3].store(place, v3)
    fields[first + 4].store(place, v4)
    fields[first + 5].store(place, v5)
    fields[first + 6].store(place, v6)
    fields[first + 7].store(place, v7)
  }

  /// A number of a member.
  subscript(_ member: Int, _ lane: Int) -> Double {
    get {
      switch member {
      case 0: v0[lane]
      case 1: v1[lane]
      case 2: v2[lane]
      case 3: v3[lane]
      case 4: v4[lane]
      case 5: v5[lane]
      case 6: v6[lane]
      default: v7[lane]
      }
    }
    set {
      switch member {
      case 0: v0[lane] = newValue
      case 1: v1[lane] = newValue
      case 2: v2[lane] = newValue
      case 3: v3[lane] = newValue
      case 4: v4[lane] = newValue
      case 5: v5[lane] = newValue
      case 6: v6[lane] = newValue
      default: v7[lane] = newValue
      }
    }
  }

  /// Applies a function to each member.
  @inline(__always)
  func map(_ function: (Eight) -> Eight) -> Octet {
    Octet(
      function(v0), function(v1), function(v2), function(v3), function(v4), function(v5),
      function(v6), function(v7))
  }
}

/// Gradient products of the modes: ∫ ∇p_m · κ ∇p_m over 64 volumes of an element.
struct GradientModes {
  let octet: Octet
  /// Diagonal entry of the element matrix, per α V.
  let diagonal: Double
  /// Its entry for the two nodes of an edge along z, per α V.
  let edgeZ: Double

  /// The numbers of ``octet``.
  var strengths: [Double] { (0..<8).map { octet[$0, 0] } }

  init(_ coefficient: Directions<Double>, _ spacing: Directions<Double>) {
    let x = 4 * coefficient.x / (spacing.x * spacing.x)
    let y = 4 * coefficient.y / (spacing.y * spacing.y)
    let z = 4 * coefficient.z / (spacing.z * spacing.z)
    let modes = [
      0, x, y, (x + y) / 3, z, (x + z) / 3, (y + z) / 3, (x + y + z) / 9,
    ].map { $0 / 64 }
    octet = Octet(modes)
    diagonal = modes.reduce(0, +)
    edgeZ = modes[0] + modes[1] + modes[2] + modes[3] - modes[4] - modes[5] - modes[6] - modes[7]
  }
}

extension Octet {
  /// The same for every member.
  init(each value: Eight) {
    self.init(value, value, value, value, value, value, value, value)
  }

  /// The same numbers for all eight elements.
  init(_ values: [Double]) {
    self.init(
      Eight(repeating: values[0]), Eight(repeating: values[1]), Eight(repeating: values[2]),
      Eight(repeating: values[3]), Eight(repeating: values[4]), Eight(repeating: values[5]),
      Eight(repeating: values[6]), Eight(repeating: values[7]))
  }

  /// Products of the modes with themselves, ∫ p_m² per volume, over 64.
  static let mass: Octet = {
    let (one, two, three) = (1.0 / 64, 1.0 / 192, 1.0 / 576)
    return Octet([one, two, two, three, two, three, three, 1.0 / 1728])
  }()
}
