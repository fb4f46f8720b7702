// ReportWork: what every bench reports: bytes a second, and for work that is done record by record the
// time of one, "per_record".
// Units:   `bytes` and `records` are those of one iteration; per_record is seconds, shown as ns
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace hydrant::testing {

inline void ReportWork(benchmark::State& state, uint64_t bytes, uint64_t records = 0) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
  if (records == 0) return;
  state.counters["per_record"] =
      benchmark::Counter(static_cast<double>(state.iterations() * records),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace hydrant::testing
