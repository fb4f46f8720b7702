"""hydrant on the peers' ground: lines over HTTP in, gzip to a directory out."""
import subprocess

from support.hydrant import BINARY, Hydrant
from support.objects import objects
from support.ports import wait_until

from e2e.job import BUCKET, GB, MEMORY, destination
from e2e.jobs import Run
from e2e.load import Load, Target, send
from e2e.processes import MIB, usage

DURABILITIES = {"fsync": "power loss: synced before the answer", "os": "the end of the process: on disk, not synced", "memory": "nothing: log in memory"}


def run(durability, work, sample, size):
    bucket = work / "buckets" / BUCKET
    bucket.mkdir(parents=True)
    node = Hydrant(work / "node", s3={"endpoint": f"file://{bucket.parent}"}, memory=MEMORY, log={"durability": durability}, streams=[
        {"DeliveryStreamName": "bench", "ExtendedS3DestinationConfiguration": destination(Run())}])
    try:
        node.start()
        before = usage(node.process.pid)
        figures = send(Load(sample, "lines", bytes=size), Target(node.port, "bench", bucket, "GZIP"),
                       lambda: wait_until(lambda: node.stream_state("bench")["backlog_records"] == 0, timeout=300, what="delivery"))
        cost = usage(node.process.pid) - before
        stored = sum(path.stat().st_size for path in objects(bucket))
        return {"peer": "hydrant", "version": _version(), "durability": DURABILITIES[durability], "job": "lines over HTTP, gzip (ISA-L 1) to a directory",
                "records": figures["records"], "lost": figures["lost"], "duplicates": figures["duplicates"], "bytes": figures["bytes"],
                "cpu_s_per_gb": round(cost.cpu_s * GB / figures["bytes"], 3), "cpu_user_s": round(cost.user_s, 2), "cpu_sys_s": round(cost.system_s, 2),
                "peak_rss_mib": round(node.rss_bytes("VmHWM") / MIB, 1), "sent_s": figures["seconds"], "ratio": round(figures["bytes"] / stored, 2)}
    finally:
        if node.process and node.process.poll() is None:
            node.kill()


def _version():
    return subprocess.run([BINARY, "version"], capture_output=True, text=True).stdout.split()[1]
