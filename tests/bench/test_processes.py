"""What processes cost."""
import os
import shutil
import subprocess
import sys

import pytest

from e2e.processes import SystemCalls, Usage, read_count, usage

PERF = "# started on Sun Nov 22\n\n4711,,raw_syscalls:sys_enter,1000,100.00,,\n"
STRACE = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 99.00    0.000100           1        40         2 futex
------ ----------- ----------- --------- --------- ----------------
100.00    0.000101           1        42         2 total
"""


@pytest.mark.parametrize("by", ["perf", "strace"])
def test_an_output_without_a_count_gives_none(by):
    assert read_count(by, "") is None
    assert read_count(by, "<not counted>,,raw_syscalls:sys_enter,0,0,,\n") is None


def test_counts_are_read():
    assert read_count("perf", PERF) == 4711
    assert read_count("strace", STRACE) == 42


def test_usage_is_of_the_process_alone():
    busy = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        before = usage(os.getpid())
        process.stdout.readline()
        own = usage(os.getpid()) - before
        assert 0.3 <= usage(process.pid).cpu_s < 3
        assert own.cpu_s < 0.2
        process.communicate(b"\n")


def test_differences():
    assert Usage(3, 2, 10) - Usage(1, 1, 4) == Usage(2, 1, 6)


@pytest.mark.skipif(not (shutil.which("perf") or shutil.which("strace")), reason="neither perf nor strace is here")
def test_system_calls_of_a_process_are_counted():
    calls = "import os\ninput()\nfor _ in range(5000): os.getppid()\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", calls], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        with SystemCalls(process.pid) as counter:
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()
        process.communicate(b"\n")
    if counter.by is None:
        pytest.skip("counting is not permitted here")
    assert 5000 <= counter.count < 6000
