# SPDX-License-Identifier: EUPL-1.2
"""A real server on a free port of this machine, for tests that need one."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from guidance_graph.app import create_app
from guidance_graph.cli.serving import configuration, listen
from guidance_graph.terms.settings import Settings

#: Not done while anyone lives, over any graph of some hundred triples.
RUNAWAY = "SELECT (COUNT(*) AS ?n) {?a ?b ?c. ?d ?e ?f. ?g ?h ?i. ?j ?k ?l. ?m ?o ?p}"
#: More rows than an answer may have, as they come.
LONG = "SELECT * {?a ?b ?c. ?d ?e ?f. ?g ?h ?i}"

QUERIES = {
    "terms/classes.rq": """\
# SPDX-License-Identifier: EUPL-1.2
#+ summary: Which classes are there?
#+ summary_nl: Welke klassen zijn er?
#+ tags: [terms]
PREFIX owl: <http://www.w3.org/2002/07/owl#>

SELECT ?class WHERE { ?class a owl:Class FILTER(ISIRI(?class)) } ORDER BY ?class
""",
    "terms/echo.rq": """\
#+ summary: What comes back when a text goes in <em>?
#+ summary_nl: Wat komt er terug?
#+ description: For tests of parameters.
#+ params:
#+   text: {type: string, description: What goes in}
#+   number: {type: integer, default: 7}
#+   thing: {type: iri, optional: true}
SELECT (?text AS ?back) (?number + 1 AS ?next) (BOUND(?thing) AS ?given) WHERE {}
""",
    "terms/graph.rq": """\
#+ summary: What is said of a thing?
#+ params:
#+   thing: {type: iri, default: "http://www.w3.org/2002/07/owl#Class"}
CONSTRUCT { ?s a ?thing } WHERE { ?s a ?thing }
""",
}


def write_queries(root: Path) -> None:
    """Write a small query library below a root."""
    for name, text in QUERIES.items():
        path = root / "queries" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve with some settings; give the address without a slash at its end."""
    config = configuration(create_app(settings), settings)
    config.log_level = "critical"
    config.configure_logging()
    server = uvicorn.Server(config)
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
