// SPDX-License-Identifier: Apache-2.0

import CPETSc

/// What the elements of a dataset are.
public enum ElementType: String, Sendable {
  /// 64-bit and 32-bit floating point numbers.
  case double, float
  /// Unsigned 8-bit integers, and integers of any other kind; what is written has 64 bits.
  case byte, integer
  /// h5py's booleans, and other enumerations.
  case enumeration
  /// Texts of fixed or variable length.
  case text
  /// Object references, as in MATLAB cells.
  case reference
  /// Compounds and whatever else nothing here reads.
  case other

  /// Whether ``InputFile/numbers(_:window:)`` reads it.
  public var isNumber: Bool { ![.text, .reference, .other].contains(self) }

  /// The type of the numbers in a file that is written.
  var stored: hid_t {
    switch self {
    case .double: vegard_h5_stored_double()
    case .float: vegard_h5_stored_float()
    case .integer: vegard_h5_stored_int64()
    case .byte: vegard_h5_stored_uint8()
    case .enumeration, .text, .reference, .other:
      preconditionFailure("numbers are not written as \(rawValue)")
    }
  }
}
