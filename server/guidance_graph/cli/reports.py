# SPDX-License-Identifier: EUPL-1.2
"""A report of validation for people: by file, by resource, with what to do."""

from itertools import groupby

from rich.console import Console
from rich.text import Text

from guidance_graph.build.naming import curie
from guidance_graph.build.validation import Report, Result

_STYLES = {"violation": "bold red", "warning": "yellow", "note": "dim"}


def print_report(out: Console, report: Report) -> None:
    """Every result below its file and resource, and how many there are."""
    for file, in_file in groupby(report.results, key=_file):
        out.print(Text(file, style="bold underline"))
        for (line, name), results in groupby(in_file, key=_resource):
            out.print(Text(f"  {name}", style="bold") + Text(line, style="not bold dim"))
            for result in results:
                _print_result(out, result)
        out.print()
    out.print(f"Validation: {report.summary()}.")


def _print_result(out: Console, result: Result) -> None:
    severity = Text(f"    {result.severity}: ", style=_STYLES[result.severity])
    out.print(severity + Text(result.message, style="not bold default"))
    facts = []
    if result.path is not None:
        facts.append(f"property {result.path}")
    if result.value is not None:
        facts.append(f"value {curie(result.value)}")
    if result.shape is not None:
        facts.append(f"shape {curie(result.shape)}")
    facts += result.facts
    if len(result.places) > 1:
        facts.append(f"also in {', '.join(str(place) for place in result.places[1:])}")
    if facts:
        out.print(Text(f"      {'; '.join(facts)}", style="dim"))


def _file(result: Result) -> str:
    return str(result.places[0].path) if result.places else "described in no file"


def _resource(result: Result) -> tuple[str, str]:
    line = result.places[0].line if result.places else None
    return f", line {line}" if line else "", result.name
