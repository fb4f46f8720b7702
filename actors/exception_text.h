// ExceptionText: what a component threw, for a log line or an error document.
#pragma once

#include <exception>
#include <string>

namespace hydrant {

inline std::string ExceptionText(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace hydrant
