#include "engine/log/memory_ledger.h"

#include "engine/log/ledger_state.h"

namespace hydrant {
namespace {

class MemoryLedger final : public Ledger {
 public:
  Status SealChunk(const ChunkSeal& seal) override { return Add(SealEntry{seal}); }
  Status FinishChunk(std::string_view chunk_id) override {
    return Add(DoneEntry{std::string(chunk_id)});
  }
  Status SettlePositions(const PositionRanges& positions) override {
    return Add(SettleEntry{positions});
  }
  Status LosePositions(const PositionRanges& positions) override {
    return Add(SettleEntry{positions, CountUnsettled(state_, positions)});
  }
  Status Sync() override { return absl::OkStatus(); }
  const LedgerState& state() const override { return state_; }

 private:
  Status Add(const LedgerEntry& entry) {
    RETURN_IF_ERROR(CheckEntry(state_, entry));
    ApplyEntry(state_, entry);
    return absl::OkStatus();
  }

  LedgerState state_;
};

}  // namespace

std::unique_ptr<Ledger> MakeMemoryLedger() { return std::make_unique<MemoryLedger>(); }

}  // namespace hydrant
