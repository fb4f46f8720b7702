#include "engine/stream/destination_rules.h"

#include <absl/strings/str_split.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <span>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using enum DestinationFamily;

constexpr std::string_view kConversion = "DataFormatConversionConfiguration";

struct Rule {
  std::string_view member;  // to mend: "S3Configuration.Prefix"
  std::string_view text;
  bool (*broken)(const Json& destination);
  bool strict_only = false;  // asked only because Firehose is a managed service
};

// "A.B" below `object`, or null. What is empty is as good as not there.
const Json* At(const Json& object, std::string_view path) {
  const Json* value = &object;
  for (const absl::string_view step : absl::StrSplit(ToAbsl(path), '.')) {
    const auto found = value->find(std::string(step));
    if (found == value->end()) return nullptr;
    value = &*found;
  }
  return *value == Json("") ? nullptr : value;
}

bool Has(const Json& object, std::string_view path) { return At(object, path) != nullptr; }

std::string Text(const Json& object, std::string_view path, std::string_view unset = "") {
  const Json* value = At(object, path);
  return value == nullptr ? std::string(unset) : value->get<std::string>();
}

bool IsOn(const Json& object, std::string_view group) {
  const Json* value = At(object, group);
  return value != nullptr && value->value("Enabled", false);
}

bool UsesSecret(const Json& destination) {
  return IsOn(destination, "SecretsManagerConfiguration");
}

