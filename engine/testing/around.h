// LogAround, LedgerAround: a log and a ledger that hand every call on, for those that change or watch some of them.
// Owner:   as RecordLog and Ledger
#pragma once

#include "engine/log/ledger.h"
#include "engine/log/record_log.h"

#include <memory>
#include <utility>

namespace hydrant {

class LogAround : public RecordLog {
 public:
  explicit LogAround(std::unique_ptr<RecordLog> log) : log_(std::move(log)) {}
  Status Append(std::unique_ptr<RecordBatch> batch) override {
    return log_->Append(std::move(batch));
  }
  Status Sync() override { return log_->Sync(); }
  RecordBatchPtr ReadCached(Position from) const override { return log_->ReadCached(from); }
  StatusOr<LogReadResult> Read(Position from, uint64_t bytes_max) override {
    return log_->Read(from, bytes_max);
  }
  Status Trim(Position watermark, Position wanted_from) override {
    return log_->Trim(watermark, wanted_from);
  }
  StatusOr<Position> FindTime(absl::Time time) override { return log_->FindTime(time); }
  LogStats stats() const override { return log_->stats(); }
  Position append_position() const override { return log_->append_position(); }

 private:
  const std::unique_ptr<RecordLog> log_;
};

class LedgerAround : public Ledger {
 public:
  explicit LedgerAround(std::unique_ptr<Ledger> ledger) : ledger_(std::move(ledger)) {}
  Status Write(const LedgerEntry& entry) override { return ledger_->Write(entry); }
  Status Sync() override { return ledger_->Sync(); }
  const LedgerState& state() const override { return ledger_->state(); }

 private:
  const std::unique_ptr<Ledger> ledger_;
};

}  // namespace hydrant
