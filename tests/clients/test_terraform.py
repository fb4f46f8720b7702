"""What Terraform calls for an aws_kinesis_firehose_delivery_stream, replayed.

Source: hashicorp/terraform-provider-aws, internal/service/firehose/delivery_stream.go: create, wait, start encryption; read by describing;
update with the version and destination ids of its state; tags apart; delete, wait until describing fails. After each apply a plan must be empty:
describing again yields the same.
"""
import pytest

from support.hydrant import ROLE
from support.ports import wait_until

# As the provider expands `extended_s3_configuration`: it sends what its schema defaults to.
CONFIGURATION = {
    "BucketARN": "arn:aws:s3:::test-bucket", "RoleARN": ROLE, "Prefix": "tf/", "CompressionFormat": "UNCOMPRESSED",
    "BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 5}, "CustomTimeZone": "UTC", "FileExtension": "",
    "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}, "CloudWatchLoggingOptions": {"Enabled": False},
    "ProcessingConfiguration": {"Enabled": False, "Processors": []}, "S3BackupMode": "Disabled"}


class Terraform:
    """State of one resource."""

    def __init__(self, client, name):
        self._client, self._name = client, {"DeliveryStreamName": name}
        self.state = None

    def create(self, configuration, tags):
        given = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}
        self._client.create_delivery_stream(**self._name, DeliveryStreamType="DirectPut", ExtendedS3DestinationConfiguration=configuration,
                                            **given)
        wait_until(lambda: self._read()["DeliveryStreamStatus"] == "ACTIVE", what="created")
        self.refresh()

    def _read(self):
        return self._client.describe_delivery_stream(**self._name)["DeliveryStreamDescription"]

    def refresh(self):
        self.state = self._read() | {"Tags": self.tags()}

    def tags(self):
        tags, start = {}, {}
        while True:
            page = self._client.list_tags_for_delivery_stream(**self._name, **start)
            tags |= {tag["Key"]: tag["Value"] for tag in page["Tags"]}
            if not page["HasMoreTags"]:
                return tags
            start = {"ExclusiveStartTagKey": page["Tags"][-1]["Key"]}

    def update(self, configuration):
        self._client.update_destination(**self._name, CurrentDeliveryStreamVersionId=self.state["VersionId"],
                                        DestinationId=self.state["Destinations"][0]["DestinationId"],
                                        ExtendedS3DestinationUpdate=configuration)
        self.refresh()

    def retag(self, tags):
        gone = [key for key in self.state["Tags"] if key not in tags]
        new = {key: value for key, value in tags.items() if self.state["Tags"].get(key) != value}
        if gone:
            self._client.untag_delivery_stream(**self._name, TagKeys=gone)
        if new:
            self._client.tag_delivery_stream(**self._name, Tags=[{"Key": key, "Value": value} for key, value in new.items()])
        self.refresh()

    def destroy(self):
        self._client.delete_delivery_stream(**self._name)

        def gone():
            try:
                self._read()
            except self._client.exceptions.ResourceNotFoundException:
                return True
            return False
        wait_until(gone, what="destroyed")


@pytest.fixture
def terraform(node, bucket):
    return Terraform(node.client(), "tf-stream")


def planned_away(configuration, state):
    """What a plan after the apply would still change."""
    described = state["Destinations"][0]["ExtendedS3DestinationDescription"]
    # The provider takes a switched off block, an empty text and UTC for what is not there.
    unset = {"CustomTimeZone": "UTC", "FileExtension": "", "ProcessingConfiguration": {"Enabled": False, "Processors": []}}
    return {name for name, value in configuration.items() if described.get(name, unset.get(name)) != value}


def test_apply_change_and_destroy(terraform):
    terraform.create(CONFIGURATION, {"team": "one", "stage": "test"})
    assert planned_away(CONFIGURATION, terraform.state) == set()
    assert terraform.state["Tags"] == {"team": "one", "stage": "test"}
    before = terraform.state
    terraform.refresh()
    assert terraform.state == before, "a second plan is empty"

    changed = CONFIGURATION | {"Prefix": "changed/", "CompressionFormat": "GZIP", "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 10}}
    terraform.update(changed)
    assert planned_away(changed, terraform.state) == set()
    assert terraform.state["VersionId"] == "2"
    terraform.retag({"team": "two"})
    assert terraform.state["Tags"] == {"team": "two"}
    assert terraform.state["VersionId"] == "2"
    terraform.destroy()


def test_an_update_from_a_state_that_is_old_is_refused(terraform, node):
    terraform.create(CONFIGURATION, {})
    other = Terraform(node.client(), "tf-stream")
    other.refresh()
    other.update({"Prefix": "theirs/"})
    with pytest.raises(node.client().exceptions.ClientError, match="ConcurrentModificationException"):
        terraform.update({"Prefix": "ours/"})
    terraform.refresh()
    assert terraform.state["Destinations"][0]["ExtendedS3DestinationDescription"]["Prefix"] == "theirs/"
    terraform.destroy()
