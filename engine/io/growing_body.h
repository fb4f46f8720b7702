// ReadGrowingBody: a body of unknown length, read whole, with memory that is reserved as it comes. For senders that
// are not proven yet: one that sends slowly holds about twice what it has sent, not all that it might send.
// Owner:   the exchange's coroutine; the exchange and the pool must outlive it
// Units:   bytes
// Errors:  as HttpExchange::ReadSome; kOutOfRange: longer than `bytes_max`; kResourceExhausted: no more memory,
//          at once, since whoever waits for it while holding some may wait for another that does the same
#pragma once

#include "engine/io/http_server.h"
#include "engine/record/memory_budget.h"

namespace hydrant {

// What `memory` must hold at first.
inline constexpr size_t kGrowingBodyBytes = 64 * 1024;

asio::awaitable<StatusOr<HttpBody>> ReadGrowingBody(HttpExchange& exchange, ArenaPool& pool,
                                                    size_t bytes_max, MemoryReservation& memory);

}  // namespace hydrant
