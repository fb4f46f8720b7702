// JavaTimeFormat: formats a time by a pattern of Java's DateTimeFormatter, for `!{timestamp:…}`.
// Owner:   immutable once parsed; any thread
// Units:   nanoseconds at the finest (absl::Time has quarters of them)
// Errors:  kInvalidArgument, naming letter and rule
// Source:  java.time.format.DateTimeFormatter of Java 8, the version that the guide names;
//          testdata/java_time_format.tsv: what a real Java prints (testdata/JavaTimeTable.java)
// Choices: Locale.US, as on a server in AWS: weeks (Y w W e c) begin on Sunday and week 1 holds
//          January 1; texts are English. Zone names: `z` is the abbreviation of the tz database
//          (where that has only an offset, as in "-03", so do we); `zzzz` is spelled out for UTC
//          and the zone's id elsewhere.
#pragma once

#include "engine/base/status.h"

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

class JavaTimeFormat {
 public:
  static StatusOr<JavaTimeFormat> Parse(std::string_view pattern);

  // Fails only where a value is longer than the width that a pad letter `p` gives it.
  Status AppendTo(absl::Time time, const absl::TimeZone& zone, std::string& out) const;

 private:
  struct Step {
    char letter = 0;    // 0: a literal
    int count = 0;      // how often the letter stood
    int pad_width = 0;  // 0: not padded
    std::string literal;
  };
  static StatusOr<Step> ParseLetters(std::string_view pattern, size_t& at);
  void AddLiteral(std::string_view text);

  std::vector<Step> steps_;
};

}  // namespace hydrant
