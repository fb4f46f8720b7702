#include "app/replay_request.h"

#include "app/http_session.h"
#include "engine/stream/replay_spec.h"

#include <absl/strings/ascii.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hydrant {
namespace {

constexpr std::array<const char*, 5> kTimesWithoutZone = {"%Y-%m-%d%ET%H:%M:%E*S",
                                                          "%Y-%m-%d%ET%H:%M", "%Y-%m-%d %H:%M:%E*S",
                                                          "%Y-%m-%d %H:%M", "%Y-%m-%d"};

// Whoever leaves the zone out means their own, which the node need not share.
Status CheckZone(std::string_view field, const std::string& point) {
  absl::Time time;
  const bool lacks_zone = std::any_of(
      kTimesWithoutZone.begin(), kTimesWithoutZone.end(),
      [&](const char* format) { return absl::ParseTime(format, point, &time, nullptr); });
  if (!lacks_zone || time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return absl::OkStatus();
  }
  return InvalidArgument(std::string(field) + ": \"" + point + "\" needs a zone: " +
                         absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()) +
                         " is UTC, with +01:00 in place of the Z it is an hour ahead of UTC");
}

// What a URL would have to escape is in no stream's name and in no replay's id.
bool IsName(const std::string& text) { return !text.empty() && EscapePathSegment(text) == text; }

// What starts a replay is nothing to those who look at one.
Status CheckHeeded(const ReplayOptions& options) {
  const std::string instead = options.list ? "--list" : "--stop";
  const std::pair<const char*, bool> given[] = {{"--from", !options.from.empty()},
                                                {"--to", !options.to.empty()},
                                                {"--destination", !options.destination.empty()},
                                                {"--rate", !options.rate.empty()},
                                                {"--dry-run", options.dry_run},
                                                {"--detach", options.detach},
                                                {"--stop", options.list && !options.stop.empty()}};
  for (const auto& [option, is_given] : given) {
    if (is_given) return InvalidArgument(instead + " takes no " + option);
  }
  return absl::OkStatus();
}

std::string Quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) ||
           std::string_view("-_./:=@%+,").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string Option(std::string_view name, const std::string& value) {
  return value.empty() ? "" : " --" + std::string(name) + " " + Quoted(value);
}

std::string ToNode(const ReplayOptions& options, const std::string& admin) {
  const bool set = options.admin.empty() && !options.config.overrides.empty();
  return Option("admin", set ? admin : options.admin) + Option("config", options.config.file);
}

}  // namespace

Status CheckReplayOptions(const ReplayOptions& options, absl::Time now) {
  if (!IsName(options.stream)) {
    return InvalidArgument("there is no stream \"" + options.stream +
                           "\": names have letters, digits, \"_\", \"-\" and \".\" only");
  }
  if (options.list || !options.stop.empty()) {
    RETURN_IF_ERROR(CheckHeeded(options));
    if (options.list || IsName(options.stop)) return absl::OkStatus();
    return InvalidArgument("there is no replay \"" + options.stop + "\"; --list shows them");
  }
  if (options.from.empty()) {
    return InvalidArgument(
        "--from is missing: a position (1200), a time "
        "(2026-11-21T09:30:00Z), how long ago (10m) or \"oldest\"");
  }
  RETURN_IF_ERROR(CheckZone("from", options.from));
  RETURN_IF_ERROR(CheckZone("to", options.to));
  return ParseReplaySpec(ReplayRequest(options), now).status();
}

std::string ReplayRequest(const ReplayOptions& options) {
  nlohmann::json request = {{"from", options.from}};
  if (!options.to.empty()) request["to"] = options.to;
  if (!options.destination.empty()) request["destination"] = options.destination;
  if (!options.rate.empty()) request["rate"] = options.rate;
  if (options.dry_run) request["dry_run"] = true;
  return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string GoOnCommand(const ReplayOptions& options, const std::string& admin,
                        const ReplayStatus& replay) {
  return "hydrant replay " + Quoted(options.stream) + " --from " + std::to_string(replay.reached) +
         " --to " + std::to_string(replay.to) + Option("destination", options.destination) +
         Option("rate", options.rate) + ToNode(options, admin);
}

std::string StopCommand(const ReplayOptions& options, const std::string& admin,
                        const std::string& id) {
  return "hydrant replay " + Quoted(options.stream) + Option("stop", id) + ToNode(options, admin);
}

}  // namespace hydrant
