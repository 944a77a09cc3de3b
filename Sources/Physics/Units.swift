// SPDX-License-Identifier: Apache-2.0

// Named units. Vegard computes in nanometre, electronvolt, second and kelvin; a literal with a
// dimension is written `130 * nanometre`. Computed properties rather than stored globals, so that
// they fold to constants in other modules.

// MARK: Length

/// One nanometre, the inside unit of length.
@inlinable public var nanometre: Double { 1 }

/// One angstrom in nanometres.
@inlinable public var angstrom: Double { 0.1 }

/// One picometre in nanometres.
@inlinable public var picometre: Double { 1e-3 }

/// One micrometre in nanometres.
@inlinable public var micrometre: Double { 1e3 }

/// One millimetre in nanometres.
@inlinable public var millimetre: Double { 1e6 }

/// One centimetre in nanometres.
@inlinable public var centimetre: Double { 1e7 }

/// One metre in nanometres.
@inlinable public var metre: Double { 1e9 }

// MARK: Energy

/// One electronvolt, the inside unit of energy.
@inlinable public var electronvolt: Double { 1 }

/// One millielectronvolt in electronvolts.
@inlinable public var millielectronvolt: Double { 1e-3 }

/// One joule in electronvolts.
///
/// The elementary charge is exact in the SI of 2019, so this and every pressure below are exact
/// up to rounding.
@inlinable public var joule: Double { 1 / 1.602_176_634e-19 }

// MARK: Stress and energy density

/// One electronvolt per cubic nanometre, the inside unit of stress: 160.2176634 MPa.
@inlinable public var electronvoltPerCubicNanometre: Double { 1 }

/// One megapascal in electronvolts per cubic nanometre.
@inlinable public var megapascal: Double { 1 / 160.217_663_4 }

/// One gigapascal in electronvolts per cubic nanometre.
@inlinable public var gigapascal: Double { 1000 / 160.217_663_4 }

/// One pascal in electronvolts per cubic nanometre.
@inlinable public var pascal: Double { 1e-6 / 160.217_663_4 }

// MARK: Energy per area and per length

/// One joule per square metre in electronvolts per square nanometre.
@inlinable public var joulePerSquareMetre: Double { 1 / 0.160_217_663_4 }

/// One nanojoule per metre of dislocation line in electronvolts per nanometre.
@inlinable public var nanojoulePerMetre: Double { 1 / 0.160_217_663_4 }

// MARK: Time

/// One second, the inside unit of time.
@inlinable public var second: Double { 1 }

/// One millisecond in seconds.
@inlinable public var millisecond: Double { 1e-3 }

/// One minute in seconds.
@inlinable public var minute: Double { 60 }

/// One hour in seconds.
@inlinable public var hour: Double { 3600 }

/// One day in seconds.
@inlinable public var day: Double { 86_400 }

/// A current of 1 C in fractions of the full capacity per second.
///
/// 1 C changes the mean composition by one in an hour, whatever the material.
@inlinable public var cRate: Double { 1 / 3600 }

// MARK: Temperature and electrochemistry

/// One kelvin, the inside unit of temperature.
@inlinable public var kelvin: Double { 1 }

/// Boltzmann's constant in electronvolts per kelvin.
///
/// The quotient of two constants that are exact in the SI of 2019.
@inlinable public var boltzmann: Double { 1.380_649e-23 / 1.602_176_634e-19 }

/// One volt in electronvolts per elementary charge.
@inlinable public var volt: Double { 1 }

/// One millivolt in electronvolts per elementary charge.
@inlinable public var millivolt: Double { 1e-3 }

// MARK: Diffusivity and densities

/// One square centimetre per second in square nanometres per second.
@inlinable public var squareCentimetrePerSecond: Double { 1e14 }

/// One square metre per second in square nanometres per second.
@inlinable public var squareMetrePerSecond: Double { 1e18 }

/// A dislocation density of one line per square micrometre in lines per square nanometre.
@inlinable public var perSquareMicrometre: Double { 1e-6 }

// MARK: Ratios and angles

/// One per cent as a ratio.
@inlinable public var percent: Double { 0.01 }

/// One degree in radians.
@inlinable public var degree: Double { Double.pi / 180 }

/// One radian, the inside unit of angle.
@inlinable public var radian: Double { 1 }
