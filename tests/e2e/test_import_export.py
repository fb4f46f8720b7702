"""`hydrant export` and `hydrant import`: definitions that leave a node, and come back the same."""
import json
import os
import subprocess

import pytest

from support.clients import say_hydrant
from support.families import BUCKET, FAMILIES, create, describe
from support.hydrant import ACCOUNT, BINARY, ROLE, run_hydrant, s3_destination

SECRETS = {"REDSHIFT_PASSWORD": "Passw0rd-of-it", "SPLUNK_HEC_TOKEN": "the-token", "HTTPENDPOINT_ACCESS_KEY": "",
           "SNOWFLAKE_PRIVATE_KEY": "A" * 256, "SNOWFLAKE_KEY_PASSPHRASE": "a phrase of it"}


def hydrant(*arguments, given="", code=0, **environment):
    """(stdout, stderr) of a command that must end so."""
    result = subprocess.run([BINARY, *map(str, arguments)], input=given, capture_output=True, text=True, timeout=60,
                            env=os.environ | environment)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout, result.stderr


def at(node):
    return "--endpoint", node.endpoint, "--admin", f"http://127.0.0.1:{node.admin_port}"


def comparable(description):
    """Without what is of one node and one moment."""
    return {key: value for key, value in description.items()
            if key not in ("CreateTimestamp", "VersionId", "LastUpdateTimestamp", "FailureDescription")}


def tags(client, name):
    return client.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]


@pytest.fixture
def two_nodes(make_hydrant, bucket):
    return make_hydrant("one").start(), make_hydrant("two")


