"""Tags, encryption and the states between, by boto3."""
from support.aws_cli import Cli
from support.clients import error_code
from support.hydrant import ACCOUNT, s3_destination
from support.objects import read_all
from support.ports import wait_until


def describe(client, name="logs"):
    return client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]


def encryption(client):
    return describe(client)["DeliveryStreamEncryptionConfiguration"]


def test_tags_are_kept_paged_and_removed(make_hydrant, bucket):
    node = make_hydrant().start()
    client = node.client()
    client.create_delivery_stream(DeliveryStreamName="logs", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"),
                                  Tags=[{"Key": "team", "Value": "logs"}, {"Key": "bare"}])
    client.tag_delivery_stream(DeliveryStreamName="logs", Tags=[{"Key": "env", "Value": "prod"}, {"Key": "team", "Value": "data"}])
    assert node.stop() == 0
    node.start()
    client = node.client()
    page = client.list_tags_for_delivery_stream(DeliveryStreamName="logs", Limit=2)
    assert (page["Tags"], page["HasMoreTags"]) == ([{"Key": "bare"}, {"Key": "env", "Value": "prod"}], True)
    page = client.list_tags_for_delivery_stream(DeliveryStreamName="logs", ExclusiveStartTagKey="env")
    assert (page["Tags"], page["HasMoreTags"]) == ([{"Key": "team", "Value": "data"}], False)
    client.untag_delivery_stream(DeliveryStreamName="logs", TagKeys=["env", "bare", "none"])
    assert client.list_tags_for_delivery_stream(DeliveryStreamName="logs")["Tags"] == [{"Key": "team", "Value": "data"}]
    many = [{"Key": f"k{i}", "Value": "v"} for i in range(50)]
    assert error_code(client.tag_delivery_stream, DeliveryStreamName="logs", Tags=many)[0] == "LimitExceededException"
    assert error_code(client.tag_delivery_stream, DeliveryStreamName="logs", Tags=[{"Key": "aws:x"}])[0] == "ValidationException"
    assert error_code(client.tag_delivery_stream, DeliveryStreamName="none", Tags=many)[0] == "ResourceNotFoundException"
    assert describe(client)["VersionId"] == "1"


def test_encryption_is_said_to_be_there_when_the_disk_is_encrypted(make_hydrant, bucket):
    node = make_hydrant(log={"encryption": "disk"}).start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    assert encryption(client) == {"Status": "DISABLED"}
    assert client.put_record(DeliveryStreamName="logs", Record={"Data": b"a"})["Encrypted"] is False
    client.start_delivery_stream_encryption(DeliveryStreamName="logs")
    assert encryption(client) == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    assert client.put_record(DeliveryStreamName="logs", Record={"Data": b"b"})["Encrypted"] is True
    assert node.stop() == 0
    node.start()
    client = node.client()
    assert client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"c"}])["Encrypted"] is True
    client.stop_delivery_stream_encryption(DeliveryStreamName="logs")
    assert encryption(client) == {"Status": "DISABLED"}
    assert client.put_record(DeliveryStreamName="logs", Record={"Data": b"d"})["Encrypted"] is False
    wait_until(lambda: read_all(bucket, b"abcd") == b"abcd", what="delivery")
    key = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"}
    client.start_delivery_stream_encryption(DeliveryStreamName="logs", DeliveryStreamEncryptionConfigurationInput=key)
    assert encryption(client)["Status"] == "ENABLING_FAILED"


def test_a_node_that_does_not_encrypt_says_so(node, bucket):
    client = node.client()
    node.create_stream("logs", "test-bucket", client)
    client.start_delivery_stream_encryption(DeliveryStreamName="logs")
    failed = encryption(client)
    assert failed["Status"] == "ENABLING_FAILED" and "log.encryption" in failed["FailureDescription"]["Details"]
    assert client.put_record(DeliveryStreamName="logs", Record={"Data": b"plain"})["Encrypted"] is False
    wait_until(lambda: read_all(bucket) == b"plain", what="delivery")
    client.create_delivery_stream(DeliveryStreamName="secret", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"),
                                  DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"})
    stream = describe(client, "secret")
    assert stream["DeliveryStreamStatus"] == "CREATING_FAILED"
    assert stream["DeliveryStreamEncryptionConfiguration"]["Status"] == "ENABLING_FAILED"
    assert error_code(client.put_record, DeliveryStreamName="secret", Record={"Data": b"x"})[0] == "ResourceNotFoundException"


def test_states_between_are_shown_for_as_long_as_is_asked(make_hydrant, bucket):
    node = make_hydrant(transition_time="1s", log={"encryption": "disk"}).start()
    client = node.client()
    client.create_delivery_stream(DeliveryStreamName="logs", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"))
    assert describe(client)["DeliveryStreamStatus"] == "CREATING"
    assert error_code(client.put_record, DeliveryStreamName="logs", Record={"Data": b"x"})[0] == "ResourceNotFoundException"
    assert error_code(client.delete_delivery_stream, DeliveryStreamName="logs")[0] == "ResourceInUseException"
    node.wait_active("logs", client)
    client.start_delivery_stream_encryption(DeliveryStreamName="logs")
    assert encryption(client)["Status"] == "ENABLING"
    wait_until(lambda: encryption(client)["Status"] == "ENABLED", what="encryption is enabled")
    client.delete_delivery_stream(DeliveryStreamName="logs")
    assert describe(client)["DeliveryStreamStatus"] == "DELETING"
    wait_until(lambda: client.list_delivery_streams()["DeliveryStreamNames"] == [], what="the stream is gone")
    client.create_delivery_stream(DeliveryStreamName="logs", ExtendedS3DestinationConfiguration=s3_destination("test-bucket"))
    assert node.stop() == 0  # a state that waits keeps no node
    node.start()
    assert describe(node.client())["DeliveryStreamStatus"] == "ACTIVE"


def test_tags_and_encryption_with_the_aws_cli(make_hydrant, bucket, tmp_path):
    node = make_hydrant(log={"encryption": "disk"}).start()
    node.create_stream("logs", "test-bucket")
    aws = Cli(node, tmp_path)
    aws("tag-delivery-stream", "--delivery-stream-name", "logs", "--tags", "Key=team,Value=logs", "Key=bare")
    aws("untag-delivery-stream", "--delivery-stream-name", "logs", "--tag-keys", "bare")
    assert aws("list-tags-for-delivery-stream", "--delivery-stream-name", "logs") == {
        "Tags": [{"Key": "team", "Value": "logs"}], "HasMoreTags": False}
    aws("start-delivery-stream-encryption", "--delivery-stream-name", "logs")
    assert encryption(node.client())["Status"] == "ENABLED"
    aws("stop-delivery-stream-encryption", "--delivery-stream-name", "logs")
    assert encryption(node.client())["Status"] == "DISABLED"
