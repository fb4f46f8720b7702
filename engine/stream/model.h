// Model: Firehose's shapes and operations, and the check of a JSON value against a shape.
// Owner:   any thread
// Units:   lengths in characters (strings), elements (lists), bytes (blobs)
// Errors:  violations and type errors are values; see ToApiError
// Source:  firehose 2015-08-04 service model (scripts/generate-model makes model_table.inc of it);
//          wording of violations: answers of AWS services, as users report them
#pragma once

#include "engine/stream/api_error.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

enum class ModelKind : uint8_t {
  kStructure,
  kString,
  kInteger,
  kDouble,
  kBoolean,
  kTimestamp,
  kBlob,
  kList,
  kMap,
};

inline constexpr int64_t kNoMin = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kNoMax = std::numeric_limits<int64_t>::max();
inline constexpr uint16_t kNoShape = 0xFFFF;

struct ModelMember {
  std::string_view name;
  uint16_t shape;
  bool required;
};

struct ModelShape {
  std::string_view name;
  ModelKind kind;
  std::span<const ModelMember> members;      // of a structure
  std::span<const std::string_view> values;  // of an enum
  uint16_t element;                          // of a list or a map's values
  uint16_t key;                              // of a map
  int64_t min;
  int64_t max;
  std::string_view pattern;      // as AWS writes it, for messages
  std::string_view re2_pattern;  // must match the whole value
  std::string_view re2_refused;  // must not; empty: none
  bool sensitive;

  const ModelMember* FindMember(std::string_view member) const;
};

struct ModelOperation {
  std::string_view name;
  uint16_t input;
  uint16_t output;
  std::span<const std::string_view> errors;
};

std::span<const ModelShape> ModelShapes();
std::span<const ModelOperation> ModelOperations();
const ModelShape& ModelShapeAt(uint16_t index);
// Null when there is none of that name.
const ModelShape* FindModelShape(std::string_view name);
const ModelOperation* FindModelOperation(std::string_view name);

enum class Validation {
  kRelaxed,  // without the patterns that only keep users on AWS's own endpoints
  kStrict,
};

struct Violation {
  std::string path;   // "records.2.member.data"
  std::string value;  // as shown: "'x'", "null"; empty when sensitive
  std::string rule;   // "Member must not be null"
};

struct WrongType {
  std::string path;         // as in Violation
  std::string_view is;      // "STRING_VALUE"
  std::string_view wanted;  // "an Integer"
};

struct ModelCheck {
  // To clients only the first counts, and then nothing else does.
  std::vector<WrongType> wrong_types;
  std::vector<Violation> violations;
};

// Members that the shape lacks are passed over, as AWS does.
ModelCheck CheckModel(const ModelShape& shape, const nlohmann::json& value, Validation validation);

// Whether so much is wrong that not all of it was said.
bool IsCut(const ModelCheck& check);

// SerializationException, ValidationException with all violations in one message, or nothing.
std::optional<ApiError> ToApiError(const ModelCheck& check);

// The part of `value` that the shape knows, without nulls. A member of a description is filled from
// the configuration member that it describes ("S3BackupDescription" from "S3BackupConfiguration").
// So what a description's shape leaves out, such as passwords, is not in the result.
nlohmann::json ProjectOnModel(const ModelShape& shape, const nlohmann::json& value);

struct UnknownMember {
  std::string path;     // "S3DestinationConfiguration.Prefixx", as the user wrote it
  std::string nearest;  // the known name that is closest to it; empty when none is near
};

// What a person has most likely misspelt: for configuration files, where nothing is passed over.
std::vector<UnknownMember> UnknownMembers(const ModelShape& shape, const nlohmann::json& value);

}  // namespace hydrant
