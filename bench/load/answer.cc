#include "bench/load/answer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace hydrant::load {
namespace {

constexpr size_t kAnswerBytesMax = 16 << 20;
constexpr size_t kErrorShownMax = 300;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kFailedCount = "\"FailedPutCount\"";

// Answers of 400 that a client waits after.
constexpr std::string_view kThrottles[] = {"ThrottlingException", "ThrottledException",
                                           "RequestLimitExceeded", "LimitExceededException"};

Verdict Failed(Fate fate, int status, std::string_view body) {
  std::string text;
  for (const char c : body.substr(0, kErrorShownMax)) {
    text += absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
  }
  return {fate, {}, absl::StrCat(status, text.empty() ? "" : ": ", text)};
}

bool IsThrottle(std::string_view body) {
  return std::any_of(std::begin(kThrottles), std::end(kThrottles),
                     [&](std::string_view name) { return body.find(name) != body.npos; });
}

// The places of those with an ErrorCode, which must be `failed`, and the first one's message.
Verdict JudgeEntries(uint32_t records, size_t failed, int status, std::string_view body) {
  const nlohmann::json answer = nlohmann::json::parse(body, nullptr, false);
  const auto entries = answer.find("RequestResponses");
  if (entries == answer.end() || !entries->is_array() || entries->size() != records) {
    return Failed(Fate::kUncertain, status, body);
  }
  Verdict verdict{Fate::kPartly, {}, ""};
  for (uint32_t i = 0; i < records; ++i) {
    const nlohmann::json& entry = (*entries)[i];
    const auto code = entry.find("ErrorCode");
    if (code == entry.end() || code->is_null()) continue;
    verdict.failed.push_back(i);
    if (verdict.error.empty()) {
      verdict.error = Failed(Fate::kPartly, status, "a record: " + entry.dump()).error;
    }
  }
  if (verdict.failed.size() != failed) return Failed(Fate::kUncertain, status, body);
  return verdict;
}

Verdict JudgeBatch(uint32_t records, std::string_view body) {
  const size_t at = body.find(kFailedCount);
  if (at == body.npos) return Failed(Fate::kUncertain, 200, body);
  std::string_view rest = body.substr(at + kFailedCount.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(": \t\r\n"), rest.size()));
  size_t failed = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), failed);
  if (parsed.ec != std::errc()) return Failed(Fate::kUncertain, 200, body);
  if (failed == 0) return {};
  return JudgeEntries(records, failed, 200, body);
}

}  // namespace

void AnswerReader::Reset() {
  text_.clear();
  joined_.clear();
  head_bytes_ = body_bytes_ = chunk_at_ = 0;
  code_ = 0;
  chunked_ = false;
  keeps_connection_ = true;
}

std::string_view AnswerReader::body() const {
  if (chunked_) return joined_;
  return std::string_view(text_).substr(head_bytes_, body_bytes_);
}

StatusOr<bool> AnswerReader::Add(std::string_view bytes) {
  if (text_.size() + bytes.size() > kAnswerBytesMax) {
    return Unavailable("the answer is larger than 16 MiB");
  }
  text_ += bytes;
  if (head_bytes_ == 0) {
    const size_t end = text_.find(kHeadEnd);
    if (end == text_.npos) return false;
    head_bytes_ = end + kHeadEnd.size();
    RETURN_IF_ERROR(ReadHead());
  }
  if (chunked_) return ReadChunks();
  return text_.size() >= head_bytes_ + body_bytes_;
}

Status AnswerReader::ReadHead() {
  std::string_view head = std::string_view(text_).substr(0, head_bytes_);
  const size_t line_end = head.find(kLineEnd);
  const size_t space = head.find(' ');
  const bool whole = head.starts_with("HTTP/1.") && space + 4 <= line_end &&
                     absl::SimpleAtoi(ToAbsl(head.substr(space + 1, 3)), &code_);
  if (!whole) return Unavailable("the answer is not HTTP/1.1");
  keeps_connection_ = !head.starts_with("HTTP/1.0");
  bool sized = false;
  for (head.remove_prefix(line_end + 2); !head.starts_with(kLineEnd);) {
    const size_t end = head.find(kLineEnd);
    const absl::string_view line = ToAbsl(head.substr(0, end));
    const size_t colon = std::min(line.find(':'), line.size() - 1);
    const absl::string_view name = line.substr(0, colon);
    const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
    if (absl::EqualsIgnoreCase(name, "content-length")) {
      sized = absl::SimpleAtoi(value, &body_bytes_);
    } else if (absl::EqualsIgnoreCase(name, "transfer-encoding")) {
      chunked_ = absl::EqualsIgnoreCase(value, "chunked");
    } else if (absl::EqualsIgnoreCase(name, "connection")) {
      keeps_connection_ = !absl::EqualsIgnoreCase(value, "close");
    }
    head.remove_prefix(end + 2);
  }
  chunk_at_ = head_bytes_;
  if (!sized && !chunked_) return Unavailable("the answer does not say how long it is");
  return absl::OkStatus();
}

StatusOr<bool> AnswerReader::ReadChunks() {
  while (true) {
    const size_t line_end = text_.find(kLineEnd, chunk_at_);
    if (line_end == text_.npos) return false;
    size_t bytes = 0;
    const auto parsed =
        std::from_chars(text_.data() + chunk_at_, text_.data() + line_end, bytes, 16);
    if (parsed.ec != std::errc() || bytes > kAnswerBytesMax) {
      return Unavailable("the answer's chunks are broken");
    }
    const size_t end = line_end + 2 + bytes + 2;
    if (text_.size() < end) return false;
    if (bytes == 0) return true;  // trailers are sent by nobody here
    joined_.append(text_, line_end + 2, bytes);
    chunk_at_ = end;
  }
}

Verdict JudgeAnswer(Operation operation, uint32_t records, int status, std::string_view body) {
  if (status == 200) {
    return operation == Operation::kPutRecordBatch ? JudgeBatch(records, body) : Verdict();
  }
  if (status == 503 || status == 429 || (status == 400 && IsThrottle(body))) {
    return Failed(Fate::kRefused, status, body);
  }
  if (status == 408 || status / 100 == 5) return Failed(Fate::kUncertain, status, body);
  return Failed(Fate::kRejected, status, body);
}

}  // namespace hydrant::load
