#include "tests/simulation/workload.h"

#include <algorithm>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr uint64_t kBytesOfAll = 4 << 20;  // of one simulation: more takes longer and shows no more
constexpr absl::Duration kRetryMin = absl::Milliseconds(50);
constexpr int kRetryDoublingsMax = 7;

}  // namespace

Workload::Workload(World& world, std::function<SimNode*()> node)
    : world_(world), node_(std::move(node)) {
  Rng rng = world.seeds.Fork();
  for (size_t stream = 0; stream < world.plan.streams.size(); ++stream) {
    const uint64_t producers = rng.Between(1, 3);
    for (uint64_t i = 0; i < producers; ++i) {
      producers_.push_back(MakeProducer(static_cast<int>(stream), rng.Fork()));
    }
  }
}

Workload::Producer Workload::MakeProducer(int stream, Rng rng) const {
  Producer producer{stream, rng.Fork(), {}, 0, 0, 0, {}};
  producer.pause_max =
      rng.Pick({absl::Milliseconds(10), absl::Seconds(1), absl::Seconds(5), absl::Seconds(30)});
  producer.records_max = rng.Pick({1u, 10u, 100u, 500u});
  producer.record_bytes_max = rng.Pick({8u, 100u, 2'000u, 30'000u, 1'000'000u});
  producer.bytes_left = kBytesOfAll / (3 * world_.plan.streams.size());
  return producer;
}

void Workload::Start(absl::Duration until) {
  until_ = until;
  producing_ = producers_.size();
  for (size_t i = 0; i < producers_.size(); ++i) Next(i);
}

void Workload::Next(size_t number) {
  Producer& producer = producers_[number];
  if (world_.time.elapsed() >= until_ || producer.bytes_left == 0) {
    --producing_;
    return;
  }
  const absl::Duration pause = producer.rng.Between(absl::ZeroDuration(), producer.pause_max);
  world_.timers.After(pause, [this, number] {
    MakeSizes(producers_[number]);
    Send(number);
  });
}

void Workload::MakeSizes(Producer& producer) const {
  Rng& rng = producer.rng;
  const uint64_t records = rng.Between(1, producer.records_max);
  uint64_t room = world_.plan.batch_bytes_max;
  producer.sizes.clear();
  for (uint64_t i = 0; i < records && room >= kRecordBytesMin; ++i) {
    const uint64_t most = std::min<uint64_t>(room, producer.record_bytes_max);
    uint32_t bytes = static_cast<uint32_t>(rng.Between(kRecordBytesMin, most));
    if (rng.Chance(0.02)) bytes = 0;
    producer.sizes.push_back(bytes);
    room -= bytes;
  }
  const uint64_t bytes = world_.plan.batch_bytes_max - room;
  producer.bytes_left -= std::min(producer.bytes_left, std::max<uint64_t>(bytes, 1000));
  producer.failures = 0;
}

void Workload::Send(size_t number) {
  Producer& producer = producers_[number];
  SimNode* node = node_();
  if (node == nullptr) return SendLater(number);
  const uint32_t request = world_.model.BeginRequest(producer.stream, producer.sizes);
  std::vector<std::string> records;
  for (const uint32_t bytes : producer.sizes) {
    const auto record = static_cast<uint32_t>(records.size());
    records.push_back(MakeRecord(world_.model.first_record(request) + record, bytes));
  }
  world_.trace.Note("request ", request, " of ", records.size(), " records to stream ",
                    producer.stream);
  producer.waits = true;
  node->Put(producer.stream, records,
            [this, number, request](const StatusOr<AppendReceipt>& receipt) {
              Answered(number, request, receipt);
            });
}

void Workload::Answered(size_t number, uint32_t request, const StatusOr<AppendReceipt>& receipt) {
  Producer& producer = producers_[number];
  producer.waits = false;
  world_.model.Answered(request, receipt.status(), receipt.ok() ? receipt->first : Position{});
  if (receipt.ok()) {
    Next(number);
  } else {
    SendLater(number);
  }
}

void Workload::SendLater(size_t number) {
  Producer& producer = producers_[number];
  const int doublings = std::min(producer.failures++, kRetryDoublingsMax);
  const absl::Duration wait =
      producer.rng.Between(kRetryMin, kRetryMin * static_cast<int64_t>(2 << doublings));
  world_.timers.After(wait, [this, number] { Send(number); });
}

void Workload::ProcessDied() {
  for (size_t i = 0; i < producers_.size(); ++i) {
    if (std::exchange(producers_[i].waits, false)) SendLater(i);
  }
}

}  // namespace hydrant::simulation
