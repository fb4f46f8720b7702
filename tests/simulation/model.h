// Model: what must hold of a node, whatever fails: told of every request, answer, log and ledger entry and object, it
// finds the first thing that no schedule may lead to.
// Owner:   one thread
// Units:   positions; records are numbered over all streams in the order of their making
#pragma once

#include "engine/log/ledger.h"
#include "engine/record/record_batch.h"
#include "tests/simulation/trace.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::simulation {

// What a record of that number looks like: number and size, then filler that only it has. Records of fewer
// than kRecordBytesMin bytes are empty and can't be told apart.
inline constexpr uint32_t kRecordBytesMin = 8;
std::string MakeRecord(uint32_t number, uint32_t bytes);

class Model {
 public:
  explicit Model(Trace& trace) : trace_(trace) {}

  // `durable`: acknowledged records survive power loss.
  void AddStream(bool durable);

  // ---- Producers ----
  // A request with records of these sizes; they get the next numbers. Returns the request's own.
  uint32_t BeginRequest(int stream, const std::vector<uint32_t>& sizes);
  uint32_t first_record(uint32_t request) const { return requests_[request].first_record; }
  void Answered(uint32_t request, const Status& status, Position first);
  // The process ended: nobody will know what became of open requests.
  void ProcessDied();
  void PowerLost();

  // ---- Log and ledger ----
  void Opened(int stream, const LedgerState& ledger, Position log_begin);
  void Appended(int stream, Position first, const std::vector<uint32_t>& records);
  void Finished(int stream, const PositionRanges& positions);
  void Lost(int stream, const PositionRanges& positions);
  void LedgerChanged(int stream, const LedgerState& ledger);
  void LedgerSynced(int stream, Position watermark);
  void LogBegins(int stream, Position begin);

  // ---- Destination ----
  // An object is there, or there again.
  void Stored(int stream, const std::string& name, const std::string& body);

  // When everything has drained.
  void CheckDrained();

  // Keeps the first.
  void Violate(const std::string& what);
  const std::string& violation() const { return violation_; }
  bool violated() const { return !violation_.empty(); }

  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t objects() const { return object_names_.size(); }
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
    uint32_t object = 0;  // that holds it, from 1; 0: none
    uint64_t position = 0;
  };
  struct Stream {
    bool durable = true;
    bool lost_power = false;    // and did not promise to survive that
    bool must_adopt = false;    // whatever the ledger says next
    std::vector<uint32_t> log;  // record number + 1 by position; 0: empty or not known
    PositionRanges settled;
    Position durable_watermark;
    std::map<std::string, std::pair<uint32_t, size_t>> objects;  // number and hash of the body
  };

  void NoteRecords(int stream, uint32_t object, std::string_view body);
  void NoteRecord(int stream, uint32_t object, Record& record, uint32_t number);
  void CheckHeld(int stream, const PositionRanges& positions);
  void CheckRequest(uint32_t request);
  std::string Describe(uint32_t record) const;

  Trace& trace_;
  std::string violation_;
  std::vector<Stream> streams_;
  std::vector<Request> requests_;
  std::vector<Record> records_;
  std::vector<std::string> object_names_;
  uint64_t acknowledged_ = 0;
  uint64_t uncertain_and_stored_ = 0;
};

}  // namespace hydrant::simulation
