"""Disks and ports that do not do what they should: a clear message and no damage."""
import pathlib
import re
import socket
import subprocess

import botocore.exceptions

from support.disk import fill
from support.objects import read_all
from support.ports import wait_until
from support.segments import of_version


def test_a_full_disk_slows_producers_down_and_damages_nothing(make_hydrant, bucket, small_disk):
    node = make_hydrant(data_dir=str(small_disk / "data")).start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client, BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900})
    ballast = fill(small_disk)
    record = b"x" * 99_999 + b"\n"
    acknowledged, refusal = 0, None
    for _ in range(2000):
        try:
            client.put_record(DeliveryStreamName="logs", Record={"Data": record})
            acknowledged += 1
        except botocore.exceptions.ClientError as error:
            refusal = error.response["Error"]
            break
    assert refusal and refusal["Code"] == "ServiceUnavailableException"
    wait_until(lambda: node.admin("/ready")[0] == 503, what="/ready sends load balancers away")
    for path in ("/ready", "/health"):
        assert re.search(r"leaves 256 MiB of it free; free 2\d\d MiB more", node.admin(path)[1]), "says how much must be freed"
    ballast.unlink()

    def taken_again():
        try:
            client.put_record(DeliveryStreamName="logs", Record={"Data": record})
        except botocore.exceptions.ClientError:
            return False
        return True
    wait_until(taken_again, timeout=30, what="puts are taken again once there is room")
    acknowledged += 1
    node.kill()
    node.start()
    assert node.stop() == 0
    assert read_all(bucket, record * acknowledged) == record * acknowledged


def test_a_port_in_use_is_named(make_hydrant, bucket):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        node = make_hydrant(listen=f"127.0.0.1:{taken.getsockname()[1]}").spawn()
        assert node.process.wait(10) != 0
        assert str(taken.getsockname()[1]) in node.log() and "in use" in node.log()


def test_two_nodes_on_one_data_directory_are_prevented(make_hydrant, bucket, node):
    second = make_hydrant("second", data_dir=node.settings["data_dir"]).spawn()
    assert second.process.wait(10) != 0
    assert node.settings["data_dir"] in second.log()
    assert node.admin("/health")[0] == 200


def test_a_data_directory_that_is_a_file_is_named(make_hydrant, bucket, tmp_path):
    path = tmp_path / "occupied"
    path.write_text("not a directory")
    node = make_hydrant(data_dir=str(path)).spawn()
    assert node.process.wait(10) != 0
    assert str(path) in node.log()
    assert path.read_text() == "not a directory"


def test_a_read_only_data_directory_is_named(make_hydrant, bucket, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    node = make_hydrant(data_dir=str(small_disk)).spawn()
    assert node.process.wait(10) != 0
    assert str(small_disk) in node.log()


def test_a_log_of_a_newer_version_is_left_alone(make_hydrant, bucket):
    node = make_hydrant().start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900})
    node.client().put_record(DeliveryStreamName="logs", Record={"Data": b"precious"})
    node.kill()
    segments = [path for path in pathlib.Path(node.settings["data_dir"]).rglob("*")
                if path.is_file() and b"precious" in path.read_bytes()]
    (segment,) = segments
    original = segment.read_bytes()
    assert of_version(original, 1) == original, "this test knows the header"
    newer = of_version(original, 2)
    segment.write_bytes(newer)
    node.spawn()
    wait_until(lambda: node.process.poll() is not None or "version" in node.log().lower(), what="a word about the version")
    if node.process.poll() is None:
        node.kill()
    assert segment.read_bytes() == newer, "not one byte of it was touched"
    segment.write_bytes(original)
    node.start()
    assert node.stop() == 0
    assert read_all(bucket) == b"precious"
