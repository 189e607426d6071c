# SPDX-License-Identifier: EUPL-1.2
"""The process that runs one query: what it asks, what it writes, and the walls around it."""