bool IsOneOf(std::string_view value, std::initializer_list<std::string_view> values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

size_t Size(const Json& object, std::string_view path) {
  const Json* value = At(object, path);
  return value == nullptr ? 0 : value->size();
}

// Of an URL that may lead anywhere where validation is relaxed: what is none of a server's leads nowhere.
bool IsWebUrl(const Json& object, std::string_view path) {
  const std::string url = Text(object, path, "https:");
  return url.starts_with("https:") || url.starts_with("http:");
}

bool HasHalfOfTheHints(const Json& d) {
  return Has(d, "BufferingHints.SizeInMBs") != Has(d, "BufferingHints.IntervalInSeconds");
}
constexpr Rule kHintsComeTogether = {
    "BufferingHints",
    "BufferingHints: SizeInMBs and IntervalInSeconds must be given together or not at all",
    HasHalfOfTheHints};

constexpr Rule kLoggingRules[] = {
    {"CloudWatchLoggingOptions.LogGroupName",
     "CloudWatch Log Group Name is required if CloudWatch Logging is enabled",
     [](const Json& d) {
       return IsOn(d, "CloudWatchLoggingOptions") &&
              !Has(d, "CloudWatchLoggingOptions.LogGroupName");
     }},
    {"CloudWatchLoggingOptions.LogStreamName",
     "CloudWatch Log Stream Name is required if CloudWatch Logging is enabled",
     [](const Json& d) {
       return IsOn(d, "CloudWatchLoggingOptions") &&
              !Has(d, "CloudWatchLoggingOptions.LogStreamName");
     }},
};

constexpr Rule kRulesOfAll[] = {
    {"SecretsManagerConfiguration.SecretARN",
     "SecretARN is required when SecretsManagerConfiguration is enabled",
     [](const Json& d) {
       return UsesSecret(d) && !Has(d, "SecretsManagerConfiguration.SecretARN");
     }},
};

// Of a destination that converts; what partitioning asks for is about the prefix and the processors, too.
constexpr Rule kConvertingRules[] = {
    {"CompressionFormat",
     "The S3 destination's compression format must be set to UNCOMPRESSED when data format "
     "conversion is enabled. To enable compression within the converted output format, set the "
     "appropriate serialization option in the output format configuration.",
     [](const Json& d) { return Text(d, "CompressionFormat", "UNCOMPRESSED") != "UNCOMPRESSED"; }},
    {"BufferingHints.SizeInMBs",
     "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
     [](const Json& d) {
       const Json* size = At(d, "BufferingHints.SizeInMBs");
       return size != nullptr && *size < 64;
     }},
};

bool LacksInSchema(const Json& conversion, std::string_view member) {
  const Json* schema = At(conversion, "SchemaConfiguration");
  return schema != nullptr && !Has(*schema, member);
}

// Of DataFormatConversionConfiguration itself.
constexpr Rule kConversionRules[] = {
    {"InputFormatConfiguration", "InputFormatConfiguration must not be null",
     [](const Json& c) { return !Has(c, "InputFormatConfiguration"); }},
    {"OutputFormatConfiguration", "OutputFormatConfiguration must not be null",
     [](const Json& c) { return !Has(c, "OutputFormatConfiguration"); }},
    {"SchemaConfiguration", "SchemaConfiguration must not be null",
     [](const Json& c) { return !Has(c, "SchemaConfiguration"); }},
    {"InputFormatConfiguration.Deserializer", "Deserializer must not be null",
     [](const Json& c) {
       return Has(c, "InputFormatConfiguration") &&
              Size(c, "InputFormatConfiguration.Deserializer") == 0;
     }},
    {"InputFormatConfiguration.Deserializer",
     "More than one deserializer specified. Only one may be chosen.",
     [](const Json& c) { return Size(c, "InputFormatConfiguration.Deserializer") > 1; }},
    {"OutputFormatConfiguration.Serializer", "Serializer must not be null",
     [](const Json& c) {
       return Has(c, "OutputFormatConfiguration") &&
              Size(c, "OutputFormatConfiguration.Serializer") == 0;
     }},
    {"OutputFormatConfiguration.Serializer",
     "More than one serializer specified. Only one may be chosen.",
     [](const Json& c) { return Size(c, "OutputFormatConfiguration.Serializer") > 1; }},
    {"SchemaConfiguration.RoleARN", "SchemaConfiguration.RoleArn must not be null or empty",
     [](const Json& c) { return LacksInSchema(c, "RoleARN"); }},
    {"SchemaConfiguration.DatabaseName",
     "SchemaConfiguration.DatabaseName must not be null or empty",
     [](const Json& c) { return LacksInSchema(c, "DatabaseName"); }},
    {"SchemaConfiguration.TableName", "SchemaConfiguration.TableName must not be null or empty",
     [](const Json& c) { return LacksInSchema(c, "TableName"); }},
};

constexpr std::string_view kNoExpressions =
    "Prefix Expressions or ErrorOutputPrefix is currently not supported for this destination";

constexpr Rule kRedshiftRules[] = {
    {"ClusterJDBCURL", "ClusterJDBCURL must begin with jdbc:redshift:// or jdbc:postgresql://",
     [](const Json& d) {
       const std::string url = Text(d, "ClusterJDBCURL");
       return !url.starts_with("jdbc:redshift://") && !url.starts_with("jdbc:postgresql://");
     }},
    {"Username", "Redshift Database Username is required for Redshift Destination",
     [](const Json& d) { return !UsesSecret(d) && !Has(d, "Username"); }},
    {"Password", "Redshift Database Password is required for Redshift Destination",
     [](const Json& d) { return !UsesSecret(d) && !Has(d, "Password"); }},
    {"S3Configuration.CompressionFormat",
     "Only the following compression formats are allowed when using Redshift: [UNCOMPRESSED, GZIP]",
     [](const Json& d) {
       return !IsOneOf(Text(d, "S3Configuration.CompressionFormat", "UNCOMPRESSED"),
                       {"UNCOMPRESSED", "GZIP"});
     }},
    {"S3Configuration.Prefix", kNoExpressions,
     [](const Json& d) {
       return Text(d, "S3Configuration.Prefix").find("!{") != std::string::npos;
     }},
    {"S3Configuration.ErrorOutputPrefix", kNoExpressions,
     [](const Json& d) { return Has(d, "S3Configuration.ErrorOutputPrefix"); }},
};

constexpr Rule kSearchRules[] = {
    {"ClusterEndpoint", "ClusterEndpoint must begin with https:// or http://",
     [](const Json& d) { return !IsWebUrl(d, "ClusterEndpoint"); }},
    {"DomainARN", "Provide either the Elasticsearch cluster endpoint or domain arn.",
     [](const Json& d) { return !Has(d, "DomainARN") && !Has(d, "ClusterEndpoint"); }},
    {"DomainARN",
     "Cannot provide both Elasticsearch cluster endpoint and domain ARN. Provide either the "
     "cluster endpoint or domain arn.",
     [](const Json& d) { return Has(d, "DomainARN") && Has(d, "ClusterEndpoint"); }},
};

constexpr Rule kServerlessRules[] = {
    {"CollectionEndpoint", "CollectionEndpoint must begin with https:// or http://",
     [](const Json& d) { return !IsWebUrl(d, "CollectionEndpoint"); }},
    {"CollectionEndpoint", "CollectionEndpoint is required for OpenSearch Serverless",
     [](const Json& d) { return !Has(d, "CollectionEndpoint"); }},
};

constexpr Rule kSplunkRules[] = {
    {"HECToken", "HECToken is required unless SecretsManagerConfiguration is enabled",
     [](const Json& d) { return !UsesSecret(d) && !Has(d, "HECToken"); }},
    {"SecretsManagerConfiguration.RoleARN",
     "SecretsManagerConfiguration.RoleARN is required for Splunk",
     [](const Json& d) { return UsesSecret(d) && !Has(d, "SecretsManagerConfiguration.RoleARN"); }},
    {"HECEndpoint", "Invalid HECEndpoint. Supported endpoint format is https://<domain>:<port>.",
     [](const Json& d) { return !Text(d, "HECEndpoint").starts_with("https://"); },
     /*strict_only=*/true},
};

constexpr Rule kHttpRules[] = {
    kHintsComeTogether,
    {"EndpointConfiguration.Url", "EndpointConfiguration.Url must begin with https:// or http://",
     [](const Json& d) { return !IsWebUrl(d, "EndpointConfiguration.Url"); }},
    {"RequestConfiguration.CommonAttributes", "Http Endpoint Common Attributes have duplicate name",
     [](const Json& d) {
       const Json* attributes = At(d, "RequestConfiguration.CommonAttributes");
       if (attributes == nullptr) return false;
       std::set<std::string> names;
       return !std::all_of(attributes->begin(), attributes->end(), [&](const Json& attribute) {
         return names.insert(Text(attribute, "AttributeName")).second;
       });
     }},
};

bool LoadsJson(const Json& d) {
  return Text(d, "DataLoadingOption", "JSON_MAPPING") == "JSON_MAPPING";
}

constexpr Rule kSnowflakeRules[] = {
    {"User", "User must be provided.",
     [](const Json& d) { return !UsesSecret(d) && !Has(d, "User"); }},
    {"PrivateKey", "PrivateKey must be provided.",
     [](const Json& d) { return !UsesSecret(d) && !Has(d, "PrivateKey"); }},
    {"SnowflakeRoleConfiguration.SnowflakeRole",
     "Must provide SnowflakeRole when SnowflakeRoleConfiguration is enabled.",
     [](const Json& d) {
       return IsOn(d, "SnowflakeRoleConfiguration") &&
              !Has(d, "SnowflakeRoleConfiguration.SnowflakeRole");
     }},
    {"ContentColumnName",
     "Can't configure ContentColumnName when Data Loading Option is not VARIANT_CONTENT_MAPPING or "
     "VARIANT_CONTENT_AND_METADATA_MAPPING",
     [](const Json& d) { return LoadsJson(d) && Has(d, "ContentColumnName"); }},
    {"MetaDataColumnName",
     "Can't configure MetaDataColumnName when Data Loading Option is not VARIANT_CONTENT_MAPPING "
     "or VARIANT_CONTENT_AND_METADATA_MAPPING",
     [](const Json& d) { return LoadsJson(d) && Has(d, "MetaDataColumnName"); }},
    {"ContentColumnName",
     "Must provide ContentColumnName when Data Loading Option is VARIANT_CONTENT_MAPPING.",
     [](const Json& d) {
       return Text(d, "DataLoadingOption") == "VARIANT_CONTENT_MAPPING" &&
              !Has(d, "ContentColumnName");
     }},
    {"DataLoadingOption",
     "Must provide ContentColumnName and MetadataColumnName when Data Loading Option is "
     "VARIANT_CONTENT_AND_METADATA_MAPPING.",
     [](const Json& d) {
       return Text(d, "DataLoadingOption") == "VARIANT_CONTENT_AND_METADATA_MAPPING" &&
              !(Has(d, "ContentColumnName") && Has(d, "MetaDataColumnName"));
     }},
};

bool HasRoutingProcessor(const Json& d) {
  const Json* processors = At(d, "ProcessingConfiguration.Processors");
  if (!IsOn(d, "ProcessingConfiguration") || processors == nullptr) return false;
  return std::any_of(processors->begin(), processors->end(), [](const Json& processor) {
    return IsOneOf(Text(processor, "Type"), {"Lambda", "MetadataExtraction"});
  });
}

constexpr Rule kIcebergRules[] = {
    kHintsComeTogether,
    {"S3BackupMode", "S3BackupMode.AllData is not supported for Iceberg as destination.",
     [](const Json& d) { return Text(d, "S3BackupMode") == "AllData"; }},
    {"DestinationTableConfigurationList",
     "A single default destination table configuration must be provided when both Lambda and "
     "MetadataExtraction processors are not provided",
     [](const Json& d) {
       return !HasRoutingProcessor(d) && !IsOn(d, "TableCreationConfiguration") &&
              Size(d, "DestinationTableConfigurationList") != 1;
     }},
    {"CatalogConfiguration.WarehouseLocation",
     "WarehouseLocation is required when schema evolution and table creation are enabled",
     [](const Json& d) {
       return IsOn(d, "SchemaEvolutionConfiguration") && IsOn(d, "TableCreationConfiguration") &&
              !Has(d, "CatalogConfiguration.WarehouseLocation");
     }},
};

std::span<const Rule> RulesOf(DestinationFamily family) {
  switch (family) {
    case kS3:
      return {};
    case kRedshift:
      return kRedshiftRules;
    case kElasticsearch:
    case kOpenSearch:
      return kSearchRules;
    case kOpenSearchServerless:
      return kServerlessRules;
    case kSplunk:
      return kSplunkRules;
    case kHttpEndpoint:
      return kHttpRules;
    case kSnowflake:
      return kSnowflakeRules;
    case kIceberg:
      return kIcebergRules;
  }
  return {};
}

void Ask(std::span<const Rule> rules, const Json& destination, Validation validation,
         const ProblemsBelow& problems) {
  for (const Rule& rule : rules) {
    if (rule.strict_only && validation != Validation::kStrict) continue;
    if (rule.broken(destination)) problems.Add(rule.member, std::string(rule.text));
  }
}

}  // namespace

void CheckDestinationRules(DestinationFamily family, const nlohmann::json& destination,
                           Validation validation, const ProblemsBelow& problems) {
  Ask(RulesOf(family), destination, validation, problems);
  Ask(kRulesOfAll, destination, validation, problems);
  if (!ConvertsFormat(destination)) return;
  Ask(kConvertingRules, destination, validation, problems);
  Ask(kConversionRules, destination[kConversion], validation, problems.Below(kConversion));
}

void CheckLoggingRules(const nlohmann::json& configuration, const ProblemsBelow& problems) {
  Ask(kLoggingRules, configuration, Validation::kRelaxed, problems);
}

bool ConvertsFormat(const nlohmann::json& destination) {
  const Json* conversion = At(destination, kConversion);
  return conversion != nullptr && conversion->value("Enabled", true);
}

}  // namespace hydrant
