#include "bench/load/request_pool.h"

#include <absl/strings/str_cat.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <utility>

namespace hydrant::load {
namespace {

constexpr uint64_t kPoolBytesMax = uint64_t{1} << 30;
constexpr uint64_t kPoolBytesUsual = kPoolBytesMax / 2;  // a longer sample isn't sent to its end
constexpr uint64_t kRequestBytesMax = 4 << 20;           // of records
constexpr int kGzipLevel = 6;                            // what gzip and log shippers do by default
constexpr int kGzipWindow = 15 + 16;                     // with gzip's header

constexpr std::string_view kDataBegin = "{\"Data\":\"";
constexpr std::string_view kDataEnd = "\"}";

size_t Base64Bytes(size_t bytes) { return (bytes + 2) / 3 * 4; }

void AppendBase64(std::string_view data, std::string& out) {
  const size_t at = out.size();
  out.resize(at + Base64Bytes(data.size()) + 1);  // the library ends it with a NUL
  // Its functions know unsigned characters only.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + at),
                  reinterpret_cast<const unsigned char*>(data.data()),
                  static_cast<int>(data.size()));
  out.pop_back();
}

StatusOr<std::string> Gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return Internal("zlib can't compress");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib takes, but does not change, what is no const to it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return Internal("zlib did not end a body");
  return out;
}

// Builds a body around data that is there already, in the form of the wire.
class BodyWriter {
 public:
  BodyWriter(const LoadPlan& plan, const std::string& stream) : operation_(plan.operation) {
    if (operation_ == Operation::kLines) return;
    body_ =
        absl::StrCat("{\"DeliveryStreamName\":\"", stream, "\",",
                     operation_ == Operation::kPutRecordBatch ? "\"Records\":[" : "\"Record\":");
  }
  // Where the data is to be appended.
  std::string& Begin() {
    if (operation_ != Operation::kLines) {
      if (more_) body_ += ',';
      body_ += kDataBegin;
    }
    more_ = true;
    return body_;
  }
  void End() {
    if (operation_ != Operation::kLines) body_ += kDataEnd;
  }
  std::string Finish() {
    if (operation_ == Operation::kPutRecordBatch) body_ += "]}";
    if (operation_ == Operation::kPutRecord) body_ += '}';
    return std::move(body_);
  }

 private:
  const Operation operation_;
  std::string body_;
  bool more_ = false;
};

}  // namespace

std::string_view RequestPool::RecordOf(const Request& request, size_t index) const {
  return records_.at((request.first_record + index) % records_.size());
}

size_t RequestPool::records_used() const {
  return std::min(records_.size(), requests_.size() * plan_.records_per_request);
}

StatusOr<Request> RequestPool::RenderOne(size_t index, const RunId& run) const {
  Request request;
  request.stream = index % plan_.streams.size();
  request.first_record = index * plan_.records_per_request % records_.size();
  BodyWriter writer(plan_, plan_.streams[request.stream]);
  std::string record;
  for (uint32_t i = 0; i < plan_.records_per_request; ++i) {
    record.assign(StampBytes(), '\0').append(RecordOf(request, i));
    if (plan_.stamped) WriteStamp(run, 0, record.data());
    std::string& body = writer.Begin();
    request.data_at.push_back(static_cast<uint32_t>(body.size()));
    if (plan_.operation == Operation::kLines) {
      body += record;
    } else {
      AppendBase64(record, body);
    }
    writer.End();
    request.record_bytes += record.size();
  }
  if (request.record_bytes > kRequestBytesMax) {
    return InvalidArgument(absl::StrCat("--records-per-request ", plan_.records_per_request,
                                        ": some of the sample's lines make more than the 4 MiB of "
                                        "a request; take fewer"));
  }
  request.body = writer.Finish();
  if (plan_.gzip) {
    ASSIGN_OR_RETURN(request.body, Gzip(request.body));
  }
  return request;
}

StatusOr<RequestPool> RequestPool::Render(const LoadPlan& plan, const Records& records,
                                          const RunId& run) {
  RequestPool pool(plan, records);
  const size_t needed = std::max<size_t>(plan.streams.size(), plan.stamped ? plan.connections : 1);
  const size_t whole = (records.size() + plan.records_per_request - 1) / plan.records_per_request;
  const size_t streams = plan.streams.size();  // each has as many requests as the others
  const size_t count = (std::max(needed, whole) + streams - 1) / streams * streams;
  uint64_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i >= needed && i % streams == 0 && bytes > kPoolBytesUsual) break;
    ASSIGN_OR_RETURN(Request request, pool.RenderOne(i, run));
    bytes += request.body.size();
    if (bytes > kPoolBytesMax) {
      return InvalidArgument(absl::StrCat(
          "a request for each of ", needed,
          " connections or streams takes more than 1 GiB; lower --connections, --streams, "
          "--records-per-request or --record-size"));
    }
    pool.requests_.push_back(std::move(request));
  }
  return pool;
}

void RequestPool::Stamp(size_t index, uint64_t first_number) {
  Request& request = requests_[index];
  uint64_t number = first_number;
  if (plan_.operation == Operation::kLines) {
    for (const uint32_t at : request.data_at) PatchStamp(number++, request.body.data() + at);
  } else {
    for (const uint32_t at : request.data_at) PatchBase64Stamp(number++, request.body.data() + at);
  }
}

std::string RequestPool::PartBody(const Request& request, std::span<const uint32_t> indices) const {
  BodyWriter writer(plan_, plan_.streams[request.stream]);
  for (const uint32_t index : indices) {
    const std::string_view record = RecordOf(request, index);
    std::string& body = writer.Begin();
    if (plan_.gzip) {
      body += record;
    } else {
      const size_t plain = StampBytes() + record.size();
      const size_t bytes = plan_.operation == Operation::kLines ? plain : Base64Bytes(plain);
      body.append(request.body, request.data_at[index], bytes);
    }
    writer.End();
  }
  return writer.Finish();
}

uint64_t RequestPool::PartBytes(const Request& request, std::span<const uint32_t> indices) const {
  uint64_t bytes = 0;
  for (const uint32_t index : indices) bytes += StampBytes() + RecordOf(request, index).size();
  return bytes;
}

}  // namespace hydrant::load
