#include "engine/exchange/terraform.h"

#include "engine/exchange/export_names.h"
#include "engine/stream/destination_family.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string_view>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

enum class Form {
  kRenamed,
  kInline,  // its members are the holder's
  kMap,     // keys are the user's
  kImplied,
  kLacking,
};
struct Row {
  std::string_view holder;  // empty: any
  std::string_view member;
  Form form;
  std::string_view name = "";
};
// Everything else is the API's name in snake case.
constexpr Row kRows[] = {
    {"", "DeliveryStreamName", Form::kRenamed, "name"},
    {"", "DeliveryStreamType", Form::kImplied},  // by the source
    {"", "Hydrant", Form::kLacking},
    {"", "DirectPutSourceConfiguration", Form::kLacking},
    {"", "DatabaseSourceConfiguration", Form::kLacking},
    {"", "KinesisStreamSourceConfiguration", Form::kRenamed, "kinesis_source_configuration"},
    {"", "S3DestinationConfiguration", Form::kRenamed, "extended_s3_configuration"},
    {"", "ExtendedS3DestinationConfiguration", Form::kRenamed, "extended_s3_configuration"},
    {"", "RedshiftDestinationConfiguration", Form::kRenamed, "redshift_configuration"},
    {"", "ElasticsearchDestinationConfiguration", Form::kRenamed, "elasticsearch_configuration"},
    {"", "AmazonopensearchserviceDestinationConfiguration", Form::kRenamed,
     "opensearch_configuration"},
    {"", "AmazonOpenSearchServerlessDestinationConfiguration", Form::kRenamed,
     "opensearchserverless_configuration"},
    {"", "SplunkDestinationConfiguration", Form::kRenamed, "splunk_configuration"},
    {"", "HttpEndpointDestinationConfiguration", Form::kRenamed, "http_endpoint_configuration"},
    {"", "SnowflakeDestinationConfiguration", Form::kRenamed, "snowflake_configuration"},
    {"", "IcebergDestinationConfiguration", Form::kRenamed, "iceberg_configuration"},

    {"", "BufferingHints", Form::kInline},
    {"", "SizeInMBs", Form::kRenamed, "buffering_size"},
    {"", "IntervalInSeconds", Form::kRenamed, "buffering_interval"},
    {"", "RetryOptions", Form::kInline},
    {"", "DurationInSeconds", Form::kRenamed, "retry_duration"},
    {"", "EncryptionConfiguration", Form::kInline},
    {"", "NoEncryptionConfig", Form::kImplied},
    {"", "KMSEncryptionConfig", Form::kInline},
    {"", "AWSKMSKeyARN", Form::kRenamed, "kms_key_arn"},
    {"", "CloudWatchLoggingOptions", Form::kRenamed, "cloudwatch_logging_options"},
    {"", "VpcConfiguration", Form::kRenamed, "vpc_config"},
    {"", "ColumnToJsonKeyMappings", Form::kMap, "column_to_json_key_mappings"},

    {"", "CopyCommand", Form::kInline},
    {"ElasticsearchDestinationConfiguration", "DocumentIdOptions", Form::kLacking},
    {"", "HECAcknowledgmentTimeoutInSeconds", Form::kRenamed, "hec_acknowledgment_timeout"},
    {"", "EndpointConfiguration", Form::kInline},
    {"", "AttributeName", Form::kRenamed, "name"},
    {"", "AttributeValue", Form::kRenamed, "value"},
    {"", "MetaDataColumnName", Form::kRenamed, "metadata_column_name"},
    {"", "CatalogConfiguration", Form::kInline},
    {"CatalogConfiguration", "WarehouseLocation", Form::kLacking},
    {"", "DestinationTableConfigurationList", Form::kRenamed, "destination_table_configuration"},
    {"", "DestinationTableName", Form::kRenamed, "table_name"},
    {"", "DestinationDatabaseName", Form::kRenamed, "database_name"},
    {"DestinationTableConfigurationList", "PartitionSpec", Form::kLacking},
    {"IcebergDestinationConfiguration", "AppendOnly", Form::kLacking},
    {"IcebergDestinationConfiguration", "SchemaEvolutionConfiguration", Form::kLacking},
    {"IcebergDestinationConfiguration", "TableCreationConfiguration", Form::kLacking},
};

const Row* FindRow(std::string_view holder, std::string_view member) {
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& candidate) {
    return candidate.member == member && (candidate.holder.empty() || candidate.holder == holder);
  });
  return row == std::end(kRows) ? nullptr : &*row;
}

