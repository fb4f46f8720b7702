// ParseStreamDefinition: a CreateDeliveryStream request to a checked definition with its defaults.
// Owner:   any thread; pure
// Errors:  SerializationException (JSON of a wrong type), ValidationException (the model),
//          InvalidArgumentException (rules beyond the model: every one that is broken, in one
//          message)
// Source:  firehose 2015-08-04 service model; developer guide "s3-prefixes", "create-destination",
//          "create-configure", "dynamic-partitioning", "data-transformation"
#pragma once

#include "engine/base/status.h"
#include "engine/stream/api_error.h"
#include "engine/stream/definition_problem.h"
#include "engine/stream/model.h"
#include "engine/stream/stream_definition.h"

#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hydrant {

struct NodeConfig;

// What a build of hydrant can do with streams; the tables of components know (build_support.h).
struct StreamSupport {
  // Whether there is a transform for a processor type. Unset: for none.
  std::function<bool(std::string_view processor_type)> has_processor;
  // What the destination's sink knows will fail; nothing: there is no sink for it. Unset: not asked.
  std::function<std::optional<std::vector<DefinitionProblem>>(const StreamDefinition&,
                                                              const NodeConfig&)>
      check_destination;
};

struct ParseOptions {
  std::string region = "us-east-1";
  std::string account_id = "000000000000";
  Validation validation = Validation::kRelaxed;
  absl::Time now;
  StreamSupport support;
  const NodeConfig* config = nullptr;  // for support.check_destination, and what encrypts the log
  // The request was taken by this node before, perhaps by an earlier version: the stream goes on, whatever
  // new requests are asked.
  bool taken_before = false;
};

// The definition lacks `incarnation`: whoever creates the stream gives it one. What this build lacks to run it
// is no error: it stands in `missing`, and the status is CREATING_FAILED.
std::variant<StreamDefinition, ApiError> ParseStreamDefinition(const nlohmann::json& request,
                                                               const ParseOptions& options);

// Every rule beyond the model that a request breaks, each for itself. `check`: what CheckModel said of
// it; rules that ask for what is wrong there already are left out.
std::vector<DefinitionProblem> CheckDefinitionRules(const nlohmann::json& request,
                                                    const ModelCheck& check,
                                                    const ParseOptions& options);

// A list of Tag, which has passed the model. kInvalidArgument: a key is given twice.
StatusOr<StreamTags> ParseTags(const nlohmann::json& list);

std::string StreamArn(std::string_view region, std::string_view account_id, std::string_view name);

}  // namespace hydrant
