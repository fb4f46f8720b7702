#include "bench/load/runner.h"

#include "bench/load/flight.h"
#include "bench/load/monotonic.h"
#include "bench/load/request_head.h"
#include "bench/load/schedule.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <queue>
#include <random>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

namespace hydrant::load {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1000 * kMs;
constexpr int64_t kConnectTimeNs = 10 * kSecond;
constexpr int64_t kAnswerTimeNs = 60 * kSecond;
constexpr int64_t kBackoffMinNs = 50 * kMs;
constexpr int64_t kBackoffMaxNs = 2 * kSecond;
constexpr int kAttemptsMax = 10;
constexpr int64_t kGraceNs = 30 * kSecond;      // for answers after the run's end
constexpr int64_t kGraceShortNs = 2 * kSecond;  // and when somebody wants to see it end
constexpr int64_t kHousekeepingNs = 100 * kMs;
constexpr int64_t kReportNs = 200 * kMs;
// Before anything is acknowledged, so many failures and so long are enough.
constexpr uint64_t kHopelessFailuresMin = 20;
constexpr uint64_t kHopelessFailuresPerConnection = 2;
constexpr int64_t kHopelessNs = 3 * kSecond;
constexpr uint64_t kUnsentStepsMax = 10'000;  // more unsent requests are taken by groups
constexpr int kEventsMax = 256;

enum class WorkerState { kIdle, kConnecting, kWaiting, kPaused };

// A connection and the request that it is busy with, as a producer's thread would be.
struct Worker {
  WorkerState state = WorkerState::kIdle;
  int64_t since_ns = 0;  // of the state
  size_t address = 0;    // of the peer's, the next one after each that does not answer
  Exchange exchange;
  Flight flight;
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Kernels before 5.11 and some sandboxes have no wait that is finer than a millisecond.
int WaitForEvents(int epoll, epoll_event (&events)[kEventsMax], int64_t wait_ns) {
  const timespec limit{wait_ns / kSecond, wait_ns % kSecond};
  const int count = epoll_pwait2(epoll, events, kEventsMax, &limit, nullptr);
  if (count >= 0 || errno == EINTR) return count;
  return epoll_wait(epoll, events, kEventsMax, static_cast<int>((wait_ns + kMs - 1) / kMs));
}

class Runner {
 public:
  // Owns `epoll`.
  Runner(int epoll, const LoadPlan& plan, const RunTarget& target, RequestPool& pool,
         Ledger* ledger, const RunHooks& hooks);
  ~Runner() { close(epoll_); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  LoadResult Run();

 private:
  void CheckEnd();
  bool Hopeless() const;
  // Neither sends anything new nor anything again.
  bool Ending() const { return over_ && over_ != RunEnd::kVolume; }
  void Dispatch();
  std::optional<int64_t> NextDue() const;
  void Attempt(uint32_t id);
  void Send(uint32_t id);
  void Wait();
  void Take(uint32_t id, Exchange::News news);
  void Judge(uint32_t id);
  void Acknowledge(Worker& worker, const std::vector<uint32_t>& part);
  void Broke(uint32_t id, std::string_view error);
  void Fail(uint32_t id, Fate fate, std::string_view error);
  void Doubt(Worker& worker);
  void GiveUp(Worker& worker);
  void Release(uint32_t id);
  void Housekeep();
  void WakePaused();
  void EndUnanswered();
  void CountUnsent();

  const int epoll_;
  const LoadPlan& plan_;
  const RunTarget& target_;
  Ledger* const ledger_;
  const RunHooks& hooks_;
  const RequestHeads heads_;
  const int64_t start_ns_ = MonotonicNs();
  const int64_t end_ns_;
  const Schedule schedule_;
  FlightDesk desk_;
  Recorder recorder_;
  int64_t now_ns_ = start_ns_;

  std::deque<Worker> workers_;
  std::deque<uint32_t> idle_;
  // Those that wait before they send again, by when.
  using Wake = std::pair<int64_t, uint32_t>;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> paused_;
  uint64_t hopeless_ = 0;       // attempts that failed otherwise than because the server was busy
  std::optional<RunEnd> over_;  // nothing new is sent
  int64_t over_at_ns_ = 0;
  int64_t next_housekeeping_ns_ = 0;
  int64_t next_report_ns_ = 0;
  std::minstd_rand jitter_{std::random_device()()};
};

Runner::Runner(int epoll, const LoadPlan& plan, const RunTarget& target, RequestPool& pool,
               Ledger* ledger, const RunHooks& hooks)
    : epoll_(epoll),
      plan_(plan),
      target_(target),
      ledger_(ledger),
      hooks_(hooks),
      heads_(plan, target.peer.endpoint, target.authorization),
      end_ns_(plan.duration == absl::InfiniteDuration()
                  ? std::numeric_limits<int64_t>::max()
                  : start_ns_ + absl::ToInt64Nanoseconds(plan.warm_up + plan.duration)),
      schedule_(start_ns_, std::max(plan.records_per_second, kRateMin), plan.records_per_request),
      desk_(plan, pool),
      recorder_(start_ns_ + absl::ToInt64Nanoseconds(plan.warm_up), end_ns_),
      workers_(plan.connections) {
  for (uint32_t id = 0; id < plan.connections; ++id) idle_.push_back(id);
}

LoadResult Runner::Run() {
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  while (true) {
    now_ns_ = MonotonicNs();
    if (!over_) Dispatch();  // also what was due right before the end
    CheckEnd();
    WakePaused();
    if (over_ && idle_.size() == workers_.size()) break;
    const int64_t grace = over_ == RunEnd::kTime ? kGraceNs : kGraceShortNs;
    if (Ending() && now_ns_ > over_at_ns_ + grace) break;
    if (now_ns_ >= next_housekeeping_ns_) Housekeep();
    Wait();
  }
  EndUnanswered();
  LoadResult result = recorder_.Finish(*over_);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  result.cpu_user_seconds = Seconds(after.ru_utime) - Seconds(before.ru_utime);
  result.cpu_system_seconds = Seconds(after.ru_stime) - Seconds(before.ru_stime);
  return result;
}

void Runner::CheckEnd() {
  if (Ending()) return;
  std::optional<RunEnd> end;
  if (hooks_.stopped && hooks_.stopped()) {
    end = RunEnd::kStopped;
  } else if (now_ns_ >= end_ns_) {
    end = RunEnd::kTime;
  } else if (Hopeless()) {
    end = RunEnd::kGivenUp;
  } else if (!over_ && desk_.Enough()) {
    end = RunEnd::kVolume;
  }
  if (!end) return;
  over_at_ns_ = now_ns_;
  over_ = end;
  if (Ending()) recorder_.EndAt(now_ns_);
}

bool Runner::Hopeless() const {
  const uint64_t enough =
      std::max(kHopelessFailuresMin, kHopelessFailuresPerConnection * plan_.connections);
  return recorder_.result().records_acknowledged == 0 && hopeless_ >= enough &&
         now_ns_ >= start_ns_ + kHopelessNs;
}

// When the next request is due, before the end: at once in a closed loop.
std::optional<int64_t> Runner::NextDue() const {
  if (over_ || idle_.empty() || desk_.Enough()) return std::nullopt;
  const bool open = plan_.records_per_second > 0;
  const int64_t due_ns = open ? schedule_.DueNs(desk_.issued()) : now_ns_;
  return due_ns < end_ns_ ? std::optional(due_ns) : std::nullopt;
}

void Runner::Dispatch() {
  for (auto due = NextDue(); due && *due <= now_ns_; due = NextDue()) {
    const uint32_t id = idle_.front();
    idle_.pop_front();
    Flight& flight = workers_[id].flight;
    desk_.Issue(flight, *due);
    if (ledger_ != nullptr) ledger_->Issue(flight.ticket, flight.request);
    Attempt(id);
  }
}

// Sends, or connects first.
void Runner::Attempt(uint32_t id) {
  Worker& worker = workers_[id];
  if (worker.exchange.established()) return Send(id);
  worker.state = WorkerState::kConnecting;
  worker.since_ns = now_ns_;
  ++recorder_.result().connections_opened;
  const Status made = worker.exchange.Connect(target_.peer, worker.address, epoll_, id);
  if (made.ok()) return Take(id, worker.exchange.Advance(false));
  Broke(id, Message(made));
}

void Runner::Send(uint32_t id) {
  Worker& worker = workers_[id];
  Flight& flight = worker.flight;
  const std::string& body = desk_.BodyOf(flight);
  const size_t stream = desk_.StreamOf(flight);
  StatusOr<HttpHeaders> headers = heads_.signed_headers();
  if (hooks_.sign) headers = hooks_.sign(heads_.Url(stream), body, heads_.signed_headers());
  if (!headers.ok()) return Fail(id, Fate::kRejected, Message(headers.status()));
  const bool gzip = plan_.gzip && flight.part.empty();
  worker.state = WorkerState::kWaiting;
  worker.since_ns = flight.sent_ns = MonotonicNs();
  ++recorder_.result().requests_sent;
  ++flight.attempts;
  if (flight.sends++ > 0) ++recorder_.result().requests_retried;
  Take(id, worker.exchange.Begin(heads_.Render(stream, body.size(), gzip, *headers), body));
}

void Runner::Take(uint32_t id, Exchange::News news) {
  Worker& worker = workers_[id];
  switch (news) {
    case Exchange::News::kNone:
      if (worker.state == WorkerState::kConnecting && worker.exchange.established()) Send(id);
      return;
    case Exchange::News::kAnswered:
      return Judge(id);
    case Exchange::News::kBroken:
      return Broke(id, Message(worker.exchange.fault()));
  }
}

// The connection is of no use any more.
void Runner::Broke(uint32_t id, std::string_view error) {
  Worker& worker = workers_[id];
  const bool connecting = worker.state == WorkerState::kConnecting;
  const bool arrived = !connecting && worker.exchange.sent_whole();
  worker.exchange.Close();
  ++recorder_.result().connections_broken;
  ++hopeless_;
  if (connecting) ++worker.address;
  Fail(id, arrived ? Fate::kUncertain : Fate::kRefused, error);
}

void Runner::Judge(uint32_t id) {
  Worker& worker = workers_[id];
  const AnswerReader& answer = worker.exchange.answer();
  now_ns_ = MonotonicNs();
  const Verdict verdict =
      JudgeAnswer(plan_.operation, static_cast<uint32_t>(desk_.RecordsOf(worker.flight)),
                  answer.status(), answer.body());
  switch (verdict.fate) {
    case Fate::kAcknowledged:
      Acknowledge(worker, worker.flight.part);
      return Release(id);
    case Fate::kPartly:
      recorder_.result().records_refused += verdict.failed.size();
      if (const auto taken = desk_.KeepFailed(worker.flight, verdict.failed); !taken.empty()) {
        Acknowledge(worker, taken);
      }
      return Fail(id, Fate::kPartly, verdict.error);
    case Fate::kRefused:
      ++recorder_.result().requests_refused;
      break;
    case Fate::kRejected:
      ++recorder_.result().requests_rejected;
      ++hopeless_;
      break;
    case Fate::kUncertain:
      ++hopeless_;
      break;
  }
  Fail(id, verdict.fate, verdict.error);
}

// `part` of the flight's request is durable.
void Runner::Acknowledge(Worker& worker, const std::vector<uint32_t>& part) {
  Flight& flight = worker.flight;
  if (ledger_ != nullptr) ledger_->Acknowledge(flight.ticket, part, now_ns_);
  recorder_.Acknowledge({part.empty() ? plan_.records_per_request : part.size(),
                         desk_.BytesOf(flight, part), flight.due_ns, flight.sent_ns},
                        now_ns_);
}

// After an attempt without success: the worker pauses, and then sends it again or takes another.
void Runner::Fail(uint32_t id, Fate fate, std::string_view error) {
  Worker& worker = workers_[id];
  recorder_.NoteError(error);
  if (worker.state == WorkerState::kConnecting) ++worker.flight.attempts;
  if (fate == Fate::kUncertain) Doubt(worker);
  if (fate == Fate::kRejected || worker.flight.attempts >= kAttemptsMax || Ending()) {
    GiveUp(worker);
    if (fate != Fate::kRejected) recorder_.LeaveUnanswered(worker.flight.due_ns, now_ns_);
  }
  const int doublings = std::clamp(worker.flight.attempts - 1, 0, 10);
  const int64_t pause = std::min(kBackoffMinNs << doublings, kBackoffMaxNs) / 2;
  worker.state = WorkerState::kPaused;
  paused_.push(
      {now_ns_ + pause + static_cast<int64_t>(jitter_() % static_cast<uint64_t>(pause)), id});
}

void Runner::Doubt(Worker& worker) {
  ++recorder_.result().requests_uncertain;
  if (ledger_ != nullptr) ledger_->Doubt(worker.flight.ticket, worker.flight.part);
}

void Runner::GiveUp(Worker& worker) {
  ++recorder_.result().requests_failed;
  recorder_.result().records_failed += desk_.RecordsOf(worker.flight);
  worker.flight.given_up = true;
}

// Sends again what has waited long enough; when the run ends, nothing is sent again.
void Runner::WakePaused() {
  while (!paused_.empty() && (paused_.top().first <= now_ns_ || Ending())) {
    const uint32_t id = paused_.top().second;
    paused_.pop();
    Worker& worker = workers_[id];
    if (Ending() && !worker.flight.given_up) {
      GiveUp(worker);
      recorder_.LeaveUnanswered(worker.flight.due_ns, now_ns_);
    }
    if (worker.flight.given_up) {
      Release(id);
    } else {
      Attempt(id);
    }
  }
}

void Runner::Housekeep() {
  next_housekeeping_ns_ = now_ns_ + kHousekeepingNs;
  for (uint32_t id = 0; id < workers_.size(); ++id) {
    Worker& worker = workers_[id];
    const bool connecting = worker.state == WorkerState::kConnecting;
    if (!connecting && worker.state != WorkerState::kWaiting) continue;
    if (now_ns_ - worker.since_ns < (connecting ? kConnectTimeNs : kAnswerTimeNs)) continue;
    Broke(id, connecting ? "no connection within 10 s" : "no answer within 60 s");
  }
  recorder_.Pass(now_ns_);
  if (hooks_.report && now_ns_ >= next_report_ns_) {
    next_report_ns_ = now_ns_ + kReportNs;
    hooks_.report(recorder_.result());
  }
}

// What the run's end leaves without an answer.
void Runner::EndUnanswered() {
  for (Worker& worker : workers_) {
    const bool waiting = worker.state == WorkerState::kWaiting;
    if (!waiting && worker.state != WorkerState::kConnecting) continue;
    if (waiting && worker.exchange.sent_whole()) Doubt(worker);
    GiveUp(worker);
    recorder_.LeaveUnanswered(worker.flight.due_ns, now_ns_);
  }
  if (plan_.records_per_second > 0 && over_ != RunEnd::kVolume) CountUnsent();
}

// Requests that were due and never found a connection waited too, until the run's end.
void Runner::CountUnsent() {
  const int64_t until_ns = std::min(over_at_ns_, end_ns_ - 1);
  const uint64_t due = schedule_.DueBy(until_ns);
  if (due <= desk_.issued()) return;
  const uint64_t unsent = recorder_.result().requests_unsent = due - desk_.issued();
  const uint64_t step = unsent / kUnsentStepsMax + 1;
  for (uint64_t next = desk_.issued(); next < due; next += step) {
    recorder_.LeaveUnanswered(schedule_.DueNs(next), until_ns, std::min(step, due - next));
  }
}

void Runner::Release(uint32_t id) {
  Worker& worker = workers_[id];
  desk_.Return(worker.flight);
  worker.state = WorkerState::kIdle;
  idle_.push_back(id);
}

void Runner::Wait() {
  int64_t until = Ending() ? next_housekeeping_ns_ : std::min(next_housekeeping_ns_, end_ns_);
  if (!paused_.empty()) until = std::min(until, paused_.top().first);
  if (const auto due = NextDue()) until = std::min(until, *due);
  const int64_t wait = std::max<int64_t>(0, until - MonotonicNs());
  epoll_event events[kEventsMax];
  const int count = WaitForEvents(epoll_, events, wait);
  now_ns_ = MonotonicNs();
  for (int i = 0; i < count; ++i) {
    const bool readable = (events[i].events & ~uint32_t{EPOLLOUT}) != 0;
    const uint32_t id = events[i].data.u32;
    Take(id, workers_[id].exchange.Advance(readable));
  }
}

}  // namespace

StatusOr<LoadResult> RunLoad(const LoadPlan& plan, const RunTarget& target, RequestPool& pool,
                             Ledger* ledger, const RunHooks& hooks) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return ErrnoStatus(errno, "epoll");
  return Runner(epoll, plan, target, pool, ledger, hooks).Run();
}

}  // namespace hydrant::load
