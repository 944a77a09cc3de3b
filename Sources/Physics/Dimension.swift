// SPDX-License-Identifier: Apache-2.0

/// The physical dimension of a quantity, with the unit names that a case file may use for it.
///
/// Unit names are case-sensitive (meV is not MeV) and written in ASCII; `Quantity.parse` also
/// accepts µ, Å, °, superscripts, `^` and the middle dot.
public enum Dimension: String, CaseIterable, Sendable {
  /// A length, in nm inside.
  case length
  /// An area, in nm2 inside.
  case area
  /// A stress, stiffness or energy density, in eV/nm3 inside.
  case stress
  /// An energy per site or per event, in eV inside.
  case energy
  /// A gradient penalty per site, in eV nm2 inside.
  case gradientPenalty = "gradient penalty"
  /// An energy per interface area, in eV/nm2 inside.
  case surfaceEnergy = "surface energy"
  /// An electric potential, in V inside.
  case potential
  /// A time, in s inside.
  case time
  /// A reaction rate, in 1/s inside.
  case rate
  /// An absolute temperature, in K inside.
  case temperature
  /// An angle, in radians inside.
  case angle
  /// A diffusivity, in nm2/s inside.
  case diffusivity
  /// A wave number, in radians per nm inside.
  case wavenumber = "wave number"
  /// A number of sites per volume, in 1/nm3 inside.
  case concentration
  /// A length of dislocation line per volume, in 1/nm2 inside.
  case dislocationDensity = "dislocation density"
  /// A current as a multiple of the capacity per hour, in 1/s inside.
  case currentRate = "current rate"
  /// A charge per mass, in mAh/g inside.
  case specificCapacity = "specific capacity"
  /// A ratio of two equal dimensions; the only one that may stand without a unit.
  case ratio

  /// The accepted unit names with their sizes in inside units, the usual one first.
  public var units: [(name: String, size: Double)] {
    switch self {
    case .length:
      [
        ("nm", nanometre), ("um", micrometre), ("angstrom", angstrom), ("A", angstrom),
        ("pm", picometre), ("mm", millimetre), ("m", metre),
      ]
    case .area:
      [("nm2", nanometre * nanometre), ("um2", micrometre * micrometre), ("m2", metre * metre)]
    case .stress:
      [
        ("GPa", gigapascal), ("MPa", megapascal), ("Pa", pascal),
        ("eV/nm3", electronvoltPerCubicNanometre), ("J/m3", pascal),
      ]
    case .energy:
      [("eV", electronvolt), ("meV", millielectronvolt), ("J", joule)]
    case .gradientPenalty:
      [("eV nm2", electronvolt), ("meV nm2", millielectronvolt)]
    case .surfaceEnergy:
      [
        ("J/m2", joulePerSquareMetre), ("mJ/m2", 1e-3 * joulePerSquareMetre),
        ("eV/nm2", electronvolt),
      ]
    case .potential:
      [("V", volt), ("mV", millivolt)]
    case .time:
      [
        ("s", second), ("ms", millisecond), ("min", minute), ("h", hour), ("hour", hour),
        ("d", day), ("day", day),
      ]
    case .rate:
      [("1/h", 1 / hour), ("1/s", 1 / second), ("h-1", 1 / hour), ("s-1", 1 / second)]
    case .temperature:
      [("K", kelvin)]
    case .angle:
      [("degree", degree), ("deg", degree), ("rad", radian), ("mrad", 1e-3 * radian)]
    case .diffusivity:
      [
        ("cm2/s", squareCentimetrePerSecond), ("nm2/s", nanometre * nanometre / second),
        ("m2/s", squareMetrePerSecond),
      ]
    case .wavenumber: [("1/nm", 1), ("nm-1", 1), ("rad/nm", 1), ("1/um", 1e-3)]
    case .concentration:
      // 1e-21 cm3 is 1 nm3.
      [("1/nm3", 1), ("nm-3", 1), ("1/cm3", 1e-21), ("cm-3", 1e-21)]
    case .dislocationDensity:
      [
        ("1/um2", perSquareMicrometre), ("um-2", perSquareMicrometre), ("1/m2", 1e-18),
        ("m-2", 1e-18), ("1/cm2", 1e-14), ("cm-2", 1e-14), ("1/nm2", 1), ("nm-2", 1),
      ]
    case .currentRate:
      [("C", cRate)]
    case .specificCapacity: [("mAh/g", 1), ("Ah/kg", 1)]
    case .ratio:
      [("%", percent), ("percent", percent)]
    }
  }

  /// The accepted unit names as a list to be read, such as "K" or "eV, meV or J".
  public var unitList: String {
    let names = units.map(\.name)
    guard names.count > 1, let last = names.last else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}
