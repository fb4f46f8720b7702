// What producers were told, and what must have come of it in the end.
#include "tests/simulation/model.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace hydrant::simulation {
namespace {

// Errors that promise that nothing was taken. Others come from a stream that broke or ended meanwhile.
bool TookNothing(const Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsInvalidArgument(status) ||
         absl::IsNotFound(status);
}

}  // namespace

std::string MakeRecord(uint32_t number, uint32_t bytes) {
  if (bytes < kRecordBytesMin) return "";
  std::string record(bytes, static_cast<char>('a' + number % 26));
  std::memcpy(record.data(), &number, sizeof number);
  std::memcpy(record.data() + sizeof number, &bytes, sizeof bytes);
  return record;
}

uint32_t NumberOf(std::string_view record) {
  uint32_t number = kNoRecord;
  if (record.size() >= kRecordBytesMin) std::memcpy(&number, record.data(), sizeof number);
  return number;
}

void AppendFramed(std::string_view record, std::string* body) {
  const auto bytes = static_cast<uint32_t>(record.size());
  body->append(reinterpret_cast<const char*>(&bytes), sizeof bytes).append(record);
}

std::vector<std::string_view> FramedRecords(std::string_view body) {
  std::vector<std::string_view> records;
  while (body.size() >= sizeof(uint32_t)) {
    uint32_t bytes = 0;
    std::memcpy(&bytes, body.data(), sizeof bytes);
    records.push_back(body.substr(sizeof bytes, bytes));
    body.remove_prefix(std::min(sizeof bytes + bytes, body.size()));
  }
  return records;
}

void Model::AddStream(bool durable, const std::vector<BranchTraits>& branches) {
  Stream& stream = streams_.emplace_back();
  stream.durable = durable;
  for (const BranchTraits& traits : branches) {
    Branch& branch = stream.branches.emplace_back();
    branch.traits = traits;
    for (const StoreTraits& store : traits.destinations) {
      branch.destinations.emplace_back().traits = store;
    }
  }
}

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

std::string Model::NameOf(Place place) const {
  return absl::StrCat("stream ", place.stream, place.branch == 0 ? "" : " (backup)");
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
    if (stream.durable) continue;
    stream.lost_power = true;
    for (Branch& branch : stream.branches) branch.must_adopt = true;
  }
  for (Request& request : requests_) {
    if (!streams_[request.stream].durable) request.before_power_loss = true;
  }
}

// ---- The end ----

bool Model::IsHeld(Place place, uint32_t record) const {
  const Branch& branch = streams_[place.stream].branches[place.branch];
  for (const Store& store : branch.destinations) {
    if (store.Holds(record)) return true;
  }
  return branch.errors.Holds(record);
}

// Whether it is where it is to be in the end.
bool Model::IsHome(Place place, uint32_t record) const {
  const Branch& branch = streams_[place.stream].branches[place.branch];
  if (branch.traits.transforms && IsDropped(record)) return true;
  if (!branch.traits.copies_back) return IsHeld(place, record);
  return branch.destinations[0].Holds(record) || branch.errors.Holds(record);
}

void Model::CheckRequest(uint32_t number) {
  const Request& request = requests_[number];
  if (request.fate != Fate::kRefused) return;
  const int branches = static_cast<int>(streams_[request.stream].branches.size());
  for (uint32_t record = request.first_record; record < request.first_record + request.records;
       ++record) {
    for (int branch = 0; branch < branches; ++branch) {
      if (!IsHeld({request.stream, branch}, record)) continue;
      Violate(absl::StrCat(Describe(record), " is stored, though its request was refused"));
    }
  }
}

void Model::CheckArrived(uint32_t number, Place place) {
  const Request& request = requests_[number];
  uint32_t held = 0;
  uint32_t missing = 0;
  uint32_t first_missing = 0;
  for (uint32_t i = 0; i < request.records; ++i) {
    const uint32_t record = request.first_record + i;
    if (records_[record].bytes < kRecordBytesMin) continue;
    if (IsHeld(place, record)) ++held;
    if (!IsHome(place, record) && missing++ == 0) first_missing = record;
  }
  if (request.fate == Fate::kUnknown && held > 0) ++uncertain_and_stored_;
  if (missing == 0 || request.before_power_loss) return;
  if (request.fate == Fate::kAcknowledged) {
    Violate(absl::StrCat(NameOf(place), ": ", Describe(first_missing),
                         " was acknowledged and never arrived, with ", missing - 1,
                         " others of its request"));
  } else if (request.fate == Fate::kUnknown && held > 0) {
    Violate(absl::StrCat(NameOf(place), ": request ", number, " was taken in part: ", held,
                         " records arrived, ", missing, " not"));
  }
}

void Model::CheckDrained() {
  for (uint32_t number = 0; number < requests_.size(); ++number) {
    CheckRequest(number);
    const int stream = requests_[number].stream;
    const int branches = static_cast<int>(streams_[stream].branches.size());
    for (int branch = 0; branch < branches; ++branch) CheckArrived(number, {stream, branch});
  }
}

}  // namespace hydrant::simulation
