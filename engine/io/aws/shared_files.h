// ParseProfile: one profile of the AWS shared files (~/.aws/credentials and ~/.aws/config).
// Owner:   any thread
// Source:  AWS SDKs and Tools Reference Guide, "Shared config and credentials files"
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hydrant::aws {

enum class SharedFileKind {
  kCredentials,  // sections are "[NAME]"
  kConfig,       // sections are "[profile NAME]", and "[default]"
};

// Settings of the profile, names in lower case; nothing when the file has no such section. Lines
// that are neither a section nor a setting, and nested settings (indented), are skipped.
std::optional<std::map<std::string, std::string>> ParseProfile(std::string_view text,
                                                               SharedFileKind kind,
                                                               std::string_view profile);

}  // namespace hydrant::aws