def test_a_new_node_with_the_exported_streams_is_the_same(two_nodes, tmp_path):
    node, other = two_nodes
    client = node.client()
    client.create_delivery_stream(
        DeliveryStreamName="my.logs", Tags=[{"Key": "team", "Value": "one: =1"}, {"Key": "bare"}],
        ExtendedS3DestinationConfiguration=s3_destination(
            "test-bucket", Prefix="logs ${x}/!{timestamp:yyyy}/", ErrorOutputPrefix="failed/!{firehose:error-output-type}/",
            CompressionFormat="GZIP", ProcessingConfiguration={"Enabled": True, "Processors": [
                {"Type": "AppendDelimiterToRecord", "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]}))
    say_hydrant(client, "CreateDeliveryStream", {
        "quota": "128 MiB", "durability": "os",
        "failover": {"after": "30s", "destinations": [{"ExtendedS3DestinationConfiguration": BUCKET | {"Prefix": "elsewhere/"}}]}})
    client.create_delivery_stream(DeliveryStreamName="second", S3DestinationConfiguration=BUCKET)
    text, notes = hydrant("export", *at(node))
    assert notes == ""
    assert json.loads(node.admin("/settings")[1])["streams"].keys() == {"second"}

    exported = tmp_path / "exported.yaml"
    exported.write_text(text)
    assert run_hydrant("validate", "--config", exported).returncode == 0
    other.more_yaml = text
    other.start()
    for name in ("my.logs", "second"):
        assert comparable(describe(other.client(), name)) == comparable(describe(client, name))
        assert tags(other.client(), name) == tags(client, name)
    assert other.admin("/settings") == node.admin("/settings")
    assert hydrant("export", *at(other))[0] == text


def test_every_family_comes_back_by_import(two_nodes, tmp_path):
    node, other = two_nodes
    other.start()
    for family in FAMILIES:
        create(node.client(), family, name=family)
    create(node.client(), "Splunk", name="Managed", HECToken=None, SecretsManagerConfiguration={
        "Enabled": True, "SecretARN": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:s-AbCdEf", "RoleARN": ROLE})
    streams = {name: node.client().describe_delivery_stream(DeliveryStreamName=name) for name in [*FAMILIES, "Managed"]}
    # As scripts keep them: whole answers of boto3, one file each, their times as texts.
    files = []
    for name, answer in streams.items():
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(answer, default=str))

    _, error = hydrant("import", *files, "--apply", "--endpoint", other.endpoint, code=2)
    assert "nothing was created" in error
    missing = [line.split() for line in error.splitlines() if line.startswith("  ")]
    assert {words[0] for words in missing} == SECRETS.keys() - {"SPLUNK_HEC_TOKEN"}
    assert "Managed:" not in {words[1] for words in missing}
    assert other.client().list_delivery_streams()["DeliveryStreamNames"] == []

    # All but S3 lack a sink: they are made, and it is said that they can't run.
    trouble = {name: f"; it can't run: {answer['DeliveryStreamDescription']['FailureDescription']['Details']}"
               if "FailureDescription" in answer["DeliveryStreamDescription"] else "" for name, answer in streams.items()}
    assert "no sink" in trouble["Splunk"] and set(trouble.values()) != {""}
    said, _ = hydrant("import", *files, "--apply", "--endpoint", other.endpoint, code=1, **SECRETS)
    assert said.splitlines() == [f"{name}: created{trouble[name]}" for name in streams]
    for name in streams:
        assert comparable(describe(other.client(), name)) == comparable(describe(node.client(), name))
    said, _ = hydrant("import", *files, "--apply", "--endpoint", other.endpoint, code=1)
    assert said.splitlines() == [f"{name}: exists and is equal{trouble[name]}" for name in streams]
    assert "Passw0rd" not in other.log() and "a phrase of it" not in other.log()

    changed = json.loads(files[0].read_text())
    name = changed["DeliveryStreamDescription"]["DeliveryStreamName"]
    changed["DeliveryStreamDescription"]["Destinations"][0]["RedshiftDestinationDescription"]["CopyCommand"]["DataTableName"] = "other"
    said, _ = hydrant("import", "-", "--apply", "--endpoint", other.endpoint, given=json.dumps(changed), code=1)
    assert said == f"{name}: exists and differs in RedshiftDestinationConfiguration.CopyCommand.DataTableName; not touched\n"


def test_a_stream_that_runs_is_made_without_a_word_more(two_nodes):
    node, other = two_nodes
    other.settings["transition_time"] = "500ms"
    node.create_stream("logs", "test-bucket")
    other.start()
    answer = json.dumps(node.client().describe_delivery_stream(DeliveryStreamName="logs"), default=str)
    assert hydrant("import", "--apply", "--endpoint", other.endpoint, given=answer)[0] == "logs: created\n"


def test_an_imported_file_runs_when_its_secrets_are_given(node, tmp_path):
    create(node.client(), "HttpEndpoint", name="http-1")
    answer = json.dumps(node.client().describe_delivery_stream(DeliveryStreamName="http-1"), default=str)
    text, notes = hydrant("import", given=answer + answer.replace("http-1", "http.1"))
    assert "HTTP_1_ACCESS_KEY " in notes and "HTTP_1_ACCESS_KEY_2 " in notes and "tags are no part" in notes
    assert "with this entry in its configuration a node of this build does not start" in notes
    path = tmp_path / "imported.yaml"
    path.write_text(text)
    error = "".join(hydrant("validate", "--config", path, code=1))
    assert "environment variable HTTP_1_ACCESS_KEY, which is not set" in error
    error = "".join(hydrant("validate", "--config", path, code=1, HTTP_1_ACCESS_KEY="k", HTTP_1_ACCESS_KEY_2="k"))
    assert "HTTP_1" not in error and "no sink" in error  # which is all that this build lacks for it

    requests, _ = hydrant("import", "--format", "create", given=answer)
    assert json.loads(requests)["HttpEndpointDestinationConfiguration"]["EndpointConfiguration"]["AccessKey"] == "${HTTP_1_ACCESS_KEY}"


def test_secrets_stay_where_they_are(node, tmp_path):
    client = node.client()
    say_hydrant(client, "CreateDeliveryStream", {"Failover": {"Destinations": [
        {"HttpEndpointDestinationConfiguration": FAMILIES["HttpEndpoint"] | {"S3Configuration": BUCKET}}]}})
    create(client, "Splunk")
    for form, place in (("yaml", '"${LOGS_HEC_TOKEN}"'), ("cloudformation", '"Ref": "LogsHecToken"'), ("terraform", '"${var.logs_hec_token}"')):
        text, notes = hydrant("export", "--format", form, *at(node))
        assert place in text and "the-token" not in text + notes and "very-secret" not in text + notes
        assert "logs: SplunkDestinationConfiguration.HECToken" in notes
        assert "its status is CREATING_FAILED" in notes
        assert ("a node of this build does not start" in notes) == (form == "yaml")
    assert "very-secret" not in node.admin("/settings")[1]
    assert "Hydrant has no place" in hydrant("export", "--format", "terraform", *at(node))[1]


def test_a_node_with_keys_is_asked_with_a_signature(make_hydrant, bucket):
    node = make_hydrant(credentials=[{"access_key_id": "AKIDONE", "secret_access_key": "s/+= cret"}], region="eu-central-1").start()
    config = "--config", node.config_path
    assert hydrant("export", *config) == ("streams: []\n", "")
    key = {"HYDRANT_ACCESS_KEY_ID": "AKIDONE", "HYDRANT_SECRET_ACCESS_KEY": "s/+= cret", "AWS_REGION": "eu-central-1"}
    assert hydrant("export", *at(node), **key)[0] == "streams: []\n"
    _, error = hydrant("export", *at(node), code=1, **(key | {"HYDRANT_SECRET_ACCESS_KEY": "wrong"}))
    assert "InvalidSignatureException" in error and "HYDRANT_SECRET_ACCESS_KEY" in error and "wrong" not in error


def test_what_is_wrong_is_said(node, tmp_path):
    assert "ResourceNotFoundException" in hydrant("export", "nosuch", *at(node), code=1)[1]
    assert "is a node running there?" in hydrant("export", "--endpoint", "http://127.0.0.1:1", code=1)[1]
    assert "--admin names the operation listener" in hydrant("export", "--endpoint", node.endpoint, "--admin", "http://127.0.0.1:1", code=1)[1]
    assert "--endpoint must name the Firehose API" in hydrant("export", "--endpoint", at(node)[3], "--admin", at(node)[3], code=1)[1]
    assert "what streams have under `Hydrant` is not asked for" in hydrant("export", "--endpoint", node.endpoint)[1]
    assert "--format" in hydrant("export", "--format", "xml", code=2)[1]
    assert "there is no description" in hydrant("import", code=1)[1]
    assert "No such file" in hydrant("import", tmp_path / "none.json", code=1)[1]
    assert "standard input:2: what begins here is no JSON document" in hydrant("import", given="\nDeliveryStream:", code=1)[1]
    assert "Examples:" in hydrant("export", "--help")[0] and "Examples:" in hydrant("import", "--help")[0]


def test_many_streams_are_read_page_by_page(node, bucket):
    client = node.client()
    for number in range(40):
        node.create_stream(f"s{number:03}", "test-bucket", client)
    client.tag_delivery_stream(DeliveryStreamName="s000", Tags=[{"Key": f"k{number}", "Value": str(number)} for number in range(50)])
    text, _ = hydrant("export", "--format", "terraform", *at(node))
    streams = json.loads(text)["resource"]["aws_kinesis_firehose_delivery_stream"]
    assert len(streams) == 40 and len(streams["s000"]["tags"]) == 50
    twice = hydrant("export", "s007", "s008", "s007", *at(node))[0]
    assert twice.count("DeliveryStreamName: s007\n") == 1 and twice.count("DeliveryStreamName:") == 2
    assert list(json.loads(hydrant("export", "s007", "--format", "cloudformation", *at(node))[0])["Resources"]) == ["S007Stream"]
