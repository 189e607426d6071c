# SPDX-License-Identifier: EUPL-1.2
"""What the text of a query says, read before it runs, and what is written into it."""
