"""Hydrant.Compression: objects become smaller, and stay what any reader reads."""
import json
import subprocess
import zlib

import pytest

from support.clients import error_code, say_hydrant
from support.hydrant import ROOT, run_hydrant, s3_destination
from support.objects import DECOMPRESS, EXTENSIONS, objects

EFFORTS = ["fast", "balanced", "small"]


@pytest.fixture(scope="module")
def lines():
    made = subprocess.run([ROOT / "scripts/sample-logs", "--lines", "9000"], capture_output=True, check=True)
    return made.stdout.splitlines(keepends=True)


def put_all(client, stream, records):
    for start in range(0, len(records), 500):
        answer = client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": data} for data in records[start:start + 500]])
        assert answer["FailedPutCount"] == 0


@pytest.mark.parametrize("compression", ["GZIP", "ZIP"])
def test_more_effort_makes_smaller_objects_that_everyone_reads(node, bucket, lines, compression):
    client = node.client()
    for effort in EFFORTS:
        node.create_stream(effort, "test-bucket", hydrant={"Compression": effort}, Prefix=f"{effort}/", CompressionFormat=compression,
                           BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900})
        put_all(client, effort, lines)
    settings = json.loads(node.admin("/settings")[1])
    assert node.stop() == 0  # delivers what is buffered

    made = {effort: [path for path in objects(bucket) if path.is_relative_to(bucket / effort)] for effort in EFFORTS}
    sizes = {}
    for effort, (path,) in made.items():
        assert path.name.endswith(EXTENSIONS[compression])
        assert DECOMPRESS[compression](path.read_bytes()) == b"".join(lines), effort
        sizes[effort] = path.stat().st_size
        if compression == "GZIP":
            read_by_others(path, b"".join(lines))
        assert effort in json.dumps(settings)
    assert sizes["balanced"] < 0.9 * sizes["fast"]
    assert sizes["small"] < 0.98 * sizes["balanced"]


def read_by_others(path, text):
    subprocess.run(["gzip", "-t", path], check=True)
    assert subprocess.run(["zcat", path], capture_output=True, check=True).stdout == text
    # Readers of the first member alone see everything.
    member = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert member.decompress(path.read_bytes()) == text
    assert member.eof and member.unused_data == b""


def test_what_can_not_become_smaller_is_refused(node, bucket, tmp_path):
    client = node.client()
    say_hydrant(client, "CreateDeliveryStream", {"Compression": "small"})
    for changes in ({}, {"CompressionFormat": "UNCOMPRESSED"}, {"CompressionFormat": "Snappy"}):
        code, message = error_code(client.create_delivery_stream, DeliveryStreamName="logs",
                                   ExtendedS3DestinationConfiguration=s3_destination("test-bucket", **changes))
        assert code == "InvalidArgumentException"
        assert message.startswith("Hydrant.Compression: only GZIP and ZIP"), message

    client = node.client()
    say_hydrant(client, "CreateDeliveryStream", {"Compression": "smallest"})
    code, message = error_code(client.create_delivery_stream, DeliveryStreamName="logs",
                               ExtendedS3DestinationConfiguration=s3_destination("test-bucket", CompressionFormat="GZIP"))
    assert (code, message) == ("InvalidArgumentException",
                               'Hydrant.Compression: must be fast, balanced or small, not "smallest"')
    assert node.client().list_delivery_streams()["DeliveryStreamNames"] == []

    config = tmp_path / "hydrant.yaml"
    config.write_text("streams:\n- " + json.dumps({
        "DeliveryStreamName": "logs", "ExtendedS3DestinationConfiguration": s3_destination("test-bucket"),
        "Hydrant": {"Compression": "small"}}) + "\n")
    checked = run_hydrant("validate", "--config", config)
    assert checked.returncode != 0
    assert "streams[0].Hydrant.Compression: only GZIP and ZIP" in checked.stdout + checked.stderr
