#include "sources/firehose_api/firehose_api_source.h"

#include "engine/access/audit_log.h"
#include "engine/access/audit_record.h"
#include "engine/base/logging.h"
#include "engine/io/aws/auth_errors.h"
#include "engine/io/aws/signed_chunk_exchange.h"
#include "engine/io/growing_body.h"
#include "engine/io/http_router.h"
#include "engine/stream/json_text.h"
#include "sources/firehose_api/put_answer.h"

#include <algorithm>
#include <utility>

namespace hydrant::firehose_api {
namespace {

ApiError BodyTooLarge(size_t bytes_max) {
  return {"RequestEntityTooLargeException",
          "The request body is larger than " + std::to_string(bytes_max) + " bytes.", 413};
}

ApiError NotNow(std::string_view why) {
  return {"ServiceUnavailableException", std::string(why) + " Send the request again.", 503};
}

HttpResponse ToResponse(const std::variant<std::string, ApiError>& reply) {
  HttpResponse response{.content_type = std::string(kContentType)};
  if (const auto* error = std::get_if<ApiError>(&reply)) {
    response.status = error->http_status;
    response.body = RenderApiError(*error);
  } else {
    response.body = std::get<std::string>(reply);
  }
  return response;
}

uint64_t NoWorkBytes(size_t) { return 0; }

// Clients send the request again, and need not sign it anew for that.
template <typename... Results>
bool IsNotNow(const std::variant<Results...>& result) {
  const auto* error = std::get_if<ApiError>(&result);
  return error != nullptr && error->http_status == 503;
}

// One whose memory is reserved; kOutOfRange when it is longer than `bytes_max`.
asio::awaitable<StatusOr<HttpBody>> ReadAdmittedBody(HttpExchange& exchange, ArenaPool& pool,
                                                     const aws::AuthClaim& claim,
                                                     size_t bytes_max) {
  std::optional<aws::SignedChunkExchange> chunks;
  if (claim.chunk_signing()) chunks.emplace(exchange, pool, *claim.chunk_signing());
  HttpExchange* const signed_body = chunks ? &*chunks : &exchange;
  StatusOr<HttpBody> body = co_await signed_body->ReadBody(bytes_max);
  if (absl::IsResourceExhausted(body.status())) {
    co_return absl::OutOfRangeError(body.status().message());
  }
  co_return body;
}

}  // namespace

FirehoseApiSource::FirehoseApiSource(const SourceContext& context)
    : context_(context),
      authenticator_(*context.config, *context.clock),
      authorizer_(*context.config),
      probe_(*context.metrics) {}

Status FirehoseApiSource::Start() {
  context_.router->Add("/", [this](HttpExchange& exchange) { return Handle(exchange); });
  return absl::OkStatus();
}

asio::awaitable<void> FirehoseApiSource::Handle(HttpExchange& exchange) {
  const absl::Time started = context_.clock->Now();
  std::string request_id = MakeUuid(*context_.entropy);
  const auto asked = ReadOperation(exchange.head());
  if (const auto* response = std::get_if<HttpResponse>(&asked)) {
    probe_.Misdirected();
    co_await Respond(exchange, *response, std::move(request_id));
    co_return;
  }
  if (const auto* error = std::get_if<ApiError>(&asked)) {
    probe_.Misdirected();
    co_await Respond(exchange, ToResponse(*error), std::move(request_id));
    co_return;
  }
  const Operation operation = std::get<Operation>(asked);
  const ApiCall call{exchange, operation, request_id};
  CallResult result = co_await Call(call);
  const auto latency = [&] { return context_.clock->Now() - started; };
  if (std::holds_alternative<ConnectionLost>(result)) {
    probe_.Answered(operation, 0, latency());
    co_return;
  }
  HttpResponse response;
  if (auto* error = std::get_if<ApiError>(&result)) {
    probe_.Failed(operation, error->type);
    response = ToResponse(std::move(*error));
  } else {
    response = ToResponse(std::get<std::string>(std::move(result)));
  }
  probe_.Answered(operation, response.status, latency());
  co_await Respond(exchange, std::move(response), std::move(request_id));
}

asio::awaitable<void> FirehoseApiSource::Respond(HttpExchange& exchange, HttpResponse response,
                                                 std::string request_id) {
  response.headers.emplace_back("x-amzn-RequestId", std::move(request_id));
  // The peer may be gone: then there is nobody to tell.
  const Status sent = co_await exchange.Respond(std::move(response));
  sent.IgnoreError();
}

asio::awaitable<FirehoseApiSource::CallResult> FirehoseApiSource::Call(const ApiCall& call) {
  if (draining_) co_return NotNow("The node is stopping.");
  if (call.operation == Operation::kPutRecord || call.operation == Operation::kPutRecordBatch) {
    CallResult result = co_await Put(call);
    co_return result;
  }
  CallResult result = co_await CallControlPlane(call);
  co_return result;
}

asio::awaitable<FirehoseApiSource::BodyResult> FirehoseApiSource::ReadCheckedBody(
    HttpExchange& exchange, size_t bytes_max, uint64_t (*work_bytes)(size_t)) {
  auto checked = authenticator_.CheckHead(exchange.head());
  if (const auto* error = std::get_if<ApiError>(&checked)) co_return *error;
  const uint64_t length = exchange.content_length();
  if (length != HttpExchange::kChunked && length > bytes_max) co_return BodyTooLarge(bytes_max);

  aws::AuthClaim& claim = std::get<aws::AuthClaim>(checked);
  const bool grows = length == HttpExchange::kChunked && !claim.head_is_proven();
  // A chunked body may be as long as it is allowed to be.
  const size_t expected = std::min<uint64_t>(length, bytes_max);
  StatusOr<MemoryReservation> admitted = co_await context_.ingest->Admit(
      grows ? kGrowingBodyBytes
            : ArenaPool::CapacityFor(expected + HttpBody::kPadding) + work_bytes(expected));
  if (!admitted.ok()) {
    if (claim.head_is_proven()) authenticator_.Forget(claim);
    co_return ApiError::SlowDown();
  }
  ArenaPool& pool = context_.ingest->arena_pool();
  StatusOr<HttpBody> body;
  if (grows) {
    body = co_await ReadGrowingBody(exchange, pool, bytes_max, *admitted);
  } else {
    body = co_await ReadAdmittedBody(exchange, pool, claim, bytes_max);
  }
  const bool fits = !grows || !body.ok() || admitted->TryGrow(work_bytes(body->size));
  if (!fits || absl::IsResourceExhausted(body.status())) co_return ApiError::SlowDown();
  if (absl::IsUnauthenticated(body.status())) co_return aws::SignatureMismatch();
  if (absl::IsOutOfRange(body.status())) co_return BodyTooLarge(bytes_max);
  if (absl::IsDeadlineExceeded(body.status())) {
    co_return ApiError{"RequestTimeoutException", "The request body did not arrive in time.", 408};
  }
  if (absl::IsInvalidArgument(body.status())) {
    co_return ApiError::Serialization(std::string(Message(body.status())));
  }
  if (!body.ok()) co_return ConnectionLost{};
  if (auto error = authenticator_.CheckBody(claim, body->view())) co_return *std::move(error);
  co_return CheckedBody{std::move(claim), *std::move(body), *std::move(admitted)};
}

asio::awaitable<FirehoseApiSource::CallResult> FirehoseApiSource::CallControlPlane(
    const ApiCall& call) {
  BodyResult read = co_await ReadCheckedBody(call.exchange, kControlBodyBytesMax, NoWorkBytes);
  if (auto* error = std::get_if<ApiError>(&read)) co_return std::move(*error);
  if (std::holds_alternative<ConnectionLost>(read)) co_return ConnectionLost{};
  const CheckedBody checked = std::get<CheckedBody>(std::move(read));
  const std::string& key = checked.claim.access_key_id();
  const std::string_view request = checked.body.view();
  ApiReply reply;
  if (auto denied = Authorize(key, call.operation, request)) {
    reply = *std::move(denied);
  } else {
    std::string text(request);
    ChangeAuthor author;
    author.operation = OperationName(call.operation);
    author.who = key;
    author.from = call.exchange.head().remote;
    reply = co_await context_.control->Call(std::move(author), std::move(text));
  }
  if (IsNotNow(reply)) authenticator_.Forget(checked.claim);
  Audit(call, key, request, reply);
  if (auto* error = std::get_if<ApiError>(&reply)) co_return std::move(*error);
  co_return std::get<std::string>(std::move(reply));
}

// What the control plane would read as the stream's name is what is asked about.
std::optional<ApiError> FirehoseApiSource::Authorize(const std::string& access_key_id,
                                                     Operation operation,
                                                     std::string_view request) const {
  if (!authorizer_.Restricts(access_key_id)) return std::nullopt;
  const auto json = ParseJsonText(request.empty() ? "{}" : request);
  std::string stream;
  bool tags = false;
  if (json && json->is_object()) {
    const auto name = json->find("DeliveryStreamName");
    if (name != json->end() && name->is_string()) stream = name->get<std::string>();
    const auto given = json->find("Tags");
    tags = given != json->end() && !given->is_null();
  }
  if (auto denied = authorizer_.Check(access_key_id, OperationName(operation), stream)) {
    return denied;
  }
  // A stream that is created with tags is tagged.
  if (OperationName(operation) != "CreateDeliveryStream" || !tags) return std::nullopt;
  return authorizer_.Check(access_key_id, "TagDeliveryStream", stream);
}

void FirehoseApiSource::Audit(const ApiCall& call, const std::string& access_key_id,
                              std::string_view request, const ApiReply& reply) const {
  if (context_.audit == nullptr) return;
  const HttpRequestHead& head = call.exchange.head();
  const std::string user_arn = authorizer_.UserArn(access_key_id);
  const std::string event_id = MakeUuid(*context_.entropy);
  context_.audit->Append(RenderAuditRecord({.time = context_.clock->Now(),
                                            .region = context_.config->region,
                                            .account_id = context_.config->account_id,
                                            .access_key_id = access_key_id,
                                            .user_arn = user_arn,
                                            .remote = head.remote,
                                            .user_agent = head.Header("user-agent"),
                                            .operation = OperationName(call.operation),
                                            .request = request,
                                            .reply = &reply,
                                            .request_id = call.request_id,
                                            .event_id = event_id}));
}

asio::awaitable<FirehoseApiSource::CallResult> FirehoseApiSource::Put(const ApiCall& call) {
  const Operation operation = call.operation;
  BodyResult read = co_await ReadCheckedBody(call.exchange, kPutBodyBytesMax, PutBatchMemoryBytes);
  if (auto* error = std::get_if<ApiError>(&read)) co_return std::move(*error);
  if (std::holds_alternative<ConnectionLost>(read)) co_return ConnectionLost{};
  CheckedBody& checked = std::get<CheckedBody>(read);
  const PutOperation put =
      operation == Operation::kPutRecord ? PutOperation::kPutRecord : PutOperation::kPutRecordBatch;
  auto parsed = ParsePutRequest(put, checked.body.view(), context_.ingest->arena_pool(),
                                context_.clock->Now());
  checked.body = {};  // the records are in the batch's own memory
  if (auto* error = std::get_if<ApiError>(&parsed)) co_return std::move(*error);
  PutRequest& request = std::get<PutRequest>(parsed);
  auto denied =
      authorizer_.Check(checked.claim.access_key_id(), OperationName(operation), request.stream);
  if (denied) co_return *std::move(denied);
  checked.reservation.ShrinkTo(request.batch->memory_bytes());
  CallResult result =
      co_await Append(operation, std::move(request), std::move(checked.reservation));
  if (IsNotNow(result)) authenticator_.Forget(checked.claim);
  co_return result;
}

asio::awaitable<FirehoseApiSource::CallResult> FirehoseApiSource::Append(
    Operation operation, PutRequest request, MemoryReservation reservation) {
  auto found = FindStream(request.stream);
  if (auto* error = std::get_if<ApiError>(&found)) co_return std::move(*error);
  const auto intake = std::get<std::shared_ptr<StreamIntake>>(std::move(found));
  const uint64_t record_count = request.batch->record_count();
  const uint64_t payload_bytes = request.batch->payload_bytes();
  const PutCounters counters = probe_.Puts(intake, operation);
  StatusOr<AppendReceipt> receipt =
      co_await AppendAsync(*intake, std::move(request.batch), std::move(reservation));
  if (!receipt.ok()) {
    if (absl::IsResourceExhausted(receipt.status())) counters.Throttled(record_count);
    co_return AppendError(receipt.status(), request.stream);
  }
  counters.Accepted(record_count, payload_bytes);
  const bool encrypted = intake->definition().encryption.has_value();
  if (operation == Operation::kPutRecord) {
    co_return RenderPutRecordAnswer(intake->record_id_prefix(), receipt->first, encrypted);
  }
  co_return RenderPutRecordBatchAnswer(intake->record_id_prefix(), receipt->first, record_count,
                                       encrypted);
}

std::variant<std::shared_ptr<StreamIntake>, ApiError> FirehoseApiSource::FindStream(
    const std::string& name) const {
  std::shared_ptr<StreamIntake> intake = context_.ingest->Find(name);
  if (intake == nullptr) return ApiError::StreamNotFound(name, context_.config->account_id);
  const std::string& type = intake->definition().type;
  if (type != kDirectPut) {
    return ApiError::InvalidArgument("This operation is not permitted on " + type +
                                     " delivery stream type.");
  }
  return intake;
}

ApiError FirehoseApiSource::AppendError(const Status& status, const std::string& stream) const {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      return ApiError::SlowDown();
    case absl::StatusCode::kUnavailable:
      return NotNow(Message(status));
    case absl::StatusCode::kNotFound:
      return ApiError::StreamNotFound(stream, context_.config->account_id);
    default:
      LogError("A put could not be stored",
               {{"stream", stream}, {"error", std::string(Message(status))}});
      return ApiError::InternalFailure("The records could not be stored.");
  }
}

}  // namespace hydrant::firehose_api
