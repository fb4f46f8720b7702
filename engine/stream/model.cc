// The table, and the check of a value against it.
#include "engine/stream/model.h"

#include "engine/base/check.h"

#include <absl/strings/str_cat.h>
#include <nlohmann/json.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace hydrant {
namespace {

#include "engine/stream/model_table.inc"

using Json = nlohmann::json;

// Bounds on what a message may repeat of a request.
constexpr size_t kViolationsMax = 100;
constexpr size_t kShownValueBytesMax = 1024;

// Shapes whose pattern only says "an endpoint of AWS" or "https".
constexpr std::string_view kManagedEndpoints[] = {
    "AmazonOpenSearchServerlessCollectionEndpoint",
    "AmazonopensearchserviceClusterEndpoint",
    "ClusterJDBCURL",
    "ElasticsearchClusterEndpoint",
    "HttpEndpointUrl",
    "SnowflakeAccountUrl",
};

struct CompiledPattern {
  std::unique_ptr<RE2> must_match;
  std::unique_ptr<RE2> must_not_match;
};

std::unique_ptr<RE2> Compile(std::string_view pattern) {
  if (pattern.empty()) return nullptr;
  auto compiled = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()),
                                        RE2::CannedOptions::Quiet);
  HYDRANT_CHECK(compiled->ok());
  return compiled;
}

// One a shape, in the order of the table.
const std::vector<CompiledPattern>& Patterns() {
  static const std::vector<CompiledPattern> patterns = [] {
    std::vector<CompiledPattern> made;
    for (const ModelShape& shape : kShapes) {
      made.push_back({Compile(shape.re2_pattern), Compile(shape.re2_refused)});
    }
    return made;
  }();
  return patterns;
}

bool MatchesPattern(const ModelShape& shape, const std::string& text) {
  const CompiledPattern& pattern = Patterns()[&shape - kShapes];
  if (pattern.must_match != nullptr && !RE2::FullMatch(text, *pattern.must_match)) return false;
  return pattern.must_not_match == nullptr || !RE2::FullMatch(text, *pattern.must_not_match);
}

std::string LowerFirst(std::string_view name) {
  std::string lower(name);
  lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
  return lower;
}

std::string Join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

