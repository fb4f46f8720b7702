// What is sent to destinations, and what they hold.
#include "tests/simulation/model.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr std::string_view kRawData = "\"rawData\":\"";

bool Contains(const PositionRanges& ranges, uint64_t position) {
  const Position at{position};
  return SubtractRanges({at, at + 1}, ranges).empty();
}

}  // namespace

size_t Model::Match(Place place, std::string_view body, uint32_t* number) {
  *number = NumberOf(body);
  uint32_t bytes = 0;
  if (body.size() >= kRecordBytesMin) std::memcpy(&bytes, body.data() + 4, sizeof bytes);
  const bool known = *number < records_.size() && records_[*number].bytes == bytes &&
                     bytes <= body.size() &&
                     requests_[records_[*number].request].stream == place.stream;
  if (known && body.substr(0, bytes) == MakeRecord(*number, bytes)) return bytes;
  Violate(absl::StrCat(NameOf(place), ": something holds bytes that are no record of the stream"));
  return 0;
}

size_t Model::MatchTransformed(Place place, std::string_view body, uint32_t* number) {
  const size_t bytes = Match(place, body, number);
  if (bytes == 0 || !At(place).traits.transforms) return bytes;
  if (body.size() > bytes && body[bytes] == kDelimiter && !IsDropped(*number)) return bytes + 1;
  Violate(absl::StrCat(NameOf(place), ": ", Describe(*number), " went out untransformed"));
  return 0;
}

std::vector<uint32_t> Model::ReadObject(Place place, std::string_view body) {
  std::vector<uint32_t> records;
  while (!body.empty()) {
    uint32_t number = 0;
    const size_t bytes = MatchTransformed(place, body, &number);
    if (bytes == 0) break;
    records.push_back(number);
    body.remove_prefix(bytes);
  }
  return records;
}

std::vector<uint32_t> Model::ReadFramed(Place place, std::string_view body) {
  std::vector<uint32_t> records;
  for (const std::string_view record : FramedRecords(body)) {
    uint32_t number = kNoRecord;
    if (!record.empty() && MatchTransformed(place, record, &number) != record.size()) {
      Violate(absl::StrCat(NameOf(place), ": a record was sent with others' bytes"));
      break;
    }
    records.push_back(number);
  }
  return records;
}

// Records in error documents may be as they came in, or transformed.
std::vector<uint32_t> Model::ReadErrors(Place place, std::string_view body) {
  std::vector<uint32_t> records;
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    const size_t at = line.find(kRawData);
    const std::string_view data = line.substr(at == line.npos ? line.size() : at + kRawData.size());
    std::string raw;
    if (at == line.npos || line.size() == body.size() ||
        !absl::Base64Unescape(ToAbsl(data.substr(0, data.find('"'))), &raw)) {
      Violate(absl::StrCat(NameOf(place), ": an error document is none: ", ToAbsl(line)));
      break;
    }
    body.remove_prefix(line.size() + 1);
    if (raw.empty()) continue;
    uint32_t number = 0;
    const size_t bytes = Match(place, raw, &number);
    const bool transformed =
        At(place).traits.transforms && raw.size() == bytes + 1 && raw.back() == kDelimiter;
    if (bytes == 0) break;
    if (bytes != raw.size() && !transformed) {
      Violate(
          absl::StrCat(NameOf(place), ": an error document holds more than ", Describe(number)));
      break;
    }
    records.push_back(number);
  }
  return records;
}

std::shared_ptr<const Sent> Model::Sends(Place place, int destination, std::string chunk,
                                         std::string name, std::string_view body) {
  auto sent = std::make_shared<Sent>();
  sent->place = place;
  sent->destination = destination;
  sent->chunk = std::move(chunk);
  sent->name = std::move(name);
  sent->hash = std::hash<std::string_view>{}(body);
  if (destination == kErrorOutput) {
    sent->records = ReadErrors(place, body);
    // A document's arrival time is that of what was read together with its record, and may be another next time.
    // Where transforms fail it tells of records, too, that they would have dropped.
    sent->hash = 0;
    for (const uint32_t record : sent->records) {
      if (At(place).traits.transforms && IsDropped(record)) continue;
      sent->hash = sent->hash * 31 + record;
    }
  } else if (StoreOf(place, destination).traits.keeps_records) {
    sent->records = ReadFramed(place, body);
  } else {
    sent->records = ReadObject(place, body);
  }
  ++attempts_;
  CheckSent(*sent);
  return sent;
}

