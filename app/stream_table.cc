#include "app/stream_table.h"

#include "app/console.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace hydrant {
namespace {

using Json = nlohmann::json;

std::string TextOf(const Json& stream, const char* member) {
  const auto found = stream.find(member);
  return found != stream.end() && found->is_string() ? found->get<std::string>() : "";
}

double NumberOf(const Json& stream, const char* member) {
  const auto found = stream.find(member);
  return found != stream.end() && found->is_number() ? found->get<double>() : 0;
}

uint64_t CountOf(const Json& stream, const char* member) {
  const auto found = stream.find(member);
  return found != stream.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

std::string BreakerNote(const Json& of) {
  const std::string breaker = TextOf(of, "breaker");
  return breaker.empty() || breaker == "closed" ? "" : "breaker " + breaker;
}

void AddNote(StreamRow& row, std::string note) {
  if (!note.empty()) row.notes.push_back(std::move(note));
}

// "2 records …"; nothing when there is none.
void AddCount(StreamRow& row, uint64_t count, std::string_view what) {
  if (count > 0)
    row.notes.push_back(RenderCount(count) + (count == 1 ? " record " : " records ") +
                        std::string(what));
}

void AddBackup(const Json& backup, StreamRow& row) {
  const std::string error = TextOf(backup, "last_error");
  const uint64_t backlog = CountOf(backup, "backlog_records");
  if (error.empty() && backlog == 0) return;
  std::string note =
      "backup " + TextOf(backup, "destination") + ": " + RenderCount(backlog) + " behind";
  for (const std::string& more : {BreakerNote(backup), error}) {
    if (!more.empty()) note += ", " + more;
  }
  row.notes.push_back(std::move(note));
  row.failing = row.failing || !error.empty();
}

StreamRow RowOf(const Json& stream) {
  StreamRow row{.name = TextOf(stream, "name"),
                .state = TextOf(stream, "state"),
                .destination = TextOf(stream, "destination"),
                .backlog_records = CountOf(stream, "backlog_records"),
                .backlog_bytes = CountOf(stream, "backlog_bytes"),
                .lag_seconds = NumberOf(stream, "lag_seconds"),
                .records_in_per_second = NumberOf(stream, "records_in_per_second"),
                .records_out_per_second = NumberOf(stream, "records_out_per_second"),
                .delivery_workers = CountOf(stream, "delivery_workers")};
  const std::string error = TextOf(stream, "last_error");
  row.failing = !error.empty() || row.state == "failed";
  AddNote(row, TextOf(stream, "detail"));
  const std::string in_use = TextOf(stream, "destination_in_use");
  if (in_use != row.destination && !in_use.empty()) row.notes.push_back("delivered to " + in_use);
  AddNote(row, BreakerNote(stream));
  AddNote(row, error);
  if (const auto backup = stream.find("backup"); backup != stream.end() && backup->is_object()) {
    AddBackup(*backup, row);
  }
  AddCount(row, CountOf(stream, "error_backlog_records"), "on the way to the error output");
  AddCount(row, CountOf(stream, "possible_duplicate_records"), "may be at two destinations");
  return row;
}

std::string RenderRate(double rate) {
  if (rate < 10) return absl::StrFormat("%.1f", rate);
  return RenderCount(static_cast<uint64_t>(std::llround(std::min(rate, 1e15))));
}

std::string RenderLag(double seconds) {
  if (seconds < 100) return absl::StrFormat("%.1f s", seconds);
  if (seconds < 6000) return absl::StrFormat("%.0f min", seconds / 60);
  return absl::StrFormat("%.1f h", seconds / 3600);
}

constexpr size_t kColumns = 9;
constexpr size_t kDestination = 2;
constexpr size_t kGap = 2;
constexpr std::array<std::string_view, kColumns> kTitles = {
    "NAME", "STATE", "DESTINATION", "LAG", "BACKLOG", "BYTES", "IN/S", "OUT/S", "WORKERS"};
using Cells = std::array<std::string, kColumns>;

// Characters, not bytes: what a terminal's column is, for the text that we show.
size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Long prefixes must not push the other columns off the screen.
std::string Capped(std::string text, size_t width) {
  if (WidthOf(text) <= width) return text;
  size_t end = 0;
  for (size_t characters = 0; end < text.size(); ++end) {
    if ((text[end] & 0xC0) != 0x80 && ++characters >= width) break;
  }
  return text.substr(0, end) + "…";
}

Cells CellsOf(const StreamRow& row) {
  return {Plain(row.name),
          Plain(row.state),
          Plain(row.destination),
          RenderLag(row.lag_seconds),
          RenderCount(row.backlog_records),
          RenderBytes(static_cast<double>(row.backlog_bytes)),
          RenderRate(row.records_in_per_second),
          RenderRate(row.records_out_per_second),
          RenderCount(row.delivery_workers)};
}

bool IsNumber(size_t column) { return column >= 3; }

using Widths = std::array<size_t, kColumns>;

Widths WidthsOf(const std::vector<Cells>& lines) {
  Widths widths{};
  for (const Cells& cells : lines) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], WidthOf(cells[i]));
  }
  return widths;
}

// Cuts destinations to what the other columns leave of `columns`, but not below their title.
void FitDestinations(std::vector<Cells>& lines, size_t columns) {
  const Widths widths = WidthsOf(lines);
  const size_t whole = std::accumulate(widths.begin(), widths.end(), kGap * (kColumns - 1));
  if (whole <= columns) return;
  const size_t excess = std::min(whole - columns, widths[kDestination]);
  const size_t width = std::max(widths[kDestination] - excess, kTitles[kDestination].size());
  for (Cells& cells : lines) cells[kDestination] = Capped(std::move(cells[kDestination]), width);
}

std::string LineOf(const Cells& cells, const Widths& widths) {
  std::string line;
  for (size_t i = 0; i < kColumns; ++i) {
    const std::string padding(widths[i] - WidthOf(cells[i]), ' ');
    if (i > 0) line += std::string(kGap, ' ');
    line += IsNumber(i) ? padding + cells[i] : cells[i] + padding;
  }
  return line;
}

}  // namespace

StatusOr<std::vector<StreamRow>> ParseStreamList(std::string_view json) {
  const Json answer = Json::parse(json, nullptr, false);
  const auto streams = answer.is_object() ? answer.find("streams") : answer.end();
  if (!answer.is_object() || streams == answer.end() || !streams->is_array()) {
    return InvalidArgument("the answer is not a list of streams");
  }
  std::vector<StreamRow> rows;
  for (const Json& stream : *streams) {
    if (!stream.is_object()) return InvalidArgument("the answer is not a list of streams");
    rows.push_back(RowOf(stream));
  }
  return rows;
}

std::string RenderStreamTable(const std::vector<StreamRow>& rows, bool colour, size_t columns) {
  if (rows.empty()) return "no streams\n";
  Cells titles;
  std::copy(kTitles.begin(), kTitles.end(), titles.begin());
  std::vector<Cells> lines = {titles};
  for (const StreamRow& row : rows) lines.push_back(CellsOf(row));
  FitDestinations(lines, columns);
  const Widths widths = WidthsOf(lines);
  std::string table = LineOf(titles, widths) + "\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string text = LineOf(lines[i + 1], widths);
    for (const std::string& note : rows[i].notes) text += "\n  " + Plain(note);
    table += colour && rows[i].failing ? "\033[31m" + text + "\033[0m\n" : text + "\n";
  }
  return table;
}

}  // namespace hydrant
