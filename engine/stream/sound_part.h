// SoundPart: what of a request stands although other members of it break the model, so that the rules
// beyond the model can be asked of it in the same go.
// Owner:   plain data; pure
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/model.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace hydrant {

struct SoundPart {
  // Without the members that the model refuses. A list goes as a whole; a structure that is none stays
  // as an empty one, so that no rule finds it missing.
  nlohmann::json request;
  // Where something was taken out or is missing: "ExtendedS3DestinationConfiguration.Prefix".
  std::vector<std::string> broken;

  // Whether the problem may be of our making: the rule asks for what was taken out.
  bool MayHaveMade(const DefinitionProblem& problem) const;
};

// `check`: what CheckModel said of the request.
SoundPart SoundPartOf(const nlohmann::json& request, const ModelCheck& check);

}  // namespace hydrant
