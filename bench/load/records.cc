#include "bench/load/records.h"

#include "bench/load/stamp.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <random>

namespace hydrant::load {
namespace {

constexpr size_t kSampleBytesMax = size_t{1} << 30;
// More than any compressor's window looks back, so that what is sent again isn't found there.
constexpr size_t kGeneratedBytesMin = 8 << 20;
constexpr size_t kGeneratedRecordsMax = 1'000'000;
constexpr size_t kRecordBytesMax = 1'024'000;
constexpr char kStampRoom[] = "AAAAAAAAA";
static_assert(sizeof kStampRoom == kStampBytes + 1);

constexpr std::string_view kWords[] = {
    "GET",         "POST",     "/products/",  "/cart/",    "/search?q=", "/static/img/",
    "HTTP/1.1",    "status=",  "bytes=",      "duration=", "client=10.", "request=",
    "Mozilla/5.0", "(X11;",    "Linux",       "x86_64)",   "Firefox/",   "curl/8.",
    "referer=",    "https://", "example.com", "cache=hit", "cache=miss", "region=",
    "eu-central-", "us-east-", "level=info",  "trace="};

// About a third of it numbers that no compressor foresees.
void AppendFiller(std::minstd_rand& random, size_t bytes, std::string& out) {
  const size_t end = out.size() + bytes;
  while (out.size() < end) {
    absl::StrAppend(&out, ToAbsl(kWords[random() % std::size(kWords)]), random() % 100'000, " ");
  }
  out.resize(end);
}

Records GenerateRecords(const LoadPlan& plan) {
  std::minstd_rand random(1);  // the same records in every run
  const size_t per_request = plan.records_per_request;
  const size_t enough = std::max<size_t>(1, kGeneratedBytesMin / plan.record_bytes);
  const size_t count = std::max(std::min(enough, kGeneratedRecordsMax), per_request);
  Records records;
  std::string record;
  for (size_t i = 0; i < count / per_request * per_request; ++i) {
    record.assign(kStampRoom, kStampBytes);
    // Where nothing is stamped later, the number makes records differ.
    if (!plan.stamped) WriteStamp({'-', '-', '-'}, i, record.data());
    AppendFiller(random, plan.record_bytes - kStampBytes - 1, record);
    record += '\n';
    records.Add(record);
  }
  return records;
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

StatusOr<Records> SampleRecords(const LoadPlan& plan) {
  ASSIGN_OR_RETURN(const std::string text, ReadSample(plan.sample_path));
  Records records;
  std::string record;
  for (size_t at = 0; at < text.size();) {
    const size_t newline = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, newline - at);
    at = newline + 1;
    if (line.empty()) continue;
    record.assign(plan.stamped ? kStampRoom : "").append(line).append("\n");
    if (record.size() > kRecordBytesMax) {
      return InvalidArgument(absl::StrCat("--sample ", plan.sample_path, ": line ",
                                          records.size() + 1, " is longer than a record may be (",
                                          kRecordBytesMax, " bytes)"));
    }
    records.Add(record);
  }
  if (records.size() == 0) {
    return InvalidArgument("--sample " + plan.sample_path + ": no lines to send");
  }
  return records;
}

}  // namespace

std::string_view Records::at(size_t index) const {
  const size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

void Records::Add(std::string_view record) {
  text_ += record;
  ends_.push_back(text_.size());
}

StatusOr<Records> MakeRecords(const LoadPlan& plan) {
  if (!plan.sample_path.empty()) return SampleRecords(plan);
  return GenerateRecords(plan);
}

}  // namespace hydrant::load
