#include "tests/simulation/sim_file_system.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr uint64_t kSectorBytes = 512;

uint64_t SizeOf(std::span<const std::string_view> pieces) {
  uint64_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  return bytes;
}

}  // namespace

class SimFileSystem::AppendHandle final : public AppendFile {
 public:
  AppendHandle(SimFileSystem& owner, NodePtr node, bool ignores_syncs)
      : owner_(owner), node_(std::move(node)), ignores_syncs_(ignores_syncs) {}

  Status Append(std::span<const std::string_view> pieces) override {
    const uint64_t bytes = SizeOf(pieces);
    const bool was_dead = owner_.dead_;
    if (Status failed = owner_.Enter("write", node_); !failed.ok()) {
      const uint64_t part = owner_.rng_.Chance(0.5) ? owner_.rng_.Below(bytes + 1) : 0;
      if (!was_dead) owner_.Write(*node_, pieces, part).IgnoreError();  // it is an error already
      return failed;
    }
    return owner_.Write(*node_, pieces, bytes);
  }

  Status SyncData() override {
    RETURN_IF_ERROR(owner_.Enter("sync", node_));
    if (ignores_syncs_) return absl::OkStatus();
    node_->intact = node_->data.size();
    node_->cut.clear();
    return absl::OkStatus();
  }

  Status Truncate(uint64_t size) override {
    RETURN_IF_ERROR(owner_.Enter("truncate", node_));
    owner_.Cut(*node_, size);
    return absl::OkStatus();
  }

 private:
  SimFileSystem& owner_;
  const NodePtr node_;
  const bool ignores_syncs_;
};

class SimFileSystem::ReadHandle final : public ReadFile {
 public:
  ReadHandle(SimFileSystem& owner, NodePtr node) : owner_(owner), node_(std::move(node)) {}
  StatusOr<size_t> ReadAt(uint64_t offset, std::span<char> buffer) override {
    RETURN_IF_ERROR(owner_.Enter("read", node_));
    if (offset >= node_->data.size()) return size_t{0};
    return node_->data.copy(buffer.data(), buffer.size(), offset);
  }

 private:
  SimFileSystem& owner_;
  const NodePtr node_;
};

class SimFileSystem::LockHandle final : public FileLock {
 public:
  explicit LockHandle(NodePtr node) : node_(std::move(node)) { node_->locked = true; }
  ~LockHandle() override { node_->locked = false; }

 private:
  const NodePtr node_;
};

Status SimFileSystem::Enter(std::string_view kind, const NodePtr& node) {
  ++calls_;
  if (!dead_ && dies_in_ > 0 && --dies_in_ == 0) {
    dead_ = true;
    if (tell_) tell_(absl::StrCat("process dies in ", std::string(kind)));
    return ErrnoStatus(EIO, "the process is dead");
  }
  if (dead_) return ErrnoStatus(EIO, "the process is dead");
  if (failure_chance_ == 0 || !rng_.Chance(failure_chance_)) return absl::OkStatus();
  const bool reads = kind == "read" || kind == "list" || kind == "size" || kind == "sync";
  const int error = reads || rng_.Chance(0.5) ? EIO : ENOSPC;
  const std::string what = absl::StrCat(std::string(kind), " of file ", node ? node->number : 0,
                                        error == EIO ? " EIO" : " ENOSPC");
  if (tell_) tell_(what);
  return ErrnoStatus(error, what + " (injected)");
}

SimFileSystem::NodePtr SimFileSystem::Find(const std::string& path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : found->second;
}

StatusOr<SimFileSystem::NodePtr> SimFileSystem::FindOrMake(const std::string& path) {
  if (NodePtr node = Find(path)) return node;
  if (!directories_.contains(DirectoryOf(path))) return ErrnoStatus(ENOENT, "open " + path);
  auto node = std::make_shared<Node>();
  node->number = next_number_++;
  Record({"", path, node});
  return node;
}

