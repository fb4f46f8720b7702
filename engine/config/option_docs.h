// The option table as people and editors read it: the documentation page, the JSON Schema of
// hydrant.yaml, the list in --help.
// Owner:   pure; any thread
#pragma once

#include <string>

namespace hydrant {

// docs/configuration.md, whole.
std::string RenderOptionsPage();
// JSON Schema (draft 2020-12) of hydrant.yaml, for editors that complete and check YAML.
std::string RenderOptionsSchema();
// One line an option: name, type, default.
std::string RenderOptionsHelp();

}  // namespace hydrant
