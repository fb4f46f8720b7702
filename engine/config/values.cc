#include "engine/config/values.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <array>
#include <charconv>
#include <cmath>

namespace hydrant {
namespace {

struct SizeUnit {
  std::string_view name;
  uint64_t bytes;
};
constexpr SizeUnit kSizeUnits[] = {
    {"TiB", uint64_t{1} << 40},
    {"GiB", uint64_t{1} << 30},
    {"MiB", uint64_t{1} << 20},
    {"KiB", uint64_t{1} << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000},
    {"B", 1},
};

struct DurationUnit {
  std::string_view name;
  absl::Duration length;
};
const std::array<DurationUnit, 6>& DurationUnits() {
  static const std::array<DurationUnit, 6> units = {{{"d", absl::Hours(24)},
                                                     {"h", absl::Hours(1)},
                                                     {"m", absl::Minutes(1)},
                                                     {"s", absl::Seconds(1)},
                                                     {"ms", absl::Milliseconds(1)},
                                                     {"us", absl::Microseconds(1)}}};
  return units;
}

constexpr std::string_view kSizeRule =
    "must be a number of bytes, or a number with a unit: KiB, MiB, GiB, TiB, kB, MB, GB, TB";
constexpr std::string_view kDurationRule =
    "must be a number of seconds, or numbers with units: d, h, m, s, ms, us (such as 1m30s)";

// Above this a double no longer holds every whole number; nothing sensible is that large.
constexpr double kSizeMax = 9.0e15;
constexpr double kDurationSecondsMax = 10 * 365 * 86400.0;

// Takes a number without sign or exponent ("12", "1.5") from the front of `text`.
bool TakeNumber(std::string_view& text, double& number) {
  size_t digits = text.find_first_not_of("0123456789.");
  if (digits == std::string_view::npos) digits = text.size();
  const std::string_view part = text.substr(0, digits);
  if (part.empty() || part.front() == '.' || part.back() == '.') return false;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  if (error != std::errc() || end != part.data() + part.size()) return false;
  text.remove_prefix(digits);
  return true;
}

std::string_view Trim(std::string_view text) {
  return FromAbsl(absl::StripAsciiWhitespace(ToAbsl(text)));
}

}  // namespace

StatusOr<uint64_t> ParseSize(std::string_view text) {
  text = Trim(text);
  double number = 0;
  if (!TakeNumber(text, number)) return InvalidArgument(kSizeRule);
  text = Trim(text);
  double bytes = text.empty() ? number : -1;
  for (const SizeUnit& unit : kSizeUnits) {
    if (absl::EqualsIgnoreCase(ToAbsl(text), ToAbsl(unit.name))) bytes = number * unit.bytes;
  }
  if (bytes < 0) return InvalidArgument(kSizeRule);
  if (bytes > kSizeMax) return InvalidArgument("must be at most 8 PiB");
  if (bytes != std::floor(bytes)) return InvalidArgument("must be a whole number of bytes");
  return static_cast<uint64_t>(bytes);
}

StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  text = Trim(text);
  if (text.empty()) return InvalidArgument(kDurationRule);
  absl::Duration total;
  for (bool first = true; !text.empty(); first = false) {
    double number = 0;
    if (!TakeNumber(text, number)) return InvalidArgument(kDurationRule);
    const size_t unit_end = std::min(text.size(), text.find_first_of("0123456789."));
    const std::string_view name = text.substr(0, unit_end);
    text.remove_prefix(unit_end);
    absl::Duration length;
    if (name.empty() && first && text.empty()) length = absl::Seconds(1);
    for (const DurationUnit& unit : DurationUnits()) {
      if (unit.name == name) length = unit.length;
    }
    if (length == absl::ZeroDuration()) return InvalidArgument(kDurationRule);
    total += number * length;
    if (absl::ToDoubleSeconds(total) > kDurationSecondsMax) {
      return InvalidArgument("must be at most 10 years");
    }
  }
  return total;
}

StatusOr<int64_t> ParseInteger(std::string_view text) {
  text = Trim(text);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("must be a whole number");
  }
  return number;
}

StatusOr<bool> ParseBoolean(std::string_view text) {
  text = Trim(text);
  if (absl::EqualsIgnoreCase(ToAbsl(text), "true")) return true;
  if (absl::EqualsIgnoreCase(ToAbsl(text), "false")) return false;
  return InvalidArgument("must be true or false");
}

std::string RenderSize(uint64_t bytes) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (unit.bytes > 1 && bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + " " + std::string(unit.name);
    }
  }
  return std::to_string(bytes);
}

std::string RenderDuration(absl::Duration duration) {
  return std::string(FromAbsl(absl::FormatDuration(duration)));
}

}  // namespace hydrant
