// Any text is parsed or refused; what is parsed evaluates without harm, and a checked prefix has a
// program for data and for errors.
#include "engine/base/check.h"
#include "engine/stream/prefix.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hydrant;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  PrefixContext context;
  context.time = absl::FromUnixSeconds(1535365805) + absl::Nanoseconds(123456789);
  context.error_output_type = "processing-failed";
  context.entropy = &Entropy::System();
  if (auto program = PrefixExpression::Parse(text); program.ok()) {
    auto value = program->Evaluate(context);
    HYDRANT_CHECK(!value.ok() || value->size() <= 4 * 512);
  }
  if (CheckPrefixes(text, "", true).ok()) {
    HYDRANT_CHECK(PrefixExpression::ForData(text).ok());
    HYDRANT_CHECK(PrefixExpression::ForErrors(text, "").ok());
  }
  return 0;
}
