#include "engine/io/aws/request_auth.h"

#include "engine/base/status.h"
#include "engine/io/aws/auth_errors.h"
#include "engine/io/aws/replay_guard.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/numbers.h>
#include <absl/synchronization/mutex.h>

#include <utility>

namespace hydrant::aws {
namespace {

constexpr absl::Duration kSkewMax = absl::Minutes(5);

std::optional<ApiError> CheckDate(const SignedRequest& request, absl::Time now) {
  const std::string& sent = request.amz_date;
  if (request.scope.date != sent.substr(0, 8)) {
    return InvalidSignature(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        "HTTP: " +
        QuotedForError(request.scope.date) + " != '" + sent.substr(0, 8) + "', from '" + sent +
        "'.");
  }
  const absl::Duration lifetime = request.lifetime.value_or(kSkewMax);
  if (request.time < now - lifetime) {
    const std::string span =
        request.lifetime ? std::to_string(absl::ToInt64Seconds(lifetime)) + " sec.)" : "5 min.)";
    return InvalidSignature("Signature expired: " + sent + " is now earlier than " +
                            FormatAmzDate(now - lifetime) + " (" + FormatAmzDate(now) + " - " +
                            span);
  }
  if (request.time > now + kSkewMax) {
    return InvalidSignature("Signature not yet current: " + sent + " is still later than " +
                            FormatAmzDate(now + kSkewMax) + " (" + FormatAmzDate(now) +
                            " + 5 min.)");
  }
  return std::nullopt;
}

ChunkSigning MakeChunkSigning(const HttpRequestHead& head, const SignedRequest& request,
                              const std::string& signing_key) {
  ChunkSigning signing{.signing_key = signing_key,
                       .amz_date = request.amz_date,
                       .scope = request.scope,
                       .seed_signature = request.signature,
                       .trailer = request.payload == PayloadForm::kChunksTrailer};
  const std::string_view decoded = head.Header("x-amz-decoded-content-length");
  uint64_t bytes = 0;
  if (!absl::SimpleAtoi(ToAbsl(decoded), &bytes)) bytes = UINT64_MAX;  // which no body is
  if (!decoded.empty()) signing.decoded_bytes = bytes;
  return signing;
}

}  // namespace

struct RequestAuthenticator::Impl {
  struct Key {
    std::string secret;
    std::string session_token;  // empty: a long-term key
    // Of the latest day. Only its own is kept: else a presigned request of an older day, which needs no valid
    // signature to get here, would take its place.
    std::string signing_date;
    std::string signing_key;
  };
  explicit Impl(size_t replays_max) : replays(replays_max) {}

  bool enabled;
  std::string region;
  std::string service;
  const Clock* clock;
  mutable ReplayGuard replays;
  mutable absl::Mutex mutex;
  mutable absl::flat_hash_map<std::string, Key> keys ABSL_GUARDED_BY(mutex);

  // Empty when nobody has that key with that token. A long-term key has none: a token belongs to somebody
  // else's.
  std::string SigningKey(const SignedRequest& request) const {
    absl::MutexLock lock(&mutex);
    const auto found = keys.find(request.access_key_id);
    if (found == keys.end()) return {};
    Key& key = found->second;
    if (!ConstantTimeEquals(key.session_token, request.session_token)) return {};
    if (request.scope.date < key.signing_date) return DeriveSigningKey(key.secret, request.scope);
    if (request.scope.date > key.signing_date) {
      key.signing_key = DeriveSigningKey(key.secret, request.scope);
      key.signing_date = request.scope.date;
    }
    return key.signing_key;
  }

  std::optional<ApiError> CheckScope(const SigV4Scope& scope) const {
    if (scope.region != region) {
      return InvalidSignature("Credential should be scoped to a valid region, not " +
                              QuotedForError(scope.region) + ".");
    }
    if (scope.service != service) {
      return InvalidSignature("Credential should be scoped to correct service: '" + service + "'.");
    }
    return std::nullopt;
  }
};

RequestAuthenticator::RequestAuthenticator(const NodeConfig& config, const Clock& clock,
                                           std::string service)
    : impl_(std::make_unique<Impl>(static_cast<size_t>(config.auth_replays_max))) {
  impl_->enabled = config.auth == AuthMode::kSigV4 ||
                   (config.auth == AuthMode::kAuto && !config.credentials.empty());
  impl_->region = config.region;
  impl_->service = std::move(service);
  impl_->clock = &clock;
  absl::MutexLock lock(&impl_->mutex);
  for (const AccessKey& key : config.credentials) {
    impl_->keys[key.access_key_id] = {key.secret_access_key, key.session_token, "", ""};
  }
}

RequestAuthenticator::~RequestAuthenticator() = default;

bool RequestAuthenticator::enabled() const { return impl_->enabled; }

std::variant<AuthClaim, ApiError> RequestAuthenticator::CheckHead(
    const HttpRequestHead& head) const {
  AuthClaim claim;
  if (!impl_->enabled) return claim;
  auto read = ReadSignedRequest(head);
  if (auto* error = std::get_if<ApiError>(&read)) return *std::move(error);
  const SignedRequest& request = std::get<SignedRequest>(read);
  if (auto error = impl_->CheckScope(request.scope)) return *std::move(error);
  if (auto error = CheckDate(request, impl_->clock->Now())) return *std::move(error);
  claim.signing_key_ = impl_->SigningKey(request);
  if (claim.signing_key_.empty()) return UnrecognizedClient();
  claim.access_key_id_ = request.access_key_id;
  claim.amz_date_ = request.amz_date;
  claim.scope_ = request.scope;
  claim.signature_ = request.signature;

  auto input = SignedInput(head, request);
  if (auto* error = std::get_if<ApiError>(&input)) return *std::move(error);
  claim.canonical_prefix_ = CanonicalRequest(std::get<SigV4Input>(input));
  if (request.payload_hash.empty()) {
    claim.body_ = AuthClaim::Body::kSignature;
    return claim;
  }
  if (auto error = Prove(claim, request.payload_hash)) return *std::move(error);
  if (request.payload == PayloadForm::kHashed) {
    claim.body_ = AuthClaim::Body::kHash;
    claim.body_sha256_ = request.payload_hash;
  } else if (request.payload != PayloadForm::kUnsigned) {
    claim.chunk_signing_ = MakeChunkSigning(head, request, claim.signing_key_);
  }
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
  return Prove(claim, sha256_hex);
}

void RequestAuthenticator::Forget(const AuthClaim& claim) const {
  if (impl_->enabled) impl_->replays.Forget(claim.signature_);
}

std::optional<ApiError> RequestAuthenticator::Prove(const AuthClaim& claim,
                                                    std::string_view payload_hash) const {
  std::string canonical = claim.canonical_prefix_;
  canonical.append(payload_hash);
  const std::string expected =
      ComputeSignature(claim.signing_key_, claim.amz_date_, claim.scope_, canonical);
  if (!ConstantTimeEquals(expected, claim.signature_)) return SignatureMismatch();
  if (impl_->replays.IsNew(expected)) return std::nullopt;
  return InvalidSignature("The signature was used before. Sign every request anew.");
}

}  // namespace hydrant::aws
