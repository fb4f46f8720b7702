// What a put costs before it is appended: its signature (header form, as SDKs send it), its validation,
// and its key's policy. The time is CPU of one thread.
#include "engine/access/authorizer.h"
#include "engine/io/aws/request_auth.h"
#include "engine/io/aws/request_signer.h"
#include "engine/testing/access_log.h"
#include "engine/testing/bench_report.h"
#include "sources/firehose_api/put_request.h"

#include <benchmark/benchmark.h>

#include <string>

namespace hydrant::firehose_api {
namespace {

constexpr char kBody[] =
    R"({"DeliveryStreamName": "access-logs", "Record": {"Data": "MTkyLjAuMi43IC0gLSBbMTQvTWFyLzIwMjY6MTU6MDk6MjYgKzAwMDBdICJHRVQgLyBIVFRQLzEuMSIgMjAwIDYxMgo="}})";

constexpr char kPolicy[] = R"({"Statement": [
    {"Effect": "Allow", "Action": ["firehose:Describe*", "firehose:PutRecord*"],
     "Resource": ["arn:aws:firehose:*:*:deliverystream/web-*",
                  "arn:aws:firehose:*:*:deliverystream/*-logs"]},
    {"Effect": "Deny", "Action": "firehose:*", "Resource": "arn:aws:firehose:*:*:deliverystream/x*"}]})";

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'773'500'966); }
};

// A put as botocore sends it.
struct SignedPut {
  explicit SignedPut(std::string_view body) {
    request.method = "POST";
    request.url = "http://127.0.0.1:4573/";
    request.headers = {{"X-Amz-Target", "Firehose_20150804.PutRecord"},
                       {"Content-Type", "application/x-amz-json-1.1"},
                       {"amz-sdk-invocation-id", "f2b5a9d0-6a1f-4e1c-9d2e-0a4a39ba1c5e"},
                       {"amz-sdk-request", "attempt=1"}};
    aws::RequestSigner signer("firehose", "us-east-1");
    signer.Sign(request, aws::Sha256Hex(body), {"AKIDEXAMPLE", "a secret", ""}, fixed.Now())
        .IgnoreError();  // the check below would fail
    head.method = request.method;
    head.target = head.path = "/";
    head.headers = {
        {"Host", "127.0.0.1:4573"}, {"User-Agent", "Botocore/1.43.11"}, {"Content-Length", "171"}};
    for (const auto& [name, value] : request.headers) head.headers.emplace_back(name, value);
    config.credentials = {{"AKIDOTHER", "another"}, {"AKIDEXAMPLE", "a secret", "", kPolicy}};
  }
  FixedClock fixed;
  HttpClientRequest request;
  HttpRequestHead head;
  NodeConfig config;
};

bool Authenticate(const aws::RequestAuthenticator& authenticator, const HttpRequestHead& head,
                  std::string_view body) {
  const auto checked = authenticator.CheckHead(head);
  const auto* claim = std::get_if<aws::AuthClaim>(&checked);
  return claim != nullptr && !authenticator.CheckBody(*claim, body);
}

void BM_AuthenticateSmallPut(benchmark::State& state) {
  const SignedPut put(kBody);
  const aws::RequestAuthenticator authenticator(put.config, put.fixed);
  if (!Authenticate(authenticator, put.head, kBody)) return state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(Authenticate(authenticator, put.head, kBody));
  testing::ReportWork(state, sizeof(kBody) - 1, 1);
}
BENCHMARK(BM_AuthenticateSmallPut);

// The signature covers the body, so a batch is hashed whole. Argument: bytes of the body.
void BM_AuthenticateBatch(benchmark::State& state) {
  std::string body = testing::AccessLog(1, static_cast<size_t>(state.range(0)));
  const SignedPut put(body);
  const aws::RequestAuthenticator authenticator(put.config, put.fixed);
  if (!Authenticate(authenticator, put.head, body)) return state.SkipWithError("refused");
  body.back() ^= 1;
  if (Authenticate(authenticator, put.head, body)) return state.SkipWithError("not refused");
  body.back() ^= 1;
  for (auto _ : state) benchmark::DoNotOptimize(Authenticate(authenticator, put.head, body));
  testing::ReportWork(state, body.size());
}
BENCHMARK(BM_AuthenticateBatch)->Arg(340'000);

void BM_CheckSmallPut(benchmark::State& state) {
  const SignedPut put(kBody);
  const aws::RequestAuthenticator authenticator(put.config, put.fixed);
  const Authorizer authorizer(put.config);
  ArenaPool pool(1 << 20);
  const auto handle = [&] {
    if (!Authenticate(authenticator, put.head, kBody)) return false;
    const auto parsed = ParsePutRequest(PutOperation::kPutRecord, kBody, pool, absl::UnixEpoch());
    const auto* request = std::get_if<PutRequest>(&parsed);
    return request && !authorizer.Check("AKIDEXAMPLE", "PutRecord", request->stream);
  };
  if (!handle()) return state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(handle());
  testing::ReportWork(state, sizeof(kBody) - 1, 1);
}
BENCHMARK(BM_CheckSmallPut);

}  // namespace
}  // namespace hydrant::firehose_api
