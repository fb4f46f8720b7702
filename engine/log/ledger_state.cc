#include "engine/log/ledger_state.h"

#include "engine/base/check.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

using nlohmann::json;

Status CheckRanges(const PositionRanges& ranges) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].begin >= ranges[i].end || (i > 0 && ranges[i].begin <= ranges[i - 1].end)) {
      return InvalidArgument("positions must be ascending, disjoint ranges that are not empty");
    }
  }
  return absl::OkStatus();
}

auto FindChunk(LedgerState& state, std::string_view id) {
  return std::find_if(state.open_chunks.begin(), state.open_chunks.end(),
                      [id](const ChunkSeal& seal) { return seal.id == id; });
}

bool IsOpen(const LedgerState& state, std::string_view id) {
  return std::any_of(state.open_chunks.begin(), state.open_chunks.end(),
                     [id](const ChunkSeal& seal) { return seal.id == id; });
}

void NoteHighest(LedgerState& state, const PositionRanges& ranges) {
  if (!ranges.empty()) state.highest = std::max(state.highest, ranges.back().end);
}

void Settle(LedgerState& state, const PositionRanges& ranges) {
  NoteHighest(state, ranges);
  for (const PositionRange& range : ranges) {
    if (range.end > state.watermark) {
      AddRange(state.settled, {std::max(range.begin, state.watermark), range.end});
    }
  }
  // Ranges are not adjacent, so at most the first one touches the watermark.
  if (!state.settled.empty() && state.settled.front().begin == state.watermark) {
    state.watermark = state.settled.front().end;
    state.settled.erase(state.settled.begin());
  }
}

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

json ToJson(const SealEntry& entry) {
  const ChunkSeal& seal = entry.seal;
  return {{"op", "seal"},
          {"id", seal.id},
          {"name", seal.name},
          {"partition", seal.partition},
          {"positions", ToJson(seal.positions)},
          {"records", seal.record_count},
          {"bytes", seal.payload_bytes},
          {"oldest_us", absl::ToUnixMicros(seal.oldest_arrival)}};
}
json ToJson(const DoneEntry& entry) { return {{"op", "done"}, {"id", entry.chunk_id}}; }
json ToJson(const SettleEntry& entry) {
  return {{"op", "settle"}, {"positions", ToJson(entry.positions)}, {"lost", entry.lost_records}};
}
json ToJson(const StateEntry& entry) {
  return {{"op", "state"},
          {"watermark", entry.watermark.value},
          {"settled", ToJson(entry.settled)},
          {"highest", entry.highest.value},
          {"lost", entry.lost_records}};
}

// The whole range of int64 stands for a time; its end for "never".
absl::Time TimeFromMicros(int64_t micros) {
  return micros == INT64_MAX ? absl::InfiniteFuture() : absl::FromUnixMicros(micros);
}

SealEntry SealFromJson(const json& object) {
  ChunkSeal seal;
  seal.id = object.at("id").get<std::string>();
  seal.name = object.at("name").get<std::string>();
  seal.partition = object.at("partition").get<std::string>();
  seal.positions = RangesFromJson(object.at("positions"));
  seal.record_count = object.at("records").get<uint64_t>();
  seal.payload_bytes = object.at("bytes").get<uint64_t>();
  seal.oldest_arrival = TimeFromMicros(object.at("oldest_us").get<int64_t>());
  return {std::move(seal)};
}

StatusOr<LedgerEntry> FromJson(const json& object) {
  const std::string op = object.at("op").get<std::string>();
  if (op == "seal") return SealFromJson(object);
  if (op == "done") return DoneEntry{object.at("id").get<std::string>()};
  if (op == "settle") {
    return SettleEntry{RangesFromJson(object.at("positions")), object.value("lost", uint64_t{0})};
  }
  if (op == "state") {
    return StateEntry{{object.at("watermark").get<uint64_t>()},
                      RangesFromJson(object.at("settled")),
                      {object.at("highest").get<uint64_t>()},
                      object.value("lost", uint64_t{0})};
  }
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "unknown kind of entry '" + op + "'");
}

struct Checker {
  const LedgerState& state;

  Status operator()(const SealEntry& entry) const {
    if (IsOpen(state, entry.seal.id)) {
      return absl::AlreadyExistsError("chunk " + entry.seal.id + " is sealed already");
    }
    return CheckRanges(entry.seal.positions);
  }
  Status operator()(const DoneEntry& entry) const {
    if (IsOpen(state, entry.chunk_id)) return absl::OkStatus();
    return NotFound("chunk '" + entry.chunk_id + "' is not open in this ledger");
  }
  Status operator()(const SettleEntry& entry) const { return CheckRanges(entry.positions); }
  Status operator()(const StateEntry& entry) const {
    RETURN_IF_ERROR(CheckRanges(entry.settled));
    const Position top = entry.settled.empty()
                             ? entry.watermark
                             : std::max(entry.watermark, entry.settled.back().end);
    if (entry.highest < top ||
        (!entry.settled.empty() && entry.settled.front().begin <= entry.watermark)) {
      return InvalidArgument("settled positions must lie above the watermark, below the highest");
    }
    return absl::OkStatus();
  }
};

struct Applier {
  LedgerState& state;

  void operator()(const SealEntry& entry) const {
    NoteHighest(state, entry.seal.positions);
    state.open_chunks.push_back(NormalSeal(entry.seal));
  }
  void operator()(const DoneEntry& entry) const {
    const auto chunk = FindChunk(state, entry.chunk_id);
    HYDRANT_CHECK(chunk != state.open_chunks.end());
    Settle(state, chunk->positions);
    state.open_chunks.erase(chunk);
  }
  void operator()(const SettleEntry& entry) const {
    Settle(state, entry.positions);
    state.lost_records += entry.lost_records;
  }
  void operator()(const StateEntry& entry) const {
    state = {entry.watermark, entry.settled, {}, entry.highest, entry.lost_records};
  }
};

}  // namespace

Status CheckEntry(const LedgerState& state, const LedgerEntry& entry) {
  return std::visit(Checker{state}, entry);
}

uint64_t CountUnsettled(const LedgerState& state, const PositionRanges& positions) {
  uint64_t count = 0;
  for (const PositionRange& range : positions) {
    const Position begin = std::max(range.begin, state.watermark);
    if (begin < range.end)
      count += CountPositions(SubtractRanges({begin, range.end}, state.settled));
  }
  return count;
}

void ApplyEntry(LedgerState& state, const LedgerEntry& entry) { std::visit(Applier{state}, entry); }

ChunkSeal NormalSeal(ChunkSeal seal) {
  seal.oldest_arrival = TimeFromMicros(absl::ToUnixMicros(seal.oldest_arrival));
  return seal;
}

StatusOr<std::string> EntryToJson(const LedgerEntry& entry) {
  try {
    return std::visit([](const auto& e) { return ToJson(e).dump(); }, entry);
  } catch (const json::exception& error) {
    return InvalidArgument(std::string("a text of this ledger entry is not UTF-8: ") +
                           error.what());
  }
}

StatusOr<LedgerEntry> EntryFromJson(std::string_view text) {
  try {
    return FromJson(json::parse(text));
  } catch (const json::exception& error) {
    return InvalidArgument(std::string("not a ledger entry: ") + error.what());
  }
}

}  // namespace hydrant
