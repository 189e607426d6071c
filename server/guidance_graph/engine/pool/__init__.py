# SPDX-License-Identifier: EUPL-1.2
"""The workers as the server sees them: whose turn it is, and what comes of a run."""
