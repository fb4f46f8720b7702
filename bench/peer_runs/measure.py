"""One run of a peer: lines in over TCP, gzip out, and everything read back."""
import collections
import concurrent.futures
import contextlib
import gzip
import os
import pathlib
import re
import socket
import subprocess
import time

from support.ports import accepts, free_port, wait_until

from e2e.job import GB
from e2e.processes import usage

from .setups import ENVIRONMENT, version

CONNECTIONS = 8
# A peer that used no CPU for so long has nothing left to do: TCP gives no answer.
IDLE_S = 3.0
SECONDS_MAX = 900


def run(setup_of, work, sample, size):
    """The figures of sending about `size` bytes of the sample's lines."""
    port = free_port()
    setup = setup_of(work, port)
    lines = sample.read_bytes().splitlines(keepends=True)
    rounds = max(1, round(size / sample.stat().st_size))
    with started(setup, work) as processes:
        wait_until(lambda: accepts(port), what=f"{setup.peer} listens")
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(lambda at: _send(port, b"".join(lines[at::CONNECTIONS]), rounds), range(CONNECTIONS)))
        sent_s = time.monotonic() - start
        _wait_idle(processes)
        peak_kib = sum(map(_peak_kib, processes))
        cpu = _end(processes)
    found = collections.Counter(gzip.decompress(setup.output.read_bytes()).splitlines(keepends=True))
    stored = setup.output.stat().st_size
    return figures(setup, collections.Counter({line: count * rounds for line, count in collections.Counter(lines).items()}), found) | {
        "bytes": rounds * sample.stat().st_size, "cpu_s_per_gb": round(sum(cpu) * GB / (rounds * sample.stat().st_size), 3),
        "cpu_user_s": round(cpu[0], 2), "cpu_sys_s": round(cpu[1], 2), "peak_rss_mib": round(peak_kib / 1024, 1), "sent_s": round(sent_s, 2),
        "ratio": round(rounds * sample.stat().st_size / stored, 2)}


def figures(setup, sent, found):
    return {"peer": setup.peer, "version": version({"rsyslog": "rsyslogd"}.get(setup.peer, setup.peer)), "durability": setup.durability,
            "job": "lines over TCP, gzip -1 to a file", "records": sent.total(), "lost": (sent - found).total(), "duplicates": (found - sent).total()}


@contextlib.contextmanager
def started(setup, work):
    processes = []
    try:
        with open(work / "peer.log", "wb") as log:
            for command in setup.commands:
                processes.append(subprocess.Popen(list(map(str, command)), cwd=work, env=ENVIRONMENT, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        yield processes
    except AssertionError as error:
        raise SystemExit(f"error: {setup.peer}: {error}\n{(work / 'peer.log').read_text(errors='replace')[-2000:]}")
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
                process.wait()


def _send(port, text, rounds):
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX) as connection:
        for _ in range(rounds):
            connection.sendall(text)


def _wait_idle(processes):
    """Until their CPU time has not changed for a while."""
    last, since = None, time.monotonic()
    deadline = since + SECONDS_MAX
    while time.monotonic() - since < IDLE_S:
        now = round(sum(usage(process.pid).cpu_s for process in processes), 1)
        if now != last:
            last, since = now, time.monotonic()
        assert time.monotonic() < deadline, f"it is still busy after {SECONDS_MAX} s"
        time.sleep(0.2)


def _peak_kib(process):
    return int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text()).group(1))


def _end(processes):
    """Ends the peer in order; what reads from it ends by itself. Returns (user, system) seconds of all, from their start."""
    processes[0].terminate()
    user = system = 0.0
    for process in processes:
        deadline = time.monotonic() + 120
        while (result := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            assert time.monotonic() < deadline, "it does not end"
            time.sleep(0.05)
        process.returncode = os.waitstatus_to_exitcode(result[1])
        user, system = user + result[2].ru_utime, system + result[2].ru_stime
    return user, system
