// Answer: reads a server's answer as far as is needed, and says what became of the records.
// Owner:   not thread-safe: caller serializes
// Units:   at most 16 MiB of answer
// Errors:  AnswerReader::Add: kUnavailable: not HTTP/1.1, or larger than that
// Source:  RFC 9112; Amazon Data Firehose API Reference, "Common errors", PutRecordBatch;
//          sources/http_lines/README.md
#pragma once

#include "bench/load/load_plan.h"
#include "engine/base/status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::load {

class AnswerReader {
 public:
  void Reset();
  // True once the answer is whole.
  StatusOr<bool> Add(std::string_view bytes);

  int status() const { return code_; }
  std::string_view body() const;
  // Whether the connection may carry another request.
  bool keeps_connection() const { return keeps_connection_; }

 private:
  Status ReadHead();
  // True once the last chunk is there: then the chunks have been joined.
  StatusOr<bool> ReadChunks();

  std::string text_;
  size_t head_bytes_ = 0;  // 0: not whole yet
  size_t body_bytes_ = 0;
  size_t chunk_at_ = 0;  // where the next chunk's size stands
  std::string joined_;
  int code_ = 0;
  bool chunked_ = false;
  bool keeps_connection_ = true;
};

enum class Fate {
  kAcknowledged,
  kPartly,     // all but those in `failed`
  kRefused,    // not taken: the server was busy
  kUncertain,  // an error that does not say whether they were taken
  kRejected,   // not taken, and would not be the next time
};

struct Verdict {
  Fate fate = Fate::kAcknowledged;
  std::vector<uint32_t> failed;  // of kPartly: their places in the request
  std::string error;             // "503: Slow down."; empty when acknowledged
};

Verdict JudgeAnswer(Operation operation, uint32_t records, int status, std::string_view body);

}  // namespace hydrant::load
