"""What processes cost, as the kernel counts it."""
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Usage:
    user_s: float
    system_s: float
    context_switches: int

    @property
    def cpu_s(self):
        return self.user_s + self.system_s

    def __sub__(self, before):
        return Usage(self.user_s - before.user_s, self.system_s - before.system_s, self.context_switches - before.context_switches)


def usage(pid):
    """So far, of all threads; context switches of those that live."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    switches = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            switches += sum(map(int, re.findall(r"ctxt_switches:\s*(\d+)", (task / "status").read_text())))
    return Usage(int(fields[11]) / TICKS, int(fields[12]) / TICKS, switches)


class SystemCalls:
    """Counts the system calls of a process within a with statement.

    By perf, which hardly slows them down, or by strace, which does: such a run gives no other figure. `count` is None where
    neither is there or permitted.
    """

    def __init__(self, pid):
        self.by, self.count = None, None
        self._pid = pid

    def __enter__(self):
        self._file = tempfile.NamedTemporaryFile("r", prefix="hydrant-calls-")
        for by, command in (("perf", ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-o", self._file.name, "-p", str(self._pid)]),
                            ("strace", ["strace", "-c", "-f", "-o", self._file.name, "-p", str(self._pid)])):
            if not shutil.which(by):
                continue
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.5)
            if self._process.poll() is None:
                self.by = by
                return self
        return self

    def __exit__(self, *_):
        if self.by:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
            self.count = read_count(self.by, self._file.read())
        self._file.close()


def read_count(by, text):
    """The number in what perf or strace wrote; None when there is none."""
    pattern = r"^(\d+),.*raw_syscalls" if by == "perf" else r"^100\.00\s+\S+\s+\S+\s+(\d+).*total$"
    found = re.search(pattern, text, re.M)
    return found and int(found.group(1))
