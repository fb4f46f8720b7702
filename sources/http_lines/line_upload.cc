#include "sources/http_lines/line_upload.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace hydrant::http_lines {
namespace {

constexpr size_t kFirstGuessBytes = 64 * 1024;  // for a text of unknown length

}  // namespace

LineUpload::LineUpload(IngestPort& ingest, const Clock& clock, std::shared_ptr<StreamIntake> intake,
                       BodyReader& reader, uint64_t text_bytes, Newline newline)
    : ingest_(ingest),
      clock_(clock),
      intake_(std::move(intake)),
      reader_(reader),
      newline_(newline),
      first_block_bytes_(kFirstGuessBytes),
      grow_max_(kAtomicBytesMax) {
  if (text_bytes == HttpExchange::kChunked) return;
  if (text_bytes <= kAtomicBytesMax) {
    first_block_bytes_ = text_bytes;
  } else {
    first_block_bytes_ = grow_max_ = kBlockBytes;
  }
}

asio::awaitable<UploadResult> LineUpload::Run() {
  window_.emplace(intake_, co_await asio::this_coro::executor);
  UploadResult result;
  result.status = co_await ReadAll();
  const Status settled = co_await window_->Settle();
  if (result.status.ok()) result.status = settled;
  result.records = window_->durable_records();
  result.bytes = window_->durable_bytes();
  co_return result;
}

asio::awaitable<Status> LineUpload::ReadAll() {
  const size_t capacity = ArenaPool::CapacityFor(first_block_bytes_);
  CO_ASSIGN_OR_RETURN(block_memory_, co_await ingest_.Admit(LineCutter::MemoryFor(capacity)));
  cutter_.emplace(ingest_.arena_pool().Allocate(capacity), newline_);
  while (!reader_.ended()) {
    CO_RETURN_IF_ERROR(co_await MakeRoom());
    CO_RETURN_IF_ERROR(co_await CoverReader());
    CO_ASSIGN_OR_RETURN(const size_t n, co_await reader_.Read(cutter_->Room()));
    CO_RETURN_IF_ERROR(cutter_->Advance(n));
  }
  while (cutter_->stopped()) CO_RETURN_IF_ERROR(co_await MakeRoom());
  co_return co_await AppendLast();
}

asio::awaitable<Status> LineUpload::MakeRoom() {
  while (cutter_->full()) {
    const size_t capacity = cutter_->block_bytes();
    if (capacity >= grow_max_) {
      CO_RETURN_IF_ERROR(co_await AppendAndContinue());
      continue;
    }
    // Still one batch: nothing is in the stream yet.
    const size_t more = LineCutter::MemoryFor(capacity * 2) - LineCutter::MemoryFor(capacity);
    if (!block_memory_.TryGrow(more)) co_return ResourceExhausted("no memory for the body");
    CO_RETURN_IF_ERROR(cutter_->Grow(ingest_.arena_pool().Allocate(capacity * 2)));
  }
  co_return Status();
}

asio::awaitable<Status> LineUpload::AppendAndContinue() {
  grow_max_ = kBlockBytes;
  const size_t capacity = ArenaPool::CapacityFor(std::max(kBlockBytes, cutter_->uncut_bytes() + 1));
  CO_ASSIGN_OR_RETURN(MemoryReservation next, co_await AdmitBlock(LineCutter::MemoryFor(capacity)));
  CO_ASSIGN_OR_RETURN(auto batch,
                      cutter_->Take(ingest_.arena_pool().Allocate(capacity), clock_.Now()));
  MemoryReservation taken = std::exchange(block_memory_, std::move(next));
  if (batch->record_count() == 0) co_return Status();
  taken.ShrinkTo(batch->memory_bytes());
  co_return co_await window_->Add(std::move(batch), std::move(taken));
}

asio::awaitable<StatusOr<MemoryReservation>> LineUpload::AdmitBlock(size_t bytes) {
  StatusOr<MemoryReservation> memory = co_await ingest_.Admit(bytes);
  if (absl::IsResourceExhausted(memory.status())) {
    CO_RETURN_IF_ERROR(co_await window_->Settle());
    memory = co_await ingest_.Admit(bytes);
  }
  co_return memory;
}

asio::awaitable<Status> LineUpload::AppendLast() {
  CO_ASSIGN_OR_RETURN(auto batch, cutter_->TakeLast(clock_.Now()));
  if (batch->record_count() == 0) co_return Status();
  block_memory_.ShrinkTo(batch->memory_bytes());
  co_return co_await window_->Add(std::move(batch), std::move(block_memory_));
}

asio::awaitable<Status> LineUpload::CoverReader() {
  const size_t needed = reader_.memory_bytes();
  if (needed <= reader_memory_.bytes()) co_return Status();
  if (reader_memory_.bytes() == 0) {
    CO_ASSIGN_OR_RETURN(reader_memory_, co_await ingest_.Admit(needed));
  } else if (!reader_memory_.TryGrow(needed - reader_memory_.bytes())) {
    co_return ResourceExhausted("no memory to decompress the body");
  }
  co_return Status();
}

}  // namespace hydrant::http_lines
