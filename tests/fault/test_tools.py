"""The tools of these tests do what they say: each fault is one, and the ledger finds what is wrong."""
import random

import boto3
import botocore.config
import botocore.exceptions
import botocore.handlers
import pytest

from support import fault_proxy
from support.fault_proxy import DROP_ANSWER, HALF_CLOSE, PASS, RESET_AFTER, RESET_BEFORE, FaultProxy
from support.ledger import check_delivered
from support.s3_server import ACCESS_KEY, SECRET_KEY


def put(port):
    """What a client is told that puts an object: "ok", an error of S3, or nothing that it understands."""
    config = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=1, s3={"addressing_style": "path"})
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", config=config,
                          aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY)
    # The proxy knows nothing of "100 Continue", which hydrant does not ask for.
    client.meta.events.unregister("before-call.s3", botocore.handlers.add_expect_header)
    try:
        client.put_object(Bucket="test-bucket", Key="key", Body=b"x" * 100_000)
        return "ok"
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError):
        return "broken"


@pytest.mark.parametrize("fault,told,applied", [
    (PASS, "ok", True),
    (fault_proxy.delay(0.2), "ok", True),
    (fault_proxy.cut_request(50_000), "broken", False),
    (fault_proxy.cut_answer(10), "broken", True),
    (fault_proxy.late_answer(3), "broken", True),
    (RESET_BEFORE, "broken", False),
    (RESET_AFTER, "broken", True),
    (DROP_ANSWER, "broken", True),
    (HALF_CLOSE, "broken", False),
    (fault_proxy.answer_error(503, "SlowDown"), "SlowDown", False),
    (fault_proxy.answer_error(500, "InternalError"), "InternalError", False),
    (fault_proxy.answer_garbage(random.Random(1)), "broken", False),
    (fault_proxy.black_hole(3), "broken", False),
], ids=lambda value: getattr(value, "name", str(value)))
def test_what_the_client_is_told_and_what_the_server_did(s3_server, fault, told, applied):
    bucket = s3_server.bucket("test-bucket")
    proxy = FaultProxy(s3_server.port)
    proxy.always(fault)
    assert put(proxy.port) == told
    proxy.stop()
    assert (bucket / "key").exists() == applied
    assert proxy.counts[fault.name] >= 1


@pytest.mark.parametrize("acknowledged,unknown,finds", [
    ({"a", "b"}, set(), None),
    ({"a"}, {"b", "c"}, None),
    ({"a", "b", "c"}, set(), "not in the bucket"),
    ({"a"}, set(), "that were refused"),
])
def test_the_ledger_finds_what_is_lost_and_what_is_invented(bucket, acknowledged, unknown, finds):
    (bucket / "1").write_text("a ...\n")
    (bucket / "2").write_text("b ...\n")
    if not finds:
        check_delivered(bucket, acknowledged, unknown)
        (bucket / "2-again").write_text("b ...\n")
        finds = "more than once"
    with pytest.raises(AssertionError, match=finds):
        check_delivered(bucket, acknowledged, unknown)
