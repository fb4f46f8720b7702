#include "tests/simulation/plants.h"

#include "engine/testing/around.h"

#include <algorithm>
#include <string>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr PlantName kNames[] = {
    {Plant::kAcknowledgeBeforeSync, "acknowledge-before-sync"},
    {Plant::kDoneBeforeDelivered, "done-before-delivered"},
    {Plant::kTrimOneTooFar, "trim-one-too-far"},
    {Plant::kDropOnSecondRetry, "drop-on-second-retry"},
    {Plant::kForgetARejectedRecord, "forget-a-rejected-record"},
    {Plant::kGiveUpTooEarly, "give-up-too-early"},
    {Plant::kNeverGiveUp, "never-give-up"},
    {Plant::kNeverCopyBack, "never-copy-back"},
    {Plant::kDuplicateKeyOnRecovery, "duplicate-key-on-recovery"},
};

class TrimsOneTooFar final : public LogAround {
 public:
  using LogAround::LogAround;
  Status Trim(Position watermark, Position wanted_from) override {
    const Position end = stats().durable_end;
    return LogAround::Trim(std::min(watermark + 1, end), wanted_from);
  }
};

class FinishesWhenSealed final : public LedgerAround {
 public:
  using LedgerAround::LedgerAround;
  Status Write(const LedgerEntry& entry) override {
    RETURN_IF_ERROR(LedgerAround::Write(entry));
    const auto* sealed = std::get_if<SealChunk>(&entry);
    return sealed ? LedgerAround::Write(FinishChunk{sealed->seal.id}) : absl::OkStatus();
  }
};

class ForgetsRejected final : public LedgerAround {
 public:
  using LedgerAround::LedgerAround;
  Status Write(const LedgerEntry& entry) override {
    const auto* reduce = std::get_if<ReduceChunk>(&entry);
    return LedgerAround::Write(reduce ? ReduceChunk{reduce->id, reduce->left, {}} : entry);
  }
};

class NeverCopiesBack final : public LedgerAround {
 public:
  using LedgerAround::LedgerAround;
  Status Write(const LedgerEntry& entry) override {
    const auto* elsewhere = std::get_if<FinishElsewhere>(&entry);
    if (elsewhere == nullptr) return LedgerAround::Write(entry);
    return LedgerAround::Write(FinishChunk{elsewhere->id});
  }
};

class RenamesWhatItFinds final : public LedgerAround {
 public:
  explicit RenamesWhatItFinds(std::unique_ptr<Ledger> ledger) : LedgerAround(std::move(ledger)) {
    for (const ChunkSeal& seal : LedgerAround::state().open_chunks) found_.push_back(seal.id);
  }
  const LedgerState& state() const override {
    renamed_ = LedgerAround::state();
    for (ChunkSeal& seal : renamed_.open_chunks) {
      if (std::find(found_.begin(), found_.end(), seal.id) != found_.end()) seal.name += "-again";
    }
    return renamed_;
  }

 private:
  std::vector<std::string> found_;
  mutable LedgerState renamed_;
};

}  // namespace

std::span<const PlantName> PlantNames() { return kNames; }

std::optional<Plant> FindPlant(std::string_view name) {
  for (const PlantName& known : kNames) {
    if (known.name == name) return known.plant;
  }
  return std::nullopt;
}

std::unique_ptr<RecordLog> PlantInLog(Plant plant, std::unique_ptr<RecordLog> log) {
  if (plant == Plant::kTrimOneTooFar) return std::make_unique<TrimsOneTooFar>(std::move(log));
  return log;
}

std::unique_ptr<Ledger> PlantInLedger(Plant plant, std::unique_ptr<Ledger> ledger) {
  if (plant == Plant::kDoneBeforeDelivered) {
    return std::make_unique<FinishesWhenSealed>(std::move(ledger));
  }
  if (plant == Plant::kForgetARejectedRecord) {
    return std::make_unique<ForgetsRejected>(std::move(ledger));
  }
  if (plant == Plant::kNeverCopyBack) return std::make_unique<NeverCopiesBack>(std::move(ledger));
  if (plant == Plant::kDuplicateKeyOnRecovery) {
    return std::make_unique<RenamesWhatItFinds>(std::move(ledger));
  }
  return ledger;
}

RetryPolicy PlantInRetry(Plant plant, RetryPolicy policy) {
  if (plant == Plant::kGiveUpTooEarly && policy.duration) *policy.duration /= 10;
  if (plant == Plant::kNeverGiveUp) policy.duration.reset();
  return policy;
}

}  // namespace hydrant::simulation
