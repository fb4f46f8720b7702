#include "app/replay_follower.h"

#include "app/replay_node.h"
#include "app/stop_signal.h"

#include <absl/time/clock.h>

#include <utility>

namespace hydrant {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(500);
constexpr absl::Duration kLineInterval = absl::Seconds(5);  // off a terminal
// Attempts under way have half a minute.
constexpr absl::Duration kStopWaitMax = absl::Seconds(40);
constexpr int kSilentPollsMax = 5;
constexpr int kSignalsTold = 2;

class Follower {
 public:
  Follower(const ReplayOptions& options, const std::string& admin, const Console& console)
      : options_(options), admin_(admin), console_(console) {}

  StatusOr<int> Follow() {
    StatusOr<ReplayStatus> started = node_.Start(ReplayRequest(options_));
    if (!started.ok()) return NotStarted(started.status());
    replay_ = *std::move(started);
    while (replay_.running()) {
      const int seen = signal_.count();
      if (seen > 0 && stop_by_ == absl::InfiniteFuture()) Stop();
      if (signal_.count() >= kSignalsTold || absl::Now() > stop_by_) return Leave();
      Show();
      signal_.Sleep(kPoll, seen);
      if (signal_.count() > seen) continue;
      RETURN_IF_ERROR(Look());
    }
    EndLine();
    const std::string go_on = deleted_ ? "" : GoOnCommand(options_, admin_, replay_);
    console_.out << RenderEnd(replay_, absl::Now() - started_, go_on);
    if (signal_.count() > 0) return kExitBySignal + signal_.received();
    return replay_.state == "done" ? kExitOk : kExitFailed;
  }

 private:
  StatusOr<int> NotStarted(const Status& why) {
    if (signal_.count() == 0) return why;
    console_.Error(
        "replay: interrupted before the node said that it has begun, which --list shows: " +
        std::string(Message(why)));
    return kExitBySignal + signal_.received();
  }

  // An error: the node has been silent for too long.
  Status Look() {
    const StatusOr<std::vector<ReplayStatus>> replays = node_.List();
    if (absl::IsNotFound(replays.status())) {
      deleted_ = true;
      End("its stream was deleted; these numbers are of the moment before");
      return absl::OkStatus();
    }
    if (!replays.ok()) {
      if (++silent_polls_ <= kSilentPollsMax) return absl::OkStatus();
      EndLine();
      End("the node does not answer, and a replay ends with its node");
      console_.out << RenderEnd(replay_, absl::Now() - started_,
                                GoOnCommand(options_, admin_, replay_));
      return Unavailable(Message(replays.status()));
    }
    silent_polls_ = 0;
    for (const ReplayStatus& found : *replays) {
      if (found.id != replay_.id) continue;
      replay_ = found;
      return absl::OkStatus();
    }
    End("the node was started anew, and a replay ends with its node");
    return absl::OkStatus();
  }

  // What the node can't tell any more.
  void End(std::string why) {
    replay_.state = "stopped";
    replay_.detail = std::move(why);
  }

  void Stop() {
    EndLine();
    console_.err << "stopping the replay; attempts under way end first" << std::endl;
    stop_by_ = absl::Now() + kStopWaitMax;
    const Status asked = node_.Stop(replay_.id).status();
    if (!asked.ok()) console_.Error("replay: " + std::string(Message(asked)));
  }

  int Leave() {
    EndLine();
    console_.Error("replay: " + Plain(replay_.id) +
                   " may go on: its end was not waited for. To stop it:\n  " +
                   StopCommand(options_, admin_, replay_.id));
    return kExitBySignal + signal_.received();
  }

  void Show() {
    const absl::Time now = absl::Now();
    const std::string line = RenderProgress(replay_, now - started_);
    if (console_.err_terminal) {
      console_.err << "\r\033[K" << line << std::flush;
      open_line_ = true;
    } else if (now - shown_ >= kLineInterval) {
      console_.err << line << std::endl;
      shown_ = now;
    }
  }

  void EndLine() {
    if (std::exchange(open_line_, false)) console_.err << "\r\033[K";
  }

  const ReplayOptions& options_;
  const std::string admin_;
  const Console& console_;
  const StopSignal signal_{kSignalsTold};
  ReplayNode node_{admin_, options_.stream, [this] { return signal_.count() >= kSignalsTold; }};
  ReplayStatus replay_;
  const absl::Time started_ = absl::Now();
  absl::Time shown_ = started_;
  absl::Time stop_by_ = absl::InfiniteFuture();
  int silent_polls_ = 0;
  bool deleted_ = false;
  bool open_line_ = false;
};

}  // namespace

StatusOr<int> FollowReplay(const ReplayOptions& options, const std::string& admin,
                           const Console& console) {
  return Follower(options, admin, console).Follow();
}

}  // namespace hydrant
