// Keeps the tests' output free of expected warnings.
#include "engine/base/logging.h"

namespace hydrant {

__attribute__((weak)) void Log(LogLevel, std::string_view, std::initializer_list<LogField>) {}

}  // namespace hydrant
