// LogSink: takes the log lines instead of standard error, for programs that embed hydrant and for tests.
// Owner:   any thread; the function is called on any, several at once, and must not log itself
#pragma once

#include "engine/base/logging.h"

#include <initializer_list>
#include <string_view>

namespace hydrant {

// The fields live as long as the call. Every level comes, whatever ConfigureLogging says.
using LogSink = void (*)(LogLevel level, std::string_view message,
                         std::initializer_list<LogField> fields);

// Null: standard error again.
void SetLogSink(LogSink sink);

}  // namespace hydrant
