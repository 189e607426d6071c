# SPDX-License-Identifier: EUPL-1.2
from pathlib import Path

import pytest

from guidance_graph.build.formatting import format_files, format_turtle
from guidance_graph.build.inputs import source_paths
from guidance_graph.terms.errors import SourceError
from tests.conftest import EXAMPLE, REPOSITORY

PATH = Path("data/x.ttl")


def test_comments_at_the_head_are_kept_and_nothing_else_of_the_form() -> None:
    content = b"""\
# SPDX-License-Identifier: CC-BY-4.0

#  What it is about.
@prefix e: <http://example.org/> .
e:b e:p e:a . e:a e:p "#no comment" , <http://example.org/#nor-this>, '''nor
# this''' , e:x\\#y .
"""
    assert format_turtle(content, PATH).decode() == (
        "# SPDX-License-Identifier: CC-BY-4.0\n"
        "#  What it is about.\n"
        "\n"
        "<http://example.org/a>\n"
        "    <http://example.org/p>\n"
        "        <http://example.org/#nor-this> ,\n"
        "        <http://example.org/x#y> ,\n"
        '        "#no comment" ,\n'
        '        """nor\n# this""" ;\n'
        ".\n"
        "\n"
        "<http://example.org/b>\n"
        "    <http://example.org/p> <http://example.org/a> ;\n"
        ".\n"
    )


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("PREFIX e: <http://e/>\n# here\ne:a e:p 1 .\n", 2),
        ("PREFIX e: <http://e/>\ne:a e:p 1 . # here\n", 2),
        ('PREFIX e: <http://e/>\ne:a e:p """\n\n# not here""" ; # but here\n e:q 2 .', 4),
        ("PREFIX e: <http://e/>\ne:a e:p 1 .\n\n# at the end", 4),
    ],
)
def test_a_comment_that_would_be_lost_is_refused(content: str, line: int) -> None:
    with pytest.raises(SourceError, match="a comment here would be lost") as raised:
        format_turtle(content.encode(), PATH)
    assert raised.value.line == line


def test_a_file_that_does_not_parse_is_not_touched(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("<a> <b> .")
    with pytest.raises(SourceError, match=r"broken\.ttl:1: "):
        format_files([broken], tmp_path)
    assert broken.read_text() == "<a> <b> ."


def test_files_are_written_once_and_checked_without_writing(example_root: Path) -> None:
    path = example_root / "data" / "new.ttl"
    path.write_text("<http://e/a>   <http://e/p>\t1.")
    path.chmod(0o640)
    paths = source_paths(example_root)
    assert format_files(paths, example_root, check=True) == [Path("data/new.ttl")]
    assert path.read_text() == "<http://e/a>   <http://e/p>\t1."
    assert format_files(paths, example_root) == [Path("data/new.ttl")]
    assert path.read_text() == "<http://e/a>\n    <http://e/p> 1 ;\n.\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert format_files(paths, example_root) == []
    assert sorted(p.name for p in path.parent.iterdir()) == ["finland", "new.ttl", "source.ttl"]


def test_an_empty_file_stays_what_it_is() -> None:
    assert format_turtle(b"", PATH) == b""
    assert format_turtle(b"# only this\n", PATH) == b"# only this\n"


@pytest.mark.parametrize("root", [REPOSITORY, EXAMPLE], ids=["repository", "example"])
def test_every_turtle_file_of_ours_is_in_canonical_form(root: Path) -> None:
    paths = source_paths(root)
    assert len(paths) >= 5
    assert format_files(paths, root, check=True) == []
