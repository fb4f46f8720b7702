#include "engine/stream/prefix.h"

#include "engine/base/check.h"

#include <algorithm>

namespace hydrant {
namespace {

constexpr size_t kRandomStringCharacters = 11;
constexpr std::string_view kOpen = "!{";
constexpr std::string_view kDefaultTime = "!{timestamp:yyyy/MM/dd/HH/}";
constexpr std::string_view kErrorType = "!{firehose:error-output-type}";

size_t CountCharacters(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

Status BadExpression(std::string_view body, std::string_view rule) {
  std::string message = "expression !{";
  message.append(body).append("}: ").append(rule);
  return InvalidArgument(message);
}

Status AppendKey(const PartitionKeys* keys, const std::string& name, std::string& out) {
  if (keys != nullptr) {
    if (const auto found = keys->find(name); found != keys->end()) {
      out += found->second;
      return absl::OkStatus();
    }
  }
  return InvalidArgument("partition key '" + name + "' is missing");
}

Status BrokenRule(std::string_view rule) {
  std::string message(kPrefixRuleIntro);
  message.append(rule);
  return InvalidArgument(message);
}

}  // namespace

StatusOr<PrefixExpression::Part> PrefixExpression::ParseExpression(std::string_view body) {
  const size_t colon = body.find(':');
  if (colon == std::string_view::npos) {
    return BadExpression(body, "must have the form !{namespace:value}");
  }
  const std::string_view space = body.substr(0, colon);
  const std::string_view value = body.substr(colon + 1);
  if (value.empty()) return BadExpression(body, "the value must not be empty");
  if (space == "timestamp") {
    auto time = JavaTimeFormat::Parse(value);
    if (!time.ok()) return BadExpression(body, Message(time.status()));
    return Part{Kind::kTimestamp, "", *std::move(time)};
  }
  if (space == "firehose") {
    if (value == "random-string") return Part{Kind::kRandomString, "", {}};
    if (value == "error-output-type") return Part{Kind::kErrorOutputType, "", {}};
    return BadExpression(body, "value must be random-string or error-output-type");
  }
  if (space == "partitionKeyFromQuery") return Part{Kind::kKeyFromQuery, std::string(value), {}};
  if (space == "partitionKeyFromLambda") return Part{Kind::kKeyFromLambda, std::string(value), {}};
  return BadExpression(body,
                       "namespace must be timestamp, firehose, partitionKeyFromQuery or "
                       "partitionKeyFromLambda");
}

StatusOr<PrefixExpression> PrefixExpression::Parse(std::string_view text) {
  PrefixExpression program;
  while (!text.empty()) {
    const size_t open = std::min(text.find(kOpen), text.size());
    if (open > 0) {
      program.parts_.push_back({Kind::kLiteral, std::string(text.substr(0, open)), {}});
      text.remove_prefix(open);
      continue;
    }
    const size_t close = text.find('}');
    if (close == std::string_view::npos) {
      return InvalidArgument("the sequence !{ must begin an expression !{namespace:value}: '" +
                             std::string(text) + "' has no }");
    }
    ASSIGN_OR_RETURN(Part part, ParseExpression(text.substr(kOpen.size(), close - kOpen.size())));
    program.parts_.push_back(std::move(part));
    text.remove_prefix(close + 1);
  }
  return program;
}

StatusOr<PrefixExpression> PrefixExpression::ForData(std::string_view prefix) {
  ASSIGN_OR_RETURN(PrefixExpression program, Parse(prefix));
  if (program.has_timestamp()) return program;
  return Parse(std::string(prefix).append(kDefaultTime));
}

StatusOr<PrefixExpression> PrefixExpression::ForErrors(std::string_view prefix,
                                                       std::string_view error_output_prefix) {
  const std::string_view own = error_output_prefix.empty() ? prefix : error_output_prefix;
  ASSIGN_OR_RETURN(PrefixExpression program, Parse(own));
  if (program.has_error_output_type()) return program;
  return Parse(std::string(own).append(kErrorType).append("/").append(kDefaultTime));
}

bool PrefixExpression::has_expressions() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.kind != Kind::kLiteral; });
}

