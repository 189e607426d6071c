# SPDX-License-Identifier: EUPL-1.2
"""A SPARQL engine elsewhere: its address, how it is reached, its graphs."""
