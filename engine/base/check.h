// HYDRANT_CHECK: stops the process on a bug of ours, in every build.
// Never use it on outside input: that is a Status.
#pragma once

namespace hydrant {
// Prints where and what to standard error, then aborts (inside a ComponentScope: throws).
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace hydrant

#define HYDRANT_CHECK(condition)                              \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::hydrant::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
