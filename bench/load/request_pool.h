// RequestPool: request bodies rendered before the clock starts; while it runs, only the numbers of
// stamps are written over.
// Owner:   not thread-safe: caller serializes
// Units:   bytes of records are before base64; at most 1 GiB of bodies
// Errors:  Render: kInvalidArgument: more memory or larger requests than may be; says what to lower
// Source:  AWS JSON 1.1 protocol; sources/http_lines/README.md
#pragma once

#include "bench/load/endpoint.h"
#include "bench/load/load_plan.h"
#include "bench/load/records.h"
#include "bench/load/stamp.h"
#include "engine/base/status.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hydrant::load {

struct Request {
  std::string body;
  std::vector<uint32_t> data_at;  // where in the body each record's data begins
  uint64_t record_bytes = 0;
  size_t first_record = 0;  // in Records, which are gone round
  size_t stream = 0;
};

class RequestPool {
 public:
  // As many as show all records and reach all streams alike, and, as stamped ones are written over,
  // more than there are connections. Each has the plan's number of records. `records` must outlive
  // it.
  static StatusOr<RequestPool> Render(const LoadPlan& plan, const Records& records,
                                      const RunId& run);

  size_t size() const { return requests_.size(); }
  const Request& at(size_t index) const { return requests_[index]; }
  // Without its stamp.
  std::string_view RecordOf(const Request& request, size_t index) const;
  // How many of the records are in any of its requests.
  size_t records_used() const;

  // Its records get the numbers from `first_number` on.
  void Stamp(size_t index, uint64_t first_number);
  // A body, never compressed, of some of a request's records; and how many bytes those have.
  std::string PartBody(const Request& request, std::span<const uint32_t> indices) const;
  uint64_t PartBytes(const Request& request, std::span<const uint32_t> indices) const;

 private:
  RequestPool(const LoadPlan& plan, const Records& records) : plan_(plan), records_(records) {}
  StatusOr<Request> RenderOne(size_t index, const RunId& run) const;
  size_t StampBytes() const { return plan_.stamped ? kStampBytes : 0; }

  const LoadPlan& plan_;
  const Records& records_;
  std::vector<Request> requests_;
};

}  // namespace hydrant::load
