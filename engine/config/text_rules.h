// Rules that the text of an option must keep: each gives the rule that `text` breaks, or nothing.
// Owner:   any thread
#pragma once

#include <string_view>

namespace hydrant {

std::string_view BrokenAddressRule(std::string_view text);  // HOST:PORT, [IPv6]:PORT
std::string_view BrokenNotEmptyRule(std::string_view text);
std::string_view BrokenRegionRule(std::string_view text);
std::string_view BrokenAccountRule(std::string_view text);
std::string_view BrokenS3EndpointRule(std::string_view text);
std::string_view BrokenAccessKeyIdRule(std::string_view text);

}  // namespace hydrant
