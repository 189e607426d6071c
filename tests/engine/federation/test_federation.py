# SPDX-License-Identifier: EUPL-1.2
"""A query with its services' solutions in it has the answer that it has where they are asked."""

import asyncio
import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guidance_graph.engine.federation.client import ServiceClient
from guidance_graph.engine.federation.federation import Federation, FederationLimits
from guidance_graph.engine.text.service import refuse_service, uses_service
from guidance_graph.engine.text.tokens import SHORT
from guidance_graph.terms.errors import (
    ClientShareError,
    EngineBusyError,
    GuidanceGraphError,
    QueryRefusedError,
    QuerySyntaxError,
    QueryTimeoutError,
    ResultTooLargeError,
    ServiceError,
    SettingError,
)
from guidance_graph.terms.settings import Settings
from tests.backends import Asked, Server, oxigraph, response, scripted
from tests.engine.federation.test_clauses import NO_QUERY
from tests.engine.federation.test_clauses import REFUSED as REFUSED_CLAUSES
from tests.engine.federation.test_client import anyone
from tests.engine.text.test_service import ALLOWED, REFUSED
from tests.engine.worker.test_walls import listener, was_reached

PATIENT = 120.0
EMPTY = b'{"results":{"bindings":[]}}'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with oxigraph() as engine:
        yield engine


def federation(services: str, limits: FederationLimits | None = None) -> Federation:
    """One that may ask this machine."""
    return Federation(services, limits, ServiceClient(anyone))


def resolve(asking: Federation, text: str, timeout: float = PATIENT) -> str:
    return asyncio.run(asking.resolve(text, timeout))


def rows(store: ox.Store, text: str) -> Counter[tuple[str, ...]]:
    """The rows of an answer, with the names of its columns."""
    result = store.query(text)
    if isinstance(result, ox.QueryBoolean):
        return Counter([(str(bool(result)),)])
    if isinstance(result, ox.QueryTriples):
        return Counter((str(triple),) for triple in result)
    names = sorted(variable.value for variable in result.variables)
    counted = Counter(tuple(str(solution[name]) for name in names) for solution in result)
    return counted + Counter([tuple(names)])


# The same answer as Oxigraph's own.

THINGS = st.sampled_from(["<http://e/a>", "<http://e/b>", "<http://e/c>"])
PREDICATES = st.sampled_from(["<http://e/p>", "<http://e/q>"])
PLAIN = ["1", "2.5", "true", '"1"', '""', '"a"@en', '"a"@nl', '"1"^^<http://e/t>']
ODD = ['"\\" } \\\\u0022 \\n\\t#"', '"é\U0001f600\u2028"', "<http://e/x_(y)_service>", "'SERVICE'"]
VALUES = st.sampled_from(PLAIN + ODD)
GRAPHS = st.sets(st.tuples(THINGS, PREDICATES, THINGS | VALUES), max_size=10)

#: Where a clause may stand; ``@`` is the word and the address.
QUERIES = [
    "SELECT * { @ { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o @ { ?s ?q ?x } }",
    "SELECT * { @ { ?s ?q ?x } ?s ?p ?o @ { ?o ?q ?y } }",
    "SELECT ?o ?n { { SELECT ?o (COUNT(*) AS ?n) { @ { ?s ?p ?o } } GROUP BY ?o } ?x ?y ?o }",
    "SELECT * { @ { SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s } ?s ?y ?z }",
    "SELECT * { ?s ?p ?o OPTIONAL { @ { ?s <http://e/q> ?x } } }",
    "SELECT * { @ { ?s ?p ?o OPTIONAL { ?o ?q ?x } } OPTIONAL { ?s <http://e/q> ?x } }",
    "SELECT * { ?s ?p ?o MINUS { @ { ?s ?q ?o } } }",
    "SELECT * { @ { ?s ?p ?o } MINUS { ?s ?q ?o } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { @ { ?s ?q ?o } } }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { @ { ?o ?q ?x } ?x ?y ?z } }",
    "SELECT * { ?s ?p ?o BIND(EXISTS { @ { ?s ?p ?o } } AS ?x) }",
    "SELECT * { { @ { ?s ?p ?o } } UNION { ?s ?p ?x } UNION { @ { ?o ?p ?s } } }",
    "SELECT * { @ { ?s ?p ?o } FILTER(?o != 1) }",
    "SELECT * { ?a ?p 1 @ { ?s ?p ?o FILTER(!BOUND(?a)) } }",
    "SELECT * { @ { ?s ?p ?o BIND(STR(?o) AS ?x) VALUES ?p { <http://e/p> } } }",
    "SELECT * { @ { <http://e/a> <http://e/p> 1 } ?s ?p ?o }",
    "SELECT * { @ { VALUES () { () () } } ?s ?p ?o }",
    "SELECT * { ?s ?p ?o @ {} }",
    "SELECT DISTINCT ?o { @ { ?s ?p ?o } } ORDER BY STR(?o) LIMIT 3 OFFSET 0",
    "ASK { ?s ?p ?o @ { ?o ?q ?x } }",
    "CONSTRUCT { ?s ?p ?x } { ?s ?p ?o @ { ?s ?q ?x } }",
]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(there=GRAPHS, here=GRAPHS, queries=st.permutations(QUERIES))
def test_answers_are_those_of_the_engine_that_asks_by_itself(
    server: Server, there: set[tuple[str, ...]], here: set[tuple[str, ...]], queries: list[str]
) -> None:
    put(server, there)
    store = ox.Store()
    turtle = "".join(f"{' '.join(triple)} .\n" for triple in here)
    store.load(turtle.encode(), ox.RdfFormat.TURTLE)
    store.load(turtle.encode(), ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("http://e/graph"))
    for query in queries[:8]:
        text = query.replace("@", f"SERVICE <{server.query}>")
        assert rows(store, resolve(federation(server.query), text)) == rows(store, text), query


