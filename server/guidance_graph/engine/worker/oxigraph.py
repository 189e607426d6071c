# SPDX-License-Identifier: EUPL-1.2
"""Answer a query from an Oxigraph store on disk, or write anew what another engine answered.

The one module of the engine that knows pyoxigraph. It runs in a worker process, where nothing but
the process's own limits can stop it.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final, NoReturn, Self, cast

import pyoxigraph as ox

from guidance_graph.engine.formats import XLSX, QueryForm
from guidance_graph.engine.text.default_graph import looks_at_default_graph_alone
from guidance_graph.engine.text.syntax import diagnose
from guidance_graph.engine.text.tokens import position, query_form, without_header
from guidance_graph.engine.worker.frames import CHUNK, Request
from guidance_graph.engine.worker.sinks import RowCountingSink, Sink, refuse_no_element
from guidance_graph.engine.worker.workbook import Cell, workbook_of_boolean, workbook_of_solutions
from guidance_graph.terms.errors import (
    BackendError,
    EngineError,
    GuidanceGraphError,
    NotWritableError,
    ParameterError,
    QueryRefusedError,
    QuerySyntaxError,
    ReleaseError,
)
from guidance_graph.terms.namespaces import BASE, PREFIXES

_SOLUTIONS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_GRAPHS: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
_PREFIX_OF: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}

#: Characters of a query that is told what is wrong with it in our words; for a longer one it may
#: take a second to find that.
_DIAGNOSED: Final = 1 << 16

#: So many triples are looked at for the prefixes to declare; later terms outside them stay whole.
_LOOK_AHEAD: Final = 256

_SENTENCE: Final = re.compile(r"[A-Z]?[a-z]+ [a-zA-Z]+ .*", re.DOTALL)
#: What it says of terms in terms, which its functions make and not each of its formats can hold.
_TERM_IN_TERM: Final = "does not support RDF 1.2"
_UNKNOWN_FUNCTION: Final = re.compile(r"The custom function (<.*>) is not supported")
_PLACE: Final = re.compile(r"(?:error )?at (\d+):(\d+): (?:expected )?(.*)", re.DOTALL)


class Store:
    """An Oxigraph store that is only read."""

    def __init__(self, store: ox.Store, default_graph: ox.Store | None = None) -> None:
        """Take what is there.

        Args:
            store: the whole dataset.
            default_graph: its default graph alone, for queries that look at nothing else.
        """
        self._store = store
        self._default_graph = store if default_graph is None else default_graph

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the store in a folder.

        Raises:
            ReleaseError: there is none, or it cannot be read.
        """
        try:
            return cls(ox.Store.read_only(str(path)))
        except (OSError, ValueError) as error:
            raise ReleaseError(f"{path} holds no store that can be read: {error}") from error

    @classmethod
    def load(cls, path: Path, made: str) -> Self:
        """Read N-Quads into memory; the default graph is that of all graphs, as in a release.

        No thread is started, so that a process with such a store may be forked.

        Args:
            path: the file.
            made: the SHA-256, in hex, that it was made with.

        Raises:
            ReleaseError: it is missing, has another SHA-256, or holds no N-Quads.
        """
        store, default_graph = ox.Store(), ox.Store()
        quads = _as_made(path, made)
        try:  # ``Store.load`` would name blank nodes anew, so that each start had other answers
            store.bulk_extend(_parsed(quads))
            default_graph.bulk_extend(
                ox.Quad(quad.subject, quad.predicate, quad.object) for quad in _parsed(quads)
            )
            store.bulk_extend(default_graph)
        except (SyntaxError, ValueError) as error:
            raise ReleaseError(f"{path} holds no N-Quads that can be read: {error}") from error
        return cls(store, default_graph)

    def answer(self, request: Request, send: Callable[[bytes], None]) -> tuple[int, int]:
        """Answer a query, handing on its bytes as they are made.

        Returns:
            The bytes and the rows (solutions or triples) of the answer.

        Raises:
            GuidanceGraphError: the query cannot be answered, or its answer is too large.
        """
        try:
            result = self._store_for(request).query(
                without_header(request.text),
                base_iri=BASE,
                default_graph=_named_nodes(request.default_graphs),
                named_graphs=_named_nodes(request.named_graphs),
            )
            return _write(result, send, request)
        except GuidanceGraphError:
            raise
        except (SyntaxError, ValueError, RuntimeError, OSError) as error:
            _translate(error, request)

    def _store_for(self, request: Request) -> ox.Store:
        """Return the smallest store that holds all that a query looks at."""
        named = request.default_graphs is not None or request.named_graphs is not None
        alone = not named and looks_at_default_graph_alone(request.text)
        return self._default_graph if alone else self._store


