"""The life of a stream with the AWS SDKs for JavaScript, Java and Go, with nothing changed but the endpoint."""
import pytest

from support.hydrant import ACCOUNT, Hydrant
from support.objects import objects, read_all
from support.ports import wait_until
from support.sdk_clients import COMMANDS, KEY, SECRET, run_steps

STREAM = "life"
STEPS = ("create", "describe", "list", "put", "put_batch", "update", "tag", "untag", "encrypt", "decrypt", "errors")
EXPECTED = {
    "create": {"arn": f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/{STREAM}"},
    "list": {"names": [STREAM], "more": False},
    "put": {"ids": 1, "encrypted": False},
    "put_batch": {"failed": 0, "ids": 2},
    "update": {"version": "2", "prefix": "b/"},
    "tag": {"tags": {"team": "one", "stage": "test"}, "more": False},
    "untag": {"tags": {"stage": "test"}, "more": False},
    "encrypt": {"status": "ENABLED", "type": "AWS_OWNED_CMK"},
    "decrypt": {"status": "DISABLED"},
    "errors": {"exists": "ResourceInUseException", "missing": "ResourceNotFoundException", "put": "ResourceNotFoundException",
               "stale": "ConcurrentModificationException", "argument": "InvalidArgumentException"},
    "delete": {"gone": True},
}


@pytest.fixture(scope="module", params=COMMANDS)
def life(request, tmp_path_factory):
    """All outcomes of one SDK: its program ran against a node of its own, and what it put was delivered before the stream was deleted."""
    folder = tmp_path_factory.mktemp(request.param)
    bucket = folder / "buckets/test-bucket"
    bucket.mkdir(parents=True)
    keys = [{"access_key_id": KEY, "secret_access_key": SECRET}]  # so that each request's signature is checked
    node = Hydrant(folder / "node", s3={"endpoint": f"file://{folder}/buckets"}, log={"encryption": "disk"}, credentials=keys).start()
    try:
        outcomes = run_steps(request.param, node.endpoint, folder, STREAM, *STEPS)
        sent = b"one\ntwo\nthree\n"
        wait_until(lambda: read_all(bucket, sent) == sent, what="three records are delivered")
        assert {path.relative_to(bucket).parts[0] for path in objects(bucket)} <= {"a", "b"}
        yield outcomes | run_steps(request.param, node.endpoint, folder, STREAM, "delete")
        assert node.stop() == 0
    finally:
        if node.process.poll() is None:
            node.kill()


@pytest.mark.parametrize("step", EXPECTED)
def test_step(life, step):
    assert life[step] == EXPECTED[step]


def test_described_as_it_was_made(life):
    described = life["describe"]
    assert described.get("created", 0) > 1_700_000_000, described
    assert {key: described[key] for key in ("status", "version", "prefix")} == {"status": "ACTIVE", "version": "1", "prefix": "a/"}
