#include "actors/log_reader.h"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace hydrant {
namespace {

struct LogReaderState {
  LogReaderState() {}
  static inline const char* name = "hydrant.log_reader";
};

LogReader::behavior_type LogReaderBehavior(LogReader::stateful_pointer<LogReaderState> /*self*/,
                                           LogReaderOptions /*options*/) {
  return {
      [](const ReadLog& read) {
        return LogRead{std::make_shared<StatusOr<LogReadResult>>(
            read.shard->log->Read(read.from, read.bytes_max))};
      },
  };
}

}  // namespace

LogReader SpawnLogReader(caf::actor_system& system, LogReaderOptions options) {
  if (options.detached) return system.spawn<caf::detached>(LogReaderBehavior, options);
  return system.spawn(LogReaderBehavior, options);
}

}  // namespace hydrant
