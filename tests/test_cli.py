# SPDX-License-Identifier: EUPL-1.2
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from guidance_graph import __version__
from guidance_graph.build.release import Release, current_release
from guidance_graph.cli import errors, main
from guidance_graph.terms import errors as terms_errors
from guidance_graph.terms.settings import Settings
from tests.build.support import append
from tests.workbooks import cells_of

POLICY = Path("data/finland/policy.ttl")
COMMAND = [sys.executable, "-c", "from guidance_graph.cli import main; main()"]
ACTORS = """
PREFIX gg: <https://w3id.org/guidance-graph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?actor ?label { ?actor a gg:Actor ; rdfs:label ?label FILTER (LANG(?label) = "en") }
ORDER BY ?label
"""


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


Command = Callable[..., Run]


@pytest.fixture
def root(example_root: Path, example_release: Release, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example with a release, which the environment names."""
    releases = example_root / "releases"
    shutil.copytree(example_release.path.parent, releases, symlinks=True)
    (example_root / "queries" / "actors").mkdir(parents=True)
    (example_root / "queries" / "actors" / "who.rq").write_text(f"#+ summary: Who?\n{ACTORS}")
    monkeypatch.setenv("GUIDANCE_GRAPH_ROOT", str(example_root))
    monkeypatch.setenv("GUIDANCE_GRAPH_RELEASES", str(releases))
    return example_root


@pytest.fixture
def run(root: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command in this process; gives its exit code and what it printed."""

    def run(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["guidance-graph", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        code = ended.value.code
        return Run(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


def test_the_version_is_that_of_the_package(run: Command) -> None:
    assert run("--version") == Run(0, f"guidance-graph {__version__}\n", "")


def test_the_help_of_serve_tells_every_setting(run: Command) -> None:
    told = " ".join(run("serve", "--help").out.split())
    for name, field in Settings.model_fields.items():
        variable = f"GUIDANCE_GRAPH_{name.upper()}"
        secret = name in ("backend_password", "backend_token")
        assert (f" --{name.replace('_', '-')} " in told) != secret
        told_so = f"{variable} {field.description}", f"{field.description} [env var: {variable}"
        assert told_so[not secret] in told
    variable = "GUIDANCE_GRAPH_QUERY_TIMEOUT"
    assert f"NUMBER seconds a query may take [env var: {variable}; default: 10.0]" in told
    assert "--log-queries / --no-log-queries whether texts" in told


def test_help_names_every_command_and_comes_quickly(root: Path) -> None:
    start = time.perf_counter()
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True)
    assert time.perf_counter() - start < 1
    for command in ("build", "validate", "format", "query", "serve"):
        assert re.search(rf"^  {command} +\S", done.stdout, re.MULTILINE)
    for code in (0, *errors.EXIT_CODES.values()):
        assert re.search(rf"Exit codes:.* {code} \w", " ".join(done.stdout.split()))


def test_build_tells_its_steps_with_their_time_and_what_the_release_holds(
    run: Command, root: Path
) -> None:
    append(root / POLICY, "\nfi:unit gg:partnerOf fi:agency .\n")
    done = run("build")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [re.fullmatch(r"(.*?) +\d+\.\d\d s", line)[1] for line in lines[:-1]] == [  # type: ignore[index]
        "Reading the files",
        "Inferring what follows (OWL 2 RL)",
        "Validating (SHACL)",
        "Describing the dataset",
        "Writing the release",
        "All",
    ]
    name = (root / "releases" / "current").readlink().name
    assert lines[-1] == f"Release {name}: 136 triples from 5 files, 12 inferred, 0 warnings"
    assert "\x1b" not in done.out


def test_a_build_of_an_invalid_graph_reports_and_keeps_the_last_release(
    run: Command, root: Path
) -> None:
    before = (root / "releases" / "current").readlink()
    append(root / POLICY, "\nfi:new a gg:Service .\n")
    done = run("build")
    assert done.code == 1
    assert "violation: Give the service a label with rdfs:label." in done.out
    assert "warning" not in done.out
    assert done.err == "error: the graph is invalid: 1 violation, 1 warning\n"
    assert (root / "releases" / "current").readlink() == before


def test_validate_tells_file_line_resource_what_to_do_and_the_shape(
    run: Command, root: Path
) -> None:
    line = append(
        root / POLICY,
        '\nfi:new a gg:Service ; rdfs:label "New"@en ; gg:minimumAge -3 .\n',
    )
    assert run("validate") == Run(
        1,
        f"""\
data/finland/policy.ttl
  fi:new (New), line {line + 1}
    violation: An age cannot be below 0; correct gg:minimumAge.
      property gg:minimumAge; value -3; shape ggsh:ServiceShape-gg-minimumAge
    warning: Say who provides the service.
      property gg:providedBy; shape ggsh:ServiceShape-gg-providedBy

Validation: 1 violation, 1 warning.
""",
        "",
    )


def test_validate_of_a_sound_dataset_says_so(run: Command) -> None:
    assert run("validate") == Run(0, "Validation: no violation.\n", "")


def test_validate_asks_the_checks_of_the_library(run: Command, root: Path) -> None:
    (root / "queries" / "checks").mkdir()
    (root / "queries" / "checks" / "unit.rq").write_text(
        "#+ summary: No unit\n#+ description: A row is a unit. Take it out.\n"
        "SELECT ?graph ?resource WHERE { GRAPH ?graph {"
        ' ?resource <http://www.w3.org/2000/01/rdf-schema#label> "Unit"@en } }\n'
    )
    line = (root / POLICY).read_text().split("\n").index("fi:unit") + 1
    assert run("validate", root / POLICY) == Run(
        1,
        f"""\
data/finland/policy.ttl
  fi:unit (Unit), line {line}
    violation: This is a unit. Take it out.
      rule checks/unit

Validation: 1 violation.
""",
        "",
    )
    assert run("validate", root / "data" / "source.ttl").code == 0


def test_a_warning_does_not_fail(run: Command, root: Path) -> None:
    append(root / POLICY, '\nfi:new a gg:Service ; rdfs:label "New"@en .\n')
    done = run("validate", root / POLICY)
    assert done.code == 0
    assert done.out.endswith("Validation: no violation, 1 warning.\n")


def test_validate_of_a_file_from_elsewhere_reports_that_file_only(
    run: Command, root: Path, tmp_path: Path
) -> None:
    append(root / POLICY, "\nfi:other a gg:Service .\n")
    mine = tmp_path / "Mine.ttl"
    mine.write_text("<http://example.org/x> a <https://w3id.org/guidance-graph/ontology#Service> .")
    done = run("validate", mine)
    assert done.code == 1
    assert done.out.startswith(f"{mine}\n  <http://example.org/x>, line 1\n")
    assert "fi:other" not in done.out


@pytest.mark.parametrize("command", ["build", "validate", "format"])
def test_a_syntax_error_is_one_line_with_file_line_and_what_is_wrong(
    run: Command, root: Path, command: str
) -> None:
    line = append(root / POLICY, "\nfi:new a gg:Service\nfi:more a gg:Service .\n")
    done = run(command)
    assert done.code == 2
    assert done.err == (
        f"error: data/finland/policy.ttl:{line + 2}: column 1, at 'fi:more': a statement must end"
        " with '.', and this stands where the '.' was expected\n"
    )


def test_format_writes_and_check_lists(run: Command, root: Path) -> None:
    assert run("format", "--check") == Run(0, "", "")
    (root / "data" / "new.ttl").write_text("<http://e/a> <http://e/p> 1 .")
    assert run("format", "--check") == Run(
        1, "data/new.ttl\n", "error: not in canonical form; run: guidance-graph format\n"
    )
    assert run("format") == Run(0, "data/new.ttl\n", "")
    assert run("format", root / "data" / "new.ttl", "--check").code == 0


def test_format_refuses_to_lose_a_comment(run: Command, root: Path) -> None:
    line = append(root / POLICY, "# here\n")
    done = run("format")
    assert done.code == 2
    assert f"data/finland/policy.ttl:{line}: a comment here would be lost" in done.err


def test_an_answer_is_a_table_with_short_names_and_plain_when_piped(run: Command) -> None:
    assert run("query", "actors/who") == Run(
        0,
        "actor\tlabel\nfi:agency\tAgency\nfi:ministry\tMinistry\nfi:unit\tUnit\n",
        "",
    )


def test_a_query_comes_from_a_file_or_a_text(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text(ACTORS)
    assert run("query", "--file", file).out == run("query", "--text", ACTORS).out
    file.write_text(ACTORS, encoding="utf-8-sig")
    assert run("query", "--file", file).out == run("query", "--text", ACTORS).out
    assert run("query", "--text", "ASK { ?s ?p ?o }").out == "yes\n"
    assert run("query", "--text", "ASK { ?s ?s ?s }").out == "no\n"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("json", '{"head":{"vars":["actor","label"]}'),
        ("xml", "<?xml"),
        ("csv", "actor,label\r\n"),
        ("tsv", "?actor\t?label\n"),
    ],
)
def test_an_answer_comes_in_the_format_asked_for(run: Command, name: str, start: str) -> None:
    done = run("query", "actors/who", "--format", name)
    assert done.code == 0
    assert done.out.startswith(start)
    assert done.out.count("https://w3id.org/guidance-graph/id/fi/") == 3


def test_a_workbook_goes_to_a_file_and_not_to_a_terminal(root: Path) -> None:
    asked = [*COMMAND, "query", "actors/who", "--format", "xlsx"]
    head, *rows = cells_of(subprocess.run(asked, capture_output=True, check=True).stdout)
    assert head == ("actor", "label")
    assert len(rows) == 3
    terminal, end = os.openpty()
    try:
        done = subprocess.run(asked, stdout=end, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(end)
        os.close(terminal)
    assert done.returncode == 2
    assert b"add > answer.xlsx" in done.stderr


def test_a_graph_is_turtle_or_the_form_asked_for(run: Command) -> None:
    unit = "<https://w3id.org/guidance-graph/id/fi/unit>"
    ask = f"CONSTRUCT {{ {unit} a ?c }} {{ {unit} a ?c }}"
    triples = run("query", "--text", ask, "--format", "nt").out
    assert sorted(triples.splitlines()) == [
        f"{unit} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        f" <https://w3id.org/guidance-graph/ontology#{kind}> ."
        for kind in ("Actor", "Organisation")
    ]
    assert "fi:unit a gg:" in run("query", "--text", ask).out


def test_a_parameter_is_bound(run: Command, root: Path) -> None:
    (root / "queries" / "actors" / "label.rq").write_text(
        "#+ summary: Which label?\n#+ params:\n#+   actor:\n#+     type: iri\n"
        "SELECT ?label { ?actor <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
        " ORDER BY ?label\n"
    )
    unit = "actor=https://w3id.org/guidance-graph/id/fi/unit"
    assert run("query", "actors/label", "--param", unit).out == "label\nUnit\n"
    missing = run("query", "actors/label")
    assert missing.code == 2
    assert "needs a value for the parameter actor" in missing.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["query"], 2, "give one of NAME, --file and --text"),
        (["query", "a/b", "--text", "ASK {}"], 2, "give one of NAME, --file and --text"),
        (["query", "actors/whom"], 2, "no query 'actors/whom'; near it: actors/who"),
        (["query", "actors/who", "--param", "x"], 2, "write it as name=value"),
        (["query", "actors/who", "--param", "x=1"], 2, "has no parameter x"),
        (["query", "--text", "ASK {}", "--param", "x=1"], 2, "goes with a query of the library"),
        (["query", "--file", "none.rq"], 2, "none.rq: cannot be read"),
        (["query", "--text", "SELECT * { ?s ?p "], 2, "line 1, column"),
        (["query", "--text", "SELECT * { ?s ?p ?o }", "--format", "ttl"], 2, "choose one of table"),
        (["validate", "none.ttl"], 2, "none.ttl: no such file"),
        (["serve", "--port", "70000"], 2, "--port: Input should be less than or equal to 65535"),
        (["serve", "--workers", "0"], 2, "--workers: Input should be greater than"),
        (["serve", "--query-timeout", "soon"], 2, "--query-timeout: Input should be a valid num"),
        (["serve", "--log-format", "xml"], 2, "--log-format: Input should be 'console' or 'json'"),
        (["serve", "--backend", "here"], 2, "--backend: Input should be a valid URL"),
        (["serve", "--backend", "http://a:b@c/"], 2, "must hold no credentials"),
        (["serve", "--services", "ftp://e"], 2, "error: GUIDANCE_GRAPH_SERVICES or --services: ft"),
        (["serve", "--trusted-proxies", "all"], 2, "--trusted-proxies: 'all' does not appear"),
        (["serve", "--base-url", "http://e/?q"], 2, "--base-url: has a name, a password, a query"),
        (["serve", "--query-memory", "1" + "0" * 20], 2, "--query-memory: Input should be less"),
    ],
)
def test_what_is_wrong_with_the_input_is_one_line(
    run: Command, arguments: list[str], code: int, said: str
) -> None:
    done = run(*arguments)
    assert done.code == code
    assert done.out == ""
    assert said in done.err
    assert re.fullmatch(r"error: [^\n]+\n", done.err)


