"""The network between hydrant and S3 does what networks do: nothing acknowledged is lost, no object is there twice."""
import os
import random
import time

import pytest

from support import fault_proxy
from support.fault_proxy import DROP_ANSWER, HALF_CLOSE, RESET_AFTER, RESET_BEFORE
from support.ledger import Producers, schedule_seed
from support.metrics import metric
from support.objects import objects
from support.ports import wait_until

pytestmark = pytest.mark.alone

MEBIBYTE = 1 << 20
# libcurl takes a request that stands still for `s3.timeout` (a second here) to be so 5 s to 7 s later.
PATIENCE_SECONDS = 10
# By then the breaker's probes are as far apart as they get, 5 s.
OUTAGE_SECONDS = float(os.environ.get("HYDRANT_TEST_OUTAGE", 15))


@pytest.fixture
def bucket(s3_server):
    return s3_server.bucket("test-bucket")


@pytest.fixture
def node(make_hydrant, proxied_s3, bucket):
    """Delivers through the proxy, and gives a request up that stands still for a second."""
    node = make_hydrant(s3=proxied_s3 | {"timeout": "1s"}, memory="64 MiB").start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1})
    return node


def drained(node):
    state = node.stream_state("logs")
    return state["backlog_records"] == 0 and state["breaker"] == "closed"


# They end in a delivery: libcurl takes the status line for an answer, and S3 sends it when the object is there.
UNNOTICED = [fault_proxy.cut_answer(60), fault_proxy.delay(0.5)]
FAULTS = UNNOTICED + [
    fault_proxy.cut_request(1), fault_proxy.cut_request(1000), fault_proxy.cut_request(300_000),
    fault_proxy.cut_answer(1), fault_proxy.late_answer(PATIENCE_SECONDS),
    RESET_BEFORE, RESET_AFTER, DROP_ANSWER, HALF_CLOSE,
    fault_proxy.answer_error(503, "SlowDown"), fault_proxy.answer_error(500, "InternalError"),
    fault_proxy.answer_garbage(random.Random(1)), fault_proxy.black_hole(PATIENCE_SECONDS),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_loses_and_doubles_nothing(node, proxy, bucket, fault):
    # Between exchanges that pass, so that it meets connections that were used before.
    proxy.script([fault_proxy.PASS, fault, fault_proxy.PASS, fault, fault, fault])
    with Producers(node, 2, pause=0.02, filler_max=10_000) as producers:
        wait_until(lambda: proxy.counts[fault.name] == 4, what=f"four times {fault.name}")
    wait_until(lambda: drained(node), timeout=30, what="everything is delivered")
    producers.check(bucket)
    assert fault in UNNOTICED or metric(node, "hydrant_delivery_failed_attempts_total") > 0


@pytest.mark.slow
def test_a_connection_that_takes_nothing_is_given_up_long_before_the_timeout(make_hydrant, proxied_s3, proxy, bucket):
    # More than the kernels' buffers between the two hold, so that some of it stays unanswered.
    chunk = b"x" * (16 * MEBIBYTE - 1) + b"\n"
    node = make_hydrant(s3=proxied_s3 | {"timeout": "2m", "multipart_size": "64 MiB"}).start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 2})
    proxy.always(fault_proxy.black_hole())
    begin = time.monotonic()
    for at in range(0, len(chunk), MEBIBYTE // 2):
        node.client().put_record(DeliveryStreamName="logs", Record={"Data": chunk[at:at + MEBIBYTE // 2]})
    wait_until(lambda: metric(node, "hydrant_delivery_failed_attempts_total"), timeout=60, what="the attempt is given up")
    print(f"given up {time.monotonic() - begin:.1f} s after the first record")
    assert time.monotonic() - begin < 30
    proxy.heal()
    wait_until(lambda: sum(path.stat().st_size for path in objects(bucket)) == len(chunk), what="delivery over another connection")


@pytest.mark.slow
def test_all_faults_at_random_lose_and_double_nothing(node, proxy, bucket):
    seed = schedule_seed()
    idle = node.rss_bytes()
    proxy.schedule(seed, share=0.4)
    with Producers(node, 4, filler_max=2000) as producers:
        time.sleep(15)
    proxy.heal()
    wait_until(lambda: drained(node), timeout=40, what="everything is delivered")
    print(f"{dict(proxy.counts)}, {producers.refusals} refusals")
    assert len(producers.check(bucket)) > 10_000
    assert len(proxy.counts) > 8, "a schedule that meets most of the faults"
    assert metric(node, "hydrant_delivery_failed_attempts_total") > 10
    assert node.rss_bytes("VmHWM") < idle + 128 * MEBIBYTE


@pytest.mark.slow
def test_all_faults_at_random_spare_uploads_in_parts(make_hydrant, proxied_s3, proxy, bucket):
    node = make_hydrant(s3=proxied_s3 | {"timeout": "1s", "multipart_size": "5 MiB"}).start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 12, "IntervalInSeconds": 1})
    proxy.schedule(schedule_seed(), share=0.25)
    # An object in three parts is five exchanges.
    with Producers(node, 2, pause=0.1, sizes=(4,), filler_max=900_000) as producers:
        time.sleep(10)
    proxy.heal()
    wait_until(lambda: drained(node), timeout=40, what="everything is delivered")
    print(dict(proxy.counts))
    assert len(producers.check(bucket)) > 100
    assert max(path.stat().st_size for path in objects(bucket)) > 10 * MEBIBYTE
    assert metric(node, "hydrant_delivery_failed_attempts_total") > 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", [RESET_BEFORE, fault_proxy.black_hole()], ids=lambda fault: fault.name)
def test_full_speed_within_ten_seconds_after_the_destination_is_back(node, proxy, bucket, fault):
    with Producers(node, 1, pause=0.05, sizes=(100,), filler_max=2000) as producers:
        wait_until(lambda: metric(node, "hydrant_delivered_chunks_total") > 3, what="delivery")
        proxy.always(fault)
        wait_until(lambda: node.stream_state("logs")["breaker"] == "open", what="the breaker opens")
        time.sleep(OUTAGE_SECONDS)
        waiting = node.stream_state("logs")["backlog_records"]
        delivered = node.stream_state("logs")["delivered_records"]
        proxy.heal()
        begin = time.monotonic()
        # Faster than what comes in: all that the outage held up, and the breaker lets everything through.
        wait_until(lambda: node.stream_state("logs")["delivered_records"] >= delivered + waiting
                   and node.stream_state("logs")["breaker"] == "closed", timeout=40, what="all of the outage is delivered")
        seconds = time.monotonic() - begin
    print(f"{waiting} records of {OUTAGE_SECONDS} s of outage: delivered {seconds:.1f} s after it")
    wait_until(lambda: drained(node), what="everything is delivered")
    producers.check(bucket)
    assert seconds < 10
