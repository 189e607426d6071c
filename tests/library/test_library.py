# SPDX-License-Identifier: EUPL-1.2
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guidance_graph.engine.formats import QueryForm
from guidance_graph.engine.text.terms import XSD, Literal, Term
from guidance_graph.library.library import Library
from guidance_graph.terms.errors import ParameterError, SourceError, UnknownQueryError

HOURS = """\
# SPDX-License-Identifier: EUPL-1.2
#+ summary: How many hours?
#+ params:
#+   least: {type: integer, default: 1}
#+   level: string
PREFIX ex: <http://example.org/>

SELECT * { ?s ex:hours ?hours ; ex:level ?level FILTER(?hours >= ?least) }
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_files(**files: str) -> Path:
        folder = tmp_path / "queries"
        for name, text in files.items():
            path = folder / f"{name.replace('__', '/').replace('_', '-')}.rq"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return write_files


class Recorder:
    """An engine that only notes what it is asked."""

    def query(self, text: str, **asked: Any) -> dict[str, Any]:
        return {"text": text, **asked}


def test_queries_are_named_by_topic_and_question(write: Write) -> None:
    ask = "#+ summary: Is it?\nASK {}"
    library = Library.load(write(b__is_it=ask, a__hours=HOURS, checks__none=ask))
    assert [query.name for query in library] == ["a/hours", "b/is-it"]
    assert [query.name for query in library.checks] == ["checks/none"]
    assert list(library.topics) == ["a", "b"]
    assert len(library) == 2
    assert "a/hours" in library
    assert "checks/none" not in library
    query = library["a/hours"]
    assert query.summary == "How many hours?"
    assert query.form is QueryForm.SELECT
    assert query.body.startswith("PREFIX ex:")


def test_a_name_that_is_not_there_is_told_with_those_near_it(write: Write) -> None:
    library = Library.load(write(a__hours=HOURS))
    with pytest.raises(UnknownQueryError, match="no query 'a/hour'; near it: a/hours"):
        library["a/hour"]
    with pytest.raises(UnknownQueryError, match="no query 'zzzz'; its topics: a"):
        library["zzzz"]
    with pytest.raises(UnknownQueryError, match="no query 'a'; this topic has: a/hours"):
        library["a"]


def test_running_a_query_binds_its_parameters(write: Write) -> None:
    library = Library.load(write(a__hours=HOURS))
    asked = library.run(Recorder(), "a/hours", {"level": 'x" }'}, timeout=3)
    expected: dict[str, Term] = {"level": Literal('x" }'), "least": Literal("1", XSD + "integer")}
    assert asked["bindings"] == expected
    assert asked["text"] == HOURS
    assert asked["timeout"] == 3
    given = library.run(Recorder(), "a/hours", {"level": "a", "least": "5"})
    assert given["bindings"]["least"] == Literal("5", XSD + "integer")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "a/hours needs a value for the parameter level"),
        ({"level": ""}, "a/hours needs a value for the parameter level"),
        ({"level": "a", "most": "3"}, "a/hours has no parameter most; it has: least, level"),
        ({"level": "a", "least": "many"}, "parameter least must be a whole number"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(
    write: Write, parameters: dict[str, str], reason: str
) -> None:
    library = Library.load(write(a__hours=HOURS))
    with pytest.raises(ParameterError, match=reason):
        library.run(Recorder(), "a/hours", parameters)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#+ summary: a\n", "the query is empty"),
        ("#+ summary: a\nINSERT DATA {}", "INSERT is an update"),
        ("#+ summary: a\n#+ params:\n#+   x: iri\nASK {}", "no variable for the parameter x"),
        ("#+ summary: a\n#+ params:\n#+   x: iri\nASK { BIND(1 AS ?x) }", "is given a value here"),
    ],
)
def test_a_file_that_cannot_be_a_query_is_told_with_its_path(
    write: Write, text: str, reason: str
) -> None:
    with pytest.raises(SourceError, match=rf"wrong\.rq.*{reason}"):
        Library.load(write(a__wrong=text))


def test_a_file_elsewhere_than_in_a_topic_is_refused(write: Write) -> None:
    with pytest.raises(SourceError, match=r"expected queries/<topic>/<question>\.rq"):
        Library.load(write(stray=HOURS))


def test_a_file_that_is_no_utf8_is_told(write: Write) -> None:
    folder = write(a__hours=HOURS)
    (folder / "a" / "bad.rq").write_bytes(b"#+ summary: \xe9\nASK {}")
    with pytest.raises(SourceError, match=r"bad\.rq: expected UTF-8 text; byte 12 is not"):
        Library.load(folder)


def test_a_topic_that_cannot_be_read_is_told_and_not_left_out(
    write: Write, closed: Callable[[Path], None]
) -> None:
    folder = write(actors__who="#+ summary: Who?\nASK {}")
    closed(folder / "actors")
    with pytest.raises(SourceError, match="actors: cannot be read: Permission denied"):
        Library.load(folder)


def test_a_library_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a folder with the query library"):
        Library.load(tmp_path / "queries")
