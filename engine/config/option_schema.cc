#include "engine/config/option_docs.h"
#include "engine/config/options.h"

#include <nlohmann/json.hpp>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

// {file: PATH}, which may stand for any single value.
Json FileReference() {
  return {{"type", "object"},
          {"properties", {{"file", {{"type", "string"}}}}},
          {"required", {"file"}},
          {"additionalProperties", false}};
}

Json OneOf(std::initializer_list<Json> alternatives) {
  Json list = Json::array();
  for (const Json& alternative : alternatives) list.push_back(alternative);
  list.push_back(FileReference());
  return {{"anyOf", list}};
}

// Text is right for every type, since "${NAME}" may stand for any value.
Json SchemaOf(const OptionRow& row) {
  const Json text = {{"type", "string"}};
  switch (row.type) {
    case OptionType::kInteger: {
      const Json number = {{"type", "integer"}, {"minimum", row.min}, {"maximum", row.max}};
      return OneOf({number, text});
    }
    case OptionType::kSize:
    case OptionType::kDuration:
      return OneOf({Json{{"type", "number"}, {"minimum", 0}}, text});
    case OptionType::kBoolean:
      return OneOf({Json{{"type", "boolean"}}, text});
    case OptionType::kChoice: {
      Json names = Json::array();
      for (const std::string_view choice : row.choices) names.push_back(choice);
      return OneOf({Json{{"enum", names}},
                    Json{{"type", "string"}, {"pattern", "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}"}}});
    }
    case OptionType::kText:
      // A number is text to us, and YAML's readers differ about what they call 000000000000.
      return OneOf({text, Json{{"type", "number"}}});
    case OptionType::kAccessKeys: {
      Json members = Json::object();
      Json required = Json::array();
      for (const AccessKeyMember& member : AccessKeyMembers()) {
        Json schema = member.is_policy ? OneOf({text, Json{{"type", "object"}}}) : OneOf({text});
        schema["description"] = member.help;
        members[std::string(member.name)] = schema;
        if (member.required) required.push_back(member.name);
      }
      const Json entry = {{"type", "object"},
                          {"properties", members},
                          {"required", required},
                          {"additionalProperties", false}};
      return {{"type", "array"}, {"items", entry}};
    }
    case OptionType::kStreams: {
      const Json entry = {{"type", "object"}, {"required", {"DeliveryStreamName"}}};
      return {{"type", "array"}, {"items", entry}};
    }
  }
  return {};
}

Json EmptyGroup() {
  return {{"type", {"object", "null"}},
          {"properties", Json::object()},
          {"additionalProperties", false}};
}

}  // namespace

std::string RenderOptionsSchema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "hydrant.yaml"}};
  schema.update(EmptyGroup());
  const NodeConfig defaults;
  for (const OptionRow& row : OptionRows()) {
    Json option = SchemaOf(row);
    option["description"] = row.help;
    const std::string value = RenderOption(row, defaults);
    if (!value.empty()) option["default"] = value;
    const size_t dot = row.name.find('.');
    if (dot == std::string_view::npos) {
      schema["properties"][std::string(row.name)] = option;
      continue;
    }
    Json& group = schema["properties"][std::string(row.name.substr(0, dot))];
    if (group.is_null()) group = EmptyGroup();
    group["properties"][std::string(row.name.substr(dot + 1))] = option;
  }
  return schema.dump(2) + "\n";
}

}  // namespace hydrant
