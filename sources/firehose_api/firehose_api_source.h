// FirehoseApiSource: the Firehose API on the public listener. Puts are read and answered here,
// every other operation goes to the control plane.
// Owner:   the node; its handler runs on the I/O runtime, many requests at once
// Units:   bodies of puts at most kPutBodyBytesMax, of other operations kControlBodyBytesMax
// Errors:  Start: none. Requests get AWS's errors, see README.md
// Source:  AWS JSON 1.1 protocol; firehose 2015-08-04 service model
#pragma once

#include "engine/access/authorizer.h"
#include "engine/component.h"
#include "engine/io/aws/request_auth.h"
#include "engine/io/http_server.h"
#include "sources/firehose_api/operation.h"
#include "sources/firehose_api/probe.h"
#include "sources/firehose_api/put_request.h"

#include <atomic>
#include <variant>

namespace hydrant::firehose_api {

inline constexpr size_t kControlBodyBytesMax = 1 << 20;

// What the context points to, and the source itself, must outlive the router's last request.
class FirehoseApiSource : public Source {
 public:
  explicit FirehoseApiSource(const SourceContext& context);
  Status Start() override;
  void Drain() override { draining_ = true; }

 private:
  // One request that names an operation.
  struct ApiCall {
    HttpExchange& exchange;
    Operation operation;
    std::string request_id;
  };
  // A body that is admitted, read, and proven to be what the caller signed.
  struct CheckedBody {
    aws::AuthClaim claim;
    HttpBody body;
    MemoryReservation reservation;
  };
  struct ConnectionLost {};
  using BodyResult = std::variant<CheckedBody, ApiError, ConnectionLost>;
  using CallResult = std::variant<std::string, ApiError, ConnectionLost>;

  asio::awaitable<void> Handle(HttpExchange& exchange);
  asio::awaitable<CallResult> Call(const ApiCall& call);
  asio::awaitable<CallResult> Put(const ApiCall& call);
  asio::awaitable<CallResult> CallControlPlane(const ApiCall& call);
  std::optional<ApiError> Authorize(const std::string& access_key_id, Operation operation,
                                    std::string_view request) const;
  void Audit(const ApiCall& call, const std::string& access_key_id, std::string_view request,
             const ApiReply& reply) const;
  // `work_bytes`: what working on a body of a given size will hold besides it.
  asio::awaitable<BodyResult> ReadCheckedBody(HttpExchange& exchange, size_t bytes_max,
                                              uint64_t (*work_bytes)(size_t));
  asio::awaitable<CallResult> Append(Operation operation, PutRequest request,
                                     MemoryReservation reservation);
  // The stream that takes the puts, or why it does not.
  std::variant<std::shared_ptr<StreamIntake>, ApiError> FindStream(const std::string& name) const;
  ApiError AppendError(const Status& status, const std::string& stream) const;
  asio::awaitable<void> Respond(HttpExchange& exchange, HttpResponse response,
                                std::string request_id);

  const SourceContext context_;
  const aws::RequestAuthenticator authenticator_;
  const Authorizer authorizer_;
  Probe probe_;
  std::atomic<bool> draining_{false};
};

}  // namespace hydrant::firehose_api
