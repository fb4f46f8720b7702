// Violations: what a request breaks of the service model, told as AWS tells it.
// Owner:   not thread-safe
// Units:   at most 10 violations are told, as AWS does
// Source:  wording: answers of Kinesis as kinesalite's tests keep them; see README.md
#pragma once

#include "engine/stream/api_error.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::firehose_api {

class Violations {
 public:
  static constexpr size_t kToldMax = 10;

  // `value` as AWS shows it: quoted already, or null.
  void Add(std::string_view value, std::string_view path, std::string_view constraint);
  void Append(const Violations& others);
  bool empty() const { return told_.empty(); }
  // "2 validation errors detected: …; …"
  ApiError ToError() const;

 private:
  std::vector<std::string> told_;
};

// The start of `text`, cut between characters, with "..." behind it when something is missing.
std::string Excerpt(std::string_view text);

// DeliveryStreamName: 1 to 64 characters of [a-zA-Z0-9_.-].
void CheckStreamName(std::string_view name, Violations& violations);

}  // namespace hydrant::firehose_api
