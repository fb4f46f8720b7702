// What a source, a transform and a sink are: the three contracts, their specs, and what they are given.
// A component is one folder and one registration line (cmake/Component.cmake); it can be tested without
// actors, sockets or time. Nothing here names an actor.
#pragma once

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/config/node_config.h"
#include "engine/delivery/outcome.h"
#include "engine/io/http_client.h"
#include "engine/metrics/metrics.h"
#include "engine/record/chunk.h"
#include "engine/record/memory_budget.h"
#include "engine/record/record_batch.h"
#include "engine/stream/api_error.h"
#include "engine/stream/change_author.h"
#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <absl/time/time.h>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

class AuditLog;
class HttpRouter;

// ---------------------------------------------------------------------------------------------------
// Transforms
// ---------------------------------------------------------------------------------------------------

struct TransformInput {
  Slice slice;
  ArenaPool* pool;
};

struct TransformOutput {
  // The records that go on. Its source() is exactly the input slice's positions; what was dropped by a
  // rule of the user's is missing in it. Never null.
  RecordBatchPtr batch;
};

// Pure: batch in, batch out. Long calls complete later.
class Transform {
 public:
  virtual ~Transform() = default;
  // Calls `done` once, from any thread, before or after it returns.
  virtual void Apply(TransformInput input, std::function<void(TransformOutput)> done) = 0;
};

struct TransformContext {
  const Clock* clock;
};

struct TransformSpec {
  std::string_view name;       // folder name
  std::string_view processor;  // Firehose's processor type: "AppendDelimiterToRecord"
  std::string_view summary;
  StatusOr<std::unique_ptr<Transform>> (*create)(const ProcessorSettings&, const TransformContext&);
};

// ---------------------------------------------------------------------------------------------------
// Sinks
// ---------------------------------------------------------------------------------------------------

struct Delivery {
  // Its slices may be gone when the payload does not point into them.
  std::shared_ptr<const Chunk> chunk;
  Payload payload;  // what Encode made of it
  int attempt = 1;  // counts from 1
};

// What to send, and what the answer means; never retries, sleeps, batches or logs.
class Sink {
 public:
  virtual ~Sink() = default;
  // The destination key or request id of a chunk about to be sealed: the same for all its attempts.
  // Called once a chunk, on an actor thread; everything but `name` is filled in. Must not block.
  virtual std::string NameChunk(const ChunkSeal& seal) const = 0;
  // The bytes that go over the wire. CPU work on an actor thread; any thread, several at once.
  virtual StatusOr<Payload> Encode(const Chunk& chunk) const = 0;
  // What Encode holds at most, while it runs, beside the chunk and what it makes of it.
  virtual uint64_t EncodeWorkBytes() const { return 0; }
  // One attempt, on the I/O runtime; several chunks at once. `delivery` outlives the coroutine.
  virtual asio::awaitable<DeliveryOutcome> Deliver(const Delivery& delivery) = 0;
  // Is the destination there and willing? Changes nothing at it.
  virtual asio::awaitable<Status> Probe() = 0;
  // For people: "s3://bucket/prefix". No secrets.
  virtual std::string Describe() const = 0;
};

struct SinkContext {
  const NodeConfig* config;
  HttpClient* http;
  asio::any_io_executor executor;  // the I/O runtime
  asio::any_io_executor blocking;  // its threads for work that waits on the disk
  const Clock* clock;
  Entropy* entropy;
};

struct SinkSpec {
  std::string_view name;  // folder name
  std::string_view summary;
  DestinationFamily family;
  // Whether this sink serves the family on this node (s3 and file share one family).
  bool (*serves)(const NodeConfig&);
  // What is constant in the definition and known to fail at this destination, so that the stream is
  // refused before it takes records. Pure. Streams that are there already are not asked again.
  std::vector<DefinitionProblem> (*check)(const StreamDefinition&, const NodeConfig&);
  StatusOr<std::unique_ptr<Sink>> (*create)(const StreamDefinition&, const SinkContext&);
};

// ---------------------------------------------------------------------------------------------------
// Sources
// ---------------------------------------------------------------------------------------------------

struct AppendReceipt {
  Position first;  // the batch's records are at first, first + 1, …
  uint64_t record_count = 0;
};
using AppendDone = std::function<void(StatusOr<AppendReceipt>)>;

// Where records of one stream go in. Any thread.
class StreamIntake {
 public:
  virtual ~StreamIntake() = default;
  virtual const StreamDefinition& definition() const = 0;
  // First half of every record id of the stream; the second is the record's position, 20 digits.
  virtual std::string_view record_id_prefix() const = 0;
  // Takes the batch and calls `done` once, from any thread, when its records are as durable as the stream
  // promises. kResourceExhausted: memory or log quota ("Slow down."); kNotFound: the stream is gone or
  // going; kInvalidArgument: too large: nothing was taken. Else (kUnavailable: stopping) nothing was, or all.
  // `reservation` is the memory that the batch was admitted with; it is held until `done`.
  virtual void Append(std::unique_ptr<RecordBatch> batch, MemoryReservation reservation,
                      AppendDone done) = 0;
};

// The data plane as sources see it. Any thread.
class IngestPort {
 public:
  virtual ~IngestPort() = default;
  // Null when there is no such stream, or it does not take puts (yet, or any more).
  virtual std::shared_ptr<StreamIntake> Find(std::string_view stream) const = 0;
  // Memory for a request about to be read: ask for everything that it will hold at once (its body,
  // decompressed forms, the batch). Waits a moment when there is none, then answers kResourceExhausted.
  virtual asio::awaitable<StatusOr<MemoryReservation>> Admit(uint64_t bytes) = 0;
  virtual ArenaPool& arena_pool() = 0;
};

// Append as an awaitable; resumes on the caller's executor. (engine/io/append_async.cc)
asio::awaitable<StatusOr<AppendReceipt>> AppendAsync(StreamIntake& intake,
                                                     std::unique_ptr<RecordBatch> batch,
                                                     MemoryReservation reservation);

// The control plane as sources see it. Any thread.
class ControlPlane {
 public:
  virtual ~ControlPlane() = default;
  // `author.operation` is bare ("CreateDeliveryStream"), `body` the request's JSON text. Changes are made one after
  // another; what only reads does not wait for them.
  virtual asio::awaitable<ApiReply> Call(ChangeAuthor author, std::string body) = 0;
};

struct SourceContext {
  const NodeConfig* config;
  IngestPort* ingest;
  ControlPlane* control;
  HttpRouter* router;  // the public listener's
  MetricRegistry* metrics;
  const Clock* clock;
  Entropy* entropy;
  AuditLog* audit = nullptr;  // null: no calls are recorded
};

// A protocol to batches, and acknowledgement or pushback to the protocol's answer.
class Source {
 public:
  virtual ~Source() = default;
  // Adds its routes, or opens what it reads from.
  virtual Status Start() = 0;
  // Takes nothing new. What it has taken is answered as usual.
  virtual void Drain() = 0;
};

struct SourceSpec {
  std::string_view name;
  std::string_view summary;
  StatusOr<std::unique_ptr<Source>> (*create)(const SourceContext&);
};

// The tables of everything built in, generated from the registration lines.
std::span<const SourceSpec* const> SourceSpecs();
std::span<const TransformSpec* const> TransformSpecs();
std::span<const SinkSpec* const> SinkSpecs();

}  // namespace hydrant
