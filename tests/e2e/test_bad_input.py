"""What no well-behaved client would send: the right error, a connection that lives on where HTTP allows it, nothing taken, and
nothing noticed by another client that keeps putting."""
import base64
import json
import threading
import time

import pytest

from support.objects import read_all
from support.sockets import RawConnection, error_of, firehose, post

A = base64.b64encode(b"a").decode()


class Bystander(threading.Thread):
    """Another client, which puts all the time and must not notice anything."""

    def __init__(self, node):
        super().__init__()
        self._client, self._stop_now = node.client(), threading.Event()
        self.sent, self.problem, self.slowest = 0, None, 0.0

    def run(self):
        try:
            while not self._stop_now.is_set():
                start = time.monotonic()
                self._client.put_record(DeliveryStreamName="other", Record={"Data": b"%d\n" % self.sent})
                self.slowest = max(self.slowest, time.monotonic() - start)
                self.sent += 1
                time.sleep(0.01)
        except Exception as error:  # reported by the fixture
            self.problem = error

    def finish(self):
        self._stop_now.set()
        self.join()


@pytest.fixture
def victim(make_hydrant, bucket):
    """A node with a stream `logs`, and a bystander on a stream `other`."""
    (bucket.parent / "other-bucket").mkdir()
    node = make_hydrant().start()
    node.create_stream("logs", "test-bucket")
    node.create_stream("other", "other-bucket")
    bystander = Bystander(node)
    bystander.start()
    yield node
    bystander.finish()
    assert node.process.poll() is None, "hydrant is alive"
    assert bystander.problem is None and bystander.sent > 0
    assert bystander.slowest < 5
    assert node.stop() == 0
    sent = b"".join(b"%d\n" % number for number in range(bystander.sent))
    assert read_all(bucket.parent / "other-bucket", sent) == sent
    assert read_all(bucket) == b"good", "nothing of a refused request was taken"


def put(data, stream="logs"):
    return {"DeliveryStreamName": stream, "Record": {"Data": data}}


