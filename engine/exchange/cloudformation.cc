#include "engine/exchange/cloudformation.h"

#include "engine/exchange/export_names.h"

#include <string_view>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

struct Rename {
  std::string_view holder;
  std::string_view from;
  std::string_view to;
};
// Everything else is called as in the API.
constexpr Rename kRenames[] = {
    {"/IcebergDestinationConfiguration", "S3BackupMode", "s3BackupMode"},
    {"/IcebergDestinationConfiguration/CatalogConfiguration", "CatalogARN", "CatalogArn"},
};

void RenameMembers(Json& properties) {
  for (const Rename& rename : kRenames) {
    const Json::json_pointer at{std::string(rename.holder)};
    const std::string from(rename.from);
    if (!properties.contains(at) || !properties[at].contains(from)) continue;
    Json& holder = properties[at];
    holder[std::string(rename.to)] = holder[from];
    holder.erase(from);
  }
}

}  // namespace

Exported CloudFormationTemplate(StreamRequests requests) {
  Exported exported;
  for (Json& request : requests) RemoveSecrets(request);
  Json parameters = Json::object();
  for (const NamedSecret& named : NameSecrets(requests, NameStyle::kCamel)) {
    const SecretToFill& secret = named.secret;
    if (secret.path.starts_with("Hydrant.")) {
      exported.remarks.push_back(secret.stream + ": " + secret.path +
                                 " is left out: metadata must hold no secrets");
      continue;
    }
    requests[named.request][named.place.at] = {{"Ref", secret.name}};
    parameters[secret.name] = {{"Type", "String"},
                               {"NoEcho", true},
                               {"Description", secret.path + " of the stream " + secret.stream}};
    exported.secrets.push_back(secret);
  }
  Json resources = Json::object();
  UniqueNames names(NameStyle::kCamel);
  for (const auto& [name, parameter] : parameters.items()) names.Take(name);
  for (Json& request : requests) {
    const std::string id =
        names.Take(JoinedName(StreamName(request), {"stream"}, NameStyle::kCamel));
    Json& resource = resources[id] = {{"Type", "AWS::KinesisFirehose::DeliveryStream"}};
    if (const auto hydrant = request.find("Hydrant"); hydrant != request.end()) {
      resource["Metadata"]["Hydrant"] = *hydrant;
      request.erase("Hydrant");
    }
    RenameMembers(request);
    WriteTimesAsText(request);
    resource["Properties"] = std::move(request);
  }
  Json document = {{"AWSTemplateFormatVersion", "2010-09-09"}};
  if (!parameters.empty()) document["Parameters"] = std::move(parameters);
  document["Resources"] = std::move(resources);
  exported.text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return exported;
}

}  // namespace hydrant
