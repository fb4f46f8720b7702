#include "engine/log/ledger_json.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace hydrant {
namespace {

using nlohmann::json;

json ToJson(const PositionRanges& ranges) {
  json list = json::array();
  for (const PositionRange& range : ranges) {
    list.push_back(json::array({range.begin.value, range.end.value}));
  }
  return list;
}

PositionRanges RangesFromJson(const json& list) {
  PositionRanges ranges;
  for (const json& pair : list) {
    ranges.push_back({{pair.at(0).get<uint64_t>()}, {pair.at(1).get<uint64_t>()}});
  }
  return ranges;
}

// The whole range of int64 stands for a time; its end for "never".
absl::Time TimeFromMicros(int64_t micros) {
  return micros == INT64_MAX ? absl::InfiniteFuture() : absl::FromUnixMicros(micros);
}

json ToJson(const Failure& failure) {
  json object = {{"positions", ToJson(failure.positions)},
                 {"type", failure.type},
                 {"code", failure.error_code},
                 {"message", failure.error_message},
                 {"attempts", failure.attempts},
                 {"ended_us", absl::ToUnixMicros(failure.ended)},
                 {"transformed", failure.transformed}};
  if (!failure.details.empty()) object["details"] = failure.details;
  return object;
}

Failure FailureFromJson(const json& object) {
  Failure failure;
  failure.positions = RangesFromJson(object.at("positions"));
  failure.type = object.at("type").get<std::string>();
  failure.error_code = object.at("code").get<std::string>();
  failure.error_message = object.at("message").get<std::string>();
  failure.attempts = object.at("attempts").get<uint32_t>();
  failure.ended = TimeFromMicros(object.at("ended_us").get<int64_t>());
  failure.transformed = object.at("transformed").get<bool>();
  if (const auto found = object.find("details"); found != object.end()) {
    found->get_to(failure.details);
  }
  return failure;
}

json ToJson(const std::vector<Failure>& failures) {
  json list = json::array();
  for (const Failure& failure : failures) list.push_back(ToJson(failure));
  return list;
}

std::vector<Failure> FailuresFromJson(const json& object, const char* member) {
  std::vector<Failure> failures;
  const auto found = object.find(member);
  if (found == object.end()) return failures;
  for (const json& failure : *found) failures.push_back(FailureFromJson(failure));
  return failures;
}

// What most chunks don't have is written only where they have it.
json ToJson(const SealChunk& entry) {
  const ChunkSeal& seal = entry.seal;
  json object = {{"op", "seal"},
                 {"id", seal.id},
                 {"name", seal.name},
                 {"partition", seal.partition},
                 {"positions", ToJson(seal.positions)},
                 {"records", seal.record_count},
                 {"bytes", seal.payload_bytes},
                 {"oldest_us", absl::ToUnixMicros(seal.oldest_arrival)}};
  if (seal.version != 0) object["version"] = seal.version;
  if (seal.destination != 0) object["destination"] = seal.destination;
  if (!seal.failures.empty()) object["failures"] = ToJson(seal.failures);
  if (seal.attempts != 0) {
    object["attempts"] = seal.attempts;
    object["failing_since_us"] = absl::ToUnixMicros(seal.failing_since);
  }
  return object;
}
json ToJson(const FinishChunk& entry) { return {{"op", "done"}, {"id", entry.id}}; }
json ToJson(const ReduceChunk& entry) {
  return {{"op", "reduce"},
          {"id", entry.id},
          {"left", ToJson(entry.left)},
          {"failures", ToJson(entry.failures)},
          {"elsewhere", entry.elsewhere}};
}
json ToJson(const FinishElsewhere& entry) { return {{"op", "elsewhere"}, {"id", entry.id}}; }
json ToJson(const RerouteChunk& entry) {
  return {{"op", "reroute"},
          {"id", entry.id},
          {"name", entry.name},
          {"destination", entry.destination},
          {"version", entry.version}};
}
json ToJson(const NoteAttempts& entry) {
  return {{"op", "attempts"},
          {"id", entry.id},
          {"attempts", entry.attempts},
          {"failing_since_us", absl::ToUnixMicros(entry.failing_since)}};
}
json ToJson(const FailPositions& entry) {
  return {{"op", "fail"}, {"failures", ToJson(entry.failures)}};
}
json ToJson(const SettlePositions& entry) {
  return {{"op", "settle"}, {"positions", ToJson(entry.positions)}};
}
json ToJson(const LosePositions& entry) {
  return {{"op", "lose"}, {"positions", ToJson(entry.positions)}};
}

SealChunk SealFromJson(const json& object) {
  ChunkSeal seal;
  seal.id = object.at("id").get<std::string>();
  seal.name = object.at("name").get<std::string>();
  seal.partition = object.at("partition").get<std::string>();
  seal.positions = RangesFromJson(object.at("positions"));
  seal.record_count = object.at("records").get<uint64_t>();
  seal.payload_bytes = object.at("bytes").get<uint64_t>();
  seal.oldest_arrival = TimeFromMicros(object.at("oldest_us").get<int64_t>());
  seal.version = object.value("version", uint64_t{0});
  seal.destination = object.value("destination", uint32_t{0});
  seal.failures = FailuresFromJson(object, "failures");
  seal.attempts = object.value("attempts", uint32_t{0});
  seal.failing_since = TimeFromMicros(object.value("failing_since_us", INT64_MAX));
  return {std::move(seal)};
}

LedgerState StateFromJson(const json& object) {
  LedgerState state;
  state.watermark = {object.at("watermark").get<uint64_t>()};
  state.settled = RangesFromJson(object.at("settled"));
  state.failed = FailuresFromJson(object, "failed");
  if (const auto found = object.find("elsewhere"); found != object.end()) {
    state.elsewhere = RangesFromJson(*found);
  }
  state.highest = {object.at("highest").get<uint64_t>()};
  state.lost_records = object.value("lost", uint64_t{0});
  return state;
}

LedgerEntry SettleFromJson(const json& object) {
  PositionRanges positions = RangesFromJson(object.at("positions"));
  // Journals of before there was an entry of its own for losses.
  if (object.value("lost", uint64_t{0}) > 0) return LosePositions{std::move(positions)};
  return SettlePositions{std::move(positions)};
}

using ReadEntry = std::variant<LedgerEntry, LedgerState>;

StatusOr<ReadEntry> FromJson(const json& object) {
  const std::string op = object.at("op").get<std::string>();
  auto id = [&] { return object.at("id").get<std::string>(); };
  if (op == "state") return ReadEntry{StateFromJson(object)};
  if (op == "seal") return ReadEntry{SealFromJson(object)};
  if (op == "done") return ReadEntry{FinishChunk{id()}};
  if (op == "reduce") {
    return ReadEntry{ReduceChunk{id(), RangesFromJson(object.at("left")),
                                 FailuresFromJson(object, "failures"),
                                 object.value("elsewhere", false)}};
  }
  if (op == "elsewhere") return ReadEntry{FinishElsewhere{id()}};
  if (op == "reroute") {
    return ReadEntry{RerouteChunk{id(), object.at("name").get<std::string>(),
                                  object.at("destination").get<uint32_t>(),
                                  object.value("version", uint64_t{0})}};
  }
  if (op == "attempts") {
    return ReadEntry{NoteAttempts{id(), object.at("attempts").get<uint32_t>(),
                                  TimeFromMicros(object.at("failing_since_us").get<int64_t>())}};
  }
  if (op == "fail") return ReadEntry{FailPositions{FailuresFromJson(object, "failures")}};
  if (op == "settle") return ReadEntry{SettleFromJson(object)};
  if (op == "lose") return ReadEntry{LosePositions{RangesFromJson(object.at("positions"))}};
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "unknown kind of entry '" + op + "'");
}

