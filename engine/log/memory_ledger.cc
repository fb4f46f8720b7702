#include "engine/log/memory_ledger.h"

#include "engine/log/ledger_state.h"

namespace hydrant {
namespace {

class MemoryLedger final : public Ledger {
 public:
  Status Write(const LedgerEntry& entry) override {
    RETURN_IF_ERROR(CheckEntry(state_, entry));
    ApplyEntry(state_, entry);
    return absl::OkStatus();
  }
  Status Sync() override { return absl::OkStatus(); }
  const LedgerState& state() const override { return state_; }

 private:
  LedgerState state_;
};

}  // namespace

std::unique_ptr<Ledger> MakeMemoryLedger() { return std::make_unique<MemoryLedger>(); }

}  // namespace hydrant
