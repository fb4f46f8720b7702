"""DeleteDeliveryStream: what a stream still holds when it is deleted, and what the API says meanwhile."""
import json
import time

import pytest

from support.clients import error_code
from support.hydrant import ACCOUNT, s3_destination
from support.objects import objects, read_all
from support.ports import wait_until

SLOW_BUFFER = {"SizeInMBs": 64, "IntervalInSeconds": 900}


def put_numbers(client, stream, count):
    numbers = [b"%d\n" % number for number in range(count)]
    client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": number} for number in numbers])
    return b"".join(numbers)


def status(client, stream="logs"):
    return client.describe_delivery_stream(DeliveryStreamName=stream)["DeliveryStreamDescription"]["DeliveryStreamStatus"]


def names(client):
    return client.list_delivery_streams()["DeliveryStreamNames"]


def logs(node):
    """What is left of streams on the disk."""
    directory = node.directory / "data" / "streams"
    return list(directory.iterdir()) if directory.exists() else []


def dropped(node):
    (line,) = [line for line in node.admin("/metrics")[1].splitlines() if line.startswith("hydrant_dropped_records_total ")]
    return float(line.split()[1])


@pytest.mark.parametrize("force", [False, True])
def test_what_is_undelivered_is_delivered_first(node, bucket, force):
    client = node.client()
    node.create_stream("logs", "test-bucket", client, BufferingHints=SLOW_BUFFER)
    sent = put_numbers(client, "logs", 300)
    assert not objects(bucket)
    # AllowForceDelete is about grants of AWS's key service: it drops no records.
    client.delete_delivery_stream(DeliveryStreamName="logs", AllowForceDelete=force)
    wait_until(lambda: names(client) == [], what="the stream is gone")
    assert read_all(bucket, sent) == sent
    assert logs(node) == [] and dropped(node) == 0


def test_a_stream_is_deleting_while_its_destination_is_away(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), drain_timeout=6).start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    s3_server.stop()
    put_numbers(client, "logs", 40)

    start = time.monotonic()
    client.delete_delivery_stream(DeliveryStreamName="logs")
    assert status(client) == "DELETING" and names(client) == ["logs"]
    (shown,) = json.loads(node.admin("/streams")[1])["streams"]
    assert (shown["name"], shown["state"]) == ("logs", "deleting")
    client.delete_delivery_stream(DeliveryStreamName="logs")  # allowed, and changes nothing
    assert error_code(client.create_delivery_stream, DeliveryStreamName="logs",
                      ExtendedS3DestinationConfiguration=s3_destination("test-bucket")) == (
        "ResourceInUseException", f"Firehose logs under accountId {ACCOUNT} already exists")
    assert error_code(client.update_destination, DeliveryStreamName="logs", CurrentDeliveryStreamVersionId="1",
                      DestinationId="destinationId-000000000001", ExtendedS3DestinationUpdate={}) == (
        "ResourceInUseException", "Cannot update firehose: logs when it is in DELETING status")
    assert error_code(client.put_record, DeliveryStreamName="logs", Record={"Data": b"late"})[0] == "ResourceNotFoundException"
    # Nobody else waits for it.
    node.create_stream("other", "test-bucket", client)
    assert time.monotonic() - start < 5

    wait_until(lambda: names(client) == ["other"], what="the drain time is over")
    assert 5 < time.monotonic() - start < 15
    assert dropped(node) == 40
    assert "A deleted stream's undelivered records were dropped." in node.log() and '"records":40' in node.log()
    assert len(logs(node)) == 1
    # The name is free again, for a stream that has nothing of the old one.
    s3_server.start()
    node.create_stream("logs", "test-bucket", client)
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"new"})
    wait_until(lambda: read_all(bucket) == b"new", what="delivery by the new stream")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_deletion_goes_on_after_a_restart(make_hydrant, s3_server, end):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), drain_timeout=30).start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    s3_server.stop()
    sent = put_numbers(client, "logs", 40)
    client.delete_delivery_stream(DeliveryStreamName="logs")
    assert status(client) == "DELETING"
    if end == "stop":
        assert node.stop() == 0
    else:
        node.kill()
    s3_server.start()
    node.start()
    wait_until(lambda: names(node.client()) == [], what="the deletion is finished")
    assert read_all(bucket, sent) == sent
    assert logs(node) == [] and dropped(node) == 0


def test_a_configured_stream_that_was_deleted_is_made_anew(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    stream = {"DeliveryStreamName": "logs", "ExtendedS3DestinationConfiguration": s3_destination("test-bucket", Prefix="p/")}
    node = make_hydrant(s3=s3_server.settings(), drain_timeout=3, streams=[stream]).start()
    client = node.client()
    s3_server.stop()
    put_numbers(client, "logs", 5)
    client.delete_delivery_stream(DeliveryStreamName="logs")
    node.kill()
    node.start()
    client = node.client()
    assert status(client) == "DELETING"
    # Its producers are to send again.
    assert error_code(client.put_record, DeliveryStreamName="logs", Record={"Data": b"x"})[0] == "ServiceUnavailableException"
    node.wait_active("logs", client)
    assert dropped(node) == 5
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"new"})
    s3_server.start()
    wait_until(lambda: read_all(bucket) == b"new", what="delivery", timeout=40)
