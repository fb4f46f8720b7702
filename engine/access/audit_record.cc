#include "engine/access/audit_record.h"

#include "engine/base/status.h"
#include "engine/stream/hydrant_settings.h"
#include "engine/stream/json_text.h"
#include "engine/stream/model.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <utility>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr char kOwnKey[] = "Hydrant";

std::string LowerFirst(std::string name) {
  if (!name.empty()) name[0] = absl::ascii_tolower(static_cast<unsigned char>(name[0]));
  return name;
}

Json Shown(const ModelShape& shape, const Json& value);

// As requests may write our members: in any case, with underscores.
bool IsMember(std::string_view key, std::string_view name) {
  std::string plain(key);
  std::erase(plain, '_');
  return absl::EqualsIgnoreCase(plain, ToAbsl(name));
}

// Further destinations, each a map of one member as in CreateDeliveryStream.
Json ShownDestinations(const Json& value) {
  Json list = Json::array();
  if (!value.is_array()) return list;
  const ModelShape& create = *FindModelShape("CreateDeliveryStreamInput");
  for (const Json& destination : value) {
    list.push_back(destination.is_object() ? Shown(create, destination) : Json());
  }
  return list;
}

// What of our own settings is known; none of it is secret, but the destinations may hold something.
Json ShownSettings(const Json& value, std::span<const HydrantMember> members) {
  if (!value.is_object()) return nullptr;
  Json map = Json::object();
  for (const auto& [key, setting] : value.items()) {
    for (const HydrantMember& member : members) {
      if (!IsMember(key, member.name)) continue;
      Json& shown = map[LowerFirst(std::string(member.name))];
      if (member.name == "Failover") {
        shown = ShownSettings(setting, FailoverMembers());
      } else if (member.name == "Destinations") {
        shown = ShownDestinations(setting);
      } else if (setting.is_primitive()) {
        shown = setting;
      }
    }
  }
  return map;
}

Json ShownStructure(const ModelShape& shape, const Json& value) {
  Json map = Json::object();
  for (const ModelMember& member : shape.members) {
    const auto found = value.find(std::string(member.name));
    const ModelShape& inner = ModelShapeAt(member.shape);
    if (found == value.end() || inner.sensitive) continue;
    map[LowerFirst(std::string(member.name))] = Shown(inner, *found);
  }
  const auto own = value.find(kOwnKey);
  if (own != value.end() && shape.FindMember("DeliveryStreamName") != nullptr) {
    map[LowerFirst(kOwnKey)] = ShownSettings(*own, HydrantMembers());
  }
  return map;
}

// What of `value` the shape knows and does not mark as sensitive.
Json Shown(const ModelShape& shape, const Json& value) {
  if (shape.kind == ModelKind::kStructure && value.is_object()) return ShownStructure(shape, value);
  if (shape.kind == ModelKind::kList && value.is_array()) {
    Json list = Json::array();
    const ModelShape& element = ModelShapeAt(shape.element);
    for (const Json& item : value) {
      if (!element.sensitive) list.push_back(Shown(element, item));
    }
    return list;
  }
  // What has another type than it should: nobody knows what it holds.
  return value.is_primitive() ? value : Json();
}

Json RequestParameters(const AuditEvent& event) {
  const ModelOperation* operation = FindModelOperation(event.operation);
  const auto request = ParseJsonText(event.request);
  if (operation == nullptr || !request) return nullptr;
  Json shown = Shown(ModelShapeAt(operation->input), *request);
  if (shown.is_object() && shown.empty()) return nullptr;
  if (event.request.size() <= kAuditRequestBytesMax) return shown;
  return Json::object(
      {{"omitted", "larger than " + std::to_string(kAuditRequestBytesMax) + " bytes"}});
}

bool IsReadOnly(std::string_view operation) {
  return operation.starts_with("Describe") || operation.starts_with("List");
}

// What a change answered; of what is only looked at, nothing.
Json ResponseElements(const AuditEvent& event) {
  const auto* text = std::get_if<std::string>(event.reply);
  if (text == nullptr || IsReadOnly(event.operation)) return nullptr;
  const auto reply = ParseJsonText(*text);
  if (!reply || !reply->is_object() || reply->empty()) return nullptr;
  Json shown = Json::object();
  for (const auto& [key, value] : reply->items()) shown[LowerFirst(key)] = value;
  return shown;
}

OrderedJson UserIdentity(const AuditEvent& event) {
  if (event.access_key_id.empty()) return OrderedJson::object({{"type", "Unknown"}});
  return {{"type", "IAMUser"},
          {"principalId", event.access_key_id},
          {"arn", event.user_arn},
          {"accountId", event.account_id},
          {"accessKeyId", event.access_key_id},
          {"userName", event.access_key_id}};
}

// Without its port, and an IPv6 address without its brackets.
std::string_view AddressOf(std::string_view remote) {
  remote = remote.substr(0, remote.rfind(':'));
  if (!remote.starts_with('[') || !remote.ends_with(']')) return remote;
  return remote.substr(1, remote.size() - 2);
}

}  // namespace

std::string RenderAuditRecord(const AuditEvent& event) {
  OrderedJson record = {
      {"eventVersion", "1.11"},
      {"userIdentity", UserIdentity(event)},
      {"eventTime", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", event.time, absl::UTCTimeZone())},
      {"eventSource", "firehose.amazonaws.com"},
      {"eventName", event.operation},
      {"awsRegion", event.region},
      {"sourceIPAddress", AddressOf(event.remote)},
      {"userAgent", event.user_agent},
  };
  if (const auto* error = std::get_if<ApiError>(event.reply)) {
    record["errorCode"] = error->type;
    record["errorMessage"] = error->message;
  }
  record["requestParameters"] = RequestParameters(event);
  record["responseElements"] = ResponseElements(event);
  record["requestID"] = event.request_id;
  record["eventID"] = event.event_id;
  record["readOnly"] = IsReadOnly(event.operation);
  record["eventType"] = "AwsApiCall";
  record["apiVersion"] = "2015-08-04";
  record["managementEvent"] = true;
  record["recipientAccountId"] = event.account_id;
  record["eventCategory"] = "Management";
  // Headers need not be UTF-8.
  return record.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace hydrant
