#include "actors/replay.h"

#include "engine/base/logging.h"

#include <algorithm>
#include <utility>

namespace hydrant {

std::string_view ReplayStateName(ReplayState state) {
  switch (state) {
    case ReplayState::kPlanned:
      return "planned";
    case ReplayState::kRunning:
      return "running";
    case ReplayState::kDone:
      return "done";
    case ReplayState::kStopped:
      return "stopped";
    case ReplayState::kFailed:
      return "failed";
  }
  return "";
}

Replay::Replay(ReplayReport plan, ShardLedgerPtr ledger, std::shared_ptr<StreamProbe> probe,
               const Clock& clock)
    : branch_name_(plan.stream + " replay " + plan.id),
      probe_(std::move(probe)),
      clock_(clock),
      delivered_records_before_(probe_->delivered_records()),
      delivered_bytes_before_(probe_->delivered_bytes()),
      given_up_before_(probe_->given_up_records()),
      report_(std::move(plan)),
      ledger_(std::move(ledger)) {
  report_.state = ReplayState::kRunning;
  report_.started = clock.Now();
}

void Replay::Observe(ReplayReport& report) const {
  if (!ledger_) return;
  report.reached = std::min(Position{ledger_->watermark}, report.range.positions.end);
  report.missed_records = ledger_->lost_records;
  report.delivered_records = probe_->delivered_records() - delivered_records_before_;
  report.delivered_bytes = probe_->delivered_bytes() - delivered_bytes_before_;
  report.given_up_records = probe_->given_up_records() - given_up_before_;
  report.last_error = probe_->last_error();
}

ReplayReport Replay::Report() const {
  absl::MutexLock lock(&mutex_);
  ReplayReport report = report_;
  Observe(report);
  return report;
}

void Replay::ExpectEnd(std::string_view why) {
  absl::MutexLock lock(&mutex_);
  if (why_.empty()) why_ = why;
}

void Replay::Ended() {
  absl::MutexLock lock(&mutex_);
  if (!ledger_) return;
  Observe(report_);
  const bool done = report_.reached >= report_.range.positions.end;
  report_.ended = clock_.Now();
  report_.state = done            ? ReplayState::kDone
                  : !why_.empty() ? ReplayState::kStopped
                                  : ReplayState::kFailed;
  if (done) {
    report_.last_error.clear();
  } else {
    report_.detail = why_.empty() ? "its actors failed; hydrant's log says why" : why_;
  }
  ledger_->ended = true;
  ledger_.reset();
  LogInfo("A replay has ended.", {{"stream", report_.stream},
                                  {"replay", report_.id},
                                  {"state", ReplayStateName(report_.state)},
                                  {"reached", report_.reached.value},
                                  {"delivered_records", report_.delivered_records},
                                  {"given_up_records", report_.given_up_records},
                                  {"missed_records", report_.missed_records}});
}

bool Replay::has_ended() const {
  absl::MutexLock lock(&mutex_);
  return ledger_ == nullptr;
}

}  // namespace hydrant
