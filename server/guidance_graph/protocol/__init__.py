# SPDX-License-Identifier: EUPL-1.2
"""HTTP: the SPARQL 1.1 Protocol, the query library as an API, and health."""
