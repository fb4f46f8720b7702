"""Who may do what: every form of signature that AWS's clients have, policies, client certificates, limits, the record of calls."""
import base64
import hashlib
import hmac
import http.client
import json
import signal
import socket
import ssl
import subprocess

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.httpsession
import pytest

from support.certificates import make_certificate
from support.objects import read_all
from support.ports import wait_until

FULL = {"access_key_id": "AKIDFULL", "secret_access_key": "a secret with /+= in it"}
SESSION = {"access_key_id": "ASIDSESSION", "secret_access_key": "another", "session_token": "the+session/token=="}
PRODUCER = {"access_key_id": "AKIDPUT", "secret_access_key": "third", "policy": {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["firehose:PutRecord*", "firehose:DescribeDeliveryStream"],
                   "Resource": "arn:aws:firehose:*:*:deliverystream/web-*"},
                  {"Effect": "Deny", "Action": "firehose:PutRecordBatch", "Resource": "*"}]}}
KEYS = [FULL, SESSION, PRODUCER]


@pytest.fixture
def locked(make_hydrant, bucket):
    node = make_hydrant(credentials=KEYS).start()
    node.create_stream("web-1", "test-bucket", client_of(node, FULL))
    return node


def client_of(node, key, **extra):
    return node.client(key["access_key_id"], key["secret_access_key"], aws_session_token=key.get("session_token"), **extra)


def credentials_of(key):
    return botocore.credentials.Credentials(key["access_key_id"], key["secret_access_key"], key.get("session_token"))


