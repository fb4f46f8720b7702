"""The jobs that are about time: an open loop, which does not wait for a slow server, at half of what the server can take."""
import os
import statistics
import time

from .job import Job, destination
from .load import Load, Target, figures_of, generate, send
from .samples import ACCESS_LOG, sample

COMMITS = 300
# A trickle: how long a record takes that waits for nothing.
DELIVERY_RATE, DELIVERY_BATCH = 500, 10
COMMIT_BYTES = 4096


def ack_latency(run):
    """From when a request was due to its answer; and what a commit of the disk takes, in the same run and directory."""
    with Job(run, {"bench": destination(run)}) as job:
        target = Target(job.node.port, "bench", job.bucket, "GZIP")
        commits = commit_ms(job.node.directory)
        most = send(Load(sample(ACCESS_LOG), seconds=max(1, run.seconds / 3)), target)
        job.wait_delivered()
        rate = most["records"] / most["seconds"] / 2
        figures = send(Load(sample(ACCESS_LOG), seconds=run.seconds, rate=rate), target)
        job.wait_delivered()
        commits += commit_ms(job.node.directory)
        return figures | job.memory() | job.count(most["records"] + figures["records"]) | {
            "rate_per_s": round(rate), "records_per_s": round(figures["records"] / figures["seconds"]),
            "commit_p50_ms": round(statistics.median(commits), 3), "commit_p99_ms": round(statistics.quantiles(commits, n=100)[98], 3)}


def delivery_latency(run):
    """From the answer until the record can be read in the destination, where every record is delivered at once."""
    with Job(run, {"bench": destination(run, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0})}) as job:
        load = Load(sample(ACCESS_LOG), records_per_request=DELIVERY_BATCH, seconds=run.seconds, rate=DELIVERY_RATE)
        report = generate(load, Target(job.node.port, "bench", job.bucket, "GZIP"), "--stamp", "--check", job.bucket)
        check = report["check"]
        return figures_of(report, load) | job.memory() | {
            "rate_per_s": DELIVERY_RATE, "lost": check["records_lost"], "duplicates": check["records_duplicated"], "objects": check["objects"],
            "delivery_p50_ms": check["delivery_time"]["p50_ms"], "delivery_p99_ms": check["delivery_time"]["p99_ms"],
            "delivery_resolution_ms": check["delivery_time_resolution_ms"]}


def commit_ms(directory):
    """Milliseconds of each of many small appends with fdatasync, as the log makes them."""
    path, times = directory / "commits", []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for _ in range(COMMITS):
            start = time.perf_counter()
            os.write(file, b"\0" * COMMIT_BYTES)
            os.fdatasync(file)
            times.append((time.perf_counter() - start) * 1000)
    finally:
        os.close(file)
        path.unlink()
    return times
