#include "engine/stream/description_import.h"

#include "engine/stream/definition_parser.h"
#include "engine/stream/describe.h"
#include "engine/stream/destination_secrets.h"
#include "engine/stream/encryption.h"
#include "engine/stream/model.h"

#include <absl/time/time.h>

#include <variant>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view kDestination = "DestinationConfiguration";

const ModelShape& CreateShape() { return *FindModelShape("CreateDeliveryStreamInput"); }

// Null when there is none, or nothing in it.
const Json* Find(const Json& map, std::string_view name) {
  const auto found = map.find(std::string(name));  // no map: the end
  return found == map.end() || found->is_null() ? nullptr : &*found;
}

// The name in descriptions of a member of requests, where it has another one.
std::string DescribedName(std::string_view member) {
  if (member == "S3Configuration") return "S3DestinationDescription";
  if (member == "VpcConfiguration") return "VpcConfigurationDescription";
  constexpr std::string_view kSuffix = "Configuration";
  std::string name(member);
  if (name.ends_with(kSuffix)) {
    name.replace(name.size() - kSuffix.size(), kSuffix.size(), "Description");
  }
  return name;
}

// Requests take seconds; the AWS CLI prints "2026-11-21T09:30:00+00:00", others a space in the middle.
OrderedJson ImportTime(const Json& value) {
  if (!value.is_string()) return value;
  std::string text = value.get<std::string>();
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return value;
  return static_cast<double>(absl::ToUnixMillis(time)) / 1000.0;
}

// What the shape, one of requests, has of a description.
OrderedJson ImportValue(const ModelShape& shape, const Json& value) {
  if (shape.kind == ModelKind::kTimestamp) return ImportTime(value);
  if (shape.kind == ModelKind::kList && value.is_array()) {
    OrderedJson list = OrderedJson::array();
    for (const Json& element : value) {
      list.push_back(ImportValue(ModelShapeAt(shape.element), element));
    }
    return list;
  }
  if (shape.kind != ModelKind::kStructure || !value.is_object()) return value;
  OrderedJson map = OrderedJson::object();
  for (const ModelMember& member : shape.members) {
    const Json* found = Find(value, member.name);
    if (found == nullptr) found = Find(value, DescribedName(member.name));
    if (found == nullptr) continue;
    map[std::string(member.name)] = ImportValue(ModelShapeAt(member.shape), *found);
  }
  return map;
}

// The member of requests that configures the described destination, or "". S3 is described in both of its spellings.
std::string DestinationOf(const Json& description) {
  std::string name;
  for (const ModelMember& member : CreateShape().members) {
    if (!member.name.ends_with(kDestination)) continue;
    if (Find(description, DescribedName(member.name)) == nullptr) continue;
    if (name.empty() || name == "S3DestinationConfiguration") name = member.name;
  }
  return name;
}

class Importer {
 public:
  explicit Importer(const Json& description) : description_(description) {}

  StatusOr<ImportedStream> Import() {
    if (Find(description_, "DeliveryStreamName") == nullptr) {
      return InvalidArgument("it has no DeliveryStreamName: it is not a description of a stream");
    }
    RETURN_IF_ERROR(AddDestination());
    AddSource();
    AddEncryption();
    for (const char* same : {"DeliveryStreamName", "DeliveryStreamType"}) {
      if (const Json* value = Find(description_, same)) flat_[same] = *value;
    }
    ImportedStream imported{ImportValue(CreateShape(), flat_), {}};
    LeaveOutDefaultStart(imported.request);
    if (auto error =
            ToApiError(CheckModel(CreateShape(), imported.request, Validation::kRelaxed))) {
      return InvalidArgument(error->message);
    }
    AddRemarks();
    imported.remarks = std::move(remarks_);
    return imported;
  }

 private:
  Status AddDestination() {
    const Json* list = Find(description_, "Destinations");
    if (list == nullptr || !list->is_array() || list->size() != 1) {
      return InvalidArgument("Destinations must be a list of one destination");
    }
    const std::string name = DestinationOf(list->front());
    if (name.empty()) return InvalidArgument("Destinations[0] holds no destination that is known");
    flat_[name] = *Find(list->front(), DescribedName(name));
    return absl::OkStatus();
  }

  void AddSource() {
    const Json* source = Find(description_, "Source");
    if (source == nullptr || !source->is_object()) return;
    for (const auto& [name, value] : source->items()) flat_[name] = value;
  }

  // What is enabled, or about to be.
  void AddEncryption() {
    const Json* encryption = Find(description_, "DeliveryStreamEncryptionConfiguration");
    if (encryption == nullptr) return;
    const Json* status = Find(*encryption, "Status");
    const bool enabled = status != nullptr && (*status == "ENABLED" || *status == "ENABLING");
    if (enabled) {
      flat_[std::string(kEncryptionInput)] = *encryption;
    } else if (status != nullptr && *status != "DISABLED") {
      remarks_.push_back("server-side encryption is " + status->dump() +
                         " and is not asked for anew");
    }
  }

  // A cluster is read from where it was when the stream was made, unless something else was asked for.
  void LeaveOutDefaultStart(OrderedJson& request) const {
    static const Json::json_pointer kBegan("/MSKSourceDescription/DeliveryStartTimestamp");
    const auto source = request.find("MSKSourceConfiguration");
    if (source == request.end() || !source->is_object() || !flat_.contains(kBegan)) return;
    const auto from = source->find("ReadFromTimestamp");
    if (from != source->end() && *from == ImportTime(flat_[kBegan])) source->erase(from);
  }

  void AddRemarks() {
    const Json* status = Find(description_, "DeliveryStreamStatus");
    if (status != nullptr && status->is_string() && *status != "ACTIVE") {
      std::string remark = "its status is " + status->get<std::string>();
      static const Json::json_pointer kWhy("/FailureDescription/Details");
      if (description_.contains(kWhy) && description_[kWhy].is_string()) {
        remark += ": " + description_[kWhy].get<std::string>();
      }
      remarks_.push_back(std::move(remark));
    }
    const ModelShape& shape = *FindModelShape("DeliveryStreamDescription");
    for (const UnknownMember& unknown : UnknownMembers(shape, description_)) {
      remarks_.push_back(unknown.path + " is not known to this version and left out");
    }
  }

  const Json& description_;
  Json flat_ = Json::object();  // every part of the description that makes a member of the request
  std::vector<std::string> remarks_;
};

}  // namespace

StatusOr<ImportedStream> ImportDescription(const nlohmann::json& description) {
  return Importer(description).Import();
}

StatusOr<nlohmann::ordered_json> ComparableRequest(const nlohmann::json& request) {
  ParseOptions options;
  options.taken_before = true;  // its secrets are missing, and nothing runs by it
  auto parsed = ParseStreamDefinition(request, options);
  if (const auto* error = std::get_if<ApiError>(&parsed)) return InvalidArgument(error->message);
  const OrderedJson description = DescribeStream(std::get<StreamDefinition>(parsed));
  ASSIGN_OR_RETURN(ImportedStream imported, ImportDescription(description));
  RemoveSecrets(imported.request);
  return std::move(imported.request);
}

}  // namespace hydrant
