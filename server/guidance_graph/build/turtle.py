# SPDX-License-Identifier: EUPL-1.2
r"""Write a graph as Turtle, in the one form that it has in this project.

After rdflib's ``longturtle``, so that a changed fact is a changed line: a block a subject, ``a``
first, one object a line, the closing ``.`` alone. Unlike it, the order of nested blank nodes
depends on what they say and not on their names, literals keep their lexical form, and a local name
may hold escapes (``src:2.1\/p1``).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF, XSD

from guidance_graph.build.oxigraph import Object, Subject, Triple, with_canonical_names
from guidance_graph.terms.namespaces import PREFIXES

_INDENT: Final = "    "

_BASE_CHARS: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARS: Final = _BASE_CHARS + "_0-9\u00b7\u0300-\u036f\u203f-\u2040-"
_PLX: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
#: Turtle 1.1, production PN_LOCAL.
_LOCAL_NAME: Final = re.compile(
    rf"(?:[{_BASE_CHARS}_:0-9]|{_PLX})(?:(?:[{_CHARS}.:]|{_PLX})*(?:[{_CHARS}:]|{_PLX}))?"
)
_TO_ESCAPE: Final = re.compile(r"[~!$&'()*+,;=/?#@]|%(?![0-9A-Fa-f]{2})|\A[.\-]|\.\Z")
_BARE: Final = {
    XSD.boolean: re.compile("true|false"),
    XSD.integer: re.compile("[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.double: re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BY_LENGTH: Final = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def write_turtle(triples: Iterable[Triple]) -> str:
    """The graph as canonical Turtle: the same text for isomorphic graphs."""
    return _Document(set(triples)).text()


def write_literal(literal: Literal, name: Callable[[URIRef], str]) -> str:
    """The literal in Turtle, bare where its lexical form allows; ``name`` writes its datatype."""
    text = str(literal)
    if literal.datatype in _BARE and _BARE[literal.datatype].fullmatch(text):
        return text
    if literal.language:
        return f"{_quote(text)}@{literal.language}"
    if literal.datatype:
        return f"{_quote(text)}^^{name(literal.datatype)}"
    return _quote(text)


def shorten(iri: str) -> str | None:
    """The IRI as a prefixed name in Turtle, or None where no prefix of ours makes a valid one."""
    for prefix, namespace in _BY_LENGTH:
        if iri.startswith(namespace) and len(iri) > len(namespace):
            local = _TO_ESCAPE.sub(r"\\\g<0>", iri[len(namespace) :])
            return f"{prefix}:{local}" if _LOCAL_NAME.fullmatch(local) else None
    return None


class _Document:
    """One graph on its way to text."""

    def __init__(self, triples: set[Triple]) -> None:
        self.shared = _shared(triples)
        if self.shared:
            triples = with_canonical_names(triples)
            self.shared = _shared(triples)
        self.labels = {node: f"_:b{n}" for n, node in enumerate(sorted(self.shared))}
        self.prefixes: set[str] = set()
        self.nested = {o for _, _, o in triples if isinstance(o, BNode)} - self.shared
        self.properties: dict[Subject, dict[URIRef, list[Object]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for s, p, o in triples:
            self.properties[s][p].append(o)

    def text(self) -> str:
        blocks = [*self.blocks()]
        names = sorted(self.prefixes)
        head = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in names)
        return "\n".join([head, *blocks] if head else blocks)

    def blocks(self) -> Iterator[str]:
        """A block a subject: IRIs in order, then blank nodes that more than one thing refers to,
        then those that nothing refers to.
        """  # noqa: D205
        subjects = [node for node in self.properties if node not in self.nested]
        for iri in sorted((s for s in subjects if isinstance(s, URIRef)), key=_natural):
            yield self.block(self.iri(iri), iri)
        for node in sorted(s for s in subjects if s in self.shared):
            yield self.block(self.labels[node], node)  # type: ignore[index]
        lonely = (s for s in subjects if isinstance(s, BNode) and s not in self.shared)
        yield from sorted(self.block("[]", node) for node in lonely)

    def block(self, name: str, subject: Subject) -> str:
        return "\n".join([name, *self.predicates(subject, _INDENT), ".\n"])

    def predicates(self, subject: Subject, indent: str) -> Iterator[str]:
        """The lines of what is said of a subject."""
        written = {
            "a" if predicate == RDF.type else self.iri(predicate): objects
            for predicate, objects in self.properties[subject].items()
        }
        for name in sorted(written, key=lambda name: (name != "a", name)):
            objects = written[name]
            if len(objects) == 1:
                yield f"{indent}{name} {self.object(objects[0], indent)} ;"
                continue
            inner = indent + _INDENT
            texts = [(self.order(o), self.object(o, inner)) for o in objects]
            lines = [text for _, text in sorted(texts)]
            yield f"{indent}{name}"
            yield " ,\n".join(inner + line for line in lines) + " ;"

    def order(self, node: Object) -> tuple[int, tuple[object, ...]]:
        """What objects are sorted by: IRIs, then literals by language, then blank nodes."""
        if isinstance(node, URIRef):
            return 0, _natural(node)
        if isinstance(node, Literal):
            return 1, (node.language or "", str(node.datatype or ""), str(node))
        return 2, (self.labels.get(node, ""),)

    def object(self, node: Object, indent: str) -> str:
        if isinstance(node, URIRef):
            return "()" if node == RDF.nil else self.iri(node)
        if isinstance(node, Literal):
            return write_literal(node, self.iri)
        if node in self.labels:
            return self.labels[node]
        members = self.members(node)
        if members is not None:
            lines = (indent + _INDENT + self.object(o, indent + _INDENT) for o in members)
            return "\n".join(["(", *lines, f"{indent})"])
        if node not in self.properties:
            return "[]"
        return "\n".join(["[", *self.predicates(node, indent + _INDENT), f"{indent}]"])

    def members(self, node: BNode) -> list[Object] | None:
        """The members of the RDF list that starts here, or None if it is not a plain one."""
        members: list[Object] = []
        cell: Object = node
        while cell != RDF.nil:
            if not isinstance(cell, BNode) or cell in self.shared:
                return None
            said = self.properties.get(cell, {})
            if set(said) != {RDF.first, RDF.rest} or any(len(said[p]) > 1 for p in said):
                return None
            members.append(said[RDF.first][0])
            cell = said[RDF.rest][0]
        return members

    def iri(self, iri: URIRef) -> str:
        short = shorten(str(iri))
        if short is None:
            return f"<{iri}>"
        self.prefixes.add(short.split(":", 1)[0])
        return short


def _shared(triples: set[Triple]) -> set[BNode]:
    """The blank nodes that cannot be nested: objects of several triples, or of a circle."""
    parents: dict[BNode, list[Subject]] = defaultdict(list)
    for s, _, o in triples:
        if isinstance(o, BNode):
            parents[o].append(s)
    shared = {node for node, above in parents.items() if len(above) > 1}
    settled: set[Subject] = set()
    for node in parents:
        path: list[BNode] = []
        above: Subject = node
        while isinstance(above, BNode) and above in parents and above not in shared | settled:
            if above in path:
                shared.update(path[path.index(above) :])
                break
            path.append(above)
            above = parents[above][0]
        settled.update(path)
    return shared


def _natural(iri: str) -> tuple[object, ...]:
    """A key that sorts ``p2`` before ``p10``."""
    parts = re.split("([0-9]+)", iri)
    return (*(int(part) if n % 2 else part for n, part in enumerate(parts)), str(iri))


def _quote(text: str) -> str:
    """A string of Turtle; over several lines where the text has several."""
    text = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\t", "\\t")
    text = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04X}", text)
    if "\n" not in text:
        return '"' + text.replace('"', '\\"') + '"'
    text = text.replace('"""', '\\"\\"\\"')
    return '"""' + (f'{text[:-1]}\\"' if text.endswith('"') else text) + '"""'
