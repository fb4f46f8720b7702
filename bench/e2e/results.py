"""Raw results: a JSON file with what was measured on what, and the same as a table for people."""
import json

from .machine import commit, machine

TABLE = ("records_per_s", "cpu_s_per_gb", "cpu_user_s", "cpu_sys_s", "load_cpu_s_per_gb", "s3_cpu_s_per_gb", "peak_rss_mib", "ack_p50_ms", "ack_p99_ms",
         "context_switches_per_gb", "system_calls_per_gb", "lost", "duplicates")


def write(path, kind, figures, **more):
    """`figures`: a dictionary a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"kind": kind, "machine": machine(), "commit": commit(), **more, "rows": figures}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def rows(path):
    return json.loads(path.read_text())["rows"] if path.exists() else []


def faults(row):
    """What is wrong with a run, whatever its figures: in words."""
    found = [f"{row[name]} records {what}" for name, what in (("lost", "lost"), ("duplicates", "doubled")) if row.get(name)]
    if row.get("requests_failed"):
        found.append(f"{row['requests_failed']} requests failed")
    if row.get("within_memory") is False:
        found.append(f"{row['peak_rss_mib']} MiB resident, beyond budget and 64 MiB")
    return found


def print_table(lines):
    """Rows of cells, the first one a heading."""
    lines = [[str(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def print_figures(figures, names):
    """`names`: the columns that say what a row is."""
    shown = [column for column in TABLE if any(column in row for row in figures)]
    print_table([[*names, *shown]] + [[row.get(column, "") for column in (*names, *shown)] for row in figures])
    for row in figures:
        rest = ", ".join(f"{key} {value}" for key, value in row.items() if key not in shown and key not in names and not isinstance(value, dict))
        print(f"\n{' '.join(str(row[name]) for name in names)}: {rest}")
