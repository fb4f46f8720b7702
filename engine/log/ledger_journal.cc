#include "engine/log/ledger_journal.h"

#include "engine/log/crc32c.h"
#include "engine/log/ledger_json.h"
#include "engine/log/ledger_state.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace hydrant {
namespace {

constexpr int kVersion = 1;
constexpr std::string_view kFormat = "hydrant-ledger";
constexpr size_t kCrcDigits = 8;
// A file has its header and its first state before it has its name.
constexpr size_t kFirstLines = 2;

std::string HeaderJson() {
  return nlohmann::json{{"format", kFormat}, {"version", kVersion}}.dump();
}

std::string CrcDigits(std::string_view json) { return absl::StrFormat("%08x", Crc32c(json)); }

// The JSON of a line (without its newline), when its checksum fits.
std::optional<std::string_view> CheckLine(std::string_view line) {
  if (line.size() <= kCrcDigits + 1 || line[kCrcDigits] != ' ') return std::nullopt;
  const std::string_view json = line.substr(kCrcDigits + 1);
  // Compared as text: one value has one form, so no flipped bit passes.
  return CrcDigits(json) == line.substr(0, kCrcDigits) ? std::optional(json) : std::nullopt;
}

Status CheckHeader(std::string_view text) {
  try {
    const nlohmann::json header = nlohmann::json::parse(text);
    if (header.at("format").get<std::string>() != kFormat) return DataLoss("it is not a ledger");
    if (header.at("version").get<int64_t>() == kVersion) return absl::OkStatus();
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition,
        absl::StrFormat("ledger format version %d is not one this hydrant reads (it reads %d); run "
                        "the version that wrote it, or a newer one",
                        header.at("version").get<int64_t>(), kVersion));
  } catch (const nlohmann::json::exception&) {
    return DataLoss("it is not a ledger");
  }
}

Status ApplyLine(std::string_view json, size_t number, LedgerState& state) {
  if (number == 1) return CheckHeader(json);
  ASSIGN_OR_RETURN(auto read, EntryFromJson(json));
  if (auto* whole = std::get_if<LedgerState>(&read)) {
    RETURN_IF_ERROR(CheckState(*whole));
    state = std::move(*whole);
    return absl::OkStatus();
  }
  const LedgerEntry& entry = std::get<LedgerEntry>(read);
  RETURN_IF_ERROR(CheckEntry(state, entry));
  ApplyEntry(state, entry);
  return absl::OkStatus();
}

Status Damaged(std::string_view path, size_t line, std::string_view why) {
  constexpr std::string_view kTakeOut =
      "take the line out (what it recorded as delivered is delivered again)";
  constexpr std::string_view kMoveAway =
      "move it away (all that the log still holds is delivered again)";
  return DataLoss(absl::StrFormat(
      "%s, line %d: %s, with valid lines behind it. Keep a copy of the file; then %s or restore it "
      "from a backup",
      ToAbsl(path), line, ToAbsl(why), ToAbsl(line == 1 ? kMoveAway : kTakeOut)));
}

}  // namespace

std::string JournalLine(std::string_view json) {
  return CrcDigits(json).append(" ").append(json).append("\n");
}

StatusOr<std::string> JournalOf(const LedgerState& state) {
  std::string text = JournalLine(HeaderJson());
  ASSIGN_OR_RETURN(const std::string first, StateToJson(state));
  text += JournalLine(first);
  for (const ChunkSeal& seal : state.open_chunks) {
    ASSIGN_OR_RETURN(const std::string json, EntryToJson(SealChunk{seal}));
    text += JournalLine(json);
  }
  return text;
}

StatusOr<JournalContent> ReadJournal(std::string_view text, std::string_view path) {
  JournalContent content;
  size_t invalid_line = 0;  // the first one, counted from 1
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    ++number;
    const size_t newline = text.find('\n', at);
    const bool whole = newline != std::string_view::npos;
    const std::string_view line = text.substr(at, whole ? newline - at : newline);
    at = whole ? newline + 1 : text.size();
    const std::optional<std::string_view> json = whole ? CheckLine(line) : std::nullopt;
    if (!json) {
      if (invalid_line == 0) invalid_line = number;
      if (whole && content.damaged_line == 0) content.damaged_line = number;
      continue;
    }
    if (invalid_line != 0) return Damaged(path, invalid_line, "the line's checksum is wrong");
    const Status applied = ApplyLine(*json, number, content.state);
    if (absl::IsFailedPrecondition(applied)) return WithContext(applied, path);
    if (!applied.ok()) return Damaged(path, number, FromAbsl(applied.message()));
    content.valid_bytes = at;
    content.whole = number >= kFirstLines;
  }
  return content;
}

}  // namespace hydrant
