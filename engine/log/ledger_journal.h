// LedgerJournal text: lines with checksums, and reading a whole journal back.
// Owner:   pure functions, any thread
// Errors:  kFailedPrecondition: of a newer version
// Source:  the format in file_ledger.h
#pragma once

#include "engine/base/status.h"
#include "engine/log/ledger.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant {

std::string JournalLine(std::string_view json);

// A whole journal that leads to `state`.
StatusOr<std::string> JournalOf(const LedgerState& state);

struct JournalContent {
  LedgerState state;
  uint64_t valid_bytes = 0;  // what lies behind it is no entry
  // Lines that have their newline and were not applied, and the first of them, counted from 1; 0: none was.
  uint64_t skipped_lines = 0;
  uint64_t first_skipped = 0;
  // The lines that a file is made with are there. No crash leaves one without them; it is not read on.
  bool whole = false;
};
// `path` is for messages.
StatusOr<JournalContent> ReadJournal(std::string_view text, std::string_view path);

}  // namespace hydrant
