#include "app/import_apply.h"

#include "engine/exchange/export_names.h"
#include "engine/stream/description_import.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr size_t kDifferencesShownMax = 8;
constexpr absl::Duration kCreatingWaitMax = absl::Seconds(10);

// Where two requests differ, as far as both have the same shape.
void FindDifferences(const Json& a, const Json& b, const std::string& path,
                     std::vector<std::string>& found) {
  if (a == b) return;
  if (!a.is_object() || !b.is_object()) {
    found.push_back(path);
    return;
  }
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& [name, value] : a.items()) {
    const Json other = b.contains(name) ? b[name] : Json();
    FindDifferences(value, other, absl::StrCat(prefix, name), found);
  }
  for (const auto& [name, value] : b.items()) {
    if (!a.contains(name)) found.push_back(absl::StrCat(prefix, name));
  }
}

std::string DifferenceText(const std::vector<std::string>& differences) {
  std::string text;
  for (size_t i = 0; i < std::min(differences.size(), kDifferencesShownMax); ++i) {
    text.append(text.empty() ? "" : ", ").append(differences[i]);
  }
  if (differences.size() > kDifferencesShownMax) {
    text += " and " + std::to_string(differences.size() - kDifferencesShownMax) + " more";
  }
  return text;
}

// "; it can't run: REASON" of a stream whose description says so.
std::string TroubleOf(const Json& description) {
  if (description.value("DeliveryStreamStatus", "") != "CREATING_FAILED") return "";
  static const Json::json_pointer kWhy("/FailureDescription/Details");
  std::string text = "; it can't run";
  if (description.contains(kWhy)) text += ": " + description[kWhy].get<std::string>();
  return text;
}

struct Existing {
  bool there = false;
  std::vector<std::string> differences;  // of the request and the node's stream
  std::string trouble;
};

StatusOr<Existing> Compare(const Json& request, FirehoseClient& client) {
  const StatusOr<Json> description = client.Describe(request["DeliveryStreamName"]);
  if (absl::IsNotFound(description.status())) return Existing();
  if (!description.ok()) return description.status();
  ASSIGN_OR_RETURN(const ImportedStream there, ImportDescription(*description));
  ASSIGN_OR_RETURN(const Json is, ComparableRequest(there.request));
  ASSIGN_OR_RETURN(const Json wanted, ComparableRequest(request));
  Existing existing{true, {}, TroubleOf(*description)};
  FindDifferences(wanted, is, "", existing.differences);
  return existing;
}

// Fills in the secrets of the requests whose streams are not there.
Status FillSecrets(StreamRequests& requests, const std::vector<Existing>& existing,
                   const Environment& environment) {
  std::string missing;
  for (const NamedSecret& named : NameSecrets(requests, NameStyle::kEnvironment)) {
    if (existing[named.request].there) continue;
    auto& request = requests[named.request];
    const std::optional<std::string> value = environment(named.secret.name);
    if (value && !value->empty()) {
      request[named.place.at] = *value;
    } else if (value && named.secret.optional) {
      continue;                                      // there is none
    } else if (!request.contains(named.place.at)) {  // the description showed it otherwise
      missing += "\n  " + named.secret.name + "  " + named.secret.stream + ": " +
                 named.secret.path +
                 (named.secret.optional ? " (set it empty if there is none)" : "");
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return InvalidArgument("nothing was created: set the environment variables of these secrets" +
                         missing);
}

// Makes streams, or leaves them, and counts what became of them.
class Applier {
 public:
  explicit Applier(FirehoseClient& client) : client_(client) {}

  // What became of the stream, for people.
  std::string Apply(const Json& request, const Existing& existing) {
    if (existing.there && existing.differences.empty()) {
      ++outcome_.equal;
      if (!existing.trouble.empty()) ++outcome_.failing;
      return "exists and is equal" + existing.trouble;
    }
    if (existing.there) {
      ++outcome_.different;
      return "exists and differs in " + DifferenceText(existing.differences) + "; not touched";
    }
    if (const Status status = client_.Create(request); !status.ok()) {
      ++outcome_.refused;
      return "not created: " + std::string(Message(status));
    }
    ++outcome_.created;
    return "created" + AskState(request["DeliveryStreamName"]);
  }

  const ImportOutcome& outcome() const { return outcome_; }

 private:
  std::string AskState(const std::string& name) {
    const StatusOr<Json> description = client_.DescribeMade(name, patience_);
    if (!description.ok()) {
      ++outcome_.failing;
      return "; whether it can run is not known: " + std::string(Message(description.status()));
    }
    const std::string trouble = TroubleOf(*description);
    if (!trouble.empty()) ++outcome_.failing;
    const bool creating = description->value("DeliveryStreamStatus", "") == "CREATING";
    return creating ? "; it is still CREATING" : trouble;
  }

  FirehoseClient& client_;
  absl::Duration patience_ = kCreatingWaitMax;  // for all streams together
  ImportOutcome outcome_;
};

}  // namespace

StatusOr<ImportOutcome> ApplyImport(StreamRequests requests, FirehoseClient& client,
                                    const Environment& environment,
                                    const std::function<void(const std::string& line)>& say) {
  std::vector<Existing> existing;
  for (const auto& request : requests) {
    StatusOr<Existing> there = Compare(request, client);
    if (!there.ok()) return WithContext(there.status(), StreamName(request));
    existing.push_back(*std::move(there));
  }
  RETURN_IF_ERROR(FillSecrets(requests, existing, environment));
  Applier applier(client);
  for (size_t i = 0; i < requests.size(); ++i) {
    say(StreamName(requests[i]) + ": " + applier.Apply(requests[i], existing[i]));
  }
  return applier.outcome();
}

}  // namespace hydrant