// "RoleARN" is role_arn, "S3BackupMode" s3_backup_mode, "OpenXJsonSerDe" open_x_json_ser_de.
std::string SnakeCase(std::string_view name) {
  const auto is_upper = [&](size_t at) {
    return at < name.size() && absl::ascii_isupper(static_cast<unsigned char>(name[at]));
  };
  std::string snake;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool before_lower = i + 1 < name.size() && !is_upper(i + 1);
    if (i > 0 && is_upper(i) && (!is_upper(i - 1) || before_lower)) snake += '_';
    snake += absl::ascii_tolower(static_cast<unsigned char>(name[i]));
  }
  return snake;
}

// What is switched off or empty needs no place.
bool SaysNothing(const Json& value) {
  if (value.is_structured()) return std::all_of(value.begin(), value.end(), SaysNothing);
  return value == false || value == Json("");
}

class Writer {
 public:
  Writer(std::string stream, std::vector<std::string>& remarks)
      : stream_(std::move(stream)), remarks_(remarks) {}

  // The members of `value` as arguments of the block `out`.
  void Write(const Json& value, std::string_view holder, const std::string& path, Json& out) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [member, element] : value.items()) {
      const std::string member_path = absl::StrCat(prefix, member);
      const Row* row = FindRow(holder, member);
      const Form form = row == nullptr ? Form::kRenamed : row->form;
      if (form == Form::kImplied) continue;
      if (form == Form::kLacking) {
        if (!SaysNothing(element)) Lack(member_path);
      } else if (form == Form::kInline && element.is_object()) {
        Write(element, member, member_path, out);
      } else {
        const bool named = row != nullptr && !row->name.empty();
        const std::string name = named ? std::string(row->name) : SnakeCase(member);
        out[name] = form == Form::kMap ? element : Argument(element, member, member_path);
      }
    }
  }

 private:
  void Lack(const std::string& path) {
    remarks_.push_back(stream_ + ": " + path + " has no place in " +
                       "aws_kinesis_firehose_delivery_stream");
  }

  Json Argument(const Json& value, std::string_view member, const std::string& path) {
    if (value.is_object()) {
      Json block = Json::object();
      Write(value, member, path, block);
      return block;
    }
    if (!value.is_array()) return value;
    Json list = Json::array();
    for (size_t i = 0; i < value.size(); ++i) {
      list.push_back(Argument(value[i], member, path + "[" + std::to_string(i) + "]"));
    }
    return list;
  }

  const std::string stream_;
  std::vector<std::string>& remarks_;
};

// What has another form than in the API, taken out of the request.
void WriteSpecial(Json& request, Json& resource) {
  if (const auto tags = request.find("Tags"); tags != request.end()) {
    for (const Json& tag : *tags) resource["tags"][tag.value("Key", "")] = tag.value("Value", "");
    request.erase("Tags");
  }
  constexpr char kEncryption[] = "DeliveryStreamEncryptionConfigurationInput";
  if (const auto input = request.find(kEncryption); input != request.end()) {
    Json& encryption = resource["server_side_encryption"] = {{"enabled", true}};
    for (const auto& [member, value] : input->items()) encryption[SnakeCase(member)] = value;
    request.erase(kEncryption);
  }
}

Json Resource(Json request, std::vector<std::string>& remarks) {
  const std::string stream = StreamName(request);
  Json resource = {{"name", stream}};
  const Row* destination = FindRow("", DestinationMember(nlohmann::json(request)));
  if (destination != nullptr) {
    std::string_view type = destination->name;
    type.remove_suffix(std::string_view("_configuration").size());
    resource["destination"] = type;
  }
  WriteTimesAsText(request);
  WriteSpecial(request, resource);
  Writer(stream, remarks).Write(request, "", "", resource);
  return resource;
}

}  // namespace

Exported TerraformDocument(StreamRequests requests) {
  Exported exported;
  for (Json& request : requests) {
    RemoveSecrets(request);
    ReplaceInTexts(request, "${", "$${");
    ReplaceInTexts(request, "%{", "%%{");
  }
  Json variables = Json::object();
  for (const NamedSecret& named : NameSecrets(requests, NameStyle::kSnake)) {
    const SecretToFill& secret = named.secret;
    if (secret.path.starts_with("Hydrant.")) continue;  // it has no place at all
    requests[named.request][named.place.at] = "${var." + secret.name + "}";
    variables[secret.name] = {{"type", "string"},
                              {"sensitive", true},
                              {"description", secret.path + " of the stream " + secret.stream}};
    exported.secrets.push_back(secret);
  }
  Json resources = Json::object();
  UniqueNames names(NameStyle::kSnake);
  for (const Json& request : requests) {
    const std::string name = names.Take(JoinedName(StreamName(request), {}, NameStyle::kSnake));
    resources[name] = Resource(request, exported.remarks);
  }
  Json document = Json::object();
  if (!variables.empty()) document["variable"] = std::move(variables);
  if (!resources.empty()) {
    document["resource"]["aws_kinesis_firehose_delivery_stream"] = std::move(resources);
  }
  exported.text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return exported;
}

}  // namespace hydrant
