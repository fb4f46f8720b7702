#include "engine/io/growing_body.h"

#include <cstring>
#include <utility>

namespace hydrant {
namespace {

Status Grow(ArenaPool& pool, HttpBody& body, MemoryReservation& memory) {
  const size_t held = body.arena.capacity();
  if (!memory.TryGrow(2 * held)) return ResourceExhausted("There is no memory for the body.");
  Arena larger = pool.Allocate(2 * held);
  std::memcpy(larger.data(), body.arena.data(), body.size);
  body.arena = std::move(larger);
  memory.ShrinkTo(memory.bytes() - held);
  return Status();
}

}  // namespace

asio::awaitable<StatusOr<HttpBody>> ReadGrowingBody(HttpExchange& exchange, ArenaPool& pool,
                                                    size_t bytes_max, MemoryReservation& memory) {
  exchange.LimitBodyTime(bytes_max);
  HttpBody body;
  body.arena = pool.Allocate(kGrowingBodyBytes);
  for (;;) {
    if (body.arena.capacity() - body.size <= HttpBody::kPadding) {
      CO_RETURN_IF_ERROR(Grow(pool, body, memory));
    }
    const size_t room = body.arena.capacity() - body.size - HttpBody::kPadding;
    CO_ASSIGN_OR_RETURN(const size_t n,
                        co_await exchange.ReadSome({body.arena.data() + body.size, room}));
    if (n == 0) break;
    body.size += n;
    if (body.size > bytes_max) {
      co_return absl::OutOfRangeError("The body is longer than " + std::to_string(bytes_max) +
                                      " bytes.");
    }
  }
  std::memset(body.arena.data() + body.size, 0, HttpBody::kPadding);
  co_return body;
}

}  // namespace hydrant
