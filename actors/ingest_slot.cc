#include "actors/ingest.h"

#include <caf/send.hpp>

#include <utility>

namespace hydrant {

void IngestSlot::Send(IngestWorkPtr work) {
  Status refused;
  {
    absl::MutexLock lock(&mutex_);
    if (!closed_.ok()) {
      refused = closed_;
    } else if (holding_) {
      return held_.push_back(std::move(work));
    } else if (!ingest_) {
      refused = Unavailable("The stream does not run at the moment.");
    } else {
      // With the lock held, so that what was sent before Hold() stands before its AnswerAll.
      return caf::anon_send(ingest_, IngestBatch{std::move(work)});
    }
  }
  work->Answer(refused);
}

void IngestSlot::Set(Ingest ingest) {
  absl::MutexLock lock(&mutex_);
  ingest_ = std::move(ingest);
  if (!ingest_) return;
  holding_ = false;
  for (IngestWorkPtr& work : held_) caf::anon_send(ingest_, IngestBatch{std::move(work)});
  held_.clear();
}

void IngestSlot::Hold(const std::function<void()>& answered) {
  Ingest ingest;
  {
    absl::MutexLock lock(&mutex_);
    holding_ = closed_.ok();
    ingest = ingest_;
    if (ingest) caf::anon_send(ingest, AnswerAll{answered});
  }
  if (!ingest) answered();
}

// The works' destructors answer.
void IngestSlot::Release() {
  std::vector<IngestWorkPtr> held;
  absl::MutexLock lock(&mutex_);
  holding_ = false;
  held.swap(held_);
}

void IngestSlot::Close(const Status& why) {
  std::vector<IngestWorkPtr> held;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = why;
    holding_ = false;
    held.swap(held_);
  }
  for (const IngestWorkPtr& work : held) work->Answer(why);
}

}  // namespace hydrant
