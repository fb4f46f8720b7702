// Any body, against a second implementation that is slow and plain: nlohmann's document tree and a
// base64 decoder of bits. The first byte chooses the operation. What we accept, it must accept with
// the same records; what it accepts, we must accept, except where AWS's rule is another
// (duplicates: the last one counts, but all are checked).
#include "sources/firehose_api/json_cursor.h"
#include "sources/firehose_api/put_request.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using hydrant::firehose_api::ParsePutRequest;
using hydrant::firehose_api::PutOperation;
using hydrant::firehose_api::PutRequest;
using Json = nlohmann::json;

struct Reference {
  bool beyond_comparison =
      false;  // duplicate members, deep nesting, numbers that nlohmann cannot hold
  std::optional<std::vector<std::string>> records;
  std::string stream;
};

std::optional<std::string> NaiveDecode(const std::string& text) {
  static const std::string kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bits;
  for (size_t i = 0; i + padding < text.size(); ++i) {
    const size_t value = kAlphabet.find(text[i]);
    if (value == std::string::npos) return std::nullopt;
    for (int bit = 5; bit >= 0; --bit) bits += (value >> bit & 1) ? '1' : '0';
  }
  if (bits.substr(bits.size() - bits.size() % 8).find('1') != std::string::npos) {
    return std::nullopt;
  }
  std::string bytes;
  for (size_t i = 0; i + 8 <= bits.size(); i += 8) {
    bytes += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
  }
  return bytes;
}

std::optional<std::string> ReadRecord(const Json& record) {
  if (!record.is_object() || !record.contains("Data") || !record["Data"].is_string()) {
    return std::nullopt;
  }
  return NaiveDecode(record["Data"].get<std::string>());
}

std::optional<std::vector<std::string>> ReadRecords(PutOperation operation, const Json& request) {
  const char* const member = operation == PutOperation::kPutRecord ? "Record" : "Records";
  if (!request.contains(member)) return std::nullopt;
  const bool single = operation == PutOperation::kPutRecord;
  if (!single && !request[member].is_array()) return std::nullopt;
  const Json list = single ? Json::array({request[member]}) : request[member];
  if (list.empty() || list.size() > 500) return std::nullopt;
  std::vector<std::string> records;
  size_t total = 0;
  for (const Json& item : list) {
    std::optional<std::string> record = ReadRecord(item);
    if (!record || record->size() > 1'024'000) return std::nullopt;
    total += record->size();
    records.push_back(*std::move(record));
  }
  if (total > 4 << 20) return std::nullopt;
  return records;
}

bool IsStreamName(const Json& request) {
  const auto found = request.find("DeliveryStreamName");
  if (found == request.end() || !found->is_string()) return false;
  const auto& name = found->get_ref<const std::string&>();
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") ==
             std::string::npos;
}

Reference ReadWithReference(PutOperation operation, const std::string& body) {
  Reference reference;
  // nlohmann ends at a NUL and passes over a byte order mark.
  if (body.find('\0') != std::string::npos || body.starts_with("\xef\xbb\xbf")) {
    reference.beyond_comparison = true;
    return reference;
  }
  std::vector<std::set<std::string>> names(1);
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth >= hydrant::firehose_api::JsonCursor::kDepthMax) reference.beyond_comparison = true;
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key &&
        !names.back().insert(parsed.get<std::string>()).second) {
      reference.beyond_comparison = true;
    }
    return true;
  };
  try {
    const Json request = Json::parse(body, watch);
    if (!request.is_object() || !IsStreamName(request)) return reference;
    reference.stream = request["DeliveryStreamName"].get<std::string>();
    reference.records = ReadRecords(operation, request);
  } catch (const Json::out_of_range&) {
    reference.beyond_comparison = true;
  } catch (const Json::parse_error&) {
  }
  return reference;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto operation =
      data[0] % 2 == 0 ? PutOperation::kPutRecordBatch : PutOperation::kPutRecord;
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reference reference = ReadWithReference(operation, body);
  hydrant::ArenaPool pool(1 << 20);
  const auto parsed = ParsePutRequest(operation, body, pool, absl::UnixEpoch());
  const auto* request = std::get_if<PutRequest>(&parsed);
  if (reference.beyond_comparison) return 0;
  if ((request != nullptr) != reference.records.has_value()) std::abort();
  if (request == nullptr) return 0;
  if (request->stream != reference.stream) std::abort();
  if (request->batch->record_count() != reference.records->size()) std::abort();
  for (size_t i = 0; i < reference.records->size(); ++i) {
    if (request->batch->Record(i) != (*reference.records)[i]) std::abort();
  }
  return 0;
}
