# SPDX-License-Identifier: EUPL-1.2
"""What the environment sets, and what it only seems to set."""

from guidance_graph.cli.flags import unknown_variables


def test_a_misspelt_variable_is_found_and_no_other() -> None:
    environment = {
        "GUIDANCE_GRAPH_WORKER": "3",
        "GUIDANCE_GRAPH_WORKERS": "3",
        "guidance_graph_port": "1",
        "GUIDANCE_GRAPH_BACKEND_TOKEN": "secret",
        "GUIDANCE": "",
        "PATH": "",
    }
    assert unknown_variables(environment) == ["GUIDANCE_GRAPH_WORKER"]
