#include "engine/io/aws/request_auth.h"

#include "engine/base/status.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/match.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/civil_time.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace hydrant::aws {
namespace {

constexpr std::string_view kScheme = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
constexpr absl::Duration kSkewMax = absl::Minutes(5);
// Real clients sign about ten; the bound keeps an unauthenticated request cheap.
constexpr size_t kSignedHeadersMax = 64;
// Headers that decide what we do. Present but not signed, anybody on the way could have set them.
constexpr std::string_view kMustBeSigned[] = {"host", "x-amz-date", "x-amz-target",
                                              "x-amz-content-sha256", "x-amz-security-token"};

ApiError Incomplete(std::string message) {
  return {"IncompleteSignatureException", std::move(message), 400};
}
ApiError InvalidSignature(std::string message) {
  return {"InvalidSignatureException", std::move(message), 400};
}
ApiError UnrecognizedClient() {
  return {"UnrecognizedClientException", "The security token included in the request is invalid.",
          400};
}
ApiError SignatureMismatch() {
  return InvalidSignature(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

// What a client sent, fit for an error message.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 80)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + "'";
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

size_t CountHeader(const HttpRequestHead& head, std::string_view name) {
  return static_cast<size_t>(
      std::count_if(head.headers.begin(), head.headers.end(),
                    [&](const auto& header) { return EqualsIgnoreCase(header.first, name); }));
}

std::string_view FirstHeader(const HttpRequestHead& head, std::string_view name) {
  for (const auto& [key, value] : head.headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
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
  if (text.size() != 16) return std::nullopt;
  const auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const absl::CivilSecond civil(number(0, 4), number(4, 2), number(6, 2), number(9, 2),
                                number(11, 2), number(13, 2));
  const absl::Time time = absl::FromCivil(civil, absl::UTCTimeZone());
  if (FormatAmzDate(time) != text) return std::nullopt;  // letters, a 13th month, …
  return time;
}

struct Authorization {
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;
};

std::optional<ApiError> ParseAuthorization(const HttpRequestHead& head, Authorization& out) {
  const size_t count = CountHeader(head, "authorization");
  if (count == 0) {
    return ApiError{"MissingAuthenticationTokenException", "Missing Authentication Token", 400};
  }
  if (count > 1) return Incomplete("The request has more than one Authorization header.");
  const std::string_view header = Trim(FirstHeader(head, "authorization"));
  if (!header.starts_with(kScheme) || header.substr(kScheme.size()).empty() ||
      header[kScheme.size()] != ' ') {
    return Incomplete("Authorization header requires the scheme 'AWS4-HMAC-SHA256'.");
  }
  for (std::string_view part : Split(header.substr(kScheme.size()), ',')) {
    part = Trim(part);
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return Incomplete(Quoted(part) +
                        " not a valid key=value pair (missing equal-sign) in "
                        "Authorization header.");
    }
    const std::string_view key = part.substr(0, equals);
    std::string_view* const value = key == "Credential"      ? &out.credential
                                    : key == "SignedHeaders" ? &out.signed_headers
                                    : key == "Signature"     ? &out.signature
                                                             : nullptr;
    if (value == nullptr) continue;
    if (!value->empty()) return Incomplete("Authorization header repeats a parameter.");
    *value = part.substr(equals + 1);
  }
  std::string missing;
  for (const auto& [name, value] :
       {std::pair("Credential", out.credential), std::pair("Signature", out.signature),
        std::pair("SignedHeaders", out.signed_headers)}) {
    if (value.empty()) {
      missing.append("Authorization header requires '").append(name).append("' parameter. ");
    }
  }
  if (FirstHeader(head, "x-amz-date").empty()) {
    missing.append("Authorization header requires existence of a 'X-Amz-Date' header. ");
  }
  if (missing.empty()) return std::nullopt;
  missing.pop_back();
  return Incomplete(std::move(missing));
}

std::optional<ApiError> CheckDate(std::string_view amz_date, std::string_view scope_date,
                                  absl::Time now) {
  const std::optional<absl::Time> time = ParseAmzDate(amz_date);
  if (!time) {
    return Incomplete("Date must be in ISO-8601 'basic format'. Got " + Quoted(amz_date) +
                      ". See http://en.wikipedia.org/wiki/ISO_8601");
  }
  if (scope_date != amz_date.substr(0, 8)) {
    return InvalidSignature(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
        "version of date from HTTP: " +
        Quoted(scope_date) + " != '" + std::string(amz_date.substr(0, 8)) + "', from '" +
        std::string(amz_date) + "'.");
  }
  const std::string sent(amz_date);
  if (*time < now - kSkewMax) {
    return InvalidSignature("Signature expired: " + sent + " is now earlier than " +
                            FormatAmzDate(now - kSkewMax) + " (" + FormatAmzDate(now) +
                            " - 5 min.)");
  }
  if (*time > now + kSkewMax) {
    return InvalidSignature("Signature not yet current: " + sent + " is still later than " +
                            FormatAmzDate(now + kSkewMax) + " (" + FormatAmzDate(now) +
                            " + 5 min.)");
  }
  return std::nullopt;
}

// Fills input.headers with the signed ones, as the client lists them.
std::optional<ApiError> CollectSignedHeaders(const HttpRequestHead& head, std::string_view list,
                                             SigV4Input& input) {
  const std::vector<std::string_view> names = Split(list, ';');
  if (names.size() > kSignedHeadersMax) {
    return Incomplete("Authorization header signs too many headers.");
  }
  for (const std::string_view name : names) {
    const size_t before = input.headers.size();
    for (const auto& [key, value] : head.headers) {
      if (EqualsIgnoreCase(key, name)) input.headers.emplace_back(name, value);
    }
    if (input.headers.size() == before) input.headers.emplace_back(name, "");
  }
  for (const std::string_view name : kMustBeSigned) {
    const bool is_signed = std::find(names.begin(), names.end(), name) != names.end();
    if (!is_signed && (name == "host" || CountHeader(head, name) > 0)) {
      return InvalidSignature("'" + std::string(name) +
                              "' must be a 'SignedHeader' in the AWS Authorization.");
    }
  }
  return std::nullopt;
}

}  // namespace

struct RequestAuthenticator::Impl {
  struct Key {
    std::string secret;
    // Of the day that was asked for last: around midnight UTC two days may take turns.
    std::string signing_date;
    std::string signing_key;
  };
  bool enabled;
  std::string region;
  std::string service;
  const Clock* clock;
  mutable absl::Mutex mutex;
  mutable absl::flat_hash_map<std::string, Key> keys ABSL_GUARDED_BY(mutex);

  // Empty when nobody has that key.
  std::string SigningKey(std::string_view access_key_id, const SigV4Scope& scope) const {
    absl::MutexLock lock(&mutex);
    const auto found = keys.find(std::string(access_key_id));
    if (found == keys.end()) return {};
    Key& key = found->second;
    if (key.signing_date != scope.date) {
      key.signing_key = DeriveSigningKey(key.secret, scope);
      key.signing_date = scope.date;
    }
    return key.signing_key;
  }

  std::optional<ApiError> CheckScope(const std::vector<std::string_view>& credential) const {
    if (credential[4] != kTerminator) {
      return InvalidSignature(
          "Credential should be scoped with a valid terminator: "
          "'aws4_request', not " +
          Quoted(credential[4]) + ".");
    }
    if (credential[2] != region) {
      return InvalidSignature("Credential should be scoped to a valid region, not " +
                              Quoted(credential[2]) + ".");
    }
    if (credential[3] != service) {
      return InvalidSignature("Credential should be scoped to correct service: '" + service + "'.");
    }
    return std::nullopt;
  }
};

RequestAuthenticator::RequestAuthenticator(const NodeConfig& config, const Clock& clock,
                                           std::string service)
    : impl_(std::make_unique<Impl>()) {
  impl_->enabled = config.auth == AuthMode::kSigV4 ||
                   (config.auth == AuthMode::kAuto && !config.credentials.empty());
  impl_->region = config.region;
  impl_->service = std::move(service);
  impl_->clock = &clock;
  absl::MutexLock lock(&impl_->mutex);
  for (const AccessKey& key : config.credentials) {
    impl_->keys[key.access_key_id].secret = key.secret_access_key;
  }
}

RequestAuthenticator::~RequestAuthenticator() = default;

bool RequestAuthenticator::enabled() const { return impl_->enabled; }

std::variant<AuthClaim, ApiError> RequestAuthenticator::CheckHead(
    const HttpRequestHead& head) const {
  AuthClaim claim;
  if (!impl_->enabled) return claim;
  Authorization authorization;
  if (auto error = ParseAuthorization(head, authorization)) return *std::move(error);
  const std::vector<std::string_view> credential = Split(authorization.credential, '/');
  if (credential.size() != 5) {
    return Incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got " +
        Quoted(authorization.credential) + ".");
  }
  if (auto error = impl_->CheckScope(credential)) return *std::move(error);
  const std::string_view amz_date = FirstHeader(head, "x-amz-date");
  if (auto error = CheckDate(amz_date, credential[1], impl_->clock->Now())) {
    return *std::move(error);
  }
  claim.scope_ = {std::string(credential[1]), impl_->region, impl_->service};
  claim.signing_key_ = impl_->SigningKey(credential[0], claim.scope_);
  // The configured keys are long-term ones: a session token belongs to somebody else's.
  if (claim.signing_key_.empty() || CountHeader(head, "x-amz-security-token") > 0) {
    return UnrecognizedClient();
  }
  claim.access_key_id_ = credential[0];
  claim.amz_date_ = amz_date;
  claim.signature_ = authorization.signature;

  SigV4Input input{.method = head.method, .path = head.path, .query = head.query};
  if (auto error = CollectSignedHeaders(head, authorization.signed_headers, input)) {
    return *std::move(error);
  }
  claim.canonical_prefix_ = CanonicalRequest(input);
  const std::string_view declared = FirstHeader(head, "x-amz-content-sha256");
  if (declared.empty()) {
    claim.body_ = AuthClaim::Body::kSignature;
    return claim;
  }
  if (declared != kUnsignedPayload && !IsLowerHexSha256(declared)) {
    return InvalidSignature(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or the body's SHA-256 "
        "in lower-case hex, not " +
        Quoted(declared) + ".");
  }
  claim.body_ = AuthClaim::Body::kSignature;
  if (auto error = CheckBodyHash(claim, declared)) return *std::move(error);
  claim.body_ = declared == kUnsignedPayload ? AuthClaim::Body::kUnchecked : AuthClaim::Body::kHash;
  claim.body_sha256_ = declared;
  return claim;
}

std::optional<ApiError> RequestAuthenticator::CheckBody(const AuthClaim& claim,
                                                        std::string_view body) const {
  if (!claim.needs_body_hash()) return std::nullopt;
  return CheckBodyHash(claim, Sha256Hex(body));
}

std::optional<ApiError> RequestAuthenticator::CheckBodyHash(const AuthClaim& claim,
                                                            std::string_view sha256_hex) const {
  switch (claim.body_) {
    case AuthClaim::Body::kUnchecked:
      return std::nullopt;
    case AuthClaim::Body::kHash:
      if (ConstantTimeEquals(claim.body_sha256_, sha256_hex)) return std::nullopt;
      return SignatureMismatch();
    case AuthClaim::Body::kSignature:
      break;
  }
  std::string canonical = claim.canonical_prefix_;
  canonical.append(sha256_hex);
  const std::string expected =
      ComputeSignature(claim.signing_key_, claim.amz_date_, claim.scope_, canonical);
  if (ConstantTimeEquals(expected, claim.signature_)) return std::nullopt;
  return SignatureMismatch();
}

}  // namespace hydrant::aws
