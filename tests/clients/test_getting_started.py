"""Commands of AWS's documentation, to the letter but for --endpoint-url."""
import json
import os
import pathlib
import re
import subprocess
import sys

import awscli
import pytest

from support.ports import wait_until

EXAMPLES = pathlib.Path(awscli.__file__).parent / "examples/firehose"
AWS = pathlib.Path(sys.executable).parent / "aws"

# CloudWatch Logs user guide, "Step 1: Create a Firehose delivery stream" (CreateFirehoseStream.html) and
# "Example 3: Subscription filters with Amazon Data Firehose" (SubscriptionFilters.html).
CREATE = """aws firehose create-delivery-stream \\
   --delivery-stream-name 'my-delivery-stream' \\
   --s3-destination-configuration \\
  '{"RoleARN": "arn:aws:iam::123456789012:role/FirehosetoS3Role", "BucketARN": "arn:aws:s3:::amzn-s3-demo-bucket2"}'"""
DESCRIBE = 'aws firehose describe-delivery-stream --delivery-stream-name "my-delivery-stream"'


@pytest.fixture
def shell(make_hydrant, tmp_path):
    """A shell in which `aws` is the AWS CLI with an endpoint."""
    for name in ("amzn-s3-demo-bucket2", "test-bucket"):
        (tmp_path / "buckets" / name).mkdir(parents=True)
    node = make_hydrant(s3={"endpoint": f"file://{tmp_path}/buckets"}).start()

    def run(command):
        assert command.startswith("aws firehose ")
        command = command.replace("aws ", f"'{AWS}' --endpoint-url {node.endpoint} ", 1)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
                       "AWS_DEFAULT_REGION": "us-east-1"}
        result = subprocess.run(["bash", "-c", command], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
        return json.loads(result.stdout)
    run.node = node
    return run


def blocks_of(name):
    """The indented blocks of one of the AWS CLI's own examples: a command, files, its output."""
    text = (EXAMPLES / f"{name}.rst").read_text()
    found = re.findall(r"::\n\n((?:    .*\n|\n)+)", text)
    return ["\n".join(line.removeprefix("    ") for line in block.rstrip().split("\n")) for block in found]


def form(value):
    """A document's members without its values."""
    if isinstance(value, dict):
        return {key: form(member) for key, member in value.items()}
    return [form(member) for member in value] if isinstance(value, list) else type(value)


def test_a_stream_to_s3_as_the_cloudwatch_logs_guide_makes_it(shell):
    assert shell(CREATE)["DeliveryStreamARN"].endswith(":deliverystream/my-delivery-stream")
    wait_until(lambda: shell(DESCRIBE)["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE", what="the stream is ACTIVE")
    described = shell(DESCRIBE)["DeliveryStreamDescription"]
    assert described["DeliveryStreamName"] == "my-delivery-stream"
    assert described["Destinations"][0]["S3DestinationDescription"]["RoleARN"] == "arn:aws:iam::123456789012:role/FirehosetoS3Role"
    assert described["Destinations"][0]["S3DestinationDescription"]["BufferingHints"] == {"IntervalInSeconds": 300, "SizeInMBs": 5}
    assert described["Destinations"][0]["S3DestinationDescription"]["CompressionFormat"] == "UNCOMPRESSED"
    assert described["Destinations"][0]["S3DestinationDescription"]["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}


@pytest.mark.parametrize("name", ["put-record", "put-record-batch", "list-delivery-streams"])
def test_an_example_of_the_cli(shell, tmp_path, name):
    shell.node.create_stream("my-stream", "test-bucket")
    command, *contents, output = blocks_of(name)
    if contents:  # the records, which the command reads from a file
        (tmp_path / "records.json").write_text(contents[0])
    answer, documented = shell(command), json.loads(output)
    assert form(answer) == form(documented)
    if name == "list-delivery-streams":
        assert answer == documented
