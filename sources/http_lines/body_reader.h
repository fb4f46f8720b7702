// BodyReader: a request's body as the bytes that its sender meant: decompressed, piece by piece.
// Owner:   the request's coroutine
// Errors:  as HttpExchange::ReadSome; kInvalidArgument also for a damaged or cut off compressed
// body
#pragma once

#include "engine/io/http_server.h"
#include "sources/http_lines/decompressor.h"

#include <memory>
#include <span>
#include <string_view>

namespace hydrant::http_lines {

class BodyReader {
 public:
  // Reads from the exchange, which must outlive it.
  BodyReader(HttpExchange& exchange, ContentCoding coding, ArenaPool& pool);
  // Reads a body that is in memory already, and must stay there.
  BodyReader(std::string_view body, ContentCoding coding);

  // The next piece into `out`; 0 at the end.
  asio::awaitable<StatusOr<size_t>> Read(std::span<char> out);
  // Nothing more will come; may be known before Read says so.
  bool ended() const { return ended_; }
  // What it holds by now, and the most before the first Read.
  size_t memory_bytes() const;

 private:
  asio::awaitable<StatusOr<size_t>> ReadPlain(std::span<char> out);
  asio::awaitable<StatusOr<size_t>> ReadCompressed(std::span<char> out);
  asio::awaitable<Status> Fill();

  HttpExchange* const exchange_;  // null: all is in input_
  std::unique_ptr<Decompressor> decompressor_;
  Arena buffer_;
  std::string_view input_;  // read and not decoded
  bool input_ended_;
  uint64_t left_;  // of a plain body whose length is known
  bool ended_ = false;
};

}  // namespace hydrant::http_lines
