// Measure: runs stages in turns, so that what disturbs the machine for a while does not hit one alone.
// Owner:   the thread that measures
// Errors:  those of the stages, with the stage's name
#pragma once

#include "bench/roofline/stage.h"
#include "bench/roofline/sums.h"

#include <functional>

namespace hydrant::roofline {

// `directory` is where the log's file is written while a stage runs. Holds references to `work`.
std::vector<Stage> AllStages(const Work& work, const std::string& directory);

// `on_round` is told the number of each round, from 1.
StatusOr<std::vector<Measured>> Measure(const std::vector<Stage>& stages, size_t rounds,
                                        const std::function<void(size_t)>& on_round);

}  // namespace hydrant::roofline
