#include "engine/config/yaml_config.h"

#include "engine/config/config_reader.h"

#include <algorithm>

namespace hydrant {

ConfigResult ReadConfig(const ConfigSource& source) {
  ConfigReader reader(source.values);
  reader.ReadFile(source.name, source.text);
  for (const std::string& assignment : source.overrides) reader.ReadOverride(assignment);
  reader.CheckWhole(source.support, source.check_files);
  ConfigResult result{reader.TakeConfig(), reader.TakeErrors()};
  // In the order of the file; what has no place comes after it.
  std::stable_sort(result.errors.begin(), result.errors.end(),
                   [](const ConfigError& a, const ConfigError& b) {
                     if ((a.line > 0) != (b.line > 0)) return a.line > 0;
                     return std::pair(a.line, a.column) < std::pair(b.line, b.column);
                   });
  return result;
}

}  // namespace hydrant
