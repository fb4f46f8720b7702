"""The jobs by name. Each is a function of a Run that gives figures."""
import contextlib
import dataclasses
import pathlib
from typing import Callable

from .job import GB
from .latency_jobs import ack_latency, delivery_latency
from .load_job import LoadJob
from .special_jobs import backlog, idle, many_streams, unreachable


@dataclasses.dataclass(frozen=True)
class Run:
    """How much a run does, and with what."""
    work: pathlib.Path = None  # an empty directory for its files
    binary: pathlib.Path = None  # of the server; none: the release build's
    data_dir: pathlib.Path = None  # where hydrant's log lies; none: in `work`
    # Called with the server's process id: a context in which the load runs.
    watch: Callable[[int], contextlib.AbstractContextManager] = contextlib.nullcontext
    count_system_calls: bool = True
    interval_s: int = 10  # after which an object is delivered that isn't full
    bytes: int = GB  # of records
    seconds: float = 15  # of jobs that are bounded by time
    outage_s: float = 120
    trickle_s: float = 60
    streams: int = 500
    backlog_bytes: int = 10 * GB


# Everything once, in about two minutes: for seeing that it works, not for figures.
QUICK = Run(interval_s=1, bytes=GB // 20, seconds=2, outage_s=2, trickle_s=5, streams=50, backlog_bytes=GB // 10)

JOBS = {
    "batch-gzip-fsync": LoadJob(),
    "batch-gzip-os": LoadJob(durability="os"),
    "batch-gzip-memory": LoadJob(durability="memory"),
    "batch-uncompressed-fsync": LoadJob(compression="UNCOMPRESSED"),
    "lines-gzip-fsync": LoadJob(operation="lines"),
    "lines-gzip-os": LoadJob(operation="lines", durability="os"),
    "small-records": LoadJob(records=100),
    "put-record-64": LoadJob(operation="PutRecord", connections=64, timed=True),
    "events-gzip-fsync": LoadJob(records="events"),
    "ack-latency": ack_latency,
    "delivery-latency": delivery_latency,
    "idle": idle,
    "unreachable": unreachable,
    "backlog-small": backlog(0.1),
    "backlog": backlog(1.0),
    "many-streams": many_streams,
}
