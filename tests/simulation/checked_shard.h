// WatchLog, WatchLedger: a log and a ledger that tell the model of everything that is done with them.
// Owner:   as RecordLog and Ledger, under one thread
#pragma once

#include "engine/log/ledger.h"
#include "engine/log/record_log.h"
#include "tests/simulation/model.h"

#include <memory>

namespace hydrant::simulation {

std::unique_ptr<RecordLog> WatchLog(std::unique_ptr<RecordLog> log, Model& model, int stream,
                                    uint64_t quota_bytes);
std::unique_ptr<Ledger> WatchLedger(std::unique_ptr<Ledger> ledger, Model& model, Place place);

}  // namespace hydrant::simulation
