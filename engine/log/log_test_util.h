// Helpers of the log's tests: batches with known content, a clock that stands still, reading back.
#pragma once

#include "engine/base/clock.h"
#include "engine/base/log_sink.h"
#include "engine/log/record_log.h"
#include "engine/testing/status_matchers.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

namespace hydrant::testing {

class FakeClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

inline std::unique_ptr<RecordBatch> MakeBatch(ArenaPool& pool,
                                              const std::vector<std::string>& records,
                                              absl::Time arrival = absl::UnixEpoch()) {
  RecordBatchBuilder builder(pool, 64);
  for (const std::string& record : records) builder.AddRecord(record);
  return std::move(builder).Build(arrival);
}

inline std::vector<std::string> RecordsOf(const RecordBatch& batch) {
  std::vector<std::string> records;
  for (size_t i = 0; i < batch.record_count(); ++i) records.emplace_back(batch.Record(i));
  return records;
}

inline Status AppendAndSync(RecordLog& log, std::unique_ptr<RecordBatch> batch) {
  RETURN_IF_ERROR(log.Append(std::move(batch)));
  return log.Sync();
}

// How many lines were logged while it lives; they go nowhere else.
class LoggedLines {
 public:
  LoggedLines() {
    count_ = 0;
    SetLogSink([](LogLevel, std::string_view, std::initializer_list<LogField>) { ++count_; });
  }
  ~LoggedLines() { SetLogSink(nullptr); }
  LoggedLines(const LoggedLines&) = delete;
  LoggedLines& operator=(const LoggedLines&) = delete;
  int count() const { return count_; }

 private:
  static inline std::atomic<int> count_{0};
};

struct Drained {
  std::vector<std::pair<uint64_t, std::string>> records;  // position and bytes
  std::vector<LogDamage> damage;
  Position next;
  size_t reads = 0;

  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const auto& [position, text] : records) texts.push_back(text);
    return texts;
  }
};

// Everything from `from` on, checking that positions are what they must be.
inline Drained Drain(RecordLog& log, Position from, uint64_t bytes_max = 1 << 20) {
  Drained all;
  all.next = from;
  for (int i = 0; i < 1'000'000; ++i) {
    StatusOr<LogReadResult> read = log.Read(all.next, bytes_max);
    EXPECT_OK(read);
    if (!read.ok()) return all;
    ++all.reads;
    for (LogDamage& damage : read->damage) all.damage.push_back(damage);
    if (read->batch == nullptr) {
      all.next = read->next;
      return all;
    }
    EXPECT_GE(read->batch->first_position(), all.next);
    EXPECT_EQ(read->next, read->batch->end_position());
    EXPECT_GT(read->batch->record_count(), 0u);
    for (size_t r = 0; r < read->batch->record_count(); ++r) {
      all.records.emplace_back(read->batch->PositionOf(r).value, read->batch->Record(r));
    }
    all.next = read->next;
  }
  ADD_FAILURE() << "reading does not end";
  return all;
}

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// In place: a file system may wait for the disk when a file is emptied and written again.
inline void WriteText(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::app).flush();  // makes it
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  std::filesystem::resize_file(path, text.size());
}

}  // namespace hydrant::testing
