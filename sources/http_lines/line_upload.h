// LineUpload: one body of lines into one stream, in bounded memory.
// A body of up to 4 MiB of text and 262,144 lines is one batch: checked whole, then taken whole or
// not at all. A longer one is appended in batches of about 1 MiB while it is read, a few at a time
// unanswered.
// Owner:   the request's coroutine
// Errors:  those of BodyReader, LineCutter (kOutOfRange) and StreamIntake; kResourceExhausted: no
//          memory
#pragma once

#include "engine/component.h"
#include "sources/http_lines/append_window.h"
#include "sources/http_lines/body_reader.h"
#include "sources/http_lines/line_cutter.h"

#include <memory>
#include <optional>

namespace hydrant::http_lines {

inline constexpr size_t kAtomicBytesMax = size_t{4} << 20;

struct UploadResult {
  Status status;
  // The first this many records of the body are durable, also when there was an error.
  uint64_t records = 0;
  uint64_t bytes = 0;
};

class LineUpload {
 public:
  // `text_bytes`: the length of the text when it is known, else HttpExchange::kChunked.
  LineUpload(IngestPort& ingest, const Clock& clock, std::shared_ptr<StreamIntake> intake,
             BodyReader& reader, uint64_t text_bytes, Newline newline);

  // Once. All that the upload was given must live until it is done.
  asio::awaitable<UploadResult> Run();

 private:
  asio::awaitable<Status> ReadAll();
  asio::awaitable<Status> MakeRoom();
  asio::awaitable<Status> AppendAndContinue();
  // Memory for one more block; when there is none, once more after our own batches have given
  // theirs back.
  asio::awaitable<StatusOr<MemoryReservation>> AdmitBlock(size_t bytes);
  asio::awaitable<Status> AppendLast();
  // Takes memory that the decompressor turned out to need.
  asio::awaitable<Status> CoverReader();

  IngestPort& ingest_;
  const Clock& clock_;
  const std::shared_ptr<StreamIntake> intake_;
  BodyReader& reader_;
  const Newline newline_;
  size_t first_block_bytes_;
  size_t grow_max_;
  std::optional<AppendWindow> window_;
  std::optional<LineCutter> cutter_;
  MemoryReservation block_memory_;
  MemoryReservation reader_memory_;
};

}  // namespace hydrant::http_lines
