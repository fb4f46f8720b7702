#include "bench/load/destination.h"
#include "engine/io/aws/credentials.h"
#include "engine/io/aws/request_signer.h"
#include "engine/io/aws/sigv4.h"
#include "engine/io/runtime.h"
#include "sinks/s3/target.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/clock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <utility>

namespace hydrant::load {
namespace {

constexpr size_t kObjectsMax = 1'000'000;
constexpr uint64_t kObjectBytesMax = uint64_t{1} << 30;
constexpr absl::Duration kListTime = absl::Seconds(10);  // of a page
constexpr absl::Duration kReadTime = absl::Minutes(5);
constexpr std::chrono::milliseconds kSlice{100};
constexpr size_t kErrorShownMax = 300;

// The text of the first element of that name, at or after `at`, which is moved behind it.
std::string_view Element(std::string_view xml, std::string_view name, size_t& at) {
  const std::string open = absl::StrCat("<", ToAbsl(name), ">");
  const std::string close = absl::StrCat("</", ToAbsl(name), ">");
  const size_t begin = xml.find(open, at);
  const size_t end = begin == xml.npos ? xml.npos : xml.find(close, begin);
  if (end == xml.npos) {
    at = xml.npos;
    return "";
  }
  at = end + close.size();
  return xml.substr(begin + open.size(), end - begin - open.size());
}

std::string_view Element(std::string_view xml, std::string_view name) {
  size_t at = 0;
  return Element(xml, name, at);
}

// `&amp;` last: what it leaves is no entity.
std::string WithoutEntities(std::string_view text) {
  std::string plain = absl::StrReplaceAll(ToAbsl(text), {{"&lt;", "<"},
                                                         {"&gt;", ">"},
                                                         {"&quot;", "\""},
                                                         {"&#34;", "\""},
                                                         {"&apos;", "'"},
                                                         {"&#39;", "'"}});
  return absl::StrReplaceAll(plain, {{"&amp;", "&"}});
}

Status ToStatus(const HttpClientResponse& answer, const std::string& bucket) {
  const std::string text = absl::StrCat("--check: bucket ", bucket, ": the server answered ",
                                        answer.status, " ", answer.body.substr(0, kErrorShownMax));
  if (answer.status == 404) return NotFound(text);
  if (answer.status == 403 || answer.status == 401) {
    return absl::PermissionDeniedError(
        absl::StrCat(text, "; the key needs s3:ListBucket and s3:GetObject"));
  }
  return Unavailable(text);
}

std::unique_ptr<aws::CredentialsProvider> MakeCredentials(const NodeConfig& config,
                                                          HttpClient& http) {
  const S3EndpointConfig& s3 = config.s3;
  if (s3.access_key_id.empty()) return aws::MakeDefaultCredentialsChain(http, Clock::System());
  return aws::MakeStaticCredentials({s3.access_key_id, s3.secret_access_key, s3.session_token});
}

class S3Destination : public Destination {
 public:
  S3Destination(s3::S3Target target, std::string prefix, const NodeConfig& config)
      : target_(std::move(target)),
        prefix_(std::move(prefix)),
        credentials_http_(MakeClient(config)),
        credentials_(MakeCredentials(config, *credentials_http_)),
        signer_("s3", target_.region),
        http_(MakeClient(config)) {}

  // What nobody waits for any longer fails once its client is gone; then nothing uses the rest.
  ~S3Destination() override {
    asio::post(runtime_.executor(), asio::use_future([this] { http_.reset(); })).wait();
    absl::MutexLock lock(&mutex_);
    for (const std::future<Answer>& answer : abandoned_) answer.wait();
  }
  S3Destination(const S3Destination&) = delete;
  S3Destination& operator=(const S3Destination&) = delete;

  StatusOr<std::vector<std::string>> List(const StopTest& stopped) override {
    std::vector<std::string> keys;
    std::string next;
    do {
      std::string query =
          "list-type=2&max-keys=1000&prefix=" + aws::UriEncode(prefix_, /*keep_slash=*/false);
      if (!next.empty()) query += "&continuation-token=" + aws::UriEncode(next, false);
      ASSIGN_OR_RETURN(const std::string page_text, Get("", query, kListTime, stopped));
      ASSIGN_OR_RETURN(ListedPage page, ParseListedPage(page_text));
      for (std::string& key : page.keys) keys.push_back(std::move(key));
      next = std::move(page.next);
      if (keys.size() > kObjectsMax) {
        return ResourceExhausted(
            absl::StrCat("--check: more than ", kObjectsMax, " objects; name a longer prefix"));
      }
    } while (!next.empty());
    return keys;
  }

