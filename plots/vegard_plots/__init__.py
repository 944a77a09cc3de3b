# SPDX-License-Identifier: Apache-2.0
"""Pictures of Vegard's files: the Python side of `vegard plot`."""
