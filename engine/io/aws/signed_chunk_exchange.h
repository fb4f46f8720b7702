// SignedChunkExchange: an exchange whose body is what its signed chunks hold. Nothing of a chunk is
// handed out before its signature is verified, and the end is only told when the last one's is.
// Owner:   the exchange's coroutine; the exchange and the pool must outlive it
// Units:   read piece by piece, a chunk has at most kChunkBytesMax; read whole, as much as the body may have
// Errors:  as the exchange's; kUnauthenticated: a signature does not fit; kInvalidArgument: no such framing
#pragma once

#include "engine/io/aws/signed_chunks.h"
#include "engine/io/http_server.h"
#include "engine/record/arena.h"

namespace hydrant::aws {

class SignedChunkExchange final : public HttpExchange {
 public:
  // Clients use 64 or 128 KiB.
  static constexpr size_t kChunkBytesMax = 1 << 20;
  // What ReadSome holds besides its caller's buffer.
  static uint64_t ReadSomeMemoryBytes() { return ArenaPool::CapacityFor(kBufferBytes); }

  SignedChunkExchange(HttpExchange& exchange, ArenaPool& pool, ChunkSigning signing);

  const HttpRequestHead& head() const override { return exchange_.head(); }
  // The length that is known is that of the chunks with their framing.
  uint64_t content_length() const override { return kChunked; }
  // `bytes_max` bounds the chunks with their framing.
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t bytes_max) override;
  void LimitBodyTime(uint64_t bytes) override { exchange_.LimitBodyTime(bytes); }
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char> buffer) override;
  asio::awaitable<Status> Respond(HttpResponse response) override;

 private:
  static constexpr size_t kBufferBytes = kChunkBytesMax + SignedChunks::kTrailerBytesMax;

  asio::awaitable<Status> TakeChunk();

  HttpExchange& exchange_;
  ArenaPool& pool_;
  const ChunkSigning signing_;
  SignedChunks chunks_;
  Arena buffer_;
  size_t begin_ = 0;  // buffer_[begin_, end_) was read and not taken apart
  size_t end_ = 0;
  std::string_view verified_;  // of buffer_, not handed out yet
  bool ended_ = false;
};

}  // namespace hydrant::aws
