#include "engine/base/check.h"

#include "engine/base/component_scope.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace hydrant {
namespace {

thread_local int scopes = 0;

}  // namespace

ComponentScope::ComponentScope() { ++scopes; }
ComponentScope::~ComponentScope() { --scopes; }
bool ComponentScope::IsInside() { return scopes > 0; }

void CheckFailed(const char* condition, const char* file, int line) {
  if (ComponentScope::IsInside()) {
    throw CheckFailure(std::string("internal check failed: ") + condition + " (" + file + ":" +
                       std::to_string(line) + ")");
  }
  std::fprintf(stderr, "hydrant: internal check failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace hydrant
