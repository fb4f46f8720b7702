// Keeps the tests' output free of expected lines, and counts them.
#include "engine/base/logging.h"
#include "engine/log/log_test_util.h"

namespace hydrant {

__attribute__((weak)) void Log(LogLevel, std::string_view, std::initializer_list<LogField>) {
  ++testing::LoggedLines();
}

}  // namespace hydrant
