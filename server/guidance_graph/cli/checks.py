# SPDX-License-Identifier: EUPL-1.2
"""The checks of the library, asked of a dataset that is no release yet: a row is a violation."""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from rdflib import BNode, Literal, URIRef

from guidance_graph.build.files import sha256
from guidance_graph.build.naming import curie
from guidance_graph.build.oxigraph import Object, Quad, write_quads
from guidance_graph.build.validation import Describer, Result
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import JSON, QueryForm
from guidance_graph.engine.pool.forking import Quads
from guidance_graph.library.library import Library, LibraryQuery
from guidance_graph.terms.errors import QueryError, SourceError
from guidance_graph.terms.settings import Settings

_GRAPH: Final = "graph"
_RESOURCE: Final = "resource"
#: How the description of a check begins.
_A_ROW: Final = re.compile(r"^A row is\b")


@dataclass(frozen=True)
class Checks:
    """The checks, and what each may take."""

    queries: tuple[LibraryQuery, ...]
    limits: Limits

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The checks of the library.

        Raises:
            SourceError: the library cannot be read.
        """
        return cls(Library.load(settings.root / "queries").checks, Limits.of(settings))

    def __call__(self, quads: Iterable[Quad], describe: Describer) -> list[Result]:
        """Ask all of them.

        Args:
            quads: the dataset, with what follows from it.
            describe: what names and finds its resources.

        Raises:
            SourceError: a check cannot be asked, or has not the columns of one.
            EngineError: a limit was reached.
        """
        with tempfile.TemporaryDirectory() as folder:
            dataset = Path(folder) / "dataset.nq"
            write_quads(quads, dataset)
            with BlockingEngine(Quads(dataset, sha256(dataset)), self.limits) as engine:
                return [
                    _result(check, row, describe)
                    for check in self.queries
                    for row in _rows(check, engine)
                ]


def _rows(check: LibraryQuery, engine: BlockingEngine) -> Iterator[dict[str, Object]]:
    if check.form is not QueryForm.SELECT:
        raise SourceError(check.path, f"a check is a SELECT query, and no {check.form}")
    try:
        content = json.loads(engine.query(check.text, answer_format=JSON).read())
    except QueryError as error:
        raise SourceError(check.path, str(error)) from error
    for row in content["results"]["bindings"]:
        if not row.keys() >= {_GRAPH, _RESOURCE}:
            raise SourceError(check.path, "each row of a check has a ?graph and a ?resource")
        yield {name: _term(value) for name, value in row.items()}


def _result(check: LibraryQuery, row: Mapping[str, Object], describe: Describer) -> Result:
    """The violation that a row is, in the files whose graphs it names."""
    graphs = [name for name in row if name == _GRAPH or name.endswith(f"_{_GRAPH}")]
    others = [name for name in row if name not in (_RESOURCE, *graphs)]
    facts = [f"{name.replace('_', ' ')} {curie(row[name])}" for name in others]
    return describe.violation(
        row[_RESOURCE],
        _A_ROW.sub("This is", check.description or check.summary),
        [row[name] for name in graphs],
        (*facts, f"rule {check.name}"),
    )


def _term(value: Mapping[str, Any]) -> Object:
    match value["type"]:
        case "uri":
            return URIRef(value["value"])
        case "bnode":
            return BNode(value["value"])
    datatype = value.get("datatype")
    return Literal(
        value["value"],
        lang=value.get("xml:lang"),
        datatype=None if datatype is None else URIRef(datatype),
        normalize=False,
    )
