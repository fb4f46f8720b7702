#include "engine/stream/processors.h"

#include <absl/strings/numbers.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace hydrant {
namespace {

using Json = nlohmann::json;

struct ParameterRow {
  std::string_view processor;
  std::string_view parameter;
  bool required;
  // Allowed values, or bounds of a number; neither: any text.
  std::vector<std::string_view> values;
  double min = 0;
  double max = 0;
};

const std::vector<ParameterRow>& Parameters() {
  static const std::vector<ParameterRow> rows = {
      {"RecordDeAggregation", "SubRecordType", true, {"JSON", "DELIMITED"}},
      {"RecordDeAggregation", "Delimiter", false, {}},
      {"Decompression", "CompressionFormat", true, {"GZIP"}},
      {"CloudWatchLogProcessing", "DataMessageExtraction", true, {"true", "false"}},
      {"Lambda", "LambdaArn", true, {}},
      {"Lambda", "NumberOfRetries", false, {}, 0, 300},
      {"Lambda", "RoleArn", false, {}},
      {"Lambda", "BufferSizeInMBs", false, {}, 0.2, 3},
      {"Lambda", "BufferIntervalInSeconds", false, {}, 0, 900},
      {"MetadataExtraction", "MetadataExtractionQuery", true, {}},
      {"MetadataExtraction", "JsonParsingEngine", true, {"JQ-1.6"}},
      {"AppendDelimiterToRecord", "Delimiter", false, {}},
  };
  return rows;
}

std::string CheckValue(const ParameterRow& row, const std::string& value) {
  if (!row.values.empty() &&
      std::find(row.values.begin(), row.values.end(), value) == row.values.end()) {
    std::string rule = "must be ";
    for (std::string_view allowed : row.values) {
      rule.append(allowed.data() == row.values[0].data() ? "" : " or ").append(allowed);
    }
    return rule;
  }
  double number = 0;
  if (row.max > 0 &&
      (!absl::SimpleAtod(value, &number) || !(number >= row.min && number <= row.max))) {
    return "must be a number from " + Json(row.min).dump() + " to " + Json(row.max).dump();
  }
  return "";
}

class ProcessorParser {
 public:
  explicit ProcessorParser(std::vector<std::string>& problems) : problems_(problems) {}

  ProcessorSettings Parse(const Json& processor) {
    settings_.type = processor.value("Type", "");
    if (const auto list = processor.find("Parameters"); list != processor.end()) {
      for (const Json& parameter : *list) AddParameter(parameter);
    }
    for (const ParameterRow& row : Parameters()) {
      if (row.processor == settings_.type && row.required && !settings_.Parameter(row.parameter)) {
        Problem(row.parameter, "is required");
      }
    }
    if (settings_.Parameter("SubRecordType") == "DELIMITED" && !settings_.Parameter("Delimiter")) {
      Problem("Delimiter", "is required when SubRecordType is DELIMITED");
    }
    return std::move(settings_);
  }

 private:
  void Problem(std::string_view parameter, std::string_view rule) {
    std::string text = "Processor " + settings_.type + ": parameter ";
    problems_.push_back(text.append(parameter).append(" ").append(rule));
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
    if (const std::string rule = CheckValue(*row, value); !rule.empty()) Problem(name, rule);
    settings_.parameters.emplace_back(name, value);
  }

  std::vector<std::string>& problems_;
  ProcessorSettings settings_;
};

}  // namespace

std::vector<ProcessorSettings> ParseProcessors(
    const nlohmann::json& configuration,
    const std::function<bool(std::string_view processor_type)>& has_processor,
    std::vector<std::string>& problems) {
  std::vector<ProcessorSettings> processors;
  if (!configuration.value("Enabled", false)) return processors;
  const auto list = configuration.find("Processors");
  if (list == configuration.end() || !list->is_array()) return processors;
  for (const Json& processor : *list) {
    if (!processor.is_object()) continue;
    processors.push_back(ProcessorParser(problems).Parse(processor));
    const std::string& type = processors.back().type;
    if (!has_processor || !has_processor(type)) {
      problems.push_back("Processor type " + type + " is not supported by this build of hydrant");
    }
  }
  return processors;
}

}  // namespace hydrant
