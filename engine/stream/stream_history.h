// StreamHistory: the latest changes of a stream's definition: who made them, when, from where, and of what.
// Owner:   immutable once made; any thread
// Units:   at most kStreamChangesMax changes, the oldest are forgotten first. Members are named, values never are.
#pragma once

#include "engine/stream/change_author.h"
#include "engine/stream/stream_definition.h"

#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hydrant {

inline constexpr size_t kStreamChangesMax = 50;

struct StreamChange {
  uint64_t version = 0;  // that it led to; tags lead to none
  absl::Time at;
  ChangeAuthor author;
  // Paths in the CreateDeliveryStream request that the stream is as if made from, and "Tags.KEY". Of a new stream
  // none: it is all new.
  std::vector<std::string> members;
};

using StreamHistory = std::vector<StreamChange>;  // oldest first
using StreamHistoryPtr = std::shared_ptr<const StreamHistory>;

// What of the stream differs; `before` is null for a new one.
StreamChange DescribeChange(const StreamDefinition* before, const StreamDefinition& after,
                            ChangeAuthor author, absl::Time at);

// In the form of the catalog's files and of the admin listener; newest last.
nlohmann::json HistoryToJson(const StreamHistory& history);
// Throws nlohmann's exception for what is no such list.
StreamHistory HistoryFromJson(const nlohmann::json& json);

}  // namespace hydrant
