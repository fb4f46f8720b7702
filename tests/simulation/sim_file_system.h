// SimFileSystem: a file system in memory that knows what a power loss would leave of it.
// Of each file the synced content stays and a random part of the rest, perhaps garbled; of each directory what
// was synced and some of the later creations, renames and removals. A killed process loses nothing of it.
// Owner:   one thread
// Units:   bytes; calls
// Source:  fsync(2): neither content nor a directory's entries are durable before a sync of their own
#pragma once

#include "engine/io/file_system.h"
#include "tests/simulation/rng.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace hydrant::simulation {

class SimFileSystem final : public FileSystem {
 public:
  explicit SimFileSystem(Rng rng) : rng_(rng) {}

  // Every call fails with this chance: EIO, ENOSPC or, of writes, after a part of it.
  void SetFailures(double chance) { failure_chance_ = chance; }
  // What all files may hold together.
  void SetSpace(uint64_t bytes) { space_ = bytes; }
  // The process ends within the `calls`-th call from now (1: the next), which may have been half done.
  void DieWithin(uint64_t calls) { dies_in_ = calls; }
  // Whether it did. From then on every call fails and changes nothing.
  bool dead() const { return dead_; }
  void Die() { dead_ = true; }
  // Another process begins: what the dead one held open is closed. Its objects must be gone.
  void Revive();
  // While dead.
  void LosePower();
  // A disk that acknowledges syncs of these files and forgets them; for a simulation of broken software.
  void IgnoreSyncsOf(std::string part_of_path) { unsynced_part_ = std::move(part_of_path); }
  // Somebody takes the `line`-th line (from 1) out of a file, and saves it well.
  void TakeOutLine(const std::string& path, uint64_t line);
  // Told of every failure that was injected.
  void OnFailure(std::function<void(const std::string& what)> tell) { tell_ = std::move(tell); }

  uint64_t used() const { return used_; }
  uint64_t space() const { return space_; }
  uint64_t calls() const { return calls_; }

  StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override;
  StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override;
  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override;
  StatusOr<uint64_t> FileSize(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status CreateDirectories(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  StatusOr<uint64_t> FreeBytes(const std::string& path) override;

 private:
  struct Node {
    uint64_t number;
    std::string data;
    // A power loss finds data[0, intact) for certain, and before it anything later was written, `cut` behind it.
    uint64_t intact = 0;
    std::string cut;
    bool locked = false;
  };
  using NodePtr = std::shared_ptr<Node>;
  // A change of a directory that was not synced yet.
  struct Change {
    std::string removed;  // empty: none
    std::string added;
    NodePtr node;
  };
  class AppendHandle;
  class ReadHandle;
  class LockHandle;

  // Counts a call; the error it must give, if any. Paths are told without what differs from run to run.
  Status Enter(std::string_view kind, const NodePtr& node);
  NodePtr Find(const std::string& path) const;
  StatusOr<NodePtr> FindOrMake(const std::string& path);
  Status Write(Node& node, std::span<const std::string_view> pieces, uint64_t bytes_max);
  void Cut(Node& node, uint64_t size);
  void LoseUnsynced(Node& node);
  void Garble(Node& node, uint64_t from);
  static void Apply(std::map<std::string, NodePtr>& entries, const Change& change);
  void Record(Change change);

  Rng rng_;
  double failure_chance_ = 0;
  uint64_t space_ = uint64_t{1} << 40;
  uint64_t used_ = 0;
  uint64_t calls_ = 0;
  uint64_t dies_in_ = 0;
  uint64_t next_number_ = 1;
  bool dead_ = false;
  std::string unsynced_part_;
  std::function<void(const std::string&)> tell_;
  std::set<std::string> directories_{"/"};
  std::map<std::string, NodePtr> entries_;
  std::map<std::string, NodePtr> durable_;
  std::vector<Change> changes_;  // between the two, in order
};

}  // namespace hydrant::simulation
