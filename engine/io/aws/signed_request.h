// ReadSignedRequest: what a request says about its signature, whichever way it says it: in the
// Authorization header, or in the query (a presigned URL). Nothing is verified yet.
// Owner:   pure; any thread
// Errors:  ApiErrors as AWS words them; none repeats a secret, a token or a signature
// Source:  AWS General Reference, "Signature Version 4 signing process"; Amazon S3 API Reference,
//          "Authenticating Requests: Using Query Parameters"; what clients send: botocore auth.py
#pragma once

#include "engine/io/aws/sigv4.h"
#include "engine/io/http_server.h"
#include "engine/stream/api_error.h"

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hydrant::aws {

// What x-amz-content-sha256 announces about the body.
enum class PayloadForm {
  kHashed,         // nothing, or a hash: the body's SHA-256 is part of what is signed
  kUnsigned,       // UNSIGNED-PAYLOAD
  kChunks,         // STREAMING-AWS4-HMAC-SHA256-PAYLOAD: each chunk has a signature
  kChunksTrailer,  // …-TRAILER: and so have the trailing headers
};

struct SignedRequest {
  bool presigned = false;  // said in the query
  std::string access_key_id;
  SigV4Scope scope;
  std::string amz_date;  // yyyyMMdd'T'HHmmss'Z', as it was signed
  absl::Time time;
  // How long the signature holds; a header's: nothing, the clock skew is its limit.
  std::optional<absl::Duration> lifetime;
  std::vector<std::string> signed_headers;
  std::string signature;
  std::string session_token;
  PayloadForm payload = PayloadForm::kHashed;
  std::string payload_hash;  // as declared; empty when nothing is
  std::string query;         // the part of it that is signed
};

std::variant<SignedRequest, ApiError> ReadSignedRequest(const HttpRequestHead& head);

// The canonical request's parts, but for the payload hash; or what should have been signed and was not.
std::variant<SigV4Input, ApiError> SignedInput(const HttpRequestHead& head,
                                               const SignedRequest& request);

}  // namespace hydrant::aws
