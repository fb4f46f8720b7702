// A ledger of which power loss left some sectors and not others: it opens, nothing is settled that was not,
// and every chunk whose lines are there is as it was.
#include "engine/log/file_ledger.h"
#include "engine/log/ledger_state.h"
#include "engine/log/log_test_util.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

namespace hydrant {
namespace {

using testing::FaultyFileSystem;
using testing::ReadText;
using testing::WriteText;

constexpr size_t kSectorBytes = 512;

PositionRanges Union(PositionRanges ranges, const PositionRanges& more) {
  for (const PositionRange& range : more) AddRange(ranges, range);
  return ranges;
}

bool Overlap(const PositionRanges& a, const PositionRanges& b) { return SubtractRanges(a, b) != a; }

// Random entries as a stream would write them, and what each line of the file was.
class Workload {
 public:
  Workload(FileSystem& files, std::string path, uint64_t seed)
      : files_(files), path_(std::move(path)), random_(seed) {
    files_.Remove(path_).IgnoreError();
    auto ledger = OpenFileLedger(files_, path_, true);
    EXPECT_OK(ledger);
    ledger_ = std::move(*ledger);
    ends_.push_back(*files_.FileSize(path_));
  }

  struct Line {
    size_t begin = 0;
    size_t end = 0;
    std::string chunk;  // whose entry it is; empty: of none
  };

  void Write(int entries) {
    for (int i = 0; i < entries; ++i) WriteOne();
  }
  void Close() { ledger_.reset(); }

  std::mt19937_64& random() { return random_; }
  const std::vector<Line>& lines() const { return lines_; }
  // After the first two lines, and after each later one.
  const std::vector<LedgerState>& states() const { return states_; }
  // What a chunk was sealed with.
  const std::map<std::string, PositionRanges>& sealed() const { return sealed_; }
  const PositionRanges& given_up() const { return given_up_; }
  const PositionRanges& elsewhere() const { return elsewhere_; }

 private:
  const LedgerState& state() const { return ledger_->state(); }
  uint64_t Dice(uint64_t sides) { return random_() % sides; }

  PositionRanges Unread() {
    const uint64_t begin = next_ + (Dice(4) == 0 ? 1 + Dice(3) : 0);
    next_ = begin + 1 + Dice(12);
    return {{{begin}, {next_}}};
  }

  void Put(const LedgerEntry& entry, const std::string& chunk) {
    ASSERT_OK(ledger_->Write(entry));
    ends_.push_back(*files_.FileSize(path_));
    lines_.push_back({ends_[ends_.size() - 2], ends_.back(), chunk});
    states_.push_back(state());
  }

  Failure MakeFailure(PositionRanges positions) {
    given_up_ = Union(given_up_, positions);
    Failure failure;
    failure.positions = std::move(positions);
    failure.type = "test-failed";
    failure.error_message = std::string(Dice(300), 'm');
    failure.ended = absl::FromUnixSeconds(1);
    return failure;
  }

  void Seal(PositionRanges positions, std::vector<Failure> failures) {
    ChunkSeal seal;
    seal.id = "chunk-" + std::to_string(sealed_.size());
    seal.name = "logs/" + seal.id;
    seal.positions = std::move(positions);
    seal.failures = std::move(failures);
    sealed_[seal.id] = seal.positions;
    Put(SealChunk{seal}, seal.id);
  }

  // Of a chunk; what it has lost is settled and does not fail.
  ReduceChunk Split(const ChunkSeal& chunk) {
    ReduceChunk reduce{chunk.id, {}, {}};
    PositionRanges failed;
    const bool ends = Dice(3) == 0;
    reduce.elsewhere = chunk.failures.empty() && Dice(2) == 0;
    for (const PositionRange& range : chunk.positions) {
      for (uint64_t at = range.begin.value; at < range.end.value; ++at) {
        const PositionRange one = {{at}, {at + 1}};
        const uint64_t fate = Dice(3);
        const bool lost = Overlap({one}, SettledOf(state()));
        if (fate == 0 && !ends) {
          AddRange(reduce.left, one);
        } else if (fate == 1 && !lost) {
          AddRange(failed, one);
        } else if (reduce.elsewhere && !lost) {
          AddRange(elsewhere_, one);
        }
      }
    }
    if (!failed.empty()) reduce.failures.push_back(MakeFailure(failed));
    return reduce;
  }

