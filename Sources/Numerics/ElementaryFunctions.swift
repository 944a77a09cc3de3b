// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The cosine, so that files of numbers need no Foundation.
public func cosine(_ angle: Double) -> Double { cos(angle) }

/// The sine, so that files of numbers need no Foundation.
public func sine(_ angle: Double) -> Double { sin(angle) }

/// The natural logarithm, so that files of numbers need no Foundation.
public func logarithm(_ value: Double) -> Double { log(value) }

/// e to the power of a number, so that files of numbers need no Foundation.
public func exponential(_ value: Double) -> Double { exp(value) }
