# SPDX-License-Identifier: EUPL-1.2
"""The way from files to a release: read, infer, validate, describe, write.

Each step is reported to whoever asked for it, who may show it; a graph that is not valid stops the
way before anything is written.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeAlias, cast

from rdflib.namespace import RDFS

from guidance_graph.build.closure import INFERRED, Closure, close
from guidance_graph.build.metadata import METADATA, describe
from guidance_graph.build.oxigraph import CanonicalDataset, Quad, Triple
from guidance_graph.build.reading import Sources, read_sources, relative
from guidance_graph.build.release import Contents, Release, publish, refuse_unwritable
from guidance_graph.build.tables import tables
from guidance_graph.build.turtle import write_turtle
from guidance_graph.build.validation import (
    Describer,
    InvalidDatasetError,
    Report,
    Result,
    validate,
)
from guidance_graph.terms.settings import Settings

#: What else finds fault with a dataset: is given its quads with what follows from them, and what
#: names and finds resources in its files.
Rules: TypeAlias = Callable[[Iterable[Quad], Describer], Iterable[Result]]


class Progress(Protocol):
    """Is told of each step, and enters what it returns while the step is under way."""

    def __call__(self, step: str) -> AbstractContextManager[object]:
        """``step`` says what is being done: "Reading 42 files"."""


def silent(step: str) -> AbstractContextManager[object]:  # noqa: ARG001
    """The progress that nobody sees."""
    return nullcontext()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave reference cycles alone: the search for them walks the whole graph over and over.

    Measured on the whole report: a quarter of the time of a build, for 50 MB of memory.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@_uncollected()
def build(settings: Settings, progress: Progress = silent) -> Release:
    """Build a release of the files below the root, and make it the current one.

    Raises:
        SourceError: a file cannot be read or does not parse.
        InvalidDatasetError: the graph breaks a shape or contradicts itself; its ``report`` says
            where. Nothing has been written.
        ReleaseError: the release cannot be written.
    """
    refuse_unwritable(settings.releases)
    with progress("Reading the files"):
        sources = read_sources(settings.root)
    closure, report = check(sources, progress)
    if not report.conforms:
        raise InvalidDatasetError(report)
    with progress("Describing the dataset"):
        contents = assemble(sources, closure, report)
    with progress("Writing the release"):
        return publish(contents, settings)


def check(sources: Sources, progress: Progress = silent) -> tuple[Closure, Report]:
    """Close the graph and validate it.

    Raises:
        InvalidGraphError: the shapes themselves cannot be used.
    """
    knowledge = sources.knowledge()
    with progress("Inferring what follows (OWL 2 RL)"):
        closure = close(knowledge)
    with progress("Validating (SHACL)"):
        # Domain and range would give the wrong end of a relation the class that it lacks.
        unassumed = close(t for t in knowledge if t[1] not in (RDFS.domain, RDFS.range))
        report = validate(sources, replace(unassumed, contradictions=closure.contradictions))
    return closure, report


@_uncollected()
def check_files(
    paths: Iterable[Path],
    settings: Settings,
    progress: Progress = silent,
    rules: Rules | None = None,
) -> Report:
    """Validate files as if they were part of the dataset, or the dataset if there are none.

    A file of the dataset stands for itself; one from elsewhere is added. Only what is wrong with
    resources that these files describe is reported.

    Args:
        paths: the files.
        settings: where the dataset is.
        progress: is told of each step.
        rules: what they are held against beside the shapes.

    Raises:
        SourceError: a file cannot be read or does not parse.
        InvalidGraphError: the shapes themselves cannot be used.
    """
    given = list(paths)
    with progress("Reading the files"):
        sources = read_sources(settings.root).with_files(given, settings.root)
    closure, report = check(sources, progress)
    if rules is not None:
        with progress("Asking the checks (SPARQL)"):
            describe = Describer(sources, {*sources.knowledge(), *closure.entailments})
            report = report.with_results(rules(_quads(sources, closure), describe))
    return report.about(relative(path, settings.root) for path in given) if given else report


def assemble(sources: Sources, closure: Closure, report: Report) -> Contents:
    """Everything that a release of this dataset holds."""
    quads = _quads(sources, closure)
    identifier = f"sha256:{CanonicalDataset.of(quads).digest}"
    metadata = describe(quads, identifier)
    return Contents(
        identifier=identifier,
        dataset=CanonicalDataset.of({*quads, *((s, p, o, METADATA) for s, p, o in metadata)}),
        tables=tables((s, p, o) for s, p, o, _ in quads),
        validation=write_turtle(cast("Iterable[Triple]", report.graph)),
        counts={
            "files": len(sources.files),
            "asserted": len(quads) - len(closure.entailments),
            "inferred": len(closure.entailments),
            "metadata": len(metadata),
            "warnings": report.count("warning"),
        },
        inputs={file.path.as_posix(): file.sha256 for file in sources.files},
    )


def _quads(sources: Sources, closure: Closure) -> set[Quad]:
    """The quads of the files, and what follows from them."""
    return {*sources.quads(), *((s, p, o, INFERRED) for s, p, o in closure.entailments)}