def _as_made(path: Path, made: str) -> bytes:
    """Return the bytes of a file, which are those that are read from then on.

    Raises:
        ReleaseError: it is missing, or has another SHA-256.
    """
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != made:
        raise ReleaseError(f"{path} is missing or damaged; build it anew: guidance-graph build")
    return content


def _parsed(quads: bytes) -> Iterable[ox.Quad]:
    return ox.parse(quads, format=ox.RdfFormat.N_QUADS)


def check_syntax(request: Request) -> None:
    """Refuse a query that is not SPARQL 1.1, before another engine reads it in its own way.

    It is evaluated over no data, as far as Oxigraph does that before it is asked for a row.

    Raises:
        QuerySyntaxError: with its place.
        EngineError: it cannot be evaluated.
    """
    try:
        ox.Store().query(request.text, base_iri=BASE)
    except (SyntaxError, ValueError, RuntimeError, OSError) as error:
        _translate(error, request)


def rewrite(
    source: IO[bytes], written_in: str, request: Request, send: Callable[[bytes], None]
) -> tuple[int, int]:
    """Read another engine's answer as it comes, and hand it on in the format of the request.

    Args:
        source: the answer of the other engine; read to its end, if nothing is wrong with it.
        written_in: the name of its format: JSON or XML of solutions, Turtle or N-Triples.
        request: what was asked.
        send: takes the bytes.

    Returns:
        The bytes and the rows (solutions or triples) of what was handed on.

    Raises:
        BackendError: it is not of that format, not whole, or not of the form that was asked.
        ResultTooLargeError: it is too large.
    """
    form = query_form(request.text)
    try:
        if form.gives_graph:
            graph = (quad.triple for quad in ox.parse(source, format=_GRAPHS[written_in]))
            return _write(graph, send, request)
        result = ox.parse_query_results(source, format=_SOLUTIONS[written_in])
        if form is QueryForm.ASK and isinstance(result, ox.QuerySolutions):
            result = _boolean_of(result)
        if (form is QueryForm.ASK) is not isinstance(result, ox.QueryBoolean):
            raise BackendError(f"the engine asked did not answer in the form of {form}")
        return _write(result, send, request)
    except (SyntaxError, ValueError) as error:
        raise BackendError(
            f"the engine asked gave an answer that is cut or cannot be read: {error}"
        ) from error


def _boolean_of(solutions: ox.QuerySolutions) -> ox.QueryBoolean | ox.QuerySolutions:
    """Return the boolean that Virtuoso writes as a solution, whatever format it is asked for."""
    if [variable.value.lower() for variable in solutions.variables] != ["__ask_retval"]:
        return solutions
    values = [cast(ox.Literal, solution[0]).value for solution in solutions]
    answer = '{"head":{},"boolean":%s}' % ("true" if values == ["1"] else "false")
    return ox.parse_query_results(answer, ox.QueryResultsFormat.JSON)


def _write(
    result: ox.QueryBoolean | ox.QuerySolutions | Iterable[ox.Triple],
    send: Callable[[bytes], None],
    request: Request,
) -> tuple[int, int]:
    """Write a result in the format of the request; return its bytes and rows."""
    if request.format == XLSX.name:
        sink = Sink(send, request)
        _write_workbook(cast(ox.QueryBoolean | ox.QuerySolutions, result), sink)
        return sink.size, sink.rows
    sink = (
        RowCountingSink(send, request)
        if isinstance(result, ox.QuerySolutions)
        else Sink(send, request)
    )
    if isinstance(result, ox.QuerySolutions | ox.QueryBoolean):
        result.serialize(_file(sink), _SOLUTIONS[request.format])
    else:
        _write_triples(result, sink, request)
    return sink.size, sink.rows


