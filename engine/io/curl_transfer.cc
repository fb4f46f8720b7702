#include "engine/io/curl_transfer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace hydrant {
namespace {

constexpr size_t kHeaderBytesMax = 256 << 10;
// libcurl copies an upload through this buffer: 1 MiB halves the CPU of its default of 64 KiB.
constexpr uint64_t kUploadBufferBytesMin = 16 << 10;
constexpr uint64_t kUploadBufferBytesMax = 1 << 20;
constexpr long kRedirectsMax = 5;

uint64_t BodySize(const HttpClientRequest& request) {
  uint64_t size = 0;
  for (std::string_view piece : request.body) size += piece.size();
  return size;
}

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::strchr("!#$%&'*+-.^_`|~", c) != nullptr;
}

bool IsToken(std::string_view text) {
  return !text.empty() && text.find('\0') == text.npos &&
         std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

bool IsOurHeader(std::string_view name) {
  const absl::string_view n = ToAbsl(name);
  return absl::EqualsIgnoreCase(n, "host") || absl::EqualsIgnoreCase(n, "content-length") ||
         absl::EqualsIgnoreCase(n, "expect");
}

std::string UrlPart(CURLU* url, CURLUPart part, unsigned int flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

// "https://host:port" of a URL that we can send to.
StatusOr<std::string> PeerOf(const std::string& text) {
  CURLU* url = curl_url();
  std::string scheme;
  std::string host;
  std::string port;
  if (curl_url_set(url, CURLUPART_URL, text.c_str(), 0) == CURLUE_OK) {
    scheme = UrlPart(url, CURLUPART_SCHEME, 0);
    host = UrlPart(url, CURLUPART_HOST, 0);
    port = UrlPart(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  }
  curl_url_cleanup(url);
  if ((scheme != "http" && scheme != "https") || host.empty()) {
    return InvalidArgument("the URL is not of the form http(s)://HOST[:PORT]/…");
  }
  return scheme + "://" + host + ":" + port;
}

long Milliseconds(absl::Duration duration) {
  return static_cast<long>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, 1 << 30));
}

}  // namespace

CurlTransfer::CurlTransfer(const HttpClientRequest& request, Done done)
    : request_(request), done_(std::move(done)) {}

CurlTransfer::~CurlTransfer() { curl_slist_free_all(headers_); }

Status CurlTransfer::Configure(CURL* easy, const HttpClientOptions& options) {
  ASSIGN_OR_RETURN(peer_, PeerOf(request_.url));
  if (!IsToken(request_.method)) return InvalidArgument("the HTTP method is not a token");
  RETURN_IF_ERROR(BuildHeaders());

  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // "/../" may be part of an object's key
  if (request_.bypass_proxy) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
  if (!options.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  // The tunnel's answer of a proxy is not the destination's.
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SetBody(easy);
  SetLimits(easy);
  return absl::OkStatus();
}

Status CurlTransfer::BuildHeaders() {
  // Without it an upload waits a second for a "100 Continue" that many servers never send.
  headers_ = curl_slist_append(headers_, "Expect:");
  for (const auto& [name, value] : request_.headers) {
    const bool bad_value = value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
    if (!IsToken(name) || IsOurHeader(name) || bad_value) {
      return InvalidArgument("a request header is malformed or not the caller's to set");
    }
    // To libcurl "Name:" means to leave a header out; "Name;" sends it empty.
    std::string line = name;
    line.append(value.empty() ? ";" : ": ").append(value);
    headers_ = curl_slist_append(headers_, line.c_str());
  }
  return absl::OkStatus();
}

void CurlTransfer::SetBody(CURL* easy) {
  const uint64_t size = BodySize(request_);
  if (size == 0 && request_.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (size == 0 && (request_.method == "GET" || request_.method == "DELETE")) return;
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
  curl_easy_setopt(
      easy, CURLOPT_UPLOAD_BUFFERSIZE,
      static_cast<long>(std::clamp(size, kUploadBufferBytesMin, kUploadBufferBytesMax)));
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &CurlTransfer::OnRead);
  curl_easy_setopt(easy, CURLOPT_READDATA, this);
  // Lets libcurl start over when a pooled connection turns out to be dead.
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &CurlTransfer::OnSeek);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
}