def test_a_wrong_value_of_the_environment_is_told_with_its_variable(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDANCE_GRAPH_CACHE_SIZE", "much")
    done = run("serve", "--query-timeout", "5")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: GUIDANCE_GRAPH_CACHE_SIZE: Input should be a valid integer")


@pytest.mark.parametrize("command", ["build", "serve"])
def test_an_unknown_option_is_told_with_the_usage(run: Command, command: str) -> None:
    done = run(command, "--nope")
    assert done.code == 2
    assert "No such option: --nope" in done.err
    assert "Traceback" not in done.err


def test_bytes_that_are_no_text_are_one_line(run: Command, root: Path) -> None:
    odd = os.fsdecode(b"\xe9")
    assert run("query", "--text", f"ASK {{ ?s ?p '{odd}' }}") == Run(
        2, "", "error: --text: not text in the encoding of this terminal\n"
    )
    done = run("query", "actors/who", "--param", f"x={odd}")
    assert (done.code, done.err) == (
        2,
        "error: --param: not text in the encoding of this terminal\n",
    )
    done = run("serve", "--host", odd)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(
        ", port 8000: no name of a host; choose others with --host and --port\n"
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are UTF-8")
def test_a_file_whose_name_is_no_utf_8_is_validated_and_told(root: Path, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"n\xe9.ttl")
    file.write_text("<http://e/x> a <https://w3id.org/guidance-graph/ontology#Service> .")
    done = subprocess.run([*COMMAND, "validate", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"{tmp_path}/n\\udce9.ttl\n  <http://e/x>, line 1\n")
    shutil.copy(file, root / "data")
    done = subprocess.run([*COMMAND, "build"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"error: data/n\\udce9\.ttl: name the file in [^\n]+\n", done.stderr)


def test_what_the_encoding_of_the_output_lacks_is_escaped(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    asked = [*COMMAND, "query", "--text", 'SELECT ("Ministeriö" AS ?label) {}']
    done = subprocess.run(asked, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"label\nMinisteri\\xf6\n", b"")


@pytest.mark.parametrize("command", ["build", "serve"])
def test_releases_that_are_no_folder_are_told_before_anything_is_built(
    run: Command, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("GUIDANCE_GRAPH_RELEASES", str(file))
    monkeypatch.setenv("GUIDANCE_GRAPH_PORT", "0")
    done = run(command)
    assert (done.code, done.err) == (3, f"error: {file} cannot be written: Not a directory\n")
    assert "Reading" not in done.out


def test_a_query_that_cannot_be_used_is_told_before_anything_is_built(
    run: Command, root: Path
) -> None:
    shutil.rmtree(root / "releases")
    (root / "queries" / "actors" / "who.rq").write_text("SELECT * { ?s ?p ?o }")
    done = run("serve", "--port", "0")
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(r"error: \S+/actors/who\.rq:[^\n]+\n", done.err)
    assert not (root / "releases").exists()


def test_a_store_that_cannot_be_opened_is_one_line(root: Path) -> None:
    current = root / "releases" / "current" / "store" / "CURRENT"
    current.write_text(re.sub(r"\d", "9", current.read_text()))
    arguments = ["serve", "--port", "0", "--memory-triples", "0"]
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert re.fullmatch(r"error: \S+/store holds no store that can be read[^\n]+\n", done.stderr)


def test_no_release_is_told_with_what_to_do(run: Command, root: Path) -> None:
    shutil.rmtree(root / "releases")
    done = run("query", "actors/who")
    assert done.code == 3
    assert "make one: guidance-graph build" in done.err


def test_debug_shows_where_an_error_came_from(root: Path) -> None:
    arguments = ["--debug", "validate", "none.ttl"]
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "SourceError: none.ttl: no such file" in done.stderr


def test_a_reader_that_has_had_enough_is_no_error(root: Path) -> None:
    everything = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    with subprocess.Popen(
        [*COMMAND, "query", "--text", everything, "--format", "csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"a,b,c,d,e,f\r\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "actors/who"],
        ["query", "actors/who", "--format", "csv"],
        ["query", "actors/who", "--format", "xlsx"],
        ["validate"],
        ["build"],
    ],
    ids=" ".join,
)
def test_an_answer_for_which_the_disk_has_no_room_is_one_line(
    root: Path, arguments: list[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (3, "error: No space left on device, while writing\n")


def test_every_error_has_an_exit_code() -> None:
    kinds = [
        kind
        for kind in vars(terms_errors).values()
        if isinstance(kind, type)
        and issubclass(kind, terms_errors.GuidanceGraphError)
        and kind is not terms_errors.GuidanceGraphError
    ]
    assert len(kinds) >= 13
    for kind in kinds:
        assert errors.exit_code(kind.__new__(kind)) in (1, 2, 3)


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str], list[str]]]:
    """A server in a process of its own: its address, the process, and what it has printed."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    printed: list[str] = []
    try:
        for line in process.stdout:
            printed.append(line)
            if "curl" in line:
                break
        address = re.search(r"http://\S+:\d+", "".join(printed))
        assert address is not None, printed
        yield address[0], process, printed
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        process.stdout.close()


def ask(address: str, query: str) -> bytes:
    url = f"{address}/sparql?{urllib.parse.urlencode({'query': query})}"
    deadline = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(url) as response:
                return bytes(response.read())
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_serve_builds_what_is_missing_prints_the_address_and_answers(root: Path) -> None:
    shutil.rmtree(root / "releases")
    with serving() as (address, process, printed):
        text = "".join(printed)
        assert "The release is not current; building it." in text
        assert "guidance-graph query actors/who" in text
        assert json.loads(ask(address, "ASK { ?s ?p ?o }"))["boolean"] is True
    assert process.returncode == 0


def test_serve_on_a_built_release_builds_nothing(root: Path) -> None:
    with serving() as (address, _, printed):
        assert b"true" in ask(address, "ASK { ?s ?p ?o }")
        assert "building" not in "".join(printed)


def test_flags_win_over_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIDANCE_GRAPH_QUERY_TIMEOUT", "6")
    monkeypatch.setenv("GUIDANCE_GRAPH_QUEUE_WAIT", "7")
    with serving("--query-timeout", "5", "--cache-size", "0") as (address, _, _):
        assert b"true" in ask(address, "ASK { ?s ?p ?o }")
        with urllib.request.urlopen(f"{address}/sparql") as response:
            told = response.read().decode()
        assert "take 5 seconds" in told
        assert "wait 7 seconds" in told
        with urllib.request.urlopen(f"{address}/metrics") as response:
            assert b"\nguidance_graph_cache_limit_bytes 0.0\n" in response.read()


def test_serve_of_files_that_are_invalid_serves_the_last_release(root: Path) -> None:
    append(root / POLICY, "\nfi:new a gg:Service ; gg:providedBy fi:unit .\n")
    with serving() as (address, _, printed):
        text = "".join(printed)
        assert "warning: the graph is invalid: 1 violation" in text
        assert "Serving the last release" in text
        query = "ASK { <https://w3id.org/guidance-graph/id/fi/new> ?p ?o }"
        assert json.loads(ask(address, query))["boolean"] is False


def test_a_port_in_use_is_told_before_anything_is_built(run: Command, root: Path) -> None:
    shutil.rmtree(root / "releases")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("serve", "--port", port)
    assert done.code == 2
    assert done.err == (
        f"error: cannot listen on 127.0.0.1, port {port}: Address already in use;"
        " choose others with --host and --port\n"
    )
    assert not (root / "releases").exists()


def test_the_release_of_the_example_is_found_by_the_settings(root: Path) -> None:
    assert current_release(Settings()).path.parent == (root / "releases").resolve()
