"""The matrix: one dimension at a time is varied around a base job, and every cell is checked."""
import dataclasses

from .load_job import LoadJob
from .samples import ACCESS_LOG, EVENTS

BASE = LoadJob()
# What each dimension takes; the base's value is among them. Numbers of `records` are bytes.
DIMENSIONS = {
    "records": (10, 100, ACCESS_LOG, 5_000, EVENTS, 100_000, 1_024_000),
    "records_per_request": (1, 10, 100, 500),
    "connections": (1, 8, 64, 1000),
    "streams": (1, 8, 64, 500),
    "writers": (1, 2),
    "operation": ("PutRecordBatch", "lines"),
    "durability": ("fsync", "os", "memory"),
    "compression": ("UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"),
    "effort": ("fast", "balanced", "small"),
    "s3_delay_s": (0.0, 0.05, 0.2, 1.0),
}
# Cells that need a tenth of a second and more for a megabyte: a part of the volume does.
VOLUMES = {("records", 10): 0.1, ("records_per_request", 1): 0.02, ("records_per_request", 10): 0.2}


def cells(quick=False):
    """(dimension that is varied, job) of each cell, the base first. `quick`: only the ends of each dimension."""
    yield "base", BASE
    for dimension, values in DIMENSIONS.items():
        for value in (values[0], values[-1]) if quick else values:
            if value != getattr(BASE, dimension):
                yield dimension, dataclasses.replace(BASE, volume=VOLUMES.get((dimension, value), 1.0), **{dimension: value})


def settings(job):
    """Of a cell, by dimension."""
    return {dimension: getattr(job, dimension) for dimension in DIMENSIONS}
