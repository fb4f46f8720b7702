#include "app/http_session.h"

#include "engine/io/listen_address.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/clock.h>
#include <curl/curl.h>

#include <algorithm>
#include <vector>

namespace hydrant {
namespace {

constexpr size_t kReplyBytesMax = 16 << 20;
constexpr long kConnectTimeoutMs = 10'000;
constexpr absl::Duration kStopGrace = absl::Seconds(2);

size_t CollectBody(char* data, size_t size, size_t count, void* user) {
  auto* body = static_cast<std::string*>(user);
  if (body->size() + size * count > kReplyBytesMax) return 0;  // ends the transfer with an error
  body->append(data, size * count);
  return size * count;
}

// Whether the server refused us in the handshake. With TLS 1.3 it does so when we think that the handshake is over,
// and have begun to send: libcurl calls that a failed read. In OpenSSL's words.
bool IsTlsRefusal(CURLcode code, std::string_view detail) {
  const auto has = [&](std::string_view words) { return detail.find(words) != detail.npos; };
  if (code == CURLE_SSL_CONNECT_ERROR) {  // 0: no error of OpenSSL's, but of the connection
    return has("error:") && !has("error:00000000") && !has("unexpected eof");
  }
  if (code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR) return false;
  return has(" alert ") && (has("certificate") || has("unknown ca") || has("access denied") ||
                            has("handshake failure"));
}

Status ToStatus(CURLcode code, std::string_view detail, std::string_view url) {
  std::string message(detail.empty() ? curl_easy_strerror(code) : detail);
  message.append(" (").append(url).append(")");
  if (IsTlsRefusal(code, detail)) {
    if (detail.find("certificate required") != detail.npos) {
      message += "; the server asks for a certificate: --client-cert and --client-key";
    }
    return InvalidArgument("the TLS handshake failed: " + message);
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, message);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return InvalidArgument(message);
    case CURLE_COULDNT_RESOLVE_HOST:  // of a container that starts later
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:  // the connection broke in the handshake
      return Unavailable(message);
    case CURLE_ABORTED_BY_CALLBACK:
      return MakeStatus(absl::StatusCode::kCancelled, message);
    default:
      return MakeStatus(absl::StatusCode::kAborted, message);
  }
}

}  // namespace

struct HttpSession::Impl {
  HttpSessionOptions options;
  CURL* curl = curl_easy_init();
  char error[CURL_ERROR_SIZE] = {};
  absl::Time stop_seen = absl::InfiniteFuture();

  // libcurl asks it about once a second, or oftener; anything but 0 ends the request.
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* impl = static_cast<Impl*>(self);
    if (!impl->options.stopped()) return 0;
    impl->stop_seen = std::min(impl->stop_seen, absl::Now());
    return absl::Now() - impl->stop_seen > kStopGrace ? 1 : 0;
  }
  StatusOr<HttpReply> Perform(const std::string& url);
};

HttpSession::HttpSession(HttpSessionOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
}

HttpSession::~HttpSession() { curl_easy_cleanup(impl_->curl); }

StatusOr<HttpReply> HttpSession::Impl::Perform(const std::string& url) {
  HttpReply reply;
  error[0] = '\0';
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  if (IsLocalUrl(url)) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options.timeout)));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, CollectBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
  if (options.stopped) {
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Impl::OnProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  }
  const TlsFiles& tls = options.tls;
  if (!tls.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.client_certificate_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, tls.client_certificate_file.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, tls.client_key_file.c_str());
  }
  if (!options.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, options.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, options.password.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return ToStatus(code, error, url);
  long status = 0;
  curl_off_t retry_after_seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_seconds);
  reply.status = static_cast<int>(status);
  if (retry_after_seconds > 0) reply.retry_after = absl::Seconds(retry_after_seconds);
  return reply;
}

StatusOr<HttpReply> HttpSession::Get(const std::string& url) {
  if (impl_->curl == nullptr) return Internal("libcurl could not be started");
  curl_easy_reset(impl_->curl);  // keeps the connection
  return impl_->Perform(url);
}

StatusOr<HttpReply> HttpSession::Post(const std::string& url, std::string_view body,
                                      const HttpHeaders& headers) {
  if (impl_->curl == nullptr) return Internal("libcurl could not be started");
  // A server that ignores Expect would hold up each request for a second.
  std::vector<std::string> lines = {"Expect:", "Content-Type: " + impl_->options.content_type};
  for (const auto& [name, value] : headers) lines.push_back(absl::StrCat(name, ": ", value));
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list(nullptr, curl_slist_free_all);
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return Internal("no memory for the request's headers");
    static_cast<void>(list.release());  // part of the longer one
    list.reset(longer);
  }
  curl_easy_reset(impl_->curl);
  curl_easy_setopt(impl_->curl, CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(impl_->curl, CURLOPT_POST, 1L);
  curl_easy_setopt(impl_->curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(impl_->curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  return impl_->Perform(url);
}

StatusOr<HttpReply> HttpSession::Delete(const std::string& url) {
  if (impl_->curl == nullptr) return Internal("libcurl could not be started");
  curl_easy_reset(impl_->curl);
  curl_easy_setopt(impl_->curl, CURLOPT_CUSTOMREQUEST, "DELETE");
  return impl_->Perform(url);
}

bool IsLocalUrl(std::string_view url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) url.remove_prefix(scheme_end + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  url.remove_prefix(url.rfind('@') + 1);  // npos + 1 is 0
  return IsLoopback(url);
}

std::string EscapePathSegment(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      escaped += c;
    } else {
      escaped += absl::StrFormat("%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return escaped;
}

}  // namespace hydrant
