"""Everything at once: SIGKILL, a bad network, a disk that fills, a clock that jumps, while producers put.

HYDRANT_SOAK_MINUTES=30 is the long run; HYDRANT_TEST_SEED runs a schedule again.
"""
import collections
import glob
import os
import random
import time

import pytest

from support.disk import MEBIBYTE, fill
from support.fault_proxy import answer_error
from support.ledger import Producers, schedule_seed
from support.metrics import metric
from support.ports import wait_until

MINUTES = float(os.environ.get("HYDRANT_SOAK_MINUTES", 1))
MEMORY_MAX = 64 * MEBIBYTE
# Debian's libfaketime, which scripts/deps --test installs.
FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"


class Clock:
    """The wall clock that hydrant sees; the monotonic one is left alone."""

    def __init__(self, path):
        self._path = path
        (library,) = glob.glob(FAKETIME)
        self.step(0)
        self.environment = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(path), "FAKETIME_NO_CACHE": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}

    def step(self, seconds):
        """So far ahead of the real one. The file is replaced at once: half a line would be no time at all."""
        new = self._path.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._path)


class Trouble:
    """One strike after the other, by seed."""

    def __init__(self, node, proxy, disk, clock, rng):
        self._node, self._proxy, self._disk, self._clock, self._rng = node, proxy, disk, clock, rng
        self._ballast = None
        self.strikes = collections.Counter()
        self.memory = 0

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            (strike,) = self._rng.choices((self._kill, self._network, self._fill, self._free, self._step), (3, 3, 1, 2, 2))
            strike()
            self.strikes[strike.__name__] += 1
            time.sleep(self._rng.choice((0, self._rng.uniform(0, 0.3), self._rng.uniform(0.3, 2))))
            self._look()

    def end(self):
        """All is well again."""
        self._proxy.heal()
        self._free()
        self._clock.step(0)
        self._kill()
        wait_until(lambda: self._node.admin("/ready")[0] == 200, what="ready after the last start")

    def _look(self):
        assert self._node.process.poll() is None, f"it ended by itself:\n{self._node.log()[-3000:]}"
        self.memory = max(self.memory, self._node.rss_bytes("VmHWM"))

    def _kill(self):
        self._look()
        self._node.kill()
        self._node.spawn()

    def _network(self):
        treat = self._rng.choice((
            self._proxy.heal,
            lambda: self._proxy.schedule(self._rng.randrange(1 << 32), share=0.3),
            lambda: self._proxy.schedule(self._rng.randrange(1 << 32), share=0.9),
            lambda: self._proxy.always(answer_error(503, "SlowDown")),
        ))
        treat()

    def _fill(self):
        # Nothing at all is left, or less than hydrant leaves for others, or a little more.
        self._free()
        self._ballast = fill(self._disk, leave=self._rng.choice((0, 100, 260)) * MEBIBYTE)

    def _free(self):
        if self._ballast:
            self._ballast.unlink()
            self._ballast = None

    def _step(self):
        # Minutes, which S3 puts up with; hours and days, with which it refuses all signatures.
        self._clock.step(self._rng.choice((0, 300, -300, 600, 3600, -3 * 86400)))


@pytest.mark.slow
def test_everything_at_once_loses_and_doubles_nothing(make_hydrant, s3_server, proxy, proxied_s3, small_disk, tmp_path):
    rng = random.Random(schedule_seed())
    bucket = s3_server.bucket("test-bucket")
    clock = Clock(tmp_path / "clock")
    node = make_hydrant(s3=proxied_s3 | {"timeout": "1s"}, memory="64 MiB", data_dir=str(small_disk / "data"),
                        log={"segment_size": "4 MiB", "retention_size": "8 MiB"})
    node.environment = clock.environment
    node.start()
    idle = node.rss_bytes()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0})
    trouble = Trouble(node, proxy, small_disk, clock, rng)
    with Producers(node, 3, pause=0.1, sizes=(1, 10, 50), filler_max=4000) as producers:
        trouble.run(MINUTES * 60)
    trouble.end()
    begin = time.monotonic()
    wait_until(lambda: metric(node, "hydrant_backlog_records") == 0, timeout=60, what="everything is delivered once all is well")
    print(f"{dict(trouble.strikes)}, {dict(proxy.counts)}, {producers.refusals} refusals, "
          f"{trouble.memory / MEBIBYTE:.0f} MiB at most, {time.monotonic() - begin:.1f} s to drain")
    assert node.stop() == 0
    assert len(producers.check(bucket)) > 100
    assert trouble.memory < idle + MEMORY_MAX + 64 * MEBIBYTE
