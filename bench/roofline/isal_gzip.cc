#include "bench/roofline/isal_gzip.h"

#include <isa-l/igzip_lib.h>

namespace hydrant::roofline {

IsalGzip::IsalGzip() : level_buffer_(ISAL_DEF_LVL1_DEFAULT, '\0') {}

size_t IsalGzip::Compress(std::string_view chunk, std::string& out) {
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.level = 1;
  stream.level_buf = reinterpret_cast<uint8_t*>(level_buffer_.data());
  stream.level_buf_size = static_cast<uint32_t>(level_buffer_.size());
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(chunk.data()));
  stream.avail_in = static_cast<uint32_t>(chunk.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  const bool taken = isal_deflate(&stream) == COMP_OK && stream.avail_in == 0;
  return taken && stream.internal_state.state == ZSTATE_END ? stream.total_out : 0;
}

}  // namespace hydrant::roofline
