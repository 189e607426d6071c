# SPDX-License-Identifier: EUPL-1.2
"""What every layer knows: namespaces, errors and settings."""
