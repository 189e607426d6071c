# SPDX-License-Identifier: EUPL-1.2
"""How fast the endpoint is, beside its own engine, beside others, and as the graph grows."""
