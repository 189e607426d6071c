# SPDX-License-Identifier: EUPL-1.2
"""The command ``guidance-graph``; heavy libraries are imported by the commands that need them."""

import sys

from guidance_graph.cli.commands import app
from guidance_graph.cli.errors import told
from guidance_graph.cli.streams import escape_what_cannot_be_written, open_closed_streams


def main() -> None:
    """Run the command; ends the process with its exit code."""
    open_closed_streams()
    escape_what_cannot_be_written()
    with told(debug="--debug" in sys.argv[1:]):
        app()
