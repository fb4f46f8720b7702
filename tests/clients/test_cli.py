"""All operations with the AWS CLI, one process a call."""
import json

from support.aws_cli import Cli
from support.hydrant import s3_destination
from support.ports import wait_until

NAME = ("--delivery-stream-name", "cli")


def test_all_operations(node, bucket, tmp_path):
    aws = Cli(node, tmp_path)

    def described():
        return aws("describe-delivery-stream", *NAME)["DeliveryStreamDescription"]

    def encryption():
        status = described()["DeliveryStreamEncryptionConfiguration"]["Status"]
        return None if status.endswith("ING") else status
    aws("create-delivery-stream", *NAME, "--extended-s3-destination-configuration", json.dumps(s3_destination("test-bucket")),
        "--tags", "Key=team,Value=one")
    node.wait_active("cli")
    aws("tag-delivery-stream", *NAME, "--tags", "Key=stage,Value=test")
    page = aws("list-tags-for-delivery-stream", *NAME, "--limit", "1")
    assert (len(page["Tags"]), page["HasMoreTags"]) == (1, True)
    aws("untag-delivery-stream", *NAME, "--tag-keys", "team")
    assert aws("list-tags-for-delivery-stream", *NAME) == {"Tags": [{"Key": "stage", "Value": "test"}], "HasMoreTags": False}
    aws("update-destination", *NAME, "--current-delivery-stream-version-id", "1", "--destination-id", "destinationId-000000000001",
        "--extended-s3-destination-update", '{"Prefix":"p/"}')
    assert described()["VersionId"] == "2"
    aws("start-delivery-stream-encryption", *NAME, "--delivery-stream-encryption-configuration-input", "KeyType=AWS_OWNED_CMK")
    assert wait_until(encryption, what="encryption is settled") in ("ENABLED", "ENABLING_FAILED")
    aws("stop-delivery-stream-encryption", *NAME)
    assert wait_until(encryption, what="encryption is settled") == "DISABLED"
    aws("delete-delivery-stream", *NAME, "--allow-force-delete")
    wait_until(lambda: not aws("list-delivery-streams")["DeliveryStreamNames"], what="the stream is gone")


def test_a_refusal_is_shown_as_the_cli_shows_aws_refusals(node, bucket, tmp_path):
    refusal = Cli(node, tmp_path)("create-delivery-stream", "--delivery-stream-name", "a b", succeeds=False)
    assert "An error occurred (ValidationException) when calling the CreateDeliveryStream operation: 1 validation error detected: " in refusal
    assert "at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+" in refusal
