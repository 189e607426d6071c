# SPDX-License-Identifier: EUPL-1.2
"""One page of small panels: latency, throughput, start, memory, growth."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")  # before pyplot: there is no screen

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from tests.bench.systems import EMBEDDED, FIRST, OXIGRAPH, REPEATED

_COLOURS: Final = {
    EMBEDDED: "#7f7f7f",
    FIRST: "#0072b2",
    REPEATED: "#56b4e9",
    OXIGRAPH: "#d55e00",
}
_OTHERS: Final = ("#009e73", "#cc79a7", "#e69f00", "#f0e442")
_STYLE: Final = Path(__file__).with_suffix(".mplstyle")


def draw(figures: Mapping[str, Any], path: Path) -> None:
    """Draw the page.

    Args:
        figures: as they are written down as JSON.
        path: where to; its ending says the format.
    """
    colours = _colours(figures["latency"])
    with plt.style.context(_STYLE):
        page, panels = plt.subplots(2, 3, figsize=(13, 7.6), layout="constrained")
        (latency, throughput, resources), (growth, answers, exponents) = panels
        _latency(latency, figures["latency"], colours)
        _throughput(throughput, figures["throughput"], colours)
        _resources(resources, figures, colours)
        if "growth" in figures:
            _growth(growth, figures["growth"])
            _answers(answers, figures["growth"])
            _exponents(exponents, figures["growth"])
        else:
            for panel in (growth, answers, exponents):
                panel.set_axis_off()
        release, cores = figures["release"], figures["machine"]["cores"]
        page.suptitle(
            f"{len(figures['queries'])} queries on {release['quads']:,} quads"
            f" (release {release['digest'][:12]}), {cores} cores,"
            f" pyoxigraph {figures['versions']['pyoxigraph']}",
            x=0.01,
            ha="left",
        )
        page.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
        plt.close(page)


def _colours(systems: Mapping[str, Any]) -> dict[str, str]:
    others = iter(_OTHERS * len(systems))
    return {name: _COLOURS.get(name) or next(others) for name in systems}


def _latency(panel: Axes, latency: Mapping[str, Any], colours: Mapping[str, str]) -> None:
    panel.set_title("Latency: share of answers that take at most …")
    for name, of in latency.items():
        taken = sorted(1000 * each for times in of["seconds"].values() for each in times)
        share = [100 * (place + 1) / len(taken) for place in range(len(taken))]
        panel.plot(taken, share, color=colours[name], label=name, linewidth=1.6)
        for each, level in (("p50", 50), ("p95", 95), ("p99", 99)):
            at = 1000 * of["percentiles"][each]
            panel.plot([at], [level], "o", color=colours[name], markersize=3.5)
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter(FuncFormatter(_plain))
    panel.set_xlabel("ms (dots: p50, p95, p99)")
    panel.set_ylabel("% of answers")
    panel.legend(loc="lower right")


def _throughput(
    panel: Axes, throughput: Mapping[str, Mapping[str, float]], colours: Mapping[str, str]
) -> None:
    panel.set_title("Throughput: answers a second")
    clients = sorted({each for of in throughput.values() for each in of}, key=int)
    width = 0.8 / max(len(throughput), 1)
    for place, (name, of) in enumerate(throughput.items()):
        at = [clients.index(each) + (place + 0.5) * width - 0.4 for each in of]
        bars = panel.bar(at, list(of.values()), width, color=colours[name], label=name)
        panel.bar_label(bars, [_short(each) for each in of.values()], fontsize=6.5, padding=1)
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter(FuncFormatter(_plain))
    panel.set_xticks(range(len(clients)), [f"{each}" for each in clients])
    panel.set_xlabel("clients at once")
    panel.grid(visible=False, axis="x")


def _resources(panel: Axes, figures: Mapping[str, Any], colours: Mapping[str, str]) -> None:
    """Memory as bars, and the start as text beside them: two quantities of a few numbers each."""
    panel.set_title("Memory, idle and peak; start to first answer")
    memory = figures["memory"]
    names = list(memory)
    for place, name in enumerate(names):
        idle, peak = (memory[name].get(each) or 0 for each in ("idle", "peak"))
        panel.barh(place, peak / 2**20, 0.6, color=colours[name], alpha=0.35)
        panel.barh(place, idle / 2**20, 0.6, color=colours[name])
        start = figures["start"].get(name)
        text = f"{idle / 2**20:,.0f} to {peak / 2**20:,.0f} MiB"
        text += f"\nstart {median(start):.2f} s" if start else ""
        panel.annotate(
            text,
            (max(idle, peak) / 2**20, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    panel.set_yticks(range(len(names)), names)
    panel.invert_yaxis()
    panel.margins(x=0.4)
    panel.set_xlim(left=0)
    panel.set_xlabel("MiB (shared pages by share)")
    panel.grid(visible=False, axis="y")


def _growth(panel: Axes, growth: Mapping[str, Any]) -> None:
    panel.set_title("Growth: time by size of the graph, a line a query")
    beyond = {each["name"] for each in growth["exponents"] if not each["with_the_answer"]}
    for name, points in sorted(growth["queries"].items(), key=lambda each: each[0] in beyond):
        timed = [(p["quads"], 1000 * p["seconds"][EMBEDDED]) for p in points if _timed(p)]
        if timed:
            x, y = zip(*timed, strict=True)
            red = name in beyond
            colour, strength = ("#d55e00", 0.45) if red else ("#0072b2", 0.3)
            panel.plot(x, y, ".-", color=colour, alpha=strength, linewidth=0.7, markersize=2)
    panel.plot([], [], color="#0072b2", label="grows with its answer")
    panel.plot([], [], color="#d55e00", label="grows more than its answer")
    _loglog(panel, "quads", "ms, in process")
    sizes = sorted({point["quads"] for points in growth["queries"].values() for point in points})
    panel.set_xticks(sizes, [_short(size) for size in sizes])
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.legend(loc="upper left")


def _answers(panel: Axes, growth: Mapping[str, Any]) -> None:
    panel.set_title("Time by size of the answer, a dot a query and graph")
    sizes = sorted({point["quads"] for points in growth["queries"].values() for point in points})
    shades = plt.get_cmap("viridis")
    for place, quads in enumerate(sizes):
        dots = [
            (point["size"], 1000 * point["seconds"][EMBEDDED])
            for points in growth["queries"].values()
            for point in points
            if point["quads"] == quads and _timed(point)
        ]
        if dots:
            x, y = zip(*dots, strict=True)
            shade = shades(0.85 * place / max(len(sizes) - 1, 1))
            panel.scatter(
                x, y, s=7, color=shade, alpha=0.6, linewidths=0, label=f"{_short(quads)} quads"
            )
    _loglog(panel, "bytes of the answer", "ms, in process")
    panel.legend(loc="upper left", markerscale=2)


def _exponents(panel: Axes, growth: Mapping[str, Any]) -> None:
    panel.set_title("Exponents by size of the graph, last step")
    for red in (False, True):
        dots = [
            (max(each["answer"], 0.0), each["by_graph_last"])
            for each in growth["exponents"]
            if each["with_the_answer"] is not red
        ]
        if dots:
            x, y = zip(*dots, strict=True)
            panel.scatter(
                x, y, s=12, color="#d55e00" if red else "#0072b2", alpha=0.5, linewidths=0
            )
    panel.axline((0, 0), slope=1, color="#444444", linewidth=0.8)
    panel.annotate("as the answer", (0.55, 0.6), fontsize=7.5, color="#444444", va="top")
    worst = [each for each in growth["exponents"] if not each["with_the_answer"]][:4]
    _name(panel, worst)
    panel.set_xlabel("of the answer's bytes")
    panel.set_ylabel("of the time")


def _name(panel: Axes, worst: Sequence[Mapping[str, Any]]) -> None:
    for place, each in enumerate(worst):
        panel.annotate(
            f"{each['name']}: {each['seconds']:.2g} s",
            (0.98, 0.16 - 0.045 * place),
            xycoords="axes fraction",
            ha="right",
            fontsize=6.5,
            color="#a04000",
        )


def _timed(point: Mapping[str, Any]) -> bool:
    return EMBEDDED in point["seconds"] and bool(point["size"])


def _loglog(panel: Axes, x: str, y: str) -> None:
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter(FuncFormatter(_plain))
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.set_xlabel(x)
    panel.set_ylabel(y)


def _plain(value: float, _: int) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _short(value: float) -> str:
    """Return a number in three digits or so: 812, 3.9k, 40M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.{0 if value >= 10 * size else 1}f}{unit}"
    return f"{value:.0f}"
