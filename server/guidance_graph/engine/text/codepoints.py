# SPDX-License-Identifier: EUPL-1.2
r"""Codepoint escapes, such as ``\u0061`` for ``a`` (SPARQL 1.1, section 19.2).

They may stand anywhere; Oxigraph knows them in strings and IRIs, and what reads words here in
strings only. So they are replaced before anything reads the query.
"""

import re
from typing import Final

#: An escape, or a backslash that stands for itself in a string.
_ESCAPE: Final = re.compile(r"\\\\|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
#: What would end a string, an IRI or a line, or is no character.
_MARKS: Final = re.compile("[\x00-\x20<>\"'{}|^`\\\\\x7f-\xa0\u2028\u2029\ud800-\udfff]")


def without_escapes(text: str) -> str:
    """Return a query with the characters that its codepoint escapes stand for.

    An escape stays where its character might mean something else than the escape does: in a string
    it stands for a quotation mark and ends nothing.
    """
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2]
    if digits is None or (number := int(digits, 16)) > 0x10FFFF:
        return escape[0]
    character = chr(number)
    return escape[0] if _MARKS.fullmatch(character) else character
