// The forms in which a setting's value may be written: sizes, durations, whole numbers, booleans.
// Owner:   any thread
// Units:   sizes in bytes ("134217728", "128 MiB", "64 MB": MiB is 2^20, MB is 10^6);
//          durations in seconds without a unit ("90", "1m30s", "250ms", "7d")
// Errors:  kInvalidArgument with the rule that the text breaks, without the text itself
#pragma once

#include "engine/base/status.h"

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant {

StatusOr<uint64_t> ParseSize(std::string_view text);
StatusOr<absl::Duration> ParseDuration(std::string_view text);
StatusOr<int64_t> ParseInteger(std::string_view text);
StatusOr<bool> ParseBoolean(std::string_view text);

// The shortest text that parses back to the same value: "64 GiB", "1h30m".
std::string RenderSize(uint64_t bytes);
std::string RenderDuration(absl::Duration duration);

}  // namespace hydrant
