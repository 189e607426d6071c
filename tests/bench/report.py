# SPDX-License-Identifier: EUPL-1.2
"""What the figures say: ratios, and whether the targets are met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.bench.figures import PERCENTILES
from tests.bench.systems import FIRST, OXIGRAPH, REPEATED

_TIMES: Final = 3.0
#: From a smaller graph to the largest, the part of an answer that is always the same hides how the
#: rest of it grows.
_TELLING_SCALE: Final = 10


@dataclass(frozen=True)
class Target:
    """Something that is to hold, and whether it does; None where it was not measured."""

    name: str
    found: str
    met: bool | None


def targets(figures: Mapping[str, Any]) -> list[Target]:
    """Return the three targets, judged by the figures."""
    return [_first(figures), _repeated(figures), _growth(figures)]


def _first(figures: Mapping[str, Any]) -> Target:
    name = "never slower than the Oxigraph server on a first answer"
    ours, theirs = (figures["latency"].get(each) for each in (FIRST, OXIGRAPH))
    if ours is None or theirs is None:
        return Target(name, "not measured", None)
    ratios = {
        each: value / theirs["percentiles"][each] for each, value in ours["percentiles"].items()
    }
    slower = slower_queries(figures)
    found = ", ".join(f"{each} {ratio:.2f}" for each, ratio in ratios.items())
    return Target(
        name,
        f"{found} of its time; {len(slower)} of {len(ours['seconds'])} queries slower by median",
        all(ratio <= 1 for ratio in ratios.values()),
    )


def slower_queries(figures: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return the queries whose median first answer is slower than Oxigraph's, and how much."""
    ours, theirs = (figures["latency"][each]["seconds"] for each in (FIRST, OXIGRAPH))
    ratios = [(name, median(ours[name]) / median(theirs[name])) for name in ours]
    return sorted(((name, ratio) for name, ratio in ratios if ratio > 1), key=lambda each: -each[1])


def _repeated(figures: Mapping[str, Any]) -> Target:
    name = f"at least {_TIMES:g} times its throughput on repeated answers"
    ours, theirs = (figures["throughput"].get(each) for each in (REPEATED, OXIGRAPH))
    if not ours or not theirs:
        return Target(name, "not measured", None)
    ratios = {clients: rate / theirs[clients] for clients, rate in ours.items()}
    found = ", ".join(f"{ratio:.1f} ({clients} at once)" for clients, ratio in ratios.items())
    return Target(name, found, all(ratio >= _TIMES for ratio in ratios.values()))


def _growth(figures: Mapping[str, Any]) -> Target:
    name = "time per query grows with the answer, not with the graph"
    exponents = figures["growth"]["exponents"] if "growth" in figures else []
    if not exponents:
        return Target(name, "not measured", None)
    asked = [each for each in figures["growth"]["graphs"] if "skipped" not in each]
    scales = {each["quads"]: each["scale"] for each in asked}
    beyond = [each for each in exponents if not each["with_the_answer"]]
    told = [each for each in beyond if each["failed"] or scales[each["before"]] >= _TELLING_SCALE]
    counting = sum(each["counts"] and each["with_the_answer"] for each in exponents)
    found = f"{len(told)} of {len(exponents)} do not; {counting} count, and grow as what they do"
    if untold := len(beyond) - len(told):
        found += f"; of {untold} it is not told, for which {_TELLING_SCALE} times the graph and"
        found += " more have to be asked"
    return Target(name, found, False if told else None if untold else True)


def show(figures: Mapping[str, Any], out: Console) -> None:
    """Print the tables."""
    _show_latency(figures, out)
    _show_load(figures, out)
    if "growth" in figures:
        _show_growth(figures["growth"], out)
    for name, of in figures["refused"].items():
        out.print(f"{name} does not answer {len(of)}: {', '.join(of)}; left out for all")
    for of in figures["failures"].values():
        for error in of.values():
            out.print(f"no figure: {error}")
    for query, of in figures["differing"].items():
        rows = ", ".join(f"{name} {number}" for name, number in of.items())
        out.print(f"rows differ: {query}: {figures['rows'][query]} in process, {rows}")
    for target in targets(figures):
        said = {True: "met", False: "NOT MET", None: "unknown"}[target.met]
        out.print(f"{said:8} {target.name}: {target.found}")


def _show_latency(figures: Mapping[str, Any], out: Console) -> None:
    columns = [f"p{each}" for each in PERCENTILES]
    base = figures["latency"].get(OXIGRAPH)
    table = _table("seconds per query, and in units of the Oxigraph server", ["", *columns])
    for name, of in figures["latency"].items():
        cells = []
        for each in columns:
            value = of["percentiles"][each]
            ratio = f"  {value / base['percentiles'][each]:5.2f}" if base else ""
            cells.append(f"{value * 1000:.2f} ms{ratio}")
        table.add_row(name, *cells)
    out.print(table)


def _show_load(figures: Mapping[str, Any], out: Console) -> None:
    clients = sorted({each for of in figures["throughput"].values() for each in of}, key=int)
    columns = [*(f"{each} at once" for each in clients), "start", "idle", "peak"]
    table = _table(
        "answers a second, and in units of the Oxigraph server; first answer after start; memory",
        ["", *columns],
    )
    base = figures["throughput"].get(OXIGRAPH, {})
    for name in figures["latency"]:
        of = figures["throughput"].get(name, {})
        rates = [_rate(of.get(each), base.get(each)) for each in clients]
        start, memory = figures["start"].get(name), figures["memory"].get(name, {})
        table.add_row(
            name,
            *rates,
            f"{median(start):.2f} s" if start else "",
            *(_size(memory.get(each)) for each in ("idle", "peak")),
        )
    out.print(table)


def _rate(rate: float | None, base: float | None) -> str:
    return "" if rate is None else f"{rate:,.0f}" + (f"  {rate / base:5.2f}" if base else "")


def _size(size: int | None) -> str:
    return f"{size / 2**20:,.0f} MiB" if size else ""


def _show_growth(growth: Mapping[str, Any], out: Console) -> None:
    for graph in growth["graphs"]:
        out.print(f"{graph['scale']:,} times: {_graph_line(graph)}")
    beyond = [each for each in growth["exponents"] if not each["with_the_answer"]]
    columns = ["seconds", "quads", "time ~ graph", "answer ~ graph", "rows ~ graph"]
    title = "time that grows with the graph more than the answer does (exponents, last step)"
    table = _table(title, ["", *columns])
    for each in beyond:
        table.add_row(
            each["name"],
            f"{each['seconds']:.3f}",
            f"{each['quads']:,}",
            *(f"{each[key]:.2f}" for key in ("by_graph_last", "answer", "rows")),
        )
    if beyond:
        out.print(table)


def _graph_line(graph: Mapping[str, Any]) -> str:
    if "skipped" in graph:
        return f"left out: {graph['skipped']}"
    return (
        f"{graph['quads']:,} quads; {graph['answered']} of {graph['asked']} queries answered"
        f" in process, {graph['answered_by_server']} by the server, "
        + (
            f"which did not start: {graph['error']}"
            if "error" in graph
            else f"which started in {graph['started']:.2f} s and held {_size(graph['memory'])}"
        )
    )


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=Text(title), title_justify="left", header_style="bold", box=None)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table
