#include "app/import_apply.h"

#include "engine/exchange/export_names.h"
#include "engine/stream/description_import.h"

#include <algorithm>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr size_t kDifferencesShownMax = 8;

// Where two requests differ, as far as both have the same shape.
void FindDifferences(const Json& a, const Json& b, const std::string& path,
                     std::vector<std::string>& found) {
  if (a == b) return;
  if (!a.is_object() || !b.is_object()) {
    found.push_back(path);
    return;
  }
  for (const auto& [name, value] : a.items()) {
    const std::string below = path.empty() ? name : path + "." + name;
    FindDifferences(value, b.contains(name) ? b[name] : Json(), below, found);
  }
  for (const auto& [name, value] : b.items()) {
    if (!a.contains(name)) found.push_back(path.empty() ? name : path + "." + name);
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

// What of the request the node's stream has otherwise; nothing when the stream is not there.
StatusOr<std::optional<std::vector<std::string>>> Compare(const Json& request,
                                                          FirehoseClient& client) {
  const StatusOr<Json> description = client.Describe(request["DeliveryStreamName"]);
  if (absl::IsNotFound(description.status())) return std::nullopt;
  if (!description.ok()) return description.status();
  ASSIGN_OR_RETURN(const ImportedStream there, ImportDescription(*description));
  ASSIGN_OR_RETURN(const Json is, ComparableRequest(there.request));
  ASSIGN_OR_RETURN(const Json wanted, ComparableRequest(request));
  std::vector<std::string> differences;
  FindDifferences(wanted, is, "", differences);
  return differences;
}

// Fills in the secrets of the requests that `made` says will be made.
Status FillSecrets(StreamRequests& requests, const std::vector<bool>& made,
                   const Environment& environment) {
  std::string missing;
  for (const NamedSecret& named : NameSecrets(requests, NameStyle::kEnvironment)) {
    if (!made[named.request]) continue;
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

}  // namespace

StatusOr<ImportOutcome> ApplyImport(StreamRequests requests, FirehoseClient& client,
                                    const Environment& environment,
                                    const std::function<void(const std::string& line)>& say) {
  std::vector<std::optional<std::vector<std::string>>> differences;
  std::vector<bool> made;
  for (const auto& request : requests) {
    StatusOr<std::optional<std::vector<std::string>>> there = Compare(request, client);
    if (!there.ok()) return WithContext(there.status(), StreamName(request));
    made.push_back(!there->has_value());
    differences.push_back(*std::move(there));
  }
  RETURN_IF_ERROR(FillSecrets(requests, made, environment));
  ImportOutcome outcome;
  for (size_t i = 0; i < requests.size(); ++i) {
    const std::string name = StreamName(requests[i]);
    if (!made[i] && differences[i]->empty()) {
      ++outcome.equal;
      say(name + ": exists and is equal");
    } else if (!made[i]) {
      ++outcome.different;
      say(name + ": exists and differs in " + DifferenceText(*differences[i]) + "; not touched");
    } else if (const Status status = client.Create(requests[i]); !status.ok()) {
      ++outcome.refused;
      say(name + ": not created: " + std::string(Message(status)));
    } else {
      ++outcome.created;
      say(name + ": created");
    }
  }
  return outcome;
}

}  // namespace hydrant
