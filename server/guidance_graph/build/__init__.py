# SPDX-License-Identifier: EUPL-1.2
"""From Turtle files to a release: read, infer, validate, describe, write."""
