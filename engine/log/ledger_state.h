// LedgerState: the state machine of a ledger and the text of its entries, shared by all ledgers.
// Owner:   pure functions; not thread-safe on one state
// Units:   positions; times as whole microseconds since 1970
// Errors:  kNotFound: no open chunk of that id; kAlreadyExists, kInvalidArgument: not an entry that
// may
//          be applied; the state is unchanged. kFailedPrecondition: an entry of a newer version.
#pragma once

#include "engine/base/status.h"
#include "engine/log/ledger.h"

#include <string>
#include <string_view>
#include <variant>

namespace hydrant {

struct SealEntry {
  ChunkSeal seal;
};
struct DoneEntry {
  std::string chunk_id;
};
struct SettleEntry {
  PositionRanges positions;
  uint64_t lost_records = 0;  // of them; the others needed no delivery
};
// What a compacted journal starts with; the open chunks follow as seals.
struct StateEntry {
  Position watermark;
  PositionRanges settled;
  Position highest;
  uint64_t lost_records = 0;
};
using LedgerEntry = std::variant<SealEntry, DoneEntry, SettleEntry, StateEntry>;

// Whether `entry` may be applied.
Status CheckEntry(const LedgerState& state, const LedgerEntry& entry);
// Of `positions`, how many are not settled.
uint64_t CountUnsettled(const LedgerState& state, const PositionRanges& positions);
// Applies an entry that was checked.
void ApplyEntry(LedgerState& state, const LedgerEntry& entry);
// The seal as a ledger gives it back: times in whole microseconds.
ChunkSeal NormalSeal(ChunkSeal seal);

// One JSON object, without a line end. kInvalidArgument when a text is not UTF-8.
StatusOr<std::string> EntryToJson(const LedgerEntry& entry);
StatusOr<LedgerEntry> EntryFromJson(std::string_view json);

}  // namespace hydrant
