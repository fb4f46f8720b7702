#include "engine/config/options.h"

#include "engine/config/values.h"

#include <type_traits>

namespace hydrant {
namespace {

constexpr int64_t kNoMax = std::numeric_limits<int64_t>::max();

std::string RenderBound(const OptionRow& row, int64_t bound) {
  if (row.type == OptionType::kSize) return RenderSize(static_cast<uint64_t>(bound));
  if (row.type == OptionType::kDuration) return RenderDuration(absl::Milliseconds(bound));
  return std::to_string(bound);
}

// `number` in the unit of the row's bounds.
Status CheckBounds(const OptionRow& row, double number) {
  if (number >= static_cast<double>(row.min) && number <= static_cast<double>(row.max)) {
    return absl::OkStatus();
  }
  return InvalidArgument("must be " + DescribeBounds(row));
}

Status Store(const OptionRow& row, std::string_view text, std::string* slot) {
  // Empty is how one goes back to the default of an option that has none.
  const bool checked = row.broken_rule != nullptr && !(text.empty() && !row.unset.empty());
  const std::string_view rule = checked ? row.broken_rule(text) : std::string_view();
  if (!rule.empty()) return InvalidArgument(rule);
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return InvalidArgument("must be one line");
  }
  *slot = text;
  return absl::OkStatus();
}

Status Store(const OptionRow& row, std::string_view text, int* slot) {
  ASSIGN_OR_RETURN(const int64_t number, ParseInteger(text));
  RETURN_IF_ERROR(CheckBounds(row, static_cast<double>(number)));
  *slot = static_cast<int>(number);
  return absl::OkStatus();
}

Status Store(const OptionRow& row, std::string_view text, uint64_t* slot) {
  ASSIGN_OR_RETURN(const uint64_t bytes, ParseSize(text));
  RETURN_IF_ERROR(CheckBounds(row, static_cast<double>(bytes)));
  *slot = bytes;
  return absl::OkStatus();
}

Status Store(const OptionRow& row, std::string_view text, absl::Duration* slot) {
  ASSIGN_OR_RETURN(const absl::Duration duration, ParseDuration(text));
  RETURN_IF_ERROR(CheckBounds(row, absl::ToDoubleMilliseconds(duration)));
  *slot = duration;
  return absl::OkStatus();
}

StatusOr<int> ChoiceIndex(const OptionRow& row, std::string_view text) {
  for (size_t i = 0; i < row.choices.size(); ++i) {
    if (row.choices[i] == text) return static_cast<int>(i);
  }
  return InvalidArgument("must be " + DescribeBounds(row));
}

Status Store(const OptionRow& row, std::string_view text, bool* slot) {
  if (row.type == OptionType::kChoice) {
    ASSIGN_OR_RETURN(const int index, ChoiceIndex(row, text));
    *slot = index == 1;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(*slot, ParseBoolean(text));
  return absl::OkStatus();
}

template <typename Enum>
Status Store(const OptionRow& row, std::string_view text,
             Enum* slot) requires std::is_enum_v<Enum> {
  ASSIGN_OR_RETURN(const int index, ChoiceIndex(row, text));
  *slot = static_cast<Enum>(index);
  return absl::OkStatus();
}

template <typename T>
Status Store(const OptionRow&, std::string_view, std::vector<T>*) {
  return InvalidArgument("must be a list");
}

std::string Render(const OptionRow&, const std::string& value) { return value; }
std::string Render(const OptionRow&, int value) { return std::to_string(value); }
std::string Render(const OptionRow&, uint64_t value) { return RenderSize(value); }
std::string Render(const OptionRow&, absl::Duration value) { return RenderDuration(value); }
std::string Render(const OptionRow& row, bool value) {
  if (row.type == OptionType::kChoice) return std::string(row.choices[value ? 1 : 0]);
  return value ? "true" : "false";
}
template <typename Enum>
std::string Render(const OptionRow& row, Enum value) requires std::is_enum_v<Enum> {
  return std::string(row.choices[static_cast<size_t>(value)]);
}
template <typename T>
std::string Render(const OptionRow&, const std::vector<T>&) {
  return "";
}

}  // namespace

const OptionRow* FindOption(std::string_view name) {
  for (const OptionRow& row : OptionRows()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

Status SetOption(const OptionRow& row, std::string_view text, NodeConfig& config) {
  return std::visit([&](auto* slot) { return Store(row, text, slot); }, row.slot(config));
}

std::string RenderOption(const OptionRow& row, const NodeConfig& config) {
  // The slot is only read; the table has one accessor for both directions.
  const OptionSlot slot = row.slot(const_cast<NodeConfig&>(config));
  return std::visit([&](const auto* value) { return Render(row, *value); }, slot);
}

std::string DescribeBounds(const OptionRow& row) {
  if (row.type == OptionType::kChoice) {
    std::string text = "one of ";
    for (size_t i = 0; i < row.choices.size(); ++i) {
      text.append(i == 0 ? "" : ", ").append(row.choices[i]);
    }
    return text;
  }
  const bool number = row.type == OptionType::kInteger || row.type == OptionType::kSize ||
                      row.type == OptionType::kDuration;
  if (!number) return "";
  if (row.max == kNoMax) return "at least " + RenderBound(row, row.min);
  return RenderBound(row, row.min) + " to " + RenderBound(row, row.max);
}

}  // namespace hydrant