@pytest.mark.parametrize("query", QUERIES)
def test_each_place_has_an_answer_that_is_not_empty_for_lack_of_data(
    server: Server, query: str
) -> None:
    """A check of the test above, and of the columns where a service fails in silence."""
    triples = [(f"<http://e/{s}>", f"<http://e/{p}>", o) for s in "abc" for p in "pq" for o in "12"]
    put(server, set(triples[:-1]))
    store = ox.Store()
    text = query.replace("@", f"SERVICE <{server.query}>")
    assert rows(store, resolve(federation(server.query), text)) == rows(store, text)
    silent = query.replace("@", "SERVICE SILENT <http://127.0.0.1:1/>")
    resolved = resolve(federation("http://127.0.0.1:1/"), silent)
    assert rows(store, resolved) == rows(store, silent)


def test_a_service_knows_nothing_of_the_graph_around_its_clause(server: Server) -> None:
    """Oxigraph by itself asks for that graph there, too (0.5.13); the standard does not."""
    put(server, {("<http://e/a>", "<http://e/p>", "1")})
    store = ox.Store()
    store.load(b"<http://e/a> <http://e/q> 2 .", ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("a:g"))
    clause = f"SERVICE <{server.query}> {{ ?s ?p ?x }}"
    inside = resolve(federation(server.query), f"SELECT * {{ GRAPH ?g {{ ?s ?q ?y {clause} }} }}")
    outside = rows(store, f"SELECT * {{ GRAPH ?g {{ ?s ?q ?y }} {clause} }}")
    assert rows(store, inside) == outside
    assert outside.total() == 2


def put(server: Server, triples: set[tuple[str, ...]]) -> None:
    """Have the server hold these triples in its default graph, and nothing else."""
    turtle = "".join(f"{' '.join(triple)} .\n" for triple in triples)
    kind = {"Content-Type": "text/turtle"}
    request = urllib.request.Request(f"{server.store}?default", turtle.encode(), kind, method="PUT")
    urllib.request.urlopen(request).close()


def test_a_blank_node_is_one_thing_within_an_answer(server: Server) -> None:
    put(server, {("_:b", "<http://e/p>", "_:b"), ("_:b", "<http://e/p>", "_:c")})
    text = f"SELECT * {{ SERVICE <{server.query}> {{ ?s ?p ?o }} FILTER(?s = ?o && ISIRI(?s)) }}"
    found = rows(ox.Store(), resolve(federation(server.query), text))
    assert found.total() == 2


# What is refused; nobody is asked.


@pytest.mark.parametrize("text", (REFUSED | REFUSED_CLAUSES).values())
@pytest.mark.parametrize("services", ["", "http://f/"])
def test_what_is_not_listed_is_refused_in_every_spelling(text: str, services: str) -> None:
    with pytest.raises((QueryRefusedError, QuerySyntaxError), match=r"SERVICE|expected"):
        resolve(Federation(services), text)


