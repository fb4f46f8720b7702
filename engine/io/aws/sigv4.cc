#include "engine/io/aws/sigv4.h"

#include "engine/base/check.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

namespace hydrant::aws {
namespace {

constexpr char kLowerDigits[] = "0123456789abcdef";
constexpr char kUpperDigits[] = "0123456789ABCDEF";

constexpr size_t kBlockBytes = 64;  // of SHA-256, for HMAC (RFC 2104)

// One context a thread: in OpenSSL 3 finding the algorithm costs more than hashing a request's head.
class Hasher {
 public:
  static Hasher& OfThread() {
    thread_local Hasher hasher;
    return hasher;
  }
  Hasher() : context_(EVP_MD_CTX_new()) {
    HYDRANT_CHECK(context_ != nullptr);
    HYDRANT_CHECK(EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1);
  }
  ~Hasher() { EVP_MD_CTX_free(context_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Raw 32 bytes, of both pieces together.
  std::string Digest(std::string_view first, std::string_view second) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    const bool done =
        EVP_DigestInit_ex(context_, nullptr, nullptr) == 1 &&
        EVP_DigestUpdate(context_, first.data(), first.size()) == 1 &&
        EVP_DigestUpdate(context_, second.data(), second.size()) == 1 &&
        EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1;
    HYDRANT_CHECK(done);
    return digest;
  }

 private:
  EVP_MD_CTX* const context_;
};

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Empty and "." segments go, ".." takes the one before it along; a last '/' stays.
std::string NormalizePath(std::string_view path) {
  std::vector<std::string_view> segments;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  std::string out;
  for (std::string_view segment : segments) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out.push_back('/');
  return out;
}

std::string CanonicalPath(const SigV4Input& input) {
  if (input.path.empty()) return "/";
  if (!input.encode_path_again) return std::string(input.path);
  return UriEncode(NormalizePath(input.path), /*keep_slash=*/true);
}

// Names and values are brought to one form of escaping, then sorted by name and value.
std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view parameter = query.substr(begin, end - begin);
    const size_t equals = std::min(parameter.find('='), parameter.size());
    if (!parameter.empty()) {
      const std::string_view value = parameter.substr(std::min(equals + 1, parameter.size()));
      parameters.emplace_back(UriEncode(PercentDecode(parameter.substr(0, equals)), false),
                              UriEncode(PercentDecode(value), false));
    }
    begin = end + 1;
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out.push_back('&');
    out.append(name).append("=").append(value);
  }
  return out;
}

// Without space at both ends, runs of it inside as one.
void AppendTrimmed(std::string_view value, std::string& out) {
  bool pending_space = false;
  bool any = false;
  for (char c : value) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      pending_space = any;
      continue;
    }
    if (pending_space) out.push_back(' ');
    pending_space = false;
    any = true;
    out.push_back(c);
  }
}

}  // namespace

std::string SigV4Scope::Text() const {
  return date + "/" + region + "/" + service + "/aws4_request";
}

std::string Sha256Hex(std::string_view data) {
  return HexLower(Hasher::OfThread().Digest(data, {}));
}

std::string HmacSha256(std::string_view key, std::string_view data) {
  Hasher& hasher = Hasher::OfThread();
  std::string block(key.size() > kBlockBytes ? hasher.Digest(key, {}) : std::string(key));
  block.resize(kBlockBytes);
  for (char& c : block) c = static_cast<char>(c ^ 0x36);
  const std::string inner = hasher.Digest(block, data);
  for (char& c : block) c = static_cast<char>(c ^ 0x36 ^ 0x5c);
  return hasher.Digest(block, inner);
}

std::string HexLower(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(kLowerDigits[byte >> 4]);
    out.push_back(kLowerDigits[byte & 15]);
  }
  return out;
}

std::string UriEncode(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (char c : text) {
    if (IsUnreserved(c) || (c == '/' && keep_slash)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kUpperDigits[byte >> 4]);
    out.push_back(kUpperDigits[byte & 15]);
  }
  return out;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (escape) {
      out.push_back(static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string CanonicalRequest(const SigV4Input& input) {
  std::string out(input.method);
  out.append("\n").append(CanonicalPath(input));
  out.append("\n").append(CanonicalQuery(input.query)).append("\n");
  for (size_t i = 0; i < input.headers.size(); ++i) {
    const auto& [name, value] = input.headers[i];
    const bool repeated = i > 0 && input.headers[i - 1].first == name;
    if (repeated) {
      out.back() = ',';  // the line break of the value before
    } else {
      out.append(name).append(":");
    }
    AppendTrimmed(value, out);
    out.push_back('\n');
  }
  out.append("\n").append(SignedHeaderNames(input));
  out.append("\n").append(input.payload_hash);
  return out;
}

std::string SignedHeaderNames(const SigV4Input& input) {
  std::string out;
  for (size_t i = 0; i < input.headers.size(); ++i) {
    if (i > 0 && input.headers[i - 1].first == input.headers[i].first) continue;
    if (!out.empty()) out.push_back(';');
    out.append(input.headers[i].first);
  }
  return out;
}

std::string DeriveSigningKey(std::string_view secret_access_key, const SigV4Scope& scope) {
  const std::string seed = std::string("AWS4").append(secret_access_key);
  const std::string date_key = HmacSha256(seed, scope.date);
  const std::string region_key = HmacSha256(date_key, scope.region);
  return HmacSha256(HmacSha256(region_key, scope.service), "aws4_request");
}

std::string ComputeSignature(std::string_view signing_key, std::string_view amz_date,
                             const SigV4Scope& scope, std::string_view canonical_request) {
  std::string string_to_sign("AWS4-HMAC-SHA256\n");
  string_to_sign.append(amz_date).append("\n").append(scope.Text()).append("\n");
  string_to_sign.append(Sha256Hex(canonical_request));
  return HexLower(HmacSha256(signing_key, string_to_sign));
}

std::string FormatAmzDate(absl::Time time) {
  return absl::FormatTime("%Y%m%dT%H%M%SZ", time, absl::UTCTimeZone());
}

}  // namespace hydrant::aws
