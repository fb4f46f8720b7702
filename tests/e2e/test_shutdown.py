"""Ending: SIGTERM drains, a second one ends at once, SIGKILL loses nothing that was acknowledged."""
import signal
import time

import botocore.exceptions
import pytest

from support.hydrant import s3_destination
from support.objects import objects, read_all
from support.ports import wait_until
from support.sockets import RawConnection, firehose

SLOW_BUFFER = {"SizeInMBs": 64, "IntervalInSeconds": 900}


def put_numbers(node, stream, count):
    client = node.client()
    for start in range(0, count, 500):
        numbers = range(start, min(count, start + 500))
        client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": b"%d\n" % number} for number in numbers])
    return b"".join(b"%d\n" % number for number in range(count))


def test_sigterm_delivers_what_is_buffered_and_exits_0(node, bucket):
    node.create_stream("logs", "test-bucket", BufferingHints=SLOW_BUFFER)
    sent = put_numbers(node, "logs", 5000)
    assert not objects(bucket)
    start = time.monotonic()
    assert node.stop() == 0
    assert time.monotonic() - start < 10
    assert read_all(bucket, sent) == sent


def test_sigint_does_the_same(node, bucket):
    node.create_stream("logs", "test-bucket", BufferingHints=SLOW_BUFFER)
    sent = put_numbers(node, "logs", 10)
    node.process.send_signal(signal.SIGINT)
    assert node.process.wait(20) == 0
    assert read_all(bucket, sent) == sent


def test_drain_ends_at_its_deadline_and_the_rest_stays_in_the_log(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), drain_timeout=2).start()
    node.create_stream("logs", "test-bucket", BufferingHints=SLOW_BUFFER)
    sent = put_numbers(node, "logs", 1000)
    s3_server.stop()
    start = time.monotonic()
    assert node.stop() == 0
    assert 1.5 <= time.monotonic() - start < 8
    s3_server.start()
    node.start()
    wait_until(lambda: read_all(bucket, sent) == sent, what="delivery by the next start")


def test_a_second_sigterm_ends_at_once_and_loses_nothing(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), drain_timeout=60).start()
    node.create_stream("logs", "test-bucket", BufferingHints=SLOW_BUFFER)
    sent = put_numbers(node, "logs", 1000)
    s3_server.stop()
    node.terminate()
    time.sleep(0.5)
    assert node.process.poll() is None, "it drains"
    node.terminate()
    node.process.wait(3)
    s3_server.start()
    node.start()
    wait_until(lambda: read_all(bucket, sent) == sent, what="delivery by the next start")


def test_no_puts_are_taken_while_it_drains(make_hydrant, s3_server):
    s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), drain_timeout=3).start()
    node.create_stream("logs", "test-bucket", BufferingHints=SLOW_BUFFER)
    put_numbers(node, "logs", 10)
    s3_server.stop()
    node.terminate()
    time.sleep(0.5)
    # Nobody listens any more, or the node says that it is stopping.
    with pytest.raises((botocore.exceptions.EndpointConnectionError, botocore.exceptions.ClientError)) as refused:
        node.client().put_record(DeliveryStreamName="logs", Record={"Data": b"late"})
    if isinstance(refused.value, botocore.exceptions.ClientError):
        assert refused.value.response["Error"]["Code"] == "ServiceUnavailableException"
    assert node.process.wait(20) == 0
    s3_server.start()
    node.start()
    assert node.stop() == 0
    assert b"late" not in read_all(s3_server.directory / "test-bucket")


@pytest.mark.parametrize("durability", ["fsync", "os"])
def test_sigkill_loses_nothing_that_was_acknowledged(make_hydrant, bucket, durability):
    node = make_hydrant(log={"durability": durability}).start()
    node.create_stream("logs", "test-bucket", BufferingHints=SLOW_BUFFER)
    sent = put_numbers(node, "logs", 3000)
    node.kill()
    assert not objects(bucket)
    node.start()
    assert node.stop() == 0
    assert read_all(bucket, sent) == sent


def test_memory_durability_is_a_streams_own_choice(node, bucket):
    """It promises nothing over a crash, but a drain still delivers all."""
    # By hand: an SDK knows no member `Hydrant`.
    with RawConnection(node.port) as connection:
        connection.send(firehose("CreateDeliveryStream", {
            "DeliveryStreamName": "fast", "Hydrant": {"durability": "memory"},
            "ExtendedS3DestinationConfiguration": s3_destination("test-bucket", BufferingHints=SLOW_BUFFER)}))
        assert connection.read_response()[0] == 200
    node.wait_active("fast")
    sent = put_numbers(node, "fast", 2000)
    assert node.stop() == 0
    assert read_all(bucket, sent) == sent