void CurlTransfer::SetLimits(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(request_.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, Milliseconds(request_.total_timeout));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                   std::max(1L, Milliseconds(request_.stall_timeout) / 1000));
  if (!request_.follow_redirects) return;
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
}

StatusOr<HttpClientResponse> CurlTransfer::TakeResult(CURL* easy, CURLcode code) {
  if (code != CURLE_OK) {
    long sent_bytes = 0;
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent_bytes);
    return sent_bytes == 0 ? NothingSent(ErrorFor(code)) : ErrorFor(code);
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

Status CurlTransfer::ErrorFor(CURLcode code) const {
  const std::string cause = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
  const std::string message = request_.method + " " + peer_ + ": " + cause;
  if (too_large_) {
    return ResourceExhausted(request_.method + " " + peer_ + ": the answer is larger than " +
                             std::to_string(request_.response_bytes_max) + " bytes");
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, message);
    case CURLE_URL_MALFORMAT:
      return InvalidArgument(message);
    default:
      return Unavailable(message);
  }
}

void CurlTransfer::Finish(StatusOr<HttpClientResponse> result) {
  // `done` may end what `request_` lives in.
  Done done = std::exchange(done_, nullptr);
  if (done) done(std::move(result));
}

size_t CurlTransfer::Read(char* to, size_t room) {
  size_t copied = 0;
  while (copied < room && piece_ < request_.body.size()) {
    const std::string_view rest = request_.body[piece_].substr(piece_offset_);
    const size_t count = std::min(rest.size(), room - copied);
    if (count > 0) std::memcpy(to + copied, rest.data(), count);
    copied += count;
    piece_offset_ += count;
    if (count == rest.size()) {
      ++piece_;
      piece_offset_ = 0;
    }
  }
  return copied;
}

bool CurlTransfer::SeekTo(uint64_t offset) {
  size_t piece = 0;
  while (piece < request_.body.size() && offset >= request_.body[piece].size()) {
    offset -= request_.body[piece++].size();
  }
  if (piece == request_.body.size() && offset > 0) return false;
  piece_ = piece;
  piece_offset_ = offset;
  return true;
}

bool CurlTransfer::AddHeaderLine(std::string_view line) {
  header_bytes_ += line.size();
  too_large_ = header_bytes_ > kHeaderBytesMax;
  if (too_large_) return false;
  if (line.starts_with("HTTP/")) response_.headers.clear();  // an interim answer or redirect before
  const size_t colon = line.find(':');
  if (colon == line.npos) return true;
  response_.headers.emplace_back(
      absl::AsciiStrToLower(ToAbsl(line.substr(0, colon))),
      std::string(FromAbsl(absl::StripAsciiWhitespace(ToAbsl(line.substr(colon + 1))))));
  return true;
}

bool CurlTransfer::AddBody(std::string_view bytes) {
  too_large_ = bytes.size() > request_.response_bytes_max - response_.body.size();
  if (too_large_) return false;
  response_.body.append(bytes);
  return true;
}

size_t CurlTransfer::OnRead(char* to, size_t size, size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->Read(to, size * count);
}

int CurlTransfer::OnSeek(void* self, curl_off_t offset, int origin) {
  const bool possible = origin == SEEK_SET && offset >= 0;
  const bool done =
      possible && static_cast<CurlTransfer*>(self)->SeekTo(static_cast<uint64_t>(offset));
  return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

// libcurl takes anything but the whole count as a failure.
size_t CurlTransfer::OnHeader(char* from, size_t size, size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->AddHeaderLine({from, size * count}) ? size * count : 0;
}

size_t CurlTransfer::OnBody(char* from, size_t size, size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->AddBody({from, size * count}) ? size * count : 0;
}

}  // namespace hydrant
