// Report: the roofline as a table for people and as JSON for scripts.
// Owner:   the calling thread
// Units:   CPU seconds per GB of record bytes
// Errors:  those of SumOf
#pragma once

#include "bench/roofline/sums.h"
#include "bench/roofline/work.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace hydrant::roofline {

StatusOr<std::string> RenderTable(std::span<const Measured> measured);
// {"kind": "roofline", "machine", "commit", "settings", "rows": a stage each, "sums": name to
// median, "jobs": a sum each with its range and stages}.
StatusOr<nlohmann::ordered_json> RenderJson(const Work& work, std::span<const Measured> measured);

}  // namespace hydrant::roofline
