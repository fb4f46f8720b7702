// SyntheticLog: text that looks like the access log of a web shop: fields of a few hundred values,
// the n-th about 1/n as often as the first, and ids, times and sizes that no compressor foresees.
// Owner:   not thread-safe: caller serializes
// Units:   bytes; gzip makes it five to eight times smaller, as logs
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace hydrant::load {

class SyntheticLog {
 public:
  SyntheticLog();

  // Exactly so many bytes, without a newline; the same in every run.
  void Append(size_t bytes, std::string& out);

 private:
  const std::string& Pick(const std::vector<std::string>& values);
  void AppendEvent(std::string& out);

  std::minstd_rand random_{1};
  std::vector<double> sums_;  // of 1 + 1/2 + … + 1/n
  std::vector<std::string> clients_;
  std::vector<std::string> paths_;
  std::vector<std::string> agents_;
  uint64_t millis_ = 0;
};

}  // namespace hydrant::load
