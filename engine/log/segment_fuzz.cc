// Any bytes as the last segment of a log, and as a ledger: opening and reading must neither crash
// nor serve a record whose frame does not check out. The first byte of the input says which of the
// two.
#include "engine/base/check.h"
#include "engine/base/logging.h"
#include "engine/log/crc32c.h"
#include "engine/log/file_ledger.h"
#include "engine/log/file_log.h"
#include "engine/log/ledger_journal.h"
#include "engine/log/segment.h"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace hydrant {

__attribute__((weak)) void Log(LogLevel, std::string_view, std::initializer_list<LogField>) {}

namespace {

constexpr SegmentId kId{{100}, 0x0123456789abcdef};

// A directory of this process's own, removed at its end.
const std::string& Directory() {
  struct Own {
    std::string path =
        std::filesystem::temp_directory_path() / ("hydrant-fuzz-" + std::to_string(getpid()));
    ~Own() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Own own;
  return own.path;
}

void Write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

// Makes the input reach the inside: every 8 bytes that look like the start of a frame become a
// whole header with salt, offset and checksum, and the body's checksum when the low bit of the
// arrival says so.
std::string Mend(std::string text) {
  const SegmentHeaderBytes header = EncodeSegmentHeader({kId, 0});
  if (!text.empty() && text[0] % 2 == 0) {
    text.insert(0, header.data(), header.size());
  }
  for (size_t at = kSegmentHeaderBytes; at + kFrameHeaderBytes <= text.size(); at += 8) {
    if (text[at] != 'H') continue;
    FrameHeader frame;
    std::memcpy(&frame.record_count, text.data() + at + 40, 1);
    std::memcpy(&frame.payload_bytes, text.data() + at + 44, 2);
    std::memcpy(&frame.first.value, text.data() + at + 24, 1);
    std::memcpy(&frame.arrival_us, text.data() + at + 32, 8);
    const uint64_t body = at + kFrameHeaderBytes;
    if (frame.arrival_us % 2 == 0 && frame.body_bytes() <= text.size() - body) {
      frame.body_crc = Crc32c(std::string_view(text).substr(body, frame.body_bytes()));
    }
    const FrameHeaderBytes bytes = EncodeFrameHeader(frame, kId.salt, at);
    std::memcpy(text.data() + at, bytes.data(), bytes.size());
    at = body - 8;
  }
  return text;
}

// Whether a valid frame of `text` holds exactly this record at this position.
bool Holds(std::string_view text, Position position, std::string_view record) {
  for (size_t at = kSegmentHeaderBytes; at + kFrameHeaderBytes <= text.size(); at += 8) {
    const std::optional<FrameHeader> header = DecodeFrameHeader(text.substr(at), kId, at);
    if (!header || header->first > position || header->end() <= position) continue;
    if (header->body_bytes() > text.size() - at - kFrameHeaderBytes) continue;
    const std::string_view body = text.substr(at + kFrameHeaderBytes, header->body_bytes());
    if (!BodyIsValid(*header, body)) continue;
    const uint64_t index = position - header->first;
    const auto end_of = [&](uint64_t i) {
      uint32_t end;
      std::memcpy(&end, body.data() + i * sizeof(end), sizeof(end));
      return end;
    };
    const uint32_t begin = index == 0 ? 0 : end_of(index - 1);
    const std::string_view payload = body.substr(header->ends_bytes());
    if (payload.substr(begin, end_of(index) - begin) == record) return true;
  }
  return false;
}

void ReadWholeLog(RecordLog& log, std::string_view text) {
  Position next;
  for (int reads = 0; reads < 100'000; ++reads) {
    const StatusOr<LogReadResult> read = log.Read(next, 4096);
    HYDRANT_CHECK(read.ok());
    HYDRANT_CHECK(read->next >= next);
    if (read->batch == nullptr) return;
    for (size_t i = 0; i < read->batch->record_count(); ++i) {
      HYDRANT_CHECK(Holds(text, read->batch->PositionOf(i), read->batch->Record(i)));
    }
    next = read->next;
  }
  HYDRANT_CHECK(false);
}

void FuzzSegment(std::string_view input) {
  static ArenaPool* pool = new ArenaPool(1 << 20);
  const std::string text = Mend(std::string(input));
  const std::string directory = Directory() + "/log";
  std::filesystem::create_directories(directory);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::filesystem::remove(entry.path());
  }
  Write(directory + "/" + SegmentFileName(kId), text);
  LogOptions options;
  options.durability = Durability::kOs;
  auto log = OpenFileLog(FileSystem::Posix(), directory, options, *pool, Clock::System(), {});
  if (!log.ok()) return;
  ReadWholeLog(**log, text);
  HYDRANT_CHECK((*log)->FindTime(absl::UnixEpoch()).ok());
}

void FuzzLedger(std::string_view input) {
  // Lines become valid ones, so that their JSON is looked at.
  std::string text;
  while (!input.empty()) {
    const size_t newline = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, newline);
    text += line.starts_with('!') ? std::string(line) + "\n" : JournalLine(line);
    input.remove_prefix(std::min(newline + 1, input.size()));
  }
  const StatusOr<JournalContent> content = ReadJournal(text, "fuzz");
  if (!content.ok()) return;
  HYDRANT_CHECK(content->valid_bytes <= text.size());
  // What was read must be writable and lead to the same again.
  const StatusOr<std::string> journal = JournalOf(content->state);
  HYDRANT_CHECK(journal.ok());
  const StatusOr<JournalContent> again = ReadJournal(*journal, "again");
  HYDRANT_CHECK(again.ok() && again->state.watermark == content->state.watermark &&
                again->state.settled == content->state.settled &&
                again->state.open_chunks == content->state.open_chunks &&
                again->state.highest == content->state.highest);
}

}  // namespace
}  // namespace hydrant

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    hydrant::FuzzSegment(input);
  } else {
    hydrant::FuzzLedger(input);
  }
  return 0;
}
