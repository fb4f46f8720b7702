#include "bench/load/plot.h"

#include "bench/load/html_report.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace hydrant::load {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 260;
constexpr double kLeft = 70;
constexpr double kRight = 12;
constexpr double kTop = 12;
constexpr double kBottom = 40;
constexpr size_t kPointsMax = 2000;
constexpr double kRounding = 1e-9;

// From a value to a place.
class Axis {
 public:
  Axis(double low, double high, double from, double to, bool log)
      : low_(Scaled(low, log)), high_(Scaled(high, log)), from_(from), to_(to), log_(log) {}
  double At(double value) const {
    const double share = high_ > low_ ? (Scaled(value, log_) - low_) / (high_ - low_) : 0.5;
    return from_ + share * (to_ - from_);
  }

 private:
  static double Scaled(double value, bool log) { return log ? std::log10(value) : value; }

  const double low_;
  const double high_;
  const double from_;
  const double to_;
  const bool log_;
};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void Take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

std::string Number(double value) {
  if (std::abs(value) >= 1e6) return absl::StrFormat("%gM", value / 1e6);
  if (std::abs(value) >= 1e4) return absl::StrFormat("%gk", value / 1e3);
  return absl::StrFormat("%g", value);
}

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor,
                         EscapeHtml(text));
}

std::string GridLine(double x1, double y1, double x2, double y2) {
  return absl::StrFormat("<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                         x1, y1, x2, y2);
}

using Points = std::vector<std::pair<double, double>>;

// A long run has more seconds than a screen has places: of each group of points the lowest and the
// highest, in order, so that what stands out is seen.
Points Thinned(const Points& points) {
  if (points.size() <= kPointsMax) return points;
  const size_t step = 2 * points.size() / kPointsMax + 1;
  const auto lower = [](const auto& a, const auto& b) { return a.second < b.second; };
  Points thinned;
  for (size_t i = 0; i < points.size(); i += step) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>(std::min(i + step, points.size()));
    const auto [lowest, highest] = std::minmax_element(begin, end, lower);
    thinned.push_back(*std::min(lowest, highest));
    if (lowest != highest) thinned.push_back(*std::max(lowest, highest));
  }
  return thinned;
}

std::string Path(const PlotLine& line, size_t number, const Axis& x, const Axis& y) {
  if (line.points.size() == 1) {
    const auto& [at_x, at_y] = line.points.front();
    return absl::StrFormat("<circle class=\"line%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", number % 4,
                           x.At(at_x), y.At(at_y));
  }
  std::string points;
  for (const auto& [at_x, at_y] : Thinned(line.points)) {
    absl::StrAppendFormat(&points, "%.1f,%.1f ", x.At(at_x), y.At(at_y));
  }
  return absl::StrFormat("<polyline class=\"line%d\" points=\"%s\"/>", number % 4, points);
}

std::string Legend(const std::vector<PlotLine>& lines) {
  if (lines.size() < 2) return "";
  std::string legend;
  for (size_t i = 0; i < lines.size(); ++i) {
    absl::StrAppendFormat(&legend, "<span class=\"key%d\">%s</span> ", i % 4,
                          EscapeHtml(lines[i].name));
  }
  return "<p class=\"legend\">" + legend + "</p>";
}

}  // namespace

std::vector<double> Ticks(double low, double high, int count, bool log) {
  std::vector<double> ticks;
  if (log) {
    const auto highest = static_cast<int>(std::floor(std::log10(high)));
    for (auto power = static_cast<int>(std::floor(std::log10(low))); power <= highest; ++power) {
      for (const double lead : {1.0, 2.0, 5.0}) {
        const double tick = lead * std::pow(10, power);
        if (tick >= low * (1 - kRounding) && tick <= high * (1 + kRounding)) ticks.push_back(tick);
      }
    }
    return ticks;
  }
  if (high <= low) return {low};
  const double exact = (high - low) / count;
  const double power = std::pow(10, std::floor(std::log10(exact)));
  const double lead = exact / power;
  const double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
  const auto first = static_cast<int64_t>(std::ceil(low / step - kRounding));
  const auto last = static_cast<int64_t>(std::floor(high / step + kRounding));
  for (int64_t n = first; n <= last; ++n) ticks.push_back(static_cast<double>(n) * step);
  return ticks;
}

std::string RenderPlot(const Plot& plot) {
  Range xs;
  Range ys;
  for (const PlotLine& line : plot.lines) {
    for (const auto& [x, y] : line.points) {
      xs.Take(x);
      ys.Take(y);
    }
  }
  if (xs.low > xs.high) return "";
  if (!plot.log_y) ys.low = 0;
  const Axis x(xs.low, xs.high, kLeft, kWidth - kRight, plot.log_x);
  const Axis y(ys.low, ys.high, kHeight - kBottom, kTop, plot.log_y);
  std::string svg = absl::StrFormat("<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"%s\">",
                                    kWidth, kHeight, EscapeHtml(plot.title));
  for (const double tick : Ticks(ys.low, ys.high, 5, plot.log_y)) {
    svg += GridLine(kLeft, y.At(tick), kWidth - kRight, y.At(tick));
    svg += Text(kLeft - 6, y.At(tick) + 4, "end", Number(tick));
  }
  for (const double tick : Ticks(xs.low, xs.high, 8, plot.log_x)) {
    svg += GridLine(x.At(tick), kTop, x.At(tick), kHeight - kBottom);
    svg += Text(x.At(tick), kHeight - kBottom + 16, "middle", Number(tick));
  }
  for (size_t i = 0; i < plot.lines.size(); ++i) svg += Path(plot.lines[i], i, x, y);
  svg += Text(kWidth / 2, kHeight - 6, "middle", plot.x_label);
  return absl::StrCat("<section><h2>", EscapeHtml(plot.title), "</h2><p class=\"unit\">",
                      EscapeHtml(plot.y_label), "</p>", svg, "</svg>", Legend(plot.lines),
                      "</section>\n");
}

}  // namespace hydrant::load
