#include "actors/log_reader.h"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>

namespace hydrant {
namespace {

struct LogReaderState {
  LogReaderState() {}
  static inline const char* name = "hydrant.log_reader";
};

// Memory may run out. The feed asks again; a reader that ended would stop every stream that lags.
StatusOr<LogReadResult> Read(const ReadLog& read) {
  try {
    return read.shard->log->Read(read.from, read.bytes_max);
  } catch (const std::exception& error) {
    return Internal(error.what());
  }
}

LogReader::behavior_type LogReaderBehavior(LogReader::stateful_pointer<LogReaderState> /*self*/,
                                           LogReaderOptions /*options*/) {
  return {
      [](const ReadLog& read) {
        return LogRead{std::make_shared<StatusOr<LogReadResult>>(Read(read))};
      },
  };
}

}  // namespace

LogReader SpawnLogReader(caf::actor_system& system, LogReaderOptions options) {
  if (options.detached) return system.spawn<caf::detached>(LogReaderBehavior, options);
  return system.spawn(LogReaderBehavior, options);
}

}  // namespace hydrant
