#include "tests/simulation/model.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace hydrant::simulation {
namespace {

char FillerOf(uint32_t number) { return static_cast<char>('a' + number % 26); }

// Errors that promise that nothing was taken. Others come from a stream that broke or ended meanwhile.
bool TookNothing(const Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsInvalidArgument(status) ||
         absl::IsNotFound(status);
}

}  // namespace

std::string MakeRecord(uint32_t number, uint32_t bytes) {
  if (bytes < kRecordBytesMin) return "";
  std::string record(bytes, FillerOf(number));
  std::memcpy(record.data(), &number, sizeof number);
  std::memcpy(record.data() + sizeof number, &bytes, sizeof bytes);
  return record;
}

void Model::AddStream(bool durable) { streams_.emplace_back().durable = durable; }

void Model::Violate(const std::string& what) {
  if (violated()) return;
  violation_ = what;
  trace_.Note("VIOLATION ", what);
}

std::string Model::Describe(uint32_t record) const {
  const Request& request = requests_[records_[record].request];
  return absl::StrCat("record ", record, " (stream ", request.stream, ", request ",
                      records_[record].request, ", position ", records_[record].position, ")");
}

// ---- Producers ----

uint32_t Model::BeginRequest(int stream, const std::vector<uint32_t>& sizes) {
  const auto number = static_cast<uint32_t>(requests_.size());
  requests_.push_back(
      {stream, static_cast<uint32_t>(records_.size()), static_cast<uint32_t>(sizes.size())});
  for (const uint32_t bytes : sizes) records_.push_back({number, bytes});
  return number;
}

void Model::Answered(uint32_t number, const Status& status, Position first) {
  Request& request = requests_[number];
  trace_.Note("request ", number, " answered ", static_cast<int>(status.code()), " ", first.value);
  if (!status.ok()) {
    request.fate = TookNothing(status) ? Fate::kRefused : Fate::kUnknown;
    return CheckRequest(number);
  }
  request.fate = Fate::kAcknowledged;
  acknowledged_ += request.records;
  const std::vector<uint32_t>& log = streams_[request.stream].log;
  for (uint32_t i = 0; i < request.records; ++i) {
    const uint32_t record = request.first_record + i;
    const uint64_t position = first.value + i;
    const uint32_t expected = records_[record].bytes < kRecordBytesMin ? 0 : record + 1;
    if (position >= log.size() || log[position] != expected) {
      Violate(absl::StrCat(Describe(record), " was acknowledged at position ", position,
                           ", where the log holds another"));
    }
  }
}

void Model::ProcessDied() {
  for (Request& request : requests_) {
    if (request.fate == Fate::kOpen) request.fate = Fate::kUnknown;
  }
}

void Model::PowerLost() {
  for (Stream& stream : streams_) {
    if (!stream.durable) stream.lost_power = stream.must_adopt = true;
  }
  for (Request& request : requests_) {
    if (!streams_[request.stream].durable) request.before_power_loss = true;
  }
}

// ---- Log and ledger ----

