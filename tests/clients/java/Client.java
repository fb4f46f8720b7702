import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamDescription;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamEncryptionConfiguration;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamStatus;
import software.amazon.awssdk.services.firehose.model.DeliveryStreamType;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.KeyType;
import software.amazon.awssdk.services.firehose.model.Record;
import software.amazon.awssdk.services.firehose.model.ResourceNotFoundException;
import software.amazon.awssdk.services.firehose.model.Tag;

/**
 * The life of a stream with the AWS SDK for Java v2, nothing configured but what its environment says.
 * Usage: Client STREAM STEP…; prints a JSON object of each step's outcome. Steps are those of ../test_sdks.py.
 */
public final class Client {
  private static final String DESTINATION_ID = "destinationId-000000000001";

  private final FirehoseClient client = FirehoseClient.create();
  private final String stream;

  private Client(String stream) {
    this.stream = stream;
  }

  private static ExtendedS3DestinationConfiguration destination() {
    return ExtendedS3DestinationConfiguration.builder()
        .roleARN("arn:aws:iam::000000000000:role/test")
        .bucketARN("arn:aws:s3:::test-bucket")
        .prefix("a/")
        .bufferingHints(hints -> hints.sizeInMBs(1).intervalInSeconds(0))
        .build();
  }

  private static Record record(String text) {
    return Record.builder().data(SdkBytes.fromUtf8String(text)).build();
  }

  private static <T> T waitFor(Callable<T> condition) throws Exception {
    for (int i = 0; i < 400; ++i) {
      T value = condition.call();
      if (value != null) {
        return value;
      }
      Thread.sleep(25);
    }
    throw new IllegalStateException("it did not happen in time");
  }

  private DeliveryStreamDescription described() {
    return client.describeDeliveryStream(request -> request.deliveryStreamName(stream)).deliveryStreamDescription();
  }

  private static String prefix(DeliveryStreamDescription described) {
    return described.destinations().get(0).extendedS3DestinationDescription().prefix();
  }

  private Map<String, Object> create() {
    var made = client.createDeliveryStream(request -> request.deliveryStreamName(stream)
        .deliveryStreamType(DeliveryStreamType.DIRECT_PUT)
        .extendedS3DestinationConfiguration(destination())
        .tags(Tag.builder().key("team").value("one").build()));
    return Map.of("arn", made.deliveryStreamARN());
  }

  private Map<String, Object> describe() throws Exception {
    var now = waitFor(() -> {
      var one = described();
      return one.deliveryStreamStatus() == DeliveryStreamStatus.ACTIVE ? one : null;
    });
    return Map.of("status", now.deliveryStreamStatusAsString(), "version", now.versionId(),
        "created", now.createTimestamp().toEpochMilli() / 1000.0, "prefix", prefix(now));
  }

  private Map<String, Object> list() {
    var listed = client.listDeliveryStreams(request -> request.limit(100));
    return Map.of("names", listed.deliveryStreamNames(), "more", listed.hasMoreDeliveryStreams());
  }

  private Map<String, Object> put() {
    var put = client.putRecord(request -> request.deliveryStreamName(stream).record(record("one\n")));
    return Map.of("ids", put.recordId().isEmpty() ? 0 : 1, "encrypted", put.encrypted());
  }

  private Map<String, Object> putBatch() {
    var put = client.putRecordBatch(request -> request.deliveryStreamName(stream).records(record("two\n"), record("three\n")));
    var ids = put.requestResponses().stream().filter(response -> response.recordId() != null).count();
    return Map.of("failed", put.failedPutCount(), "ids", ids);
  }

  private void updateTo(String version) {
    client.updateDestination(request -> request.deliveryStreamName(stream)
        .currentDeliveryStreamVersionId(version)
        .destinationId(DESTINATION_ID)
        .extendedS3DestinationUpdate(change -> change.prefix("b/")));
  }

  private Map<String, Object> update() {
    updateTo("1");
    var now = described();
    return Map.of("version", now.versionId(), "prefix", prefix(now));
  }

