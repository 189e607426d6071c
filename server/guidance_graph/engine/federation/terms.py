# SPDX-License-Identifier: EUPL-1.2
"""What Oxigraph takes for an IRI and for a language tag, where it reads a query.

Data of other endpoints holds some that are none. A query with such a term in it would fail with a
syntax error in a place that its author never wrote.
"""

import re
from ipaddress import IPv6Address
from typing import Final

_PLANES: Final = "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14)
)
_LETTERS: Final = (
    r"A-Za-z0-9._~\-\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF"
    f"{_PLANES}\U000e1000-\U000efffd"
)
_PRIVATE: Final = r"\uE000-\uF8FF\U000F0000-\U000FFFFD\U00100000-\U0010FFFD"
_NAME: Final = rf"[{_LETTERS}!$&'()*+,;=]|%[0-9A-Fa-f]{{2}}"
_SEGMENT: Final = rf"(?:{_NAME}|[:@])"

#: RFC 3987, section 2.2: an IRI, which is always absolute.
_IRI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:(?:{_NAME}|:)*@)?(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?:{_NAME})*)(?::[0-9]*)?(?:/{_SEGMENT}*)*"
    rf"|(?!//)(?:{_SEGMENT}|/)*)"
    rf"(?:\?(?:{_SEGMENT}|[/?{_PRIVATE}])*)?"
    rf"(?:\#(?:{_SEGMENT}|[/?])*)?"
)
#: RFC 5646, section 2.1, with the tags that have no form of their own.
_LANGUAGE: Final = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+"
    r"|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    r"|sgn-(?:be-fr|be-nl|ch-de))",
    re.IGNORECASE | re.ASCII,
)
_SHOWN: Final = 80


def must_be_iri(value: str) -> str:
    """Return an IRI that is one.

    Raises:
        ValueError: it is none.
    """
    found = _IRI.fullmatch(value)
    if found is None:
        raise ValueError(f"{value[:_SHOWN]!r} is no absolute IRI")
    if found["six"] is not None:
        IPv6Address(found["six"])
    return value


def must_be_language(value: str) -> str:
    """Return a language tag that is one.

    Raises:
        ValueError: it is none.
    """
    if _LANGUAGE.fullmatch(value) is None:
        raise ValueError(f"{value[:_SHOWN]!r} is no language tag")
    return value
