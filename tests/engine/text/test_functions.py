# SPDX-License-Identifier: EUPL-1.2
"""The extension functions are those that Oxigraph's own server tells of."""

import httpx
from rdflib import Graph, Namespace

from guidance_graph.engine.text.functions import EXTENSION_FUNCTIONS
from guidance_graph.terms.namespaces import PREFIXES
from tests.backends import oxigraph

SD = Namespace(PREFIXES["sd"])


def test_none_is_missing_and_none_is_made_up() -> None:
    with oxigraph() as server:
        said = httpx.get(server.query, headers={"Accept": "text/turtle"}).text
    functions = Graph().parse(data=said, format="turtle").objects(None, SD.extensionFunction)
    assert {str(each) for each in functions} == set(EXTENSION_FUNCTIONS)
