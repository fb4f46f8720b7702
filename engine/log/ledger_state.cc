#include "engine/log/ledger_state.h"

#include "engine/base/check.h"
#include "engine/log/ledger_json.h"

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

Status CheckRanges(const PositionRanges& ranges) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].begin >= ranges[i].end || (i > 0 && ranges[i].begin <= ranges[i - 1].end)) {
      return InvalidArgument("positions must be ascending, disjoint ranges that are not empty");
    }
  }
  return absl::OkStatus();
}

PositionRanges Together(const std::vector<Failure>& failures) {
  PositionRanges all;
  for (const Failure& failure : failures) {
    for (const PositionRange& range : failure.positions) AddRange(all, range);
  }
  return all;
}

// Positions of all failures; an error when a record is in two of them.
StatusOr<PositionRanges> PositionsOf(const std::vector<Failure>& failures) {
  uint64_t count = 0;
  for (const Failure& failure : failures) {
    RETURN_IF_ERROR(CheckRanges(failure.positions));
    count += CountPositions(failure.positions);
  }
  PositionRanges all = Together(failures);
  if (count != CountPositions(all)) return InvalidArgument("a record has two failures");
  return all;
}

auto FindChunk(LedgerState& state, std::string_view id) {
  const auto chunk = std::find_if(state.open_chunks.begin(), state.open_chunks.end(),
                                  [id](const ChunkSeal& seal) { return seal.id == id; });
  HYDRANT_CHECK(chunk != state.open_chunks.end());
  return chunk;
}

void NoteHighest(LedgerState& state, const PositionRanges& ranges) {
  if (!ranges.empty()) state.highest = std::max(state.highest, ranges.back().end);
}

bool MayMeet(const PositionRanges& a, const PositionRanges& b) {
  return !a.empty() && !b.empty() && a.front().begin < b.back().end &&
         b.front().begin < a.back().end;
}

// They are not failed and not elsewhere any more.
void TakeUp(LedgerState& state, const PositionRanges& ranges) {
  NoteHighest(state, ranges);
  if (!state.elsewhere.empty()) state.elsewhere = SubtractRanges(state.elsewhere, ranges);
  // There may be many failures, and each entry concerns few of them.
  for (Failure& failure : state.failed) {
    if (MayMeet(failure.positions, ranges)) {
      failure.positions = SubtractRanges(failure.positions, ranges);
    }
  }
  std::erase_if(state.failed, [](const Failure& failure) { return failure.positions.empty(); });
}

