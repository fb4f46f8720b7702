#include "bench/load/synthetic_log.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/time.h>

#include <algorithm>
#include <iterator>

namespace hydrant::load {
namespace {

constexpr size_t kValues = 400;                  // of a field
constexpr int64_t kFirstSecond = 1'767'225'600;  // 2026-01-01T00:00:00Z

constexpr const char* kSections[] = {"products",     "cart",    "search", "api/v2/orders",
                                     "api/v2/users", "account", "blog",   "static/img"};
constexpr const char* kSystems[] = {"Windows NT 10.0; Win64; x64", "X11; Linux x86_64",
                                    "Macintosh; Intel Mac OS X 10_15_7",
                                    "iPhone; CPU iPhone OS 17_4 like Mac OS X"};
constexpr const char* kMethods[] = {"GET", "GET", "GET", "GET", "GET", "POST", "POST", "PUT"};
constexpr int kStatuses[] = {200, 200, 200, 200, 200, 200, 304, 304, 302, 404, 403, 503};

}  // namespace

SyntheticLog::SyntheticLog() {
  double sum = 0;
  for (size_t i = 1; i <= kValues; ++i) {
    sums_.push_back(sum += 1.0 / static_cast<double>(i));
    clients_.push_back(absl::StrFormat("%d.%d.%d.%d", random_() % 223 + 1, random_() % 256,
                                       random_() % 256, random_() % 256));
    paths_.push_back(
        absl::StrCat("/", kSections[random_() % std::size(kSections)], "/", random_() % 99'999));
    const char* system = kSystems[random_() % std::size(kSystems)];
    agents_.push_back(absl::StrFormat(
        "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.0 Safari/537.36",
        system, random_() % 60 + 80, random_() % 9000));
  }
}

const std::string& SyntheticLog::Pick(const std::vector<std::string>& values) {
  const double place = static_cast<double>(random_()) / static_cast<double>(random_.max());
  const auto found = std::lower_bound(sums_.begin(), sums_.end() - 1, place * sums_.back());
  return values[static_cast<size_t>(found - sums_.begin())];
}

// What no compressor foresees is spread out: records that end early are like the others.
void SyntheticLog::AppendEvent(std::string& out) {
  millis_ += random_() % 5;
  const absl::Time time = absl::FromUnixMillis(kFirstSecond * 1000) + absl::Milliseconds(millis_);
  absl::StrAppendFormat(
      &out,
      R"( {"time":"%s","host":"www.example.com","method":"%s","path":"%s","protocol":"HTTP/1.1",)"
      R"("request_id":"%08x%08x","tls":"TLSv1.3","status":%d,"bytes":%d,"client":"%s",)",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()),
      kMethods[random_() % std::size(kMethods)], Pick(paths_), random_(), random_(),
      kStatuses[random_() % std::size(kStatuses)], random_() % 90'000 + 120, Pick(clients_));
  absl::StrAppendFormat(
      &out,
      R"("user_agent":"%s","referer":"https://www.example.com%s","query":"session=%08x%08x",)"
      R"("upstream":"10.0.%d.%d:8080","cache":"MISS","duration_ms":%d.%03d})",
      Pick(agents_), Pick(paths_), random_(), random_(), random_() % 4, random_() % 40 + 1,
      random_() % 90, random_() % 1000);
}

// Events, one after the other; the last one is cut off.
void SyntheticLog::Append(size_t bytes, std::string& out) {
  const size_t end = out.size() + bytes;
  while (out.size() < end) AppendEvent(out);
  out.resize(end);
}

}  // namespace hydrant::load
