#include "bench/load/destination.h"

#include <absl/strings/str_cat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace hydrant::load {
namespace {

namespace fs = std::filesystem;

constexpr size_t kObjectsMax = 1'000'000;
constexpr size_t kStopTestInterval = 1000;

bool IsHidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

class DirectoryDestination : public Destination {
 public:
  DirectoryDestination(std::string path, const std::string& prefix)
      : path_(std::move(path)), start_(path_ + "/" + prefix) {}

  StatusOr<std::vector<std::string>> List(const StopTest& stopped) override {
    std::vector<std::string> keys;
    std::error_code error;
    fs::recursive_directory_iterator entry(path_, error);
    if (error) return ErrnoStatus(error.value(), "--check " + path_);
    for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const std::string& key = entry->path().native();
      if (IsHidden(entry->path())) {
        entry.disable_recursion_pending();
      } else if (std::error_code gone; entry->is_regular_file(gone) && key.starts_with(start_)) {
        keys.push_back(key);
        if (keys.size() % kStopTestInterval == 0 && stopped()) return absl::CancelledError("");
      }
      if (keys.size() > kObjectsMax) {
        return ResourceExhausted(absl::StrCat("--check ", path_, ": more than ", kObjectsMax,
                                              " files; name a directory below it"));
      }
    }
    if (error) return ErrnoStatus(error.value(), "--check " + path_);
    return keys;
  }

  StatusOr<std::string> Read(const std::string& key, const StopTest& /*stopped*/) override {
    std::ifstream file(key, std::ios::binary);
    if (!file) return ErrnoStatus(errno, key);
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad()) return ErrnoStatus(errno, key);
    return std::move(text).str();
  }

 private:
  const std::string path_;
  const std::string start_;  // of the keys
};

}  // namespace

std::unique_ptr<Destination> MakeDirectoryDestination(std::string path, const std::string& prefix) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return std::make_unique<DirectoryDestination>(std::move(path), prefix);
}

}  // namespace hydrant::load
