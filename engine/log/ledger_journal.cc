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

// `gap`: lines before it are missing, so that the state may be an earlier one than the entry was made for.
Status CheckLater(const LedgerState& state, const JournalEntry& read, const LedgerEntry& entry,
                  bool gap) {
  RETURN_IF_ERROR(CheckEntry(state, entry));
  const std::optional<uint64_t> held = CountHeld(state, entry);
  if (!held || (read.held ? *read.held == *held : !gap)) return absl::OkStatus();
  return InvalidArgument("an entry that reduced its chunk is missing");
}

Status ApplyLine(std::string_view json, size_t number, bool gap, LedgerState& state) {
  if (number == 1) return CheckHeader(json);
  ASSIGN_OR_RETURN(JournalEntry read, EntryFromJson(json));
  auto* first = std::get_if<LedgerState>(&read.entry);
  if ((first != nullptr) != (number == kFirstLines)) return InvalidArgument("not in its place");
  if (first != nullptr) {
    RETURN_IF_ERROR(CheckState(*first));
    state = std::move(*first);
    return absl::OkStatus();
  }
  const LedgerEntry& entry = std::get<LedgerEntry>(read.entry);
  RETURN_IF_ERROR(CheckLater(state, read, entry, gap));
  if (gap) ForgetChunksOf(state, entry);
  ApplyEntry(state, entry);
  return absl::OkStatus();
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
    ASSIGN_OR_RETURN(const std::string json, EntryToJson(SealChunk{seal}, std::nullopt));
    text += JournalLine(json);
  }
  return text;
}

StatusOr<JournalContent> ReadJournal(std::string_view text, std::string_view path) {
  JournalContent content;
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos) break;
    ++number;
    const std::optional<std::string_view> json = CheckLine(text.substr(at, newline - at));
    at = newline + 1;
    Status applied = DataLoss("the line's checksum is wrong");
    if (json) applied = ApplyLine(*json, number, content.skipped_lines > 0, content.state);
    if (absl::IsFailedPrecondition(applied)) return WithContext(applied, path);
    if (applied.ok()) {
      content.valid_bytes = at;
      content.whole = number >= kFirstLines;
      continue;
    }
    if (number <= kFirstLines) break;
    ++content.skipped_lines;
    if (content.first_skipped == 0) content.first_skipped = number;
  }
  return content;
}

}  // namespace hydrant