int64_t CountCharacters(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

int64_t Base64Bytes(std::string_view text) {
  const size_t last = text.find_last_not_of('=');
  return last == std::string_view::npos ? 0 : static_cast<int64_t>((last + 1) * 3 / 4);
}

std::string_view TokenName(const Json& value) {
  if (value.is_string()) return "STRING_VALUE";
  if (value.is_number()) return "NUMBER_VALUE";
  if (value.is_boolean()) return value.get<bool>() ? "TRUE_VALUE" : "FALSE_VALUE";
  return value.is_array() ? "START_ARRAY" : "START_OBJECT";
}

bool HoldsSecrets(const ModelShape& shape) {
  const auto holds = [](uint16_t index) { return HoldsSecrets(ModelShapeAt(index)); };
  return shape.sensitive || (shape.element != kNoShape && holds(shape.element)) ||
         (shape.key != kNoShape && holds(shape.key)) ||
         std::any_of(shape.members.begin(), shape.members.end(),
                     [&](const ModelMember& member) { return holds(member.shape); });
}

class Checker {
 public:
  Checker(Validation validation, ModelCheck& result) : validation_(validation), result_(result) {}

  void Check(const ModelShape& shape, const Json& value, const std::string& path) {
    switch (shape.kind) {
      case ModelKind::kStructure:
        return CheckStructure(shape, value, path);
      case ModelKind::kList:
        return CheckList(shape, value, path);
      case ModelKind::kMap:
        return CheckMap(shape, value, path);
      case ModelKind::kString:
        return CheckString(shape, value, path);
      case ModelKind::kBlob:
        return CheckBlob(shape, value, path);
      case ModelKind::kInteger:
        return CheckInteger(shape, value, path);
      case ModelKind::kDouble:
        return CheckDouble(shape, value, path);
      case ModelKind::kTimestamp:
        if (!value.is_number()) WrongType(value, "a Timestamp", path);
        return;
      case ModelKind::kBoolean:
        if (!value.is_boolean()) WrongType(value, "a Boolean", path);
        return;
    }
  }

 private:
  void WrongType(const Json& value, std::string_view wanted, const std::string& path) {
    if (result_.wrong_types.size() >= kViolationsMax) return;
    result_.wrong_types.push_back({path, TokenName(value), wanted});
  }

  static std::string Shown(const ModelShape& shape, const Json& value) {
    if (HoldsSecrets(shape)) return "";
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.size() > kShownValueBytesMax) {
      size_t end = kShownValueBytesMax;
      while ((text[end] & 0xC0) == 0x80) --end;
      text.resize(end);
      text += "…";
    }
    return "'" + text + "'";
  }

  void Violate(const ModelShape& shape, const Json& value, const std::string& path,
               std::string rule) {
    if (result_.violations.size() >= kViolationsMax) return;
    result_.violations.push_back({path, Shown(shape, value), std::move(rule)});
  }

  void CheckBounds(const ModelShape& shape, const Json& value, const std::string& path,
                   int64_t measure, const std::string& what) {
    if (shape.min != kNoMin && measure < shape.min) {
      Violate(
          shape, value, path,
          "Member must have " + what + " greater than or equal to " + std::to_string(shape.min));
    }
    if (shape.max != kNoMax && measure > shape.max) {
      Violate(shape, value, path,
              "Member must have " + what + " less than or equal to " + std::to_string(shape.max));
    }
  }

  void CheckStructure(const ModelShape& shape, const Json& value, const std::string& path) {
    if (!value.is_object()) return WrongType(value, "a structure", path);
    for (const ModelMember& member : shape.members) {
      const std::string member_path = Join(path, LowerFirst(member.name));
      const auto found = value.find(member.name);
      if (found != value.end() && !found->is_null()) {
        Check(kShapes[member.shape], *found, member_path);
      } else if (member.required && result_.violations.size() < kViolationsMax) {
        result_.violations.push_back({member_path, "null", "Member must not be null"});
      }
    }
  }

  void CheckList(const ModelShape& shape, const Json& value, const std::string& path) {
    if (!value.is_array()) return WrongType(value, "a list", path);
    CheckBounds(shape, value, path, static_cast<int64_t>(value.size()), "length");
    size_t number = 0;
    for (const Json& element : value) {
      const std::string element_path = path + "." + std::to_string(++number) + ".member";
      if (!element.is_null()) Check(kShapes[shape.element], element, element_path);
    }
  }

  void CheckMap(const ModelShape& shape, const Json& value, const std::string& path) {
    if (!value.is_object()) return WrongType(value, "a map", path);
    CheckBounds(shape, value, path, static_cast<int64_t>(value.size()), "length");
    for (const auto& [key, element] : value.items()) {
      Check(kShapes[shape.key], Json(key), path + ".key");
      if (!element.is_null())
        Check(kShapes[shape.element], element, absl::StrCat(path, ".", key, ".value"));
    }
  }

  void CheckString(const ModelShape& shape, const Json& value, const std::string& path) {
    if (!value.is_string()) return WrongType(value, "a String", path);
    const auto& text = value.get_ref<const std::string&>();
    CheckBounds(shape, value, path, CountCharacters(text), "length");
    if (!shape.values.empty() &&
        std::find(shape.values.begin(), shape.values.end(), text) == shape.values.end()) {
      std::string rule = "Member must satisfy enum value set: [";
      for (std::string_view allowed : shape.values) {
        rule.append(allowed.data() == shape.values[0].data() ? "" : ", ").append(allowed);
      }
      Violate(shape, value, path, rule + "]");
    }
    if (!PatternWaived(shape) && !MatchesPattern(shape, text)) {
      Violate(shape, value, path,
              "Member must satisfy regular expression pattern: " + std::string(shape.pattern));
    }
  }

  bool PatternWaived(const ModelShape& shape) const {
    return validation_ == Validation::kRelaxed &&
           std::find(std::begin(kManagedEndpoints), std::end(kManagedEndpoints), shape.name) !=
               std::end(kManagedEndpoints);
  }

  void CheckBlob(const ModelShape& shape, const Json& value, const std::string& path) {
    if (!value.is_string()) return WrongType(value, "a Blob", path);
    CheckBounds(shape, value, path, Base64Bytes(value.get_ref<const std::string&>()), "length");
  }

  void CheckInteger(const ModelShape& shape, const Json& value, const std::string& path) {
    constexpr double kExactMax = 9007199254740992.0;
    if (!value.is_number()) return WrongType(value, "an Integer", path);
    const bool unsigned_beyond =
        value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kNoMax);
    const double real = value.get<double>();
    const bool fraction = value.is_number_float() && (real < -kExactMax || real > kExactMax ||
                                                      real != static_cast<int64_t>(real));
    if (unsigned_beyond || fraction) return WrongType(value, "an Integer", path);
    CheckBounds(shape, value, path,
                value.is_number_float() ? static_cast<int64_t>(real) : value.get<int64_t>(),
                "value");
  }

  void CheckDouble(const ModelShape& shape, const Json& value, const std::string& path) {
    if (!value.is_number()) return WrongType(value, "a Double", path);
    const auto real = value.get<double>();
    const bool low = shape.min != kNoMin && real < static_cast<double>(shape.min);
    const bool high = shape.max != kNoMax && real > static_cast<double>(shape.max);
    if (low) CheckBounds(shape, value, path, shape.min - 1, "value");
    if (high) CheckBounds(shape, value, path, shape.max + 1, "value");
  }

  Validation validation_;
  ModelCheck& result_;
};

}  // namespace

