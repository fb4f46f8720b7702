// The state machine of a ledger, shared by all ledgers.
// Owner:   pure functions; not thread-safe on one state
// Errors:  kNotFound: no open chunk of that id; kAlreadyExists, kInvalidArgument: not an entry that may
//          be applied; the state is unchanged
#pragma once

#include "engine/base/status.h"
#include "engine/log/ledger.h"

#include <cstdint>
#include <optional>

namespace hydrant {

// Whether `entry` may be applied.
Status CheckEntry(const LedgerState& state, const LedgerEntry& entry);
// Whether a state that was read can be one.
Status CheckState(const LedgerState& state);
// All settled positions: those below the watermark and those beyond it.
PositionRanges SettledOf(const LedgerState& state);
// Of `positions`, how many are not settled.
uint64_t CountUnsettled(const LedgerState& state, const PositionRanges& positions);
// How many positions the open chunk holds that `entry` settles or ends; nothing of other entries.
std::optional<uint64_t> CountHeld(const LedgerState& state, const LedgerEntry& entry);
// Forgets the open chunks that have a position in common with one that `entry` seals or gives up: what they
// held besides is in none any more.
void ForgetChunksOf(LedgerState& state, const LedgerEntry& entry);
// Applies an entry that was checked.
void ApplyEntry(LedgerState& state, const LedgerEntry& entry);

}  // namespace hydrant
