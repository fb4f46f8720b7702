"""Streams of families and sources that this build can't run: kept, described, mended, never swallowing data."""
import json

import pytest

from support.clients import error_code
from support.families import BUCKET, FAMILIES, SECRET, create, describe
from support.hydrant import ACCOUNT, ROLE, run_hydrant, s3_destination
from support.objects import read_all
from support.ports import wait_until


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_without_a_sink_is_kept_and_takes_no_records(make_hydrant, bucket, family):
    node = make_hydrant().start()
    client = node.client()
    assert create(client, family)["DeliveryStreamARN"].endswith(":deliverystream/logs")
    stream = describe(client)
    assert stream["DeliveryStreamStatus"] == "CREATING_FAILED"
    assert f"{family}DestinationConfiguration: this build of hydrant has no sink" in stream["FailureDescription"]["Details"]
    (destination,) = stream["Destinations"]
    described = destination[f"{family}DestinationDescription"]
    assert described["S3DestinationDescription"]["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert described["RetryOptions"]["DurationInSeconds"] > 0
    assert SECRET not in json.dumps(stream, default=str) and "verysecret" not in json.dumps(stream, default=str)
    assert error_code(client.put_record, DeliveryStreamName="logs", Record={"Data": b"x"}) == (
        "ResourceNotFoundException", f"Firehose logs under account {ACCOUNT} not found.")
    assert client.list_delivery_streams()["DeliveryStreamNames"] == ["logs"]
    assert "no sink" in node.admin("/health")[1]
    assert node.stop() == 0
    node.start()
    client = node.client()
    assert describe(client) == stream
    client.delete_delivery_stream(DeliveryStreamName="logs")
    wait_until(lambda: client.list_delivery_streams()["DeliveryStreamNames"] == [], what="the stream is gone")
    assert SECRET not in node.log() and "verysecret" not in node.log()


def test_an_update_to_what_there_is_makes_it_work(node, bucket):
    client = node.client()
    create(client, "Splunk")
    client.update_destination(DeliveryStreamName="logs", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001",
                              ExtendedS3DestinationUpdate=s3_destination("test-bucket"))
    assert describe(client)["DeliveryStreamStatus"] == "ACTIVE"
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"data"})
    wait_until(lambda: read_all(bucket) == b"data", what="delivery")


def test_a_stream_that_works_is_not_updated_to_one_that_can_not(node, bucket):
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    code, message = error_code(
        client.update_destination, DeliveryStreamName="logs", CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001", SplunkDestinationUpdate=FAMILIES["Splunk"] | {"S3Update": BUCKET})
    assert code == "InvalidArgumentException" and "no sink" in message
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"data"})
    wait_until(lambda: read_all(bucket) == b"data", what="delivery")


def test_sources_and_processors_are_kept_too(node, bucket):
    client = node.client()
    client.create_delivery_stream(
        DeliveryStreamName="kinesis", DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s", "RoleARN": ROLE},
        ExtendedS3DestinationConfiguration=s3_destination("test-bucket"))
    stream = describe(client, "kinesis")
    assert stream["DeliveryStreamStatus"] == "CREATING_FAILED"
    source = stream["Source"]["KinesisStreamSourceDescription"]
    assert source["DeliveryStartTimestamp"] == stream["CreateTimestamp"]
    assert "DeliveryStreamEncryptionConfiguration" not in stream
    client.create_delivery_stream(
        DeliveryStreamName="lambda", ExtendedS3DestinationConfiguration=s3_destination("test-bucket", ProcessingConfiguration={
            "Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": [
                {"ParameterName": "LambdaArn", "ParameterValue": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"}]}]}))
    stream = describe(client, "lambda")
    assert "Processor type Lambda" in stream["FailureDescription"]["Details"]
    assert client.list_delivery_streams(DeliveryStreamType="KinesisStreamAsSource")["DeliveryStreamNames"] == ["kinesis"]


def test_what_is_wrong_is_refused_whatever_is_missing(node, bucket):
    client = node.client()
    code, message = error_code(create, client=client, family="Redshift", Password=None,
                               S3Configuration=BUCKET | {"CompressionFormat": "ZIP"})
    assert code == "InvalidArgumentException"
    assert "Redshift Database Password is required" in message and "[UNCOMPRESSED, GZIP]" in message
    assert client.list_delivery_streams()["DeliveryStreamNames"] == []


def test_in_a_file_it_is_an_error(tmp_path):
    stream = {"DeliveryStreamName": "logs", "SplunkDestinationConfiguration": FAMILIES["Splunk"] | {"S3Configuration": BUCKET}}
    path = tmp_path / "hydrant.yaml"
    path.write_text(json.dumps({"streams": [stream]}))
    result = run_hydrant("validate", "--config", path)
    assert result.returncode == 1
    assert "streams[0].SplunkDestinationConfiguration: this build of hydrant has no sink for it" in result.stdout + result.stderr
