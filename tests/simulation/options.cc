#include "tests/simulation/options.h"

#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <optional>
#include <string_view>

namespace hydrant::simulation {

const char kUsage[] =
    "Usage: hydrant-simulate [options]\n"
    "Runs whole nodes in virtual time under random faults, one schedule a seed, and checks that "
    "no\n"
    "promise is broken. The last line is \"N schedules, V violations\".\n"
    "Exit code: 0 none was broken, 1 one was, 2 wrong usage.\n"
    "  --from SEED       the first seed, 1\n"
    "  --count N         so many seeds, 300 (with --minutes: no bound)\n"
    "  --minutes M       begin no schedule after M minutes\n"
    "  --jobs N          so many at once, one a core\n"
    "  --first FILE      before them the seeds in FILE (first word of each line, # begins a "
    "comment)\n"
    "  --seed SEED       this seed alone\n"
    "  --trace           with --seed: print what happens\n"
    "  --plant NAME      put a bug into the node that the checks must find\n"
    "  --plants          each such bug in turn, until it is found; a violation is one that is not\n"
    "Examples:\n"
    "  hydrant-simulate --from 1 --count 10000\n"
    "  hydrant-simulate --from 1000000 --minutes 30\n"
    "  hydrant-simulate --seed 17 --trace | less\n"
    "  hydrant-simulate --plants --count 500\n"
    "Plants:\n";

namespace {

enum Option {
  kFrom = 1,
  kCount,
  kMinutes,
  kJobs,
  kFirst,
  kSeed,
  kTrace,
  kPlant,
  kPlants,
  kHelp,
};

constexpr option kOptions[] = {
    {"from", required_argument, nullptr, kFrom},
    {"count", required_argument, nullptr, kCount},
    {"minutes", required_argument, nullptr, kMinutes},
    {"jobs", required_argument, nullptr, kJobs},
    {"first", required_argument, nullptr, kFirst},
    {"seed", required_argument, nullptr, kSeed},
    {"trace", no_argument, nullptr, kTrace},
    {"plant", required_argument, nullptr, kPlant},
    {"plants", no_argument, nullptr, kPlants},
    {"help", no_argument, nullptr, kHelp},
    {nullptr, 0, nullptr, 0},
};

// What was said, beyond the options themselves.
struct Said {
  bool count = false;
  bool seed = false;
};

std::optional<uint64_t> ParseNumber(const char* text) {
  if (*text < '0' || *text > '9') return std::nullopt;
  char* end = nullptr;
  const uint64_t number = std::strtoull(text, &end, 10);
  return *end == '\0' ? std::optional(number) : std::nullopt;
}

bool SetNumber(int key, uint64_t number, RunnerOptions& options, Said& said) {
  switch (key) {
    case kSeed:
      options.count = 1;
      said.seed = true;
      [[fallthrough]];
    case kFrom:
      options.from = number;
      return true;
    case kCount:
      options.count = number;
      said.count = true;
      return number > 0;
    default:
      options.jobs = static_cast<int>(number);
      return number > 0 && number <= 1000;
  }
}

bool SetOption(int key, const char* text, RunnerOptions& options, Said& said) {
  switch (key) {
    case kMinutes: {
      char* end = nullptr;
      options.minutes_max = std::strtod(text, &end);
      return *end == '\0' && options.minutes_max > 0;
    }
    case kFirst:
      options.first_path = text;
      return true;
    case kTrace:
      return options.trace = true;
    case kPlants:
      return options.all_plants = true;
    case kHelp:
      return options.help = true;
    case kPlant: {
      const std::optional<Plant> plant = FindPlant(text);
      options.plant = plant.value_or(Plant::kNone);
      return plant.has_value();
    }
    default: {
      const std::optional<uint64_t> number = ParseNumber(text);
      return number && SetNumber(key, *number, options, said);
    }
  }
}

}  // namespace

bool ParseOptions(int argc, char** argv, RunnerOptions& options) {
  Said said;
  int key;
  int index = 0;
  while ((key = getopt_long(argc, argv, "", kOptions, &index)) != -1) {
    if (key == '?') return false;
    if (!SetOption(key, optarg, options, said)) {
      std::fprintf(stderr, "hydrant-simulate: --%s: '%s' is not possible\n", kOptions[index].name,
                   optarg);
      return false;
    }
  }
  if (optind != argc) {
    std::fprintf(stderr, "hydrant-simulate: '%s' is no option\n", argv[optind]);
    return false;
  }
  if (options.trace && !said.seed) {
    std::fputs("hydrant-simulate: --trace needs --seed\n", stderr);
    return false;
  }
  if (options.minutes_max > 0 && !said.count && !said.seed) options.count = UINT64_MAX;
  return true;
}

}  // namespace hydrant::simulation
