# SPDX-License-Identifier: EUPL-1.2
import csv
import io

from guidance_graph.build.tables import COLUMNS, tables
from tests.build.support import triples

TURTLE = """
gg:PilotService rdfs:subClassOf gg:Service .
fi:a a gg:Service , gg:PilotService ; rdfs:label "Advice, \\"free\\""@en , "Advies"@nl ;
    dcterms:source src:2.1\\/p2 , src:2.1\\/p10 .
fi:b a gg:QualificationRequirement ; skos:prefLabel "B"@en .
src:2.1\\/p2 a gg:Paragraph ; dcterms:title "P"@nl .
[] a gg:Quantity .
:x a :Other .
"""


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_there_is_a_table_for_each_class_of_ours_with_named_members() -> None:
    assert set(tables(triples(TURTLE))) == {
        "paragraph",
        "pilot-service",
        "qualification-requirement",
        "service",
    }


def test_a_row_holds_labels_the_most_specific_class_the_system_and_the_sources() -> None:
    text = tables(triples(TURTLE))["service"]
    assert text.split("\r\n")[0] == ",".join(COLUMNS)
    assert rows(text) == [
        {
            "iri": "https://w3id.org/guidance-graph/id/fi/a",
            "label_en": 'Advice, "free"',
            "label_nl": "Advies",
            "type": "PilotService",
            "system": "fi",
            "sources": "2.1/p10 2.1/p2",
        }
    ]


def test_a_cell_is_empty_where_nothing_is_known() -> None:
    (row,) = rows(tables(triples(TURTLE))["paragraph"])
    assert (row["label_en"], row["label_nl"], row["system"], row["sources"]) == ("", "P", "", "")
