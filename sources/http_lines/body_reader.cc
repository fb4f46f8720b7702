#include "sources/http_lines/body_reader.h"

#include <algorithm>
#include <cstring>

namespace hydrant::http_lines {
namespace {

constexpr size_t kInputBytes = 64 * 1024;

}  // namespace

BodyReader::BodyReader(HttpExchange& exchange, ContentCoding coding, ArenaPool& pool)
    : exchange_(&exchange), input_ended_(false), left_(exchange.content_length()) {
  if (coding != ContentCoding::kIdentity) {
    decompressor_ = MakeDecompressor(coding);
    buffer_ = pool.Allocate(kInputBytes);
  }
  ended_ = !decompressor_ && left_ == 0;
}

BodyReader::BodyReader(std::string_view body, ContentCoding coding)
    : exchange_(nullptr), input_(body), input_ended_(true), left_(body.size()) {
  if (coding != ContentCoding::kIdentity) decompressor_ = MakeDecompressor(coding);
  ended_ = !decompressor_ && left_ == 0;
}

size_t BodyReader::memory_bytes() const {
  return buffer_.capacity() + (decompressor_ ? decompressor_->memory_bytes() : 0);
}

asio::awaitable<StatusOr<size_t>> BodyReader::Read(std::span<char> out) {
  if (ended_) co_return 0;
  if (decompressor_) co_return co_await ReadCompressed(out);
  co_return co_await ReadPlain(out);
}

asio::awaitable<StatusOr<size_t>> BodyReader::ReadPlain(std::span<char> out) {
  size_t n = std::min(out.size(), input_.size());
  if (exchange_ == nullptr) {
    std::memcpy(out.data(), input_.data(), n);
    input_.remove_prefix(n);
  } else {
    CO_ASSIGN_OR_RETURN(n, co_await exchange_->ReadSome(out));
  }
  if (left_ != HttpExchange::kChunked) left_ -= n;
  ended_ = n == 0 || left_ == 0;
  co_return n;
}

asio::awaitable<Status> BodyReader::Fill() {
  CO_ASSIGN_OR_RETURN(const size_t n,
                      co_await exchange_->ReadSome({buffer_.data(), buffer_.capacity()}));
  input_ = {buffer_.data(), n};
  input_ended_ = n == 0;
  co_return Status();
}

asio::awaitable<StatusOr<size_t>> BodyReader::ReadCompressed(std::span<char> out) {
  for (;;) {
    if (input_.empty() && !input_ended_) CO_RETURN_IF_ERROR(co_await Fill());
    CO_ASSIGN_OR_RETURN(const Decompressor::Step step, decompressor_->Decode(input_, out));
    input_.remove_prefix(step.consumed);
    if (step.produced > 0) co_return step.produced;
    if (!input_.empty() || !input_ended_) {
      if (step.consumed > 0 || input_.empty()) continue;
      co_return InvalidArgument("the compressed body makes no progress");
    }
    if (!decompressor_->at_boundary()) {
      co_return InvalidArgument("the compressed body is cut off");
    }
    ended_ = true;
    co_return 0;
  }
}

}  // namespace hydrant::http_lines
