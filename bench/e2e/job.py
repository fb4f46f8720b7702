"""One node and one S3 server in a directory of their own, and what their processes cost."""
import json
import pathlib
import time

from support import fault_proxy
from support.hydrant import ROLE, Hydrant
from support.objects import DECOMPRESS, objects
from support.ports import wait_until
from support.s3_server import S3Server

from .processes import MIB, usage

GB = 1_000_000_000
BUCKET = "bench-bucket"
# Many streams make many directories and syncs.
START_S_MAX = 180
MEMORY = 256 * MIB
# What may be resident beside the budget: code, stacks, sockets.
MEMORY_BESIDE = 64 * MIB


def destination(run, **extra):
    """Objects of 5 MB, or what came within the run's interval."""
    return {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", "CompressionFormat": "GZIP",
            "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": run.interval_s}} | extra


class Job:
    """Started within a with statement. `streams`: destinations by stream name; `hydrant`: what stands under our own key in each;
    `settings`: of hydrant.yaml."""

    def __init__(self, run, streams, s3_delay_s=0.0, hydrant=None, **settings):
        work = pathlib.Path(run.work)
        self.s3 = S3Server(work / "s3").start()
        self.bucket = self.s3.bucket(BUCKET)
        self._proxy = fault_proxy.FaultProxy(self.s3.port) if s3_delay_s else None
        s3 = self.s3.settings()
        if self._proxy:
            self._proxy.always(fault_proxy.delay(s3_delay_s))
            s3["endpoint"] = f"http://127.0.0.1:{self._proxy.port}"
        self.node = Hydrant((run.data_dir or work) / "node", s3=s3, **({"memory": MEMORY} | settings), streams=[
            {"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": where} | ({"Hydrant": hydrant} if hydrant else {})
            for name, where in streams.items()])
        if run.binary:
            self.node.binary = run.binary

    def __enter__(self):
        try:
            start = time.monotonic()
            self.node.start(START_S_MAX)
            self.start_s = time.monotonic() - start
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.node.process and self.node.process.poll() is None:
            self.node.kill()
        if self._proxy:
            self._proxy.stop()
        self.s3.stop()

    @property
    def pid(self):
        return self.node.process.pid

    def backlog_records(self):
        return sum(stream["backlog_records"] for stream in json.loads(self.node.admin("/streams")[1])["streams"])

    def wait_delivered(self, timeout=900):
        wait_until(lambda: self.backlog_records() == 0, timeout=timeout, what="delivery", interval=0.1)

    def memory(self):
        """The most that was ever resident, and whether that is within the budget."""
        peak = self.node.rss_bytes("VmHWM")
        return {"peak_rss_mib": round(peak / MIB, 1), "within_memory": peak <= MEMORY + MEMORY_BESIDE}

    def stored_bytes(self):
        return sum(path.stat().st_size for path in objects(self.bucket))

    def count(self, sent, compression="GZIP"):
        """Lost and duplicates by the number of lines alone: for volumes that don't fit in memory."""
        found = sum(DECOMPRESS[compression](path.read_bytes()).count(b"\n") for path in objects(self.bucket))
        return {"lost": max(0, sent - found), "duplicates": max(0, found - sent)}


class Meter:
    """What server and S3 server cost from here on. The server must stay the same process."""

    def __init__(self, job):
        self._job, self._pids = job, (job.pid, job.s3.pid)
        self._before = [usage(pid) for pid in self._pids]

    def read(self, size):
        """The figures for `size` bytes of records."""
        server, s3 = (usage(pid) - before for pid, before in zip(self._pids, self._before))
        per_gb = GB / max(size, 1)
        return {"cpu_s_per_gb": round(server.cpu_s * per_gb, 3), "cpu_user_s": round(server.user_s, 2), "cpu_sys_s": round(server.system_s, 2),
                "s3_cpu_s_per_gb": round(s3.cpu_s * per_gb, 3), "context_switches_per_gb": round(server.context_switches * per_gb)
                } | self._job.memory()
