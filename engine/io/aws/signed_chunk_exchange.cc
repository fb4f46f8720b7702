#include "engine/io/aws/signed_chunk_exchange.h"

#include <cstring>
#include <utility>

namespace hydrant::aws {
namespace {

Status CutOff() { return InvalidArgument("The body ends before its last signed chunk."); }

// The chunks' data moves to the front of the body.
Status Unwrap(HttpBody& body, SignedChunks& chunks) {
  char* const bytes = body.arena.data();
  size_t taken = 0;
  size_t size = 0;
  while (taken < body.size) {
    ASSIGN_OR_RETURN(const SignedChunks::Step step,
                     chunks.Next({bytes + taken, body.size - taken}));
    if (step.consumed == 0) return CutOff();
    if (!step.data.empty()) std::memmove(bytes + size, step.data.data(), step.data.size());
    size += step.data.size();
    taken += step.consumed;
  }
  if (!chunks.done()) return CutOff();
  body.size = size;
  std::memset(bytes + size, 0, HttpBody::kPadding);
  return absl::OkStatus();
}

}  // namespace

SignedChunkExchange::SignedChunkExchange(HttpExchange& exchange, ArenaPool& pool,
                                         ChunkSigning signing)
    : exchange_(exchange),
      pool_(pool),
      signing_(std::move(signing)),
      chunks_(signing_, kChunkBytesMax) {}

asio::awaitable<StatusOr<HttpBody>> SignedChunkExchange::ReadBody(uint64_t bytes_max) {
  CO_ASSIGN_OR_RETURN(HttpBody body, co_await exchange_.ReadBody(bytes_max));
  SignedChunks chunks(signing_, body.size);
  CO_RETURN_IF_ERROR(Unwrap(body, chunks));
  co_return body;
}

asio::awaitable<StatusOr<size_t>> SignedChunkExchange::ReadSome(std::span<char> buffer) {
  if (verified_.empty() && !ended_) CO_RETURN_IF_ERROR(co_await TakeChunk());
  const size_t n = verified_.copy(buffer.data(), buffer.size());
  verified_.remove_prefix(n);
  co_return n;
}

// Reads on until a chunk with data is verified, or the body has ended as it should.
asio::awaitable<Status> SignedChunkExchange::TakeChunk() {
  if (!buffer_) buffer_ = pool_.Allocate(kBufferBytes);
  for (;;) {
    CO_ASSIGN_OR_RETURN(const SignedChunks::Step step,
                        chunks_.Next({buffer_.data() + begin_, end_ - begin_}));
    begin_ += step.consumed;
    if (!step.data.empty()) {
      verified_ = step.data;
      co_return absl::OkStatus();
    }
    if (step.consumed > 0) continue;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    CO_ASSIGN_OR_RETURN(const size_t n, co_await exchange_.ReadSome(
                                            {buffer_.data() + end_, buffer_.capacity() - end_}));
    end_ += n;
    if (n > 0) continue;
    if (!chunks_.done() || end_ > 0) co_return CutOff();
    ended_ = true;
    co_return absl::OkStatus();
  }
}

asio::awaitable<Status> SignedChunkExchange::Respond(HttpResponse response) {
  Status sent = co_await exchange_.Respond(std::move(response));
  co_return sent;
}

}  // namespace hydrant::aws
