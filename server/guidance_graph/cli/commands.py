# SPDX-License-Identifier: EUPL-1.2
"""The commands, their options and what each calls."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guidance_graph import __version__
from guidance_graph.cli.flags import WithFlags, flag, variable

if TYPE_CHECKING:
    from guidance_graph.terms.settings import Settings

app = typer.Typer(
    help="A knowledge graph of lifelong career guidance systems, with SPARQL.",
    epilog="Exit codes: 0 done; 1 invalid, or not in canonical form; 2 wrong input; 3 could not be"
    " done; 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"guidance-graph {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error came from, with a traceback.")
    ] = False,
) -> None:
    """Hold the options of every command; ``main`` reads ``debug``."""


@app.command()
def build() -> None:
    """Build a release from ontology/ and data/, and make it current."""
    from guidance_graph.cli.building import build_release
    from guidance_graph.cli.terminal import console

    build_release(_settings(), console())


@app.command()
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Turtle files, of the dataset or from elsewhere.")
    ] = None,
) -> None:
    """Say what is wrong with the dataset, or with these files in it."""
    from guidance_graph.build.pipeline import check_files
    from guidance_graph.cli.checks import Checks
    from guidance_graph.cli.reports import print_report
    from guidance_graph.cli.terminal import Steps, console

    steps = Steps(console(stderr=True), only_on_terminal=True)
    settings = _settings()
    report = check_files(files or (), settings, steps, Checks.of(settings))
    print_report(console(), report)
    if not report.conforms:
        raise typer.Exit(1)


@app.command(name="format")
def format_(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Turtle files; all of the dataset if none.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; list what would change, and exit 1.")
    ] = False,
) -> None:
    """Write Turtle files in the one canonical form."""
    from guidance_graph.build.formatting import format_files
    from guidance_graph.build.inputs import source_paths
    from guidance_graph.cli.terminal import until_enough

    root = _settings().root
    changed = format_files(files or source_paths(root), root, check=check)
    with until_enough():
        for path in changed:
            typer.echo(path)
    if check and changed:
        typer.echo("error: not in canonical form; run: guidance-graph format", err=True)
        raise typer.Exit(1)


@app.command()
def query(
    name: Annotated[
        str | None,
        typer.Argument(help="A query of the library: topic/question; a topic tells its own."),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A file with a query.")] = None,
    text: Annotated[str | None, typer.Option(help="A query.")] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="A value for a parameter of NAME: name=value.")
    ] = None,
    format_name: Annotated[
        str,
        typer.Option("--format", help="table, or json, xml, csv, tsv, xlsx; ttl, nt, rdf, …"),
    ] = "table",
) -> None:
    """Ask the current release a query, by name, file or text."""
    from guidance_graph.build.release import current_release
    from guidance_graph.cli.answers import chosen_format, print_answer
    from guidance_graph.cli.asking import Question
    from guidance_graph.engine.answer import Limits

    settings = _settings()
    question = Question.of(name, file, text, param or (), settings.root / "queries")
    wanted = chosen_format(format_name, question.text)
    store = current_release(settings).store_path
    print_answer(store, Limits.of(settings), question.text, question.bindings, wanted)


@app.command(cls=WithFlags)
def serve(ctx: typer.Context) -> None:
    """Serve the graph; builds the release first if it is not current."""
    from guidance_graph.cli.serving import serve as serve_release
    from guidance_graph.cli.terminal import console

    serve_release(_settings(**ctx.obj), console())


@app.command()
def publish(
    url: Annotated[str, typer.Argument(help="Where the engine takes graphs (Graph Store).")],
    backend: Annotated[
        str | None,
        typer.Option(help="Where it takes queries; by default GUIDANCE_GRAPH_BACKEND."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(help="Name to give it; the password is GUIDANCE_GRAPH_BACKEND_PASSWORD."),
    ] = None,
) -> None:
    """Put the current release into another SPARQL engine, and check."""
    from guidance_graph.cli.publishing import publish_release
    from guidance_graph.cli.terminal import console

    publish_release(url, _settings(backend=backend, backend_user=user), console())


def _settings(**flags: object) -> "Settings":
    """The settings of the environment, with the flags that were given in place of theirs.

    Raises:
        SettingError: a value cannot be used: which, and why.
    """
    from pydantic import ValidationError

    from guidance_graph.terms.errors import SettingError
    from guidance_graph.terms.settings import Settings

    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        where = flag(name) if name in given else variable(name)
        raise SettingError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error
