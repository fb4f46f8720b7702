// What grouping records into chunks costs: batches in, sealed chunks out, with a ledger that answers at
// once. All in one thread, on CAF's testing scheduler.
#include "actors/buffer.h"
#include "engine/testing/access_log.h"
#include "engine/testing/bench_report.h"

#include <benchmark/benchmark.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <memory>
#include <string>
#include <vector>

namespace hydrant {
namespace {

constexpr size_t kRecordBytes = 500;
constexpr size_t kChunkBytes = 5'000'000;

class NamesOnly final : public Sink {
 public:
  std::string NameChunk(const ChunkSeal& seal) const override { return "object-" + seal.id; }
  StatusOr<Payload> Encode(const Chunk& /*chunk*/) const override { return Internal("not asked"); }
  asio::awaitable<DeliveryOutcome> Deliver(const Delivery& /*delivery*/) override {
    co_return DeliveryOutcome::Delivered();
  }
  asio::awaitable<Status> Probe() override { co_return absl::OkStatus(); }
  std::string Describe() const override { return "names only"; }
};

// What came out.
struct Chunks {
  uint64_t count = 0;
  ChunkSeal last;
};

// A buffer between a branch that finishes each chunk at once and a writer that has nothing to write.
class BufferAlone {
 public:
  explicit BufferAlone(Chunks& chunks) {
    config_.set("scheduler.policy", caf::atom("testing"));
    system_ = std::make_unique<caf::actor_system>(config_);
    auto buffer = std::make_shared<Buffer>();
    const caf::actor branch = system_->spawn([&chunks, buffer](caf::event_based_actor* self) {
      return caf::behavior{[&chunks, buffer, self](const ChunkReady& ready) {
        ++chunks.count;
        chunks.last = ready.work->seal;
        self->send(*buffer, ChunkDone{false});
      }};
    });
    const caf::actor writer = system_->spawn([](caf::event_based_actor* /*self*/) {
      return caf::behavior{[](const WriteLedger&) { return LedgerWritten{}; }};
    });
    BufferOptions options;
    options.branch = caf::actor_cast<Branch>(branch);
    options.writer = caf::actor_cast<LogWriter>(writer);
    options.ledger = std::make_shared<ShardLedger>();
    options.destinations = {std::make_shared<NamesOnly>()};
    options.hints = options.error_hints = {kChunkBytes, absl::Seconds(900)};
    options.seal_waits = std::make_shared<std::atomic<bool>>(false);
    options.pool = &pool_;
    options.entropy = &Entropy::System();
    *buffer = SpawnBuffer(*system_, std::move(options));
    buffer_ = buffer;
    actors_ = {branch, writer, caf::actor_cast<caf::actor>(*buffer)};
  }
  ~BufferAlone() {
    for (const caf::actor& actor : actors_) {
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    }
    actors_.clear();
    *buffer_ = Buffer{};
    Run();
  }

  void Send(const RecordBatchPtr& batch) {
    PipelineBatch next;
    next.sequence = sequence_++;
    next.slice = {batch, 0, static_cast<uint32_t>(batch->record_count())};
    next.cost_bytes = batch->memory_bytes();
    caf::anon_send(*buffer_, std::move(next));
  }
  void Run() { dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler()).run(); }

 private:
  ArenaPool pool_{1 << 20};
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::vector<caf::actor> actors_;
  std::shared_ptr<Buffer> buffer_;
  uint64_t sequence_ = 0;
};

// Batches that fill a chunk to the byte, with positions from 0.
std::vector<RecordBatchPtr> MakeBatches(ArenaPool& pool, size_t records_per_batch) {
  const std::string text = testing::AccessLog(1, kChunkBytes).substr(0, kChunkBytes);
  std::vector<RecordBatchPtr> batches;
  Position first;
  for (size_t at = 0; at < text.size();) {
    RecordBatchBuilder builder(pool, records_per_batch * kRecordBytes, records_per_batch);
    for (size_t i = 0; i < records_per_batch; ++i, at += kRecordBytes) {
      builder.AddRecord(std::string_view(text).substr(at, kRecordBytes));
    }
    batches.push_back(std::move(builder).Build(absl::UnixEpoch(), first));
    first = first + records_per_batch;
  }
  return batches;
}

// Argument: records of a batch.
void BM_Buffer(benchmark::State& state) {
  constexpr uint64_t kRecords = kChunkBytes / kRecordBytes;
  ArenaPool pool(1 << 20);
  const auto batches = MakeBatches(pool, static_cast<size_t>(state.range(0)));
  Chunks chunks;
  BufferAlone buffer(chunks);
  const auto fill = [&] {
    for (const RecordBatchPtr& batch : batches) buffer.Send(batch);
    buffer.Run();
  };
  fill();
  const PositionRanges all = {{Position{0}, Position{kRecords}}};
  if (chunks.count != 1 || chunks.last.positions != all ||
      chunks.last.payload_bytes != kChunkBytes || chunks.last.record_count != kRecords) {
    return state.SkipWithError("grouped wrongly");
  }
  for (auto _ : state) fill();
  if (chunks.count != static_cast<uint64_t>(state.iterations()) + 1) {
    state.SkipWithError("a chunk is missing");
  }
  testing::ReportWork(state, kChunkBytes, kRecords);
}
BENCHMARK(BM_Buffer)->Arg(1)->Arg(500);

}  // namespace
}  // namespace hydrant
