// Machine: what a figure was measured on.
// Owner:   any thread
#pragma once

#include <string>

namespace hydrant::load {

struct Machine {
  std::string cpu_model;  // "unknown" where the kernel does not tell
  unsigned cores = 0;
  std::string kernel;
};

Machine ThisMachine();

}  // namespace hydrant::load
