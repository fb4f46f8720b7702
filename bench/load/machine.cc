#include "bench/load/machine.h"

#include <fstream>
#include <sys/utsname.h>
#include <thread>

namespace hydrant::load {

Machine ThisMachine() {
  Machine machine{"unknown", std::thread::hardware_concurrency(), "unknown"};
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) {
      machine.cpu_model = line.substr(colon + 2);
      break;
    }
  }
  utsname name{};
  if (uname(&name) == 0) machine.kernel = name.release;
  return machine;
}

}  // namespace hydrant::load
