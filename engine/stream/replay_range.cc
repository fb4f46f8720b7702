#include "engine/stream/replay_range.h"

#include <algorithm>
#include <string>

namespace hydrant {
namespace {

std::string Text(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

std::string Text(Position position) { return "position " + std::to_string(position.value); }

StatusOr<absl::Time> ArrivalOf(RecordLog& log, Position position) {
  ASSIGN_OR_RETURN(const LogReadResult read, log.Read(position, 1));
  if (!read.batch) return NotFound("the records went while they were looked at; try again");
  return read.batch->arrival();
}

// What the log held when the replay was asked for.
struct Held {
  Position begin;
  Position end;
  absl::Time first_arrival;
  absl::Time last_arrival;
  uint64_t bytes = 0;

  std::string Describe() const {
    return "the log holds positions " + std::to_string(begin.value) + " to " +
           std::to_string(end.value - 1) + ", which arrived from " + Text(first_arrival) + " to " +
           Text(last_arrival);
  }
};

StatusOr<Held> WhatIsHeld(RecordLog& log) {
  const LogStats stats = log.stats();
  if (stats.begin >= stats.durable_end) {
    return NotFound(
        "the log holds no record (any more); the stream's retention says how long it does");
  }
  Held held{stats.begin, stats.durable_end, {}, {}, stats.disk_bytes};
  if (stats.disk_bytes == 0) held.bytes = stats.cached_bytes;  // of a log in memory
  ASSIGN_OR_RETURN(held.first_arrival, ArrivalOf(log, stats.begin));
  ASSIGN_OR_RETURN(held.last_arrival, ArrivalOf(log, Position{stats.durable_end.value - 1}));
  return held;
}

Status GoneBefore(const std::string& what, const Held& held) {
  return MakeStatus(absl::StatusCode::kOutOfRange,
                    "from: " + what + " is before what the log still holds: " + held.Describe() +
                        "; \"oldest\" begins with the first of them");
}

StatusOr<Position> AtTime(RecordLog& log, std::string_view field, absl::Time time, absl::Time now,
                          const Held& held) {
  if (time > now) {
    return InvalidArgument(std::string(field) + ": " + Text(time) +
                           " lies in the future; a replay sends what is there");
  }
  ASSIGN_OR_RETURN(const Position found, log.FindTime(time));
  return std::min(found, held.end);
}

StatusOr<Position> Begin(RecordLog& log, const ReplayPoint& from, absl::Time now,
                         const Held& held) {
  if (const Position* position = std::get_if<Position>(&from)) {
    if (*position < held.begin) return GoneBefore(Text(*position), held);
    if (*position >= held.end) {
      return NotFound("from: there is no record at " + Text(*position) +
                      " yet: " + held.Describe());
    }
    return *position;
  }
  const absl::Time* time = std::get_if<absl::Time>(&from);
  if (time == nullptr) return held.begin;
  ASSIGN_OR_RETURN(const Position found, AtTime(log, "from", *time, now, held));
  // Where records before it are gone, some of them may have arrived in time.
  const bool first = found <= held.begin && held.begin > Position{};
  if (first && *time < held.first_arrival) return GoneBefore(Text(*time), held);
  if (found >= held.end) {
    return NotFound("from: no record has arrived since " + Text(*time) + ": " + held.Describe());
  }
  return std::max(found, held.begin);
}

StatusOr<Position> End(RecordLog& log, const std::optional<ReplayPoint>& to, absl::Time now,
                       const Held& held) {
  if (!to) return held.end;
  if (const Position* position = std::get_if<Position>(&*to)) {
    if (*position <= held.end) return *position;
    return InvalidArgument("to: there is nothing before " + Text(*position) +
                           " yet: " + held.Describe());
  }
  if (const absl::Time* time = std::get_if<absl::Time>(&*to)) {
    return AtTime(log, "to", *time, now, held);
  }
  return held.begin;
}

}  // namespace

StatusOr<ReplayRange> FindReplayRange(RecordLog& log, const ReplaySpec& spec, absl::Time now) {
  ASSIGN_OR_RETURN(const Held held, WhatIsHeld(log));
  ReplayRange range;
  ASSIGN_OR_RETURN(range.positions.begin, Begin(log, spec.from, now, held));
  ASSIGN_OR_RETURN(range.positions.end, End(log, spec.to, now, held));
  if (range.positions.end <= range.positions.begin) {
    return NotFound("to: no record lies between " + Text(range.positions.begin) + " (from) and " +
                    Text(range.positions.end) + " (to): " + held.Describe());
  }
  ASSIGN_OR_RETURN(range.first_arrival, ArrivalOf(log, range.positions.begin));
  ASSIGN_OR_RETURN(range.last_arrival, ArrivalOf(log, Position{range.positions.end.value - 1}));
  const double share =
      static_cast<double>(range.positions.size()) / static_cast<double>(held.end - held.begin);
  range.bytes = static_cast<uint64_t>(static_cast<double>(held.bytes) * share);
  return range;
}

}  // namespace hydrant
