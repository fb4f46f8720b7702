// AWS Signature Version 4: the pure computations that the signer (outgoing) and the verifier
// (incoming) share.
// Owner:   any thread
// Source:  AWS General Reference, "Signature Version 4 signing process"; what clients send:
// botocore auth.py
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hydrant::aws {

struct SigV4Input {
  std::string_view method;
  std::string_view path;   // as on the wire
  std::string_view query;  // as on the wire, without '?'
  // Those to be signed: names in lower case, sorted; values trimmed by us.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view payload_hash;  // hex SHA-256, "UNSIGNED-PAYLOAD", …
  // S3 signs the path as sent; every other service signs it URI-encoded once more.
  bool encode_path_again = true;
};

struct SigV4Scope {
  std::string date;  // yyyyMMdd
  std::string region;
  std::string service;
  // "20260101/us-east-1/firehose/aws4_request"
  std::string Text() const;
};

std::string Sha256Hex(std::string_view data);
std::string HmacSha256(std::string_view key, std::string_view data);  // raw 32 bytes
std::string HexLower(std::string_view bytes);
// RFC 3986: everything but A-Z a-z 0-9 - _ . ~ is escaped; '/' too unless kept.
std::string UriEncode(std::string_view text, bool keep_slash);
// What is no escape stays as it is.
std::string PercentDecode(std::string_view text);
// Takes the same time wherever two texts of one length differ.
bool ConstantTimeEquals(std::string_view a, std::string_view b);

std::string CanonicalRequest(const SigV4Input& input);
// "host;x-amz-date"
std::string SignedHeaderNames(const SigV4Input& input);
// Raw 32 bytes; worth caching by day, region and service.
std::string DeriveSigningKey(std::string_view secret_access_key, const SigV4Scope& scope);
// Hex signature.
std::string ComputeSignature(std::string_view signing_key, std::string_view amz_date,
                             const SigV4Scope& scope, std::string_view canonical_request);
// yyyyMMdd'T'HHmmss'Z'
std::string FormatAmzDate(absl::Time time);

}  // namespace hydrant::aws