bool PrefixExpression::Uses(Kind kind) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.kind == kind; });
}

bool PrefixExpression::UsesKeyFromQuery(std::string_view key) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    return part.kind == Kind::kKeyFromQuery && part.text == key;
  });
}

PrefixExpression::Size PrefixExpression::ConstantSize() const {
  Size size;
  for (const Part& part : parts_) {
    const size_t random = part.kind == Kind::kRandomString ? kRandomStringCharacters : 0;
    const std::string_view literal = part.kind == Kind::kLiteral ? part.text : std::string_view();
    size.characters += CountCharacters(literal) + random;
    size.bytes += literal.size() + random;
  }
  return size;
}

std::string PrefixExpression::Example(absl::Time time, const absl::TimeZone& zone) const {
  std::string out;
  for (const Part& part : parts_) {
    const bool certain = part.kind == Kind::kLiteral || part.kind == Kind::kTimestamp;
    if (!certain || !Append(part, {.time = time, .time_zone = zone}, out).ok()) out += 'x';
  }
  return out;
}

Status PrefixExpression::Append(const Part& part, const PrefixContext& context,
                                std::string& out) const {
  switch (part.kind) {
    case Kind::kLiteral:
      out += part.text;
      return absl::OkStatus();
    case Kind::kTimestamp:
      return part.time.AppendTo(context.time, context.time_zone, out);
    case Kind::kRandomString:
      HYDRANT_CHECK(context.entropy != nullptr);
      out += MakeUuid(*context.entropy).substr(0, kRandomStringCharacters);
      return absl::OkStatus();
    case Kind::kErrorOutputType:
      if (context.error_output_type.empty()) {
        return InvalidArgument("firehose:error-output-type is for error objects only");
      }
      out += context.error_output_type;
      return absl::OkStatus();
    case Kind::kKeyFromQuery:
      return AppendKey(context.keys_from_query, part.text, out);
    case Kind::kKeyFromLambda:
      return AppendKey(context.keys_from_lambda, part.text, out);
  }
  return Internal("unknown part of a prefix expression");
}

StatusOr<std::string> PrefixExpression::Evaluate(const PrefixContext& context) const {
  std::string out;
  for (const Part& part : parts_) RETURN_IF_ERROR(Append(part, context, out));
  if (const size_t count = CountCharacters(out); count > kPrefixCharactersMax) {
    return InvalidArgument("the evaluated prefix has " + std::to_string(count) +
                           " characters; at most 512 are allowed");
  }
  return out;
}

Status CheckPrefixes(std::string_view prefix, std::string_view error_output_prefix,
                     bool dynamic_partitioning) {
  auto data = PrefixExpression::Parse(prefix);
  if (!data.ok()) return BrokenRule(Message(WithContext(data.status(), "Prefix")));
  auto errors = PrefixExpression::Parse(error_output_prefix);
  if (!errors.ok()) return BrokenRule(Message(WithContext(errors.status(), "ErrorOutputPrefix")));
  if (data->has_error_output_type()) {
    return BrokenRule("Prefix must not contain any occurrence of !{firehose:error-output-type}");
  }
  if (data->has_expressions() && error_output_prefix.empty()) {
    return BrokenRule("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions");
  }
  if (errors->has_expressions() && !errors->has_error_output_type()) {
    return BrokenRule(
        "ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}");
  }
  if (errors->has_partition_keys()) {
    return BrokenRule(
        "ErrorOutputPrefix: Dynamic Partitioning Namespaces can't be part of an error prefix "
        "expression");
  }
  if (data->has_partition_keys() && !dynamic_partitioning) {
    return BrokenRule(
        "Prefix cannot contain !{partitionKeyFromQuery:...} or !{partitionKeyFromLambda:...} "
        "unless dynamic partitioning is enabled");
  }
  return absl::OkStatus();
}

}  // namespace hydrant