  void EndOne() {
    const ChunkSeal chunk = state().open_chunks[Dice(state().open_chunks.size())];
    switch (Dice(6)) {
      case 0:
        return Put(Split(chunk), chunk.id);
      case 1:
        if (!chunk.failures.empty() || Overlap(chunk.positions, SettledOf(state()))) return;
        elsewhere_ = Union(elsewhere_, chunk.positions);
        return Put(FinishElsewhere{chunk.id}, chunk.id);
      case 2:
        return Put(RerouteChunk{chunk.id, "second/" + chunk.id, 1}, chunk.id);
      case 3:
        return Put(NoteAttempts{chunk.id, 4, absl::FromUnixSeconds(7)}, chunk.id);
      default:
        return Put(FinishChunk{chunk.id}, chunk.id);
    }
  }

  void WriteOne() {
    const uint64_t dice = Dice(100);
    if (dice < 50 && !state().open_chunks.empty()) return EndOne();
    if (dice < 65 && !state().failed.empty()) {
      const Failure failure = state().failed[Dice(state().failed.size())];
      return Seal(failure.positions, {failure});
    }
    if (dice < 75 && !state().elsewhere.empty()) {
      return Seal({state().elsewhere[Dice(state().elsewhere.size())]}, {});
    }
    if (dice < 80) return Put(FailPositions{{MakeFailure(Unread())}}, "");
    if (dice < 84) return Put(SettlePositions{Unread()}, "");
    if (dice < 88 && next_ > 0) {
      const uint64_t begin = Dice(next_);
      return Put(LosePositions{{{{begin}, {std::min(next_, begin + 1 + Dice(5))}}}}, "");
    }
    Seal(Unread(), {});
  }

