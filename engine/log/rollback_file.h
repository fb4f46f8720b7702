// RollbackFile: an append file whose failed writes leave nothing behind.
// Owner:   not thread-safe: caller serializes
// Units:   bytes
// Errors:  kResourceExhausted: no room; the file is as it was and may be tried again. Anything else
//          breaks the file for good: every later call gives the same error.
// Source:  fsync(2), "NOTES": after a failed sync, dirty pages may be marked clean and lost
#pragma once

#include "engine/io/file_system.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hydrant {

class RollbackFile {
 public:
  // `size` is the file's size now.
  RollbackFile(std::unique_ptr<AppendFile> file, std::string path, uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  Status Append(std::span<const std::string_view> pieces);
  Status SyncData();
  // Cuts off what was appended behind `size`, of a broken file too, as far as it can be done.
  Status RollBackTo(uint64_t size);

  uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  Status Break(const Status& why);

  std::unique_ptr<AppendFile> file_;
  std::string path_;
  uint64_t size_;
  Status broken_;
};

}  // namespace hydrant
