"""UpdateDestination, by boto3 and the AWS CLI: what it refuses, what it merges, and that no record suffers from it."""
import collections
import json
import threading
import time

import botocore.exceptions
import pytest

from support import fault_proxy
from support.aws_cli import Cli
from support.clients import error_code, say_hydrant
from support.hydrant import ROLE
from support.objects import DECOMPRESS, EXTENSIONS, objects, read_all
from support.ports import wait_until

DESTINATION = "destinationId-000000000001"


def describe(client, stream="logs"):
    return client.describe_delivery_stream(DeliveryStreamName=stream)["DeliveryStreamDescription"]


def update(client, version, stream="logs", **changes):
    client.update_destination(DeliveryStreamName=stream, CurrentDeliveryStreamVersionId=str(version), DestinationId=DESTINATION,
                              ExtendedS3DestinationUpdate=changes)


def test_what_can_not_be_updated_is_refused_and_nothing_changes(node, bucket):
    client = node.client()
    node.create_stream("logs", "test-bucket", client, Prefix="p/")
    before = describe(client)

    def refusal(**arguments):
        return error_code(client.update_destination, **{
            "DeliveryStreamName": "logs", "CurrentDeliveryStreamVersionId": "1", "DestinationId": DESTINATION,
            "ExtendedS3DestinationUpdate": {"Prefix": "q/"}} | arguments)
    assert refusal(DeliveryStreamName="none")[0] == "ResourceNotFoundException"
    assert refusal(CurrentDeliveryStreamVersionId="2") == (
        "ConcurrentModificationException",
        "Cannot update firehose: logs since the current version id: 1 and specified version id: 2 do not match")
    assert refusal(CurrentDeliveryStreamVersionId="one")[0] == "ValidationException"
    code, message = refusal(DestinationId="destinationId-000000000002", ExtendedS3DestinationUpdate={
        "Prefix": "!{nothing:x}", "BufferingHints": {"SizeInMBs": 5}})
    assert code == "InvalidArgumentException"
    assert "Destination Id destinationId-000000000002 not found" in message
    assert "!{nothing:x}" in message and "must be given together" in message
    assert refusal(S3DestinationUpdate={})[1].endswith("2 were given")
    assert refusal(ExtendedS3DestinationUpdate={"S3BackupMode": "Enabled"})[0] == "InvalidArgumentException"
    assert describe(client) == before


