#include "sources/firehose_api/put_request.h"

#include "engine/codec/base64.h"
#include "sources/firehose_api/json_cursor.h"
#include "sources/firehose_api/violations.h"

#include <optional>
#include <utility>

namespace hydrant::firehose_api {
namespace {

size_t RecordsMax(PutOperation operation) {
  return operation == PutOperation::kPutRecord ? 1 : kBatchRecordsMax;
}

// The type error of a value where `expected` ("an String", "a Blob") was wanted.
std::string ScalarMismatch(char first, std::string_view expected) {
  if (first == '[') return "Start of list found where not expected";
  if (first == '{') return "Start of structure or map found where not expected.";
  std::string message = first == 't' || first == 'f'
                            ? "class java.lang.Boolean"
                            : "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
  return message.append(" can not be converted to ").append(expected);
}

// The character at `position`, all its bytes.
std::string_view CharacterAt(std::string_view text, size_t position) {
  size_t end = position + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return text.substr(position, end - position);
}

std::string Base64Mismatch(std::string_view text, const Base64Result& result) {
  std::string message = "'" + Excerpt(text) + "' can not be converted to a Blob: ";
  switch (result.fault) {
    case Base64Fault::kLength:
      return message.append("Base64 encoded length is expected a multiple of 4 bytes but found: ")
          .append(std::to_string(text.size()));
    case Base64Fault::kCharacter:
      return message.append("Invalid Base64 character: '")
          .append(CharacterAt(text, result.position))
          .append("'");
    default:
      return message.append("Invalid last non-pad Base64 character dectected");  // AWS's spelling
  }
}

// Reads one request. Functions return false once error_ is set.
class PutRequestReader {
 public:
  PutRequestReader(PutOperation operation, std::string_view body, ArenaPool& pool)
      : operation_(operation), body_size_(body.size()), pool_(pool), json_(body) {}

  std::variant<PutRequest, ApiError> Read(absl::Time arrival) {
    if (!ReadInput()) return *std::move(error_);
    Violations violations;
    if (name_) {
      CheckStreamName(*name_, violations);
    } else {
      violations.Add("null", "deliveryStreamName", "not be null");
    }
    violations.Append(record_violations_);
    if (!records_) {
      violations.Add("null", operation_ == PutOperation::kPutRecord ? "record" : "records",
                     "not be null");
    }
    if (!violations.empty()) return violations.ToError();
    if (records_->payload_bytes() > kBatchBytesMax) {
      return ApiError::InvalidArgument("Records size exceeds 4 MB limit");
    }
    return PutRequest{std::move(*name_), std::move(*records_).Build(arrival)};
  }

 private:
  bool ReadInput() {
    if (json_.Peek() == '[') return Refuse("Start of list found where not expected");
    const bool read = ForEachMember("DeliveryStreamName", [this](std::string_view member) {
      if (member == "DeliveryStreamName") return ReadName();
      if (operation_ == PutOperation::kPutRecordBatch && member == "Records") return ReadRecords();
      if (operation_ == PutOperation::kPutRecord && member == "Record") return ReadSingleRecord();
      return json_.SkipValue();
    });
    const bool whole = read && json_.ExpectEnd();
    if (!json_.malformed()) return whole;
    error_.reset();  // that the text is no JSON comes first
    return Refuse("The request body is not well-formed JSON at byte " +
                  std::to_string(json_.position()) + ".");
  }

  // Calls `on_member` with each member's name, the cursor on its value; `usual` is the name to expect.
  // Members may come twice: the last one counts, as with AWS's parser.
  template <typename OnMember>
  bool ForEachMember(std::string_view usual, const OnMember& on_member) {
    if (!json_.Expect('{')) return false;
    if (json_.Take('}')) return true;
    do {
      std::string_view member = usual;
      if (!json_.TakeUsualName(usual)) {
        if (!json_.ReadString(scratch_, member)) return json_.Expect('"');
        if (!json_.Expect(':')) return false;
      }
      if (!on_member(member)) return false;
    } while (json_.Take(','));
    return json_.Expect('}');
  }

  bool ReadName() {
    name_.reset();
    if (json_.TakeNull()) return true;
    if (json_.Peek() != '"') return RefuseValue("an String");
    std::string_view text;
    if (!json_.ReadString(scratch_, text)) return false;
    name_.emplace(text);
    return true;
  }

  void StartRecords() {
    // Decoded records are never larger than this part of the text, so the arena never grows.
    records_.emplace(pool_, Base64DecodedBytesMax(body_size_), RecordsMax(operation_));
    record_violations_ = {};
  }

  bool ReadSingleRecord() {
    records_.reset();
    record_violations_ = {};
    if (json_.TakeNull()) return true;
    StartRecords();
    return ReadRecord([] { return std::string("record"); });
  }

