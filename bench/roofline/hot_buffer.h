// HotBuffer: a copy of what a stage works on, made before the clock runs, so that it lies in the
// processor's caches as it does in a server, where the stage before has just written it.
// Owner:   not thread-safe
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

namespace hydrant::roofline {

class HotBuffer {
 public:
  // What simdjson wants to be readable behind a text is there, too.
  explicit HotBuffer(size_t capacity) : bytes_(capacity + simdjson::SIMDJSON_PADDING, '\0') {}
  // `bytes` must not be more than the capacity. The copy holds until the next call.
  std::string_view Fill(std::string_view bytes) {
    bytes.copy(bytes_.data(), bytes.size());
    return {bytes_.data(), bytes.size()};
  }
  char* data() { return bytes_.data(); }

 private:
  std::string bytes_;
};

}  // namespace hydrant::roofline
