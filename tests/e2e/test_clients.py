"""hydrant's own command-line clients against a node that asks who they are: keys, certificates, and what they say when it refuses."""
import json
import os
import subprocess

import pytest

from support.certificates import make_certificate
from support.hydrant import BINARY, s3_destination
from support.objects import read_all
from support.ports import wait_until

FULL = {"access_key_id": "AKIDFULL", "secret_access_key": "a secret with /+= in it"}
TEMPORARY = {"access_key_id": "ASIATEMPORARY", "secret_access_key": "s/+= cret", "session_token": "the+session/token=="}


def hydrant(*arguments, given="", code=0, **environment):
    """(stdout, stderr) of a command that must end so."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HYDRANT_"))}
    result = subprocess.run([BINARY, *map(str, arguments)], input=given, capture_output=True, text=True, timeout=60, env=clean | environment)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout, result.stderr


def variables(prefix, key):
    return {f"{prefix}_{name.upper()}": value for name, value in key.items()}


def client_of(node, key):
    return node.client(key["access_key_id"], key["secret_access_key"], aws_session_token=key.get("session_token"))


def locked(make_hydrant, *keys, **settings):
    """A node of these keys, with a stream."""
    node = make_hydrant(credentials=list(keys), **settings).start()
    node.create_stream("logs", "test-bucket", client_of(node, keys[0]))
    return node


@pytest.mark.parametrize("keys", [[FULL, TEMPORARY], [TEMPORARY]], ids=["two", "alone"])
def test_every_client_takes_a_temporary_key_from_everywhere(make_hydrant, bucket, keys):
    node = locked(make_hydrant, *keys)
    endpoint, config = ("--endpoint", node.endpoint), ("--config", node.config_path)
    ways = [(endpoint, variables("HYDRANT", TEMPORARY)), (endpoint, variables("AWS", TEMPORARY)),
            ((*config, "--access-key", TEMPORARY["access_key_id"]), {}),
            ((*endpoint, *config, "--access-key", TEMPORARY["access_key_id"]), {}), (config, {})]
    described = json.dumps(client_of(node, keys[0]).describe_delivery_stream(DeliveryStreamName="logs"), default=str)
    for number, (arguments, environment) in enumerate(ways):
        _, said = hydrant("put", "logs", *arguments, given=f"line {number}\n", **environment)
        assert said.startswith("acknowledged: 1 record")
        assert "DeliveryStreamName: logs" in hydrant("export", *arguments, "--admin", f"http://127.0.0.1:{node.admin_port}", **environment)[0]
        assert hydrant("import", "--apply", *arguments, given=described, **environment)[0] == "logs: exists and is equal\n"
    wait_until(lambda: sorted(read_all(bucket).split(b"\n")[:-1]) == [f"line {n}".encode() for n in range(len(ways))], what="delivery")
    wrong = variables("HYDRANT", TEMPORARY | {"session_token": "another"})
    _, said = hydrant("put", "logs", *endpoint, given="x\n", code=1, **wrong)
    assert "The security token included in the request is invalid." in said and "HYDRANT_SESSION_TOKEN" in said and "another" not in said


def test_help_names_the_variables_of_a_temporary_key():
    for command in ("put", "export", "import"):
        assert "HYDRANT_SESSION_TOKEN" in hydrant(command, "--help")[0]


def test_a_call_that_is_made_again_at_once_is_no_replay(make_hydrant, bucket):
    node = locked(make_hydrant, TEMPORARY, auth_replay_guard=1000)
    for _ in range(4):  # of them two are in one second
        hydrant("put", "logs", "--config", node.config_path, given="the same line\n")
        hydrant("export", "--config", node.config_path)
    wait_until(lambda: read_all(bucket) == b"the same line\n" * 4, what="delivery")


def test_history_tells_an_unknown_stream_from_the_wrong_listener(node):
    assert "no stream none at that node" in hydrant("history", "none", "--admin", f"http://127.0.0.1:{node.admin_port}", code=1)[1]
    _, said = hydrant("history", "none", "--admin", node.endpoint, code=1)
    assert "no stream" not in said and "--admin must name the operation listener" in said


def test_a_node_that_asks_for_a_certificate(make_hydrant, bucket, tmp_path):
    certificate, key = make_certificate(tmp_path, "server")
    client_certificate, client_key = make_certificate(tmp_path, "client")
    stranger, stranger_key = make_certificate(tmp_path, "stranger")
    node = make_hydrant(tls={"certificate_file": str(certificate), "private_key_file": str(key), "client_ca_file": str(client_certificate)},
                        streams=[{"DeliveryStreamName": "logs", "ExtendedS3DestinationConfiguration": s3_destination("test-bucket")}]).start()
    trusting = "--endpoint", node.endpoint, "--ca-file", certificate
    shown = "--client-cert", client_certificate, "--client-key", client_key
    lines = "a line\n" * 400_000  # more than a socket takes before the refusal comes
    for refused, why in [(("--endpoint", node.endpoint), "self-signed certificate"), (trusting, "--client-cert"),
                         ((*trusting, "--client-cert", stranger, "--client-key", stranger_key), "unknown ca"),
                         ((*trusting, "--client-cert", tmp_path / "none.crt", "--client-key", client_key), "none.crt"),
                         (("--endpoint", f"https://127.0.0.1:{node.admin_port}"), "wrong version number")]:
        for given in ("a line\n", lines):
            _, said = hydrant("put", "logs", *refused, given=given, code=1)
            assert why in said and "acknowledged: 0 records" in said, said
            # A server that closes with unread bytes may reset the connection before its reason is read: that is tried again.
            assert "Connection reset" in said or not any(word in said for word in ("waiting", "retries", "twice")), said
        _, said = hydrant("export", *refused, code=1)
        assert why in said and "is a node running" not in said, said
    assert "--client-key" in hydrant("put", "logs", *trusting, "--client-cert", client_certificate, code=2)[1]
    hydrant("put", "logs", *trusting, *shown, given="a line\n")
    assert "DeliveryStreamName: logs" in hydrant("export", *trusting, *shown)[0]
    wait_until(lambda: read_all(bucket) == b"a line\n", what="delivery")
