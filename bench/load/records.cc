#include "bench/load/records.h"

#include "bench/load/stamp.h"
#include "bench/load/synthetic_log.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

namespace hydrant::load {
namespace {

constexpr size_t kSampleBytesMax = size_t{1} << 30;
// More than any compressor's window looks back, so that what is sent again isn't found there.
constexpr size_t kGeneratedBytesMin = 8 << 20;
constexpr size_t kGeneratedRecordsMax = 1'000'000;

Records GenerateRecords(const LoadPlan& plan) {
  const size_t per_request = plan.records_per_request;
  const size_t enough = std::max<size_t>(1, kGeneratedBytesMin / plan.record_bytes);
  const size_t count = std::max(std::min(enough, kGeneratedRecordsMax), per_request);
  SyntheticLog log;
  std::string text;
  for (size_t i = 0; i < count / per_request * per_request; ++i) {
    if (!plan.stamped) {
      // Nothing is put before it later: the number makes records differ.
      text.append(kStampBytes, '-');
      WriteStamp({'-', '-', '-'}, i, text.data() + text.size() - kStampBytes);
    }
    log.Append(plan.record_bytes - kStampBytes - 1, text);
    text += '\n';
  }
  return Records(std::move(text), [](std::string_view) { return true; });
}

StatusOr<std::string> ReadSample(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) return ErrnoStatus(errno, "--sample " + path);
  std::string text;
  char block[1 << 16];
  size_t count;
  while ((count = std::fread(block, 1, sizeof block, file.get())) > 0) {
    text.append(block, count);
    if (text.size() > kSampleBytesMax) {
      return InvalidArgument("--sample " + path +
                             ": more than 1 GiB; a part of it is enough, it is sent round and "
                             "round");
    }
  }
  if (std::ferror(file.get()) != 0) return ErrnoStatus(errno, "--sample " + path);
  return text;
}

bool IsNotEmpty(std::string_view line) { return !line.empty(); }
// Of what the endpoint of lines takes for empty, it makes no record.
bool HasText(std::string_view line) { return !line.empty() && line != "\r"; }

StatusOr<Records> SampleRecords(const LoadPlan& plan) {
  ASSIGN_OR_RETURN(std::string text, ReadSample(plan.sample_path));
  const size_t record_bytes_max = kRecordBytesMax - (plan.stamped ? kStampBytes : 0);
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    ++number;
    const size_t newline = std::min(text.find('\n', at), text.size());
    if (newline + 1 - at > record_bytes_max) {
      return InvalidArgument(absl::StrCat("--sample ", plan.sample_path, ": line ", number,
                                          " is longer than a record may be (", record_bytes_max,
                                          " bytes)"));
    }
    at = newline + 1;
  }
  const bool lines = plan.operation == Operation::kLines;
  Records records(std::move(text), lines ? HasText : IsNotEmpty);
  if (records.size() == 0) {
    return InvalidArgument("--sample " + plan.sample_path + ": no lines to send");
  }
  return records;
}

}  // namespace

Records::Records(std::string text, bool (*kept)(std::string_view line)) : text_(std::move(text)) {
  if (!text_.ends_with('\n')) text_ += '\n';
  for (size_t at = 0; at < text_.size();) {
    const size_t newline = text_.find('\n', at);
    if (kept(std::string_view(text_).substr(at, newline - at))) starts_.push_back(at);
    at = newline + 1;
  }
}

std::string_view Records::at(size_t index) const {
  const size_t start = starts_[index];
  return std::string_view(text_).substr(start, text_.find('\n', start) + 1 - start);
}

StatusOr<Records> MakeRecords(const LoadPlan& plan) {
  if (!plan.sample_path.empty()) return SampleRecords(plan);
  return GenerateRecords(plan);
}

}  // namespace hydrant::load
