#include "engine/config/stream_json.h"

#include "engine/stream/model.h"

#include <absl/strings/ascii.h>
#include <nlohmann/json.hpp>

#include <set>

namespace hydrant {
namespace {

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && absl::ascii_isdigit(text[at])) ++at;
  return at;
}

// A number as JSON's grammar has it: no leading zeros, no plus sign, digits on both sides of the
// point.
bool IsJsonNumber(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  size_t end = SkipDigits(text, at);
  if (end == at || (text[at] == '0' && end > at + 1)) return false;
  if (end < text.size() && text[end] == '.') {
    at = end + 1;
    end = SkipDigits(text, at);
    if (end == at) return false;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    at = end + 1;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    end = SkipDigits(text, at);
    if (end == at) return false;
  }
  return end == text.size();
}

class JsonWriter {
 public:
  JsonWriter(const ValueSources& sources, std::vector<ConfigError>& errors)
      : sources_(sources), errors_(errors) {}

  // `shape`: what the value should be; null where the model does not know it.
  void Write(const YamlNode& node, const std::string& path, const ModelShape* shape) {
    if (node.kind == YamlNode::Kind::kNull) {
      Fail(node.place, path, "", "has no value", "write one, or leave the line out");
    } else if (node.kind == YamlNode::Kind::kScalar || IsFileReference(node)) {
      WriteScalar(node, path, shape);
    } else if (node.kind == YamlNode::Kind::kList) {
      WriteList(node, path, shape);
    } else {
      WriteMap(node, path, shape);
    }
  }

  RequestJson Take() { return std::move(result_); }

 private:
  void Fail(YamlPlace place, std::string path, std::string value, std::string rule,
            std::string mend) {
    errors_.push_back({"", place.line, place.column, std::move(path), std::move(value),
                       std::move(rule), std::move(mend)});
  }

  void WriteText(const std::string& text) { result_.text += nlohmann::json(text).dump(); }

  void WriteScalar(const YamlNode& node, const std::string& path, const ModelShape* shape) {
    StatusOr<ResolvedText> resolved = ResolveNode(node, sources_);
    if (!resolved.ok()) {
      Fail(node.place, path, "", std::string(Message(resolved.status())), "");
      return;
    }
    if (resolved->substituted && !resolved->text.empty()) {
      result_.substituted.emplace_back(resolved->text, node.text.empty() ? "(file)" : node.text);
    }
    const std::string& text = resolved->text;
    const bool text_wanted = shape != nullptr && shape->kind == ModelKind::kString;
    const bool plain = node.kind == YamlNode::Kind::kScalar && !node.quoted && !text_wanted;
    if (plain && (text == "true" || text == "false" || IsJsonNumber(text))) {
      result_.text += text;
    } else {
      WriteText(text);
    }
  }

  void WriteList(const YamlNode& node, const std::string& path, const ModelShape* shape) {
    const bool typed = shape != nullptr && shape->kind == ModelKind::kList;
    const ModelShape* element = typed ? &ModelShapeAt(shape->element) : nullptr;
    result_.text += '[';
    for (size_t i = 0; i < node.items.size(); ++i) {
      if (i > 0) result_.text += ',';
      Write(node.items[i], path + "[" + std::to_string(i) + "]", element);
    }
    result_.text += ']';
  }

  void WriteMap(const YamlNode& node, const std::string& path, const ModelShape* shape) {
    std::set<std::string_view> seen;
    result_.text += '{';
    for (const YamlEntry& entry : node.entries) {
      const std::string entry_path = path + "." + entry.key;
      if (!seen.insert(entry.key).second) {
        Fail(entry.place, entry_path, "", "is given twice", "keep one of the two");
        continue;
      }
      if (seen.size() > 1) result_.text += ',';
      WriteText(entry.key);
      result_.text += ':';
      Write(entry.value, entry_path, MemberShape(shape, entry.key));
    }
    result_.text += '}';
  }

  static const ModelShape* MemberShape(const ModelShape* shape, std::string_view key) {
    // Below our own key there are further destinations, which are like the stream's.
    if (shape == nullptr && key.ends_with("DestinationConfiguration")) {
      shape = FindModelShape("CreateDeliveryStreamInput");
    }
    if (shape == nullptr) return nullptr;
    if (shape->kind == ModelKind::kMap) return &ModelShapeAt(shape->element);
    const ModelMember* member =
        shape->kind == ModelKind::kStructure ? shape->FindMember(key) : nullptr;
    return member == nullptr ? nullptr : &ModelShapeAt(member->shape);
  }

  const ValueSources& sources_;
  std::vector<ConfigError>& errors_;
  RequestJson result_;
};

}  // namespace

RequestJson ToRequestJson(const YamlNode& node, const std::string& path,
                          const ValueSources& sources, std::vector<ConfigError>& errors) {
  JsonWriter writer(sources, errors);
  writer.Write(node, path, FindModelShape("CreateDeliveryStreamInput"));
  return writer.Take();
}

}  // namespace hydrant
