# SPDX-License-Identifier: EUPL-1.2
"""The questions as RDF, in the way that editors of SPARQL read examples, and the prefixes.

Both are in the vocabulary of SHACL, as the Swiss Institute of Bioinformatics uses it.
"""

from collections.abc import Iterator
from typing import Final

from guidance_graph.engine.text.bindings import bind
from guidance_graph.engine.text.terms import Iri, Literal
from guidance_graph.library.library import Library, LibraryQuery
from guidance_graph.protocol.description import Abilities
from guidance_graph.site.start import path_of
from guidance_graph.terms.namespaces import BASE, PREFIXES

_USED: Final = ("dcat", "dcterms", "rdfs", "sd", "sh")
_MORE: Final = " ;\n    "
_QUERIES: Final = Iri(f"{BASE}queries")


def examples(library: Library, abilities: Abilities) -> str:
    """Return a document in Turtle that has each question, with its defaults put in.

    What cannot be run as it stands, since it needs a value, is no example.

    Args:
        library: the questions.
        abilities: where they are answered.
    """
    runnable = [each for each in library if not any(own.required for own in each.parameters)]
    prefixes = "".join(f"@prefix {each}: {Iri(PREFIXES[each])} .\n" for each in _USED)
    return prefixes + "".join(
        f"\n{subject} {_MORE.join(said)} .\n"
        for subject, said in (
            (abilities.service, _service(abilities)),
            *_declarations(),
            *((_name(each), _example(each, abilities)) for each in runnable),
        )
    )


def _service(abilities: Abilities) -> list[str]:
    document = Iri(abilities.examples)
    return ["a sd:Service", f"sd:endpoint {Iri(abilities.endpoint)}", f"rdfs:seeAlso {document}"]


def _declarations() -> Iterator[tuple[Iri, list[str]]]:
    nodes = {prefix: Iri(f"{BASE}queries#{prefix}") for prefix in PREFIXES}
    yield _QUERIES, [f"sh:declare {node}" for node in nodes.values()]
    for prefix, node in nodes.items():
        namespace = Literal(PREFIXES[prefix], PREFIXES["xsd"] + "anyURI")
        said = ["a sh:PrefixDeclaration", f"sh:prefix {Literal(prefix)}"]
        yield node, [*said, f"sh:namespace {namespace}"]


def _name(query: LibraryQuery) -> Iri:
    return Iri(f"{BASE}{path_of(query)}")


def _example(query: LibraryQuery, abilities: Abilities) -> list[str]:
    form = query.form.value
    text = bind(query.body, query.bindings({}))
    said = [
        f"a sh:SPARQLExecutable, sh:SPARQL{form.title()}Executable",
        f"dcterms:identifier {Literal(query.name)}",
        f"rdfs:comment {Literal(query.summary, language='en')}",
        f"sh:{form.lower()} {Literal(text)}",
        f"sh:prefixes {_QUERIES}",
        f"rdfs:seeAlso {Iri(abilities.base + path_of(query))}",
        *(f"dcat:keyword {Literal(each, language='en')}" for each in (query.topic, *query.tags)),
    ]
    if query.summary_nl:
        said.append(f"rdfs:comment {Literal(query.summary_nl, language='nl')}")
    if query.description:
        said.append(f"dcterms:description {Literal(query.description, language='en')}")
    return said
