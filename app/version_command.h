// What this binary is, for others than `hydrant version`.
#pragma once

#include <string>

namespace hydrant {

std::string Version();   // "0.1.0"
std::string Revision();  // of the source it was built from

}  // namespace hydrant
