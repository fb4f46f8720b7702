// Ledger entries as JSON: the text of a journal's lines (see file_ledger.h for the format).
// Owner:   pure functions
// Units:   times as whole microseconds since 1970
// Errors:  kInvalidArgument: a text is not UTF-8, or not an entry; kFailedPrecondition: an entry of a newer
//          version
#pragma once

#include "engine/base/status.h"
#include "engine/log/ledger.h"

#include <string>
#include <string_view>
#include <variant>

namespace hydrant {

// One JSON object, without a line end.
StatusOr<std::string> EntryToJson(const LedgerEntry& entry);
// What a compacted journal starts with: everything but the open chunks, which follow as seals.
StatusOr<std::string> StateToJson(const LedgerState& state);
StatusOr<std::variant<LedgerEntry, LedgerState>> EntryFromJson(std::string_view json);

// Entries and times as a ledger gives them back.
absl::Time WholeMicros(absl::Time time);
ChunkSeal NormalSeal(ChunkSeal seal);
std::vector<Failure> NormalFailures(std::vector<Failure> failures);

}  // namespace hydrant