  private Map<String, Object> tags() {
    var listed = client.listTagsForDeliveryStream(request -> request.deliveryStreamName(stream));
    var tags = listed.tags().stream().collect(Collectors.toMap(Tag::key, Tag::value, (a, b) -> b, TreeMap::new));
    return Map.of("tags", tags, "more", listed.hasMoreTags());
  }

  private Map<String, Object> tag() {
    client.tagDeliveryStream(request -> request.deliveryStreamName(stream).tags(Tag.builder().key("stage").value("test").build()));
    return tags();
  }

  private Map<String, Object> untag() {
    client.untagDeliveryStream(request -> request.deliveryStreamName(stream).tagKeys("team"));
    return tags();
  }

  private DeliveryStreamEncryptionConfiguration settledEncryption() throws Exception {
    return waitFor(() -> {
      var encryption = described().deliveryStreamEncryptionConfiguration();
      return encryption.statusAsString().endsWith("ING") ? null : encryption;
    });
  }

  private Map<String, Object> encrypt() throws Exception {
    client.startDeliveryStreamEncryption(request -> request.deliveryStreamName(stream)
        .deliveryStreamEncryptionConfigurationInput(input -> input.keyType(KeyType.AWS_OWNED_CMK)));
    var encryption = settledEncryption();
    return Map.of("status", encryption.statusAsString(), "type", encryption.keyTypeAsString());
  }

  private Map<String, Object> decrypt() throws Exception {
    client.stopDeliveryStreamEncryption(request -> request.deliveryStreamName(stream));
    return Map.of("status", settledEncryption().statusAsString());
  }

  /** The class of the error that a call ends with. */
  private static String errorOf(Runnable call) {
    try {
      call.run();
      return "no error";
    } catch (RuntimeException error) {
      return error.getClass().getSimpleName();
    }
  }

  private Map<String, Object> errors() {
    var missing = new Client("no-such-stream");
    return Map.of(
        "exists", errorOf(() -> client.createDeliveryStream(
            request -> request.deliveryStreamName(stream).extendedS3DestinationConfiguration(destination()))),
        "missing", errorOf(missing::described),
        "put", errorOf(missing::put),
        "stale", errorOf(() -> updateTo("99")),
        "argument", errorOf(() -> client.createDeliveryStream(request -> request.deliveryStreamName("no-destination"))));
  }

  private Map<String, Object> delete() throws Exception {
    client.deleteDeliveryStream(request -> request.deliveryStreamName(stream));
    waitFor(() -> {
      try {
        described();
        return null;
      } catch (ResourceNotFoundException gone) {
        return gone;
      }
    });
    return Map.of("gone", !client.listDeliveryStreams(request -> request.limit(100)).deliveryStreamNames().contains(stream));
  }

  private Map<String, Object> run(String step) throws Exception {
    return switch (step) {
      case "create" -> create();
      case "describe" -> describe();
      case "list" -> list();
      case "put" -> put();
      case "put_batch" -> putBatch();
      case "update" -> update();
      case "tag" -> tag();
      case "untag" -> untag();
      case "encrypt" -> encrypt();
      case "decrypt" -> decrypt();
      case "errors" -> errors();
      case "delete" -> delete();
      default -> throw new IllegalArgumentException(step);
    };
  }

  /** JSON of what steps return; the SDK's own JSON is not for others. */
  private static String json(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream().map(entry -> json(entry.getKey()) + ":" + json(entry.getValue())).collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof List<?> list) {
      return list.stream().map(Client::json).collect(Collectors.joining(",", "[", "]"));
    }
    if (value instanceof String text) {
      return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
    return String.valueOf(value);
  }

  public static void main(String[] arguments) {
    var life = new Client(arguments[0]);
    Map<String, Object> outcome = new LinkedHashMap<>();
    for (String step : List.of(arguments).subList(1, arguments.length)) {
      try {
        outcome.put(step, life.run(step));
      } catch (Exception error) {
        outcome.put(step, Map.of("error", error.toString()));
      }
    }
    System.out.println(json(outcome));
  }
}
