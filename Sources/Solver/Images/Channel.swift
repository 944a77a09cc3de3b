// SPDX-License-Identifier: Apache-2.0

/// A measured field of a particle image, named as its dataset.
///
/// This is the one table of channels: reader, writer, importer, documents and the residual take
/// names, units, meanings and the labels of other programs from it, pictures what they write into
/// the file.
public enum Channel: String, CaseIterable, Sendable {
  /// Lithium fraction X.
  case composition
  /// Normal strain along a.
  case strainAA = "e_aa"
  /// Normal strain along c.
  case strainCC = "e_cc"
  /// Tensor shear strain.
  case strainAC = "e_ac"
  /// Lattice rotation ½(∂v_c/∂a − ∂u_a/∂c) in radian.
  case rotation

  /// What kind of quantity a map holds; it decides the units that a file may have.
  public enum Kind: Sendable { case ratio, strain, angle }

  /// The components of the strain.
  public static let strains: [Channel] = [.strainAA, .strainCC, .strainAC]
  /// What is needed to integrate a displacement.
  public static let gradient: [Channel] = strains + [.rotation]

  /// The kind of the channel.
  public var kind: Kind {
    switch self {
    case .composition: .ratio
    case .rotation: .angle
    default: .strain
    }
  }

  /// The dataset of the channel's standard deviation.
  public var sigmaName: String { "sigma_" + rawValue }

  /// What it is, for documents.
  public var meaning: String {
    switch self {
    case .composition: "composition X, 1 for the reference phase, 0 for the other"
    case .strainAA: "strain along a"
    case .strainCC: "strain along c"
    case .strainAC: "tensor shear (half the engineering shear)"
    case .rotation: "rotation (d v_c/d a - d u_a/d c)/2"
    }
  }

  /// What it is called in pictures.
  package var longName: String {
    switch self {
    case .composition: "Composition X"
    case .strainAA: "Strain ε_aa"
    case .strainCC: "Strain ε_cc"
    case .strainAC: "Shear ε_ac"
    case .rotation: "Rotation"
    }
  }

  /// What it is called here and elsewhere, and the sign of the values under that name.
  ///
  /// py4DSTEM's x is the image row. For a map whose rows run along c: e_xx is e_cc, e_yy is e_aa,
  /// e_xy is e_ac (tensor shear), and theta is minus the rotation of the stack.
  package var labels: [(name: String, sign: Double)] {
    let foreign: [(String, Double)] =
      switch self {
      case .composition: []
      case .strainAA: [("e_yy", 1)]
      case .strainCC: [("e_xx", 1)]
      case .strainAC: [("e_xy", 1)]
      case .rotation: [("theta", -1)]
      }
    return [(rawValue, 1)] + foreign
  }
}

/// A map of a particle as it stands in a stack.
public enum ImageMap: Hashable, Sendable {
  /// A measured channel.
  case channel(Channel)
  /// A channel's standard deviation.
  case deviation(Channel)
  /// The thickness, relative to any other pixel's.
  case thickness
  /// 1 inside the particle, else 0.
  case mask

  /// All of them, in the order of documents.
  public static let all: [ImageMap] =
    [.mask] + Channel.allCases.map(ImageMap.channel) + Channel.allCases.map(ImageMap.deviation)
    + [.thickness]

  /// The map of a dataset's name; nil where it names none.
  public init?(_ name: String) {
    guard let map = ImageMap.all.first(where: { $0.name == name }) else { return nil }
    self = map
  }

  /// The dataset's name.
  public var name: String {
    switch self {
    case .channel(let channel): channel.rawValue
    case .deviation(let channel): channel.sigmaName
    case .thickness: "thickness"
    case .mask: "mask"
    }
  }

  /// The measured channel, where it is one.
  public var channel: Channel? {
    if case .channel(let channel) = self { channel } else { nil }
  }

  /// The kind of the quantity.
  public var kind: Channel.Kind {
    switch self {
    case .channel(let channel), .deviation(let channel): channel.kind
    case .thickness, .mask: .ratio
    }
  }

  /// The unit as it stands in the attribute `units`; "1" is a ratio.
  public var unit: String { kind == .angle ? "rad" : "1" }

  /// What it is called in pictures.
  package var longName: String {
    switch self {
    case .channel(let channel): channel.longName
    case .deviation(let channel): "σ of \(channel.rawValue)"
    case .thickness: "Thickness"
    case .mask: "Mask"
    }
  }

  /// What it is, for documents.
  public var meaning: String {
    switch self {
    case .channel(let channel): channel.meaning
    case .deviation(let channel):
      "one standard deviation of \(channel.rawValue); 0 or NaN anywhere inside the mask: not known"
    case .thickness: "relative thickness, which multiplies stiffness and load; positive in the mask"
    case .mask: "1 inside the particle, else 0"
    }
  }
}
