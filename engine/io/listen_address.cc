#include "engine/io/listen_address.h"

#include <boost/asio/ip/address.hpp>

#include <charconv>

namespace hydrant {

namespace asio = boost::asio;

namespace {

Status BadAddress(std::string_view text, std::string_view why) {
  std::string message = "listen address \"";
  message.append(text).append("\": ").append(why);
  message.append("; write it as 127.0.0.1:4573, [::1]:4573, localhost:4573 or :4573");
  return InvalidArgument(message);
}

bool ParsePort(std::string_view text, uint16_t& port) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, port);
  return result.ec == std::errc() && result.ptr == end;
}

// The host of "[::1]:4573", "[::1]", "127.0.0.1:4573", "::1" or "localhost", without brackets or
// port.
std::string_view HostOf(std::string_view address) {
  if (address.starts_with('[')) {
    const size_t close = address.find(']');
    return close == std::string_view::npos ? address : address.substr(1, close - 1);
  }
  const size_t colon = address.find(':');
  if (colon == std::string_view::npos || address.find(':', colon + 1) != std::string_view::npos) {
    return address;
  }
  return address.substr(0, colon);
}

}  // namespace

StatusOr<std::pair<std::string, uint16_t>> ParseListenAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return BadAddress(text, "has no port");
  std::pair<std::string, uint16_t> result;
  if (!ParsePort(text.substr(colon + 1), result.second)) {
    return BadAddress(text, "its port is not a number from 0 to 65535");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return BadAddress(text, "has a '[' without its ']'");
    host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    asio::ip::make_address_v6(std::string(host), error);
    if (error) return BadAddress(text, "has no IPv6 address in its brackets");
  } else if (host.find_first_of(":]/ \t") != std::string_view::npos) {
    return BadAddress(text, "its host is not a name or address (an IPv6 address needs brackets)");
  }
  result.first = host.empty() ? "0.0.0.0" : std::string(host);
  return result;
}

bool IsLoopback(std::string_view address) {
  const std::string_view host = HostOf(address);
  if (host == "localhost") return true;
  boost::system::error_code error;
  const asio::ip::address parsed = asio::ip::make_address(std::string(host), error);
  if (error) return false;
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, parsed.to_v6()).is_loopback();
  }
  return parsed.is_loopback();
}

}  // namespace hydrant
