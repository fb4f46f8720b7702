// IsalGzip: a chunk to one gzip member by ISA-L at its level 1, in one call.
// Owner:   not thread-safe
// Units:   bytes, less than 4 GiB
// Source:  igzip_lib.h
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hydrant::roofline {

class IsalGzip {
 public:
  IsalGzip();
  // Writes to the memory that `out` has already; the bytes written, 0 when they do not fit.
  size_t Compress(std::string_view chunk, std::string& out);

 private:
  std::string level_buffer_;
};

}  // namespace hydrant::roofline
