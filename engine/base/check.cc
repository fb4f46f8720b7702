#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hydrant {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "hydrant: internal check failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace hydrant
