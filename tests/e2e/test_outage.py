"""The destination goes away, comes back, or refuses: nothing is lost, producers are told in time, the operator is told why."""
import json
import os
import socket
import threading
import time

import botocore.exceptions
import pytest

from support.objects import objects, read_all
from support.ports import wait_until

MEBIBYTE = 1 << 20


def last_error(node, stream):
    return node.stream_state(stream).get("last_error") or ""


def test_s3_down_then_up_loses_nothing(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings()).start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"before\n"})
    wait_until(lambda: read_all(bucket) == b"before\n", what="delivery")

    s3_server.stop()
    for number in range(200):
        client.put_record(DeliveryStreamName="logs", Record={"Data": b"%d\n" % number})
    wait_until(lambda: last_error(node, "logs"), what="/streams says what is wrong")
    assert node.stream_state("logs")["backlog_records"] > 0

    s3_server.start()
    expected = b"before\n" + b"".join(b"%d\n" % number for number in range(200))
    wait_until(lambda: read_all(bucket, expected) == expected, timeout=60, what="everything, once")
    wait_until(lambda: node.stream_state("logs")["backlog_records"] == 0, what="no backlog is left")


@pytest.mark.slow
def test_slow_down_at_the_quota_and_all_of_it_arrives_later(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), log={"quota": "64 MiB", "segment_size": "4 MiB"}).start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client, BufferingHints={"SizeInMBs": 8, "IntervalInSeconds": 1})
    s3_server.stop()
    record = b"r" * (MEBIBYTE // 2 - 1) + b"\n"
    acknowledged = 0
    refusal = None
    for _ in range(100):
        try:
            client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": record}] * 4)
            acknowledged += 4
        except botocore.exceptions.ClientError as error:
            refusal = error.response
            break
    assert refusal, "200 MiB went into a log of 64 MiB"
    assert refusal["Error"]["Code"] == "ServiceUnavailableException"
    assert refusal["Error"]["Message"] == "Slow down."
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert 32 * MEBIBYTE < acknowledged * len(record) <= 64 * MEBIBYTE

    wait_until(lambda: node.admin("/ready")[0] == 503, what="/ready sends load balancers away")
    assert "log.quota (64 MiB) is reached" in json.loads(node.admin("/ready")[1])["why"]
    health = json.loads(node.admin("/health")[1])
    assert health["status"] == "degraded"
    assert any("log.quota (64 MiB) is reached" in problem["detail"] for problem in health["problems"])
    assert "Producers are told to slow down: log.quota (64 MiB) is reached" in node.log()

    s3_server.start()
    wait_until(lambda: sum(path.stat().st_size for path in objects(bucket)) >= acknowledged * len(record),
               timeout=90, what="all that was acknowledged is delivered")

    def taken_again():
        try:
            client.put_record(DeliveryStreamName="logs", Record={"Data": b"again\n"})
        except botocore.exceptions.ClientError:
            return False
        return True
    wait_until(taken_again, timeout=30, what="puts are taken again")
    wait_until(lambda: node.admin("/ready")[0] == 200, what="/ready takes load balancers back")
    assert node.stop() == 0
    assert read_all(bucket).count(record) == acknowledged


def test_a_stream_that_reaches_its_own_quota_says_so(make_hydrant, bucket):
    node = make_hydrant().start()
    node.create_stream("logs", "nowhere", hydrant={"Quota": "2 MiB"})
    client = node.client()

    def is_told_to_slow_down():
        try:
            client.put_record(DeliveryStreamName="logs", Record={"Data": b"x" * 500_000})
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Message"] == "Slow down."
        return False
    wait_until(is_told_to_slow_down, what="the quota is reached")
    wait_until(lambda: "may hold 2 MiB (Hydrant.Quota" in node.admin("/health")[1], what="/health says which")
    wait_until(lambda: "told to slow down: its log has no room" in node.log(), what="so does the log")
    (bucket.parent / "nowhere").mkdir()
    wait_until(lambda: "There is room for records of the stream again." in node.log(), timeout=40, what="it is over")
    assert json.loads(node.admin("/health")[1])["status"] == "ok"


def test_a_dead_destination_of_one_stream_leaves_the_others_alone(make_hydrant, bucket):
    node = make_hydrant().start()
    client = node.client()
    in_the_way = bucket.parent / "dead-bucket"
    in_the_way.write_text("a file where the bucket must be")
    node.create_stream("dead", "dead-bucket", client)
    node.create_stream("alive", "test-bucket", client)
    client.put_record(DeliveryStreamName="dead", Record={"Data": b"waits"})
    client.put_record(DeliveryStreamName="alive", Record={"Data": b"goes"})
    wait_until(lambda: read_all(bucket) == b"goes", what="the other stream's delivery")
    error = wait_until(lambda: last_error(node, "dead"), what="the operator is told")
    assert str(in_the_way) in error and "Not a directory" in error
    in_the_way.unlink()
    in_the_way.mkdir()
    wait_until(lambda: read_all(in_the_way) == b"waits", timeout=60, what="delivery once there is room")


def test_a_missing_bucket_of_the_file_sink_is_named(node, bucket):
    node.create_stream("logs", "not-there-yet")
    node.client().put_record(DeliveryStreamName="logs", Record={"Data": b"kept"})
    missing = bucket.parent / "not-there-yet"
    error = wait_until(lambda: last_error(node, "logs"), what="the operator is told")
    assert error.startswith("File.NoSuchBucket") and str(missing) in error and "make it" in error
    assert not missing.exists()
    missing.mkdir()
    wait_until(lambda: read_all(missing) == b"kept", timeout=60, what="delivery once the bucket is there")


class SlowUplink(threading.Thread):
    """Forwards connections to a port; what clients send goes through at `rate` bytes a second."""

    def __init__(self, port, rate):
        super().__init__(daemon=True)
        self.target, self.rate = port, rate
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
        self.port = self.server.getsockname()[1]

    def run(self):
        while True:
            client, _ = self.server.accept()
            upstream = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pump, args=(client, upstream, self.rate), daemon=True).start()
            threading.Thread(target=self.pump, args=(upstream, client, None), daemon=True).start()

    @staticmethod
    def pump(source, sink, rate):
        try:
            while data := source.recv(16 << 10):
                sink.sendall(data)
                if rate:
                    time.sleep(len(data) / rate)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_a_slow_uplink_takes_longer_than_the_timeout_and_still_delivers(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    uplink = SlowUplink(s3_server.port, rate=MEBIBYTE)
    uplink.start()
    settings = s3_server.settings() | {"endpoint": f"http://127.0.0.1:{uplink.port}", "timeout": "2s"}
    node = make_hydrant(s3=settings).start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1})
    sent = os.urandom(8 * MEBIBYTE)
    begin = time.monotonic()
    records = [{"Data": sent[at:at + MEBIBYTE // 2]} for at in range(0, len(sent), MEBIBYTE // 2)]
    for at in range(0, len(records), 4):
        node.client().put_record_batch(DeliveryStreamName="logs", Records=records[at:at + 4])
    wait_until(lambda: sum(path.stat().st_size for path in objects(bucket)) == len(sent), timeout=60, what="delivery over the slow line")
    assert time.monotonic() - begin > 4, "the line was not slow"
    assert last_error(node, "logs") == ""


@pytest.mark.parametrize("change,codes", [
    ({"access_key_id": "nobody"}, ["S3.InvalidAccessKeyId:", "S3.XAdminUserNotFound:"]),  # S3's and versitygw's own
    ({"secret_access_key": "wrong"}, ["S3.SignatureDoesNotMatch:"]),
])
def test_refused_credentials_are_named_and_the_records_kept(make_hydrant, s3_server, change, codes):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings() | change).start()
    node.create_stream("logs", "test-bucket")
    node.client().put_record(DeliveryStreamName="logs", Record={"Data": b"kept"})
    assert wait_until(lambda: last_error(node, "logs"), what="an error").startswith(tuple(codes))
    assert "test-secret-key" not in node.log()
    assert objects(bucket) == []
    node.kill()
    node.settings["s3"] = s3_server.settings()
    node.start()
    wait_until(lambda: read_all(bucket) == b"kept", what="delivery with the right key")


def test_a_missing_bucket_on_s3_is_named(make_hydrant, s3_server):
    node = make_hydrant(s3=s3_server.settings()).start()
    node.create_stream("logs", "not-there-yet")
    node.client().put_record(DeliveryStreamName="logs", Record={"Data": b"kept"})
    wait_until(lambda: "NoSuchBucket" in last_error(node, "logs"), what="the operator is told")
    bucket = s3_server.bucket("not-there-yet")
    wait_until(lambda: read_all(bucket) == b"kept", timeout=60, what="delivery once the bucket is there")


@pytest.mark.slow
def test_memory_stays_within_the_budget_when_nothing_can_be_delivered(make_hydrant, s3_server):
    s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), memory="64 MiB", log={"quota": "1 GiB", "durability": "os"}).start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 128, "IntervalInSeconds": 900})
    s3_server.stop()
    idle = node.rss_bytes()
    end = time.monotonic() + 10

    def produce():
        client = node.client()
        while time.monotonic() < end:
            try:
                client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"x" * 8000}] * 400)
            except botocore.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] == "ServiceUnavailableException"
    threads = [threading.Thread(target=produce) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert node.process.poll() is None
    assert node.rss_bytes("VmHWM") < idle + 128 * MEBIBYTE
