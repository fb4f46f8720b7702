#include "sinks/file/file_sink.h"

#include "engine/object/object.h"
#include "engine/stream/prefix.h"
#include "sinks/file/directory_bucket.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <string>
#include <utility>

namespace hydrant::file {
namespace {

constexpr std::string_view kScheme = "file://";

// Runs blocking work on the pool; resumes on the caller's executor.
asio::awaitable<Status> RunOn(asio::any_io_executor pool, std::function<Status()> work) {
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [pool, executor](auto handler, std::function<Status()> moved_work) {
    auto run = [handler = std::move(handler), guard = asio::make_work_guard(executor),
                moved_work = std::move(moved_work)]() mutable {
      Status status;
      try {
        status = moved_work();
      } catch (const std::exception& error) {
        status = Internal(error.what());
      }
      asio::post(guard.get_executor(),
                 [handler = std::move(handler), status = std::move(status)]() mutable {
                   std::move(handler)(std::move(status));
                 });
    };
    asio::post(pool, std::move(run));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Status)>(
      std::move(initiate), asio::use_awaitable, std::move(work));
}

class FileSink : public Sink {
 public:
  FileSink(const StreamDefinition& stream, const SinkContext& context, std::string directory)
      : origin_{stream.name, stream.version, stream.replay},
        object_(stream.s3->object),
        bucket_(std::move(directory)),
        pool_(context.blocking) {}

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
    Status status = co_await RunOn(pool_, [this, &delivery] {
      return bucket_.Write(delivery.chunk->seal.name, delivery.payload.pieces);
    });
    co_return ClassifyWrite(status);
  }

  asio::awaitable<Status> Probe() override {
    co_return co_await RunOn(pool_, [this] { return bucket_.Check(); });
  }

  std::string Describe() const override {
    return std::string(kScheme) + bucket_.path() + "/" + object_.prefix;
  }

 private:
  const ObjectOrigin origin_;
  const ObjectOptions object_;
  DirectoryBucket bucket_;
  const asio::any_io_executor pool_;
};

Status CheckBucketName(const std::string& bucket) {
  if (SplitKey(bucket).ok() && bucket.find('/') == bucket.npos && !bucket.starts_with('.')) {
    return absl::OkStatus();
  }
  return InvalidArgument("BucketARN: '" + bucket + "' is not the name of a bucket");
}

// Whether keys with that prefix name files below the bucket.
void CheckPath(const std::string& member, const std::string& prefix, const absl::TimeZone& zone,
               std::vector<DefinitionProblem>& problems) {
  const StatusOr<PrefixExpression> program = PrefixExpression::Parse(prefix);
  if (!program.ok()) return;  // said by the stream's own checks
  const Status split = SplitKey(program->Example(absl::UnixEpoch(), zone) + "x").status();
  if (split.ok()) return;
  problems.push_back({member, member +
                                  " can't be a path in a bucket that is a directory "
                                  "(s3.endpoint: file://): " +
                                  std::string(Message(split)) + "; write it as in \"logs/app/\""});
}

}  // namespace

std::vector<DefinitionProblem> CheckFileDestination(const StreamDefinition& stream,
                                                    const NodeConfig&) {
  if (!stream.s3) return {};
  const ObjectOptions& object = stream.s3->object;
  std::vector<DefinitionProblem> problems = CheckObjectKeys(object, stream.name);
  CheckPath("Prefix", object.prefix, object.time_zone, problems);
  CheckPath("ErrorOutputPrefix", object.error_output_prefix, object.time_zone, problems);
  const Status bucket = CheckBucketName(stream.s3->bucket);
  if (!bucket.ok()) problems.push_back({"BucketARN", std::string(Message(bucket))});
  return problems;
}

DeliveryOutcome ClassifyWrite(const Status& status) {
  const std::string message(Message(status));
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return DeliveryOutcome::Delivered();
    case absl::StatusCode::kResourceExhausted:
      return DeliveryOutcome::Retry("File.DiskFull",
                                    message + " (make room on the disk, or allow more open files)",
                                    Severity::kOperator);
    case absl::StatusCode::kPermissionDenied:
      return DeliveryOutcome::Retry("File.AccessDenied",
                                    message + " (let hydrant's user write to the directory)",
                                    Severity::kOperator);
    case absl::StatusCode::kFailedPrecondition:
      return DeliveryOutcome::Retry("File.NoSuchBucket",
                                    message + " (make it, or correct s3.endpoint or the BucketARN)",
                                    Severity::kOperator);
    case absl::StatusCode::kInvalidArgument:
      return DeliveryOutcome::Retry("File.InvalidKey", message + " (change the stream's Prefix)",
                                    Severity::kOperator);
    default:
      return DeliveryOutcome::Retry("File.WriteFailed", message);
  }
}

StatusOr<std::unique_ptr<Sink>> MakeFileSink(const StreamDefinition& stream,
                                             const SinkContext& context) {
  if (!stream.s3) return InvalidArgument("the stream has no S3 destination configuration");
  std::string root = context.config->s3.endpoint.substr(kScheme.size());
  if (!root.starts_with('/')) {
    return InvalidArgument(
        "s3.endpoint: file:// wants an absolute path, as in file:///srv/buckets");
  }
  while (root.ends_with('/')) root.pop_back();
  const std::string& bucket = stream.s3->bucket;
  RETURN_IF_ERROR(CheckBucketName(bucket));
  std::unique_ptr<Sink> sink = std::make_unique<FileSink>(stream, context, root + "/" + bucket);
  return sink;
}

}  // namespace hydrant::file
