# SPDX-License-Identifier: EUPL-1.2
"""Run the benchmark: ``make bench``, or ``python -m tests.bench --help``."""

from pathlib import Path
from typing import Annotated

import typer

from guidance_graph.terms.errors import GuidanceGraphError
from guidance_graph.terms.settings import Settings
from tests.bench.client import NoAnswerError
from tests.bench.run import Plan, run
from tests.bench.systems import NoServerError
from tests.bench.throughput import Load

QUICK = Plan(
    rounds=2,
    minutes=2,
    load=Load(seconds=2, repeats=1),
    starts=1,
    patience=5,
    growth_minutes=1,
)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def main(
    peer: Annotated[
        list[str] | None,
        typer.Option(help="NAME=URL of an endpoint that holds this release; may be repeated."),
    ] = None,
    scale: Annotated[
        str, typer.Option(help="How many times as large the graph is to be; commas between.")
    ] = "1,10,100,1000",
    output: Annotated[Path, typer.Option(help="Folder for figures and plot.")] = Path("bench"),
    quick: Annotated[
        bool, typer.Option("--quick", help="Few repetitions, to see that all works.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the grown graphs there, for the next run.")
    ] = False,
) -> None:
    """Measure the endpoint beside its engine, the Oxigraph server and peers, and how it grows."""
    peers = dict(each.split("=", 1) for each in peer or () if "=" in each)
    if len(peers) != len(peer or ()):
        raise typer.BadParameter("expected NAME=URL, each name once", param_hint="--peer")
    try:
        scales = sorted({int(each) for each in scale.split(",") if each.strip()})
    except ValueError:
        scales = [0]
    if any(each < 1 for each in scales):
        raise typer.BadParameter("expected whole numbers from 1", param_hint="--scale")
    try:
        run(Settings(), output, peers, scales, QUICK if quick else Plan(), keep=keep)
    except (NoAnswerError, NoServerError, GuidanceGraphError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
