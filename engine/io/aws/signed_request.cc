#include "engine/io/aws/signed_request.h"

#include "engine/base/status.h"
#include "engine/io/aws/auth_errors.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/time/civil_time.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace hydrant::aws {
namespace {

constexpr std::string_view kScheme = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
// Real clients sign about ten; the bound keeps an unauthenticated request cheap.
constexpr std::ptrdiff_t kSignedHeadersMax = 64;
constexpr int kExpiresMax = 7 * 24 * 3600;
// Headers that decide what we do. Present but not signed, anybody on the way could have set them.
constexpr std::string_view kMustBeSigned[] = {
    "host",          "x-amz-date",           "x-amz-target",
    "x-amz-trailer", "x-amz-content-sha256", "x-amz-security-token"};

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

size_t CountHeader(const HttpRequestHead& head, std::string_view name) {
  return static_cast<size_t>(
      std::count_if(head.headers.begin(), head.headers.end(),
                    [&](const auto& header) { return EqualsIgnoreCase(header.first, name); }));
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool IsLowerHexSha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// yyyyMMdd'T'HHmmss'Z' and nothing else.
std::optional<absl::Time> ParseAmzDate(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  int numbers[6];
  constexpr std::pair<size_t, size_t> kFields[] = {{0, 4}, {4, 2},  {6, 2},
                                                   {9, 2}, {11, 2}, {13, 2}};
  for (size_t i = 0; i < std::size(kFields); ++i) {
    int& value = numbers[i] = 0;
    for (const char digit : text.substr(kFields[i].first, kFields[i].second)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      value = value * 10 + (digit - '0');
    }
  }
  const absl::CivilSecond civil(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
                                numbers[5]);
  const bool exists = civil.month() == numbers[1] && civil.day() == numbers[2] &&
                      civil.hour() == numbers[3] && civil.minute() == numbers[4] &&
                      civil.second() == numbers[5];
  if (!exists) return std::nullopt;  // a 13th month, …
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

// A Date header is also taken as HTTP writes it.
std::optional<absl::Time> ParseHttpDate(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S", ToAbsl(text.substr(0, text.rfind(' '))), &time,
                       &error)) {
    return std::nullopt;
  }
  const std::string_view zone = text.substr(text.rfind(' ') + 1);
  if (zone != "GMT" && zone != "-0000" && zone != "+0000") return std::nullopt;
  const int64_t year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  if (year < 1970 || year > 9999) return std::nullopt;  // no four digits in what is signed
  return time;
}

std::optional<ApiError> ReadDate(std::string_view text, SignedRequest& out) {
  std::optional<absl::Time> time = ParseAmzDate(text);
  const bool as_signed = time.has_value();
  if (!time && !out.presigned) time = ParseHttpDate(text);
  if (!time) {
    return IncompleteSignature("Date must be in ISO-8601 'basic format'. Got " +
                               QuotedForError(text) +
                               ". See http://en.wikipedia.org/wiki/ISO_8601");
  }
  out.time = *time;
  out.amz_date = as_signed ? std::string(text) : FormatAmzDate(*time);
  return std::nullopt;
}

std::optional<ApiError> ReadCredential(std::string_view text, SignedRequest& out) {
  const std::vector<std::string_view> parts = Split(text, '/');
  if (parts.size() != 5) {
    return IncompleteSignature(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got " +
        QuotedForError(text) + ".");
  }
  out.access_key_id = parts[0];
  out.scope = {std::string(parts[1]), std::string(parts[2]), std::string(parts[3])};
  if (parts[4] == kTerminator) return std::nullopt;
  return InvalidSignature(
      "Credential should be scoped with a valid terminator: 'aws4_request', not " +
      QuotedForError(parts[4]) + ".");
}

// In lower case and sorted, as they are signed. A name that came again would copy its header again, before
// anything is proven.
std::optional<ApiError> ReadSignedHeaders(std::string_view text, SignedRequest& out) {
  if (std::count(text.begin(), text.end(), ';') >= kSignedHeadersMax) {
    return IncompleteSignature("Authorization header signs too many headers.");
  }
  for (const std::string_view name : Split(text, ';')) {
    const bool sorted = out.signed_headers.empty() || out.signed_headers.back() < name;
    if (!sorted || absl::AsciiStrToLower(ToAbsl(name)) != name) return SignatureMismatch();
    out.signed_headers.emplace_back(name);
  }
  return std::nullopt;
}

std::optional<ApiError> ReadPayload(std::string_view declared, SignedRequest& out) {
  out.payload_hash = declared;
  if (declared.empty() || IsLowerHexSha256(declared)) {
    out.payload = PayloadForm::kHashed;
  } else if (declared == "UNSIGNED-PAYLOAD") {
    out.payload = PayloadForm::kUnsigned;
  } else if (declared == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") {
    out.payload = PayloadForm::kChunks;
  } else if (declared == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
    out.payload = PayloadForm::kChunksTrailer;
  } else {
    return InvalidSignature(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or the body's SHA-256 in lower-case hex, "
        "not " +
        QuotedForError(declared) + ".");
  }
  return std::nullopt;
}

// ---- the header form ----------------------------------------------------------------------------

struct Authorization {
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;
};

std::optional<ApiError> SplitAuthorization(std::string_view header, Authorization& out) {
  if (!header.starts_with(kScheme) || header.substr(kScheme.size()).empty() ||
      header[kScheme.size()] != ' ') {
    return IncompleteSignature("Authorization header requires the scheme 'AWS4-HMAC-SHA256'.");
  }
  for (std::string_view part : Split(header.substr(kScheme.size()), ',')) {
    part = Trim(part);
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return IncompleteSignature(QuotedForError(part) +
                                 " not a valid key=value pair (missing equal-sign) in "
                                 "Authorization header.");
    }
    const std::string_view key = part.substr(0, equals);
    std::string_view* const value = key == "Credential"      ? &out.credential
                                    : key == "SignedHeaders" ? &out.signed_headers
                                    : key == "Signature"     ? &out.signature
                                                             : nullptr;
    if (value == nullptr) continue;
    if (!value->empty()) {
      return IncompleteSignature("Authorization header repeats a parameter.");
    }
    *value = part.substr(equals + 1);
  }
  return std::nullopt;
}

