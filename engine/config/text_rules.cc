#include "engine/config/text_rules.h"

#include "engine/io/listen_address.h"

#include <absl/strings/ascii.h>

#include <algorithm>

namespace hydrant {
namespace {

constexpr size_t kRegionSizeMax = 64;
constexpr size_t kAccessKeyIdSizeMax = 128;

bool AllOf(std::string_view text, bool (*holds)(unsigned char)) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return holds(c); });
}

bool HasPrefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

std::string_view BrokenAddressRule(std::string_view text) {
  if (ParseListenAddress(text).ok()) return {};
  return "must be HOST:PORT with a port from 0 to 65535 (an IPv6 address in brackets: [::1]:4573)";
}

std::string_view BrokenNotEmptyRule(std::string_view text) {
  return text.empty() ? "must not be empty" : std::string_view();
}

std::string_view BrokenRegionRule(std::string_view text) {
  const bool ok =
      !text.empty() && text.size() <= kRegionSizeMax && AllOf(text, [](unsigned char c) {
        return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
      });
  if (ok) return {};
  return "must be a region's name: 1 to 64 small letters, digits and '-' (such as us-east-1)";
}

std::string_view BrokenAccountRule(std::string_view text) {
  if (text.size() == 12 && AllOf(text, absl::ascii_isdigit)) return {};
  return "must be an account number of 12 digits";
}

std::string_view BrokenS3EndpointRule(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!HasPrefix(text, scheme)) continue;
    const std::string_view rest = text.substr(scheme.size());
    if (rest.find_first_of("?#@ ") != std::string_view::npos) {
      return "must be a plain URL without user, query or fragment (keys go into "
             "s3.access_key_id and s3.secret_access_key)";
    }
    if (!rest.empty() && rest.front() != '/') return {};
    return "must name a host after the scheme (such as http://127.0.0.1:9000)";
  }
  if (HasPrefix(text, "file://")) {
    if (HasPrefix(text, "file:///")) return {};
    return "must name an absolute directory (such as file:///srv/buckets, with three slashes)";
  }
  return "must begin with http://, https:// or file:///";
}

std::string_view BrokenAccessKeyIdRule(std::string_view text) {
  const bool ok =
      !text.empty() && text.size() <= kAccessKeyIdSizeMax && AllOf(text, [](unsigned char c) {
        return absl::ascii_isgraph(c) && c != '/' && c != ',' && c != ':' && c != '=';
      });
  if (ok) return {};
  return "must be 1 to 128 visible characters without '/', ',', ':' and '='";
}

}  // namespace hydrant