void Model::Opened(int number, const LedgerState& ledger, Position log_begin) {
  Stream& stream = streams_[number];
  if (stream.must_adopt) {
    stream.must_adopt = false;
    stream.settled = ledger.settled;
    AddRange(stream.settled, {Position{}, ledger.watermark});
    stream.durable_watermark = ledger.watermark;
  }
  if (stream.durable && ledger.watermark < stream.durable_watermark) {
    Violate(absl::StrCat("stream ", number, ": the ledger was synced with watermark ",
                         stream.durable_watermark.value, " and opened again with ",
                         ledger.watermark.value));
  }
  LedgerChanged(number, ledger);
  LedgerSynced(number, ledger.watermark);
  LogBegins(number, log_begin);
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

void Model::CheckHeld(int number, const PositionRanges& positions) {
  const Stream& stream = streams_[number];
  for (const PositionRange& range : positions) {
    for (uint64_t at = range.begin.value; at < range.end.value && at < stream.log.size(); ++at) {
      const uint32_t record = stream.log[at];
      if (record == 0 || records_[record - 1].object != 0) continue;
      return Violate(
          absl::StrCat("the ledger settles ", Describe(record - 1), ", which no destination has"));
    }
  }
}

void Model::Finished(int number, const PositionRanges& positions) {
  Stream& stream = streams_[number];
  for (const PositionRange& range : positions) {
    CheckHeld(number, SubtractRanges(range, stream.settled));
    AddRange(stream.settled, range);
  }
}

void Model::Lost(int number, const PositionRanges& positions) {
  Stream& stream = streams_[number];
  for (const PositionRange& range : positions) {
    for (const PositionRange& left : SubtractRanges(range, stream.settled)) {
      if (!stream.lost_power) {
        Violate(absl::StrCat("stream ", number, ": positions ", left.begin.value, " to ",
                             left.end.value, " are given up as lost, though no disk forgot them"));
      }
    }
    AddRange(stream.settled, range);
  }
}

void Model::LedgerChanged(int number, const LedgerState& ledger) {
  const Stream& stream = streams_[number];
  PositionRanges claimed = ledger.settled;
  AddRange(claimed, {Position{}, ledger.watermark});
  for (const PositionRange& range : claimed) {
    const PositionRanges ahead = SubtractRanges(range, stream.settled);
    if (ahead.empty()) continue;
    return Violate(absl::StrCat("stream ", number, ": the ledger (watermark ",
                                ledger.watermark.value, ") counts positions ", ahead[0].begin.value,
                                " to ", ahead[0].end.value,
                                " as settled, which are neither delivered nor lost"));
  }
}

void Model::LedgerSynced(int number, Position watermark) {
  Stream& stream = streams_[number];
  stream.durable_watermark = std::max(stream.durable_watermark, watermark);
}

void Model::LogBegins(int number, Position begin) {
  const Position durable = streams_[number].durable_watermark;
  // Where the ledger may lose power, so may what it knew of records that the log forgot.
  if (begin <= durable || streams_[number].lost_power) return;
  Violate(absl::StrCat("stream ", number, ": the log begins at ", begin.value,
                       ", but the ledger's durable watermark is ", durable.value));
}

// ---- Destination ----

void Model::Stored(int number, const std::string& name, const std::string& body) {
  Stream& stream = streams_[number];
  const size_t hash = std::hash<std::string>{}(body);
  const auto next = static_cast<uint32_t>(object_names_.size() + 1);
  const auto [found, is_new] = stream.objects.emplace(name, std::pair(next, hash));
  trace_.Note("object ", found->second.first, is_new ? " stored" : " stored again", " bytes ",
              body.size());
  if (is_new) {
    object_names_.push_back(name.substr(0, 100));
    NoteRecords(number, next, body);
  } else if (found->second.second != hash) {
    Violate(absl::StrCat("object ", object_names_[found->second.first - 1],
                         " was replaced by one with other bytes"));
  }
}

void Model::NoteRecords(int stream, uint32_t object, std::string_view body) {
  uint64_t previous = 0;
  while (!body.empty()) {
    uint32_t number = UINT32_MAX;
    uint32_t bytes = 0;
    if (body.size() >= kRecordBytesMin) {
      std::memcpy(&number, body.data(), sizeof number);
      std::memcpy(&bytes, body.data() + sizeof number, sizeof bytes);
    }
    const bool known = number < records_.size() && records_[number].bytes == bytes &&
                       bytes <= body.size() && requests_[records_[number].request].stream == stream;
    const std::string_view filler = body.substr(0, known ? bytes : 0).substr(known ? 8 : 0);
    if (!known || filler.find_first_not_of(FillerOf(number)) != std::string_view::npos) {
      return Violate(absl::StrCat("object ", object_names_[object - 1],
                                  " holds bytes that are no record of stream ", stream));
    }
    NoteRecord(stream, object, records_[number], number);
    if (records_[number].position < previous) {
      return Violate(absl::StrCat(Describe(number), " stands behind a later one in object ",
                                  object_names_[object - 1]));
    }
    previous = records_[number].position;
    body.remove_prefix(bytes);
  }
}

void Model::NoteRecord(int stream, uint32_t object, Record& record, uint32_t number) {
  if (record.object != 0 && !streams_[stream].lost_power) {
    Violate(absl::StrCat(Describe(number), " is in two objects: ", object_names_[record.object - 1],
                         " and ", object_names_[object - 1]));
  }
  record.object = object;
  if (requests_[record.request].fate == Fate::kRefused) CheckRequest(record.request);
}

// ---- The end ----

void Model::CheckRequest(uint32_t number) {
  const Request& request = requests_[number];
  uint32_t held = 0;
  uint32_t known = 0;
  for (uint32_t i = 0; i < request.records; ++i) {
    const Record& record = records_[request.first_record + i];
    known += record.bytes >= kRecordBytesMin ? 1 : 0;
    held += record.object != 0 ? 1 : 0;
  }
  if (request.fate == Fate::kRefused && held > 0) {
    Violate(absl::StrCat("request ", number, " of stream ", request.stream, " was refused, and ",
                         held, " of its ", request.records, " records are delivered"));
  }
}

void Model::CheckDrained() {
  for (uint32_t number = 0; number < requests_.size(); ++number) {
    const Request& request = requests_[number];
    CheckRequest(number);
    uint32_t held = 0;
    uint32_t missing = 0;
    uint32_t first_missing = 0;
    for (uint32_t i = 0; i < request.records; ++i) {
      const Record& record = records_[request.first_record + i];
      if (record.bytes < kRecordBytesMin) continue;
      if (record.object != 0) {
        ++held;
      } else if (missing++ == 0) {
        first_missing = request.first_record + i;
      }
    }
    if (request.fate == Fate::kUnknown && held > 0) ++uncertain_and_stored_;
    if (missing == 0 || request.before_power_loss) continue;
    if (request.fate == Fate::kAcknowledged) {
      Violate(absl::StrCat(Describe(first_missing), " was acknowledged and never arrived, with ",
                           missing - 1, " others of its request"));
    } else if (request.fate == Fate::kUnknown && held > 0) {
      Violate(absl::StrCat("request ", number, " of stream ", request.stream,
                           " was taken in part: ", held, " records arrived, ", missing, " not"));
    }
  }
}

}  // namespace hydrant::simulation
