"""The Firehose API as boto3 and the AWS CLI use it, with nothing changed but the endpoint."""
import json

from support.aws_cli import Cli
from support.clients import error_code
from support.hydrant import ACCOUNT, ROLE, s3_destination
from support.objects import objects, read_all
from support.ports import wait_until


def test_life_of_a_stream_with_boto3(node, bucket):
    client = node.client()
    arn = client.create_delivery_stream(
        DeliveryStreamName="logs", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"))["DeliveryStreamARN"]
    assert arn == f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/logs"
    node.wait_active("logs", client)
    assert client.list_delivery_streams()["DeliveryStreamNames"] == ["logs"]

    put = client.put_record(DeliveryStreamName="logs", Record={"Data": b"one\n"})
    assert put["RecordId"] and put["Encrypted"] is False
    batch = client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"two\n"}, {"Data": b"three\n"}])
    assert batch["FailedPutCount"] == 0
    assert len({put["RecordId"], *(entry["RecordId"] for entry in batch["RequestResponses"])}) == 3
    sent = b"one\ntwo\nthree\n"
    wait_until(lambda: read_all(bucket, sent) == sent, what="three records are delivered")

    client.delete_delivery_stream(DeliveryStreamName="logs")
    wait_until(lambda: client.list_delivery_streams()["DeliveryStreamNames"] == [], what="the stream is gone")
    assert error_code(client.describe_delivery_stream, DeliveryStreamName="logs") == (
        "ResourceNotFoundException", f"Firehose logs under account {ACCOUNT} not found.")


def test_describe_tells_what_was_made_with_defaults_filled_in(node, bucket):
    client = node.client()
    client.create_delivery_stream(DeliveryStreamName="plain", ExtendedS3DestinationConfiguration={
        "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::test-bucket", "Prefix": "p/"})
    stream = client.describe_delivery_stream(DeliveryStreamName="plain")["DeliveryStreamDescription"]
    assert stream["DeliveryStreamType"] == "DirectPut"
    assert stream["VersionId"] == "1"
    assert stream["HasMoreDestinations"] is False
    assert stream["CreateTimestamp"].timestamp() > 1_700_000_000
    (destination,) = stream["Destinations"]
    assert destination["DestinationId"] == "destinationId-000000000001"
    for member in ("S3DestinationDescription", "ExtendedS3DestinationDescription"):
        description = destination[member]
        assert description["RoleARN"] == ROLE
        assert description["BucketARN"] == "arn:aws:s3:::test-bucket"
        assert description["Prefix"] == "p/"
        assert description["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
        assert description["CompressionFormat"] == "UNCOMPRESSED"
        assert description["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}
    assert destination["ExtendedS3DestinationDescription"]["S3BackupMode"] == "Disabled"


def test_the_deprecated_s3_destination_works(node, bucket):
    client = node.client()
    client.create_delivery_stream(DeliveryStreamName="old", S3DestinationConfiguration=s3_destination("test-bucket"))
    node.wait_active("old", client)
    client.put_record(DeliveryStreamName="old", Record={"Data": b"data"})
    wait_until(lambda: read_all(bucket) == b"data", what="delivery")


def test_errors_are_firehoses_own(node, bucket):
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    assert error_code(client.create_delivery_stream, DeliveryStreamName="logs",
                      ExtendedS3DestinationConfiguration=s3_destination("test-bucket")) == (
        "ResourceInUseException", f"Firehose logs under accountId {ACCOUNT} already exists")
    assert error_code(client.put_record, DeliveryStreamName="none", Record={"Data": b"x"}) == (
        "ResourceNotFoundException", f"Firehose none under account {ACCOUNT} not found.")
    code, message = error_code(client.put_record, DeliveryStreamName="bad name!", Record={"Data": b"x"})
    assert code == "ValidationException"
    assert "'deliveryStreamName' failed to satisfy constraint" in message
    code, _ = error_code(client.create_delivery_stream, DeliveryStreamName="half")
    assert code == "InvalidArgumentException"


def test_list_pages_in_order_of_name(node, bucket):
    client = node.client()
    for name in ("c", "a", "d", "b"):
        node.create_stream(name, "test-bucket", client)
    first = client.list_delivery_streams(Limit=3)
    assert (first["DeliveryStreamNames"], first["HasMoreDeliveryStreams"]) == (["a", "b", "c"], True)
    rest = client.list_delivery_streams(Limit=3, ExclusiveStartDeliveryStreamName="c")
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["d"], False)


def test_a_stream_outlives_a_restart(make_hydrant, bucket):
    node = make_hydrant().start()
    node.create_stream("kept", "test-bucket", Prefix="before/")
    assert node.stop() == 0
    node.start()
    stream = node.client().describe_delivery_stream(DeliveryStreamName="kept")["DeliveryStreamDescription"]
    assert stream["Destinations"][0]["S3DestinationDescription"]["Prefix"] == "before/"
    node.wait_active("kept")
    node.client().put_record(DeliveryStreamName="kept", Record={"Data": b"after"})
    wait_until(lambda: read_all(bucket) == b"after", what="delivery after the restart")


def test_the_largest_record_and_batch_are_taken_and_one_byte_more_is_not(node, bucket):
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    largest = bytes(range(256)) * 4000  # 1,024,000 bytes, every value
    client.put_record(DeliveryStreamName="logs", Record={"Data": largest})
    code, message = error_code(client.put_record, DeliveryStreamName="logs", Record={"Data": largest + b"x"})
    assert code == "ValidationException" and "record.data" in message
    assert error_code(client.put_record_batch, DeliveryStreamName="logs", Records=[{"Data": b"x"}] * 501)[0] == "ValidationException"
    assert error_code(client.put_record_batch, DeliveryStreamName="logs",
                      Records=[{"Data": b"y" * 1_000_000}] * 5)[0] == "InvalidArgumentException"
    client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"z"}] * 500)
    sent = largest + b"z" * 500
    wait_until(lambda: read_all(bucket, sent) == sent, what="what was accepted, and nothing else")


