// The option table: one row for each setting of a node. Parser, validation, --help, JSON Schema and
// docs/configuration.md are made from it, so that they cannot disagree.
// Owner:   constant; any thread
// Units:   sizes in bytes, durations as absl::Duration
#pragma once

#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hydrant {

enum class OptionType {
  kText,
  kInteger,
  kSize,
  kDuration,
  kBoolean,
  kChoice,
  kAccessKeys,
  kStreams
};

// Where a value lives. A row's default is what a default-made NodeConfig holds there.
using OptionSlot = std::variant<std::string*, int*, uint64_t*, absl::Duration*, bool*, AuthMode*,
                                Durability*, PayloadSigning*, LogLevel*, LogFormat*,
                                std::vector<AccessKey>*, std::vector<std::string>*>;

struct OptionRow {
  std::string_view name;  // dotted: "log.durability"
  OptionType type;
  OptionSlot (*slot)(NodeConfig&);
  std::string_view example;
  std::string_view help;  // one sentence or two
  // What holds when the default is empty or 0, for people: "one a core".
  std::string_view unset = "";
  // Bounds, inclusive: of an integer, of a size in bytes, of a duration in milliseconds.
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
  // Of a choice, in the order of its enum (or false, true).
  std::span<const std::string_view> choices = {};
  // Of a text: empty when it may stand, else the rule that it breaks.
  std::string_view (*broken_rule)(std::string_view text) = nullptr;
  bool secret = false;
};

std::span<const OptionRow> OptionRows();
// The members of one entry of `credentials`.
struct AccessKeyMember {
  std::string_view name;
  std::string AccessKey::*slot;
  std::string_view help;
  std::string_view (*broken_rule)(std::string_view text);
  bool secret;
  bool required;
  bool is_policy = false;  // a map, or its JSON as text
};
std::span<const AccessKeyMember> AccessKeyMembers();

// The row of that dotted name, or null.
const OptionRow* FindOption(std::string_view name);

// Parses `text` by the row's type, checks its bounds and stores it. kInvalidArgument: the rule that
// it breaks, without the text. For rows that hold one value, not for lists.
Status SetOption(const OptionRow& row, std::string_view text, NodeConfig& config);
// The value as SetOption would read it back; empty for lists.
std::string RenderOption(const OptionRow& row, const NodeConfig& config);

// "64 MiB to 1 TiB", "one of fsync, os, memory"; empty when anything of the type may stand.
std::string DescribeBounds(const OptionRow& row);

}  // namespace hydrant
