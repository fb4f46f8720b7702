// ChangeAuthor: who asks for a change of a stream, and how.
// Owner:   a value
#pragma once

#include <string>

namespace hydrant {

struct ChangeAuthor {
  std::string operation;  // "UpdateDestination", "configuration"; empty: none that is noted
  std::string who;        // access key id; empty: not authenticated, or nobody sent one
  std::string from;       // client's address and port, or the configuration file
};

}  // namespace hydrant
