"""The jobs that are more than a load on a node: nothing to do, no destination, a backlog, very many streams."""
import concurrent.futures
import http.client
import json
import time

from support.objects import objects
from support.ports import wait_until

from .job import GB, Job, Meter, destination
from .load import SECONDS_MAX, Load, Target, send
from .processes import MIB, usage
from .samples import ACCESS_LOG, sample

QUOTA = "64 GiB"
TRICKLE_BYTES = 200


def _load(job, **bounds):
    return send(Load(sample(ACCESS_LOG), **bounds), Target(job.node.port, "bench", job.bucket, "GZIP"))


def idle(run):
    """A node with a stream and nothing to do."""
    with Job(run, {"bench": destination(run)}) as job:
        time.sleep(run.seconds / 3)
        before = usage(job.pid)
        time.sleep(run.seconds / 3)
        after = usage(job.pid)
        return {"rss_mib": round(job.node.rss_bytes() / MIB, 1), "cpu_share": round((after - before).cpu_s / (run.seconds / 3), 4)
                } | job.memory()


def unreachable(run):
    """No S3 and a producer at full speed; then it comes back and all of it arrives."""
    with Job(run, {"bench": destination(run)}, log={"quota": "4 GiB"}) as job:
        job.s3.stop()
        before = usage(job.pid)
        figures = _load(job, seconds=run.outage_s)
        outage, memory = usage(job.pid) - before, job.memory()
        job.s3.start()
        start = time.monotonic()
        job.wait_delivered()
        return figures | job.memory() | job.count(figures["records"]) | {
            "peak_rss_outage_mib": memory["peak_rss_mib"], "outage_cpu_s_per_gb": round(outage.cpu_s * GB / max(figures["bytes"], 1), 3),
            "drain_s": round(time.monotonic() - start, 1)}


def backlog(share):
    """A log full of undelivered records: how long until the node serves, and how quickly it drains."""
    def job_of(run):
        with Job(run, {"bench": destination(run)}, log={"durability": "os", "quota": QUOTA}) as job:
            job.s3.stop()
            figures = _load(job, bytes=int(run.backlog_bytes * share), seconds=SECONDS_MAX)
            job.node.kill()
            ready, served = _restart(job)
            waiting = job.backlog_records()
            job.s3.start()
            meter = Meter(job)
            records_per_s = _drain(job, waiting)
            size = figures["bytes"]
            return meter.read(size) | job.count(figures["records"] + 1) | {
                "bytes": size, "ready_s": round(ready, 3), "first_put_s": round(served, 3),
                "ingest_mb_per_s": round(size / 1e6 / figures["seconds"], 1),
                "drain_mb_per_s": round(records_per_s * size / figures["records"] / 1e6, 1)}
    job_of.__doc__ = backlog.__doc__
    return job_of


def _restart(job):
    """Seconds until the node is ready, and until it has acknowledged a record."""
    start = time.monotonic()
    job.node.start()
    ready = time.monotonic() - start
    job.node.client().put_record(DeliveryStreamName="bench", Record={"Data": b"first\n"})
    return ready, time.monotonic() - start


def _drain(job, waiting):
    """Records a second from the first object until a twentieth is left: the last object waits for its interval."""
    wait_until(lambda: job.backlog_records() < waiting, timeout=60, what="the first delivery", interval=0.01)
    start, first = time.monotonic(), job.backlog_records()
    wait_until(lambda: job.backlog_records() <= waiting / 20, timeout=900, what="delivery", interval=0.02)
    rate = (first - job.backlog_records()) / (time.monotonic() - start)
    job.wait_delivered()
    return rate


def many_streams(run):
    """Many streams of a record a second each."""
    names = [f"s{number}" for number in range(run.streams)]
    with Job(run, {name: destination(run, Prefix=f"{name}/") for name in names}) as job:
        start_rss = job.node.rss_bytes()
        begin, before = time.monotonic(), usage(job.pid)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            taken = sum(pool.map(lambda at: _trickle(job.node.port, names[at::8], begin + run.trickle_s), range(8)))
        seconds, cpu = time.monotonic() - begin, usage(job.pid) - before
        job.wait_delivered()
        return job.memory() | job.count(taken) | {
            "streams": len(names), "start_s": round(job.start_s, 2), "records": taken, "records_per_s": round(taken / seconds), "rss_start_mib": round(start_rss / MIB, 1),
            "cpu_share": round(cpu.cpu_s / seconds, 3), "objects": len(objects(job.bucket))}


def _trickle(port, streams, until, interval=1.0):
    """A line a second to each of the streams over one connection; returns how many were taken."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken, turn = 0, time.monotonic()
    while streams and turn < until:
        for number, stream in enumerate(streams):
            time.sleep(max(0, turn + number * interval / len(streams) - time.monotonic()))
            connection.request("POST", f"/streams/{stream}/lines?newline=keep", b"x" * (TRICKLE_BYTES - 1) + b"\n")
            answer = connection.getresponse()
            taken += json.load(answer)["records"] if answer.status == 200 else 0
        turn += interval
    return taken
