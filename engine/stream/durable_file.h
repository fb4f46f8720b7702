// Small files that survive a crash at any point: written aside, synced, renamed, directory synced.
// Owner:   any thread; one writer a path
// Errors:  see ErrnoStatus
#pragma once

#include "engine/base/status.h"

#include <string>
#include <string_view>

namespace hydrant {

// After a crash the file holds the old bytes or the new ones; `PATH.tmp` may be left behind.
Status WriteFileDurably(const std::string& path, std::string_view bytes);
// Gone for good when it returns. A file that is not there is no error.
Status RemoveFileDurably(const std::string& path);
Status RenameFileDurably(const std::string& from, const std::string& to);
StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max);

}  // namespace hydrant
