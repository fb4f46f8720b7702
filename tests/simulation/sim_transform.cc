#include "tests/simulation/sim_transform.h"

#include "tests/simulation/model.h"
#include "tests/simulation/sim_destination.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hydrant::simulation {

void SimTransform::Apply(TransformInput input, std::function<void(TransformOutput)> done) {
  const RecordBatch& batch = *input.slice.batch;
  const PositionRange source = input.slice.positions();
  RecordBatchBuilder builder(*input.pool, 1024);
  std::vector<uint32_t> offsets;
  if (rng_.Chance(plan_.throws)) throw std::runtime_error("planned");
  for (uint32_t i = input.slice.begin; i < input.slice.end; ++i) {
    std::string record{batch.Record(i)};
    const uint32_t number = NumberOf(record);
    if (IsPoison(number, plan_.poison_every)) throw std::runtime_error("planned");
    if (number != kNoRecord && IsDropped(number)) continue;
    if (!record.empty()) record += kDelimiter;
    builder.AddRecord(record);
    offsets.push_back(static_cast<uint32_t>(batch.PositionOf(i) - source.begin));
  }
  RecordBatchPtr made =
      std::move(builder).BuildTransformed(batch.arrival(), source, std::move(offsets));
  if (!rng_.Chance(plan_.late)) return done({std::move(made)});
  timers_.After(rng_.Between(absl::Milliseconds(1), absl::Seconds(1)),
                [done = std::move(done), made] { done({made}); });
}

}  // namespace hydrant::simulation
