"""Signatures and TLS, with real clients."""
import subprocess

import botocore.exceptions
import pytest

from support.objects import read_all
from support.ports import wait_until
from support.sockets import RawConnection, error_of, firehose

KEYS = [{"access_key_id": "AKIDPRODUCER", "secret_access_key": "a secret with /+= in it"}]


@pytest.fixture
def locked(make_hydrant, bucket):
    return make_hydrant(credentials=KEYS).start()


def refused(client):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.list_delivery_streams()
    return caught.value.response["Error"]["Code"]


def test_the_right_key_gets_in_and_delivers(locked, bucket):
    client = locked.client("AKIDPRODUCER", KEYS[0]["secret_access_key"])
    locked.create_stream("logs", "test-bucket", client)
    client.put_record(DeliveryStreamName="logs", Record={"Data": b"signed"})
    wait_until(lambda: read_all(bucket) == b"signed", what="delivery")


def test_wrong_keys_are_refused_as_aws_refuses_them(locked):
    assert refused(locked.client("AKIDUNKNOWN", "whatever")) == "UnrecognizedClientException"
    assert refused(locked.client("AKIDPRODUCER", "wrong")) == "InvalidSignatureException"


def test_an_unsigned_request_is_refused(locked):
    with RawConnection(locked.port) as connection:
        connection.send(firehose("ListDeliveryStreams", {}))
        status, kind = error_of(connection.read_response())
    assert (status, kind) == (400, "MissingAuthenticationTokenException")


def test_a_changed_body_is_refused(locked, bucket):
    """A body that is not the one that was signed."""
    captured = []
    client = locked.client("AKIDPRODUCER", KEYS[0]["secret_access_key"])
    client.meta.events.register("before-send.firehose.ListDeliveryStreams", lambda request, **_: captured.append(request))
    client.list_delivery_streams(Limit=1)
    (signed,) = captured
    body = signed.body.replace(b"1", b"2")
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{locked.port}\r\nContent-Length: {len(body)}\r\n"
    for name in ("Content-Type", "X-Amz-Target", "X-Amz-Date", "Authorization"):
        value = signed.headers[name]
        head += f"{name}: {value.decode() if isinstance(value, bytes) else value}\r\n"
    with RawConnection(locked.port) as connection:
        connection.send(head.encode() + b"\r\n" + body)
        assert error_of(connection.read_response())[1] == "InvalidSignatureException"


def test_secrets_are_in_no_log_and_no_metric(locked, bucket):
    client = locked.client("AKIDPRODUCER", KEYS[0]["secret_access_key"])
    locked.create_stream("logs", "test-bucket", client)
    refused(locked.client("AKIDPRODUCER", "wrong"))
    assert KEYS[0]["secret_access_key"] not in locked.log()
    assert KEYS[0]["secret_access_key"] not in locked.admin("/metrics")[1] + locked.admin("/streams")[1]


def test_an_open_address_needs_credentials_or_plain_words(make_hydrant, bucket):
    node = make_hydrant()
    node.settings["listen"] = f"0.0.0.0:{node.port}"
    node.spawn()
    assert node.process.wait(10) != 0
    assert "credentials" in node.log() and "auth" in node.log()


def test_tls(make_hydrant, bucket, tmp_path):
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    node = make_hydrant(tls={"certificate_file": str(certificate), "private_key_file": str(key)}).start()
    client = node.client(verify=str(certificate))
    node.create_stream("logs", "test-bucket", client)
    client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"x" * 1000}] * 500)
    wait_until(lambda: read_all(bucket) == b"x" * 500_000, what="delivery")
    with pytest.raises(botocore.exceptions.SSLError):
        node.client().list_delivery_streams()  # a client that does not know the authority
    with RawConnection(node.port) as connection:  # plain text at a TLS port
        connection.send(firehose("ListDeliveryStreams", {}))
        connection.read_response()
    assert client.list_delivery_streams()["DeliveryStreamNames"] == ["logs"]


def test_a_certificate_that_cannot_be_read_is_named(make_hydrant, bucket, tmp_path):
    node = make_hydrant(tls={"certificate_file": str(tmp_path / "none.crt"), "private_key_file": str(tmp_path / "none.key")})
    node.spawn()
    assert node.process.wait(10) != 0
    assert "none.crt" in node.log()
