// AppendDelimiterToRecord: puts a delimiter behind every record, so that an object's records can be
// told apart.
// Owner:   any thread, several batches at once
// Errors:  kInvalidArgument for the parameter; no record can fail
// Source:  firehose 2015-08-04 service model, ProcessorType and ProcessorParameterName; what users
//          write in `Delimiter`: README.md
#pragma once

#include "engine/component.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hydrant::delimiter {

class DelimiterTransform final : public Transform {
 public:
  explicit DelimiterTransform(std::string delimiter) : delimiter_(std::move(delimiter)) {}

  static StatusOr<std::unique_ptr<Transform>> Create(const ProcessorSettings& settings,
                                                     const TransformContext& context);

  // Calls `done` before it returns.
  void Apply(TransformInput input, std::function<void(TransformOutput)> done) override;

 private:
  const std::string delimiter_;
};

extern const TransformSpec kSpec;

// The bytes that the parameter's text stands for: `\n`, `\r`, `\t`, `\0` and `\\`, written as two
// characters, are one; everything else is itself.
std::string UnescapeDelimiter(std::string_view text);

}  // namespace hydrant::delimiter
