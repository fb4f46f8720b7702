#include "sinks/s3/s3_client.h"

#include <utility>

namespace hydrant::s3 {

S3Client::S3Client(S3Target target, HttpClient& http,
                   std::unique_ptr<aws::CredentialsProvider> credentials, const Clock& clock,
                   absl::Duration timeout)
    : target_(std::move(target)),
      http_(http),
      credentials_(std::move(credentials)),
      clock_(clock),
      timeout_(timeout),
      signer_("s3", target_.region) {}

asio::awaitable<StatusOr<S3Reply>> S3Client::Send(S3Call call) {
  StatusOr<aws::Credentials> credentials = co_await credentials_->Get();
  if (!credentials.ok()) co_return credentials.status();

  HttpClientRequest request;
  request.method = std::move(call.method);
  request.url = target_.Url(call.key, call.query);
  request.headers = std::move(call.headers);
  request.body = std::move(call.body);
  request.total_timeout = timeout_;
  const std::string_view hash =
      signs_payload() ? std::string_view(call.sha256_hex) : aws::kUnsignedPayload;
  CO_RETURN_IF_ERROR(signer_.Sign(request, hash, *credentials, clock_.Now()));

  StatusOr<HttpClientResponse> response = co_await http_.Send(request);
  if (!response.ok()) co_return response.status();
  S3Reply reply;
  reply.answer = ReadAnswer(*response, clock_.Now());
  reply.response = std::move(*response);
  if (BlamesCredentials(reply.answer)) credentials_->Invalidate();
  co_return reply;
}

}  // namespace hydrant::s3
