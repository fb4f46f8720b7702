// RequestAuthenticator: who sent a request, by its SigV4 signature, for the sources that serve HTTP. Two
// steps, so that a bad head is refused before its body is read:
//   auto checked = authenticator.CheckHead(exchange.head());
//   if (auto* error = std::get_if<ApiError>(&checked)) …answer it…
//   …read the body; when the claim has chunk_signing(), through a SignedChunkExchange…
//   if (auto error = authenticator.CheckBody(std::get<AuthClaim>(checked), body)) …answer it…
// The body counts as unauthenticated until CheckBody (or CheckBodyHash) has passed.
// Owner:   any thread; claims may outlive the authenticator
// Units:   X-Amz-Date at most 5 minutes from the clock, either way; a presigned request until X-Amz-Expires
// Errors:  ApiErrors as AWS words them; none holds a secret or a signature
// Source:  see signed_request.h; AWS General Reference, "Troubleshooting Signature Version 4"
#pragma once

#include "engine/base/clock.h"
#include "engine/config/node_config.h"
#include "engine/io/aws/signed_chunks.h"
#include "engine/io/aws/signed_request.h"
#include "engine/io/aws/sigv4.h"
#include "engine/io/http_server.h"
#include "engine/stream/api_error.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hydrant::aws {

// What a head proves, and what its body must still prove. Independent of the exchange's lifetime.
class AuthClaim {
 public:
  // Empty when authentication is off.
  const std::string& access_key_id() const { return access_key_id_; }
  // Whether the body's SHA-256 matters; false for UNSIGNED-PAYLOAD, for signed chunks, and when
  // authentication is off.
  bool needs_body_hash() const { return body_ == Body::kHash || body_ == Body::kSignature; }
  // Whether the signature covers the head already. Without it (clients other than S3's send no
  // x-amz-content-sha256) nothing is proven before the body is there.
  bool head_is_proven() const { return body_ != Body::kSignature; }
  // Set when the body consists of signed chunks.
  const std::optional<ChunkSigning>& chunk_signing() const { return chunk_signing_; }

 private:
  friend class RequestAuthenticator;
  enum class Body {
    kUnchecked,  // not signed, or by its chunks
    kHash,       // must have body_sha256_, which is signed
    kSignature,  // the signature is computed over its hash
  };
  std::string access_key_id_;
  Body body_ = Body::kUnchecked;
  std::string body_sha256_;
  std::optional<ChunkSigning> chunk_signing_;
  // For kSignature: the canonical request up to the payload hash, and what to sign it with.
  std::string canonical_prefix_;
  std::string amz_date_;
  SigV4Scope scope_;
  std::string signing_key_;
  std::string signature_;
};

class RequestAuthenticator {
 public:
  // Clients sign for the node's region and for `service`. The clock must outlive the authenticator.
  RequestAuthenticator(const NodeConfig& config, const Clock& clock,
                       std::string service = "firehose");
  ~RequestAuthenticator();

  // False: everything passes, signed or not.
  bool enabled() const;
  std::variant<AuthClaim, ApiError> CheckHead(const HttpRequestHead& head) const;
  // Nothing when the body is the signed one.
  std::optional<ApiError> CheckBody(const AuthClaim& claim, std::string_view body) const;
  // The request was refused for now and nothing of it was taken: it may come again as it is. Only for a claim
  // that is proven: of another request with that signature, more may have been taken.
  void Forget(const AuthClaim& claim) const;
  // For a body hashed while it was read: `sha256_hex` in lower case.
  std::optional<ApiError> CheckBodyHash(const AuthClaim& claim, std::string_view sha256_hex) const;

 private:
  struct Impl;
  // Proves the claim by the signature over its head and that payload hash.
  std::optional<ApiError> Prove(const AuthClaim& claim, std::string_view payload_hash) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hydrant::aws
