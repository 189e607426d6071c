# SPDX-License-Identifier: EUPL-1.2
from pathlib import Path

import pytest

from guidance_graph.library.header import read_header
from guidance_graph.library.parameters import Parameter, ParameterType
from guidance_graph.terms.errors import SourceError

PATH = Path("queries/topic/question.rq")

WHOLE = """\
# SPDX-License-Identifier: EUPL-1.2
#+ summary: Who does what?
#+ summary_nl: Wie doet wat?
#+ description: >-
#+   A row is an actor;
#+   and a thing.
#+ tags: [actors, things]
#+ params:
#+   system: iri
#+   age:
#+     type: integer
#+     default: 18
#+     description: Years of age
#+   level: {type: iri, optional: true, scheme: level, class: "gg:Level"}
#+ endpoint_in_url: false
SELECT * {}
"""


def test_a_header_says_all_that_it_says() -> None:
    header = read_header(PATH, WHOLE)
    assert header.summary == "Who does what?"
    assert header.summary_nl == "Wie doet wat?"
    assert header.description == "A row is an actor; and a thing."
    assert header.tags == ("actors", "things")
    assert header.parameters == (
        Parameter("system", ParameterType.IRI),
        Parameter("age", ParameterType.INTEGER, "18", description="Years of age"),
        Parameter("level", ParameterType.IRI, optional=True, scheme="level", class_="gg:Level"),
    )
    assert [parameter.required for parameter in header.parameters] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("SELECT * {}", 1, "expected a header"),
        ("# x\n#+ tags: [a]\nASK {}", 2, "expected a summary"),
        ("#+ summary: Who: what?\nASK {}", 1, "the header is no YAML.*quotation marks"),
        ("#+ summary: a\n#+ tags: [a\nASK {}", 2, "the header is no YAML"),
        ("#+ summary: a\n#+ sumary: b\nASK {}", 2, "'sumary' is no key of the header"),
        ("#+ - a\nASK {}", 1, "expected the header to be keys with values"),
        ("#+ summary: [a]\nASK {}", 1, "expected summary to be a text"),
        ("#+ summary: a\n#+ tags: a\nASK {}", 2, "expected tags to be a list"),
        ("#+ summary: a\n#+ params: [x]\nASK {}", 2, "expected params to list a type"),
        ("#+ summary: a\n#+ params:\n#+   x: text\nASK {}", 3, "expected the type of x to be one"),
        ("#+ summary: a\n#+ params:\n#+   x-y: iri\nASK {}", 3, "cannot be the name of a variable"),
        (
            "#+ summary: a\n#+ params:\n#+   x: {type: integer, default: a}\nASK {}",
            3,
            "in the default: parameter x must be a whole number",
        ),
        ("#+ summary: a\n#+ params:\n#+   format: string\nASK {}", 3, "format is taken"),
    ],
)
def test_a_wrong_header_is_told_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        read_header(PATH, text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{PATH}:{line}: ")
