// The life of a stream with the AWS SDK for JavaScript v3, nothing configured but what its environment says.
// Usage: node client.mjs STREAM STEP…; prints a JSON object of each step's outcome. Steps are those of ../test_sdks.py.
import * as sdk from "@aws-sdk/client-firehose";

const [stream, ...steps] = process.argv.slice(2);
const client = new sdk.FirehoseClient();
const send = (name, input) => client.send(new sdk[`${name}Command`](input));
const one = { DeliveryStreamName: stream };
const role = "arn:aws:iam::000000000000:role/test";
const destination = { RoleARN: role, BucketARN: "arn:aws:s3:::test-bucket", Prefix: "a/", BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } };
const bytes = (text) => new TextEncoder().encode(text);

async function describe() {
  return (await send("DescribeDeliveryStream", one)).DeliveryStreamDescription;
}

async function waitFor(condition) {
  for (let i = 0; i < 400; i++) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("it did not happen in time");
}

async function settledEncryption() {
  return waitFor(async () => {
    const encryption = (await describe()).DeliveryStreamEncryptionConfiguration;
    return encryption.Status.endsWith("ING") ? undefined : encryption;
  });
}

async function tags() {
  const listed = await send("ListTagsForDeliveryStream", one);
  return { tags: Object.fromEntries(listed.Tags.map((tag) => [tag.Key, tag.Value])), more: listed.HasMoreTags };
}

// The class of the error that a call ends with.
async function errorOf(name, input) {
  try {
    await send(name, input);
  } catch (error) {
    const modelled = sdk[error.name];
    return modelled && error instanceof modelled ? error.name : `not modelled: ${error.name}`;
  }
  return "no error";
}

const update = (version) => ({
  ...one, CurrentDeliveryStreamVersionId: version, DestinationId: "destinationId-000000000001",
  ExtendedS3DestinationUpdate: { Prefix: "b/" },
});

const does = {
  async create() {
    const made = await send("CreateDeliveryStream", {
      ...one, DeliveryStreamType: "DirectPut", ExtendedS3DestinationConfiguration: destination, Tags: [{ Key: "team", Value: "one" }],
    });
    return { arn: made.DeliveryStreamARN };
  },
  async describe() {
    const described = await waitFor(async () => {
      const now = await describe();
      return now.DeliveryStreamStatus === "ACTIVE" && now;
    });
    return {
      status: described.DeliveryStreamStatus, version: described.VersionId, created: described.CreateTimestamp.getTime() / 1000,
      prefix: described.Destinations[0].ExtendedS3DestinationDescription.Prefix,
    };
  },
  async list() {
    const listed = await send("ListDeliveryStreams", { Limit: 100 });
    return { names: listed.DeliveryStreamNames, more: listed.HasMoreDeliveryStreams };
  },
  async put() {
    const put = await send("PutRecord", { ...one, Record: { Data: bytes("one\n") } });
    return { ids: put.RecordId ? 1 : 0, encrypted: put.Encrypted };
  },
  async put_batch() {
    const put = await send("PutRecordBatch", { ...one, Records: [{ Data: bytes("two\n") }, { Data: bytes("three\n") }] });
    return { failed: put.FailedPutCount, ids: put.RequestResponses.filter((response) => response.RecordId).length };
  },
  async update() {
    await send("UpdateDestination", update("1"));
    const described = await describe();
    return { version: described.VersionId, prefix: described.Destinations[0].ExtendedS3DestinationDescription.Prefix };
  },
  async tag() {
    await send("TagDeliveryStream", { ...one, Tags: [{ Key: "stage", Value: "test" }] });
    return tags();
  },
  async untag() {
    await send("UntagDeliveryStream", { ...one, TagKeys: ["team"] });
    return tags();
  },
  async encrypt() {
    await send("StartDeliveryStreamEncryption", { ...one, DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" } });
    const encryption = await settledEncryption();
    return { status: encryption.Status, type: encryption.KeyType };
  },
  async decrypt() {
    await send("StopDeliveryStreamEncryption", one);
    return { status: (await settledEncryption()).Status };
  },
  async errors() {
    const missing = { DeliveryStreamName: "no-such-stream" };
    return {
      exists: await errorOf("CreateDeliveryStream", { ...one, ExtendedS3DestinationConfiguration: destination }),
      missing: await errorOf("DescribeDeliveryStream", missing),
      put: await errorOf("PutRecord", { ...missing, Record: { Data: bytes("x") } }),
      stale: await errorOf("UpdateDestination", update("99")),
      argument: await errorOf("CreateDeliveryStream", { DeliveryStreamName: "no-destination" }),
    };
  },
  async delete() {
    await send("DeleteDeliveryStream", one);
    await waitFor(async () => (await errorOf("DescribeDeliveryStream", one)) === "ResourceNotFoundException");
    return { gone: !(await send("ListDeliveryStreams", { Limit: 100 })).DeliveryStreamNames.includes(stream) };
  },
};

const outcome = {};
for (const step of steps) {
  try {
    outcome[step] = await does[step]();
  } catch (error) {
    outcome[step] = { error: `${error.name}: ${error.message}` };
  }
}
console.log(JSON.stringify(outcome));
