#include "sinks/s3/s3_client.h"

#include <utility>

namespace hydrant::s3 {
namespace {

// A body that goes up slower than this, as a whole, is given up even if it never stands still. It
// is for a peer that takes a byte now and then: lines are faster, also when several parts share one.
constexpr uint64_t kBytesPerSecondMin = 4 << 10;
constexpr absl::Duration kAnswerTime =
    absl::Minutes(10);  // S3 may put together large objects slowly

absl::Duration TransferTime(const std::vector<std::string_view>& body) {
  uint64_t bytes = 0;
  for (const std::string_view piece : body) bytes += piece.size();
  return kAnswerTime + absl::Seconds(bytes / kBytesPerSecondMin);
}

}  // namespace

S3Client::S3Client(S3Target target, HttpClient& http,
                   std::unique_ptr<aws::CredentialsProvider> credentials, const Clock& clock,
                   absl::Duration stall_timeout)
    : target_(std::move(target)),
      http_(http),
      credentials_(std::move(credentials)),
      clock_(clock),
      stall_timeout_(stall_timeout),
      signer_("s3", target_.region) {}

asio::awaitable<StatusOr<S3Reply>> S3Client::Send(S3Call call) {
  StatusOr<aws::Credentials> credentials = co_await credentials_->Get();
  if (!credentials.ok()) co_return NothingSent(credentials.status());

  HttpClientRequest request;
  request.method = std::move(call.method);
  request.url = target_.Url(call.key, call.query);
  request.headers = std::move(call.headers);
  request.body = std::move(call.body);
  request.stall_timeout = stall_timeout_;
  request.total_timeout = stall_timeout_ + TransferTime(request.body);
  const std::string_view hash =
      signs_payload() ? std::string_view(call.sha256_hex) : aws::kUnsignedPayload;
  const Status signed_well = signer_.Sign(request, hash, *credentials, clock_.Now());
  if (!signed_well.ok()) co_return NothingSent(signed_well);

  StatusOr<HttpClientResponse> response = co_await http_.Send(request);
  if (!response.ok()) co_return response.status();
  S3Reply reply;
  reply.answer = ReadAnswer(*response, clock_.Now());
  reply.response = std::move(*response);
  if (BlamesCredentials(reply.answer)) credentials_->Invalidate();
  co_return reply;
}

}  // namespace hydrant::s3
