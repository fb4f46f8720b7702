// YamlNode: a YAML document as a tree that keeps what messages to its writer need: where each value
// stands, how it was quoted, the order of keys, and keys that were given twice.
// Owner:   plain data
// Units:   at most kYamlBytesMax of text, kYamlWeightMax in all with aliases filled in,
//          kYamlDepthMax levels
// Errors:  a YamlError says where the text stops being YAML, or which bound it breaks
// Source:  YAML 1.2 (anchors and aliases are filled in; merge keys and tags of one's own are not
//          supported)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hydrant {

inline constexpr size_t kYamlBytesMax = 4 << 20;
inline constexpr size_t kYamlWeightMax =
    1'000'000;  // a value weighs 1, and 1 more for every 16 bytes of text
inline constexpr size_t kYamlDepthMax = 64;

struct YamlPlace {
  int line = 0;  // from 1; 0: unknown
  int column = 0;
};

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  YamlPlace place;
  std::string text;     // of a scalar
  bool quoted = false;  // written as text: in quotes or as a block
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  // in the order of the file, duplicates included

  // The value of the first entry with that key, or null.
  const YamlNode* Find(std::string_view key) const;
  // "text", "a list", "a map", "nothing".
  std::string_view KindName() const;
};

struct YamlEntry {
  std::string key;
  YamlPlace place;
  YamlNode value;
};

struct YamlError {
  YamlPlace place;
  std::string rule;
};

// The first document of `text`; an empty text is a null node. More than one document is an error.
std::variant<YamlNode, YamlError> ParseYaml(std::string_view text);

}  // namespace hydrant
