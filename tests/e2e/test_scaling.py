"""The number of attempts at once follows the work, and what the destination bears."""
import itertools
import threading
import time

import pytest

from support import fault_proxy
from support.metrics import metric
from support.objects import objects
from support.ports import wait_until

pytestmark = pytest.mark.alone

LATENCY = fault_proxy.delay(0.2)
SLOW_DOWN = fault_proxy.answer_error(503, "SlowDown")
WORKERS_MIN, WORKERS_MAX = 1, 8
RECORD = b"x" * 50_000
RECORDS = 1000  # some 48 objects


@pytest.fixture
def node(make_hydrant, s3_server, proxy, proxied_s3):
    proxy.always(LATENCY)
    s3_server.bucket("test-bucket")
    return make_hydrant(s3=proxied_s3).start()


def workers(node, stream="logs"):
    return metric(node, "hydrant_delivery_workers", stream)


class Peak(threading.Thread):
    """The most workers that were seen."""

    def __init__(self, node, stream="logs"):
        super().__init__(daemon=True)
        self._node, self._stream = node, stream
        self._stopping = threading.Event()
        self.value = 0

    def run(self):
        while not self._stopping.wait(0.1):
            self.value = max(self.value, workers(self._node, self._stream) or 0)

    def stop(self):
        self._stopping.set()
        self.join(10)
        return self.value


def create(node, stream, workers_max):
    node.create_stream(stream, "test-bucket", Prefix=f"{stream}/",
                       hydrant={"DeliveryWorkersMin": WORKERS_MIN, "DeliveryWorkersMax": workers_max})


def put(node, stream, count):
    client = node.client()
    for _ in range(count // 50):
        client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": RECORD}] * 50)


def seconds_to_deliver(node, stream):
    """Of RECORDS records that wait; and the most workers there were."""
    peak = Peak(node, stream)
    peak.start()
    begin = time.monotonic()
    put(node, stream, RECORDS)
    wait_until(lambda: node.stream_state(stream)["delivered_records"] == RECORDS, timeout=60, what="delivery")
    return time.monotonic() - begin, peak.stop()


@pytest.mark.slow
def test_throughput_follows_the_workers_and_they_fall_when_it_is_idle(node):
    create(node, "narrow", 1)
    create(node, "wide", WORKERS_MAX)
    narrow_seconds, narrow_peak = seconds_to_deliver(node, "narrow")
    assert workers(node, "wide") == WORKERS_MIN
    wide_seconds, wide_peak = seconds_to_deliver(node, "wide")
    print(f"{RECORDS} records: {narrow_seconds:.1f} s with 1 worker, {wide_seconds:.1f} s with up to {wide_peak}")
    assert narrow_peak == 1
    assert wide_peak == WORKERS_MAX
    assert wide_seconds < narrow_seconds / 1.5
    wait_until(lambda: workers(node, "wide") == WORKERS_MIN, timeout=60, what="they fall when it is idle")
    assert "The number of delivery workers changes." in node.log() and "all are busy and work waits" in node.log()
    assert "there is little to do" in node.log()


@pytest.mark.slow
def test_a_destination_that_asks_for_less_gets_less(node, proxy, s3_server):
    create(node, "logs", WORKERS_MAX)
    stopping = threading.Event()

    def produce():
        while not stopping.is_set():
            if node.stream_state("logs")["backlog_records"] < RECORDS:
                put(node, "logs", 200)
            stopping.wait(0.05)
    producer = threading.Thread(target=produce)
    producer.start()
    try:
        wait_until(lambda: workers(node) == WORKERS_MAX, timeout=40, what="as many workers as may be")
        proxy.script(itertools.cycle([SLOW_DOWN, LATENCY, LATENCY]))
        wait_until(lambda: workers(node) <= WORKERS_MAX // 2, timeout=20, what="it falls")
        assert "the destination asks for less" in node.log()
        proxy.always(LATENCY)
        fallen = workers(node)
        wait_until(lambda: workers(node) > fallen, timeout=60, what="it rises again")
    finally:
        stopping.set()
        producer.join(60)
    sent = metric(node, "hydrant_log_records_total")
    wait_until(lambda: node.stream_state("logs")["backlog_records"] == 0, timeout=60, what="everything is delivered")
    assert sum(path.stat().st_size for path in objects(s3_server.bucket("test-bucket"))) == sent * len(RECORD)
