#include "sources/http_lines/http_lines_source.h"

#include "engine/io/aws/signed_chunk_exchange.h"
#include "engine/io/growing_body.h"
#include "engine/io/http_router.h"

#include <utility>

namespace hydrant::http_lines {
namespace {

constexpr uint64_t kSignedBodyBytesMax = 8 << 20;

Status RecordTooLong() {
  return absl::OutOfRangeError("the record is longer than " + std::to_string(kRecordBytesMax) +
                               " bytes");
}

HttpExchange& SourceOfBody(HttpExchange& exchange,
                           std::optional<aws::SignedChunkExchange>& chunks) {
  if (chunks) return *chunks;
  return exchange;
}

}  // namespace

HttpLinesSource::HttpLinesSource(const SourceContext& context)
    : ingest_(*context.ingest),
      router_(*context.router),
      clock_(*context.clock),
      authenticator_(*context.config, *context.clock),
      basic_(context.config->credentials),
      authorizer_(*context.config),
      probe_(*context.metrics) {}

Status HttpLinesSource::Start() {
  router_.Add("/streams/", [this](HttpExchange& exchange) { return Handle(exchange); });
  return Status();
}

asio::awaitable<void> HttpLinesSource::Handle(HttpExchange& exchange) {
  HttpResponse response = co_await Answer(exchange);
  if (response.status == 200) {
    probe_.Accepted();
  } else {
    probe_.Refused(response.status == 503);
  }
  (co_await exchange.Respond(std::move(response))).IgnoreError();  // the peer may be gone
}

asio::awaitable<HttpResponse> HttpLinesSource::Answer(HttpExchange& exchange) {
  if (draining_) {
    co_return Refused({"ServiceUnavailableException", "The node is stopping.", 503});
  }
  Sender sender;
  if (auto error = Authenticate(exchange.head(), sender)) co_return Refused(*error);
  const aws::AuthClaim& claim = sender.claim;
  auto parsed = ParseLinesRequest(exchange.head(), claim.chunk_signing().has_value());
  if (auto* error = std::get_if<ApiError>(&parsed)) co_return Refused(*error);
  const LinesRequest request = std::get<LinesRequest>(std::move(parsed));
  MemoryReservation body_memory;
  HttpBody body;
  if (claim.needs_body_hash()) {
    StatusOr<HttpBody> read = co_await ReadSignedBody(exchange, body_memory);
    if (!read.ok()) co_return Refused(ToApiError(read.status()));
    body = *std::move(read);
    if (auto error = authenticator_.CheckBody(claim, body.view())) {
      error->http_status = 403;
      co_return Refused(*error);
    }
  }
  if (auto error = Authorize(sender, request)) co_return Refused(*error);
  std::shared_ptr<StreamIntake> intake = ingest_.Find(request.stream);
  if (!intake || intake->definition().type != kDirectPut) {
    co_return Refused({"ResourceNotFoundException",
                       "There is no stream " + request.stream + " that takes records.", 404});
  }
  std::optional<aws::SignedChunkExchange> chunks;
  if (claim.chunk_signing()) {
    auto admitted = co_await ingest_.Admit(aws::SignedChunkExchange::ReadSomeMemoryBytes());
    if (!admitted.ok()) co_return Refused(ToApiError(admitted.status()));
    body_memory = *std::move(admitted);
    chunks.emplace(exchange, ingest_.arena_pool(), *claim.chunk_signing());
  }
  HttpExchange& stream_body = SourceOfBody(exchange, chunks);
  BodyReader reader = body.arena ? BodyReader(body.view(), request.coding)
                                 : BodyReader(stream_body, request.coding, ingest_.arena_pool());
  uint64_t text_bytes = body.arena ? body.size : stream_body.content_length();
  if (request.coding != ContentCoding::kIdentity) text_bytes = HttpExchange::kChunked;
  const uint64_t length = exchange.content_length();
  const bool read_whole = request.single_record || length <= kAtomicBytesMax;
  if (read_whole) exchange.LimitBodyTime(std::min<uint64_t>(length, kAtomicBytesMax));
  UploadResult result;
  if (request.single_record) {
    result = co_await AppendRecord(reader, text_bytes, std::move(intake));
  } else {
    result = co_await AppendLines(request, reader, text_bytes, std::move(intake));
  }
  probe_.Appended(result.records, result.bytes);
  if (!result.status.ok()) co_return Refused(ToApiError(result.status), result.records);
  co_return Accepted(result.records, result.bytes);
}

std::optional<ApiError> HttpLinesSource::Authenticate(const HttpRequestHead& head,
                                                      Sender& sender) const {
  if (!authenticator_.enabled()) return std::nullopt;
  const std::string_view authorization = head.Header("Authorization");
  const bool presigned = head.query.find("X-Amz-Algorithm=") != std::string_view::npos;
  if (authorization.empty() && !presigned) {
    return ApiError{"MissingAuthenticationTokenException",
                    "Sign the request (SigV4), or give an access key id and its secret as user and "
                    "password (HTTP Basic).",
                    401};
  }
  if (BasicAuth::Offered(authorization)) {
    sender.access_key_id = basic_.KeyOf(authorization);
    if (!sender.access_key_id.empty()) return std::nullopt;
    return ApiError{"UnrecognizedClientException", "The access key or its secret is wrong.", 401};
  }
  auto checked = authenticator_.CheckHead(head);
  if (auto* error = std::get_if<ApiError>(&checked)) {
    error->http_status = 403;
    return *std::move(error);
  }
  sender.claim = std::get<aws::AuthClaim>(std::move(checked));
  sender.access_key_id = sender.claim.access_key_id();
  return std::nullopt;
}

// Lines and records are what PutRecordBatch brings.
std::optional<ApiError> HttpLinesSource::Authorize(const Sender& sender,
                                                   const LinesRequest& request) const {
  auto error = authorizer_.Check(sender.access_key_id, "PutRecordBatch", request.stream);
  if (error) error->http_status = 403;
  return error;
}

asio::awaitable<StatusOr<HttpBody>> HttpLinesSource::ReadSignedBody(HttpExchange& exchange,
                                                                    MemoryReservation& memory) {
  const uint64_t size = exchange.content_length();
  const bool grows = size == HttpExchange::kChunked;
  const std::string limit = "a body whose hash is signed is at most " +
                            std::to_string(kSignedBodyBytesMax) +
                            " bytes; sign UNSIGNED-PAYLOAD to send a longer one as a stream";
  if (!grows && size > kSignedBodyBytesMax) co_return absl::OutOfRangeError(limit);
  const uint64_t capacity =
      grows ? kGrowingBodyBytes : ArenaPool::CapacityFor(size + HttpBody::kPadding);
  CO_ASSIGN_OR_RETURN(memory, co_await ingest_.Admit(capacity));
  if (!grows) co_return co_await exchange.ReadBody(kSignedBodyBytesMax);
  StatusOr<HttpBody> body =
      co_await ReadGrowingBody(exchange, ingest_.arena_pool(), kSignedBodyBytesMax, memory);
  if (absl::IsOutOfRange(body.status())) co_return absl::OutOfRangeError(limit);
  co_return body;
}

asio::awaitable<UploadResult> HttpLinesSource::AppendLines(const LinesRequest& request,
                                                           BodyReader& reader, uint64_t text_bytes,
                                                           std::shared_ptr<StreamIntake> intake) {
  LineUpload upload(ingest_, clock_, std::move(intake), reader, text_bytes, request.newline);
  co_return co_await upload.Run();
}

asio::awaitable<UploadResult> HttpLinesSource::AppendRecord(BodyReader& reader, uint64_t text_bytes,
                                                            std::shared_ptr<StreamIntake> intake) {
  UploadResult result;
  const bool known = text_bytes != HttpExchange::kChunked;
  if (known && text_bytes > kRecordBytesMax) {
    result.status = RecordTooLong();
    co_return result;
  }
  // One byte more than a record may have, to see that it has.
  const size_t capacity = ArenaPool::CapacityFor(known ? text_bytes : kRecordBytesMax + 1);
  // A decompressor's window holds no more than the record that it makes.
  const size_t window = known ? 0 : capacity;
  auto memory =
      co_await ingest_.Admit(capacity + window + reader.memory_bytes() + sizeof(uint32_t));
  if (!memory.ok()) {
    result.status = memory.status();
    co_return result;
  }
  auto batch = co_await ReadRecord(reader, capacity);
  if (!batch.ok()) {
    result.status = batch.status();
    co_return result;
  }
  const uint64_t bytes = (*batch)->payload_bytes();
  auto receipt = co_await AppendAsync(*intake, *std::move(batch), *std::move(memory));
  result.status = receipt.status();
  if (receipt.ok()) {
    result.records = 1;
    result.bytes = bytes;
  }
  co_return result;
}

asio::awaitable<StatusOr<std::unique_ptr<RecordBatch>>> HttpLinesSource::ReadRecord(
    BodyReader& reader, size_t capacity) {
  Arena block = ingest_.arena_pool().Allocate(capacity);
  size_t size = 0;
  while (!reader.ended()) {
    CO_ASSIGN_OR_RETURN(const size_t n,
                        co_await reader.Read({block.data() + size, block.capacity() - size}));
    size += n;
    if (size > kRecordBytesMax) co_return RecordTooLong();
  }
  std::vector<uint32_t> ends(1, static_cast<uint32_t>(size));
  co_return RecordBatchBuilder::Adopt(std::move(block), std::move(ends), clock_.Now());
}

}  // namespace hydrant::http_lines
