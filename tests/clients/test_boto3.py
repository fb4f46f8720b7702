"""All operations with boto3: its classes of errors, its paging by hand (the model has no paginators and no waiters), its retries."""
import threading

import boto3
import botocore.config
import pytest

from support.hydrant import ACCOUNT, s3_destination
from support.objects import read_all
from support.ports import wait_until

DESTINATION = "destinationId-000000000001"


def plain_client(node, **config):
    """boto3 as users have it: with its own validation of arguments and its own retries."""
    return boto3.client("firehose", endpoint_url=node.endpoint, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any",
                        config=botocore.config.Config(**config))


def settled(client, name):
    def condition():
        stream = client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        encryption = stream["DeliveryStreamEncryptionConfiguration"]["Status"]
        return stream if stream["DeliveryStreamStatus"] != "CREATING" and not encryption.endswith("ING") else None
    return wait_until(condition, what=f"{name} is in a state that lasts")


def test_all_operations(node, bucket):
    client = plain_client(node)
    arn = client.create_delivery_stream(DeliveryStreamName="all", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"),
                                        Tags=[{"Key": "team", "Value": "one"}])["DeliveryStreamARN"]
    assert arn == f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/all"
    assert settled(client, "all")["DeliveryStreamARN"] == arn
    assert client.list_delivery_streams(DeliveryStreamType="DirectPut")["DeliveryStreamNames"] == ["all"]
    client.tag_delivery_stream(DeliveryStreamName="all", Tags=[{"Key": "stage", "Value": "test"}])
    client.untag_delivery_stream(DeliveryStreamName="all", TagKeys=["team"])
    assert client.list_tags_for_delivery_stream(DeliveryStreamName="all")["Tags"] == [{"Key": "stage", "Value": "test"}]
    client.update_destination(DeliveryStreamName="all", CurrentDeliveryStreamVersionId="1", DestinationId=DESTINATION,
                              ExtendedS3DestinationUpdate={"Prefix": "p/"})
    assert settled(client, "all")["VersionId"] == "2"
    client.start_delivery_stream_encryption(DeliveryStreamName="all")
    assert settled(client, "all")["DeliveryStreamEncryptionConfiguration"]["Status"] in ("ENABLED", "ENABLING_FAILED")
    client.stop_delivery_stream_encryption(DeliveryStreamName="all")
    assert settled(client, "all")["DeliveryStreamEncryptionConfiguration"]["Status"] == "DISABLED"
    assert client.put_record(DeliveryStreamName="all", Record={"Data": b"a"})["Encrypted"] is False
    assert client.put_record_batch(DeliveryStreamName="all", Records=[{"Data": b"b"}, {"Data": b"c"}])["FailedPutCount"] == 0
    wait_until(lambda: read_all(bucket, b"abc") == b"abc", what="delivery")
    client.delete_delivery_stream(DeliveryStreamName="all")
    wait_until(lambda: not client.list_delivery_streams()["DeliveryStreamNames"], what="the stream is gone")


def modelled_errors(client):
    """Class of boto3: a call that must raise it."""
    there = {"DeliveryStreamName": "there"}
    destination = {"ExtendedS3DestinationConfiguration": s3_destination("test-bucket")}
    update = {"DestinationId": DESTINATION, "ExtendedS3DestinationUpdate": {"Prefix": "p/"}}
    missing = {"DeliveryStreamName": "missing"}
    return {
        "ResourceInUseException": (client.create_delivery_stream, there | destination),
        "ResourceNotFoundException": (client.describe_delivery_stream, missing),
        "InvalidArgumentException": (client.create_delivery_stream, missing),
        "ConcurrentModificationException": (client.update_destination, there | update | {"CurrentDeliveryStreamVersionId": "7"}),
        "LimitExceededException": (client.create_delivery_stream, missing | destination),
    }


@pytest.mark.parametrize("name", modelled_errors(boto3.client("firehose", region_name="us-east-1")))
def test_errors_are_raised_as_their_classes(make_hydrant, bucket, name):
    node = make_hydrant(limits={"streams": 1}).start()
    node.create_stream("there", "test-bucket")
    client = plain_client(node)
    call, arguments = modelled_errors(client)[name]
    with pytest.raises(getattr(client.exceptions, name)) as caught:
        call(**arguments)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["message"] == caught.value.response["Error"]["Message"] != ""


@pytest.mark.parametrize("operation,arguments", [
    ("delete_delivery_stream", {}), ("list_tags_for_delivery_stream", {}), ("put_record", {"Record": {"Data": b""}}),
    ("put_record_batch", {"Records": [{"Data": b""}]}), ("start_delivery_stream_encryption", {}), ("stop_delivery_stream_encryption", {}),
    ("tag_delivery_stream", {"Tags": [{"Key": "a"}]}), ("untag_delivery_stream", {"TagKeys": ["a"]}),
    ("update_destination", {"CurrentDeliveryStreamVersionId": "1", "DestinationId": DESTINATION, "S3DestinationUpdate": {}}),
])
def test_no_operation_finds_what_is_not_there(node, operation, arguments):
    client = plain_client(node)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        getattr(client, operation)(DeliveryStreamName="missing", **arguments)


def test_throttled_puts_are_tried_again_until_they_are_taken(make_hydrant, s3_server):
    s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings(), log={"quota": "64 MiB", "segment_size": "4 MiB"}).start()
    node.create_stream("full", "test-bucket")
    s3_server.stop()
    batch = {"DeliveryStreamName": "full", "Records": [{"Data": b"r" * 1_000_000}] * 4}
    impatient = plain_client(node, retries={"total_max_attempts": 1})
    with pytest.raises(impatient.exceptions.ServiceUnavailableException, match="Slow down") as caught:
        for _ in range(40):
            impatient.put_record_batch(**batch)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503

    threading.Timer(1, s3_server.start).start()
    answer = plain_client(node, retries={"total_max_attempts": 12, "mode": "standard"}).put_record_batch(**batch)
    assert answer["FailedPutCount"] == 0
    assert answer["ResponseMetadata"]["RetryAttempts"] > 0


def test_lists_are_paged_by_hand(node, bucket):
    client = plain_client(node)
    assert client.waiter_names == []
    assert not any(map(client.can_paginate, ("list_delivery_streams", "list_tags_for_delivery_stream")))
    for number in range(7):
        node.create_stream(f"stream-{number}", "test-bucket")
    names, more = [], True
    while more:
        page = client.list_delivery_streams(Limit=3, **({"ExclusiveStartDeliveryStreamName": names[-1]} if names else {}))
        assert 0 < len(page["DeliveryStreamNames"]) <= 3
        names, more = names + page["DeliveryStreamNames"], page["HasMoreDeliveryStreams"]
    assert names == [f"stream-{number}" for number in range(7)]


def test_tags_are_paged_by_hand(node, bucket):
    client = plain_client(node)
    tags = [{"Key": f"key-{number:02}", "Value": str(number)} for number in range(50)]
    client.create_delivery_stream(DeliveryStreamName="tagged", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"), Tags=tags)
    listed, more = [], True
    while more:
        page = client.list_tags_for_delivery_stream(
            DeliveryStreamName="tagged", Limit=20, **({"ExclusiveStartTagKey": listed[-1]["Key"]} if listed else {}))
        assert 0 < len(page["Tags"]) <= 20
        listed, more = listed + page["Tags"], page["HasMoreTags"]
    assert listed == tags
