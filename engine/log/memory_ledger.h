// MakeMemoryLedger: a ledger that survives nothing, beside a memory log and in tests.
// Owner:   as Ledger: one writer
// Errors:  kNotFound, kAlreadyExists, kInvalidArgument: the caller's bug; the state is unchanged
#pragma once

#include "engine/log/ledger.h"

#include <memory>

namespace hydrant {

std::unique_ptr<Ledger> MakeMemoryLedger();

}  // namespace hydrant
