// AppendLittleEndian: a number as gzip and ZIP write it.
#pragma once

#include <cstddef>
#include <string>

namespace hydrant {

template <typename T>
void AppendLittleEndian(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace hydrant
