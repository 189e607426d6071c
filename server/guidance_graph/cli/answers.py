# SPDX-License-Identifier: EUPL-1.2
"""The answer to a query: as a table for people, or in the format that was asked for."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guidance_graph.build.turtle import shorten
from guidance_graph.cli.terminal import console, print_table, until_enough
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.blocking import BlockingEngine
from guidance_graph.engine.formats import JSON, TURTLE, Format, QueryForm, format_named, formats_of
from guidance_graph.engine.text.terms import Term
from guidance_graph.engine.text.tokens import query_form
from guidance_graph.terms.errors import ParameterError

TABLE = "table"


def chosen_format(name: str, text: str) -> Format | None:
    """The format of that name for this query, or None for a table.

    Raises:
        QuerySyntaxError: the query has no form.
        ParameterError: answers to this form of query are not written so, or not on a terminal.
    """
    form = query_form(text)
    if name == TABLE:
        return TURTLE if form.gives_graph else None
    found = format_named(name, form)
    if found is None:
        names = [TABLE, *(each.name for each in formats_of(form))]
        raise ParameterError(
            f"the answer to {form} has no format {name}; choose one of {', '.join(names)}"
        )
    if found.is_file and sys.stdout.isatty():
        raise ParameterError(f"{name} is no text for a terminal; add > answer.{found.name}")
    return found


def print_answer(
    store: Path, limits: Limits, text: str, bindings: Mapping[str, Term], wanted: Format | None
) -> None:
    """Ask the store the query and print what comes.

    Raises:
        QueryError: the query cannot be answered as it stands.
        EngineError: a limit was reached.
    """
    with until_enough(), BlockingEngine(store, limits) as engine:
        answer = engine.query(text, answer_format=wanted or JSON, bindings=bindings)
        if wanted is not None:
            for chunk in answer:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        _print_solutions(answer.form, json.loads(answer.read()))


def _print_solutions(form: QueryForm, content: dict[str, Any]) -> None:
    out = console()
    if form is QueryForm.ASK:
        out.print("yes" if content["boolean"] else "no")
        return
    columns = content["head"]["vars"]
    rows = [[_cell(row.get(name)) for name in columns] for row in content["results"]["bindings"]]
    print_table(out, columns, rows)
    if out.is_terminal:
        out.print(f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}")


def _cell(value: Mapping[str, str] | None) -> str:
    if value is None:
        return ""
    short = shorten(value["value"]) if value["type"] == "uri" else None
    return short.replace("\\", "") if short else value["value"]
