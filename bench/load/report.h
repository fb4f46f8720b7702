// Report: a run's result as one line of JSON on standard output.
// Owner:   the calling thread
// Units:   as the member names say
#pragma once

#include "bench/load/run.h"

namespace hydrant::load {

// Sorts the result's latencies on the way.
void PrintReport(LoadResult& result);
// One number a line: how often each request of the sample was acknowledged. For checks of loss.
bool WriteTaken(const LoadResult& result, const char* path);

}  // namespace hydrant::load
