// Plot: lines over a grid as inline SVG, coloured by the page's style.
// Owner:   any thread
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hydrant::load {

struct PlotLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  // in order of x
};

struct Plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<PlotLine> lines;
  bool log_x = false;  // every x is above 0
  bool log_y = false;  // every y is above 0
};

// Empty when there is nothing to draw.
std::string RenderPlot(const Plot& plot);

// Round values that divide a range into about `count` parts: 0, 20, 40; or 1, 2, 5, 10, 20.
std::vector<double> Ticks(double low, double high, int count, bool log);

}  // namespace hydrant::load
