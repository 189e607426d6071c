# SPDX-License-Identifier: EUPL-1.2
"""Layers, and parts of the engine, import downward; heavy libraries have modules that know them."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import guidance_graph

PACKAGE = Path(guidance_graph.__file__).parent
#: From the lowest up; ``app`` and ``cli`` put all of them together.
LAYERS = ("terms", "build", "engine", "library", "protocol", "site", "app", "cli")
#: The parts of ``engine`` likewise; beside them is what all know, and what puts them together.
ENGINE = ("text", "backend", "worker", "pool", "federation")
ENGINE_KNOWN = {"formats", "question", "answer"}
#: Who may import what.
OWNERS = {
    "pyoxigraph": {"build.oxigraph", "engine.worker.oxigraph"},
    "owlrl": {"build.reasoning"},
    "reasonable": {"build.reasoning"},
    "pyshacl": {"build.validation"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(module: str) -> int | None:
    """The place of a module of ours in the layers; None for the package itself and for others'."""
    parts = module.split(".")
    own = parts[0] == "guidance_graph" and len(parts) > 1 and parts[1] in LAYERS
    return LAYERS.index(parts[1]) if own else None


def test_every_module_is_in_a_layer() -> None:
    tops = {name_of(path).split(".")[0] for path in MODULES} - {""}
    assert tops == set(LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_from_its_layer_and_those_below(path: Path) -> None:
    own = layer(f"guidance_graph.{name_of(path)}")
    if own is None:
        assert not [name for name in imports(path) if layer(name) is not None]
        return
    upward = [name for name in imports(path) if (layer(name) or 0) > own]
    assert upward == []


@pytest.mark.parametrize("part", ENGINE)
def test_a_part_of_the_engine_imports_from_itself_and_those_below(part: str) -> None:
    below = {*ENGINE[: ENGINE.index(part) + 1], *ENGINE_KNOWN}
    imported = {
        name.split(".")[2]
        for path in (PACKAGE / "engine" / part).glob("*.py")
        for name in imports(path)
        if name.startswith("guidance_graph.engine.")
    }
    assert imported <= below


@pytest.mark.parametrize("library", OWNERS)
def test_a_heavy_library_is_known_to_its_modules_only(library: str) -> None:
    knowing = {
        name_of(path)
        for path in MODULES
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert knowing == OWNERS[library]


def imported_by(statement: str) -> set[str]:
    """What a fresh interpreter has imported after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split()}


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = {"rdflib", "pyoxigraph", "owlrl", "reasonable", "pyshacl", "fastapi", "uvicorn"}
    assert imported_by("import guidance_graph.cli") & heavy == set()


def test_a_server_that_looks_for_the_current_release_needs_no_reasoner() -> None:
    loaded = imported_by("from guidance_graph.build.release import current_release, is_current")
    assert loaded & {"rdflib", "pyoxigraph", "owlrl", "reasonable", "pyshacl"} == set()
