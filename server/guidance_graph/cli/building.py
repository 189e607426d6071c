# SPDX-License-Identifier: EUPL-1.2
"""Build a release where people can watch."""

import time

from rich.console import Console

from guidance_graph.build.pipeline import build
from guidance_graph.build.release import Release
from guidance_graph.build.validation import InvalidDatasetError
from guidance_graph.cli.reports import print_report
from guidance_graph.cli.terminal import Steps
from guidance_graph.terms.settings import Settings


def build_release(settings: Settings, out: Console) -> Release:
    """Build a release; say what each step took, and what is in it or wrong with it.

    Raises:
        SourceError: a file cannot be read or does not parse.
        InvalidGraphError: the dataset is invalid; the violations have been printed.
        ReleaseError: the release cannot be written.
    """
    start = time.perf_counter()
    try:
        release = build(settings, Steps(out))
    except InvalidDatasetError as error:
        print_report(out, error.report.of("violation"))
        raise
    counts = release.manifest["counts"]
    hint = " (to read them: guidance-graph validate)" if counts["warnings"] else ""
    out.print(f"{'All':<40}{time.perf_counter() - start:6.2f} s")
    out.print(
        f"Release {release.path.name}: {counts['asserted']:,} triples from {counts['files']} files,"
        f" {counts['inferred']:,} inferred, {counts['warnings']} warnings{hint}"
    )
    return release
