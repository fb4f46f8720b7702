#include "sinks/s3/target.h"

#include "engine/io/aws/sigv4.h"

#include <absl/strings/ascii.h>
#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace hydrant::s3 {
namespace {

constexpr size_t kBucketBytesMax = 255;  // of the oldest buckets; today's are 3 to 63

bool IsBucketName(std::string_view name) {
  if (name.empty() || name.size() > kBucketBytesMax || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
  });
}

// Names of the oldest buckets have upper case or '_', which host names cannot.
bool FitsHostName(std::string_view bucket) {
  return std::none_of(bucket.begin(), bucket.end(), [](char c) {
    return c == '.' || c == '_' || absl::ascii_isupper(static_cast<unsigned char>(c));
  });
}

// Without the port, and without the brackets of an IPv6 address.
std::string HostOf(std::string_view authority) {
  if (authority.starts_with('[')) {
    return std::string(authority.substr(1, authority.find(']') - 1));
  }
  return std::string(authority.substr(0, authority.find(':')));
}

bool IsAddressOrShortName(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error || host.find('.') == host.npos;
}

bool IsThisMachine(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return error ? host == "localhost" : address.is_loopback();
}

bool SignsPayload(PayloadSigning signing, bool tls, const std::string& host) {
  return signing == PayloadSigning::kAlways ||
         (signing == PayloadSigning::kAuto && !tls && !IsThisMachine(host));
}

std::string AwsHost(const std::string& region) {
  return "s3." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

}  // namespace

std::string S3Target::Url(std::string_view key, std::string_view query) const {
  std::string url = base_url + "/" + aws::UriEncode(key, /*keep_slash=*/true);
  if (!query.empty()) url.append("?").append(query);
  return url;
}

StatusOr<S3Target> ResolveTarget(const NodeConfig& config, std::string_view bucket) {
  if (!IsBucketName(bucket)) {
    return InvalidArgument("BucketARN: '" + std::string(bucket) + "' is not the name of a bucket");
  }
  S3Target target;
  target.bucket = bucket;
  target.region = config.s3.region.empty() ? config.region : config.s3.region;
  const std::string endpoint =
      config.s3.endpoint.empty() ? "https://" + AwsHost(target.region) : config.s3.endpoint;
  const bool tls = endpoint.starts_with("https://");
  if (!tls && !endpoint.starts_with("http://")) {
    return InvalidArgument("s3.endpoint: '" + endpoint +
                           "' starts with none of http://, https://, file://");
  }
  const std::string scheme = tls ? "https://" : "http://";
  std::string rest = endpoint.substr(scheme.size());
  while (rest.ends_with('/')) rest.pop_back();
  const std::string authority = rest.substr(0, rest.find('/'));
  if (authority.empty() || rest.find_first_of("?#@ ") != rest.npos) {
    return InvalidArgument("s3.endpoint: must be http(s)://HOST[:PORT][/PATH] and nothing else");
  }
  const std::string host = HostOf(authority);
  target.signs_payload = SignsPayload(config.s3.payload_signing, tls, host);
  const bool path_style = config.s3.path_style || !FitsHostName(bucket) ||
                          (!config.s3.endpoint.empty() && IsAddressOrShortName(host));
  target.base_url =
      path_style ? scheme + rest + "/" + target.bucket : scheme + target.bucket + "." + rest;
  return target;
}

}  // namespace hydrant::s3
