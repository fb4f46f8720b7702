#include "engine/stream/processors.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kList = "ProcessingConfiguration.Processors";
constexpr size_t kProcessorsMax = 5;

// What is said of a missing or wrong value; Firehose's words where they are known.
constexpr std::string_view kSubRecordType = "SubRecordType has to be one of JSON, DELIMITED";
constexpr std::string_view kFormat =
    "CompressionFormat of the Decompression processor has to be GZIP";
constexpr std::string_view kExtraction =
    "Invalid parameter value for DataMessageExtraction. Allowed values are True and False.";
constexpr std::string_view kFunction = "LambdaArn is required when Lambda processor is used.";
constexpr std::string_view kRetries = "Number of retries for lambda must be between 0 and 300.";
constexpr std::string_view kSize =
    "BufferSizeInMBs for lambda processor must be between 0.2 and 3.";
constexpr std::string_view kInterval =
    "BufferIntervalInSeconds for lambda processor must be between 0 and 900.";
constexpr std::string_view kQuery =
    "MetadataExtractionQuery is required when MetadataExtraction processor is used.";
constexpr std::string_view kEngine =
    "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6";

struct ParameterRow {
  std::string_view processor;
  std::string_view parameter;
  bool required;
  std::string_view rule;  // empty: any value does, and none
  // Allowed values, or bounds of a number; neither: any text.
  std::vector<std::string_view> values;
  double min = 0;
  double max = 0;
};

const std::vector<ParameterRow>& Parameters() {
  static const std::vector<ParameterRow> rows = {
      {"RecordDeAggregation", "SubRecordType", true, kSubRecordType, {"JSON", "DELIMITED"}},
      {"RecordDeAggregation", "Delimiter", false, "", {}},
      {"Decompression", "CompressionFormat", true, kFormat, {"GZIP"}},
      {"CloudWatchLogProcessing", "DataMessageExtraction", true, kExtraction, {"true", "false"}},
      {"Lambda", "LambdaArn", true, kFunction, {}},
      {"Lambda", "NumberOfRetries", false, kRetries, {}, 0, 300},
      {"Lambda", "RoleArn", false, "", {}},
      {"Lambda", "BufferSizeInMBs", false, kSize, {}, 0.2, 3},
      {"Lambda", "BufferIntervalInSeconds", false, kInterval, {}, 0, 900},
      {"MetadataExtraction", "MetadataExtractionQuery", true, kQuery, {}},
      {"MetadataExtraction", "JsonParsingEngine", true, kEngine, {"JQ-1.6"}},
      {"AppendDelimiterToRecord", "Delimiter", false, "", {}},
  };
  return rows;
}

bool IsAllowed(const ParameterRow& row, const std::string& value) {
  const auto is_value = [&](std::string_view allowed) {
    return absl::EqualsIgnoreCase(ToAbsl(allowed), value);
  };
  if (!row.values.empty()) return std::any_of(row.values.begin(), row.values.end(), is_value);
  double number = 0;
  return row.max == 0 ||
         (absl::SimpleAtod(value, &number) && number >= row.min && number <= row.max);
}

class ProcessorParser {
 public:
  explicit ProcessorParser(const ProblemsBelow& problems) : problems_(problems) {}

  ProcessorSettings Parse(const Json& processor) {
    settings_.type = processor.value("Type", "");
    if (const auto list = processor.find("Parameters"); list != processor.end()) {
      for (const Json& parameter : *list) AddParameter(parameter);
    }
    for (const ParameterRow& row : Parameters()) {
      if (row.processor == settings_.type && row.required && !settings_.Parameter(row.parameter)) {
        problems_.Add(kProcessing, std::string(row.rule));
      }
    }
    if (settings_.Parameter("SubRecordType") == "DELIMITED" && !settings_.Parameter("Delimiter")) {
      problems_.Add(kProcessing, "Delimiter should be present for DELIMITED");
    }
    if (settings_.Parameter("BufferSizeInMBs").has_value() !=
        settings_.Parameter("BufferIntervalInSeconds").has_value()) {
      problems_.Add(kProcessing,
                    "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure "
                    "buffering for lambda processor.");
    }
    return std::move(settings_);
  }

 private:
  void Problem(std::string_view parameter, std::string_view rule) {
    std::string text = "Processor " + settings_.type + ": parameter ";
    problems_.Add(kProcessing, text.append(parameter).append(" ").append(rule));
  }

  void AddParameter(const Json& parameter) {
    if (!parameter.is_object()) return;
    const std::string name = parameter.value("ParameterName", "");
    const std::string value = parameter.value("ParameterValue", "");
    const auto row =
        std::find_if(Parameters().begin(), Parameters().end(), [&](const ParameterRow& candidate) {
          return candidate.processor == settings_.type && candidate.parameter == name;
        });
    if (row == Parameters().end()) return Problem(name, "is not allowed");
    if (settings_.Parameter(name).has_value()) return Problem(name, "is given twice");
    if (!IsAllowed(*row, value)) problems_.Add(kProcessing, std::string(row->rule));
    settings_.parameters.emplace_back(name, value);
  }

  const ProblemsBelow& problems_;
  ProcessorSettings settings_;
};

void CheckTogether(const std::vector<ProcessorSettings>& processors,
                   const ProblemsBelow& problems) {
  const auto count = [&](std::string_view type) {
    return std::count_if(
        processors.begin(), processors.end(),
        [&](const ProcessorSettings& processor) { return processor.type == type; });
  };
  if (processors.empty() || processors.size() > kProcessorsMax) {
    problems.Add(kList,
                 "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing "
                 "is enabled.");
  }
  if (count("Lambda") > 1) problems.Add(kList, "Cannot have more than 1 Lambda processor.");
  if (count("CloudWatchLogProcessing") > 0 && count("Decompression") == 0) {
    problems.Add(
        kList, "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor");
  }
}

}  // namespace

std::vector<ProcessorSettings> ParseProcessors(
    const nlohmann::json& configuration,
    const std::function<bool(std::string_view processor_type)>& has_processor,
    const ProblemsBelow& problems) {
  std::vector<ProcessorSettings> processors;
  if (!configuration.value("Enabled", false)) return processors;
  for (const Json& processor : configuration.value("Processors", Json::array())) {
    if (!processor.is_object()) continue;
    processors.push_back(ProcessorParser(problems).Parse(processor));
    const std::string& type = processors.back().type;
    if (!has_processor || !has_processor(type)) {
      problems.AddMissing(kProcessing, "Processor type " + type, "transform");
    }
  }
  CheckTogether(processors, problems);
  return processors;
}

}  // namespace hydrant