  FileSystem& files_;
  const std::string path_;
  std::mt19937_64 random_;
  std::unique_ptr<Ledger> ledger_;
  uint64_t next_ = 0;
  std::vector<size_t> ends_;
  std::vector<Line> lines_;
  std::vector<LedgerState> states_{LedgerState{}};
  std::map<std::string, PositionRanges> sealed_;
  PositionRanges given_up_;
  PositionRanges elsewhere_;
};

// What a disk may hold of a file that was synced up to `synced`: of each sector behind it the new content
// or none of it.
std::string AfterPowerLoss(const std::string& text, size_t synced, std::mt19937_64& random) {
  std::string left = text.substr(0, synced + random() % (text.size() - synced + 1));
  const uint64_t one_in = 2 + random() % 8;
  for (size_t begin = synced; begin < left.size();) {
    const size_t end = std::min(left.size(), (begin / kSectorBytes + 1) * kSectorBytes);
    if (random() % one_in == 0) std::fill(left.begin() + begin, left.begin() + end, '\0');
    begin = end;
  }
  return left;
}

// With its newline, and not behind another line's rubbish.
bool Survived(const Workload::Line& line, const std::string& text, const std::string& left) {
  const size_t from = line.begin - 1;
  return line.end <= left.size() &&
         left.compare(from, line.end - from, text, from, line.end - from) == 0;
}

// Each record is in one place; of an open chunk some may be lost.
void ExpectConsistent(const LedgerState& state) {
  ASSERT_OK(CheckState(state));
  PositionRanges placed = state.elsewhere;
  for (const Failure& failure : state.failed) {
    EXPECT_FALSE(Overlap(failure.positions, placed));
    placed = Union(placed, failure.positions);
  }
  EXPECT_FALSE(Overlap(placed, SettledOf(state)));
  for (const ChunkSeal& chunk : state.open_chunks) {
    EXPECT_FALSE(Overlap(chunk.positions, placed)) << chunk.id;
    placed = Union(placed, chunk.positions);
  }
}

void ExpectChunksAsTheyWere(const Workload& workload, const std::string& text,
                            const std::string& left, const LedgerState& found) {
  std::map<std::string, bool> survived;
  for (const Workload::Line& line : workload.lines()) {
    if (line.chunk.empty()) continue;
    const bool first = !survived.contains(line.chunk);
    survived[line.chunk] = Survived(line, text, left) && (first || survived[line.chunk]);
  }
  const LedgerState& truth = workload.states().back();
  for (const auto& [id, whole] : survived) {
    if (!whole) continue;
    const auto is_it = [id = id](const ChunkSeal& chunk) { return chunk.id == id; };
    const auto was = std::find_if(truth.open_chunks.begin(), truth.open_chunks.end(), is_it);
    const auto is = std::find_if(found.open_chunks.begin(), found.open_chunks.end(), is_it);
    ASSERT_EQ(is != found.open_chunks.end(), was != truth.open_chunks.end()) << id;
    if (was != truth.open_chunks.end()) {
      EXPECT_EQ(*is, *was) << id;
      continue;
    }
    // What was neither given up nor delivered elsewhere was settled with it.
    const PositionRanges others = Union(workload.given_up(), workload.elsewhere());
    const PositionRanges settled = SubtractRanges(workload.sealed().at(id), others);
    EXPECT_FALSE(Overlap(settled, SubtractRanges(settled, SettledOf(found)))) << id;
  }
}

void RunSeed(uint64_t seed, const std::string& path, uint64_t& skipped_in_all) {
  FaultyFileSystem files{FileSystem::Posix()};  // syncs nothing
  Workload workload(files, path, seed);
  workload.Write(static_cast<int>(workload.random()() % 30));
  const size_t synced = *files.FileSize(path);
  workload.Write(static_cast<int>(1 + workload.random()() % 60));
  workload.Close();
  const std::string text = ReadText(path);
  const std::string left = AfterPowerLoss(text, synced, workload.random());
  WriteText(path, left);
  FoundLedger seen;
  LedgerState found;
  {
    auto ledger = OpenFileLedger(files, path, true, &seen);
    ASSERT_OK(ledger);
    found = (*ledger)->state();
  }
  ExpectConsistent(found);
  const PositionRanges truly = SettledOf(workload.states().back());
  EXPECT_THAT(SubtractRanges(SettledOf(found), truly), ::testing::IsEmpty());
  ExpectChunksAsTheyWere(workload, text, left, found);
  const auto& states = workload.states();
  const bool is_prefix = std::find(states.begin(), states.end(), found) != states.end();
  EXPECT_TRUE(is_prefix || seen.skipped_lines > 0);
  skipped_in_all += seen.skipped_lines;
  if (seen.skipped_lines > 0) {
    EXPECT_EQ(ReadText(seen.copy), left);
    ASSERT_OK(files.Remove(seen.copy));
  }
  // The file was mended: the next start finds the same and has nothing to say, and the ledger goes on.
  auto again = OpenFileLedger(files, path, true, &seen);
  ASSERT_OK(again);
  EXPECT_EQ((*again)->state(), found);
  EXPECT_EQ(seen.skipped_lines, 0u);
  for (const ChunkSeal& chunk : found.open_chunks) {
    EXPECT_OK((*again)->Write(FinishChunk{chunk.id}));
  }
}

TEST(LedgerPowerLossTest, WhateverSectorsAreLeftItOpensAndSettlesNothingThatWasNot) {
  const char* given = std::getenv("HYDRANT_TEST_SEED");
  const uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const testing::TempDir dir;
  uint64_t skipped = 0;
  SetLogSink([](LogLevel, std::string_view, std::initializer_list<LogField>) {});
  for (uint64_t seed = first; seed < first + (given != nullptr ? 1 : 1000); ++seed) {
    SCOPED_TRACE("HYDRANT_TEST_SEED=" + std::to_string(seed));
    RunSeed(seed, dir.File("ledger"), skipped);
    if (::testing::Test::HasFailure()) break;
  }
  SetLogSink(nullptr);
  EXPECT_TRUE(given != nullptr || skipped > 1000) << skipped;
}

}  // namespace
}  // namespace hydrant