def error_of(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def send(request, **session):
    """(status, answer): bytes on the wire as they are in the request."""
    response = botocore.httpsession.URLLib3Session(**session).send(request.prepare())
    try:
        return response.status_code, json.loads(response.content)
    except ValueError:
        return response.status_code, {}


def post(node, path, data, headers=(), **session):
    return send(botocore.awsrequest.AWSRequest("POST", node.endpoint + path, data=data, headers=dict(headers)), **session)


PUT = json.dumps({"DeliveryStreamName": "web-1", "Record": {"Data": "aGVsbG8K"}}).encode()
API_HEADERS = {"X-Amz-Target": "Firehose_20150804.PutRecord", "Content-Type": "application/x-amz-json-1.1"}


class QueryAuth(botocore.auth.SigV4QueryAuth):
    """botocore would move the body into the query; the API's calls keep theirs."""

    body = PUT

    def payload(self, request):
        return hashlib.sha256(self.body).hexdigest()


def presigned_put(node, key, expires=60):
    request = botocore.awsrequest.AWSRequest("POST", f"{node.endpoint}/", headers=dict(API_HEADERS))
    QueryAuth(credentials_of(key), "firehose", "us-east-1", expires=expires).add_auth(request)
    request.data = PUT
    return request


@pytest.mark.parametrize("key", [FULL, SESSION])
def test_presigned_calls(locked, bucket, key):
    request = presigned_put(locked, key)
    assert send(request)[0] == 200
    request.data = PUT.replace(b"G", b"H")
    status, answer = send(request)
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    wait_until(lambda: read_all(bucket) == b"hello\n", what="delivery")


def test_an_expired_url_is_refused(locked):
    assert send(presigned_put(locked, FULL, expires=-1))[1]["__type"] == "IncompleteSignatureException"
    late = presigned_put(locked, FULL, expires=0)
    wait_until(lambda: "Signature expired" in send(late)[1].get("message", ""), what="the signature is too old")


def test_session_tokens(locked):
    assert client_of(locked, SESSION).list_delivery_streams()["DeliveryStreamNames"] == ["web-1"]
    for wrong in (SESSION | {"session_token": None}, SESSION | {"session_token": "x"}, FULL | {"session_token": "x"}):
        assert error_of(client_of(locked, wrong).list_delivery_streams)[0] == "UnrecognizedClientException"


def test_a_replay_is_refused_when_asked(make_hydrant, bucket):
    node = make_hydrant(credentials=KEYS, auth_replay_guard=1000).start()
    node.create_stream("web-1", "test-bucket", client_of(node, FULL))
    request = presigned_put(node, FULL)
    assert send(request)[0] == 200
    assert "used before" in send(request)[1]["message"]


def signed_chunks(node, key, pieces, trailer, length=None):
    """An upload as S3's clients make it; the head by botocore, the chunks by the documentation."""
    form = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    headers = {"X-Amz-Content-SHA256": form, "Content-Encoding": "aws-chunked",
               "X-Amz-Decoded-Content-Length": length or str(sum(map(len, pieces)))}
    if trailer:
        headers["X-Amz-Trailer"] = "x-amz-checksum-sha256"
    request = botocore.awsrequest.AWSRequest("POST", f"{node.endpoint}/streams/web-1/lines", headers=headers)
    auth = botocore.auth.SigV4Auth(credentials_of(key), "firehose", "us-east-1")
    auth.add_auth(request)
    date = request.headers["X-Amz-Date"]
    previous = request.headers["Authorization"].rsplit("=", 1)[1]
    signing_key = ("AWS4" + key["secret_access_key"]).encode()
    for part in (date[:8], "us-east-1", "firehose", "aws4_request"):
        signing_key = hmac.digest(signing_key, part.encode(), "sha256")

    def sign(kind, *hashes):
        text = "\n".join([kind, date, f"{date[:8]}/us-east-1/firehose/aws4_request", previous, *hashes])
        return hmac.digest(signing_key, text.encode(), "sha256").hex()

    body = b""
    for piece in [*pieces, b""]:
        previous = sign("AWS4-HMAC-SHA256-PAYLOAD", hashlib.sha256(b"").hexdigest(), hashlib.sha256(piece).hexdigest())
        body += b"%x;chunk-signature=%s\r\n%s" % (len(piece), previous.encode(), piece) + (b"\r\n" if piece or not trailer else b"")
    if trailer:
        line = "x-amz-checksum-sha256:bm90IGNoZWNrZWQ="
        previous = sign("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(f"{line}\n".encode()).hexdigest())
        body += f"{line}\r\nx-amz-trailer-signature:{previous}\r\n\r\n".encode()
    request.data = body
    return request


@pytest.mark.parametrize("trailer", [False, True])
def test_uploads_in_signed_chunks(locked, bucket, trailer):
    pieces = [b"a line\n" * 10_000, b"an", b"other line\n" * 20_000]
    request = signed_chunks(locked, FULL, pieces, trailer)
    request.data = request.data.replace(b"a line", b"A line", 1)
    assert send(request)[0] == 403
    request = signed_chunks(locked, FULL, [b"a\n", b"b\n"], trailer)
    cut = request.data
    request.data = cut[:cut.rindex(b"0;chunk")]
    assert send(request)[0] == 400
    for length in ("1", "3", "four", "-4"):
        assert send(signed_chunks(locked, FULL, [b"a\n", b"b\n"], trailer, length))[0] == 400
    status, answer = send(signed_chunks(locked, FULL, pieces, trailer))
    assert (status, answer["records"]) == (200, 30_000)


def test_a_policy_binds_its_key(locked, bucket):
    client = client_of(locked, PRODUCER)
    arn = "arn:aws:firehose:us-east-1:000000000000:deliverystream"
    user = "User: arn:aws:iam::000000000000:user/AKIDPUT is not authorized to perform"
    client.put_record(DeliveryStreamName="web-1", Record={"Data": b"allowed\n"})
    assert client.describe_delivery_stream(DeliveryStreamName="web-1")["DeliveryStreamDescription"]
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.put_record_batch(DeliveryStreamName="web-1", Records=[{"Data": b"denied"}])
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"{user}: firehose:PutRecordBatch on resource: {arn}/web-1 with an explicit deny in an identity-based policy"}
    for call, operation, resource, parameters in [
            (client.put_record, "PutRecord", f"{arn}/other", {"DeliveryStreamName": "other", "Record": {"Data": b"x"}}),
            (client.delete_delivery_stream, "DeleteDeliveryStream", f"{arn}/web-1", {"DeliveryStreamName": "web-1"}),
            (client.create_delivery_stream, "CreateDeliveryStream", f"{arn}/web-2", {"DeliveryStreamName": "web-2"}),
            (client.list_delivery_streams, "ListDeliveryStreams", "*", {})]:
        assert error_of(call, **parameters) == (
            "AccessDeniedException",
            f"{user}: firehose:{operation} on resource: {resource} because no identity-based policy allows the firehose:{operation} action")
    basic = base64.b64encode(b"AKIDPUT:third").decode()
    status, answer = post(locked, "/streams/web-1/lines", b"x\n", {"Authorization": f"Basic {basic}"})
    assert (status, answer["error"]["type"]) == (403, "AccessDeniedException")
    wait_until(lambda: read_all(bucket) == b"allowed\n", what="delivery")


def test_what_a_policy_cannot_say_is_an_error(make_hydrant, bucket):
    policy = {"Statement": {"Effect": "Allow", "Action": "firehose:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}
    node = make_hydrant(credentials=[FULL | {"policy": policy}])
    node.spawn()
    assert node.process.wait(10) != 0
    assert "credentials[0].policy.Statement.Condition" in node.log() and "not supported" in node.log()
    assert FULL["secret_access_key"] not in node.log()


# ---- TLS ------------------------------------------------------------------------------------------


def subject_of(node):
    """The name in the certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", node.port), 10) as plain, context.wrap_socket(plain) as tls:
        der = tls.getpeercert(binary_form=True)
    text = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=der, check=True, capture_output=True).stdout
    return text.decode().split("CN = ")[1].strip()


def test_a_new_certificate_is_taken_without_a_restart(make_hydrant, bucket, tmp_path):
    certificate, key = make_certificate(tmp_path, "first")
    node = make_hydrant(tls={"certificate_file": str(certificate), "private_key_file": str(key)}).start()
    held = node.client(verify=str(certificate))
    held.list_delivery_streams()
    assert subject_of(node) == "first"
    for name in ("second", "third"):
        new_certificate, new_key = make_certificate(tmp_path, name)
        new_certificate.rename(certificate)
        node.process.send_signal(signal.SIGHUP)  # too early: the key is the old one
        wait_until(lambda: "could not be read again" in node.log(), what="the mismatch is said")
        assert subject_of(node) != name
        new_key.rename(key)
        if name == "third":
            node.process.send_signal(signal.SIGHUP)
        wait_until(lambda: subject_of(node) == name, what="the new certificate is shown")
    held.list_delivery_streams()  # on its old connection
    assert node.stop() == 0


def test_clients_show_certificates(make_hydrant, bucket, tmp_path):
    certificate, key = make_certificate(tmp_path, "server")
    client_certificate, client_key = make_certificate(tmp_path, "client")
    stranger = make_certificate(tmp_path, "stranger")
    node = make_hydrant(tls={"certificate_file": str(certificate), "private_key_file": str(key),
                             "client_ca_file": str(client_certificate)}).start()

    def status_with(cert):
        return post(node, "/streams/none/lines", b"x", verify=str(certificate), client_cert=cert)[0]
    assert status_with((str(client_certificate), str(client_key))) == 404
    for cert in (None, tuple(map(str, stranger))):
        with pytest.raises((botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)):
            status_with(cert)


# ---- limits and records ---------------------------------------------------------------------------


def test_too_many_requests_are_told_so(make_hydrant, bucket):
    node = make_hydrant(limits={"requests_per_second": 20}).start()
    client = node.client()
    errors = []
    for _ in range(60):
        try:
            client.list_delivery_streams()
        except botocore.exceptions.ClientError as error:
            errors.append(error.response)
    assert errors
    assert errors[0]["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
    assert errors[0]["ResponseMetadata"]["HTTPStatusCode"] == 400 and errors[0]["ResponseMetadata"]["RequestId"]
    # boto3's own retries get through.
    patient = node.client(retries=8)
    for _ in range(10):
        patient.list_delivery_streams()


def test_a_signed_body_of_unknown_length(locked):
    """Nothing is proven before all of it is there; until then it holds memory as it comes."""
    def answer_to(pieces, signed):
        request = botocore.awsrequest.AWSRequest("POST", f"{locked.endpoint}/streams/web-1/lines", data=signed,
                                                 headers={"X-Amz-Content-SHA256": hashlib.sha256(signed).hexdigest()})
        botocore.auth.SigV4Auth(credentials_of(FULL), "firehose", "us-east-1").add_auth(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        connection = http.client.HTTPConnection("127.0.0.1", locked.port, timeout=30)
        connection.request("POST", "/streams/web-1/lines", iter(pieces), encode_chunked=True, headers=headers | {"Transfer-Encoding": "chunked"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    pieces = [b"a line\n" * 5_000] * 60  # 2 MB: it grows several times
    status, answer = answer_to(pieces, b"".join(pieces))
    assert (status, answer.get("records")) == (200, 300_000)
    assert answer_to([*pieces[1:], b"A line\n" * 5_000], b"".join(pieces))[0] == 403
    status, answer = answer_to([b"a line\n" * 200_000] * 6, b"a line\n" * 1_200_000)
    assert status == 413 and "8388608" in answer["error"]["message"]


def test_bodies_have_a_limit(make_hydrant, bucket):
    node = make_hydrant(limits={"body_size": "100 KiB"}).start()
    node.create_stream("web-1", "test-bucket")
    path = "/streams/web-1/lines"
    assert post(node, path, b"x\n" * 60_000)[0] == 413
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    connection.request("POST", path, iter([b"x\n" * 40_000] * 2), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert connection.getresponse().status == 413
    assert post(node, path, b"x\n" * 40_000)[0] == 200


def audit_of(node):
    path = node.directory / "data/audit/audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_calls_of_the_control_plane_are_recorded(locked):
    client = client_of(locked, FULL)
    endpoint = {"Url": "https://example.com/hidden", "AccessKey": "a-hidden-access-key"}
    s3 = {"RoleARN": "arn:aws:iam::000000000000:role/test", "BucketARN": "arn:aws:s3:::test-bucket"}
    error_of(client.create_delivery_stream, DeliveryStreamName="http", HttpEndpointDestinationConfiguration={
        "EndpointConfiguration": endpoint, "S3Configuration": s3, "S3BackupMode": "No such mode"})
    client.put_record(DeliveryStreamName="web-1", Record={"Data": b"data"})
    error_of(client_of(locked, PRODUCER).delete_delivery_stream, DeliveryStreamName="web-1")
    answer = client.delete_delivery_stream(DeliveryStreamName="web-1")
    request_id = answer["ResponseMetadata"]["RequestId"]
    wait_until(lambda: any(record["requestID"] == request_id for record in audit_of(locked)), what="the record is written")
    records = audit_of(locked)
    assert "PutRecord" not in {record["eventName"] for record in records}
    refused = next(record for record in records if record["requestParameters"].get("deliveryStreamName") == "http")
    assert refused["errorCode"] == "ValidationException"
    assert "hidden" not in json.dumps(records)
    denied, deleted = records[-2:]
    assert (denied["errorCode"], denied["userIdentity"]["accessKeyId"]) == ("AccessDeniedException", "AKIDPUT")
    assert deleted["eventName"] == "DeleteDeliveryStream" and deleted["readOnly"] is False
    assert deleted["sourceIPAddress"] == "127.0.0.1" and "Boto3" in deleted["userAgent"]
    assert deleted["userIdentity"]["arn"] == "arn:aws:iam::000000000000:user/AKIDFULL"
    assert deleted["requestParameters"] == {"deliveryStreamName": "web-1"} and deleted["requestID"] == request_id
    status, metrics = locked.admin("/metrics")
    assert status == 200
    assert 'hydrant_api_errors_total{code="AccessDeniedException",operation="DeleteDeliveryStream"} 1' in metrics
