# SPDX-License-Identifier: EUPL-1.2
"""SHACL: what in the dataset breaks a shape, where it stands, and what to do about it.

The only module that knows pySHACL.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import pyshacl
from pyparsing import ParseException
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from guidance_graph.build.closure import Closure
from guidance_graph.build.consistency import Contradiction
from guidance_graph.build.naming import Names, curie
from guidance_graph.build.oxigraph import Object, Triple
from guidance_graph.build.reading import Source, Sources, merged
from guidance_graph.terms.errors import InvalidGraphError

#: The severities of SHACL, the gravest first; only the first makes a graph invalid.
SEVERITIES: Final = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "note"}


@dataclass(frozen=True)
class Place:
    """A file, and the line at which it starts to describe something."""

    path: Path
    line: int | None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


@dataclass(frozen=True)
class Result:
    """One result of validation.

    Attributes:
        severity: ``violation``, ``warning`` or ``note``.
        focus: the node that breaks the shape; ``resource`` is it or, where it is a blank node,
            the IRI that holds it.
        name: the resource, for people.
        path: the property at fault, where there is one.
        value: the value at fault, where there is one.
        shape: the IRI of the constraint; none for a contradiction, which breaks an axiom.
        message: what to do, in English.
        places: the files that describe the resource or, if none does, those that name it.
        facts: what else is known of it, for people.
    """

    severity: str
    focus: Object
    resource: Object
    name: str
    path: str | None
    value: Object | None
    shape: Object | None
    message: str
    places: tuple[Place, ...]
    facts: tuple[str, ...] = ()


class InvalidDatasetError(InvalidGraphError):
    """The dataset is invalid; ``report`` holds every result."""

    def __init__(self, report: "Report") -> None:
        self.report = report
        super().__init__(f"the graph is invalid: {report.summary()}")


@dataclass(frozen=True)
class Report:
    """The results of validation, sorted by place, and the report graph of SHACL."""

    results: tuple[Result, ...]
    graph: Graph

    @property
    def conforms(self) -> bool:
        """Whether there is no violation; warnings and notes are allowed."""
        return not self.count("violation")

    def count(self, severity: str) -> int:
        """How many results are of this severity."""
        return sum(result.severity == severity for result in self.results)

    def about(self, paths: Iterable[Path]) -> "Report":
        """The part whose resources these files describe."""
        wanted = set(paths)
        results = (r for r in self.results if any(place.path in wanted for place in r.places))
        return Report(tuple(results), self.graph)

    def with_results(self, more: Iterable[Result]) -> "Report":
        """This report with further results in their places."""
        return Report(tuple(sorted([*self.results, *more], key=_by_place)), self.graph)

    def of(self, severity: str) -> "Report":
        """The part that is of this severity."""
        return Report(tuple(r for r in self.results if r.severity == severity), self.graph)

    def summary(self) -> str:
        """``2 violations, 1 warning``, or ``no violation``."""
        counts = {severity: self.count(severity) for severity in SEVERITIES.values()}
        told = [f"{n} {severity}{'s' * (n != 1)}" for severity, n in counts.items() if n]
        return ", ".join(told if counts["violation"] else ["no violation", *told])


def validate(sources: Sources, closure: Closure) -> Report:
    """Hold ontology, data and what follows from them against all shapes, and against themselves.

    Raises:
        InvalidGraphError: the shapes themselves cannot be used.
    """
    data = merged([sources.knowledge(), closure.entailments])
    shapes = sources.shapes()
    logging.getLogger("pyshacl").setLevel(logging.CRITICAL)
    try:
        _, graph, text = pyshacl.validate(
            data,
            shacl_graph=shapes,
            inference="none",
            advanced=True,
            inplace=True,
            do_owl_imports=False,
        )
    except (pyshacl.errors.ShapeLoadError, pyshacl.errors.ConstraintLoadError) as error:
        raise InvalidGraphError(f"a shape cannot be used: {error}") from error
    except (pyshacl.errors.ReportableRuntimeError, ParseException) as error:
        raise InvalidGraphError(f"a shape cannot be applied: {error}") from error
    if not isinstance(graph, Graph):
        raise InvalidGraphError(f"a shape cannot be applied: {text}")
    describe = _ShaclDescriber(sources, data, shapes, graph)
    results = [
        *map(describe.contradiction, closure.contradictions),
        *map(describe.result, graph.objects(None, SH.result)),  # what sh:detail adds is no result
    ]
    return Report((), graph).with_results(results)


def _by_place(result: Result) -> tuple[object, ...]:
    first = result.places[0] if result.places else Place(Path(), None)
    order = [*SEVERITIES.values()].index(result.severity)
    return str(first.path), first.line or 0, result.name, order, str(result.shape), result.message


class Describer:
    """Turns what is wrong with a resource into what a contributor can act on."""

    def __init__(self, sources: Sources, data: Collection[Triple]) -> None:
        """Take what resources are named and found by.

        Args:
            sources: the files.
            data: their triples, with what follows from them.
        """
        self._names = Names(data)
        self._files: dict[Node, Source] = {file.graph: file for file in sources.files}
        self._holders: dict[Node, Object] = {}
        self._describing: dict[Node, list[Source]] = {}
        self._naming: dict[Node, list[Source]] = {}
        for s, _, o in data:
            if isinstance(o, BNode):
                self._holders[o] = min(s, self._holders.get(o, s), key=str)
        for file in sources.files:
            for subject in {s for s, _, _ in file.triples}:
                self._describing.setdefault(subject, []).append(file)
            for value in {o for _, _, o in file.triples}:
                self._naming.setdefault(value, []).append(file)

    def violation(
        self,
        focus: Object,
        message: str,
        graphs: Iterable[Node] = (),
        facts: tuple[str, ...] = (),
    ) -> Result:
        """A violation that no shape has found.

        Args:
            focus: what breaks a rule.
            message: what to do.
            graphs: where it does, if that is not all that describes it.
            facts: what else is known of it.
        """
        resource = self.resource(focus)
        return Result(
            severity="violation",
            focus=focus,
            resource=resource,
            name=self._names.name(resource),
            path=None,
            value=None,
            shape=None,
            message=message,
            places=self.places(resource, graphs),
            facts=facts,
        )

    def resource(self, node: Object) -> Object:
        """The node, or the one that holds it: a blank node has no name of its own."""
        seen: set[Object] = set()
        while isinstance(node, BNode) and node not in seen:
            seen.add(node)
            node = self._holders.get(node, node)
        return node

    def places(self, resource: Object, graphs: Iterable[Node] = ()) -> tuple[Place, ...]:
        """In those of the graphs that are files; else where it is described, or at least named."""
        files = [self._files[graph] for graph in graphs if graph in self._files]
        files = files or self._describing.get(resource) or self._naming.get(resource, [])
        return tuple(
            Place(file.path, file.line_of(resource) or file.mention_of(resource)) for file in files
        )


class _ShaclDescriber(Describer):
    """Describes results of SHACL, and contradictions."""

    def __init__(self, sources: Sources, data: Graph, shapes: Graph, report: Graph) -> None:
        super().__init__(sources, cast("Collection[Triple]", data))
        self.shapes = shapes
        self.report = report

    def contradiction(self, found: Contradiction) -> Result:
        return self.violation(found.resource, f"It {found.said}.")

    def result(self, node: Node) -> Result:
        focus = self.value(node, SH.focusNode)
        resource = self.resource(focus)
        path = self.report.value(node, SH.resultPath)
        severity = self.report.value(node, SH.resultSeverity)
        return Result(
            severity=SEVERITIES.get(cast("URIRef", severity), "violation"),
            focus=focus,
            resource=resource,
            name=self._names.name(resource),
            path=None if path is None else self.path(path),
            value=cast("Object | None", self.report.value(node, SH.value)),
            shape=self.constraint(node),
            message=_english(self.report.objects(node, SH.resultMessage)),
            places=self.places(resource),
        )

    def value(self, node: Node, predicate: URIRef) -> Object:
        """What SHACL demands that a result has."""
        return cast("Object", self.report.value(node, predicate, any=False))

    def constraint(self, result: Node) -> Object:
        """What was broken, by name: a constraint without one belongs to the shape around it."""
        sparql = self.report.value(result, SH.sourceConstraint)
        if isinstance(sparql, URIRef):
            return sparql
        node = self.value(result, SH.sourceShape)
        while isinstance(node, BNode):
            around = min(self.shapes.subjects(None, node), key=str, default=None)
            if around is None:
                break
            node = cast("Object", around)
        return node

    def path(self, path: Node) -> str:
        if isinstance(path, URIRef):
            return curie(path)
        inverse = self.report.value(path, SH.inversePath)
        if inverse is not None:
            return f"^{self.path(inverse)}"
        alternatives = self.report.value(path, SH.alternativePath)
        if alternatives is not None:
            return "|".join(self.path(step) for step in self.report.items(alternatives))
        return "/".join(self.path(step) for step in self.report.items(path)) or "a property path"


def _english(messages: Iterable[Node]) -> str:
    """One message, in English if there is one."""
    known = [message for message in messages if isinstance(message, Literal)]
    best = min(known, key=lambda m: (m.language not in ("en", None), str(m)), default=None)
    return "breaks this shape" if best is None else " ".join(str(best).split())
