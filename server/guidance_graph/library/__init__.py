# SPDX-License-Identifier: EUPL-1.2
"""The query library: the ``.rq`` files of ``queries/``, each a question with a name."""
