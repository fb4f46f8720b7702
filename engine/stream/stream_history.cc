#include "engine/stream/stream_history.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr size_t kMembersMax = 32;
constexpr size_t kTextBytesMax = 256;

// What is no UTF-8 is replaced: it could not be written.
void Bound(std::string& text) {
  text.resize(std::min(text.size(), kTextBytesMax));
  const std::string clean = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  text = Json::parse(clean).get<std::string>();
}

// Lists count as a whole, as an update replaces them.
void Compare(const Json& before, const Json& after, const std::string& path,
             std::vector<std::string>& differing) {
  if (before == after) return;
  if (!before.is_object() || !after.is_object()) return differing.push_back(path);
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& [name, value] : before.items()) {
    const auto found = after.find(name);
    Compare(value, found == after.end() ? Json() : *found, prefix + name, differing);
  }
  for (const auto& [name, value] : after.items()) {
    if (!before.contains(name)) differing.push_back(prefix + name);
  }
}

void CompareTags(const StreamTags& before, const StreamTags& after,
                 std::vector<std::string>& differing) {
  for (const auto& [key, value] : before) {
    const auto found = after.find(key);
    if (found == after.end() || found->second != value) differing.push_back("Tags." + key);
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) differing.push_back("Tags." + key);
  }
}

}  // namespace

StreamChange DescribeChange(const StreamDefinition* before, const StreamDefinition& after,
                            ChangeAuthor author, absl::Time at) {
  Bound(author.who);
  Bound(author.from);
  StreamChange change{after.version, at, std::move(author), {}};
  if (before == nullptr) return change;
  Compare(Json::parse(before->request_json), Json::parse(after.request_json), "", change.members);
  CompareTags(before->tags, after.tags, change.members);
  if (change.members.size() > kMembersMax) {
    const size_t more = change.members.size() - kMembersMax;
    change.members.resize(kMembersMax);
    change.members.push_back(absl::StrCat("and ", more, " more"));
  }
  for (std::string& member : change.members) Bound(member);
  return change;
}

Json HistoryToJson(const StreamHistory& history) {
  Json list = Json::array();
  for (const StreamChange& change : history) {
    list.push_back({{"version", change.version},
                    {"at_ms", absl::ToUnixMillis(change.at)},
                    {"operation", change.author.operation},
                    {"who", change.author.who},
                    {"from", change.author.from},
                    {"members", change.members}});
  }
  return list;
}

StreamHistory HistoryFromJson(const Json& json) {
  StreamHistory history;
  for (const Json& entry : json) {
    history.push_back({entry.at("version").get<uint64_t>(),
                       absl::FromUnixMillis(entry.at("at_ms").get<int64_t>()),
                       {entry.at("operation").get<std::string>(),
                        entry.at("who").get<std::string>(), entry.at("from").get<std::string>()},
                       entry.at("members").get<std::vector<std::string>>()});
  }
  return history;
}

}  // namespace hydrant