REFUSED = {
    "not JSON": (firehose("PutRecord", b"{"), 400, "SerializationException"),
    "nothing": (firehose("PutRecord", b""), 400, "SerializationException"),
    "JSON of another shape": (firehose("PutRecord", b"[1,2]"), 400, "SerializationException"),
    "a number as a name": (firehose("PutRecord", {"DeliveryStreamName": 7, "Record": {"Data": A}}), 400, "SerializationException"),
    "a number as data": (firehose("PutRecord", {"DeliveryStreamName": "logs", "Record": {"Data": 7}}), 400, "SerializationException"),
    "records that are no list": (firehose("PutRecordBatch", {"DeliveryStreamName": "logs", "Records": {"Data": A}}), 400, "SerializationException"),
    "bad base64": (firehose("PutRecord", put("!!!!")), 400, "SerializationException"),
    "bad base64 at the end of a batch": (firehose("PutRecordBatch", {"DeliveryStreamName": "logs", "Records": [{"Data": A}] * 9 + [{"Data": "a"}]}), 400, "SerializationException"),
    "trailing rubbish": (firehose("PutRecord", json.dumps(put(A)).encode() + b"}"), 400, "SerializationException"),
    "no record": (firehose("PutRecord", {"DeliveryStreamName": "logs"}), 400, "ValidationException"),
    "no records": (firehose("PutRecordBatch", {"DeliveryStreamName": "logs", "Records": []}), 400, "ValidationException"),
    "a record without data": (firehose("PutRecordBatch", {"DeliveryStreamName": "logs", "Records": [{"Data": A}, {}]}), 400, "ValidationException"),
    "501 records": (firehose("PutRecordBatch", {"DeliveryStreamName": "logs", "Records": [{"Data": A}] * 501}), 400, "ValidationException"),
    "a record over 1,024,000 bytes": (firehose("PutRecord", put(base64.b64encode(b"x" * 1_024_001).decode())), 400, "ValidationException"),
    "over 4 MiB": (firehose("PutRecordBatch", {"DeliveryStreamName": "logs", "Records": [{"Data": base64.b64encode(b"x" * 900_000).decode()}] * 5}), 400, "InvalidArgumentException"),
    "an unknown stream": (firehose("PutRecord", put(A, "none")), 400, "ResourceNotFoundException"),
    "a name too long": (firehose("PutRecord", put(A, "n" * 65)), 400, "ValidationException"),
    "a name that is not UTF-8": (firehose("PutRecord", b'{"DeliveryStreamName":"\xff\xfe","Record":{"Data":"YQ=="}}'), 400, "SerializationException"),
    "an unknown operation": (firehose("PutEverything", {}), 400, "UnknownOperationException"),
    "another service's target": (post("Kinesis_20131202.PutRecord", b"{}"), 400, "UnknownOperationException"),
    "no target": (post(None, b"{}"), 400, "UnknownOperationException"),
    "very deep nesting": (firehose("PutRecord", b'{"DeliveryStreamName":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), 400, "SerializationException"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_the_connection_alive(victim, case):
    request, status, kind = REFUSED[case]
    with RawConnection(victim.port) as connection:
        connection.send(request)
        response = connection.read_response()
        assert response is not None, "an answer"
        assert error_of(response) == (status, kind)
        assert response[1]["x-amzn-requestid"]
        connection.send(firehose("PutRecord", put(base64.b64encode(b"good").decode())))
        status, _, body = connection.read_response()
        assert status == 200 and json.loads(body)["RecordId"], "the same connection goes on"


def finish(victim):
    """A good put on a new connection, which the fixture looks for in the bucket."""
    victim.client().put_record(DeliveryStreamName="logs", Record={"Data": b"good"})


@pytest.mark.parametrize("request_line,status", [
    (b"GET / HTTP/1.1", 403), (b"PUT / HTTP/1.1", 403), (b"BREW / HTTP/1.1", 403), (b"POST /nowhere HTTP/1.1", 404),
    (b"nonsense", 400), (b"GET / HTTP/9.9", 505),
])
def test_wrong_method_path_or_protocol(victim, request_line, status):
    with RawConnection(victim.port) as connection:
        connection.send(request_line + b"\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert connection.read_response()[0] == status
    finish(victim)


def test_a_body_shorter_than_its_length_takes_nothing(victim):
    request = firehose("PutRecord", put(A))
    with RawConnection(victim.port) as connection:
        connection.send(request[:-5])
    finish(victim)


def test_a_length_that_is_no_number(victim):
    with RawConnection(victim.port) as connection:
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n")
        assert connection.read_response()[0] == 400
    finish(victim)


def test_two_lengths_or_length_and_chunks_are_refused(victim):
    """Either would let two readers of the same bytes disagree on where a request ends."""
    for framing in (b"Content-Length: 3\r\nContent-Length: 5\r\n", b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"):
        with RawConnection(victim.port) as connection:
            connection.send(b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\nabc")
            assert connection.read_response()[0] == 400
    finish(victim)


def test_a_declared_body_beyond_any_limit_is_refused_unread(victim):
    with RawConnection(victim.port) as connection:
        connection.send(firehose("PutRecord", b"").replace(b"Content-Length: 0", b"Content-Length: 99999999999"))
        assert error_of(connection.read_response()) == (413, "RequestEntityTooLargeException")
    finish(victim)


def test_ten_megabytes_of_header(victim):
    with RawConnection(victim.port) as connection:
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * (10 << 20) + b"\r\n\r\n")
        assert connection.read_response()[0] == 431
    assert victim.rss_bytes() < 200 << 20
    finish(victim)


@pytest.mark.slow
def test_headers_that_drip_are_cut_off(victim):
    connections = [RawConnection(victim.port, timeout=30) for _ in range(20)]
    start = time.monotonic()
    for connection in connections:
        connection.send(b"POST / HTTP/1.1\r\n")
    while time.monotonic() - start < 25:
        time.sleep(0.5)
        try:
            connections[0].send(b"X: y\r\n")
        except (BrokenPipeError, ConnectionResetError):
            break
    assert 5 < time.monotonic() - start < 20, "cut off after the header timeout, not before"
    for connection in connections:
        response = connection.read_response()
        assert response is None or response[0] == 408
        connection.socket.close()
    finish(victim)


def test_many_requests_at_once_on_one_connection_are_answered_in_order(victim):
    requests = [firehose("DescribeDeliveryStream", {"DeliveryStreamName": name}) for name in ("logs", "none", "other", "none")]
    with RawConnection(victim.port) as connection:
        connection.send(b"".join(requests))
        assert [connection.read_response()[0] for _ in requests] == [200, 400, 200, 400]
    finish(victim)


def test_rubbish_from_many_connections(victim):
    for seed in range(50):
        with RawConnection(victim.port) as connection:
            try:
                connection.send(bytes((seed * 31 + at * 7) % 256 for at in range(2000)) + b"\r\n\r\n")
                connection.read_response()
            except (BrokenPipeError, ConnectionResetError):
                pass
    finish(victim)