@pytest.mark.parametrize("text", (REFUSED | NO_QUERY).values(), ids=REFUSED | NO_QUERY)
def test_an_odd_spelling_beside_a_listed_service_lets_nobody_be_asked(text: str) -> None:
    with listener() as endpoint:
        url = f"http://127.0.0.1:{endpoint.getsockname()[1]}/"
        listed = f"{{ SERVICE <{url}> {{ ?listed ?p ?o }} }} UNION "
        odd = text.replace("{ ", f"{{ {listed}{{ ", 1)
        asking = federation(url)
        with pytest.raises((QueryRefusedError, QuerySyntaxError)):
            resolve(asking, odd + "}")
        assert not was_reached(endpoint)


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED)
def test_a_query_that_asks_nobody_stays_as_it_is(text: str) -> None:
    assert resolve(Federation("http://e/"), text) == text
    assert resolve(Federation(), text) == text


@pytest.mark.parametrize(
    "address",
    [
        "http://{host}/sparq",
        "http://{host}/sparql/",
        "http://{host}/sparql?",
        "http://{host}/sparql#x",
        "http://{host}/x/../sparql",
        "http://{host}/%73parql",
        "http://me@{host}/sparql",
        "http://{host}.example/sparql",
        "http://localhost:{port}/sparql",
        "http://127.0.0.1/sparql",
        "https://{host}/sparql",
        "ftp://{host}/sparql",
        "file:///etc/passwd",
        "sparql",
        "",
    ],
)
@pytest.mark.parametrize("word", ["SERVICE", "SERVICE SILENT"])
def test_an_address_like_a_listed_one_is_refused_with_its_place(word: str, address: str) -> None:
    with scripted(lambda _: response(EMPTY)) as endpoint:
        host = endpoint.url.split("/")[2]
        iri = address.format(host=host, port=host.split(":")[1])
        text = f"SELECT * {{\n  {word} <{iri}> {{ ?s ?p ?o }} }}"
        with pytest.raises(QueryRefusedError, match=r"^line 2, column 3: .* is not on the list"):
            resolve(federation(endpoint.url), text)
    assert endpoint.asked == []


def test_all_clauses_are_looked_at_before_any_service_is_asked() -> None:
    with scripted(lambda _: response(EMPTY)) as endpoint:
        listed = f"SERVICE <{endpoint.url}> {{ ?s ?p ?o }}"
        with pytest.raises(QueryRefusedError, match=r"other\.example"):
            resolve(
                federation(endpoint.url),
                f"ASK {{ {listed} SERVICE SILENT <http://other.example/> {{ ?s ?p ?o }} }}",
            )
        five = " ".join(f"SERVICE <{endpoint.url}> {{ ?s ?p {n} }}" for n in range(5))
        with pytest.raises(QueryRefusedError, match="may have 4 SERVICE clauses"):
            resolve(federation(endpoint.url), f"ASK {{ {five} }}")
        hidden = f"SERVICE <{endpoint.url}> {{ ?s ?p '\\u0027 . SERVICE ?x {{ }} #' }}"
        with pytest.raises(QueryRefusedError):
            resolve(federation(endpoint.url), f"ASK {{ {hidden} }}")
    assert endpoint.asked == []


@pytest.mark.parametrize("word", ["SERVICE", "SERVICE SILENT"])
def test_a_listed_address_that_is_not_public_is_refused_even_in_silence(word: str) -> None:
    with listener() as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(QueryRefusedError, match="not a public one"):
            resolve(Federation(url), f"ASK {{ {word} <{url}> {{ ?s ?p ?o }} }}")
        assert not was_reached(server)


def test_a_long_query_is_read_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    read_by: list[threading.Thread] = []

    def reading(text: str) -> bool:
        read_by.append(threading.current_thread())
        return uses_service(text)

    monkeypatch.setattr("guidance_graph.engine.federation.federation.uses_service", reading)
    text = "SELECT * { # service" + "." * SHORT + "\n?s ?p ?o }"
    assert resolve(federation("http://127.0.0.1/"), text) == text
    assert read_by
    assert threading.main_thread() not in read_by


def test_an_update_is_refused() -> None:
    text = "INSERT { ?s ?p ?o } WHERE { SERVICE <http://e/> { ?s ?p ?o } }"
    with pytest.raises(QueryRefusedError, match="INSERT is an update"):
        resolve(Federation("http://e/"), text)


# What the services do.


