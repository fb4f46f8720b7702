#include "tests/simulation/checked_shard.h"

#include "tests/simulation/around.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hydrant::simulation {
namespace {

// Of the header of a segment that was made empty to keep the place of one that went.
constexpr uint64_t kQuotaSlackBytes = 64;

class WatchedLog final : public LogAround {
 public:
  WatchedLog(std::unique_ptr<RecordLog> log, Model& model, int stream, uint64_t quota_bytes)
      : LogAround(std::move(log)), model_(model), stream_(stream), quota_bytes_(quota_bytes) {}

  Status Append(std::unique_ptr<RecordBatch> batch) override {
    const Position first = append_position();
    std::vector<uint32_t> records;
    for (size_t i = 0; i < batch->record_count(); ++i) {
      const std::string_view record = batch->Record(i);
      uint32_t number = UINT32_MAX;
      if (record.size() >= kRecordBytesMin) std::memcpy(&number, record.data(), sizeof number);
      records.push_back(number + 1);
    }
    const Status status = LogAround::Append(std::move(batch));
    if (status.ok()) model_.Appended(stream_, first, records);
    Check();
    return status;
  }
  Status Sync() override {
    const uint64_t before = stats().disk_bytes;
    const Status status = LogAround::Sync();
    CheckQuota(before);
    Check();
    return status;
  }
  Status Trim(Position watermark) override {
    const Status status = LogAround::Trim(watermark);
    Check();
    return status;
  }

 private:
  void Check() { model_.LogBegins(stream_, stats().begin); }
  // A power loss may bring back segments that were removed: then it must not grow.
  void CheckQuota(uint64_t before) {
    const uint64_t now = stats().disk_bytes;
    if (now <= std::max(before, quota_bytes_ + kQuotaSlackBytes)) return;
    model_.Violate(absl::StrCat("stream ", stream_, ": the log grew from ", before, " to ", now,
                                " bytes, over its quota of ", quota_bytes_));
  }

  Model& model_;
  const int stream_;
  const uint64_t quota_bytes_;
};

class WatchedLedger final : public LedgerAround {
 public:
  WatchedLedger(std::unique_ptr<Ledger> ledger, Model& model, int stream)
      : LedgerAround(std::move(ledger)), model_(model), stream_(stream) {
    for (const ChunkSeal& seal : state().open_chunks) sealed_[seal.id] = seal.positions;
  }

  Status SealChunk(const ChunkSeal& seal) override {
    const Status status = LedgerAround::SealChunk(seal);
    if (status.ok()) sealed_[seal.id] = seal.positions;
    model_.LedgerChanged(stream_, state());
    return status;
  }
  // What a dying process writes last may be on the disk, though it never came to know.
  Status FinishChunk(std::string_view id) override {
    const auto found = sealed_.find(std::string(id));
    if (found != sealed_.end()) model_.Finished(stream_, found->second);
    const Status status = LedgerAround::FinishChunk(id);
    model_.LedgerChanged(stream_, state());
    return status;
  }
  Status LosePositions(const PositionRanges& positions) override {
    model_.Lost(stream_, positions);
    const Status status = LedgerAround::LosePositions(positions);
    model_.LedgerChanged(stream_, state());
    return status;
  }
  Status Sync() override {
    const Status status = LedgerAround::Sync();
    if (status.ok()) model_.LedgerSynced(stream_, state().watermark);
    return status;
  }

 private:
  Model& model_;
  const int stream_;
  std::map<std::string, PositionRanges> sealed_;
};

}  // namespace

std::unique_ptr<RecordLog> WatchLog(std::unique_ptr<RecordLog> log, Model& model, int stream,
                                    uint64_t quota_bytes) {
  return std::make_unique<WatchedLog>(std::move(log), model, stream, quota_bytes);
}

std::unique_ptr<Ledger> WatchLedger(std::unique_ptr<Ledger> ledger, Model& model, int stream) {
  return std::make_unique<WatchedLedger>(std::move(ledger), model, stream);
}

}  // namespace hydrant::simulation
