// RaiseFileLimit: as many open files as the system lets the process have.
// Owner:   any thread
#pragma once

#include <cstdint>

namespace hydrant {

// How many that are.
uint64_t RaiseFileLimit();

}  // namespace hydrant