  StatusOr<std::string> Read(const std::string& key, const StopTest& stopped) override {
    return Get(key, "", kReadTime, stopped);
  }

 private:
  using Answer = StatusOr<HttpClientResponse>;

  std::unique_ptr<HttpClient> MakeClient(const NodeConfig& config) {
    return MakeCurlHttpClient(runtime_.executor(),
                              {.ca_file = config.s3.ca_file, .verify_tls = config.s3.verify_tls});
  }

  StatusOr<std::string> Get(const std::string& key, const std::string& query,
                            absl::Duration time_max, const StopTest& stopped) {
    ASSIGN_OR_RETURN(HttpClientResponse answer, Wait(Send(key, query, time_max), stopped));
    if (answer.status != 200) return ToStatus(answer, target_.bucket);
    return std::move(answer.body);
  }

  Answer Wait(asio::awaitable<Answer> request, const StopTest& stopped) {
    try {
      std::future<Answer> answer =
          asio::co_spawn(runtime_.executor(), std::move(request), asio::use_future);
      while (answer.wait_for(kSlice) != std::future_status::ready) {
        if (!stopped()) continue;
        absl::MutexLock lock(&mutex_);
        abandoned_.push_back(std::move(answer));
        return absl::CancelledError("");
      }
      return answer.get();
    } catch (const std::exception& error) {  // what futures do with a coroutine's
      return Internal(error.what());
    }
  }

  asio::awaitable<Answer> Send(std::string key, std::string query, absl::Duration time_max) {
    CO_ASSIGN_OR_RETURN(const aws::Credentials credentials, co_await credentials_->Get());
    if (http_ == nullptr) co_return Unavailable("the destination is being closed");
    HttpClientRequest request;
    request.url = target_.Url(key, query);
    request.total_timeout = time_max;
    request.response_bytes_max = kObjectBytesMax;
    CO_RETURN_IF_ERROR(signer_.Sign(request, aws::kUnsignedPayload, credentials, absl::Now()));
    co_return co_await http_->Send(request);
  }

  const s3::S3Target target_;
  const std::string prefix_;
  IoRuntime runtime_{1};  // one thread, which alone works with all below
  const std::unique_ptr<HttpClient> credentials_http_;
  const std::unique_ptr<aws::CredentialsProvider> credentials_;
  aws::RequestSigner signer_;
  std::unique_ptr<HttpClient> http_;
  absl::Mutex mutex_;
  std::vector<std::future<Answer>> abandoned_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

StatusOr<ListedPage> ParseListedPage(std::string_view xml) {
  if (xml.find("<ListBucketResult") == xml.npos) {
    return Unavailable(
        absl::StrCat("--check: the server answered no list of objects; is it an S3 server? ",
                     ToAbsl(xml.substr(0, kErrorShownMax))));
  }
  ListedPage page;
  for (size_t at = 0;;) {
    const std::string_view contents = Element(xml, "Contents", at);
    if (at == xml.npos) break;
    const std::string_view key = Element(contents, "Key");
    if (!key.empty() && !key.ends_with('/')) page.keys.push_back(WithoutEntities(key));
  }
  if (Element(xml, "IsTruncated") == "true") {
    page.next = WithoutEntities(Element(xml, "NextContinuationToken"));
  }
  return page;
}

StatusOr<std::unique_ptr<Destination>> MakeS3Destination(std::string_view url,
                                                         const NodeConfig& config) {
  url.remove_prefix(std::string_view("s3://").size());
  const size_t slash = std::min(url.find('/'), url.size());
  if (slash == 0) return InvalidArgument("--check s3://: must be s3://BUCKET/PREFIX");
  ASSIGN_OR_RETURN(s3::S3Target target, s3::ResolveTarget(config, url.substr(0, slash)));
  const std::string prefix(url.substr(std::min(slash + 1, url.size())));
  return std::make_unique<S3Destination>(std::move(target), prefix, config);
}

}  // namespace hydrant::load
