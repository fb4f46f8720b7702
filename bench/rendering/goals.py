"""What hydrant is to reach, and what it reached: one row a goal."""
import dataclasses
import statistics
from typing import Callable

# Of the physical limit: the roofline's sum divided by this is what a job may cost.
SHARE_OF_LIMIT = 0.7
MEMORY_MIB = 256 + 64


class Measured:
    """Raw results by kind, asked for by job."""

    def __init__(self, documents):
        self._documents = documents

    def rows(self, kind):
        return self._documents.get(kind, {}).get("rows", [])

    def job(self, job, figure):
        """The median of its runs, None when there is none."""
        values = [row[figure] for row in self.rows("e2e") if row["job"] == job and row.get(figure) is not None]
        return statistics.median(values) if values else None

    def roofline(self, job):
        return self._documents.get("roofline", {}).get("sums", {}).get(job)

    def best_peer(self, durability):
        return self._documents.get("peers-quoted", {}).get("best_cpu_s_per_gb", {}).get(durability)

    def cell(self, dimension, value, figure="cpu_s_per_gb"):
        """Of the matrix: None for the base cell's value of the dimension."""
        for row in self.rows("matrix"):
            if row["varied"] == (dimension if value is not None else "base") and (value is None or row["cell"][dimension] == value):
                return row.get(figure)
        return None


@dataclasses.dataclass(frozen=True)
class Goal:
    job: str
    text: str
    reached: Callable[[Measured], float | None]
    at_most: Callable[[Measured], float | None] = None
    at_least: float = None
    roofline: str = None  # the job whose limit it is divided by
    unit: str = ""

    def met(self, measured):
        """None when it can't be told."""
        reached = self.reached(measured)
        if reached is None:
            return None
        if self.at_least is not None:
            return reached >= self.at_least
        bound = self.at_most(measured)
        return None if bound is None else reached <= bound


def divide(a, b):
    return a / b if a is not None and b else None


def at_most(bound):
    return lambda measured: bound


def _job(job, figure):
    return lambda measured: measured.job(job, figure)


def _cpu(job, title, bound, text):
    return Goal(title, text, _job(job, "cpu_s_per_gb"), bound, roofline=job, unit="CPU-s per GB")


def _small_records(measured):
    cost = [measured.job("small-records", name) for name in ("cpu_user_s", "cpu_sys_s")]
    return divide(measured.job("small-records", "records"), sum(cost)) if all(cost) else None


def _cheaper(job, durability):
    return lambda measured: divide(measured.best_peer(durability), measured.job(job, "cpu_s_per_gb"))


def _growth(dimension, value):
    return lambda measured: divide(measured.cell(dimension, value), measured.cell(dimension, None))


def _drain(measured):
    size, seconds = (measured.job("batch-gzip-fsync", figure) for figure in ("bytes", "seconds"))
    return divide(measured.job("backlog", "drain_mb_per_s"), divide(size, seconds and seconds * 1e6))


def _most_memory(measured):
    return max((row["peak_rss_mib"] for kind in ("e2e", "matrix") for row in measured.rows(kind) if "peak_rss_mib" in row), default=None)


GOALS = (
    _cpu("batch-gzip-fsync", "PutRecordBatch, GZIP, fsync", lambda measured: divide(measured.roofline("batch-gzip-fsync"), SHARE_OF_LIMIT),
         "≤ roofline / 0.7"),
    _cpu("batch-uncompressed-fsync", "PutRecordBatch, uncompressed, fsync", at_most(1.8), "≤ 1.8"),
    _cpu("lines-gzip-fsync", "lines, GZIP, fsync", at_most(3.2), "≤ 3.2"),
    Goal("lines, GZIP, fsync", "≥ 300,000", _job("lines-gzip-fsync", "records_per_s"), at_least=300_000, unit="records a second"),
    Goal("lines, GZIP, os, against the best peer with a disk buffer (on another machine)", "≥ 10", _cheaper("lines-gzip-os", "with a disk buffer"),
         at_least=10, unit="× cheaper per GB"),
    Goal("lines, GZIP, fsync, against the best peer in memory (on another machine)", "≥ 3", _cheaper("lines-gzip-fsync", "in memory"), at_least=3,
         unit="× cheaper per GB"),
    Goal("100-byte records", "≥ 2,000,000", _small_records, at_least=2_000_000, unit="records per CPU second of the server"),
    Goal("single PutRecord, 64 connections, fsync", "≥ 40,000", _job("put-record-64", "records_per_s"), at_least=40_000, unit="records a second"),
    Goal("acknowledgement at half load, p99", "≤ 2.5", lambda measured: divide(measured.job("ack-latency", "ack_p99_ms"),
                                                                              measured.job("ack-latency", "commit_p50_ms")), at_most(2.5),
         unit="commits of the disk"),
    Goal("acknowledgement at half load, p99.9", "≤ 50", _job("ack-latency", "ack_p999_ms"), at_most(50), unit="ms"),
    Goal("acknowledged to readable, interval 0, p99", "≤ 300", _job("delivery-latency", "delivery_p99_ms"), at_most(300), unit="ms"),
    Goal("growth from 8 to 1,000 connections", "≤ 1.10", _growth("connections", 1000), at_most(1.10), unit="× CPU per GB"),
    Goal("growth from 1 to 64 streams", "≤ 1.10", _growth("streams", 64), at_most(1.10), unit="× CPU per GB"),
    Goal("growth from 1 to 500 streams", "≤ 1.25", _growth("streams", 500), at_most(1.25), unit="× CPU per GB"),
    Goal("growth from 1 to 10 GB of backlog", "≤ 1.10", lambda measured: divide(measured.job("backlog", "cpu_s_per_gb"),
                                                                               measured.job("backlog-small", "cpu_s_per_gb")), at_most(1.10),
         unit="× CPU per GB"),
    Goal("a backlog drains", "≥ 3", _drain, at_least=3, unit="× the ingest rate"),
    Goal("resident memory, all jobs and the whole matrix", f"≤ {MEMORY_MIB}", _most_memory, at_most(MEMORY_MIB), unit="MiB"),
)