def both(url: str, group: str = "?s ?p ?o") -> tuple[str, str]:
    """A query that asks a service, and one that does not mind if it fails."""
    clause = f"<{url}> {{ {group} }}"
    return f"SELECT * {{ SERVICE {clause} }}", f"SELECT * {{ SERVICE SILENT {clause} }}"


FAILURES: dict[str, tuple[bytes, str]] = {
    "an error": (response(b"no", "text/plain", "500 Oh"), "answered 500 Oh: no"),
    "a redirect": (
        response(b"", status="302 Found", Location="http://127.0.0.1:1/"),
        "elsewhere",
    ),
    "half an answer": (response(EMPTY[:-1]), "no answer that can be read"),
    "HTML": (response(b"<html>", "text/html"), "text/html is no format of solutions"),
    "a broken connection": (response(EMPTY, Content_Length="99"), "broke off its answer"),
    "a broken term": (
        response(b'{"results":{"bindings":[{"s":{"type":"uri","value":"x"}}]}}'),
        "'x' is no absolute IRI",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_service_that_fails_is_named_or_passed_over(case: str) -> None:
    reply, said = FAILURES[case]
    with scripted(lambda _: reply) as endpoint:
        plain, silent = both(endpoint.url)
        with pytest.raises(ServiceError, match=said) as raised:
            resolve(federation(endpoint.url), plain)
        assert raised.value.service == endpoint.url
        resolved = resolve(federation(endpoint.url), silent)
    assert rows(ox.Store(), resolved) == {("None",) * 3: 1, ("o", "p", "s"): 1}


def test_a_service_that_does_not_answer_leaves_time_for_what_is_here() -> None:
    with scripted() as endpoint:
        plain, silent = both(endpoint.url)
        with pytest.raises(QueryTimeoutError, match="did not answer in time"):
            resolve(federation(endpoint.url), plain, 0.2)
        assert endpoint.left.wait(60)
        assert "UNDEF" in resolve(federation(endpoint.url), silent, 0.2)


def many(count: int, value: str = "v") -> bytes:
    row = {"s": {"type": "literal", "value": value}}
    return response(json.dumps({"results": {"bindings": [row] * count}}).encode())


NODES = response(
    b'{"results":{"bindings":[%b]}}' % b",".join([b'{"s":{"type":"bnode","value":""}}'] * 5)
)


@pytest.mark.parametrize(
    ("reply", "limits", "said"),
    [
        (many(11), FederationLimits(rows=10), "gives more than 10 solutions"),
        (many(10), FederationLimits(size=200), "gives more than 200 bytes"),
        (NODES, FederationLimits(size=300), "takes more than 300 characters"),
    ],
)
def test_a_service_that_gives_too_much_is_an_error_even_in_silence(
    reply: bytes, limits: FederationLimits, said: str
) -> None:
    with scripted(lambda _: reply) as endpoint:
        for text in both(endpoint.url):
            with pytest.raises(ResultTooLargeError, match=said):
                resolve(federation(endpoint.url, limits), text)


def test_as_much_as_may_be_is_given() -> None:
    with scripted(lambda _: many(10)) as endpoint:
        resolved = resolve(
            federation(endpoint.url, FederationLimits(rows=10)), both(endpoint.url)[0]
        )
    assert rows(ox.Store(), resolved)["None", "None", '"v"'] == 10


def test_what_was_not_asked_for_is_not_taken() -> None:
    """A service could otherwise give values to the variables around its clause."""
    cell = {"type": "literal", "value": "v"}
    bindings = [{"s": cell, "x": cell, "s) } SERVICE <http://e/> { (?s": cell}]
    reply = response(json.dumps({"results": {"bindings": bindings}}).encode())
    with scripted(lambda _: reply) as endpoint:
        text = f"SELECT * {{ BIND(1 AS ?y) SERVICE <{endpoint.url}> {{ ?s ?p 1 FILTER(?x = 1) }} }}"
        resolved = resolve(federation(endpoint.url), text)
    refuse_service(resolved)
    assert resolved.split("VALUES ")[1] == '(?s ?p) { ("v" UNDEF) } }'


def test_the_same_is_asked_once_and_each_its_own_way() -> None:
    def reply(asked: Asked) -> bytes:
        return response(EMPTY) if "?s ?p 1" in asked.form["query"][0] else response(b"", "x/y")

    with scripted(reply) as endpoint:
        one, other = (f"<{endpoint.url}> {{ ?s ?p {n} }}" for n in (1, 2))
        twice = f"ASK {{ {{ SERVICE {one} }} UNION {{ SERVICE SILENT {one} }} }}"
        assert resolve(federation(endpoint.url), twice).count("VALUES (?s ?p) {  }") == 2
        assert len(endpoint.asked) == 1
        resolve(federation(endpoint.url), f"ASK {{ SERVICE {one} SERVICE SILENT {other} }}")
        assert len(endpoint.asked) == 3
        with pytest.raises(ServiceError):
            resolve(federation(endpoint.url), f"ASK {{ SERVICE SILENT {other} SERVICE {other} }}")


def test_services_are_asked_at_the_same_time_and_one_failure_ends_all() -> None:
    def reply(asked: Asked) -> bytes:
        return b"" if "?s ?p 1" in asked.form["query"][0] else response(b"", "x/y")

    with scripted(reply) as endpoint:
        one, other = (f"SERVICE <{endpoint.url}> {{ ?s ?p {n} }}" for n in (1, 2))
        before = time.monotonic()
        with pytest.raises(ServiceError, match="x/y"):
            resolve(federation(endpoint.url), f"ASK {{ {one} {other} }}")
        assert time.monotonic() - before < PATIENT / 2
        assert endpoint.left.wait(60)


def test_only_so_many_queries_ask_services_at_once() -> None:
    async def scenario(url: str, wait: Callable[[], bool]) -> None:
        asking = federation(url, FederationLimits(at_once=1))
        plain, _ = both(url)
        first = asyncio.create_task(asking.resolve(plain, PATIENT))
        while not wait():
            await asyncio.sleep(0.01)
        with pytest.raises(EngineBusyError, match="try again later"):
            await asking.resolve(plain, 0.1)
        assert await asking.resolve("ASK { ?s ?p ?o }", 0.1) == "ASK { ?s ?p ?o }"
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(QueryTimeoutError):
            await asking.resolve(plain, 0.1)

    with scripted() as endpoint:
        asyncio.run(scenario(endpoint.url, lambda: len(endpoint.asked) == 1))


def test_a_client_has_a_share_of_these() -> None:
    async def scenario(url: str, wait: Callable[[], bool]) -> None:
        asking = federation(url, FederationLimits(share=1))
        plain, _ = both(url)
        first = asyncio.create_task(asking.resolve(plain, PATIENT, "one"))
        while not wait():
            await asyncio.sleep(0.01)
        with pytest.raises(ClientShareError):
            await asking.resolve(plain, PATIENT, "one")
        with pytest.raises(QueryTimeoutError):
            await asking.resolve(plain, 0.1, "another")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(QueryTimeoutError):
            await asking.resolve(plain, 0.1, "one")

    with scripted() as endpoint:
        asyncio.run(scenario(endpoint.url, lambda: len(endpoint.asked) == 1))


def test_a_program_goes_on_while_much_is_read() -> None:
    async def scenario(url: str) -> int:
        steps = 0
        task = asyncio.create_task(federation(url).resolve(both(url)[0], PATIENT))
        while not task.done():
            await asyncio.sleep(0)
            steps += 1
        await task
        return steps

    with scripted(lambda _: many(5_000, 'a service with é and \\ and "' * 3)) as endpoint:
        assert asyncio.run(scenario(endpoint.url)) > 50


def test_lines_stay_where_they_are() -> None:
    with scripted(lambda _: many(2)) as endpoint:
        text = f"SELECT *\n{{ SERVICE <{endpoint.url}>\n{{\n?s ?p 1 }}\n\n?here ?p ?o }}"
        resolved = resolve(federation(endpoint.url), text)
    assert resolved.splitlines()[5] == text.splitlines()[5] == "?here ?p ?o }"
    assert len(resolved.splitlines()) == 6


# What an operator sets.


def test_the_setting_lists_services(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Federation.of(Settings()).services == ()
    monkeypatch.setenv("GUIDANCE_GRAPH_SERVICES", "https://Query.example:443/sparql, http://b/")
    services = Federation.of(Settings()).services
    assert services == ("https://query.example/sparql", "http://b/")


@pytest.mark.parametrize("wrong", ["e.example/sparql", "http://me:s3cret@e/", "*", "http://e/#"])
def test_a_service_that_can_be_none_is_told_at_the_start(wrong: str) -> None:
    with pytest.raises(SettingError, match=r"services: .* is not the address of an endpoint"):
        Federation.of(Settings(services=f"http://a/ {wrong}"))


def test_errors_are_of_this_program() -> None:
    assert issubclass(ServiceError, GuidanceGraphError)
