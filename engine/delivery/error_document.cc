#include "engine/delivery/error_document.h"

#include "engine/codec/base64.h"

#include <absl/strings/str_cat.h>

#include <utility>

namespace hydrant {
namespace {

// The fields that say which record it was, in the words of each kind.
enum class IdForm {
  kNone,
  kEvent,     // Splunk
  kData,      // HTTP endpoint
  kSequence,  // format conversion
};

struct DocumentForm {
  std::string_view type;
  std::string_view code_field = "errorCode";
  std::string_view message_field = "errorMessage";
  bool details_first = false;  // before rawData
  IdForm id = IdForm::kNone;
};
constexpr DocumentForm kForms[] = {
    {.type = "AmazonOpenSearchService-failed", .details_first = true},
    {.type = "splunk-failed", .id = IdForm::kEvent},
    {.type = "http-endpoint-failed", .id = IdForm::kData},
    {.type = "format-conversion-failed",
     .code_field = "lastErrorCode",
     .message_field = "lastErrorMessage",
     .id = IdForm::kSequence},
};
// processing-failed, snowflake-failed, …
constexpr DocumentForm kPlainForm = {};

const DocumentForm& FormOf(std::string_view type) {
  for (const DocumentForm& form : kForms) {
    if (form.type == type) return form;
  }
  return kPlainForm;
}

bool IsContinuation(unsigned char byte, unsigned char min = 0x80, unsigned char max = 0xBF) {
  return byte >= min && byte <= max;
}

// Bytes of the character beyond ASCII that `text` begins with; 0 when it is not UTF-8. RFC 3629, section 4.
size_t CharacterBytes(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  const unsigned char lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return IsContinuation(byte(1)) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned char min = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned char max = lead == 0xED ? 0x9F : 0xBF;  // no surrogates
    return IsContinuation(byte(1), min, max) && IsContinuation(byte(2)) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned char min = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char max = lead == 0xF4 ? 0x8F : 0xBF;
    return IsContinuation(byte(1), min, max) && IsContinuation(byte(2)) && IsContinuation(byte(3))
               ? 4
               : 0;
  }
  return 0;
}

void AppendEscaped(unsigned char c, std::string* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      out->append({'\\', static_cast<char>(c)});
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00").append({kDigits[c >> 4], kDigits[c & 15]});
  }
}

// Also the bound of ErrorDocumentBytesMax: no byte of a text becomes more than this.
constexpr size_t kEscapedBytesMax = 6;

// A JSON string, quotes included.
void AppendText(std::string_view text, std::string* out) {
  out->push_back('"');
  size_t plain = 0;  // begin of what is copied as it stands
  size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool escaped = c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
    if (c < 0x80 && !escaped) {
      ++i;
      continue;
    }
    const size_t bytes = escaped ? 0 : CharacterBytes(text.substr(i, 4));
    if (bytes > 0) {
      i += bytes;
      continue;
    }
    out->append(text, plain, i - plain);
    if (escaped) {
      AppendEscaped(c, out);
    } else {
      out->append("\xEF\xBF\xBD");
    }
    plain = ++i;
  }
  out->append(text, plain).push_back('"');
}

void AppendName(std::string_view name, std::string* out) {
  if (out->back() != '{') out->push_back(',');
  AppendText(name, out);
  out->push_back(':');
}

void AppendField(std::string_view name, std::string_view text, std::string* out) {
  AppendName(name, out);
  AppendText(text, out);
}

void AppendNumber(std::string_view name, int64_t number, std::string* out) {
  AppendName(name, out);
  absl::StrAppend(out, number);
}

// Details that follow one another and share what is before their dot are one object.
void AppendDetails(const Failure& failure, std::string* out) {
  std::string_view object;
  for (const auto& [name, text] : failure.details) {
    std::string_view member = name;
    const size_t dot = member.find('.');
    const std::string_view owner = dot == member.npos ? "" : member.substr(0, dot);
    if (!object.empty() && owner != object) out->push_back('}');
    if (!owner.empty() && owner != object) {
      AppendName(owner, out);
      out->push_back('{');
    }
    object = owner;
    if (!owner.empty()) member.remove_prefix(dot + 1);
    AppendField(member, text, out);
  }
  if (!object.empty()) out->push_back('}');
}

void AppendBase64(std::string_view name, std::string_view raw, std::string* out) {
  AppendName(name, out);
  out->push_back('"');
  const size_t begin = out->size();
  out->resize(begin + Base64EncodedBytes(raw.size()));
  EncodeBase64(raw, out->data() + begin);
  out->push_back('"');
}

// The id ends in the number of the record within an aggregated one: always the first.
void AppendEventId(std::string_view name, std::string_view id, std::string* out) {
  AppendField(name, id, out);
  out->insert(out->size() - 1, ".0");
}

void AppendId(IdForm form, std::string_view id, std::string* out) {
  switch (form) {
    case IdForm::kNone:
      return;
    case IdForm::kEvent:
      return AppendEventId("EventId", id, out);
    case IdForm::kData:
      AppendNumber("subsequenceNumber", 0, out);
      return AppendEventId("dataId", id, out);
    case IdForm::kSequence:
      AppendField("sequenceNumber", id, out);
      return AppendNumber("subSequenceNumber", 0, out);
  }
}

}  // namespace

void AppendErrorDocument(const Failure& failure, const FailedRecord& record, std::string* out) {
  const DocumentForm& form = FormOf(failure.type);
  out->push_back('{');
  AppendNumber("attemptsMade", failure.attempts, out);
  AppendNumber("arrivalTimestamp", absl::ToUnixMillis(record.arrival), out);
  AppendField(form.code_field, failure.error_code, out);
  AppendField(form.message_field, failure.error_message, out);
  AppendNumber("attemptEndingTimestamp", absl::ToUnixMillis(failure.ended), out);
  if (form.details_first) AppendDetails(failure, out);
  AppendBase64("rawData", record.raw, out);
  AppendId(form.id, record.id.substr(0, kRecordIdBytesMax), out);
  if (!form.details_first) AppendDetails(failure, out);
  out->append("}\n");
}

uint64_t ErrorDocumentBytesMax(const Failure& failure, size_t raw_bytes) {
  constexpr uint64_t kFieldsBytesMax = 512;  // our own names, numbers and punctuation
  constexpr uint64_t kDetailBytesMax = 16;   // punctuation of one
  uint64_t texts = failure.error_code.size() + failure.error_message.size() + kRecordIdBytesMax;
  for (const auto& [name, text] : failure.details) texts += name.size() + text.size();
  return kFieldsBytesMax + kDetailBytesMax * failure.details.size() + kEscapedBytesMax * texts +
         Base64EncodedBytes(raw_bytes);
}

}  // namespace hydrant
