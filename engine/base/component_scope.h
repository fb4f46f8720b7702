// ComponentScope: while one lives on a thread, a failed HYDRANT_CHECK there is thrown as CheckFailure instead of
// ending the process. For whoever runs pure code of a component (an encoder, a transform) on data of its own: a bug
// that one chunk brings out costs that chunk, not the node. Catch the exception where the scope ends, and use nothing
// that the code was about to make.
// Owner:   the thread that makes it
#pragma once

#include <stdexcept>

namespace hydrant {

class CheckFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

class ComponentScope {
 public:
  ComponentScope();
  ~ComponentScope();
  ComponentScope(const ComponentScope&) = delete;
  ComponentScope& operator=(const ComponentScope&) = delete;
  static bool IsInside();
};

}  // namespace hydrant
