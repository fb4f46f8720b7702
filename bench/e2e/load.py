"""The load generator, `hydrant bench`, behind one function: says what is to be sent, gives figures in one form.

What arrived is compared here, with other people's decompressors, by the content of every record.
"""
import collections
import dataclasses
import json
import pathlib
import subprocess

from support.objects import DECOMPRESS, objects

from .start import ROOT

# Of this build, whatever build is measured.
HYDRANT = ROOT / "build/release/hydrant"
# Ends a run that is bounded by its volume when nothing moves any more.
SECONDS_MAX = 900


@dataclasses.dataclass(frozen=True)
class Load:
    sample: pathlib.Path
    operation: str = "PutRecordBatch"
    records_per_request: int = 500
    connections: int = 8
    streams: int = 1
    bytes: int = 0  # 0: no bound but `seconds`
    seconds: float = SECONDS_MAX
    rate: float = 0  # records a second, due whether or not earlier ones were answered; 0: as fast as answers come


@dataclasses.dataclass(frozen=True)
class Target:
    """Who is sent to, and where it arrives: an object is a file below `bucket`."""
    port: int
    stream: str
    bucket: pathlib.Path
    compression: str


def stream_names(stream, streams):
    """As the generator makes them."""
    return [stream] if streams == 1 else [f"{stream}-{number}" for number in range(1, streams + 1)]


def send(load, target, wait_delivered=None, *more_options):
    """Sends; with `wait_delivered`, also waits and reads everything back. Returns the figures."""
    report = generate(load, target, *more_options)
    figures = figures_of(report, load)
    if not wait_delivered:
        return figures
    wait_delivered()
    sent = expected(load, report["requests"]["acknowledged"])
    found = collections.Counter()
    for path in objects(target.bucket):
        found.update(DECOMPRESS[target.compression](path.read_bytes()).splitlines(keepends=True))
    return figures | compared(sent, found)


def generate(load, target, *more_options):
    """What the generator reports of its run."""
    command = [HYDRANT, "bench", "--endpoint", f"http://127.0.0.1:{target.port}", "--stream", target.stream, "--streams", load.streams,
               "--operation", load.operation, "--connections", load.connections, "--records-per-request", load.records_per_request,
               "--sample", load.sample, "--duration", f"{round(load.seconds * 1000)}ms", "--json", "-"]
    command += ["--bytes", load.bytes] if load.bytes else []
    command += ["--rate", load.rate] if load.rate else []
    result = subprocess.run(list(map(str, [*command, *more_options])), capture_output=True, text=True)
    if not result.stdout:
        raise SystemExit(f"error: hydrant bench failed: {result.stderr}")
    return json.loads(result.stdout)


def expected(load, requests):
    """How often each record must have arrived: the sample's lines are sent in their order, over and over."""
    with open(load.sample, "rb") as file:
        lines = file.readlines()
    per_request = 1 if load.operation == "PutRecord" else load.records_per_request
    # Each stream has a request in each round, and the last request of a round is filled up from the sample's start.
    pool = max(load.streams, -(-len(lines) // per_request))
    counts = collections.Counter()
    rounds, rest = divmod(requests, pool)
    for at in range(pool):
        times = rounds + (at < rest)
        if times:
            for index in range(at * per_request, (at + 1) * per_request):
                counts[lines[index % len(lines)]] += times
    return counts


def compared(sent, found):
    return {"lost": (sent - found).total(), "duplicates": (found - sent).total()}


def figures_of(report, load):
    requests = report["requests"]
    # In an open loop from when a request was due, so that one slow answer counts for all that it held up.
    latency = report["response_time" if load.rate else "service_time"]
    return {"records": report["records_acknowledged"], "bytes": report["record_bytes_acknowledged"], "seconds": round(report["measured"]["seconds"], 3),
            "requests_refused": requests["refused"], "requests_failed": requests["failed"] + requests["rejected"] + requests["uncertain"], "requests_unsent": requests["unsent"],
            "ack_p50_ms": latency["p50_ms"], "ack_p99_ms": latency["p99_ms"], "ack_p999_ms": latency["p99_9_ms"], "ack_max_ms": latency["max_ms"],
            "load_cpu_s": round(sum(report["own_cpu_seconds"].values()), 3)}