def test_a_stream_takes_records_as_soon_as_it_is_there(node, bucket):
    client = node.client()  # which tries nothing again
    for i in range(40):
        client.create_delivery_stream(DeliveryStreamName=f"new-{i}", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"))
        client.put_record(DeliveryStreamName=f"new-{i}", Record={"Data": b"at once\n"})


def test_empty_records_are_records(node, bucket):
    client = node.client()
    node.create_stream("logs", "test-bucket", client, ProcessingConfiguration={"Enabled": True, "Processors": [
        {"Type": "AppendDelimiterToRecord", "Parameters": []}]})
    client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"a"}, {"Data": b""}, {"Data": b"b"}])
    wait_until(lambda: read_all(bucket) == b"a\n\nb\n", what="three lines, one of them empty")


def test_life_of_a_stream_with_the_aws_cli(node, bucket, tmp_path):
    aws = Cli(node, tmp_path)
    made = aws("create-delivery-stream", "--delivery-stream-name", "cli", "--extended-s3-destination-configuration",
               json.dumps(s3_destination("test-bucket", Prefix="cli/")))
    assert made["DeliveryStreamARN"].endswith(":deliverystream/cli")
    node.wait_active("cli")
    assert aws("list-delivery-streams")["DeliveryStreamNames"] == ["cli"]
    described = aws("describe-delivery-stream", "--delivery-stream-name", "cli")["DeliveryStreamDescription"]
    assert described["DeliveryStreamStatus"] == "ACTIVE"
    # The CLI of version 1 takes blobs as they are.
    assert aws("put-record", "--delivery-stream-name", "cli", "--record", '{"Data":"hello "}')["RecordId"]
    batch = aws("put-record-batch", "--delivery-stream-name", "cli", "--records", '[{"Data":"new "},{"Data":"world"}]')
    assert batch["FailedPutCount"] == 0
    wait_until(lambda: read_all(bucket, b"hello new world") == b"hello new world", what="delivery")
    assert all(path.relative_to(bucket).parts[0] == "cli" for path in objects(bucket))
    aws("delete-delivery-stream", "--delivery-stream-name", "cli")
    wait_until(lambda: aws("list-delivery-streams")["DeliveryStreamNames"] == [], what="the stream is gone")
    assert "ResourceNotFoundException" in aws("describe-delivery-stream", "--delivery-stream-name", "cli", succeeds=False)
