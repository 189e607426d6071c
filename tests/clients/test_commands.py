# SPDX-License-Identifier: EUPL-1.2
"""What is asked from a shell: curl, Redland's ``roqet``, R."""

import csv
import io
import json
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import RDFS
from rdflib.util import from_n3

from tests.clients import tools
from tests.clients.questions import (
    CONSTRUCT,
    LABELS,
    MINISTRY,
    SELECT,
    TRIPLES,
    longer,
)

LENGTHS = (
    "SELECT ?label (STRLEN(STR(?label)) AS ?length)"
    f" WHERE {{ {MINISTRY.n3()} {RDFS.label.n3()} ?label }}"
)
_FRAME = """
    suppressMessages(library(SPARQL))
    asked <- commandArgs(trailingOnly = TRUE)
    answer <- SPARQL(asked[1], asked[2], curl_args = list(.encoding = "UTF-8")%s)$results
    cat(paste(answer$label, as.numeric(answer$length), sep = "\\t"), sep = "\\n")
"""
#: R's own way, and the one that is quick with large tables; without the encoding, R takes Latin-1.
R = {"xml": _FRAME % "", "csv": _FRAME % ', format = "csv", extra = list(format = "csv")'}
VALUES = {str(label) for label in LABELS}


def curl(*arguments: str) -> str:
    return tools.output(tools.program("curl", "curl"), "-sS", "-L", "--fail-with-body", *arguments)


def values(text: str) -> set[str]:
    return {row["label"]["value"] for row in json.loads(text)["results"]["bindings"]}


@pytest.mark.parametrize(
    "way",
    [
        ["-G", "--data-urlencode", "query={}"],
        ["--data-urlencode", "query={}"],
        ["-H", "Content-Type: application/sparql-query", "--data-binary", "{}"],
        ["--http1.0", "--data-urlencode", "query={}"],
        ["--compressed", "-G", "--data-urlencode", "query={}"],
        ["--http2", "--data-urlencode", "query={}"],
    ],
    ids=["GET", "form", "body", "HTTP/1.0", "compressed", "HTTP/2 offered"],
)
def test_curl_sends_a_query(address: str, way: list[str]) -> None:
    url = f"{address}/sparql"
    assert values(curl(*(each.format(SELECT) for each in way), url)) == VALUES
    if "-G" not in way:
        assert values(curl(*(each.format(longer(SELECT, 100_000)) for each in way), url)) == VALUES


def test_curl_sends_a_query_from_a_file(address: str, tmp_path: Path) -> None:
    file = tmp_path / "labels.rq"
    file.write_text(f"{SELECT}\n")
    assert values(curl("--data-urlencode", f"query@{file}", f"{address}/sparql")) == VALUES


def test_curl_chooses_a_format(address: str) -> None:
    url = f"{address}/sparql"
    turtle = curl("-H", "Accept: text/turtle", "--data-urlencode", f"query={CONSTRUCT}", url)
    assert set(Graph().parse(data=turtle)) == TRIPLES
    table = curl("--data-urlencode", f"query={SELECT}", "-d", "format=csv", url)
    assert {row["label"] for row in csv.DictReader(io.StringIO(table))} == VALUES


def test_curl_ends_with_an_error_where_the_query_is_broken(address: str) -> None:
    with pytest.raises(AssertionError, match="ended with 22"):
        curl("--data-urlencode", "query=SELECT * {", f"{address}/sparql")


def test_roqet_reads_solutions(address: str) -> None:
    """Redland's client; it cannot read the booleans and graphs of any endpoint."""
    roqet = tools.program("roqet", "rasqal-utils")
    table = tools.output(roqet, "-q", "-r", "tsv", "-p", f"{address}/sparql", "-e", SELECT)
    assert {from_n3(line) for line in table.splitlines()[1:]} == LABELS


@pytest.mark.parametrize("form", ["xml", "csv"])
def test_r_reads_a_data_frame(address: str, form: str) -> None:
    rscript = tools.program("Rscript", "r-base-core")
    if "FALSE" in tools.output(rscript, "-e", 'requireNamespace("SPARQL", quietly = TRUE)'):
        tools.missing("R has no package SPARQL; Debian has it in r-cran-sparql")
    printed = tools.output(rscript, "-e", R[form], f"{address}/sparql", LENGTHS)
    rows = {tuple(line.split("\t")) for line in printed.splitlines()}
    expected = {label.n3() if form == "xml" else str(label): len(label) for label in LABELS}
    assert {(label, float(length)) for label, length in rows} == set(expected.items())
