# SPDX-License-Identifier: EUPL-1.2
"""Requests as clients send them, most of which cannot be run here: what is asked for, and how.

Each says where it is written, so that it can be looked up again. Those marked as recorded were
taken down from the client itself; so were Jena's, from 4.5.0, and the formats that RDF4J 3.7.7
asks for.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tests.clients.questions import ASK, CONSTRUCT, DESCRIBE, GRAPH, SELECT, longer


class Way(StrEnum):
    """How a query is sent."""

    GET = "GET"
    FORM = "POST of a form"
    BODY = "POST of the query"


@dataclass(frozen=True)
class Recorded:
    """A request of a client.

    Attributes:
        client: its name and version.
        source: where the request is written.
        query: the query.
        accept: the formats that it asks for, and can read.
        way: how it sends the query.
        parameters: what it sends beside the query.
        headers: further headers.
        reads: what it reads of that, where that is less.
    """

    client: str
    source: str
    query: str
    accept: str
    way: Way = Way.GET
    parameters: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    reads: frozenset[str] = frozenset()


JENA: Final = "Apache Jena 4 and 5"
_JENA: Final = "apache/jena: jena-arq/.../riot/WebContent.java, .../exec/http/QueryExecHTTP.java"
_JENA_ROWS: Final = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9,"
    " text/tab-separated-values;q=0.7, text/csv;q=0.5,application/json;q=0.2,"
    "application/xml;q=0.2,*/*;q=0.1"
)
_JENA_ASK: Final = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9,"
    "application/json;q=0.2,application/xml;q=0.2,*/*;q=0.1"
)
_JENA_GRAPH: Final = (
    "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,"
    "application/rdf+xml;q=0.7,*/*;q=0.3"
)
_JENA_DATASET: Final = (
    "application/trig,application/n-quads;q=0.9,application/ld+json;q=0.8,*/*;q=0.3"
)
_UPGRADE: Final = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA",
}
_UTF_8_BODY: Final = {"Content-Type": "application/sparql-query;charset=utf-8"}
_UTF_8_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

_RDF4J: Final = "eclipse-rdf4j/rdf4j: core/http/client/.../SPARQLProtocolSession.java"
_RDF4J_MORE: Final = (("queryLn", "SPARQL"), ("infer", "true"), ("timeout", "30"))
_RDF4J_ROWS: Final = (
    "application/x-sparqlstar-results+json;q=0.8, application/sparql-results+json;q=0.8,"
    " application/json;q=0.8, application/sparql-results+xml;q=0.8, application/xml;q=0.8,"
    " application/x-sparqlstar-results+xml;q=0.8, application/x-binary-rdf-results-table,"
    " text/csv;q=0.8, text/tab-separated-values;q=0.8"
)
_RDF4J_ASK: Final = (
    "application/sparql-results+json;q=0.8, application/json;q=0.8,"
    " application/sparql-results+xml;q=0.8, application/xml;q=0.8, text/boolean"
)
_RDF4J_GRAPH: Final = (
    "application/n-triples;q=0.7, text/plain;q=0.7, application/rdf+xml;q=0.4,"
    " application/xml;q=0.4, text/xml;q=0.4, text/turtle, application/x-turtle, text/n3;q=0.8,"
    " text/rdf+n3;q=0.8, application/rdf+json;q=0.7, application/trig;q=0.8,"
    " application/x-trig;q=0.8, application/x-trigstar;q=0.8, application/n-quads;q=0.7,"
    " text/x-nquads;q=0.7, text/nquads;q=0.7, application/x-binary-rdf;q=0.8,"
    " application/vnd.hdt;q=0.8, application/x-ld+ndjson;q=0.8, application/trix;q=0.8,"
    " application/ld+json;q=0.8, text/x-turtlestar;q=0.8, application/x-turtlestar;q=0.8"
)

_DOTNETRDF: Final = "dotnetrdf/dotnetrdf: .../Query/SparqlQueryClient.cs, MimeTypesHelper.cs"
_N_TRIPLES: Final = (
    "application/n-triples,text/plain,text/ntriples,text/ntriples+turtle,"
    "application/rdf-triples,application/x-ntriples,application/ntriples"
)
_TURTLE: Final = "text/turtle,application/x-turtle,application/turtle"
_RDF_XML: Final = "application/rdf+xml,text/xml,application/xml"
_RDF_JSON: Final = "application/json,text/json,application/rdf+json"
_HTML: Final = "text/html,application/xhtml+xml"
#: Most types come twice: once for their gzipped files.
_DOTNETRDF_ROWS: Final = ",".join(
    (
        *["application/sparql-results+xml"] * 2,
        *["application/sparql-results+json"] * 2,
        *("text/boolean", _RDF_XML, _RDF_JSON),
        *["text/csv,text/comma-separated-values"] * 2,
        *["text/tab-separated-values"] * 2,
    )
)
_DOTNETRDF_GRAPH: Final = ",".join(
    (
        *[_N_TRIPLES] * 2,
        *[_TURTLE] * 2,
        *["text/n3,text/rdf+n3"] * 2,
        *[_RDF_XML] * 2,
        *[_RDF_JSON] * 2,
        *[_HTML] * 2,
        "*/*;q=0.5",
    )
)

_EASYRDF: Final = "easyrdf/easyrdf: lib/Sparql/Client.php"
_EASYRDF_GRAPH: Final = (
    "application/ld+json,application/rdf+xml;q=0.9,text/turtle;q=0.8,"
    "application/n-quads;q=0.7,application/n-triples;q=0.7"
)

_RUBY: Final = "ruby-rdf/sparql-client: lib/sparql/client.rb"
#: ``p=0.8`` is a slip of that client; it counts as no quality at all.
_RUBY_ANY: Final = (
    "application/sparql-results+json, application/sparql-results+xml,"
    " text/tab-separated-values;p=0.8, text/csv;p=0.2, application/n-triples, text/plain"
)

_YASQE: Final = "TriplyDB/Yasgui: packages/yasqe/src/defaults.ts, sparql.ts"
_YASQE_FROM: Final = {"Origin": "https://yasgui.example", "Sec-Fetch-Mode": "cors"}
_GRAPHDB: Final = (("infer", "true"), ("sameAs", "true"), ("limit", "1000"), ("offset", "0"))
_R: Final = "Debian: r-cran-sparql 1.16, recorded"
_ROQET: Final = "Debian: rasqal-utils 0.9.33, recorded"
_COMUNICA: Final = "npm: @comunica/query-sparql 5.4.1, recorded"
_COMUNICA_ROWS: Final = "application/sparql-results+json;q=1.0,application/sparql-results+xml;q=0.7"

REQUESTS: Final = (
    Recorded(JENA, _JENA, SELECT, _JENA_ROWS, headers=_UPGRADE),
    Recorded(JENA, _JENA, ASK, _JENA_ASK, headers=_UPGRADE),
    Recorded(JENA, _JENA, CONSTRUCT, _JENA_GRAPH, headers=_UPGRADE),
    Recorded(JENA, _JENA, DESCRIBE, _JENA_GRAPH, headers=_UPGRADE),
    Recorded(JENA, _JENA, CONSTRUCT, _JENA_DATASET, headers=_UPGRADE),
    Recorded(JENA, _JENA, longer(SELECT), _JENA_ROWS, Way.FORM, headers=_UPGRADE),
    Recorded(JENA, _JENA, longer(SELECT), _JENA_ROWS, Way.BODY, headers=_UPGRADE | _UTF_8_BODY),
    Recorded(
        JENA,
        _JENA,
        SELECT,
        _JENA_ROWS,
        Way.BODY,
        (("default-graph-uri", GRAPH),),
        _UPGRADE | _UTF_8_BODY,
    ),
    Recorded("RDF4J 3.7", _RDF4J, SELECT, _RDF4J_ROWS, parameters=_RDF4J_MORE),
    Recorded("RDF4J 3.7", _RDF4J, ASK, _RDF4J_ASK, parameters=_RDF4J_MORE),
    Recorded("RDF4J 3.7", _RDF4J, CONSTRUCT, _RDF4J_GRAPH, parameters=_RDF4J_MORE),
    Recorded("RDF4J 3.7", _RDF4J, DESCRIBE, _RDF4J_GRAPH, Way.FORM, _RDF4J_MORE, _UTF_8_FORM),
    Recorded(
        "RDF4J 3.7",
        _RDF4J,
        longer(SELECT),
        _RDF4J_ROWS,
        Way.FORM,
        (*_RDF4J_MORE, ("default-graph-uri", GRAPH), ("$other", '"1"')),
        _UTF_8_FORM | {"Accept-Encoding": "gzip,deflate"},
    ),
    Recorded("dotNetRDF 2", _DOTNETRDF, SELECT, _DOTNETRDF_ROWS),
    Recorded("dotNetRDF 2", _DOTNETRDF, ASK, _DOTNETRDF_ROWS),
    Recorded("dotNetRDF 2", _DOTNETRDF, CONSTRUCT, _DOTNETRDF_GRAPH),
    Recorded("dotNetRDF 2", _DOTNETRDF, longer(SELECT), _DOTNETRDF_ROWS, Way.FORM),
    Recorded(
        "EasyRdf 1",
        _EASYRDF,
        SELECT,
        "application/sparql-results+json,application/sparql-results+xml;q=0.8",
    ),
    Recorded("EasyRdf 1", _EASYRDF, CONSTRUCT, _EASYRDF_GRAPH),
    Recorded("EasyRdf 1", _EASYRDF, longer(CONSTRUCT), _EASYRDF_GRAPH, Way.FORM),
    Recorded("sparql-client of Ruby", _RUBY, SELECT, _RUBY_ANY, Way.FORM),
    Recorded("sparql-client of Ruby", _RUBY, CONSTRUCT, _RUBY_ANY, Way.FORM),
    Recorded(
        "YASGUI 4",
        _YASQE,
        SELECT,
        "application/sparql-results+json,*/*;q=0.9",
        Way.FORM,
        headers=_YASQE_FROM,
    ),
    Recorded(
        "YASGUI 4",
        _YASQE,
        CONSTRUCT,
        "application/n-triples,*/*;q=0.9",
        Way.FORM,
        headers=_YASQE_FROM,
        reads=frozenset(("application/n-triples",)),
    ),
    Recorded(
        "GraphDB Workbench",
        "requests copied from it in public code, as for YASGUI",
        SELECT,
        "application/sparql-results+json,*/*;q=0.9",
        Way.FORM,
        _GRAPHDB,
        {"X-Requested-With": "XMLHttpRequest", "X-GraphDB-Local-Consistency": "updating"},
    ),
    Recorded("SPARQL of R", _R, SELECT, "application/sparql-results+xml"),
    Recorded("SPARQL of R", _R, SELECT, "*/*", parameters=(("format", "csv"),)),
    Recorded("Redland", _ROQET, SELECT, "application/sparql-results+xml"),
    Recorded(
        "Comunica 5",
        _COMUNICA,
        SELECT,
        _COMUNICA_ROWS,
        headers={"Accept-Encoding": "br,gzip,deflate", "accept-language": "*"},
    ),
    Recorded("Comunica 5", _COMUNICA, CONSTRUCT, "text/turtle"),
)
