#include "sources/firehose_api/put_answer.h"

#include <array>

namespace hydrant::firehose_api {
namespace {

// A position in decimal, as wide as the largest one.
using Digits = std::array<char, 20>;

Digits ToDigits(Position position) {
  Digits digits;
  uint64_t value = position.value;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value /= 10) {
    *digit = static_cast<char>('0' + value % 10);
  }
  return digits;
}

void CountUp(Digits& digits) {
  for (auto digit = digits.rbegin(); digit != digits.rend() && ++*digit > '9'; ++digit) {
    *digit = '0';
  }
}

std::string_view EncryptedMember(bool encrypted) {
  return encrypted ? R"("Encrypted":true)" : R"("Encrypted":false)";
}

constexpr std::string_view kEntryStart = R"({"RecordId":")";
constexpr std::string_view kEntryEnd = R"("})";

}  // namespace

std::string RenderPutRecordAnswer(std::string_view record_id_prefix, Position position,
                                  bool encrypted) {
  const Digits digits = ToDigits(position);
  std::string answer(kEntryStart);
  answer.append(record_id_prefix).append(digits.data(), digits.size()).append("\",");
  return answer.append(EncryptedMember(encrypted)).append("}");
}

std::string RenderPutRecordBatchAnswer(std::string_view record_id_prefix, Position first,
                                       uint64_t record_count, bool encrypted) {
  std::string answer;
  const size_t entry_size =
      kEntryStart.size() + record_id_prefix.size() + Digits().size() + kEntryEnd.size() + 1;
  answer.reserve(80 + record_count * entry_size);
  answer.append(R"({"FailedPutCount":0,)").append(EncryptedMember(encrypted));
  answer.append(R"(,"RequestResponses":[)");
  Digits digits = ToDigits(first);
  for (uint64_t i = 0; i < record_count; ++i, CountUp(digits)) {
    if (i > 0) answer.push_back(',');
    answer.append(kEntryStart).append(record_id_prefix).append(digits.data(), digits.size());
    answer.append(kEntryEnd);
  }
  return answer.append("]}");
}

}  // namespace hydrant::firehose_api