Status SimFileSystem::Write(Node& node, std::span<const std::string_view> pieces,
                            uint64_t bytes_max) {
  const uint64_t wanted = std::min(SizeOf(pieces), bytes_max);
  const uint64_t fits = std::min(wanted, space_ - std::min(space_, used_));
  uint64_t left = fits;
  for (const std::string_view piece : pieces) {
    const uint64_t bytes = std::min<uint64_t>(piece.size(), left);
    node.data.append(piece.substr(0, bytes));
    left -= bytes;
  }
  used_ += fits;
  return fits == wanted ? absl::OkStatus() : ErrnoStatus(ENOSPC, "write");
}

void SimFileSystem::Cut(Node& node, uint64_t size) {
  if (size >= node.data.size()) return;
  if (size < node.intact) {
    node.cut.insert(0, node.data, size, node.intact - size);
    node.intact = size;
  }
  used_ -= node.data.size() - size;
  node.data.resize(size);
}

void SimFileSystem::Apply(std::map<std::string, NodePtr>& entries, const Change& change) {
  if (!change.removed.empty()) entries.erase(change.removed);
  if (!change.added.empty()) entries[change.added] = change.node;
}

void SimFileSystem::Record(Change change) {
  Apply(entries_, change);
  changes_.push_back(std::move(change));
}

void SimFileSystem::Revive() {
  dead_ = false;
  dies_in_ = 0;
  for (auto& [path, node] : entries_) node->locked = false;
}

void SimFileSystem::TakeOutLine(const std::string& path, uint64_t line) {
  const NodePtr node = Find(path);
  if (!node) return;
  std::string& data = node->data;
  size_t begin = 0;
  while (--line > 0 && begin != std::string::npos) begin = data.find('\n', begin) + 1;
  const size_t bytes = std::min(data.find('\n', begin), data.size() - 1) + 1 - begin;
  data.erase(begin, bytes);
  used_ -= bytes;
  node->intact = data.size();
  node->cut.clear();
}

void SimFileSystem::LosePower() {
  // A journal keeps the order of changes; other file systems promise nothing.
  const bool in_order = rng_.Chance(0.75);
  const uint64_t kept = rng_.Below(changes_.size() + 1);
  for (size_t i = 0; i < changes_.size(); ++i) {
    if (in_order ? i < kept : rng_.Chance(0.5)) Apply(durable_, changes_[i]);
  }
  changes_.clear();
  entries_ = durable_;
  // In the order of their making: names differ from run to run.
  std::map<uint64_t, NodePtr> nodes;
  for (const auto& [path, node] : entries_) nodes[node->number] = node;
  used_ = 0;
  for (const auto& [number, node] : nodes) {
    LoseUnsynced(*node);
    used_ += node->data.size();
  }
}

void SimFileSystem::LoseUnsynced(Node& node) {
  if (!node.cut.empty() && rng_.Chance(0.5)) {  // not even the cut had arrived
    node.data.resize(node.intact);
    node.data += node.cut;
  } else if (const uint64_t rest = node.data.size() - node.intact; rest > 0) {
    node.data.resize(node.intact + rng_.Below(rest + 1));
    if (node.data.size() > node.intact && rng_.Chance(0.5)) Garble(node, node.intact);
  }
  node.cut.clear();
  node.intact = node.data.size();
}

void SimFileSystem::Garble(Node& node, uint64_t from) {
  // Whole sectors, of those that were written last.
  const uint64_t size = node.data.size();
  const uint64_t at = from + rng_.Below(size - from);
  const uint64_t begin = std::max(from, at / kSectorBytes * kSectorBytes);
  const uint64_t sectors = 1 + rng_.Below((size - begin) / kSectorBytes + 1);
  const uint64_t end = std::min(size, (begin / kSectorBytes + sectors) * kSectorBytes);
  const bool zeros = rng_.Chance(0.7);
  for (uint64_t i = begin; i < end; ++i) {
    node.data[i] = zeros ? '\0' : static_cast<char>(rng_.Next64());
  }
}

