# SPDX-License-Identifier: EUPL-1.2
from rdflib import RDF, URIRef
from rdflib.namespace import VOID

from guidance_graph.build.metadata import STATED, describe
from guidance_graph.build.oxigraph import Quad, Triple
from tests.build.support import told, triples

GRAPH = URIRef("https://w3id.org/guidance-graph/graph/data/finland/policy")
DATASET = URIRef("https://w3id.org/guidance-graph/dataset")
OTHER = URIRef("https://w3id.org/guidance-graph/graph/inferred")


def quads() -> set[Quad]:
    asserted = triples('fi:a a gg:Actor ; rdfs:label "A"@en ; gg:partOf fi:b . fi:b a gg:Actor .')
    inferred = triples("fi:a a gg:Provider . fi:b a gg:Actor .")
    return {(*t, GRAPH) for t in asserted} | {(*t, OTHER) for t in inferred}


def test_a_triple_of_two_graphs_counts_once_in_the_dataset_and_in_each_graph() -> None:
    lines = told(describe(quads(), "sha256:0f"))
    dataset = "<https://w3id.org/guidance-graph/dataset"
    assert f"{dataset} void:triples 5" in lines
    assert f"{dataset} void:distinctSubjects 2" in lines
    assert f"{dataset} void:distinctObjects 4" in lines
    assert f"{dataset} void:properties 3" in lines
    assert f"{dataset} void:classes 2" in lines
    assert "graph:data/finland/policy void:triples 4" in lines
    assert "graph:inferred void:triples 2" in lines


def test_each_class_and_property_has_a_partition_with_its_count() -> None:
    described = describe(quads(), "sha256:0f")
    said: dict[object, set[str]] = {}
    for s, p, o in described:
        said.setdefault(s, set()).add(f"{p.rsplit('#')[-1]} {str(o).rsplit('#')[-1]}")
    partitions = {frozenset(lines) for s, lines in said.items() if not isinstance(s, URIRef)}
    assert frozenset({"class Actor", "entities 2"}) in partitions
    assert frozenset({"class Provider", "entities 1"}) in partitions
    assert frozenset({"property type", "triples 3"}) in partitions
    assert frozenset({"property partOf", "triples 1"}) in partitions


def test_what_is_stated_and_what_is_found_are_subsets_with_counts_of_their_own() -> None:
    described = describe(quads(), "sha256:0f")
    subsets = {o for s, p, o in described if (s, p) == (DATASET, VOID.subset)}
    assert subsets == {STATED, OTHER}
    assert uses_of_type(described, DATASET) == 3
    assert uses_of_type(described, STATED) == 2
    assert uses_of_type(described, OTHER) == 2


def uses_of_type(described: set[Triple], dataset: URIRef) -> int:
    """Return how often ``rdf:type`` is used in a dataset, as its metadata says."""
    partitions = {o for s, p, o in described if (s, p) == (dataset, VOID.propertyPartition)}
    [of_type] = {s for s, p, o in described if s in partitions and o == RDF.type}
    [count] = {o for s, p, o in described if (s, p) == (of_type, VOID.triples)}
    return int(count)


def test_each_form_of_the_dataset_is_a_distribution() -> None:
    lines = told(describe(quads(), "sha256:0f"))
    assert sum("dcat:downloadURL" in line for line in lines) == 4
    assert any("text/turtle" in line for line in lines)


def test_the_same_quads_give_the_same_metadata() -> None:
    assert describe(quads(), "sha256:0f") == describe(quads(), "sha256:0f")


def test_the_dataset_has_an_identifier_of_this_release() -> None:
    lines = told(describe(quads(), "sha256:0f"))
    assert any(line.endswith('/dataset dcterms:identifier "sha256:0f"') for line in lines)