std::optional<ApiError> MissingHeaderParts(const Authorization& authorization, bool has_date) {
  std::string missing;
  for (const auto& [name, value] : {std::pair("Credential", authorization.credential),
                                    std::pair("Signature", authorization.signature),
                                    std::pair("SignedHeaders", authorization.signed_headers)}) {
    if (value.empty()) {
      missing.append("Authorization header requires '").append(name).append("' parameter. ");
    }
  }
  if (!has_date) {
    missing.append(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  if (missing.empty()) return std::nullopt;
  missing.pop_back();
  return IncompleteSignature(std::move(missing));
}

std::optional<ApiError> ReadHeaderForm(const HttpRequestHead& head, SignedRequest& out) {
  if (CountHeader(head, "authorization") > 1) {
    return IncompleteSignature("The request has more than one Authorization header.");
  }
  Authorization authorization;
  if (auto error = SplitAuthorization(Trim(head.Header("authorization")), authorization)) {
    return error;
  }
  std::string_view date = head.Header("x-amz-date");
  if (date.empty()) date = head.Header("date");
  if (auto error = MissingHeaderParts(authorization, !date.empty())) return error;
  if (auto error = ReadCredential(authorization.credential, out)) return error;
  if (auto error = ReadDate(date, out)) return error;
  if (auto error = ReadSignedHeaders(authorization.signed_headers, out)) return error;
  out.signature = authorization.signature;
  out.session_token = head.Header("x-amz-security-token");
  out.query = head.query;
  return ReadPayload(head.Header("x-amz-content-sha256"), out);
}

// ---- the query form -----------------------------------------------------------------------------

struct QueryParameters {
  std::optional<std::string> algorithm, credential, date, expires, signed_headers, signature,
      session_token, payload_hash;
  std::string signed_query;
  bool repeated = false;

  std::optional<std::string>* Find(std::string_view name) {
    if (name == "X-Amz-Algorithm") return &algorithm;
    if (name == "X-Amz-Credential") return &credential;
    if (name == "X-Amz-Date") return &date;
    if (name == "X-Amz-Expires") return &expires;
    if (name == "X-Amz-SignedHeaders") return &signed_headers;
    if (name == "X-Amz-Signature") return &signature;
    if (name == "X-Amz-Security-Token") return &session_token;
    if (name == "X-Amz-Content-Sha256") return &payload_hash;
    return nullptr;
  }
};

QueryParameters SplitQuery(std::string_view query) {
  QueryParameters out;
  if (query.empty()) return out;
  for (const std::string_view part : Split(query, '&')) {
    const size_t equals = std::min(part.find('='), part.size());
    const std::string name = PercentDecode(part.substr(0, equals));
    if (auto* slot = out.Find(name)) {
      out.repeated |= slot->has_value();
      *slot = PercentDecode(part.substr(std::min(equals + 1, part.size())));
    }
    if (name == "X-Amz-Signature") continue;
    if (!out.signed_query.empty()) out.signed_query.push_back('&');
    out.signed_query.append(part);
  }
  return out;
}

std::optional<ApiError> MissingQueryParts(const QueryParameters& query) {
  std::string missing;
  for (const auto& [name, value] : {std::pair("X-Amz-Algorithm", &query.algorithm),
                                    std::pair("X-Amz-Credential", &query.credential),
                                    std::pair("X-Amz-Signature", &query.signature),
                                    std::pair("X-Amz-SignedHeaders", &query.signed_headers),
                                    std::pair("X-Amz-Date", &query.date)}) {
    if (value->value_or("").empty()) {
      missing.append("AWS query-string parameters must include '").append(name).append("'. ");
    }
  }
  if (missing.empty()) return std::nullopt;
  return IncompleteSignature(missing + "Re-examine the query-string parameters.");
}

std::optional<ApiError> ReadExpires(const std::optional<std::string>& text, SignedRequest& out) {
  if (!text) return std::nullopt;
  int seconds = 0;
  if (!absl::SimpleAtoi(*text, &seconds)) {
    return IncompleteSignature("X-Amz-Expires should be a number");
  }
  if (seconds < 0) return IncompleteSignature("X-Amz-Expires must be non-negative");
  if (seconds > kExpiresMax) {
    return IncompleteSignature(
        "X-Amz-Expires must be less than a week (in seconds) that is 604800");
  }
  out.lifetime = absl::Seconds(seconds);
  return std::nullopt;
}

std::optional<ApiError> ReadQueryForm(const HttpRequestHead& head, QueryParameters query,
                                      SignedRequest& out) {
  out.presigned = true;
  if (query.repeated) {
    return IncompleteSignature("A parameter of the signature is in the query more than once.");
  }
  if (auto error = MissingQueryParts(query)) return error;
  if (*query.algorithm != kScheme) {
    return IncompleteSignature("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  if (auto error = ReadCredential(*query.credential, out)) return error;
  if (auto error = ReadDate(*query.date, out)) return error;
  if (auto error = ReadExpires(query.expires, out)) return error;
  if (auto error = ReadSignedHeaders(*query.signed_headers, out)) return error;
  out.signature = *std::move(query.signature);
  out.session_token = query.session_token.value_or("");
  out.query = std::move(query.signed_query);
  const std::string_view declared = head.Header("x-amz-content-sha256");
  return ReadPayload(query.payload_hash ? *query.payload_hash : declared, out);
}

std::optional<ApiError> UnsignedHeader(const HttpRequestHead& head,
                                       const std::vector<std::string>& names) {
  for (const std::string_view name : kMustBeSigned) {
    if (std::binary_search(names.begin(), names.end(), name)) continue;
    if (name != "host" && CountHeader(head, name) == 0) continue;
    const std::string quoted =
        name == "host" ? "'Host' or ':authority'" : "'" + std::string(name) + "'";
    return InvalidSignature(quoted + " must be a 'SignedHeader' in the AWS Authorization.");
  }
  return std::nullopt;
}

}  // namespace

std::variant<SignedRequest, ApiError> ReadSignedRequest(const HttpRequestHead& head) {
  SignedRequest out;
  // An empty one says nothing.
  const bool in_header =
      CountHeader(head, "authorization") > 1 || !Trim(head.Header("authorization")).empty();
  QueryParameters query = SplitQuery(head.query);
  std::optional<ApiError> error;
  if (in_header && query.algorithm) {
    error = InvalidSignature(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  } else if (in_header) {
    error = ReadHeaderForm(head, out);
  } else if (query.algorithm) {
    error = ReadQueryForm(head, std::move(query), out);
  } else {
    error = MissingAuthentication();
  }
  if (error) return *std::move(error);
  return out;
}

std::variant<SigV4Input, ApiError> SignedInput(const HttpRequestHead& head,
                                               const SignedRequest& request) {
  if (auto error = UnsignedHeader(head, request.signed_headers)) return *std::move(error);
  SigV4Input input{.method = head.method, .path = head.path, .query = request.query};
  input.headers.reserve(request.signed_headers.size());
  for (const std::string& name : request.signed_headers) {
    const size_t before = input.headers.size();
    for (const auto& [key, value] : head.headers) {
      if (EqualsIgnoreCase(key, name)) input.headers.emplace_back(name, value);
    }
    if (input.headers.size() == before) input.headers.emplace_back(name, "");
  }
  return input;
}

}  // namespace hydrant::aws
