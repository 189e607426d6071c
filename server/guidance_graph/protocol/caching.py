# SPDX-License-Identifier: EUPL-1.2
"""What a client may keep: entity tags, and 304 for what has not changed (RFC 9110, section 13).

A release never changes, but which one is current does; so everything may be kept, and is asked for
again by its tag before it is used.
"""

import hashlib
import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from guidance_graph.protocol.headers import header
from guidance_graph.protocol.problems import problem

#: Kept by whoever wants, and asked for again each time.
REVALIDATE: Final = "public, max-age=0, must-revalidate"
#: For what has no tag, since it is another each time.
NEVER: Final = "no-store"

_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def entity_tag(name: str) -> str:
    """Return a strong entity tag of a name that holds no quotation mark."""
    return f'"{name}"'


def weakened(tag: str) -> str:
    """Return the tag of what has another coding than that which a strong tag names."""
    return tag if tag.startswith("W/") else f"W/{tag}"


def tag_of(content: bytes) -> str:
    """Return the entity tag of some bytes."""
    return entity_tag(hashlib.sha256(content).hexdigest()[:40])


def has(request: Request, tag: str) -> bool:
    """Whether the client says that it has what a tag names, compared weakly.

    ``If-None-Match: *`` does not count: whether there is an answer shows only when it is there.
    """
    given = header(request, b"if-none-match")
    return given is not None and any(tag == one for _, one in _TAG.findall(given))


def unchanged(
    request: Request, tag: str | None, headers: dict[str, str], modified: str | None = None
) -> Response | None:
    """Return the response to a client that has what it asks for, or wants what there is not.

    Args:
        request: what it asks.
        tag: the entity tag of what it would get; None where that has none.
        headers: those that it would get: ``Vary`` and ``Cache-Control`` are repeated.
        modified: when that was last changed, where the client is told so.

    Returns:
        304; to a POST 412, as RFC 9110 has it. 412 also where it is none of those that ``If-Match``
        names, or was changed after ``If-Unmodified-Since``. None where the answer is to be given.
    """
    if not _matches(request, tag):
        return problem(
            HTTPStatus.PRECONDITION_FAILED,
            "The answer is none of those that If-Match names; there may be another release, and a"
            " weak tag (W/…) names none. An answer that may be another each time has no tag.",
        )
    if _changed_since(request, modified):
        return problem(
            HTTPStatus.PRECONDITION_FAILED,
            f"The answer was last changed on {modified}, after what If-Unmodified-Since says.",
        )
    if tag is None or not (has(request, tag) or _has_since(request, modified)):
        return None
    if request.method not in ("GET", "HEAD"):
        return problem(
            HTTPStatus.PRECONDITION_FAILED,
            "The answer is the one that If-None-Match names; only GET and HEAD get 304 for that.",
        )
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers | {"ETag": tag})


def _matches(request: Request, tag: str | None) -> bool:
    """Whether ``If-Match``, where it is there, names a tag, compared strongly."""
    given = header(request, b"if-match")
    if given is None or given.strip() == "*":
        return True
    return any(not weak and tag == one for weak, one in _TAG.findall(given))


def _changed_since(request: Request, modified: str | None) -> bool:
    """Whether what was last changed then was so after ``If-Unmodified-Since``.

    That counts where it is a date, and no ``If-Match`` is there.
    """
    if modified is None or header(request, b"if-match") is not None:
        return False
    try:
        since = parsedate_to_datetime(header(request, b"if-unmodified-since") or "")
        return parsedate_to_datetime(modified) > since
    except (OverflowError, TypeError, ValueError):  # no date, or one without a time zone
        return False


def _has_since(request: Request, modified: str | None) -> bool:
    """Whether the client has what was last changed then, and tells it by no tag.

    The very date counts and no later one: a release can become current after one made later.
    """
    if modified is None or header(request, b"if-none-match") is not None:
        return False
    return header(request, b"if-modified-since") == modified


def kept_response(
    request: Request, content: bytes, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """Return some bytes, or 304 where the client has them.

    Args:
        request: what is answered.
        content: the bytes.
        media_type: what they are.
        headers: further headers.
    """
    all_headers = {"Cache-Control": REVALIDATE} | (headers or {})
    tag = tag_of(content)
    return unchanged(request, tag, all_headers) or Response(
        content, 200, all_headers | {"ETag": tag}, media_type
    )
