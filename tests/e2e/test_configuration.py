"""A configuration that is wrong is refused before anything starts, with what, where and how to mend it."""
import json

import pytest

from support.hydrant import ROLE, run_hydrant, s3_destination
from support.objects import read_all
from support.ports import wait_until


def validate(tmp_path, text):
    path = tmp_path / "hydrant.yaml"
    path.write_text(text)
    result = run_hydrant("validate", "--config", path)
    return result.returncode, result.stdout + result.stderr


def test_a_good_file_is_said_to_be_good(tmp_path):
    code, output = validate(tmp_path, "listen: 127.0.0.1:4573\nlog: {durability: os}\n")
    assert code == 0, output


@pytest.mark.parametrize("text,words", [
    ("lisen: 127.0.0.1:1\n", ["lisen", "listen"]),
    ("log: {durabilty: os}\n", ["durabilty", "durability"]),
    ("log: {durability: fsnc}\n", ["fsnc", "fsync"]),
    ("memory: 1 KiB\n", ["memory", "64 MiB"]),
    ("listen: nowhere\n", ["listen", "nowhere"]),
    ("account_id: abc\n", ["account_id", "abc"]),
    ("listen: [\n", ["hydrant.yaml:"]),
    ("streams: [{DeliveryStreamName: 'no spaces please'}]\n", ["streams"]),
])
def test_what_is_wrong_is_named_with_the_right_one(tmp_path, text, words):
    code, output = validate(tmp_path, text)
    assert code != 0
    for word in words:
        assert word in output


def test_all_errors_come_at_once(tmp_path):
    code, output = validate(tmp_path, "lisen: x\nmemory: 1\nlog: {durability: never}\n")
    assert code != 0
    for word in ("lisen", "memory", "durability"):
        assert word in output


def test_a_file_that_is_not_there_is_named(tmp_path):
    result = run_hydrant("run", "--config", tmp_path / "none.yaml")
    assert result.returncode != 0 and "none.yaml" in result.stderr


def test_secrets_come_from_the_environment_and_from_files_and_are_never_shown(make_hydrant, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_PRODUCER_SECRET", "from-the-environment")
    (tmp_path / "secret").write_text("from-a-file\n")
    node = make_hydrant(credentials=[
        {"access_key_id": "ENV", "secret_access_key": "${TEST_PRODUCER_SECRET}"},
        {"access_key_id": "FILE", "secret_access_key": {"file": str(tmp_path / "secret")}}]).start()
    assert node.client("ENV", "from-the-environment").list_delivery_streams()["DeliveryStreamNames"] == []
    assert node.client("FILE", "from-a-file").list_delivery_streams()["DeliveryStreamNames"] == []
    assert "from-the-environment" not in node.log() and "from-a-file" not in node.log()


def test_streams_of_the_file_are_made_at_start_and_updated_later(make_hydrant, bucket):
    stream = {"DeliveryStreamName": "declared", "ExtendedS3DestinationConfiguration": s3_destination("test-bucket", Prefix="one/")}
    node = make_hydrant(streams=[stream]).start()
    node.wait_active("declared")
    node.client().put_record(DeliveryStreamName="declared", Record={"Data": b"1"})
    wait_until(lambda: read_all(bucket / "one") == b"1" if (bucket / "one").exists() else False, what="delivery")
    assert node.stop() == 0
    stream["ExtendedS3DestinationConfiguration"]["Prefix"] = "two/"
    node.start()
    node.wait_active("declared")
    node.client().put_record(DeliveryStreamName="declared", Record={"Data": b"2"})
    wait_until(lambda: read_all(bucket / "two") == b"2" if (bucket / "two").exists() else False, what="delivery under the new prefix")


def test_set_overrides_the_file(make_hydrant, bucket, tmp_path):
    path = tmp_path / "hydrant.yaml"
    path.write_text("log_level: info\n")
    assert run_hydrant("validate", "--config", path, "--set", "log_level=debug").returncode == 0
    result = run_hydrant("validate", "--config", path, "--set", "log_level=loud")
    assert result.returncode != 0 and "log_level" in result.stdout + result.stderr


def test_help_and_version():
    for arguments in (["--help"], ["run", "--help"], ["validate", "--help"], ["put", "--help"], ["streams", "--help"]):
        result = run_hydrant(*arguments)
        assert result.returncode == 0 and "xample" in result.stdout, arguments
    version = run_hydrant("version")
    assert version.returncode == 0 and "0.1.0" in version.stdout
    unknown = run_hydrant("rum")
    assert unknown.returncode != 0 and unknown.stderr


def test_a_stream_in_the_shape_of_create_delivery_stream_is_valid(tmp_path):
    code, output = validate(tmp_path, json.dumps({"streams": [{
        "DeliveryStreamName": "access-logs", "ExtendedS3DestinationConfiguration": {
            "BucketARN": "arn:aws:s3:::logs", "RoleARN": ROLE, "CompressionFormat": "GZIP",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}}}]}))
    assert code == 0, output
