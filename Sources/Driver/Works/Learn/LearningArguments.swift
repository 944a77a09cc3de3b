// SPDX-License-Identifier: Apache-2.0

// Public because a conformance of a public type is.
public import ArgumentParser
import Inversion

extension ForwardModel.Boundary: ExpressibleByArgument {}
extension Misfit: ExpressibleByArgument {}
extension OutlierRule: ExpressibleByArgument {}
