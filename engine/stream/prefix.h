// PrefixExpression: an object prefix with `!{namespace:value}` expressions, parsed once into a
//          small program and evaluated once an object.
// Owner:   immutable once parsed; any thread
// Units:   an evaluated prefix is at most kPrefixCharactersMax characters
// Errors:  kInvalidArgument, naming the expression and the rule
// Source:  developer guide, "s3-prefixes"; `timestamp:` in java_time_format.h
#pragma once

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/stream/java_time_format.h"

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// Partition key name to its value for the records of one object.
using PartitionKeys = std::map<std::string, std::string, std::less<>>;

struct PrefixContext {
  absl::Time time;  // arrival of the object's oldest record
  absl::TimeZone time_zone = absl::UTCTimeZone();
  std::string_view error_output_type;              // "processing-failed"; error objects only
  const PartitionKeys* keys_from_query = nullptr;  // null: the stream has none
  const PartitionKeys* keys_from_lambda = nullptr;
  Entropy* entropy = nullptr;  // for firehose:random-string
};

inline constexpr size_t kPrefixCharactersMax = 512;

class PrefixExpression {
 public:
  // The text as it stands, without defaults.
  static StatusOr<PrefixExpression> Parse(std::string_view text);

  // The program for delivered objects: `prefix`, and `yyyy/MM/dd/HH/` after it unless it has a
  // timestamp expression of its own.
  static StatusOr<PrefixExpression> ForData(std::string_view prefix);

  // The program for error objects. With an error output type in `error_output_prefix`: that, as it
  // stands. Otherwise `<error-output-type>/yyyy/MM/dd/HH/` goes after `error_output_prefix`, or
  // after `prefix` where that is empty.
  static StatusOr<PrefixExpression> ForErrors(std::string_view prefix,
                                              std::string_view error_output_prefix);

  // Fails when a partition key is missing or the result is too long.
  StatusOr<std::string> Evaluate(const PrefixContext& context) const;

  // Of what every result holds, whatever the expressions give.
  struct Size {
    size_t characters = 0;
    size_t bytes = 0;
  };
  Size ConstantSize() const;
  // A result as it may look at `time`: "x" stands for what only records and errors know.
  std::string Example(absl::Time time, const absl::TimeZone& zone) const;

  bool has_expressions() const;
  bool has_timestamp() const { return Uses(Kind::kTimestamp); }
  bool has_error_output_type() const { return Uses(Kind::kErrorOutputType); }
  bool has_partition_keys() const {
    return Uses(Kind::kKeyFromQuery) || Uses(Kind::kKeyFromLambda);
  }
  bool UsesKeyFromQuery(std::string_view key) const;

 private:
  enum class Kind {
    kLiteral,
    kTimestamp,
    kRandomString,
    kErrorOutputType,
    kKeyFromQuery,
    kKeyFromLambda,
  };
  struct Part {
    Kind kind;
    std::string text;  // the literal, or the partition key's name
    JavaTimeFormat time;
  };

  static StatusOr<Part> ParseExpression(std::string_view body);
  bool Uses(Kind kind) const;
  Status Append(const Part& part, const PrefixContext& context, std::string& out) const;

  std::vector<Part> parts_;
};

// How the message of CheckPrefixes begins: Firehose's words, its misspelling included; clients match
// on them.
inline constexpr std::string_view kPrefixRuleIntro =
    "Ths supplied prefix(es) do not satisfy the following constraint: ";

// The rules that tie Prefix and ErrorOutputPrefix together. The message says which one is broken,
// in Firehose's words where they are known.
Status CheckPrefixes(std::string_view prefix, std::string_view error_output_prefix,
                     bool dynamic_partitioning);

}  // namespace hydrant
