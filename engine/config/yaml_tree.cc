#include "engine/config/yaml_tree.h"

#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>

namespace hydrant {
namespace {

YamlPlace PlaceOf(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

std::string_view Line(std::string_view text, int number) {
  for (int line = 1; line < number && !text.empty(); ++line) {
    text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  }
  return text.substr(0, text.find('\n'));
}

// The parser stumbles over a tab in the line itself, or only where the next one begins.
int TabIndentedLine(std::string_view text, int line) {
  for (int number = line; number > 0 && number >= line - 1; --number) {
    const std::string_view shown = Line(text, number);
    const size_t end = std::min(shown.size(), shown.find_first_not_of(" \t"));
    if (shown.substr(0, end).find('\t') != std::string_view::npos) return number;
  }
  return 0;
}

// The column of a text such as [::1]:4573, which YAML takes for a list with something behind it; 0:
// there is none in that line.
int UnquotedBracketColumn(std::string_view line) {
  const size_t colon = line.find(": ");
  const size_t begin = colon == line.npos ? colon : line.find_first_not_of(' ', colon + 1);
  if (begin == line.npos || (line[begin] != '[' && line[begin] != '{')) return 0;
  const size_t close = line.rfind(line[begin] == '[' ? ']' : '}');
  if (close == line.npos || close < begin) return 0;
  const size_t behind = line.find_first_not_of(" \r", close + 1);
  return behind == line.npos || line[behind] == '#' ? 0 : static_cast<int>(begin) + 1;
}

size_t OwnWeight(std::string_view text) { return 1 + text.size() / 16; }

size_t WeightOf(const YamlNode& node) {
  size_t weight = OwnWeight(node.text);
  for (const YamlNode& item : node.items) weight += WeightOf(item);
  for (const YamlEntry& entry : node.entries)
    weight += OwnWeight(entry.key) + WeightOf(entry.value);
  return weight;
}

size_t DepthOf(const YamlNode& node) {
  size_t depth = 0;
  for (const YamlNode& item : node.items) depth = std::max(depth, DepthOf(item));
  for (const YamlEntry& entry : node.entries) depth = std::max(depth, DepthOf(entry.value));
  return depth + 1;
}

// Thrown through yaml-cpp's parser to end it early; never leaves ParseYaml.
struct StopParsing {
  YamlError error;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) {
      throw StopParsing{{PlaceOf(mark), "a second document begins here; a configuration is one"}};
    }
    started_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Close(Open(mark, YamlNode::Kind::kNull, anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) Stop(mark, "an alias may not stand inside its own anchor");
    const Anchored& anchored = found->second;
    weight_ += anchored.weight;
    CheckBounds(mark, anchored.depth);
    Frame frame;
    frame.node = anchored.node;
    frame.node.place = PlaceOf(mark);
    Close(std::move(frame));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Frame frame = Open(mark, YamlNode::Kind::kScalar, anchor);
    frame.node.text = value;
    weight_ += OwnWeight(value);
    frame.node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    const bool null_word = value == "null" || value == "Null" || value == "NULL" || value == "~";
    if (!frame.node.quoted && (value.empty() || null_word)) frame.node.kind = YamlNode::Kind::kNull;
    Close(std::move(frame));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    stack_.push_back(Open(mark, YamlNode::Kind::kList, anchor));
  }
  void OnSequenceEnd() override { CloseTop(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    stack_.push_back(Open(mark, YamlNode::Kind::kMap, anchor));
  }
  void OnMapEnd() override { CloseTop(); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  // of a map: the next node is the value of its last entry
  };
  struct Anchored {
    YamlNode node;
    size_t weight;
    size_t depth;
  };

  [[noreturn]] static void Stop(const YAML::Mark& mark, std::string_view rule) {
    throw StopParsing{{PlaceOf(mark), std::string(rule)}};
  }

  void CheckBounds(const YAML::Mark& mark, size_t depth_below) {
    if (weight_ > kYamlWeightMax) Stop(mark, "holds too much, with its aliases filled in");
    if (stack_.size() + depth_below > kYamlDepthMax) Stop(mark, "is nested deeper than 64 levels");
  }

  Frame Open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    ++weight_;
    CheckBounds(mark, 1);
    Frame frame;
    frame.node.kind = kind;
    frame.node.place = PlaceOf(mark);
    frame.anchor = anchor;
    return frame;
  }

  void CloseTop() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    Close(std::move(frame));
  }

  // A finished node goes where it belongs: list, key or value of a map, or root.
  void Close(Frame frame) {
    if (frame.anchor != 0) {
      const size_t weight = WeightOf(frame.node);
      weight_ += weight;  // the copy kept for its aliases
      anchors_[frame.anchor] = {frame.node, weight, DepthOf(frame.node)};
    }
    if (stack_.empty()) {
      root_ = std::move(frame.node);
      return;
    }
    Frame& parent = stack_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(frame.node));
    } else if (parent.has_key) {
      YamlEntry& entry = parent.node.entries.back();
      entry.value = std::move(frame.node);
      // The parser sees a missing value where the next line begins; its writer sees it at the key.
      if (entry.value.kind == YamlNode::Kind::kNull) entry.value.place = entry.place;
      parent.has_key = false;
    } else {
      AddKey(parent, std::move(frame.node));
    }
  }

  static void AddKey(Frame& parent, YamlNode key) {
    if (key.kind == YamlNode::Kind::kList || key.kind == YamlNode::Kind::kMap) {
      throw StopParsing{{key.place, "a key must be a plain name"}};
    }
    parent.node.entries.push_back({std::move(key.text), key.place, {}});
    parent.has_key = true;
  }

  YamlNode root_;
  std::vector<Frame> stack_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  size_t weight_ = 0;
  bool started_ = false;
};

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string_view YamlNode::KindName() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "text";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "";
}

std::variant<YamlNode, YamlError> ParseYaml(std::string_view text) {
  if (text.size() > kYamlBytesMax) return YamlError{{}, "is larger than 4 MiB"};
  if (!simdjson::validate_utf8(text.data(), text.size())) return YamlError{{}, "is not UTF-8"};
  if (text.find('\0') != std::string_view::npos) return YamlError{{}, "holds a NUL byte"};
  std::istringstream stream{std::string(text)};
  TreeBuilder builder;
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const StopParsing& stop) {
    return stop.error;
  } catch (const YAML::Exception& error) {
    const YamlPlace place = PlaceOf(error.mark);
    if (const int line = TabIndentedLine(text, place.line); line > 0) {
      return YamlError{{line, 1}, "is not YAML: a tab may not indent a line; write spaces"};
    }
    if (const int column = UnquotedBracketColumn(Line(text, place.line)); column > 0) {
      return YamlError{{place.line, column},
                       "is not YAML: a text that begins with [ or { must be in quotes, such as "
                       "\"[::1]:4573\""};
    }
    return YamlError{place, "is not YAML: " + error.msg};
  } catch (const std::exception& error) {
    return YamlError{{}, std::string("is not YAML: ") + error.what()};
  }
  return builder.TakeRoot();
}

}  // namespace hydrant
