# SPDX-License-Identifier: EUPL-1.2
"""The start page: what is here, which questions it answers, and a form to ask others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from guidance_graph import __version__
from guidance_graph.engine.current import CurrentEngine, Release
from guidance_graph.engine.formats import (
    CSV,
    GRAPH_FORMATS,
    JSON,
    JSON_LD,
    SOLUTION_FORMATS,
    TURTLE,
    XLSX,
    Format,
)
from guidance_graph.library.library import Library, LibraryQuery
from guidance_graph.protocol.caching import kept_response
from guidance_graph.protocol.headers import header
from guidance_graph.protocol.negotiation import negotiate
from guidance_graph.site.form import FIRST_QUERY, Form
from guidance_graph.site.schemas import example_of
from guidance_graph.site.templates import TITLE, Pages
from guidance_graph.terms.errors import ReleaseError
from guidance_graph.terms.namespaces import BASE, DATASET

LICENCES: Final = {
    "ontology and data": ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "code and queries": ("EUPL 1.2", "https://eupl.eu/1.2/en/"),
}

_HTML: Final = Format("html", "text/html", "HTML")
_JSON: Final = Format("json", "application/json", "JSON")

#: Where the questions are listed, for people and for programs; the preferred first.
_LISTS: Final = {_JSON: "./openapi.json", _HTML: "./#questions", TURTLE: "./queries.ttl"}


@dataclass(frozen=True)
class StartPage:
    """What the start page says; its HTML and its JSON say the same.

    Attributes:
        library: the questions.
        manifest: what the release says of itself.
        here: where the server is, with a slash at its end, as far as that is known.
    """

    library: Library
    manifest: Mapping[str, Any]
    here: str

    @property
    def digest(self) -> str:
        """The digest of the release, as short as the name of its folder."""
        return str(self.manifest["digest"])[:12]

    @property
    def counts(self) -> list[tuple[str, str]]:
        """Numbers of the release, each with what it counts."""
        counts = {
            "triples stated": self.manifest["counts"]["asserted"],
            "triples inferred": self.manifest["counts"]["inferred"],
            "named graphs": len(self.graphs),
            "questions": len(self.library),
        }
        return [(name, f"{number:,}") for name, number in counts.items()]

    @property
    def graphs(self) -> list[str]:
        """The IRIs of the named graphs."""
        return sorted(self.manifest["graphs"])

    @property
    def citation(self) -> str:
        """How to cite this release."""
        return f"guidance-graph contributors. {TITLE} {__version__}, release {self.digest}. {BASE}"

    def values(self) -> dict[str, Any]:
        """Return what the template needs."""
        return {
            "page": self,
            "solution_formats": SOLUTION_FORMATS,
            "graph_formats": GRAPH_FORMATS,
            "run_formats": {False: (JSON, CSV, XLSX), True: (TURTLE, JSON_LD)},
            "licences": LICENCES,
            "form": Form(FIRST_QUERY),
            "example_of": example_of,
            "base": BASE,
        }

    def twin(self) -> dict[str, Any]:
        """Return what the page says as JSON."""
        return {
            "title": TITLE,
            "version": __version__,
            "dataset": DATASET,
            "digest": self.manifest["digest"],
            "counts": dict(self.manifest["counts"]),
            "graphs": self.graphs,
            "endpoint": f"{self.here}sparql",
            "formats": {
                "solutions": {each.name: each.media_type for each in SOLUTION_FORMATS},
                "graphs": {each.name: each.media_type for each in GRAPH_FORMATS},
            },
            "queries": [_described(query, self.here) for query in self.library],
            "licences": {what: address for what, (_, address) in LICENCES.items()},
            "citation": self.citation,
        }


class StartPages:
    """The start page of the release that was last asked for, in each format; rendered once."""

    def __init__(self, library: Library, pages: Pages) -> None:
        self._library = library
        self._pages = pages
        self._release: Release | None = None
        self._rendered: dict[Format, bytes] = {}

    def of(self, release: Release) -> dict[Format, bytes]:
        """Return the page of a release as bytes, by format."""
        if release is not self._release:
            page = StartPage(self._library, release.manifest, self._pages.here)
            self._rendered = {
                _HTML: self._pages.render("start.html", page.values()).encode(),
                _JSON: json.dumps(page.twin(), ensure_ascii=False).encode(),
            }
            self._release = release
        return self._rendered


def site_router(engine: CurrentEngine, library: Library, pages: Pages) -> APIRouter:
    """Return the routes of the start page and of what all pages are styled with."""
    router = APIRouter()
    start_pages = StartPages(library, pages)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def start(request: Request) -> Response:
        if engine.release is None:
            raise ReleaseError("no release is being served yet")
        chosen = negotiate(header(request, b"accept"), (_HTML, _JSON))
        if chosen is None:
            raise HTTPException(
                HTTPStatus.NOT_ACCEPTABLE, "This page can be had as text/html or application/json."
            )
        content = start_pages.of(engine.release)[chosen]
        return kept_response(request, content, chosen.content_type, {"Vary": "Accept"})

    @router.api_route("/queries", methods=["GET", "HEAD"])
    async def queries(request: Request) -> Response:
        chosen = negotiate(header(request, b"accept"), tuple(_LISTS)) or _JSON
        return RedirectResponse(_LISTS[chosen], HTTPStatus.SEE_OTHER, {"Vary": "Accept"})

    @router.api_route("/static/{digest}/{name}", methods=["GET", "HEAD"])
    async def static(digest: str, name: str) -> Response:
        asset = pages.assets.get(name)
        if asset is None or asset.digest != digest:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(asset.content, headers=headers, media_type=asset.media_type)

    return router


def path_of(query: LibraryQuery) -> str:
    """Return where a query of the library is answered, from where the server is."""
    return f"queries/{quote(query.name)}"


def _described(query: LibraryQuery, here: str) -> dict[str, Any]:
    return {
        "name": query.name,
        "url": f"{here}{path_of(query)}",
        "form": query.form,
        "summary": {"en": query.summary, "nl": query.summary_nl},
        "description": query.description,
        "tags": query.tags,
        "parameters": {
            each.name: {
                "type": each.type,
                "default": each.default,
                "required": each.required,
                "description": each.description,
            }
            for each in query.parameters
        },
    }