def _write_workbook(result: ox.QueryBoolean | ox.QuerySolutions, sink: Sink) -> None:
    """Write solutions or a boolean as a workbook, of which nothing is there before it is whole."""

    def counted(solutions: ox.QuerySolutions) -> Iterator[list[Cell]]:
        for rows, solution in enumerate(solutions, start=1):
            sink.count_rows(rows)
            yield [_cell(term) for term in solution]

    if isinstance(result, ox.QueryBoolean):
        content = workbook_of_boolean(bool(result))
    else:
        names = [variable.value for variable in result.variables]
        content = workbook_of_solutions(names, counted(result))
    sink.fits(len(content))
    for start in range(0, len(content), CHUNK):
        sink.write(content[start : start + CHUNK])


def _cell(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> Cell:
    if term is None:
        return None
    if isinstance(term, ox.Literal):
        return term.value, None if term.language else term.datatype.value
    return term.value if isinstance(term, ox.NamedNode) else str(term), None


def _file(sink: Sink) -> IO[bytes]:
    """Return the sink as what pyoxigraph's signatures ask for; it only writes and flushes."""
    return cast(IO[bytes], sink)


def _named_nodes(iris: Sequence[str] | None) -> list[Any] | None:
    try:
        return None if iris is None else [ox.NamedNode(iri) for iri in iris]
    except ValueError as error:
        raise ParameterError(f"a graph is named by what is no IRI: {error}") from error


def _write_triples(triples: Iterable[ox.Triple], sink: Sink, request: Request) -> None:
    """Write a graph, with those prefixes declared that its first triples use."""
    named = request.format == "rdf"  # predicates are elements there

    def counted() -> Iterator[ox.Triple]:
        for rows, triple in enumerate(triples, start=1):
            sink.count_rows(rows)
            if named:
                refuse_no_element(triple.predicate.value)
            yield triple

    walk = counted()
    first = list(islice(walk, _LOOK_AHEAD))
    whole = chain(first, walk)
    ox.serialize(whole, _file(sink), _GRAPHS[request.format], prefixes=_prefixes_for(first))


def _prefixes_for(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """Return the prefixes of our registry whose namespaces these triples use."""
    namespaces: set[str] = set()
    for triple in triples:
        for term in (triple.subject, triple.predicate, triple.object):
            iri = term.datatype if isinstance(term, ox.Literal) and not term.language else term
            if isinstance(iri, ox.NamedNode):
                namespaces.add(iri.value[: max(iri.value.rfind("#"), iri.value.rfind("/")) + 1])
    used = {_PREFIX_OF[namespace]: namespace for namespace in namespaces & _PREFIX_OF.keys()}
    return dict(sorted(used.items()))


def _as_oxigraph_says(error: SyntaxError) -> QuerySyntaxError:
    """Return what Oxigraph found wrong, in its words if it has words and no list of terminals."""
    place = _PLACE.match(str(error))
    if place is None:
        return QuerySyntaxError(str(error))
    sentences = [part for part in re.split(r", |one of ", place[3]) if _SENTENCE.match(part)]
    reason = "; ".join(sentences) or "the query breaks a rule of SPARQL"
    return QuerySyntaxError(reason, int(place[1]), int(place[2]))


def _translate(error: Exception, request: Request) -> NoReturn:
    """Raise what pyoxigraph said as one of our own errors."""
    if isinstance(error, SyntaxError):
        known = diagnose(request.text) if len(request.text) <= _DIAGNOSED else None
        raise known or _as_oxigraph_says(error) from error
    if (unknown := _UNKNOWN_FUNCTION.fullmatch(str(error))) is not None:
        raise _unknown_function(request.text, unknown[1]) from error
    if _TERM_IN_TERM in str(error):
        raise NotWritableError(
            "the answer has terms of RDF 1.2, which this format cannot hold; ask for another format"
        ) from error
    if "service" in request.text.lower() and (
        isinstance(error, OSError) or "service" in str(error)
    ):
        raise QueryRefusedError("this endpoint asks no other endpoint") from error
    raise EngineError(f"the query could not be evaluated: {error}") from error


def _unknown_function(text: str, function: str) -> QuerySyntaxError:
    """Return that there is no such function, at its place where it is written in full."""
    reason = f"the function {function} is not known here"
    index = text.find(function)
    return QuerySyntaxError(reason, *(position(text, index) if index >= 0 else ()))
