# SPDX-License-Identifier: EUPL-1.2
"""The only prefix registry: every Turtle file, query and page takes its prefixes from here."""

from typing import Final

BASE: Final = "https://w3id.org/guidance-graph/"

ONTOLOGY: Final = BASE + "ontology"
TERMS: Final = ONTOLOGY + "#"
SHAPES: Final = BASE + "shapes#"
GRAPHS: Final = BASE + "graph/"
#: What a release says of itself.
METADATA: Final = GRAPHS + "metadata"
#: All graphs as one, in engines whose default graph is not to be written.
UNION: Final = GRAPHS + "union"
REPORT: Final = BASE + "source/mapping"
SEGMENTS: Final = REPORT + "/"
VOCABULARIES: Final = BASE + "vocab/"
THINGS: Final = BASE + "id/"
DATASET: Final = BASE + "dataset"
#: Where the dumps of a release are had, by file name, unless a server says that it has them.
DUMPS: Final = BASE + "dumps/"

#: The guidance systems, by the code that stands in their IRIs.
SYSTEMS: Final = ("be-vlg", "eu", "fi", "gb-sct", "nl", "no")

#: The concept schemes, by the name of their file and prefix.
SCHEMES: Final[tuple[str, ...]] = (
    "access",
    "aim",
    "attainment",
    "audience",
    "certainty",
    "channel",
    "comparison",
    "correction",
    "cost",
    "counting-unit",
    "field",
    "form",
    "function",
    "governance-level",
    "measure",
    "method",
    "obligation",
    "organisation-type",
    "point-group",
    "portal-type",
    "practitioner",
    "qualification-level",
    "qualifier",
    "quality-aspect",
    "role",
    "setting",
    "status",
    "theme",
    "topic",
    "verdict",
)

_OURS: Final = {
    "gg": TERMS,
    "ggsh": SHAPES,
    "graph": GRAPHS,
    "src": SEGMENTS,
    **{system: f"{THINGS}{system}/" for system in SYSTEMS},
    **{scheme: f"{VOCABULARIES}{scheme}/" for scheme in SCHEMES},
}

_THEIRS: Final = {
    "adms": "http://www.w3.org/ns/adms#",
    "atu": "http://publications.europa.eu/resource/authority/atu/",
    "country": "http://publications.europa.eu/resource/authority/country/",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "currency": "http://publications.europa.eu/resource/authority/currency/",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "esco": "http://data.europa.eu/esco/occupation/",
    "eurovoc": "http://eurovoc.europa.eu/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "language": "http://publications.europa.eu/resource/authority/language/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "unit": "http://qudt.org/vocab/unit/",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

#: Every prefix and the namespace it stands for.
PREFIXES: Final[dict[str, str]] = dict(sorted((_OURS | _THEIRS).items()))
