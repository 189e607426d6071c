# SPDX-License-Identifier: EUPL-1.2
"""Whether a query looks at the default graph alone, as most do.

A store that holds nothing else answers these in three quarters of the time. To be sure of it, no
reading of the text may have a named graph in it, not even one that only the engine knows; so this
looks for the keywords by their letters, and takes for one whatever may be.
"""

import re
from typing import Final

from guidance_graph.engine.text.tokens import HEADER, remembered

#: The letters of a keyword, unless they are part of a variable, a name or an IRI that begins before
#: them. But a negative number ends where a keyword begins; a name whose prefix ends within its
#: authority may be no IRI, and is then taken for a shorter one; and an escape may be any letter.
_PERHAPS_NAMED: Final = re.compile(
    r"(?<![\w:/?$#-])\w*?(?:GRAPH|FROM)|-\d\w*?(?:GRAPH|FROM)|//[^/?#>\s]*>|\\u", re.IGNORECASE
)


@remembered
def looks_at_default_graph_alone(text: str) -> bool:
    """Return whether a query surely names no graph.

    Args:
        text: the query.
    """
    header = HEADER.match(text)
    return _PERHAPS_NAMED.search(text, header.end() if header else 0) is None