StatusOr<std::string> Dump(const json& object) {
  try {
    return object.dump();
  } catch (const json::exception& error) {
    return InvalidArgument(std::string("a text of this ledger entry is not UTF-8: ") +
                           error.what());
  }
}

}  // namespace

StatusOr<std::string> EntryToJson(const LedgerEntry& entry, std::optional<uint64_t> held) {
  json object = std::visit([](const auto& e) { return ToJson(e); }, entry);
  if (held) object["held"] = *held;
  return Dump(object);
}

StatusOr<std::string> StateToJson(const LedgerState& state) {
  json object = {{"op", "state"},
                 {"watermark", state.watermark.value},
                 {"settled", ToJson(state.settled)},
                 {"highest", state.highest.value},
                 {"lost", state.lost_records}};
  if (!state.failed.empty()) object["failed"] = ToJson(state.failed);
  if (!state.elsewhere.empty()) object["elsewhere"] = ToJson(state.elsewhere);
  return Dump(object);
}

StatusOr<JournalEntry> EntryFromJson(std::string_view text) {
  try {
    const json object = json::parse(text);
    JournalEntry read;
    ASSIGN_OR_RETURN(read.entry, FromJson(object));
    if (const auto held = object.find("held"); held != object.end()) {
      read.held = held->get<uint64_t>();
    }
    return read;
  } catch (const json::exception& error) {
    return InvalidArgument(std::string("not a ledger entry: ") + error.what());
  }
}

absl::Time WholeMicros(absl::Time time) { return TimeFromMicros(absl::ToUnixMicros(time)); }

ChunkSeal NormalSeal(ChunkSeal seal) {
  seal.oldest_arrival = WholeMicros(seal.oldest_arrival);
  seal.failing_since = WholeMicros(seal.failing_since);
  seal.failures = NormalFailures(std::move(seal.failures));
  return seal;
}

std::vector<Failure> NormalFailures(std::vector<Failure> failures) {
  for (Failure& failure : failures) failure.ended = WholeMicros(failure.ended);
  return failures;
}

}  // namespace hydrant
