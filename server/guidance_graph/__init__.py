# SPDX-License-Identifier: EUPL-1.2
"""guidance-graph: a knowledge graph of lifelong career guidance systems, with SPARQL."""

__version__ = "0.1.0"
