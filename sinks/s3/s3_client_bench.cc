// An object sent: hashed, its request made and signed, by way of a transport that keeps nothing and
// answers at once. What is left of a PUT is the network's.
#include "engine/io/aws/sigv4.h"
#include "engine/testing/access_log.h"
#include "engine/testing/bench_report.h"
#include "engine/testing/coroutine.h"
#include "sinks/s3/upload.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

namespace hydrant::s3 {
namespace {

// Says yes to every PUT, and remembers the last one's headers and length.
class Yes final : public HttpClient {
 public:
  asio::awaitable<StatusOr<HttpClientResponse>> Send(const HttpClientRequest& request) override {
    headers = request.headers;
    body_bytes = 0;
    for (const std::string_view piece : request.body) body_bytes += piece.size();
    HttpClientResponse response;
    response.status = 200;
    response.headers = {{"etag", "\"0\""}};
    co_return response;
  }
  std::string Header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [name](const auto& header) { return header.first == name; });
    return found == headers.end() ? "" : found->second;
  }

  HttpHeaders headers;
  uint64_t body_bytes = 0;
};

bool IsSignedPut(const Yes& http, const std::string& body, bool signs_payload) {
  const std::string hash = signs_payload ? aws::Sha256Hex(body) : "UNSIGNED-PAYLOAD";
  return http.body_bytes == body.size() && http.Header("x-amz-content-sha256") == hash &&
         http.Header("x-amz-checksum-crc32c").size() == 8 &&
         http.Header("Authorization").find("Signature=") != std::string::npos;
}

// Arguments: bytes of the object; 1: by TLS, which leaves out SHA-256.
void BM_PutObject(benchmark::State& state) {
  const bool tls = state.range(1) == 1;
  const std::string body = testing::Noise(1, static_cast<size_t>(state.range(0)));
  NodeConfig config;
  config.s3.endpoint = tls ? "https://127.0.0.1:1" : "http://127.0.0.1:1";
  const StatusOr<S3Target> target = ResolveTarget(config, "bucket");
  if (!target.ok()) return state.SkipWithError("no target");
  Yes http;
  boost::asio::io_context context;
  S3Client client(*target, http, aws::MakeStaticCredentials({"AKID", "a secret", ""}),
                  Clock::System(), absl::Seconds(10));
  const UploadOptions options{{{"Content-Encoding", "gzip"}}, 0, false};
  const Payload payload{{body}, body.size(), {}, 0};
  const auto put = [&] {
    return testing::RunCoroutine(
        context, UploadObject(client, options, "web/2026/11/22/00/clicks-1", payload));
  };
  if (put().kind != OutcomeKind::kDelivered || !IsSignedPut(http, body, !tls)) {
    return state.SkipWithError("sent wrongly");
  }
  for (auto _ : state) benchmark::DoNotOptimize(put());
  testing::ReportWork(state, body.size());
}
BENCHMARK(BM_PutObject)->ArgsProduct({{1 << 10, 1 << 20}, {0, 1}})->ArgNames({"bytes", "tls"});

}  // namespace
}  // namespace hydrant::s3
