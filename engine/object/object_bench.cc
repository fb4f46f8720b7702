// What the key of an object costs: made once a chunk, so it counts when chunks are many and small.
#include "engine/object/object.h"

#include <benchmark/benchmark.h>

#include <string>

namespace hydrant {
namespace {

void MakeKeys(benchmark::State& state, const ObjectOptions& options, std::string_view expected) {
  ChunkSeal seal;
  seal.id = "01234567-89ab-4def-bedc-ba9876543210";
  seal.oldest_arrival =
      absl::FromCivil(absl::CivilSecond(2026, 11, 21, 23, 4, 5), absl::UTCTimeZone());
  const ObjectOrigin origin{"clicks", 3};
  if (!ObjectKey(options, origin, seal).starts_with(expected)) {
    return state.SkipWithError("a wrong key");
  }
  for (auto _ : state) benchmark::DoNotOptimize(ObjectKey(options, origin, seal));
  state.SetItemsProcessed(state.iterations());
}

void BM_KeyByDefault(benchmark::State& state) {
  MakeKeys(state, {.prefix = "web/"}, "web/2026/11/21/23/clicks-3-2026-11-21-23-04-05-01234567");
}
BENCHMARK(BM_KeyByDefault);

void BM_KeyWithExpressions(benchmark::State& state) {
  ObjectOptions options;
  options.prefix =
      "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/"
      "!{firehose:random-string}/";
  options.compression = CompressionFormat::kGzip;
  if (!absl::LoadTimeZone("Asia/Tokyo", &options.time_zone)) {
    return state.SkipWithError("no time zones");
  }
  MakeKeys(state, options, "year=2026/month=11/day=22/");
}
BENCHMARK(BM_KeyWithExpressions);

}  // namespace
}  // namespace hydrant
