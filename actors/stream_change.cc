// The changing half of StreamRegistry: streams that get another definition, and streams that are deleted.
#include "actors/running_stream.h"
#include "actors/stream_registry.h"
#include "engine/base/logging.h"

#include <absl/cleanup/cleanup.h>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <utility>

namespace hydrant {
namespace {

// In a stream's directory: what the stream held is delivered or given up, and what is left may go.
constexpr char kDeletedMarker[] = "/deleted";

Status RemoveAll(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) return absl::OkStatus();
  LogError("A deleted stream's log could not be removed.",
           {{"path", path.string()}, {"error", error.message()}});
  return Unavailable("The stream's log could not be removed.");
}

// The marker goes last: half a log that a crash leaves must not be taken for one that holds records.
Status RemoveMarked(const std::string& directory) {
  const std::filesystem::path marker = directory + kDeletedMarker;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path() != marker) RETURN_IF_ERROR(RemoveAll(entry->path()));
  }
  return RemoveAll(directory);
}

}  // namespace

// The old actors end before the new ones start, on the same log: first those that deliver, which may take as long as
// the attempts under way. Puts go through the same slot: the old ingest answers those that come until then, later ones
// wait for the new one.
Status StreamRegistry::ChangeStream(StreamDefinitionPtr definition) {
  AwaitChange(definition->name);
  return OnMaintenance([&]() -> Status {
    StreamPtr old;
    {
      absl::MutexLock lock(&mutex_);
      auto found = streams_.find(definition->name);
      if (found == streams_.end()) return NotFound("no such stream on this node");
      old = found->second;
    }
    ASSIGN_OR_RETURN(StreamPtr next, MakeStream(definition, old->slot));
    next->SetShard(old->shard(), old->ledgers());
    next->FollowRates(*old);
    next->SetProblems(old->problems());
    next->changed = std::make_shared<absl::Notification>();
    next->reopening = true;  // the watcher leaves it alone until it runs
    {
      absl::MutexLock lock(&mutex_);
      streams_[definition->name] = next;
      ending_.push_back(old);
    }
    ExpectReplaysEnd(definition->name, "the stream was changed");
    ExposeGauges(next);
    auto start = [this, next] {
      const auto done = absl::MakeCleanup([&] {
        next->reopening = false;
        next->changed->Notify();
      });
      if (!OpenAgain(next)) next->slot->Release();
    };
    auto exchange = [this, old, start] {
      old->slot->Hold(OnceOrWhenDropped([this, old, start] { End(old, start); }));
    };
    old->Send(EndDelivery{OnceOrWhenDropped(exchange)});
    return absl::OkStatus();
  });
}

// One change of a stream after the other.
void StreamRegistry::AwaitChange(const std::string& name) const {
  const StatusOr<StreamPtr> stream = FindStream(name);
  if (stream.ok() && (*stream)->changed) (*stream)->changed->WaitForNotification();
}

void StreamRegistry::DeleteStream(StreamDefinitionPtr definition,
                                  std::function<void(Status)> done) {
  AwaitChange(definition->name);
  const Status started = OnMaintenance([&]() -> Status {
    const StreamPtr stream = TakeOut(definition->name);
    if (stream) {
      ExpectReplaysEnd(definition->name, "the stream was deleted");
      stream->slot->Close(NotFound("The stream is deleted."));
      ShareWindows();
      DrainThenDelete(stream, done);
    } else {
      done(RemoveLog(*definition, std::nullopt));
    }
    return absl::OkStatus();
  });
  if (!started.ok()) done(started);
}

// Null when it doesn't run.
StreamRegistry::StreamPtr StreamRegistry::TakeOut(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  refused_.erase(name);
  auto found = streams_.find(name);
  if (found == streams_.end()) return nullptr;
  StreamPtr stream = found->second;
  streams_.erase(found);
  ending_.push_back(stream);
  return stream;
}

void StreamRegistry::DrainThenDelete(const StreamPtr& stream, std::function<void(Status)> done) {
  auto finish = [this, stream, done = std::move(done)] {
    if (stream->ended.exchange(true)) return;
    End(stream, [this, stream, done] {
      options_.metrics->RemoveLabelled("stream", stream->definition->name);
      done(RemoveLog(*stream->definition, stream->backlog_at_end));
    });
  };
  auto timer = std::make_shared<asio::steady_timer>(
      options_.sinks.executor, absl::ToChronoMilliseconds(options_.config->drain_timeout));
  timer->async_wait([timer, finish](const boost::system::error_code& error) {
    if (error) return;
    finish();
  });
  auto drained = [timer, finish] {
    asio::post(timer->get_executor(), [timer, finish] {
      timer->cancel();
      finish();
    });
  };
  stream->Send(DrainStream{OnceOrWhenDropped(drained)});
}

// `backlog_records`: what is dropped with it; nothing: that is not known.
Status StreamRegistry::RemoveLog(const StreamDefinition& definition,
                                 std::optional<uint64_t> backlog_records) {
  const std::string directory = StreamDirectory(definition);
  std::error_code error;
  const bool on_disk = std::filesystem::exists(directory, error);
  if (backlog_records.value_or(0) > 0) {
    dropped_records_->Add(*backlog_records);
    LogWarn("A deleted stream's undelivered records were dropped.",
            {{"stream", definition.name}, {"records", *backlog_records}});
  } else if (!backlog_records && on_disk) {
    LogWarn("A deleted stream's log could not be read: what it held is dropped.",
            {{"stream", definition.name}});
  }
  if (!on_disk) return absl::OkStatus();
  options_.files->OpenAppend(directory + kDeletedMarker).status().IgnoreError();  // only helps
  return RemoveMarked(directory);
}

void StreamRegistry::RemoveDeleted() {
  for (const std::string& directory : LogDirectories()) {
    std::error_code error;
    if (!std::filesystem::exists(directory + kDeletedMarker, error)) continue;
    LogInfo("The removal of a deleted stream's log was cut off; it is finished.",
            {{"directory", directory}});
    RemoveMarked(directory).IgnoreError();  // said; tried again at the next start
  }
}

}  // namespace hydrant
