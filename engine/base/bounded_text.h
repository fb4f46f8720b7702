// BoundedText: text from outside, made fit to be kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hydrant {

// At most the first `bytes_max` bytes, never half a character; what is not UTF-8 becomes U+FFFD, which may make it
// up to three times as long.
std::string BoundedText(std::string_view text, size_t bytes_max);

}  // namespace hydrant
