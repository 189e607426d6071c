# SPDX-License-Identifier: EUPL-1.2
"""What goes wrong, as one line on stderr and an exit code; never a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from guidance_graph.terms.errors import (
    EngineError,
    GuidanceGraphError,
    InvalidGraphError,
    QueryError,
    ReleaseError,
    SettingError,
    SourceError,
)

#: The one table from error to exit code: 1 invalid, 2 wrong input, 3 could not be done.
EXIT_CODES: Final[dict[type[GuidanceGraphError], int]] = {
    InvalidGraphError: 1,
    SourceError: 2,
    SettingError: 2,
    QueryError: 2,
    ReleaseError: 3,
    EngineError: 3,
}


def exit_code(error: GuidanceGraphError) -> int:
    """The exit code that tells this error."""
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


@contextmanager
def told(*, debug: bool) -> Iterator[None]:
    """Turn what is raised inside into a line on stderr and an exit; with ``debug``, let it pass."""
    try:
        yield
    except GuidanceGraphError as error:
        if debug:
            raise
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        sys.exit(exit_code(error))