std::span<const ModelShape> ModelShapes() { return kShapes; }
std::span<const ModelOperation> ModelOperations() { return kOperations; }
const ModelShape& ModelShapeAt(uint16_t index) {
  HYDRANT_CHECK(index < std::size(kShapes));
  return kShapes[index];
}

const ModelMember* ModelShape::FindMember(std::string_view member) const {
  for (const ModelMember& row : members) {
    if (row.name == member) return &row;
  }
  return nullptr;
}

const ModelShape* FindModelShape(std::string_view name) {
  const auto* found = std::lower_bound(
      std::begin(kShapes), std::end(kShapes), name,
      [](const ModelShape& shape, std::string_view wanted) { return shape.name < wanted; });
  return found != std::end(kShapes) && found->name == name ? found : nullptr;
}

const ModelOperation* FindModelOperation(std::string_view name) {
  for (const ModelOperation& operation : kOperations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

ModelCheck CheckModel(const ModelShape& shape, const nlohmann::json& value, Validation validation) {
  ModelCheck check;
  Checker(validation, check).Check(shape, value, "");
  return check;
}

bool IsCut(const ModelCheck& check) {
  return check.wrong_types.size() >= kViolationsMax || check.violations.size() >= kViolationsMax;
}

std::optional<ApiError> ToApiError(const ModelCheck& check) {
  if (!check.wrong_types.empty()) {
    const WrongType& first = check.wrong_types.front();
    std::string text(first.is);
    text.append(" can not be converted to ").append(first.wanted);
    if (!first.path.empty()) text.append(" at '").append(first.path).append("'");
    return ApiError::Serialization(text);
  }
  if (check.violations.empty()) return std::nullopt;
  const size_t count = check.violations.size();
  std::string message = std::to_string(count);
  message += count == 1 ? " validation error detected: " : " validation errors detected: ";
  std::string_view separator;
  for (const Violation& violation : check.violations) {
    message.append(separator).append("Value ");
    if (!violation.value.empty()) message.append(violation.value).append(" ");
    message.append("at '").append(violation.path).append("' failed to satisfy constraint: ");
    message.append(violation.rule);
    separator = "; ";
  }
  return ApiError::Validation(std::move(message));
}

}  // namespace hydrant
