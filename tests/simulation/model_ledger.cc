// What logs and ledgers may say.
#include "engine/log/ledger_state.h"
#include "tests/simulation/model.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <variant>

namespace hydrant::simulation {
namespace {

// The node's clock and ours differ by the work under way.
constexpr absl::Duration kEarlyMax = absl::Seconds(1);
// An attempt that hangs ends first, and the ledger is told.
constexpr absl::Duration kLateMax = absl::Minutes(3);

}  // namespace

template <typename Visit>
void Model::EachRecord(Place place, const PositionRanges& positions, Visit visit) const {
  const Stream& stream = streams_[place.stream];
  const bool drops = stream.branches[place.branch].traits.transforms;
  for (const PositionRange& range : positions) {
    for (uint64_t at = range.begin.value; at < range.end.value && at < stream.log.size(); ++at) {
      const uint32_t record = stream.log[at];
      if (record == 0 || (drops && IsDropped(record - 1))) continue;
      visit(record - 1);
    }
  }
}

void Model::Opened(Place place, const LedgerState& ledger) {
  Branch& branch = At(place);
  if (branch.must_adopt) {
    branch.must_adopt = false;
    branch.settled = SettledOf(ledger);
    branch.durable_watermark = ledger.watermark;
  } else if (streams_[place.stream].lost_power) {
    AdoptLost(branch, ledger);
  }
  if (streams_[place.stream].durable && ledger.watermark < branch.durable_watermark) {
    Violate(absl::StrCat(NameOf(place), ": the ledger was synced with watermark ",
                         branch.durable_watermark.value, " and opened again with ",
                         ledger.watermark.value));
  }
  const std::map<std::string, Chunk> known = std::exchange(branch.chunks, {});
  for (const ChunkSeal& seal : ledger.open_chunks) {
    Chunk& chunk = branch.chunks[seal.id];
    if (const auto found = known.find(seal.id); found != known.end()) chunk = found->second;
    chunk.positions = seal.positions;
    chunk.destination = seal.failures.empty() ? static_cast<int>(seal.destination) : kErrorOutput;
  }
  LedgerChanged(place, ledger);
  LedgerSynced(place, ledger.watermark);
  Disturbed(place.stream);
}

// What the disk did not let it note when it opened first is noted now.
void Model::AdoptLost(Branch& branch, const LedgerState& ledger) {
  PositionRanges ahead;
  for (const PositionRange& range : SettledOf(ledger)) {
    for (const PositionRange& left : SubtractRanges(range, branch.settled)) AddRange(ahead, left);
  }
  if (ledger.lost_records < branch.lost_records + CountPositions(ahead)) return;
  for (const PositionRange& range : ahead) AddRange(branch.settled, range);
}

void Model::Appended(int number, Position first, const std::vector<uint32_t>& records) {
  std::vector<uint32_t>& log = streams_[number].log;
  const size_t end = first.value + records.size();
  if (log.size() < end) log.resize(end, 0);
  for (size_t i = 0; i < records.size(); ++i) {
    log[first.value + i] = records[i];
    if (records[i] > 0) records_[records[i] - 1].position = first.value + i;
  }
}

void Model::Writes(Place place, const LedgerEntry& entry) {
  std::visit([&](const auto& what) { Write(place, what); }, entry);
}

void Model::Settle(Place place, const PositionRanges& positions, int destination) {
  Branch& branch = At(place);
  const Store& store = StoreOf(place, destination);
  const bool away = destination > 0 && branch.traits.copies_back;
  EachRecord(place, SubtractRanges(positions, branch.settled), [&](uint32_t record) {
    if (store.Holds(record) && !away) return;
    Violate(absl::StrCat(NameOf(place), ": the ledger settles ", Describe(record), ", which its ",
                         away ? "own " : "", "destination has not"));
  });
  for (const PositionRange& range : positions) AddRange(branch.settled, range);
}

void Model::Write(Place place, const SealChunk& entry) {
  const ChunkSeal& seal = entry.seal;
  Chunk& chunk = At(place).chunks[seal.id];
  chunk.positions = seal.positions;
  chunk.destination = seal.failures.empty() ? static_cast<int>(seal.destination) : kErrorOutput;
}

void Model::Write(Place place, const FinishChunk& entry) {
  const auto found = At(place).chunks.find(entry.id);
  if (found == At(place).chunks.end()) return;
  Settle(place, found->second.positions, found->second.destination);
  found->second.ended = true;
}

void Model::Write(Place place, const ReduceChunk& entry) {
  const auto found = At(place).chunks.find(entry.id);
  if (found == At(place).chunks.end()) return;
  Chunk& chunk = found->second;
  PositionRanges delivered = SubtractRanges(chunk.positions, entry.left);
  for (const Failure& failure : entry.failures) {
    CheckGivenUp(place, entry.id, chunk, failure);
    delivered = SubtractRanges(delivered, failure.positions);
  }
  if (entry.elsewhere) {
    PutElsewhere(place, delivered, chunk.destination);
  } else {
    Settle(place, delivered, chunk.destination);
  }
  chunk.positions = entry.left;
  chunk.ended = entry.left.empty();
}

void Model::Write(Place place, const FinishElsewhere& entry) {
  const auto found = At(place).chunks.find(entry.id);
  if (found == At(place).chunks.end()) return;
  found->second.ended = true;
  PutElsewhere(place, found->second.positions, found->second.destination);
}

void Model::PutElsewhere(Place place, const PositionRanges& positions, int destination) {
  const PositionRanges unsettled = SubtractRanges(positions, At(place).settled);
  // A copy for the stream's own destination is left at the one that has it.
  const std::vector<Store>& stores = At(place).destinations;
  EachRecord(place, unsettled, [&](uint32_t record) {
    ++elsewhere_;
    const bool held = destination > 0
                          ? stores[destination].Holds(record)
                          : std::any_of(stores.begin() + 1, stores.end(),
                                        [&](const Store& store) { return store.Holds(record); });
    if (held) return;
    Violate(absl::StrCat(NameOf(place), ": the ledger counts ", Describe(record),
                         " as delivered elsewhere, where it is not"));
  });
}

void Model::Write(Place place, const RerouteChunk& entry) {
  const auto found = At(place).chunks.find(entry.id);
  if (found == At(place).chunks.end()) return;
  Chunk& chunk = found->second;
  chunk.destination = static_cast<int>(entry.destination);
  chunk.failing_since = chunk.failing_here = absl::InfiniteDuration();
  trace_.Note(NameOf(place), " sends a chunk to destination ", entry.destination);
}

void Model::Write(Place /*place*/, const NoteAttempts& /*entry*/) {}

void Model::Write(Place place, const FailPositions& entry) {
  for (const Failure& failure : entry.failures) {
    given_up_ += CountPositions(failure.positions);
    if (At(place).traits.may_quarantine) continue;
    Violate(absl::StrCat(NameOf(place), ": records are given up, though no transform fails"));
  }
}

void Model::Write(Place place, const SettlePositions& entry) {
  Write(place, LosePositions{entry.positions});
}

void Model::Write(Place place, const LosePositions& entry) {
  Branch& branch = At(place);
  for (const PositionRange& range : entry.positions) {
    for (const PositionRange& left : SubtractRanges(range, branch.settled)) {
      if (!streams_[place.stream].lost_power) {
        Violate(absl::StrCat(NameOf(place), ": positions ", left.begin.value, " to ",
                             left.end.value, " are given up as lost, though no disk forgot them"));
      }
    }
    AddRange(branch.settled, range);
  }
}

// Only what the destination refuses, or did not take for the whole of its retry duration, or what a component
// fails on again and again.
void Model::CheckGivenUp(Place place, const std::string& id, const Chunk& chunk,
                         const Failure& failure) {
  Branch& branch = At(place);
  given_up_ += CountPositions(failure.positions);
  if (chunk.crashes >= 3 || streams_[place.stream].lost_power) return;
  // A transform failed when the chunk was built again.
  if (branch.traits.may_quarantine && !failure.transformed) return;
  bool refused = true;
  EachRecord(place, failure.positions,
             [&](uint32_t record) { refused = refused && branch.rejected.contains(record); });
  if (refused) return;
  const Store& store = StoreOf(place, chunk.destination);
  if (!store.traits.retry) {
    return Violate(absl::StrCat(NameOf(place), ": records of chunk ", ToAbsl(id), " are given up (",
                                ToAbsl(failure.error_code),
                                ") at a destination that is tried for ever"));
  }
  // What was tried has its own time; what never was, the destination's.
  const bool tried = chunk.failing_since < absl::InfiniteDuration();
  const absl::Duration failing =
      time_.elapsed() - (tried ? chunk.failing_since : store.failing_since);
  if (failing >= *store.traits.retry - kEarlyMax || clock_stepped_) return;
  Violate(absl::StrCat(NameOf(place), ": records are given up (", ToAbsl(failure.error_code),
                       ") after ", absl::FormatDuration(failing), " of ",
                       absl::FormatDuration(*store.traits.retry)));
}

void Model::Disturbed(int stream) {
  for (Branch& branch : streams_[stream].branches) {
    for (auto& [id, chunk] : branch.chunks) chunk.failing_here = absl::InfiniteDuration();
  }
}

void Model::CheckTime() {
  for (size_t stream = 0; stream < streams_.size(); ++stream) {
    for (size_t number = 0; number < streams_[stream].branches.size(); ++number) {
      const Place place{static_cast<int>(stream), static_cast<int>(number)};
      for (const auto& [id, chunk] : At(place).chunks) {
        const std::optional<absl::Duration> retry = StoreOf(place, chunk.destination).traits.retry;
        const bool may_fail = chunk.ended || !retry;
        if (may_fail || time_.elapsed() - chunk.failing_here <= *retry + kLateMax) continue;
        Violate(absl::StrCat(NameOf(place), ": a chunk fails since ",
                             absl::FormatDuration(time_.elapsed() - chunk.failing_here),
                             " and is not given up, with a retry duration of ",
                             absl::FormatDuration(*retry)));
      }
    }
  }
}

void Model::LedgerChanged(Place place, const LedgerState& ledger) {
  Branch& branch = At(place);
  branch.counted = SettledOf(ledger);
  branch.lost_records = ledger.lost_records;
  for (const PositionRange& range : branch.counted) {
    const PositionRanges ahead = SubtractRanges(range, branch.settled);
    if (ahead.empty()) continue;
    return Violate(absl::StrCat(NameOf(place), ": the ledger (watermark ", ledger.watermark.value,
                                ") counts positions ", ahead[0].begin.value, " to ",
                                ahead[0].end.value,
                                " as settled, which are neither delivered nor lost"));
  }
}

void Model::LedgerSynced(Place place, Position watermark) {
  Branch& branch = At(place);
  branch.durable_watermark = std::max(branch.durable_watermark, watermark);
}

void Model::LogBegins(int number, Position begin) {
  // Where the ledger may lose power, so may what it knew of records that the log forgot.
  if (streams_[number].lost_power) return;
  for (const Branch& branch : streams_[number].branches) {
    if (begin <= branch.durable_watermark) continue;
    Violate(absl::StrCat("stream ", number, ": the log begins at ", begin.value,
                         ", but a ledger's durable watermark is ", branch.durable_watermark.value));
  }
}

}  // namespace hydrant::simulation
