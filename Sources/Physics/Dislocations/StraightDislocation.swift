// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Numerics

/// The elastic field of an infinite straight dislocation in a crystal of any symmetry.
///
/// The line passes through the origin along e3 and ∮ du = +b for a right-handed circuit about it.
/// At a distance r from the line, with m outwards and n a quarter turn ahead of it,
///
///     ∂u/∂x = (1/2πr) { −(S b) ⊗ m + (n n)⁻¹[L b + (n m) S b] ⊗ n }
///
/// so only S and L need the Stroh roots, and the field is as regular where they coincide as
/// elsewhere. All vectors and tensors are in Cartesian crystal axes (X ∥ a, Z ∥ c*); lengths are nm,
/// stresses eV/nm3.
public struct StraightDislocation: Sendable {
  /// The stiffness in eV/nm3.
  public let stiffness: StiffnessTensor
  /// The Burgers vector in nm.
  public let burgers: SIMD3<Double>
  /// Line, plane normal and the axis across.
  public let frame: DislocationFrame
  /// The three Stroh roots with positive imaginary part, by ascending imaginary part.
  public let roots: [Complex]
  /// The energy factor K = b·L·b/b² in eV/nm3: the line energy is (K b²/4π) ln(R/r0).
  public let energyFactor: Double
  /// Whether the residues were used; otherwise the integrals, because roots nearly coincide.
  public let usesResidues: Bool
  /// The Stroh problem in the plane across the line.
  let problem: StrohProblem
  /// S b in nm.
  let radial: SIMD3<Double>
  /// L b in eV/nm2.
  let traction: SIMD3<Double>

  /// The dislocation of a slip system in a crystal.
  ///
  /// - Throws: ``CrystalError`` where b or l is zero or l is not in the plane.
  public init(_ system: SlipSystem, in crystal: Crystal) throws(CrystalError) {
    func isUsable(_ indices: SIMD3<Double>) -> Bool {
      let largest = largestComponent(indices)
      return largest.isFinite && largest > 0 && !(indices.x + indices.y + indices.z).isNaN
    }
    guard isUsable(system.burgers) else { throw .zeroBurgers }
    guard isUsable(system.line) else { throw .zeroLine }
    let burgers = crystal.cell.direction(system.burgers)
    let line = crystal.cell.direction(system.line)
    let frame: DislocationFrame
    if let plane = system.plane {
      guard isUsable(plane) else { throw .zeroPlane }
      let product = dot(plane, system.line)
      // Indices are small numbers, typed exactly or as decimal fractions of a few digits.
      guard abs(product) <= 1e-6 * largestComponent(plane) * largestComponent(system.line) else {
        throw .lineOutOfPlane(product)
      }
      frame = DislocationFrame(line: line, normal: crystal.cell.normal(plane))
    } else {
      frame = DislocationFrame(line: line, burgers: burgers)
    }
    self.init(stiffness: crystal.stiffness, burgers: burgers, frame: frame)
  }

  /// A dislocation from Cartesian vectors in a stable crystal.
  ///
  /// - Parameters:
  ///   - stiffness: positive definite, eV/nm3.
  ///   - burgers: not zero, nm.
  ///   - frame: line and plane.
  public init(stiffness: StiffnessTensor, burgers: SIMD3<Double>, frame: DislocationFrame) {
    self.stiffness = stiffness
    self.burgers = burgers
    self.frame = frame
    problem = StrohProblem(stiffness: stiffness, e1: frame.e1, e2: frame.e2)
    roots = problem.roots()
    let (tensors, method) = BarnettLothe.of(problem, roots: roots)
    usesResidues = method == .residues
    radial = tensors.s * burgers
    traction = tensors.l * burgers
    energyFactor = dot(burgers, traction) / dot(burgers, burgers)
  }

  /// K b² in eV/nm, 4π times the line energy per ln(R/r0).
  public var energyPerLength: Double { energyFactor * dot(burgers, burgers) }

  /// How the Burgers vector lies to the line, to a millionth of b.
  public var character: DislocationCharacter {
    let along = abs(dot(unit(burgers), frame.e3))
    let across = length(cross(unit(burgers), frame.e3))
    return along < 1e-6 ? .edge : across < 1e-6 ? .screw : .mixed
  }

  /// 2πr times the change of displacement along the circle, (n n)⁻¹[L b + (n m) S b], in nm.
  ///
  /// Its mean over the circle is b.
  func circumferential(cosine: Double, sine: Double) -> SIMD3<Double> {
    let (nn, nm) = problem.acoustic(cosine: cosine, sine: sine)
    return nn.inverse * (traction + nm * radial)
  }

  /// The distortion β_ij = ∂u_i/∂x_j at a point in nm.
  ///
  /// Zero on the line itself: the field is odd, and that is its mean over any circle.
  public func distortion(at point: SIMD3<Double>) -> Matrix3 {
    let (x1, x2) = (dot(frame.e1, point), dot(frame.e2, point))
    let distance = hypot(x1, x2)
    guard distance > 0 else { return .zero }
    let (cosine, sine) = (x1 / distance, x2 / distance)
    let outwards = cosine * frame.e1 + sine * frame.e2
    let ahead = cosine * frame.e2 - sine * frame.e1
    let turning = Matrix3.dyad(circumferential(cosine: cosine, sine: sine), ahead)
    return (1 / (2 * Double.pi * distance)) * (turning - Matrix3.dyad(radial, outwards))
  }

  /// The strain, the symmetric part of the distortion; shear as tensor shear.
  public func strain(at point: SIMD3<Double>) -> Matrix3 { distortion(at: point).symmetricPart }

  /// The rotation vector ½ ∇ × u in radians.
  ///
  /// Its b component in axes X ∥ a, Z ∥ c is −½(∂u_c/∂a − ∂u_a/∂c), because (a, c) is left-handed
  /// about +b.
  public func rotation(at point: SIMD3<Double>) -> SIMD3<Double> {
    let distortion = distortion(at: point)
    return 0.5
      * SIMD3(
        distortion.third.y - distortion.second.z,
        distortion.first.z - distortion.third.x,
        distortion.second.x - distortion.first.y)
  }

  /// The stress C:ε in eV/nm3.
  public func stress(at point: SIMD3<Double>) -> Matrix3 {
    stiffness.stress(ofElasticStrain: strain(at: point))
  }
}
