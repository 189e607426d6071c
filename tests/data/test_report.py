# SPDX-License-Identifier: EUPL-1.2
"""What the report holds in numbers and addresses is in the graph, at the segment that says it.

The report and its reading aids lie beside the project and not in it; without them these tests are
skipped by name.
"""

import json
import re
from collections import defaultdict

import pytest
from rdflib import Namespace
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from guidance_graph.build.reading import Sources
from guidance_graph.terms.namespaces import SEGMENTS, TERMS
from tests.conftest import REPOSITORY

GG = Namespace(TERMS)
SOURCE = REPOSITORY.parent / "shared/source"
NUMBERS = (GG.value, GG.perValue, GG.minimumAge, GG.maximumAge)
YEARS = (GG.since, GG.until, DCTERMS.issued)
# An address that the report breaks over two lines begins like this; the whole stands below it.
BROKEN = "https://www.euroguidance.nl/_images/user/EG2020"

pytestmark = pytest.mark.skipif(not SOURCE.exists(), reason="the report is not beside the project")


def _numbers(sources: Sources) -> dict[str, set[float]]:
    """Locator → the numbers of resources that cite it."""
    values: dict[Node, set[float]] = defaultdict(set)
    cited: dict[Node, set[str]] = defaultdict(set)
    for file in sources.files:
        for subject, predicate, value in file.triples:
            if predicate in NUMBERS:
                values[subject].add(float(str(value)))
            elif predicate in YEARS:
                values[subject].add(float(str(value)[:4]))
            elif predicate == DCTERMS.source:
                cited[subject].add(str(value).removeprefix(SEGMENTS))
    found: dict[str, set[float]] = defaultdict(set)
    for resource, numbers in values.items():
        for locator in cited[resource]:
            found[locator] |= numbers
    return found


def _bare(address: str) -> str:
    return re.sub(r"^https?://", "", address.lower()).rstrip("./")


def test_every_number_of_the_report_is_in_the_graph_at_its_segment(sources: Sources) -> None:
    facts = [json.loads(line) for line in (SOURCE / "facts.jsonl").read_text().splitlines()]
    stated = [
        fact
        for fact in facts
        if fact["value"] is not None and "by count" not in (fact["unit"] or "")
    ]
    assert len(stated) > 50
    found = _numbers(sources)

    def there(locator: str, value: float) -> bool:
        # The reading aid writes "1 in 3" as 0.333; the graph holds both numbers.
        return value in found[locator] or (value == 0.333 and {1.0, 3.0} <= found[locator])

    missing = [f["id"] for f in stated if not there(f["locator"], float(f["value"]))]
    assert missing == []


def test_every_address_of_the_report_is_in_the_graph(sources: Sources) -> None:
    text = (SOURCE / "report-nl.txt").read_text(encoding="utf-8")
    printed = set(re.findall(r"(?:https?://|www\.)[^\s,)]+", text))
    printed = {one for one in printed if not one.startswith(BROKEN) or one.endswith(".pdf")}
    assert len(printed) > 25
    held = {
        _bare(str(value))
        for file in sources.files
        for _, predicate, value in file.triples
        if predicate == GG.webAddress
    }
    assert {_bare(one) for one in printed} - held == set()
