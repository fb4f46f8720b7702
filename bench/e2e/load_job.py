"""The jobs that are a load on a node: what is sent, how the node is set, and what it cost."""
import dataclasses

from .job import GB, Job, Meter, destination
from .load import SECONDS_MAX, Load, Target, send, stream_names
from .processes import SystemCalls
from .samples import ACCESS_LOG, largest_bytes, sample

# Of PutRecordBatch, for all records of a request together.
REQUEST_BYTES_MAX = 4 << 20
# System calls are counted in a pass of their own, of this part of the volume.
CALLS_SHARE = 0.1


@dataclasses.dataclass(frozen=True)
class LoadJob:
    records: str | int = ACCESS_LOG  # a kind of sample
    operation: str = "PutRecordBatch"
    records_per_request: int = 500
    connections: int = 8
    streams: int = 1
    durability: str = "fsync"
    compression: str = "GZIP"
    effort: str = "fast"  # of gzip
    writers: int = 1
    s3_delay_s: float = 0.0
    volume: float = 1.0  # of what the run is to send
    timed: bool = False  # bounded by time instead

    def __call__(self, run):
        with self._node(run) as job:
            figures = self._measured(job, run)
        if not run.count_system_calls:
            return figures
        calls = self._system_calls(run)
        return figures | calls | {name: figures[name] + calls[name] for name in ("lost", "duplicates")}

    def _node(self, run):
        streams = {name: destination(run, CompressionFormat=self.compression) for name in stream_names("bench", self.streams)}
        # A build that is compared may not know the key.
        hydrant = {"Compression": self.effort} if self.effort != LoadJob.effort else None
        return Job(run, streams, self.s3_delay_s, hydrant, log={"durability": self.durability, "writers": self.writers})

    def _load(self, run, share=1.0):
        path = sample(self.records)
        fitting = max(1, REQUEST_BYTES_MAX // largest_bytes(path))
        bound = {"seconds": max(1, run.seconds * share)} if self.timed else {"bytes": int(run.bytes * self.volume * share), "seconds": SECONDS_MAX}
        return Load(path, self.operation, min(self.records_per_request, fitting), self.connections, self.streams, **bound)

    def _send(self, job, load):
        return send(load, Target(job.node.port, "bench", job.bucket, self.compression), job.wait_delivered)

    def _measured(self, job, run):
        meter = Meter(job)
        with run.watch(job.pid):
            figures = self._send(job, self._load(run))
        size = figures["bytes"]
        cost = meter.read(size)
        return figures | cost | {
            "records_per_s": round(figures["records"] / max(figures["seconds"], 0.001)), "ratio": round(size / max(job.stored_bytes(), 1), 2),
            "load_cpu_s_per_gb": round(figures["load_cpu_s"] * GB / max(size, 1), 3)}

    def _system_calls(self, run):
        run = dataclasses.replace(run, work=run.work / "calls", data_dir=run.data_dir and run.data_dir / "calls")
        with self._node(run) as job:
            with SystemCalls(job.pid) as calls:
                figures = self._send(job, self._load(run, CALLS_SHARE))
        known = {} if calls.count is None else {"system_calls_per_gb": round(calls.count * GB / max(figures["bytes"], 1)), "system_calls_by": calls.by}
        return known | {"lost": figures["lost"], "duplicates": figures["duplicates"]}