// What the ledger counts as settled is not sent again.
void Model::CheckSent(const Sent& sent) {
  const Stream& stream = streams_[sent.place.stream];
  if (stream.lost_power) return;  // positions may be given twice
  const PositionRanges& counted = At(sent.place).counted;
  for (const uint32_t record : sent.records) {
    if (record == kNoRecord || !Contains(counted, records_[record].position)) continue;
    return Violate(absl::StrCat(NameOf(sent.place), ": ", Describe(record),
                                " is sent, though the ledger counts it as settled"));
  }
}

void Model::Stored(const Sent& sent) {
  Store& store = StoreOf(sent.place, sent.destination);
  if (store.traits.keeps_records) {
    std::vector<uint32_t> all(sent.records.size());
    std::iota(all.begin(), all.end(), 0);
    return StoredRecords(sent, all);
  }
  const auto next = static_cast<uint32_t>(object_names_.size() + 1);
  const auto [found, is_new] = store.objects.emplace(sent.name, std::pair(next, sent.hash));
  trace_.Note("object ", found->second.first, is_new ? " stored" : " stored again", " records ",
              sent.records.size());
  if (!is_new) {
    if (found->second.second == sent.hash) return;
    return Violate(absl::StrCat("object ", object_names_[found->second.first - 1],
                                " was replaced by one with other bytes"));
  }
  object_names_.push_back(sent.name.substr(0, 100));
  uint64_t previous = 0;
  for (const uint32_t record : sent.records) {
    NoteRecord(sent, store, next, record);
    // What is copied back is older than what it may be put beside.
    const bool ordered = sent.destination != kErrorOutput && !At(sent.place).traits.copies_back;
    if (ordered && records_[record].position < previous) {
      return Violate(absl::StrCat(Describe(record), " stands behind a later one in object ",
                                  object_names_[next - 1]));
    }
    previous = records_[record].position;
  }
}

void Model::StoredRecords(const Sent& sent, const std::vector<uint32_t>& indexes) {
  Store& store = StoreOf(sent.place, sent.destination);
  trace_.Note("records stored: ", indexes.size(), " of ", sent.records.size());
  for (const uint32_t index : indexes) {
    if (sent.records[index] != kNoRecord) NoteRecord(sent, store, 0, sent.records[index]);
  }
}

void Model::NoteRecord(const Sent& sent, Store& store, uint32_t object, uint32_t number) {
  const auto [found, is_new] = store.records.emplace(number, object);
  // A copy may meet what an attempt brought that nobody knew of.
  const bool once = !streams_[sent.place.stream].lost_power && !At(sent.place).traits.copies_back;
  if (!is_new && object != 0 && once) {
    Violate(absl::StrCat(NameOf(sent.place), ": ", Describe(number), " is in two objects: ",
                         object_names_[found->second - 1], " and ", object_names_[object - 1]));
  }
  const uint32_t request = records_[number].request;
  if (requests_[request].fate == Fate::kRefused) CheckRequest(request);
}

void Model::Answers(const Sent& sent, const DeliveryOutcome& outcome) {
  Store& store = StoreOf(sent.place, sent.destination);
  Branch& branch = At(sent.place);
  if (outcome.kind == OutcomeKind::kReject) {
    for (const uint32_t record : sent.records) branch.rejected.insert(record);
  }
  for (const RecordOutcome& record : outcome.records) {
    if (record.kind == OutcomeKind::kReject) branch.rejected.insert(sent.records[record.index]);
  }
  const absl::Duration now = time_.elapsed();
  store.failing_since = outcome.kind == OutcomeKind::kRetry ? std::min(store.failing_since, now)
                                                            : absl::InfiniteDuration();
  const auto found = branch.chunks.find(sent.chunk);
  const bool delivered = outcome.kind == OutcomeKind::kDelivered && outcome.records.empty();
  if (found == branch.chunks.end() || delivered) return;
  found->second.failing_since = std::min(found->second.failing_since, now);
  found->second.failing_here = std::min(found->second.failing_here, now);
}

void Model::Crashes(Place place, const std::string& chunk) {
  const auto found = At(place).chunks.find(chunk);
  if (found == At(place).chunks.end()) return;
  ++found->second.crashes;
  found->second.failing_since = std::min(found->second.failing_since, time_.elapsed());
}

}  // namespace hydrant::simulation
