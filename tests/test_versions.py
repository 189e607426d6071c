# SPDX-License-Identifier: EUPL-1.2
"""One version, wherever it is written."""

import re
import tomllib
from pathlib import Path

import yaml
from rdflib import Graph, URIRef
from rdflib.namespace import OWL

from guidance_graph import __version__
from guidance_graph.terms.namespaces import DATASET, ONTOLOGY, PREFIXES

REPOSITORY = Path(__file__).parents[1]


def test_every_place_holds_the_same_version() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())["version"]
    ontology = Graph().parse(REPOSITORY / "ontology/guidance.ttl")
    dataset = Graph().parse(REPOSITORY / "data/dataset.ttl")
    assert {
        project,
        citation,
        str(ontology.value(URIRef(ONTOLOGY), OWL.versionInfo)),
        str(dataset.value(URIRef(DATASET), URIRef(PREFIXES["dcat"] + "version"))),
    } == {__version__}


def test_the_citation_and_the_dataset_name_the_same_day() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())["date-released"]
    issued = re.search(
        r'dcterms:issued\s+"([0-9-]+)"', (REPOSITORY / "data/dataset.ttl").read_text()
    )
    assert issued
    assert str(citation) == issued[1]
