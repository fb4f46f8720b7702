// What a commit, a backlog and a start cost. Each bench checks its answer before it counts.
#include "engine/base/check.h"
#include "engine/base/logging.h"
#include "engine/log/file_log.h"
#include "engine/testing/bench_report.h"
#include "engine/testing/temp_dir.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace hydrant {

__attribute__((weak)) void Log(LogLevel, std::string_view, std::initializer_list<LogField>) {}

namespace {

constexpr size_t kRecordBytes = 500;
constexpr uint64_t kBacklogBytes = 32 << 20;
// A segment of the usual size that is nearly full, which is what has to be looked through.
constexpr uint64_t kOpenedBytes = 60 << 20;

std::unique_ptr<RecordBatch> MakeBatch(ArenaPool& pool, size_t bytes) {
  RecordBatchBuilder builder(pool, bytes, bytes / kRecordBytes);
  for (size_t i = 0; i < bytes / kRecordBytes; ++i) {
    builder.AddRecord(std::string(kRecordBytes, static_cast<char>('a' + i % 26)));
  }
  return std::move(builder).Build(absl::UnixEpoch());
}

std::unique_ptr<RecordLog> Open(const testing::TempDir& dir, ArenaPool& pool, LogOptions options) {
  auto log = OpenFileLog(FileSystem::Posix(), dir.File("log"), options, pool, Clock::System(), {});
  HYDRANT_CHECK(log.ok());
  return std::move(*log);
}

// Writes `bytes` of backlog in frames of `frame_bytes`.
uint64_t Fill(RecordLog& log, ArenaPool& pool, uint64_t bytes, size_t frame_bytes) {
  uint64_t payload = 0;
  while (payload < bytes) {
    for (uint64_t commit = 0; commit < (4 << 20) && payload < bytes; commit += frame_bytes) {
      std::unique_ptr<RecordBatch> batch = MakeBatch(pool, frame_bytes);
      payload += batch->payload_bytes();
      HYDRANT_CHECK(log.Append(std::move(batch)).ok());
    }
    HYDRANT_CHECK(log.Sync().ok());
  }
  return payload;
}

uint64_t ReadAll(RecordLog& log) {
  uint64_t payload = 0;
  for (Position next;;) {
    StatusOr<LogReadResult> read = log.Read(next, 1 << 20);
    HYDRANT_CHECK(read.ok() && read->damage.empty());
    if (read->batch == nullptr) return payload;
    payload += read->batch->payload_bytes();
    next = read->next;
  }
}

// Arguments: bytes of a commit; 1: fsync, 0: os.
void BM_Commit(benchmark::State& state) {
  const testing::TempDir dir;
  ArenaPool pool(64 << 20);
  LogOptions options;
  options.durability = state.range(1) == 1 ? Durability::kFsync : Durability::kOs;
  options.tail_cache_bytes = 0;
  options.quota_bytes = 1 << 30;  // what is delivered goes when it is reached
  std::unique_ptr<RecordLog> log = Open(dir, pool, options);
  uint64_t payload = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::unique_ptr<RecordBatch> batch = MakeBatch(pool, static_cast<size_t>(state.range(0)));
    payload += batch->payload_bytes();
    state.ResumeTiming();
    HYDRANT_CHECK(log->Append(std::move(batch)).ok());
    HYDRANT_CHECK(log->Sync().ok());
    HYDRANT_CHECK(log->Trim(log->append_position()).ok());
  }
  HYDRANT_CHECK(log->append_position().value == payload / kRecordBytes);
  const auto commits = static_cast<uint64_t>(state.iterations());
  testing::ReportWork(state, payload / commits, payload / commits / kRecordBytes);
}
BENCHMARK(BM_Commit)->ArgsProduct({{1 << 20, 64 << 10}, {0, 1}})->UseRealTime();

// Argument: bytes of a frame. 1 MiB a read, from the system's cache.
void BM_ReadBacklog(benchmark::State& state) {
  const testing::TempDir dir;
  ArenaPool pool(64 << 20);
  LogOptions options;
  options.durability = Durability::kOs;
  options.tail_cache_bytes = 0;
  std::unique_ptr<RecordLog> log = Open(dir, pool, options);
  const uint64_t payload = Fill(*log, pool, kBacklogBytes, static_cast<size_t>(state.range(0)));
  HYDRANT_CHECK(ReadAll(*log) == payload);
  for (auto _ : state) HYDRANT_CHECK(ReadAll(*log) == payload);
  testing::ReportWork(state, payload, payload / kRecordBytes);
}
BENCHMARK(BM_ReadBacklog)->Arg(500)->Arg(16 << 10)->Arg(256 << 10)->Arg(1 << 20);

// Opening a log: recovery. Arguments: bytes of a frame, of a segment.
void BM_Open(benchmark::State& state) {
  const testing::TempDir dir;
  ArenaPool pool(64 << 20);
  LogOptions options;
  options.durability = Durability::kOs;
  options.tail_cache_bytes = 0;
  options.segment_bytes_max = static_cast<uint64_t>(state.range(1));
  Position end;
  uint64_t payload = 0;
  {
    std::unique_ptr<RecordLog> log = Open(dir, pool, options);
    payload = Fill(*log, pool, kOpenedBytes, static_cast<size_t>(state.range(0)));
    end = log->append_position();
  }
  for (auto _ : state) {
    std::unique_ptr<RecordLog> log = Open(dir, pool, options);
    HYDRANT_CHECK(log->append_position() == end);
  }
  testing::ReportWork(state, payload);
}
BENCHMARK(BM_Open)
    ->Args({500, 64 << 20})
    ->Args({256 << 10, 64 << 20})
    ->Args({256 << 10, 1 << 20})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hydrant
