"""report.py FIGURES FACTS [--gate] [--write]: what scripts/bench prints and writes.

FIGURES has a line a figure (scripts/lib/bench/inside says which), FACTS a line NAME=VALUE a fact. Repeated figures become
their median. --gate: exit status 1 when a target is missed. --write: docs/performance.json and .svg, and the tables between
the marks in docs/performance.md.
"""
import collections
import json
import pathlib
import statistics
import sys

root = pathlib.Path(__file__).resolve().parent.parent.parent.parent
gathered = collections.defaultdict(list)
for line in open(sys.argv[1]):
    size, who, what, value = line.split()
    gathered[int(size), who, what].append(float(value))
figures = {key: statistics.median(values) for key, values in gathered.items()}
facts = dict(line.rstrip("\n").split("=", 1) for line in open(sys.argv[2]))
sizes = sorted({size for size, _, _ in figures if size})


def figure(size, who, what):
    return figures.get((size, who, what))


def shown(milliseconds):
    if milliseconds is None:
        return ""
    if milliseconds >= 10000:
        return f"{milliseconds / 1000:.1f} s"
    if milliseconds >= 100:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds:.1f} ms"


def table(title, columns, limit):
    """Markdown: a row a size; times, and after them how many times the limit."""
    lines = [f"**{title}**", "", "| N | " + " | ".join(name for name, _, _ in columns) + " |", "|---:|" + "---:|" * len(columns)]
    for size in sizes:
        floor = figure(size, *limit)
        if floor is None:
            continue
        cells = []
        for _, who, what in columns:
            value = figure(size, who, what)
            ratio = "" if value is None or (who, what) == limit else f" ({value / floor:.2f})"
            cells.append(shown(value) + ratio)
        lines.append(f"| {size:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


tables = [
    table(
        "Made from nothing: a bond, N VLANs on it, N bridges, all up", [
            ("limit", "limit", "create"), ("weft, executor", "weft", "apply-execute"), ("weft, whole process", "weft", "apply"),
            ("ip -batch", "ip", "create"), ("pyroute2", "pyroute2", "create")], ("limit", "create")),
    table(
        "Nothing to do: the whole of it read and compared", [
            ("limit: the dump", "limit", "read"), ("weft, reading", "weft", "no-op-read"), ("weft, whole process", "weft", "no-op"),
            ("ip -j -d link", "ip", "read"), ("pyroute2, dump", "pyroute2", "read")], ("limit", "read")),
    table(
        "Ten VLANs and bridges more", [
            ("limit", "limit", "more"), ("weft, executor", "weft", "more-execute"), ("weft, whole process", "weft", "more")],
        ("limit", "more")),
    table(
        "Taken away", [
            ("limit, by group", "limit", "destroy"), ("weft, executor", "weft", "destroy-execute"),
            ("weft, whole process", "weft", "destroy"), ("weft --expedite, executor", "weft", "expedite-execute"),
            ("ip -batch", "ip", "destroy"), ("pyroute2", "pyroute2", "destroy")], ("limit", "destroy")),
    table(
        "Made from nothing, without IPv6 on VLANs and bridges (`ipv6: false`)", [
            ("limit", "limit", "bare"), ("weft, executor", "weft", "bare-execute"), ("weft, whole process", "weft", "bare")],
        ("limit", "bare")),
    table(
        "One bridge that tells N VLANs apart, over a bond", [
            ("limit", "limit", "filter"), ("weft, executor", "weft", "filter-execute"), ("weft, whole process", "weft", "filter")],
        ("limit", "filter")),
]

# ---- targets: what is compared, with how much of what
targets = []


def target(name, size, value, most, unit="ms"):
    if value is not None and most is not None:
        targets.append({"target": name, "size": size, "value": round(value, 3), "most": round(most, 3), "unit": unit, "met": value <= most})


def times(factor, *parts):
    return None if any(part is None for part in parts) else factor * parts[0] + sum(parts[1:])


target("an address moves, the time that the host is deaf: 1.5 × the same messages", 0, figure(0, "weft", "move-deaf"), times(1.5, figure(0, "limit", "move-deaf")))
for size in sizes:
    limit = figure(size, "limit", "create")
    if size >= 100:
        target("apply, executor: 1.10 × limit", size, figure(size, "weft", "apply-execute"), times(1.10, limit))
        target(
            "apply, whole process: 1.25 × limit + dump", size, figure(size, "weft", "apply"),
            times(1.25, limit, figure(size, "limit", "read")))
        target("apply, whole process: less than ip -batch", size, figure(size, "weft", "apply"), figure(size, "ip", "create"))
        target(
            "no changes, whole process: 1.5 × dump + start", size, figure(size, "weft", "no-op"),
            times(1.5, figure(size, "limit", "read"), figure(0, "weft", "version")))
        target("no changes: less than ip -j -d link", size, figure(size, "weft", "no-op"), figure(size, "ip", "read"))
        target("destroy, executor: 1.05 × limit", size, figure(size, "weft", "destroy-execute"), times(1.05, figure(size, "limit", "destroy")))
        target("destroy, executor: half of ip -batch", size, figure(size, "weft", "destroy-execute"), times(0.5, figure(size, "ip", "destroy")))
        target(
            "destroy --expedite: a twentieth of ip -batch", size, figure(size, "weft", "expedite-execute"),
            times(0.05, figure(size, "ip", "destroy")))
    target("no changes: no message to change anything", size, figure(size, "weft", "no-op-writes"), 0, "messages")
    target("apply: a few dozen calls at most", size, figure(size, "weft", "apply-sends"), 48, "calls")
    if size >= 1000:
        target("without IPv6, executor: 1.10 × limit", size, figure(size, "weft", "bare-execute"), times(1.10, figure(size, "limit", "bare")))
        target(
            "VLANs of one bridge, executor: 1.20 × limit", size, figure(size, "weft", "filter-execute"),
            times(1.20, figure(size, "limit", "filter")))
    for what in "plan-kilobytes", "no-op-kilobytes":
        if size >= 4000:
            target("memory of a whole process: 64 MB", size, figure(size, "weft", what), 64 * 1024, "KB")

head = [f"Measured on {facts['date']} with {facts['kernel']}."]
head.append(
    f"weft {facts['weft']} (Swift {facts['swift']}), iproute2 {facts['iproute2']}"
    + (f", pyroute2 {facts['pyroute2']}" if facts.get("pyroute2") else "")
    + f"; medians of {facts['repeats']}. In brackets: times the limit.")
start = figure(0, "weft", "version")
if start is not None:
    head.append(f"Starting: `weft --version` {shown(start)}, `weft plan` on a host of four links {shown(figure(0, 'weft', 'plan-small'))}.")
lines = ["| target | N | found | at most | |", "|---|---:|---:|---:|---|"]
for each in targets:
    found, most = (shown(each[key]) if each["unit"] == "ms" else f"{each[key]:,.0f} {each['unit']}" for key in ("value", "most"))
    lines.append(f"| {each['target']} | {format(each['size'], ',') if each['size'] else ''} | {found} | {most} | {'met' if each['met'] else '**missed**'} |")
page = "\n\n".join(["\n".join(head), *tables, "\n".join(lines)])
print("\n" + page + "\n")


def draw(path):
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plot

    plot.rcParams.update({"svg.hashsalt": "weft", "font.family": "DejaVu Sans", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    panels = [
        ("made from nothing", [
            ("the limit", "limit", "create", "black", "-"), ("weft, executor", "weft", "apply-execute", "#0072b2", "-"),
            ("weft, whole process", "weft", "apply", "#0072b2", "--"), ("ip -batch", "ip", "create", "#d55e00", "-"),
            ("pyroute2", "pyroute2", "create", "#009e73", "-")]),
        ("nothing to do", [
            ("the limit: the dump", "limit", "read", "black", "-"), ("weft, whole process", "weft", "no-op", "#0072b2", "--"),
            ("ip -j -d link", "ip", "read", "#d55e00", "-"), ("pyroute2, dump", "pyroute2", "read", "#009e73", "-")]),
        ("taken away", [
            ("the limit, by group", "limit", "destroy", "black", "-"), ("weft, executor", "weft", "destroy-execute", "#0072b2", "-"),
            ("weft --expedite", "weft", "expedite-execute", "#56b4e9", "-"), ("ip -batch", "ip", "destroy", "#d55e00", "-"),
            ("pyroute2", "pyroute2", "destroy", "#009e73", "-")]),
    ]
    picture, axes = plot.subplots(1, 3, figsize=(11, 4.2), layout="constrained")
    for axis, (title, curves) in zip(axes, panels):
        for name, who, what, color, style in curves:
            points = [(size, figure(size, who, what)) for size in sizes if figure(size, who, what) is not None]
            if points:
                axis.plot(*zip(*points), style, color=color, marker="o", markersize=3, linewidth=1.4, label=name)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_title(title)
        axis.set_xlabel("N (VLANs, each with a bridge)")
        axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axis.minorticks_off()
        axis.grid(True, which="major", color="#dddddd", linewidth=0.6)
        axis.legend(frameon=False, fontsize=8)
    axes[0].set_ylabel("milliseconds")
    picture.savefig(path, metadata={"Date": None})


if "--write" in sys.argv:
    docs = root / "docs"
    keyed = {}
    for (size, who, what), value in sorted(figures.items()):
        keyed.setdefault(str(size), {}).setdefault(who, {})[what] = round(value, 3)
    (docs / "performance.json").write_text(json.dumps({"facts": facts, "figures": keyed, "targets": targets}, indent=1, ensure_ascii=False) + "\n")
    draw(docs / "performance.svg")
    text = (docs / "performance.md").read_text()
    begin, end = "<!-- figures: written by scripts/bench --write -->\n", "<!-- end of figures -->"
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    (docs / "performance.md").write_text(before + begin + "\n" + page + "\n\n" + end + after)

missed = [each for each in targets if not each["met"]]
if missed:
    print(f"{len(missed)} of {len(targets)} targets missed")
sys.exit(1 if missed and "--gate" in sys.argv else 0)