void Settle(LedgerState& state, const PositionRanges& ranges) {
  TakeUp(state, ranges);
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

// What is settled of an open chunk was lost: nobody has it.
void PutElsewhere(LedgerState& state, const PositionRanges& ranges) {
  for (const PositionRange& range : SubtractRanges(ranges, SettledOf(state))) {
    AddRange(state.elsewhere, range);
  }
}

void GiveUp(LedgerState& state, const std::vector<Failure>& failures) {
  TakeUp(state, Together(failures));
  for (Failure& failure : NormalFailures(failures)) state.failed.push_back(std::move(failure));
}

struct Checker {
  const LedgerState& state;

  // Null: kNotFound.
  const ChunkSeal* Find(const std::string& id) const {
    for (const ChunkSeal& seal : state.open_chunks) {
      if (seal.id == id) return &seal;
    }
    return nullptr;
  }
  Status CheckOpen(const std::string& id) const {
    if (Find(id) != nullptr) return absl::OkStatus();
    return NotFound("chunk '" + id + "' is not open in this ledger");
  }

  Status operator()(const SealChunk& entry) const {
    const ChunkSeal& seal = entry.seal;
    if (Find(seal.id) != nullptr) {
      return absl::AlreadyExistsError("chunk " + seal.id + " is sealed already");
    }
    RETURN_IF_ERROR(CheckRanges(seal.positions));
    if (seal.failures.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const PositionRanges failed, PositionsOf(seal.failures));
    if (failed == seal.positions) return absl::OkStatus();
    return InvalidArgument("the positions of a chunk of error documents are those of its failures");
  }
  Status operator()(const FinishChunk& entry) const { return CheckOpen(entry.id); }
  Status operator()(const FinishElsewhere& entry) const { return CheckOpen(entry.id); }
  Status operator()(const RerouteChunk& entry) const { return CheckOpen(entry.id); }
  Status operator()(const NoteAttempts& entry) const { return CheckOpen(entry.id); }
  Status operator()(const ReduceChunk& entry) const {
    RETURN_IF_ERROR(CheckOpen(entry.id));
    RETURN_IF_ERROR(CheckRanges(entry.left));
    ASSIGN_OR_RETURN(const PositionRanges failed, PositionsOf(entry.failures));
    const PositionRanges& held = Find(entry.id)->positions;
    const bool inside =
        SubtractRanges(entry.left, held).empty() && SubtractRanges(failed, held).empty();
    const bool apart = SubtractRanges(failed, entry.left) == failed;
    if (inside && apart) return absl::OkStatus();
    return InvalidArgument("what is left of a chunk and what failed are two parts of it");
  }
  Status operator()(const FailPositions& entry) const {
    return PositionsOf(entry.failures).status();
  }
  Status operator()(const SettlePositions& entry) const { return CheckRanges(entry.positions); }
  Status operator()(const LosePositions& entry) const { return CheckRanges(entry.positions); }
};

// Of a chunk of error documents: those of the positions that are left.
std::vector<Failure> FailuresWithin(std::vector<Failure> failures, const PositionRanges& left) {
  for (Failure& failure : failures) {
    failure.positions = SubtractRanges(failure.positions, SubtractRanges(failure.positions, left));
  }
  std::erase_if(failures, [](const Failure& failure) { return failure.positions.empty(); });
  return failures;
}

struct Applier {
  LedgerState& state;

  void operator()(const SealChunk& entry) const {
    TakeUp(state, entry.seal.positions);
    state.open_chunks.push_back(NormalSeal(entry.seal));
  }
  void operator()(const FinishChunk& entry) const {
    const auto chunk = FindChunk(state, entry.id);
    Settle(state, chunk->positions);
    state.open_chunks.erase(chunk);
  }
  void operator()(const ReduceChunk& entry) const {
    const auto chunk = FindChunk(state, entry.id);
    const PositionRanges delivered =
        SubtractRanges(SubtractRanges(chunk->positions, entry.left), Together(entry.failures));
    if (entry.left.empty()) {
      state.open_chunks.erase(chunk);
    } else {
      chunk->positions = entry.left;
      chunk->failures = FailuresWithin(std::move(chunk->failures), entry.left);
    }
    if (entry.elsewhere) {
      PutElsewhere(state, delivered);
    } else {
      Settle(state, delivered);
    }
    GiveUp(state, entry.failures);
  }
  void operator()(const FinishElsewhere& entry) const {
    const auto chunk = FindChunk(state, entry.id);
    PutElsewhere(state, chunk->positions);
    state.open_chunks.erase(chunk);
  }
  void operator()(const RerouteChunk& entry) const {
    const auto chunk = FindChunk(state, entry.id);
    chunk->name = entry.name;
    chunk->destination = entry.destination;
    chunk->version = entry.version;
    chunk->attempts = 0;
    chunk->failing_since = absl::InfiniteFuture();
  }
  void operator()(const NoteAttempts& entry) const {
    const auto chunk = FindChunk(state, entry.id);
    chunk->attempts = entry.attempts;
    chunk->failing_since = WholeMicros(entry.failing_since);
  }
  void operator()(const FailPositions& entry) const { GiveUp(state, entry.failures); }
  void operator()(const SettlePositions& entry) const { Settle(state, entry.positions); }
  void operator()(const LosePositions& entry) const {
    state.lost_records += CountUnsettled(state, entry.positions);
    Settle(state, entry.positions);
  }
};

struct HeldCounter {
  const LedgerState& state;

  std::optional<uint64_t> Count(const std::string& id) const {
    const ChunkSeal* chunk = Checker{state}.Find(id);
    return chunk == nullptr ? std::nullopt : std::optional(CountPositions(chunk->positions));
  }
  std::optional<uint64_t> operator()(const FinishChunk& entry) const { return Count(entry.id); }
  std::optional<uint64_t> operator()(const ReduceChunk& entry) const { return Count(entry.id); }
  std::optional<uint64_t> operator()(const FinishElsewhere& entry) const { return Count(entry.id); }
  template <typename Other>
  std::optional<uint64_t> operator()(const Other& /*entry*/) const {
    return std::nullopt;
  }
};

// What an entry takes out of whatever it was in.
PositionRanges TakenBy(const LedgerEntry& entry) {
  if (const auto* seal = std::get_if<SealChunk>(&entry)) return seal->seal.positions;
  const auto* fail = std::get_if<FailPositions>(&entry);
  return fail == nullptr ? PositionRanges{} : Together(fail->failures);
}

}  // namespace

Status CheckEntry(const LedgerState& state, const LedgerEntry& entry) {
  return std::visit(Checker{state}, entry);
}

Status CheckState(const LedgerState& state) {
  RETURN_IF_ERROR(CheckRanges(state.settled));
  RETURN_IF_ERROR(CheckRanges(state.elsewhere));
  RETURN_IF_ERROR(PositionsOf(state.failed).status());
  const Position top =
      state.settled.empty() ? state.watermark : std::max(state.watermark, state.settled.back().end);
  if (state.highest < top ||
      (!state.settled.empty() && state.settled.front().begin <= state.watermark)) {
    return InvalidArgument("settled positions must lie above the watermark, below the highest");
  }
  return absl::OkStatus();
}

PositionRanges SettledOf(const LedgerState& state) {
  PositionRanges settled = state.settled;
  AddRange(settled, {Position{}, state.watermark});
  return settled;
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

std::optional<uint64_t> CountHeld(const LedgerState& state, const LedgerEntry& entry) {
  return std::visit(HeldCounter{state}, entry);
}

void ForgetChunksOf(LedgerState& state, const LedgerEntry& entry) {
  const PositionRanges taken = TakenBy(entry);
  if (taken.empty()) return;
  std::erase_if(state.open_chunks, [&taken](const ChunkSeal& chunk) {
    return SubtractRanges(chunk.positions, taken) != chunk.positions;
  });
}

void ApplyEntry(LedgerState& state, const LedgerEntry& entry) { std::visit(Applier{state}, entry); }

}  // namespace hydrant
