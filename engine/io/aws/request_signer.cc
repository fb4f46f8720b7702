#include "engine/io/aws/request_signer.h"

#include "engine/io/aws/sigv4.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <utility>

namespace hydrant::aws {
namespace {

struct UrlParts {
  std::string host;  // as libcurl sends it: without the scheme's own port
  std::string_view path;
  std::string_view query;
};

StatusOr<UrlParts> SplitUrl(std::string_view url) {
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) {
    return InvalidArgument("the URL to sign does not start with http:// or https://");
  }
  std::string_view rest = url.substr(tls ? 8 : 7);
  std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.empty() || host.find('@') != host.npos || url.find('#') != url.npos) {
    return InvalidArgument("the URL to sign has no host, a user name or a fragment");
  }
  rest.remove_prefix(host.size());
  const std::string_view own_port = tls ? ":443" : ":80";
  if (host.ends_with(own_port)) host.remove_suffix(own_port.size());
  const size_t mark = std::min(rest.find('?'), rest.size());
  return UrlParts{std::string(host), rest.substr(0, mark),
                  rest.substr(std::min(mark + 1, rest.size()))};
}

}  // namespace

RequestSigner::RequestSigner(std::string service, std::string region)
    : service_(std::move(service)), region_(std::move(region)) {}

Status RequestSigner::Sign(HttpClientRequest& request, std::string_view payload_hash,
                           const Credentials& credentials, absl::Time now) {
  ASSIGN_OR_RETURN(const UrlParts url, SplitUrl(request.url));
  const std::string amz_date = FormatAmzDate(now);
  request.headers.emplace_back("x-amz-date", amz_date);
  if (service_ == "s3") request.headers.emplace_back("x-amz-content-sha256", payload_hash);
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token", credentials.session_token);
  }

  SigV4Input input{request.method, url.path, url.query, {}, payload_hash};
  input.encode_path_again = service_ != "s3";
  input.headers.emplace_back("host", url.host);
  for (const auto& [name, value] : request.headers) {
    input.headers.emplace_back(absl::AsciiStrToLower(name), value);
  }
  // Stable: values of one name keep their order.
  std::stable_sort(input.headers.begin(), input.headers.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });

  const SigV4Scope scope{amz_date.substr(0, 8), region_, service_};
  const std::string signature = ComputeSignature(SigningKey(credentials, scope.date), amz_date,
                                                 scope, CanonicalRequest(input));
  request.headers.emplace_back("Authorization",
                               "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id + "/" +
                                   scope.Text() + ", SignedHeaders=" + SignedHeaderNames(input) +
                                   ", Signature=" + signature);
  return absl::OkStatus();
}

std::string RequestSigner::SigningKey(const Credentials& credentials, const std::string& date) {
  std::lock_guard lock(mutex_);
  if (cached_date_ != date || cached_secret_ != credentials.secret_access_key) {
    cached_key_ = DeriveSigningKey(credentials.secret_access_key, {date, region_, service_});
    cached_date_ = date;
    cached_secret_ = credentials.secret_access_key;
  }
  return cached_key_;
}

}  // namespace hydrant::aws
