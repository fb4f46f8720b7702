#include "engine/testing/source_file.h"

#include "engine/base/check.h"

#include <fstream>
#include <sstream>

namespace hydrant::testing {

// Not by __FILE__: a compiler cache may have made that relative.
std::string SourceFile(std::string_view path) {
  return std::string(HYDRANT_SOURCE_DIR "/").append(path);
}

std::string ReadSourceFile(std::string_view path) {
  std::ifstream file(SourceFile(path), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  HYDRANT_CHECK(file.good());
  return std::move(text).str();
}

}  // namespace hydrant::testing
