"""The load generator, behind one function: what runs here says what is to be sent, and gets figures in one form."""
import collections
import dataclasses
import json
import pathlib
import subprocess
import tempfile

from support.objects import DECOMPRESS, objects

from .start import ROOT

GENERATOR = ROOT / "build/release/hydrant-load"
MODES = {"PutRecordBatch": "batch", "PutRecord": "record", "lines": "lines"}
# Ends a run that is bounded by its volume when nothing moves any more.
SECONDS_MAX = 900


@dataclasses.dataclass(frozen=True)
class Load:
    sample: pathlib.Path
    operation: str = "PutRecordBatch"
    records_per_request: int = 500
    connections: int = 8
    bytes: int = 0  # 0: no bound but `seconds`
    seconds: float = SECONDS_MAX


@dataclasses.dataclass(frozen=True)
class Target:
    """Who is sent to, and where it arrives: an object is a file below `bucket`."""
    port: int
    stream: str
    bucket: pathlib.Path
    compression: str


def send(load, target, wait_delivered=None):
    """Sends; with `wait_delivered`, also waits and reads everything back. Returns the figures."""
    with tempfile.NamedTemporaryFile("r", prefix="hydrant-taken-") as taken:
        command = [GENERATOR, "--port", target.port, "--stream", target.stream, "--sample", load.sample, "--mode", MODES[load.operation],
                   "--connections", load.connections, "--batch", load.records_per_request, "--seconds", load.seconds, "--taken", taken.name]
        if load.bytes:
            command += ["--bytes", load.bytes]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"error: {GENERATOR.name} failed: {result.stderr}")
        figures = _figures(json.loads(result.stdout))
        if not wait_delivered:
            return figures
        wait_delivered()
        lost, duplicates = _read_back(load, target, [int(line) for line in taken])
    return figures | {"lost": lost, "duplicates": duplicates}


def _figures(report):
    return {"records": report["records_acknowledged"], "bytes": report["record_bytes_acknowledged"], "seconds": report["seconds"],
            "requests_refused": report["requests_refused"], "requests_failed": report["requests_failed"] + report["connections_broken"],
            "ack_p50_ms": report["latency_p50_ms"], "ack_p99_ms": report["latency_p99_ms"], "ack_max_ms": report["latency_max_ms"],
            "load_cpu_s": report["load_cpu_seconds"]}


def _read_back(load, target, counts):
    """(lost, duplicates): each request of the sample was acknowledged so often, and so often must its records be there."""
    with open(load.sample, "rb") as file:
        lines = file.readlines()
    per_request = 1 if load.operation == "PutRecord" else load.records_per_request
    expected = collections.Counter()
    for index, count in enumerate(counts):
        if count:
            for line in lines[index * per_request:(index + 1) * per_request]:
                expected[line] += count
    for path in objects(target.bucket):
        expected.subtract(DECOMPRESS[target.compression](path.read_bytes()).splitlines(keepends=True))
    return sum(count for count in expected.values() if count > 0), -sum(count for count in expected.values() if count < 0)
