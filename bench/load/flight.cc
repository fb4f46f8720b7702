#include "bench/load/flight.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace hydrant::load {

FlightDesk::FlightDesk(const LoadPlan& plan, RequestPool& pool) : plan_(plan), pool_(pool) {
  for (size_t i = 0; i < pool.size(); ++i) free_.push_back(i);
}

bool FlightDesk::Enough() const {
  return issued_records_ >= plan_.records_max || issued_bytes_ >= plan_.bytes_max ||
         issued_requests_ >= kStampNumbers / plan_.records_per_request;
}

void FlightDesk::Issue(Flight& flight, int64_t due_ns) {
  flight = Flight();
  flight.due_ns = due_ns;
  flight.request = free_.front();
  free_.pop_front();
  if (plan_.stamped) {
    flight.ticket = issued_requests_;
    pool_.Stamp(flight.request, issued_requests_ * plan_.records_per_request);
  } else {
    flight.ticket = flight.request;
    free_.push_back(flight.request);  // nothing is written into it: others may send it too
  }
  const uint64_t left = plan_.records_max - issued_records_;
  if (left < plan_.records_per_request) {
    flight.part.resize(left);
    std::iota(flight.part.begin(), flight.part.end(), 0);
    flight.part_body = pool_.PartBody(pool_.at(flight.request), flight.part);
  }
  ++issued_requests_;
  issued_records_ += RecordsOf(flight);
  issued_bytes_ += BytesOf(flight);
}

void FlightDesk::Return(const Flight& flight) {
  if (plan_.stamped) free_.push_back(flight.request);
}

const std::string& FlightDesk::BodyOf(const Flight& flight) const {
  return flight.part.empty() ? pool_.at(flight.request).body : flight.part_body;
}

uint64_t FlightDesk::RecordsOf(const Flight& flight) const {
  return flight.part.empty() ? plan_.records_per_request : flight.part.size();
}

uint64_t FlightDesk::BytesOf(const Flight& flight, std::span<const uint32_t> part) const {
  const Request& request = pool_.at(flight.request);
  return part.empty() ? request.record_bytes : pool_.PartBytes(request, part);
}

std::vector<uint32_t> FlightDesk::KeepFailed(Flight& flight,
                                             const std::vector<uint32_t>& failed) const {
  std::vector<uint32_t> taken;
  std::vector<uint32_t> left;
  for (uint32_t i = 0; i < RecordsOf(flight); ++i) {
    const bool refused = std::binary_search(failed.begin(), failed.end(), i);
    (refused ? left : taken).push_back(flight.part.empty() ? i : flight.part[i]);
  }
  flight.part_body = pool_.PartBody(pool_.at(flight.request), left);
  flight.part = std::move(left);
  return taken;
}

}  // namespace hydrant::load
