// DefinitionProblem: one reason why a stream cannot be as its definition says.
// Owner:   plain data
#pragma once

#include <string>

namespace hydrant {

struct DefinitionProblem {
  // Of the member to mend: "ExtendedS3DestinationConfiguration.Prefix". From a sink: below the
  // destination's own member ("Prefix"). Empty: no single one.
  std::string path;
  // A sentence that begins with the member: what is wrong, the rule, how to mend it.
  std::string text;
};

}  // namespace hydrant
