# SPDX-License-Identifier: EUPL-1.2
import pyoxigraph as ox
import pytest

from guidance_graph.engine.text import volatile
from guidance_graph.engine.text.tokens import SHORT
from guidance_graph.engine.text.volatile import is_volatile

VOLATILE = {
    "a time": "SELECT (NOW() AS ?x) {}",
    "small letters": "SELECT (rand() AS ?x) {}",
    "a service": "SELECT * { SERVICE <http://e/> { ?s ?p ?o } }",
    "a blank node in a template": "CONSTRUCT { _:x ?p ?o } WHERE { ?s ?p ?o }",
    "brackets in a template": "CONSTRUCT { ?s ?p [ ?p ?o ] } { ?s ?p ?o }",
    "a list in a template": "construct { ?s ?p (1 2) } { ?s ?p ?o }",
    "a template that is the pattern": "CONSTRUCT WHERE { [] ?p ?o }",
    "a call glued to a keyword": "SELECT * { ?s ?p ?o } ORDER BYRAND()",
    "glued to more": "SELECT * { ?s ?p trueFILTERRAND() }",
    "glued to a name": "PREFIX x: <http://e:> SELECT * { ?s ?p x:FILTERRAND() }",
    "a call between comparisons": "SELECT * { ?s ?p ?o FILTER(1<?o&&RAND()>0.5) }",
    "a call after what looks like a comment": "SELECT (<a:\\u0061#> AS ?x) (RAND() AS ?y) {}",
    "a reifier in a template": "CONSTRUCT { << ?s ?p ?o >> ?p 1 } { ?s ?p ?o }",
    "an annotation in a template": "CONSTRUCT { ?s ?p ?o {| ?p 1 |} } { ?s ?p ?o }",
    "a name for a statement in a template": "CONSTRUCT { ?s ?p ?o ~ } { ?s ?p ?o }",
    "a long text with a glued call": "SELECT * { ?s ?p ?o FILTERRAND() }" + " " * SHORT,
    "a long text": "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }" + " " * SHORT,
    "a long text with a time": "SELECT (now() AS ?x) {}" + " " * SHORT,
}
LASTING = {
    "nothing of it": "SELECT * { ?s ?p ?o }",
    "a word in a name": "SELECT ?now { ?now a <http://e/rand> }",
    "a blank node in a pattern": "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p [ ?q ?o ] FILTER(?o > 1) }",
    "a blank node of SELECT": "SELECT * { _:x ?p ?o }",
    "a long text": "SELECT ?known { ?known a <http://e/rand> }" + " " * SHORT,
}


@pytest.mark.parametrize("text", VOLATILE.values(), ids=VOLATILE)
def test_what_may_have_another_answer_is_volatile(text: str) -> None:
    assert is_volatile(text)


@pytest.mark.parametrize("text", VOLATILE.values(), ids=VOLATILE)
def test_what_is_volatile_is_a_query(text: str) -> None:
    ox.Store().query(text)


@pytest.mark.parametrize("text", LASTING.values(), ids=LASTING)
def test_what_has_one_answer_is_not(text: str) -> None:
    assert not is_volatile(text)


def test_a_long_text_of_this_project_is_read() -> None:
    assert not is_volatile(VOLATILE["a long text"], trusted=True)
    assert is_volatile(VOLATILE["a long text with a time"], trusted=True)


def test_a_long_text_is_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volatile, "tokens", None)
    monkeypatch.setattr(volatile, "uses_service", None)
    assert is_volatile("ASK {} # service" + "é" * SHORT)
