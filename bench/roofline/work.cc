#include "bench/roofline/work.h"

#include "bench/roofline/isal_gzip.h"
#include "bench/roofline/slow_crc32c.h"
#include "engine/base/check.h"
#include "engine/codec/base64.h"

namespace hydrant::roofline {
namespace {

// Fills everything but the payload. The texts point into the body, which is moved nowhere after.
void Render(Request& request) {
  std::vector<size_t> starts;
  request.body = R"({"DeliveryStreamName":"bench","Records":[)";
  request.body.reserve(request.body.size() + request.payload.size() / 3 * 4 +
                       request.ends.size() * 20 + 2);
  uint32_t from = 0;
  for (const uint32_t end : request.ends) {
    if (from > 0) request.body += ',';
    request.body += R"({"Data":")";
    starts.push_back(request.body.size());
    request.body += EncodeBase64(request.payload.substr(from, end - from));
    request.body += R"("})";
    from = end;
  }
  request.body += "]}";
  for (const size_t start : starts) {
    request.texts.push_back(
        std::string_view(request.body).substr(start, request.body.find('"', start) - start));
  }
  request.crc32c = SlowCrc32c(request.payload);
}

Status FillPayload(std::string_view sample, uint64_t bytes, std::string& payload) {
  if (sample.empty() || sample.back() != '\n') {
    return InvalidArgument("the sample must be lines, the last one ended by a newline too");
  }
  payload.reserve(bytes + kRecordBytesMax);
  while (payload.size() + sample.size() <= bytes) payload += sample;
  const std::string_view rest = sample.substr(0, bytes - payload.size());
  if (rest.empty()) return absl::OkStatus();
  payload += sample.substr(0, sample.find('\n', rest.size() - 1) + 1);
  return absl::OkStatus();
}

Status CutRequests(size_t records_per_request, Work& work) {
  const std::string_view payload = work.payload;
  size_t start = 0;  // of the request
  Request request;
  const auto finish = [&](size_t end) {
    request.payload = payload.substr(start, end - start);
    work.record_count += request.ends.size();
    work.requests.push_back(std::move(request));
    request = {};
    start = end;
  };
  for (size_t at = 0; at < payload.size();) {
    const size_t end = payload.find('\n', at) + 1;
    if (end - at > kRecordBytesMax) return InvalidArgument("a line of the sample is too long");
    const bool full = request.ends.size() == records_per_request || end - start > kRequestBytesMax;
    if (full) finish(at);
    request.ends.push_back(static_cast<uint32_t>(end - start));
    at = end;
  }
  finish(payload.size());
  for (Request& each : work.requests) Render(each);
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<Work>> MakeWork(std::string_view sample, uint64_t bytes,
                                         size_t records_per_request) {
  if (bytes == 0 || records_per_request == 0) return InvalidArgument("there is nothing to do");
  auto work = std::make_unique<Work>();
  RETURN_IF_ERROR(FillPayload(sample, bytes, work->payload));
  RETURN_IF_ERROR(CutRequests(records_per_request, *work));
  const std::string_view payload = work->payload;
  IsalGzip gzip;
  std::string object(kObjectBytesMax, '\0');
  for (size_t at = 0; at < payload.size(); at += kChunkBytes) {
    work->chunks.push_back(payload.substr(at, kChunkBytes));
    const size_t size = gzip.Compress(work->chunks.back(), object);
    HYDRANT_CHECK(size > 0);
    work->gzip_objects.push_back(object.substr(0, size));
  }
  return work;
}

}  // namespace hydrant::roofline
