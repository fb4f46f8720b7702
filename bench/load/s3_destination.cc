#include "bench/load/destination.h"
#include "engine/io/aws/credentials.h"
#include "engine/io/aws/request_signer.h"
#include "engine/io/aws/sigv4.h"
#include "engine/io/runtime.h"
#include "sinks/s3/target.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/time/clock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <exception>
#include <utility>

namespace hydrant::load {
namespace {

constexpr size_t kObjectsMax = 1'000'000;
constexpr uint64_t kObjectBytesMax = uint64_t{1} << 30;
constexpr absl::Duration kReadTime = absl::Minutes(5);
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
        http_(MakeCurlHttpClient(runtime_.executor(), {.ca_file = config.s3.ca_file,
                                                       .verify_tls = config.s3.verify_tls})),
        credentials_(MakeCredentials(config, *http_)),
        signer_("s3", target_.region) {}

  StatusOr<std::vector<std::string>> List() override {
    std::vector<std::string> keys;
    std::string next;
    do {
      std::string query =
          "list-type=2&max-keys=1000&prefix=" + aws::UriEncode(prefix_, /*keep_slash=*/false);
      if (!next.empty()) query += "&continuation-token=" + aws::UriEncode(next, false);
      ASSIGN_OR_RETURN(const std::string page_text, Get("", query));
      ListedPage page = ParseListedPage(page_text);
      for (std::string& key : page.keys) keys.push_back(std::move(key));
      next = std::move(page.next);
      if (keys.size() > kObjectsMax) {
        return ResourceExhausted(
            absl::StrCat("--check: more than ", kObjectsMax, " objects; name a longer prefix"));
      }
    } while (!next.empty());
    return keys;
  }

  StatusOr<std::string> Read(const std::string& key) override { return Get(key, ""); }

 private:
  StatusOr<std::string> Get(const std::string& key, const std::string& query) {
    ASSIGN_OR_RETURN(HttpClientResponse answer, Wait(Send(key, query)));
    if (answer.status != 200) return ToStatus(answer, target_.bucket);
    return std::move(answer.body);
  }

  StatusOr<HttpClientResponse> Wait(asio::awaitable<StatusOr<HttpClientResponse>> request) {
    try {
      return asio::co_spawn(runtime_.executor(), std::move(request), asio::use_future).get();
    } catch (const std::exception& error) {  // what futures do with a coroutine's
      return Internal(error.what());
    }
  }

  asio::awaitable<StatusOr<HttpClientResponse>> Send(std::string key, std::string query) {
    CO_ASSIGN_OR_RETURN(const aws::Credentials credentials, co_await credentials_->Get());
    HttpClientRequest request;
    request.url = target_.Url(key, query);
    request.total_timeout = kReadTime;
    request.response_bytes_max = kObjectBytesMax;
    CO_RETURN_IF_ERROR(signer_.Sign(request, aws::kUnsignedPayload, credentials, absl::Now()));
    co_return co_await http_->Send(request);
  }

  const s3::S3Target target_;
  const std::string prefix_;
  IoRuntime runtime_{1};
  const std::unique_ptr<HttpClient> http_;
  const std::unique_ptr<aws::CredentialsProvider> credentials_;
  aws::RequestSigner signer_;
};

}  // namespace

ListedPage ParseListedPage(std::string_view xml) {
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
  ASSIGN_OR_RETURN(s3::S3Target target, s3::ResolveTarget(config, url.substr(0, slash)));
  const std::string prefix(url.substr(std::min(slash + 1, url.size())));
  return std::make_unique<S3Destination>(std::move(target), prefix, config);
}

}  // namespace hydrant::load
