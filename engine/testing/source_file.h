// SourceFile: a file of the source tree, for tests that check what is committed.
#pragma once

#include <string>
#include <string_view>

namespace hydrant::testing {

// `path` from the top of the tree ("docs/configuration.md") as a path that opens from anywhere.
std::string SourceFile(std::string_view path);

// Its content; ends the test when it cannot be read.
std::string ReadSourceFile(std::string_view path);

}  // namespace hydrant::testing