StatusOr<std::unique_ptr<AppendFile>> SimFileSystem::OpenAppend(const std::string& path) {
  RETURN_IF_ERROR(Enter("open", Find(path)));
  ASSIGN_OR_RETURN(NodePtr node, FindOrMake(path));
  const bool ignores = !unsynced_part_.empty() && path.find(unsynced_part_) != std::string::npos;
  return std::make_unique<AppendHandle>(*this, std::move(node), ignores);
}

StatusOr<std::unique_ptr<ReadFile>> SimFileSystem::OpenRead(const std::string& path) {
  NodePtr node = Find(path);
  RETURN_IF_ERROR(Enter("open", node));
  if (!node) return ErrnoStatus(ENOENT, "open " + path);
  return std::make_unique<ReadHandle>(*this, std::move(node));
}

StatusOr<std::vector<FileEntry>> SimFileSystem::List(const std::string& directory) {
  RETURN_IF_ERROR(Enter("list", nullptr));
  if (!directories_.contains(directory)) return ErrnoStatus(ENOENT, "list " + directory);
  std::vector<FileEntry> found;
  const std::string prefix = directory + "/";
  for (auto at = entries_.lower_bound(prefix);
       at != entries_.end() && at->first.starts_with(prefix); ++at) {
    const std::string name = at->first.substr(prefix.size());
    if (name.find('/') == std::string::npos) found.push_back({name, at->second->data.size()});
  }
  return found;
}

StatusOr<uint64_t> SimFileSystem::FileSize(const std::string& path) {
  const NodePtr node = Find(path);
  RETURN_IF_ERROR(Enter("size", node));
  if (!node) return ErrnoStatus(ENOENT, "stat " + path);
  return uint64_t{node->data.size()};
}

Status SimFileSystem::Rename(const std::string& from, const std::string& to) {
  const NodePtr node = Find(from);
  RETURN_IF_ERROR(Enter("rename", node));
  if (!node) return ErrnoStatus(ENOENT, "rename " + from);
  if (const NodePtr replaced = Find(to)) used_ -= replaced->data.size();
  Record({from, to, node});
  return absl::OkStatus();
}

Status SimFileSystem::Remove(const std::string& path) {
  const NodePtr node = Find(path);
  RETURN_IF_ERROR(Enter("remove", node));
  if (!node) return ErrnoStatus(ENOENT, "remove " + path);
  used_ -= node->data.size();
  Record({path, "", nullptr});
  return absl::OkStatus();
}

Status SimFileSystem::CreateDirectories(const std::string& directory) {
  RETURN_IF_ERROR(Enter("mkdir", nullptr));
  for (std::string at = directory; directories_.insert(at).second; at = DirectoryOf(at)) {
  }
  return absl::OkStatus();
}

Status SimFileSystem::SyncDirectory(const std::string& directory) {
  RETURN_IF_ERROR(Enter("syncdir", nullptr));
  std::vector<Change> others;
  for (Change& change : changes_) {
    const std::string& path = change.added.empty() ? change.removed : change.added;
    if (DirectoryOf(path) == directory) {
      Apply(durable_, change);
    } else {
      others.push_back(std::move(change));
    }
  }
  changes_ = std::move(others);
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<FileLock>> SimFileSystem::Lock(const std::string& path) {
  RETURN_IF_ERROR(Enter("lock", Find(path)));
  ASSIGN_OR_RETURN(NodePtr node, FindOrMake(path));
  if (node->locked) return absl::FailedPreconditionError("locked: " + path);
  return std::make_unique<LockHandle>(std::move(node));
}

StatusOr<uint64_t> SimFileSystem::FreeBytes(const std::string& path) {
  RETURN_IF_ERROR(Enter("free", nullptr));
  if (path.empty()) return ErrnoStatus(ENOENT, "statvfs");
  return space_ - std::min(space_, used_);
}

}  // namespace hydrant::simulation
