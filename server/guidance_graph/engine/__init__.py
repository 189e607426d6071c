# SPDX-License-Identifier: EUPL-1.2
"""A query in, a stream of bytes out."""
