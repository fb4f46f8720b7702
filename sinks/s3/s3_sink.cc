#include "sinks/s3/s3_sink.h"

#include "engine/io/aws/sigv4.h"
#include "engine/object/object.h"
#include "sinks/s3/s3_client.h"
#include "sinks/s3/upload.h"

#include <utility>

namespace hydrant::s3 {
namespace {

HttpHeaders ObjectHeaders(const StreamDefinition& stream) {
  const S3Settings& settings = *stream.s3;
  HttpHeaders headers = {{"Content-Type", "application/octet-stream"}};
  const std::string_view encoding = ContentEncoding(settings.object.compression);
  if (!encoding.empty()) headers.emplace_back("Content-Encoding", encoding);
  if (!settings.kms_key_arn.empty()) {
    headers.emplace_back("x-amz-server-side-encryption", "aws:kms");
    headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", settings.kms_key_arn);
  }
  if (!stream.replay.empty()) headers.emplace_back("x-amz-meta-hydrant-replay", stream.replay);
  return headers;
}

std::unique_ptr<aws::CredentialsProvider> MakeCredentials(const SinkContext& context) {
  const S3EndpointConfig& s3 = context.config->s3;
  if (s3.access_key_id.empty()) {
    return aws::MakeDefaultCredentialsChain(*context.http, *context.clock);
  }
  return aws::MakeStaticCredentials({s3.access_key_id, s3.secret_access_key, s3.session_token});
}

class S3Sink : public Sink {
 public:
  S3Sink(const StreamDefinition& stream, const SinkContext& context, S3Target target)
      : origin_{stream.name, stream.version, stream.replay},
        object_(stream.s3->object),
        client_(std::move(target), *context.http, MakeCredentials(context), *context.clock,
                context.config->s3.timeout) {
    upload_.headers = ObjectHeaders(stream);
    upload_.multipart_bytes = context.config->s3.multipart_bytes;
    upload_.renewable_credentials = context.config->s3.access_key_id.empty();
  }

  std::string NameChunk(const ChunkSeal& seal) const override {
    return ObjectKey(object_, origin_, seal);
  }

  StatusOr<Payload> Encode(const Chunk& chunk) const override {
    return EncodeObject(object_, chunk);
  }

  uint64_t EncodeWorkBytes() const override {
    return CompressWorkBytes(object_.compression, object_.effort);
  }

  asio::awaitable<DeliveryOutcome> Deliver(const Delivery& delivery) override {
    return UploadObject(client_, upload_, delivery.chunk->seal.name, delivery.payload);
  }

  // Lists nothing or one key: unlike a HEAD, the answer has a document that says what is wrong.
  asio::awaitable<Status> Probe() override {
    S3Call call;
    call.method = "GET";
    call.query = "list-type=2&max-keys=1";
    call.sha256_hex = aws::Sha256Hex("");
    StatusOr<S3Reply> reply = co_await client_.Send(std::move(call));
    DeliveryOutcome outcome;
    if (reply.ok()) {
      outcome = ClassifyAnswer(reply->answer, upload_.renewable_credentials);
    } else {
      outcome = ClassifyTransport(reply.status());
    }
    if (outcome.kind == OutcomeKind::kDelivered) co_return absl::OkStatus();
    const auto code = outcome.severity == Severity::kOperator ? absl::StatusCode::kPermissionDenied
                                                              : absl::StatusCode::kUnavailable;
    co_return MakeStatus(code, outcome.error_code + ": " + outcome.error_message);
  }

  std::string Describe() const override {
    return "s3://" + client_.target().bucket + "/" + object_.prefix;
  }

 private:
  const ObjectOrigin origin_;
  const ObjectOptions object_;
  UploadOptions upload_;
  S3Client client_;
};

}  // namespace

std::vector<DefinitionProblem> CheckS3Destination(const StreamDefinition& stream,
                                                  const NodeConfig& config) {
  if (!stream.s3) return {};
  std::vector<DefinitionProblem> problems = CheckObjectKeys(stream.s3->object, stream.name);
  const Status target = ResolveTarget(config, stream.s3->bucket).status();
  if (!target.ok()) problems.push_back({"BucketARN", std::string(Message(target))});
  return problems;
}

StatusOr<std::unique_ptr<Sink>> MakeS3Sink(const StreamDefinition& stream,
                                           const SinkContext& context) {
  if (!stream.s3) return InvalidArgument("the stream has no S3 destination configuration");
  const S3EndpointConfig& s3 = context.config->s3;
  if (s3.access_key_id.empty() != s3.secret_access_key.empty()) {
    return InvalidArgument("s3.access_key_id and s3.secret_access_key come together or not at all");
  }
  ASSIGN_OR_RETURN(S3Target target, ResolveTarget(*context.config, stream.s3->bucket));
  std::unique_ptr<Sink> sink = std::make_unique<S3Sink>(stream, context, std::move(target));
  return sink;
}

}  // namespace hydrant::s3
