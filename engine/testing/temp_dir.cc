#include "engine/testing/temp_dir.h"

#include "engine/base/check.h"

#include <cstdlib>
#include <filesystem>

namespace hydrant::testing {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "hydrant-test-XXXXXX").string();
  HYDRANT_CHECK(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace hydrant::testing
