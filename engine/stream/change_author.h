// ChangeAuthor: who asks for a change of a stream, and how.
// Owner:   a value
#pragma once

#include <string>

namespace hydrant {

struct ChangeAuthor {
  std::string operation;  // "UpdateDestination", …; "configuration". Empty: it is no change to be noted
  std::string who;        // access key id; empty: requests are not authenticated, or nobody sent one
  std::string from;       // client's address and port, or the configuration file
};

}  // namespace hydrant
