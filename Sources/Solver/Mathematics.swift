import Foundation

/// The cosine, here so that the numerical files need no Foundation.
func cosine(_ angle: Double) -> Double { cos(angle) }

/// The sine, here so that the numerical files need no Foundation.
func sine(_ angle: Double) -> Double { sin(angle) }

/// The natural logarithm, here so that the numerical files need no Foundation.
func logarithm(_ value: Double) -> Double { log(value) }

/// e to the power of a number, here so that the numerical files need no Foundation.
func exponential(_ value: Double) -> Double { exp(value) }
