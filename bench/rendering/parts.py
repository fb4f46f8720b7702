"""The made parts of docs/performance.md, each a function of the raw results that gives Markdown."""
from .goals import GOALS, MEMORY_MIB, Measured, divide
from .plots import Panel, bars
from .text import number, table

NOTHING = "Not measured yet."
JOB_COLUMNS = (
    ("cpu_s_per_gb", "server, CPU-s per GB"), ("load_cpu_s_per_gb", "load"), ("s3_cpu_s_per_gb", "S3"), ("records_per_s", "records/s"),
    ("ack_p50_ms", "answer p50, ms"), ("ack_p99_ms", "p99, ms"), ("peak_rss_mib", "peak RSS, MiB"), ("context_switches_per_gb", "context switches per GB"),
    ("system_calls_per_gb", "system calls per GB"), ("ratio", "packs to 1/"), ("lost", "lost"), ("duplicates", "doubled"))

# What stands in the table, and what all loads have besides.
USUAL = {figure for figure, _ in JOB_COLUMNS} | {"records", "bytes", "seconds", "requests_refused", "requests_failed", "requests_unsent", "load_cpu_s", "ack_p999_ms",
                                                 "ack_max_ms", "cpu_user_s", "cpu_sys_s"}


def conditions(document):
    machine = document["machine"]
    words = [f"{machine['cores']} cores of {machine['cpu']}"] if "cpu" in machine else []
    words += [f"{machine[name]}{unit}" for name, unit in (("memory_gib", " GiB"), ("system", "")) if name in machine]
    words += [f"Linux {'.'.join(machine['kernel'].split('.')[:2])}"] if "kernel" in machine else []
    words += [machine["compiler"]] if "compiler" in machine else []
    quick = ", small volumes that only show that it works" if document.get("quick") else ""
    return f"{', '.join(words)}; commit {document['commit']}{quick}."


def headline(documents):
    measured = Measured(documents)
    lines = []
    for goal in GOALS:
        met, reached = goal.met(measured), goal.reached(measured)
        limit = goal.roofline and measured.roofline(goal.roofline)
        lines.append((goal.job, goal.unit, goal.text, "not measured" if reached is None else reached,
                      {True: "yes", False: "**no**", None: ""}[met], limit and number(divide(reached, limit)) or ""))
    return table(("job", "unit", "goal", "reached", "met", "reached / roofline"), lines)


def jobs(documents):
    document = documents.get("e2e")
    if not document:
        return NOTHING
    measured = Measured(documents)
    names = list(dict.fromkeys(row["job"] for row in document["rows"]))
    columns = [column for column in JOB_COLUMNS if any(column[0] in row for row in document["rows"])]
    lines = [[name, *(measured.job(name, figure) for figure, _ in columns)] for name in names]
    rest = []
    for name in names:
        figures = next(row for row in document["rows"] if row["job"] == name)
        more = {key: value for key, value in figures.items() if key not in USUAL and isinstance(value, (int, float)) and not isinstance(value, bool)}
        rest += [f"- `{name}`: " + ", ".join(f"{key} {number(float(value))}" for key, value in more.items())] if more else []
    return f"{conditions(document)}\n\n{table(['job', *(title for _, title in columns)], lines)}\n\nAnd by job:\n\n" + "\n".join(rest)


def roofline(documents):
    document = documents.get("roofline")
    if not document:
        return NOTHING
    measured = Measured(documents)
    stages = table(("stage", "what", "CPU-s per GB", "least", "most", "in a sum"), [
        (row["stage"], row.get("about"), row["cpu_s_per_gb"], row.get("min_s_per_gb"), row.get("max_s_per_gb"), "yes" if row.get("in_a_sum", True) else "no")
        for row in document["rows"]])
    sums = [(job, limit, measured.job(job, "cpu_s_per_gb"), divide(measured.job(job, "cpu_s_per_gb"), limit))
            for job, limit in document.get("sums", {}).items()]
    return f"{conditions(document)}\n\n{stages}\n\n{table(('job', 'sum of its stages', 'hydrant', 'ratio'), sums)}"


def components(documents):
    document = documents.get("components")
    if not document:
        return NOTHING
    lines = [(row["component"], row["bench"], row["cpu_ns"] / 1000, divide(row.get("bytes_per_s"), 1e6), row.get("ns_per_record"), row.get("label"))
             for row in document["rows"]]
    return f"{conditions(document)}\n\n{table(('component', 'bench', 'CPU, µs', 'MB/s', 'ns a record', ''), lines)}"


def peers_quoted(documents):
    document = documents.get("peers-quoted")
    if not document:
        return NOTHING
    columns = document["columns"]
    lines = [[row[column] for column in columns] for row in document["rows"]]
    return "\n\n".join([document["job"], table(columns.values(), lines), "Conditions:\n\n" + "\n".join(f"- {line}" for line in document["conditions"])])


def peers(documents):
    document = documents.get("peers")
    if not document:
        return NOTHING
    columns = (("peer", "peer"), ("version", "version"), ("job", "job"), ("durability", "what an accepted line survives"), ("cpu_s_per_gb", "CPU-s per GB"),
               ("peak_rss_mib", "peak RSS, MiB"), ("ratio", "packs to 1/"), ("lost", "lost"), ("duplicates", "doubled"))
    lines = [[row.get(name) for name, _ in columns] for row in document["rows"]]
    return f"{conditions(document)}\n\n{table([title for _, title in columns], lines)}"


def _cells(document):
    """(dimension, rows in the order of its values, the base's place) of each dimension."""
    order = document.get("dimensions")
    base = next((row for row in document["rows"] if row["varied"] == "base"), None)
    for dimension in dict.fromkeys(row["varied"] for row in document["rows"]):
        if base and dimension != "base":
            rows = [row for row in document["rows"] if row["varied"] == dimension] + [base]
            rows.sort(key=lambda row: order[dimension].index(row["cell"][dimension]))
            yield dimension, rows, rows.index(base)


def matrix(documents):
    document = documents.get("matrix")
    if not document:
        return NOTHING
    columns = [column for column in JOB_COLUMNS if any(column[0] in row for row in document["rows"])]
    parts = [conditions(document)]
    for dimension, rows, _ in _cells(document):
        lines = [[str(row["cell"][dimension]), *(row.get(figure) for figure, _ in columns)] for row in rows]
        title = dimension.replace("_", " ")
        parts += [f"### {title.capitalize()}", f"![{title}](performance/matrix-{dimension}.svg)",
                  table([title, *(heading for _, heading in columns)], lines)]
    return "\n\n".join(parts)


def matrix_plots(documents):
    """SVG texts by file name."""
    plots = {}
    for dimension, rows, base in _cells(documents.get("matrix", {"rows": []})):
        labels = [row["cell"][dimension] for row in rows]
        panels = [Panel(title, labels, [row[figure] for row in rows], limit, base)
                  for figure, title, limit in (("cpu_s_per_gb", f"CPU-s per GB, by {dimension}", None), ("peak_rss_mib", "peak RSS, MiB, and its bound", MEMORY_MIB))]
        plots[f"matrix-{dimension}.svg"] = bars(panels)
    return plots


def flames(documents):
    return "\n\n".join(f"![{name}](performance/{name})" for name in documents.get("flames", [])) or NOTHING


PARTS = {"flames": flames, "headline": headline, "jobs": jobs, "roofline": roofline, "components": components, "matrix": matrix, "peers elsewhere": peers_quoted,
         "peers here": peers}
