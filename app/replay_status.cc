#include "app/replay_status.h"

#include "app/console.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace hydrant {
namespace {

using Json = nlohmann::json;

// What a node reads at once for a replay goes out at once; what comes next waits for the rate.
constexpr uint64_t kBurstBytes = 1 << 20;

std::string TextOf(const Json& replay, const char* member) {
  const auto found = replay.find(member);
  return found != replay.end() && found->is_string() ? found->get<std::string>() : "";
}

uint64_t CountOf(const Json& replay, const char* member) {
  const auto found = replay.find(member);
  return found != replay.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

ReplayStatus StatusOf(const Json& replay) {
  return {.id = TextOf(replay, "id"),
          .stream = TextOf(replay, "stream"),
          .state = TextOf(replay, "state"),
          .detail = TextOf(replay, "detail"),
          .destination = TextOf(replay, "destination"),
          .from = CountOf(replay, "from"),
          .to = CountOf(replay, "to"),
          .reached = CountOf(replay, "reached"),
          .first_arrival = TextOf(replay, "first_arrival"),
          .last_arrival = TextOf(replay, "last_arrival"),
          .log_bytes = CountOf(replay, "log_bytes"),
          .expected_objects = CountOf(replay, "expected_objects"),
          .rate = CountOf(replay, "rate"),
          .delivered_records = CountOf(replay, "delivered_records"),
          .delivered_bytes = CountOf(replay, "delivered_bytes"),
          .given_up_records = CountOf(replay, "given_up_records"),
          .missed_records = CountOf(replay, "missed_records"),
          .last_error = TextOf(replay, "last_error")};
}

std::string RenderTime(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(std::clamp(seconds, 0.0, 1e12)));
  if (whole < 120) return absl::StrFormat("%d s", whole);
  if (whole < 7200) return absl::StrFormat("%d min", whole / 60);
  return absl::StrFormat("%d h %d min", whole / 3600, whole / 60 % 60);
}

// What did not go where it should have, when there is such.
std::string Exceptions(const ReplayStatus& replay) {
  std::string text;
  if (replay.given_up_records > 0) {
    text += ", " + RenderCount(replay.given_up_records) + " given up (to the error output)";
  }
  if (replay.missed_records > 0) {
    text += ", " + RenderCount(replay.missed_records) + " no longer in the log";
  }
  return text;
}

std::string Rate(const ReplayStatus& replay, absl::Duration elapsed) {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  return RenderBytes(static_cast<double>(replay.delivered_bytes) / seconds) + "/s";
}

// The last burst is not waited for.
std::string RenderTaking(const ReplayStatus& plan) {
  if (plan.rate == 0 || plan.log_bytes <= kBurstBytes) return "as long as the destination needs";
  const auto rate = static_cast<double>(plan.rate);
  const double seconds = static_cast<double>(plan.log_bytes - kBurstBytes) / rate;
  return "at least about " + RenderTime(std::ceil(seconds)) + ", at " + RenderBytes(rate) +
         "/s in bursts of up to 1 MiB";
}

}  // namespace

StatusOr<ReplayStatus> ParseReplay(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("state")) {
    return InvalidArgument("the answer tells of no replay; --admin must name a hydrant node");
  }
  return StatusOf(json);
}

StatusOr<std::vector<ReplayStatus>> ParseReplayList(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("replays") || !json["replays"].is_array()) {
    return InvalidArgument("the answer has no list of replays; --admin must name a hydrant node");
  }
  std::vector<ReplayStatus> replays;
  for (const Json& replay : json["replays"]) {
    if (replay.is_object()) replays.push_back(StatusOf(replay));
  }
  return replays;
}

std::string RenderPlan(const ReplayStatus& plan) {
  std::string text = "A replay of " + Plain(plan.stream) + " would send\n";
  auto line = [&](std::string_view label, const std::string& value) {
    text += absl::StrFormat("  %-9s%s\n", std::string(label), value);
  };
  line("records", RenderCount(plan.to - plan.from) + ", positions " + std::to_string(plan.from) +
                      " to " + std::to_string(plan.to - 1));
  line("arrived", Plain(plan.first_arrival) + " to " + Plain(plan.last_arrival));
  line("size", "about " + RenderBytes(static_cast<double>(plan.log_bytes)) + " in the log, about " +
                   RenderCount(plan.expected_objects) +
                   (plan.expected_objects == 1 ? " object" : " objects"));
  line("to", Plain(plan.destination));
  line("taking", RenderTaking(plan));
  return text + "Nothing was sent: this is a dry run.\n";
}

std::string RenderProgress(const ReplayStatus& replay, absl::Duration elapsed) {
  const uint64_t all = replay.to - replay.from;
  const uint64_t passed = replay.reached - replay.from;
  const double share = all == 0 ? 1 : static_cast<double>(passed) / static_cast<double>(all);
  std::string text = absl::StrFormat(
      "replay %s: %s of %s records (%d %%)%s, %s", Plain(replay.id), RenderCount(passed),
      RenderCount(all), static_cast<int>(share * 100), Exceptions(replay), Rate(replay, elapsed));
  if (passed > 0 && passed < all) {
    text += ", " + RenderTime(absl::ToDoubleSeconds(elapsed) * (1 - share) / share) + " left";
  }
  if (!replay.last_error.empty()) text += "; retrying: " + Plain(replay.last_error);
  return text;
}

std::string RenderEnd(const ReplayStatus& replay, absl::Duration elapsed, std::string_view go_on) {
  std::string text = "replay " + Plain(replay.id) + " is " + Plain(replay.state) + ": " +
                     RenderCount(replay.delivered_records) + " records (" +
                     RenderBytes(static_cast<double>(replay.delivered_bytes)) +
                     ") were sent again to " + Plain(replay.destination) + " in " +
                     RenderTime(absl::ToDoubleSeconds(elapsed)) + Exceptions(replay) + "\n";
  if (replay.state == "done") return text;
  text += "It reached position " + std::to_string(replay.reached) + " of " +
          std::to_string(replay.to) + ": " + Plain(replay.detail) + ".";
  if (!go_on.empty()) text.append(" Go on with\n  ").append(go_on);
  return text + "\n";
}

std::string RenderReplays(const std::vector<ReplayStatus>& replays) {
  if (replays.empty()) return "no replay runs, and none has ended since the node was started\n";
  std::string text = absl::StrFormat("%-8s  %-7s  %15s  %15s  %15s  %s\n", "REPLAY", "STATE",
                                     "FROM", "REACHED", "TO", "DESTINATION");
  for (const ReplayStatus& replay : replays) {
    const std::string why = replay.detail.empty() ? replay.last_error : replay.detail;
    text += absl::StrFormat("%-8s  %-7s  %15d  %15d  %15d  %s%s\n", Plain(replay.id),
                            Plain(replay.state), replay.from, replay.reached, replay.to,
                            Plain(replay.destination), why.empty() ? "" : "  (" + Plain(why) + ")");
  }
  return text;
}

}  // namespace hydrant
