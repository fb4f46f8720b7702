// Model: what must hold of a node, whatever happens to it. It hears of every request, answer, log and ledger entry,
// attempt and object, and finds the first thing that no schedule may lead to.
// Owner:   one thread
// Units:   positions; records are numbered over all streams in the order of their making; times are virtual
#pragma once

#include "engine/delivery/outcome.h"
#include "engine/log/ledger.h"
#include "engine/record/record_batch.h"
#include "tests/simulation/trace.h"

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hydrant::simulation {

// What a record of that number looks like: number and size, then filler that only it has. Records of fewer
// than kRecordBytesMin bytes are empty and can't be told apart.
inline constexpr uint32_t kRecordBytesMin = 8;
inline constexpr uint32_t kNoRecord = UINT32_MAX;
std::string MakeRecord(uint32_t number, uint32_t bytes);
// Of bytes that begin like a record; kNoRecord: they don't.
uint32_t NumberOf(std::string_view record);

// As stores that keep records are sent them: each with its size before it.
void AppendFramed(std::string_view record, std::string* body);
std::vector<std::string_view> FramedRecords(std::string_view body);

// What the transform of a branch does: it appends to each that is not empty, and drops some.
inline constexpr char kDelimiter = '\n';
inline constexpr bool IsDropped(uint32_t number) { return number % 7 == 3; }

// A branch of a stream: 0 is its own, 1 its backup.
struct Place {
  int stream;
  int branch;
};

// A destination as far as it changes what must hold.
struct StoreTraits {
  bool keeps_records = false;  // one by one; else objects, where a put overwrites
  std::optional<absl::Duration> retry;
};
struct BranchTraits {
  std::vector<StoreTraits> destinations;
  bool transforms = false;
  bool may_quarantine = false;
  bool copies_back = false;
};

inline constexpr int kErrorOutput = -1;

// What one attempt carries, and where to.
struct Sent {
  Place place;
  int destination;  // of the branch, or kErrorOutput
  std::string chunk;
  std::string name;
  std::vector<uint32_t> records;  // kNoRecord for empty ones
  size_t hash;
};

class Model {
 public:
  Model(Trace& trace, const VirtualTime& time) : trace_(trace), time_(time) {}

  // `durable`: acknowledged records survive power loss.
  void AddStream(bool durable, const std::vector<BranchTraits>& branches);

  // ---- Producers ----
  // A request with records of these sizes; they get the next numbers. Returns the request's own.
  uint32_t BeginRequest(int stream, const std::vector<uint32_t>& sizes);
  uint32_t first_record(uint32_t request) const { return requests_[request].first_record; }
  void Answered(uint32_t request, const Status& status, Position first);
  // The process ended: nobody will know what became of open requests.
  void ProcessDied();
  void PowerLost();
  void ClockStepped() { clock_stepped_ = true; }

  // ---- Log and ledger ----
  void Opened(Place place, const LedgerState& ledger);
  void Appended(int stream, Position first, const std::vector<uint32_t>& records);
  // Before it is written: what a dying process writes last may be on the disk, though it never came to know.
  void Writes(Place place, const LedgerEntry& entry);
  void LedgerChanged(Place place, const LedgerState& ledger);
  void LedgerSynced(Place place, Position watermark);
  void LogBegins(int stream, Position begin);
  // From here on the stream may take longer to give up a chunk.
  void Disturbed(int stream);
  // Chunks whose time is over are given up.
  void CheckTime();

  // ---- Destinations ----
  std::shared_ptr<const Sent> Sends(Place place, int destination, std::string chunk,
                                    std::string name, std::string_view body);
  // It is there, or there again: all of it, or these of its records.
  void Stored(const Sent& sent);
  void StoredRecords(const Sent& sent, const std::vector<uint32_t>& indexes);
  void Answers(const Sent& sent, const DeliveryOutcome& outcome);
  // The component failed.
  void Crashes(Place place, const std::string& chunk);

  // When everything has drained.
  void CheckDrained();

  // Keeps the first.
  void Violate(const std::string& what);
  const std::string& violation() const { return violation_; }
  bool violated() const { return !violation_.empty(); }

  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t attempts() const { return attempts_; }
  uint64_t objects() const { return object_names_.size(); }
  uint64_t given_up() const { return given_up_; }
  uint64_t elsewhere() const { return elsewhere_; }
  // Requests that were answered with an error and are stored all the same.
  uint64_t uncertain_and_stored() const { return uncertain_and_stored_; }

 private:
  enum class Fate { kOpen, kAcknowledged, kRefused, kUnknown };
  struct Request {
    int stream;
    uint32_t first_record;
    uint32_t records;
    Fate fate = Fate::kOpen;
    bool before_power_loss = false;
  };
  struct Record {
    uint32_t request;
    uint32_t bytes;
    uint64_t position = 0;
  };
  struct Store {
    StoreTraits traits;
    std::map<uint32_t, uint32_t> records;  // that it holds, and the object, from 1
    std::map<std::string, std::pair<uint32_t, size_t>> objects;  // number and hash of the body
    absl::Duration failing_since = absl::InfiniteDuration();

    bool Holds(uint32_t record) const { return records.contains(record); }
  };
  // An open chunk.
  struct Chunk {
    PositionRanges positions;
    int destination = 0;  // or kErrorOutput
    absl::Duration failing_since = absl::InfiniteDuration();
    absl::Duration failing_here = absl::InfiniteDuration();  // since nothing disturbed it
    int crashes = 0;
    bool ended = false;  // an attempt of before may still be answered
  };
  struct Branch {
    BranchTraits traits;
    bool must_adopt = false;  // whatever the ledger says next
    std::vector<Store> destinations;
    Store errors;
    std::map<std::string, Chunk> chunks;  // by id
    PositionRanges settled;               // may be
    PositionRanges counted;               // as the ledger has it
    uint64_t lost_records = 0;            // as the ledger has it
    Position durable_watermark;
    std::set<uint32_t> rejected;  // records that a destination refuses
  };
  struct Stream {
    bool durable = true;
    bool lost_power = false;    // and did not promise to survive that
    std::vector<uint32_t> log;  // record number + 1 by position; 0: empty or not known
    std::vector<Branch> branches;
  };

  Branch& At(Place place) { return streams_[place.stream].branches[place.branch]; }
  Store& StoreOf(Place place, int destination) {
    Branch& branch = At(place);
    return destination == kErrorOutput ? branch.errors : branch.destinations[destination];
  }
  template <typename Visit>
  void EachRecord(Place place, const PositionRanges& positions, Visit visit) const;
  void Settle(Place place, const PositionRanges& positions, int destination);
  void PutElsewhere(Place place, const PositionRanges& positions, int destination);
  static void AdoptLost(Branch& branch, const LedgerState& ledger);
  void Write(Place place, const SealChunk& entry);
  void Write(Place place, const FinishChunk& entry);
  void Write(Place place, const ReduceChunk& entry);
  void Write(Place place, const FinishElsewhere& entry);
  void Write(Place place, const RerouteChunk& entry);
  void Write(Place place, const NoteAttempts& entry);
  void Write(Place place, const FailPositions& entry);
  void Write(Place place, const SettlePositions& entry);
  void Write(Place place, const LosePositions& entry);
  void CheckGivenUp(Place place, const std::string& id, const Chunk& chunk, const Failure& failure);

  std::vector<uint32_t> ReadObject(Place place, std::string_view body);
  std::vector<uint32_t> ReadFramed(Place place, std::string_view body);
  std::vector<uint32_t> ReadErrors(Place place, std::string_view body);
  // The bytes of the record that `body` begins with; 0 and a violation when it does not.
  size_t Match(Place place, std::string_view body, uint32_t* number);
  size_t MatchTransformed(Place place, std::string_view body, uint32_t* number);
  void CheckSent(const Sent& sent);
  void NoteRecord(const Sent& sent, Store& store, uint32_t object, uint32_t number);
  bool IsHeld(Place place, uint32_t record) const;
  bool IsHome(Place place, uint32_t record) const;
  void CheckRequest(uint32_t request);
  void CheckArrived(uint32_t request, Place place);
  std::string Describe(uint32_t record) const;
  std::string NameOf(Place place) const;

  Trace& trace_;
  const VirtualTime& time_;
  std::string violation_;
  std::vector<Stream> streams_;
  std::vector<Request> requests_;
  std::vector<Record> records_;
  std::vector<std::string> object_names_;
  bool clock_stepped_ = false;
  uint64_t acknowledged_ = 0;
  uint64_t attempts_ = 0;
  uint64_t given_up_ = 0;
  uint64_t elsewhere_ = 0;
  uint64_t uncertain_and_stored_ = 0;
};

}  // namespace hydrant::simulation
