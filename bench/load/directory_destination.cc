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

bool IsHidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

class DirectoryDestination : public Destination {
 public:
  explicit DirectoryDestination(std::string path) : path_(std::move(path)) {}

  StatusOr<std::vector<std::string>> List() override {
    std::vector<std::string> keys;
    std::error_code error;
    fs::recursive_directory_iterator entry(path_, error);
    if (error) return ErrnoStatus(error.value(), "--check " + path_);
    for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      if (IsHidden(entry->path())) {
        entry.disable_recursion_pending();
      } else if (std::error_code gone; entry->is_regular_file(gone)) {
        keys.push_back(entry->path().native());
      }
      if (keys.size() > kObjectsMax) {
        return ResourceExhausted(absl::StrCat("--check ", path_, ": more than ", kObjectsMax,
                                              " files; name a directory below it"));
      }
    }
    if (error) return ErrnoStatus(error.value(), "--check " + path_);
    return keys;
  }

  StatusOr<std::string> Read(const std::string& key) override {
    std::ifstream file(key, std::ios::binary);
    if (!file) return ErrnoStatus(errno, key);
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad()) return ErrnoStatus(errno, key);
    return std::move(text).str();
  }

 private:
  const std::string path_;
};

}  // namespace

std::unique_ptr<Destination> MakeDirectoryDestination(std::string path) {
  return std::make_unique<DirectoryDestination>(std::move(path));
}

}  // namespace hydrant::load
