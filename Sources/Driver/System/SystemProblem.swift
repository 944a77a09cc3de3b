// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The system's words for the last failed call.
func systemProblem() -> String {
  unsafe String(cString: strerror(errno))
}
