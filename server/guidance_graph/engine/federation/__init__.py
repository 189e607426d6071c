# SPDX-License-Identifier: EUPL-1.2
"""``SERVICE`` for the endpoints that the operator lists: asked by the server, put in as VALUES."""
