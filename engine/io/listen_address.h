// ParseListenAddress: "host:port" as people write it in `listen:` and `admin:`.
// Owner:   any thread
// Errors:  kInvalidArgument, naming the text and the form that is wanted
#pragma once

#include "engine/base/status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace hydrant {

// "127.0.0.1:4573", "localhost:4573", "[::]:4573"; ":4573" is every IPv4 address of the host
// ("0.0.0.0"). IPv6 comes back without its brackets. Port 0 asks for any free one.
StatusOr<std::pair<std::string, uint16_t>> ParseListenAddress(std::string_view text);

// Whether only this host can reach it: "localhost", 127.0.0.0/8, "::1" (also with the port behind
// it).
bool IsLoopback(std::string_view address);

}  // namespace hydrant
