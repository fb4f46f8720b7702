// hydrant-load: closed-loop load for the end-to-end figures; as cheap as it can be, so that it does
// not disturb them.
#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/load/requests.h"
#include "bench/load/run.h"

#include <cstdio>

int main(int argc, char** argv) {
  using namespace hydrant::load;
  LoadOptions options;
  if (!ParseOptions(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const std::vector<Request> requests = RenderRequests(options);
  if (requests.empty()) return 1;
  LoadResult result = Run(options, requests);
  PrintReport(result);
  if (!options.taken_path.empty() && !WriteTaken(result, options.taken_path.c_str())) {
    std::perror(options.taken_path.c_str());
    return 1;
  }
  return 0;
}