def test_an_update_is_merged_described_and_kept(make_hydrant, bucket):
    node = make_hydrant().start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client, Prefix="p/")
    assert "LastUpdateTimestamp" not in describe(client)
    update(client, 1, CompressionFormat="GZIP", ProcessingConfiguration={
        "Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": []}]})
    update(client, 2, BufferingHints={"SizeInMBs": 2, "IntervalInSeconds": 0})
    stream = describe(client)
    assert (stream["VersionId"], stream["DeliveryStreamStatus"]) == ("3", "ACTIVE")
    assert stream["LastUpdateTimestamp"] >= stream["CreateTimestamp"]
    destination = stream["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["Prefix"] == "p/"
    assert destination["CompressionFormat"] == "GZIP"
    assert destination["BufferingHints"] == {"SizeInMBs": 2, "IntervalInSeconds": 0}
    assert destination["ProcessingConfiguration"]["Enabled"] is True

    client.put_record(DeliveryStreamName="logs", Record={"Data": b"line"})
    wait_until(lambda: read_all(bucket, compression="GZIP") == b"line\n", what="delivery as it is defined now")
    (path,) = objects(bucket)
    assert path.name.startswith("logs-3-") and path.name.endswith(".gz")
    assert node.stop() == 0
    node.start()
    assert describe(node.client()) == stream


def test_the_deprecated_update_works_with_the_aws_cli(node, bucket, tmp_path):
    aws = Cli(node, tmp_path)
    node.create_stream("logs", "test-bucket", Prefix="p/", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900})
    node.client().put_record(DeliveryStreamName="logs", Record={"Data": b"held"})

    def arguments(version):
        return ("update-destination", "--delivery-stream-name", "logs", "--current-delivery-stream-version-id", version,
                "--destination-id", DESTINATION, "--s3-destination-update",
                json.dumps({"Prefix": "cli/", "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}}))
    aws(*arguments("1"))
    described = aws("describe-delivery-stream", "--delivery-stream-name", "logs")["DeliveryStreamDescription"]
    assert described["VersionId"] == "2"
    assert described["Destinations"][0]["ExtendedS3DestinationDescription"]["Prefix"] == "cli/"
    # What waited in the log goes where the stream points now.
    wait_until(lambda: read_all(bucket) == b"held", what="delivery")
    assert all(path.relative_to(bucket).parts[0] == "cli" for path in objects(bucket))
    assert "ConcurrentModificationException" in aws(*arguments("1"), succeeds=False)


def test_our_own_key_is_merged(node, bucket):
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    say_hydrant(client, "UpdateDestination", {"quota": "lots", "unknown": 1})
    code, message = error_code(update, client=client, version=1)
    assert code == "InvalidArgumentException"
    assert "Hydrant.Quota" in message and "Hydrant.unknown" in message


class Producers:
    """Threads that put numbered lines as fast as they are taken. Nothing is tried again: no error is expected."""

    def __init__(self, node, stream, count=3):
        self.acknowledged, self.errors = [], []  # of all threads
        self._stopping, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(node, stream, name)) for name in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self, node, stream, name):
        client = node.client()
        number = 0
        while not self._stopping.is_set():
            lines = [b"%d-%d\n" % (name, number + i) for i in range(20)]
            number += len(lines)
            try:
                answer = client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": line} for line in lines])
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                self.errors.append(error)
                return
            with self._lock:
                self.acknowledged += lines
            assert answer["FailedPutCount"] == 0

    def mark(self):
        """What was acknowledged until now."""
        with self._lock:
            return set(self.acknowledged)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        assert not self.errors
        return self.acknowledged


def lines_in(paths):
    by_extension = {extension: DECOMPRESS[name] for name, extension in EXTENSIONS.items()}
    return [line + b"\n" for path in paths for line in by_extension[path.suffix](path.read_bytes()).splitlines()]


def delivered(root):
    return lines_in(path for bucket in root.iterdir() for path in objects(bucket))


PREFIXES = [{"Prefix": "v2/"}, {"Prefix": "v3/"}, {"Prefix": "v4/"}, {"Prefix": "v5/"}]
EVERYTHING = [
    {"Prefix": "v2/"}, {"Prefix": "v3/", "CompressionFormat": "GZIP"}, {"Prefix": "v4/", "BucketARN": "arn:aws:s3:::other-bucket"},
    {"Prefix": "v5/", "BucketARN": "arn:aws:s3:::test-bucket", "CompressionFormat": "UNCOMPRESSED"}]


@pytest.mark.slow
@pytest.mark.parametrize("changes", [
    pytest.param(PREFIXES, id="prefixes"),
    pytest.param(EVERYTHING, id="everything")])
def test_every_record_arrives_once_while_the_destination_changes(node, bucket, changes):
    client = node.client()
    bucket.with_name("other-bucket").mkdir()
    node.create_stream("logs", "test-bucket", client, Prefix="v1/")
    producers = Producers(node, "logs")
    for version, change in enumerate(changes, start=1):
        time.sleep(1)
        update(client, version, **change)
    wait_until(lambda: node.stream_state("logs")["state"] == "running", what="attempts of before have ended")
    before_the_last_change = producers.mark()
    time.sleep(1)
    sent = producers.stop()
    wait_until(lambda: node.stream_state("logs")["backlog_records"] == 0, timeout=60, what="all records are delivered")
    assert node.stop() == 0
    counts = collections.Counter(delivered(bucket.parent))
    assert set(counts) == set(sent)
    assert [line for line, count in counts.items() if count > 1] == []
    # What was put before attempts under way had ended may go to either place; later ones only to the new one.
    where = collections.defaultdict(set)
    for path in (path for root in bucket.parent.iterdir() for path in objects(root)):
        where[path.relative_to(bucket.parent).parts[:2]] |= set(lines_in([path]))
    assert where["test-bucket", "v5"] >= set(sent) - before_the_last_change
    places = [(change.get("BucketARN", "test-bucket").removeprefix("arn:aws:s3:::"), change["Prefix"].strip("/"))
              for change in [{"Prefix": "v1/"}, *changes]]
    assert set(where) == set(places)


def test_an_update_frees_a_stream_whose_destination_is_gone(node, bucket):
    client = node.client()
    node.create_stream("logs", "no-such-bucket", client)
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"kept"})
    wait_until(lambda: "NoSuchBucket" in (node.stream_state("logs").get("last_error") or ""), what="delivery fails")
    start = time.monotonic()
    update(client, 1, RoleARN=ROLE, BucketARN="arn:aws:s3:::test-bucket")
    assert time.monotonic() - start < 5
    wait_until(lambda: read_all(bucket) == b"kept", what="delivery to the bucket that is there")


def test_an_update_of_a_stream_whose_destination_hangs_holds_up_nobody(make_hydrant, s3_server, proxy, proxied_s3):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=proxied_s3).start()
    client = node.client()
    for name in ("logs", "others"):
        node.create_stream(name, "test-bucket", client, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0})
    proxy.always(fault_proxy.black_hole())
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"first\n"})
    wait_until(lambda: proxy.counts["black_hole"], what="the attempt hangs")
    begin = time.monotonic()
    update(client, 1, Prefix="new/")
    assert describe(client)["VersionId"] == "2"
    assert len(client.list_delivery_streams()["DeliveryStreamNames"]) == 2
    assert node.stream_state("logs")["state"] == "updating"
    for name in ("logs", "others"):
        client.put_record(DeliveryStreamName=name, Record={"Data": b"second\n"})
    assert time.monotonic() - begin < 5, "the attempt has 30 s, and nobody waits for it"
    proxy.heal()
    wait_until(lambda: read_all(bucket).count(b"second") == 2, timeout=40, what="everything is delivered")
    assert b"first" in read_all(bucket)
    wait_until(lambda: node.stream_state("logs")["state"] == "running", what="the update is through")
