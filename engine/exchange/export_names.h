// Names in exported documents: of what stands for secrets, and of the streams themselves.
// Owner:   not thread-safe: caller serializes
#pragma once

#include "engine/exchange/exported.h"
#include "engine/stream/destination_secrets.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

enum class NameStyle {
  kEnvironment,  // LOGS_HEC_TOKEN
  kCamel,        // LogsHecToken
  kSnake,        // logs_hec_token
};

// "my.logs-2" and further words as one name: letters, digits and, but for kCamel, underscores; no digit first.
std::string JoinedName(std::string_view text, const std::vector<std::string>& words,
                       NameStyle style);

// Gives each name once: later ones get a number behind them.
class UniqueNames {
 public:
  explicit UniqueNames(NameStyle style) : style_(style) {}
  std::string Take(const std::string& wanted);

 private:
  const NameStyle style_;
  std::set<std::string> taken_;
};

struct NamedSecret {
  size_t request = 0;  // its index
  SecretPlace place;
  SecretToFill secret;
};

// Every secret of the requests, named in their order.
std::vector<NamedSecret> NameSecrets(const StreamRequests& requests, NameStyle style);

std::string StreamName(const nlohmann::ordered_json& request);

// The API's times are seconds; elsewhere they are texts.
void WriteTimesAsText(nlohmann::ordered_json& request);

// Texts with each `from` in them replaced; keys stay.
void ReplaceInTexts(nlohmann::ordered_json& value, std::string_view from, std::string_view to);

}  // namespace hydrant
