#include "tests/simulation/checked_shard.h"

#include "engine/testing/around.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
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
      records.push_back(NumberOf(batch->Record(i)) + 1);
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
  Status Trim(Position watermark, Position wanted_from) override {
    const Status status = LogAround::Trim(watermark, wanted_from);
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
  WatchedLedger(std::unique_ptr<Ledger> ledger, Model& model, Place place)
      : LedgerAround(std::move(ledger)), model_(model), place_(place) {}

  Status Write(const LedgerEntry& entry) override {
    model_.Writes(place_, entry);
    Status status = LedgerAround::Write(entry);
    if (!status.ok()) model_.Disturbed(place_.stream);
    model_.LedgerChanged(place_, state());
    return status;
  }
  Status Sync() override {
    Status status = LedgerAround::Sync();
    if (status.ok()) {
      model_.LedgerSynced(place_, state().watermark);
    } else {
      model_.Disturbed(place_.stream);
    }
    return status;
  }

 private:
  Model& model_;
  const Place place_;
};

}  // namespace

std::unique_ptr<RecordLog> WatchLog(std::unique_ptr<RecordLog> log, Model& model, int stream,
                                    uint64_t quota_bytes) {
  return std::make_unique<WatchedLog>(std::move(log), model, stream, quota_bytes);
}

std::unique_ptr<Ledger> WatchLedger(std::unique_ptr<Ledger> ledger, Model& model, Place place) {
  return std::make_unique<WatchedLedger>(std::move(ledger), model, place);
}

}  // namespace hydrant::simulation
