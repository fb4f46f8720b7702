"""What CI holds a build to: no loss, and a cost that stays within a few times the machine's own limit."""
import statistics

from .results import faults

# Generous: it catches what is grossly wrong on a machine that does other things, not a loss of a tenth.
TIMES_ROOFLINE_MAX = 3.0


def verdicts(rows, sums):
    """(lines that say how it stands, faults). `sums`: of the roofline by job, measured in the same run."""
    lines = []
    wrong = [f"{row['job']}: {fault}" for row in rows for fault in faults(row)]
    for job in dict.fromkeys(row["job"] for row in rows):
        if job not in sums:
            wrong.append(f"{job}: the roofline has no sum of it")
            continue
        cost = statistics.median(row["cpu_s_per_gb"] for row in rows if row["job"] == job)
        ratio = cost / sums[job]
        lines.append(f"{job}: {cost:.2f} CPU seconds per GB, {ratio:.2f} times the roofline's {sums[job]:.2f}")
        if ratio > TIMES_ROOFLINE_MAX:
            wrong.append(f"{job}: costs {ratio:.2f} times the roofline, more than {TIMES_ROOFLINE_MAX}")
    return lines, wrong
