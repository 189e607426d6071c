# SPDX-License-Identifier: EUPL-1.2
"""Publish the current release into an engine elsewhere, where people can watch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from guidance_graph.build.release import current_release
from guidance_graph.cli.terminal import print_table, until_enough
from guidance_graph.engine.answer import Limits
from guidance_graph.engine.backend.backend import Backend
from guidance_graph.engine.publication import publish
from guidance_graph.engine.remote import confirm
from guidance_graph.terms.errors import BackendError, SettingError
from guidance_graph.terms.settings import Settings


def publish_release(url: str, settings: Settings, out: Console) -> None:
    """Publish the current release; say of each graph whether it arrived.

    Args:
        url: where the engine takes graphs.
        settings: what the operator has set; where the engine takes queries is among it.
        out: where to print.

    Raises:
        SettingError: an address is missing or cannot be used.
        ReleaseError: there is no release.
        EngineError: the release did not arrive whole, or cannot be asked there.
    """
    endpoint = Backend.of(settings)
    if endpoint is None:
        raise SettingError("where does the engine take queries? Give its address by --backend")
    store = Backend.of(settings, url) or endpoint
    release = current_release(settings)
    limits = Limits.of(settings)
    with _watched(out) as tell:
        arrivals = publish(release, store, endpoint, limits, tell)
    rows = [
        (each.graph, f"{each.sent:,}", "?" if each.found is None else f"{each.found:,}", each.state)
        for each in arrivals
    ]
    with until_enough():
        print_table(out, ("graph", "sent", "found", "state"), rows)
    missing = sum(not each.whole for each in arrivals)
    if missing:
        raise BackendError(
            f"{missing} of {len(arrivals)} graphs did not arrive whole; the others are there."
            " Publishing can be repeated"
        )
    with _watched(out) as tell:
        tell("Asking the engine as the server would")
        confirm(endpoint, release.manifest, limits)
    out.print(
        f"Release {release.path.name} is there, whole: {len(arrivals)} graphs. Serve it with:"
        f" guidance-graph serve --backend {endpoint.url}"
    )


@contextmanager
def _watched(out: Console) -> Iterator[Callable[[str], None]]:
    """What is being done, on a terminal; nothing elsewhere."""
    if not out.is_terminal:
        yield lambda _: None
        return
    with out.status("") as status:
        yield lambda doing: status.update(Text(f"{doing} …"))
