// Plants: bugs that are put into a simulated node on purpose, to see that the checks find them. They change what
// stands around the node's parts, never the product's code.
// Owner:   plain data
#pragma once

#include "engine/delivery/retry_policy.h"
#include "engine/log/ledger.h"
#include "engine/log/record_log.h"

#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace hydrant::simulation {

enum class Plant {
  kNone,
  kAcknowledgeBeforeSync,   // the log's syncs do nothing
  kDoneBeforeDelivered,     // the ledger finishes a chunk when it is sealed
  kTrimOneTooFar,           // the log forgets one record that is not settled
  kDropOnSecondRetry,       // the third attempt of a chunk counts as delivered, and is not sent
  kForgetARejectedRecord,   // what is given up counts as delivered
  kGiveUpTooEarly,          // records are given up after a tenth of their retry duration
  kNeverGiveUp,             // and these never
  kNeverCopyBack,           // what went elsewhere counts as delivered
  kDuplicateKeyOnRecovery,  // chunks that are rebuilt after a restart get other names
};

struct PlantName {
  Plant plant;
  std::string_view name;
};
// All but kNone.
std::span<const PlantName> PlantNames();
std::optional<Plant> FindPlant(std::string_view name);

// `log` and `ledger` as they are, or around them what the plant does.
std::unique_ptr<RecordLog> PlantInLog(Plant plant, std::unique_ptr<RecordLog> log);
std::unique_ptr<Ledger> PlantInLedger(Plant plant, std::unique_ptr<Ledger> ledger);
RetryPolicy PlantInRetry(Plant plant, RetryPolicy policy);

}  // namespace hydrant::simulation
