#include "bench/load/requests.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

namespace hydrant::load {
namespace {

// PutRecord renders a request a record: a bound keeps a large sample from filling the memory.
constexpr size_t kRequestsMax = 20000;

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void AppendBase64(std::string_view data, std::string& out) {
  const auto byte = [&](size_t at) {
    return static_cast<uint32_t>(static_cast<unsigned char>(data[at]));
  };
  size_t at = 0;
  for (; at + 3 <= data.size(); at += 3) {
    const uint32_t bits = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    for (int shift = 18; shift >= 0; shift -= 6) out += kBase64[bits >> shift & 63];
  }
  const size_t rest = data.size() - at;
  if (rest == 0) return;
  const uint32_t bits = byte(at) << 16 | (rest == 2 ? byte(at + 1) << 8 : 0);
  out += kBase64[bits >> 18 & 63];
  out += kBase64[bits >> 12 & 63];
  out += rest == 2 ? kBase64[bits >> 6 & 63] : '=';
  out += '=';
}

std::string Head(const LoadOptions& options, size_t body_bytes) {
  std::string head =
      options.mode == Mode::kLines
          ? "POST /streams/" + options.stream + "/lines?newline=keep HTTP/1.1\r\n"
          : std::string("POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.1\r\n") +
                "X-Amz-Target: Firehose_20150804." +
                (options.mode == Mode::kBatch ? "PutRecordBatch" : "PutRecord") + "\r\n";
  return head + "Host: " + options.host + "\r\nContent-Length: " + std::to_string(body_bytes) +
         "\r\n\r\n";
}

std::string Body(const LoadOptions& options, const std::vector<std::string_view>& records) {
  std::string body;
  if (options.mode == Mode::kLines) {
    for (std::string_view record : records) body += record;
    return body;
  }
  body = "{\"DeliveryStreamName\":\"" + options.stream + "\",";
  body += options.mode == Mode::kBatch ? "\"Records\":[" : "\"Record\":";
  const char* separator = "";
  for (std::string_view record : records) {
    body += separator;
    body += "{\"Data\":\"";
    AppendBase64(record, body);
    body += "\"}";
    separator = ",";
  }
  return body + (options.mode == Mode::kBatch ? "]}" : "}");
}

}  // namespace

std::vector<Request> RenderRequests(const LoadOptions& options) {
  std::ifstream file(options.sample_path, std::ios::binary);
  const std::string sample(std::istreambuf_iterator<char>(file), {});
  std::vector<Request> requests;
  std::vector<std::string_view> records;
  const size_t records_max = options.mode == Mode::kRecord ? 1 : options.records_per_request;
  const auto flush = [&] {
    Request request;
    const std::string body = Body(options, records);
    request.bytes = Head(options, body.size()) + body;
    request.records = static_cast<uint32_t>(records.size());
    for (std::string_view record : records) request.record_bytes += record.size();
    requests.push_back(std::move(request));
    records.clear();
  };
  for (size_t at = 0; at < sample.size() && requests.size() < kRequestsMax;) {
    const size_t newline = sample.find('\n', at);
    const size_t end = newline == std::string::npos ? sample.size() : newline + 1;
    records.emplace_back(sample.data() + at, end - at);
    at = end;
    if (records.size() == records_max) flush();
  }
  if (!records.empty()) flush();
  if (requests.empty()) {
    std::fprintf(stderr, "hydrant-load: %s: no lines to send\n", options.sample_path.c_str());
  }
  return requests;
}

}  // namespace hydrant::load