  bool ReadRecords() {
    records_.reset();
    record_violations_ = {};
    if (json_.TakeNull()) return true;
    if (json_.Peek() == '{') return RefuseValue("");
    if (json_.Peek() != '[') return RefuseValue("list");
    StartRecords();
    json_.Take('[');
    size_t count = 0;
    if (!json_.Take(']')) {
      do {
        if (++count > kBatchRecordsMax) {
          if (!json_.SkipValue()) return false;
        } else if (!ReadListedRecord(count)) {
          return false;
        }
      } while (json_.Take(','));
      if (!json_.Expect(']')) return false;
    }
    CheckRecordCount(count);
    return true;
  }

  void CheckRecordCount(size_t count) {
    if (count == 0)
      record_violations_.Add("'[]'", "records", "have length greater than or equal to 1");
    if (count <= kBatchRecordsMax) return;
    Violations violations;
    violations.Add("'[" + std::to_string(count) + " records]'", "records",
                   "have length less than or equal to 500");
    violations.Append(record_violations_);
    record_violations_ = std::move(violations);
  }

  bool ReadListedRecord(size_t number) {
    const auto path = [number] { return "records." + std::to_string(number) + ".member"; };
    if (json_.TakeNull()) {
      record_violations_.Add("null", path(), "not be null");
      return true;
    }
    return ReadRecord(path);
  }

  // A Record structure. `path` makes its path for an error.
  template <typename Path>
  bool ReadRecord(const Path& path) {
    if (json_.Peek() == '[') return RefuseValue("");
    if (json_.Peek() != '{') return RefuseValue("null");
    std::optional<size_t> size;
    const bool read = ForEachMember("Data", [&](std::string_view member) {
      return member == "Data" ? ReadData(size) : json_.SkipValue();
    });
    if (!read) return false;
    if (!size) {
      record_violations_.Add("null", path() + ".data", "not be null");
    } else if (*size > kRecordBytesMax) {
      const std::string bytes = std::to_string(*size);
      record_violations_.Add("'java.nio.HeapByteBuffer[pos=0 lim=" + bytes + " cap=" + bytes + "]'",
                             path() + ".data", "have length less than or equal to 1024000");
    } else {
      records_->CommitRecord(*size);
    }
    return true;
  }

  // Decodes Data behind the committed records; `size` stays empty for null.
  bool ReadData(std::optional<size_t>& size) {
    if (json_.Peek() != '"') return ReadUnusualData(size);
    const std::string_view text = json_.PeekBehindQuote();
    // As much as all the text that is left may become: StartRecords has made room for it.
    char* const out = records_->Reserve(Base64DecodedBytesMax(text.size()));
    const std::optional<QuotedBase64> data = DecodeBase64UntilQuote(text, out);
    if (!data || !data->result.ok()) return ReadUnusualData(size);
    json_.TakeQuoted(data->text_size);
    size = data->result.size;
    return true;
  }

  // Data that is null, of another type, written with escapes, or wrong.
  bool ReadUnusualData(std::optional<size_t>& size) {
    size.reset();
    if (json_.TakeNull()) return true;
    if (json_.Peek() != '"') return RefuseValue("a Blob");
    std::string_view text;
    if (!json_.ReadString(scratch_, text)) return false;
    const Base64Result result =
        DecodeBase64(text, records_->Reserve(Base64DecodedBytesMax(text.size())));
    if (!result.ok()) return Refuse(Base64Mismatch(text, result));
    size = result.size;
    return true;
  }

  // The value at the cursor has another type than `expected`: "an String", "a Blob" (scalars),
  // "list", "null" (a structure), or "" where only the other kind of collection is left.
  bool RefuseValue(std::string_view expected) {
    const char first = json_.Peek();
    if (!json_.SkipValue()) return false;
    const bool collection = first == '[' || first == '{';
    if (!collection && expected == "list") return Refuse("Expected list or null");
    if (!collection && expected == "null") return Refuse("Expected null");
    return Refuse(ScalarMismatch(first, expected));
  }

  bool Refuse(std::string message) {
    if (!error_) error_ = ApiError::Serialization(std::move(message));
    return false;
  }

  const PutOperation operation_;
  const size_t body_size_;
  ArenaPool& pool_;
  JsonCursor json_;
  std::string scratch_;
  std::optional<std::string> name_;
  std::optional<RecordBatchBuilder> records_;
  Violations record_violations_;
  std::optional<ApiError> error_;
};

}  // namespace

uint64_t PutBatchMemoryBytes(size_t body_size) {
  return ArenaPool::CapacityFor(Base64DecodedBytesMax(body_size)) +
         kBatchRecordsMax * sizeof(uint32_t);
}

std::variant<PutRequest, ApiError> ParsePutRequest(PutOperation operation, std::string_view body,
                                                   ArenaPool& pool, absl::Time arrival) {
  return PutRequestReader(operation, body, pool).Read(arrival);
}

}  // namespace hydrant::firehose_api
