#include "engine/base/logging.h"

#include "engine/base/log_sink.h"

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <unistd.h>

namespace hydrant {
namespace {

constexpr char kTextPattern[] = "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v";
constexpr char kJsonPattern[] = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

struct Logging {
  // The sink colours only what goes to a terminal, and only where a pattern asks for it.
  std::shared_ptr<spdlog::logger> logger = std::make_shared<spdlog::logger>(
      "hydrant", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  bool json = false;

  Logging() {
    logger->flush_on(spdlog::level::warn);
    Configure(LogLevel::kInfo, LogFormat::kAuto);
  }
  void Configure(LogLevel level, LogFormat format) {
    json = format == LogFormat::kJson || (format == LogFormat::kAuto && isatty(STDERR_FILENO) == 0);
    logger->set_level(ToSpdlog(level));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        json ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc));
  }
};

// Never destroyed: destructors of other statics may log.
Logging& Instance() {
  static Logging* const logging = new Logging;
  return *logging;
}

std::atomic<LogSink> log_sink{nullptr};

// Text as a JSON string, quotes included; what is not UTF-8 becomes U+FFFD.
std::string JsonString(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Anything but printable ASCII is shown quoted, so that a line stays one line and no terminal is
// steered.
std::string TextWord(std::string_view text, std::string_view special) {
  const bool plain = std::ranges::all_of(text, [&](char c) {
    return c >= 0x20 && c < 0x7f && special.find(c) == std::string_view::npos;
  });
  return plain ? std::string(text) : JsonString(text);
}

std::string RenderText(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = TextWord(message, "");
  for (const LogField& field : fields) {
    line.append(" ").append(TextWord(field.key, " =\"")).append("=");
    line.append(field.value.empty() ? "\"\"" : TextWord(field.value, " =\""));
  }
  return line;
}

std::string RenderJson(std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = "\"message\":" + JsonString(message);
  for (const LogField& field : fields) {
    line.append(",").append(JsonString(field.key)).append(":");
    line.append(field.quoted ? JsonString(field.value) : field.value);
  }
  return line;
}

}  // namespace

void ConfigureLogging(LogLevel level, LogFormat format) { Instance().Configure(level, format); }

void SetLogSink(LogSink sink) { log_sink = sink; }

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (const LogSink sink = log_sink) return sink(level, message, fields);
  Logging& logging = Instance();
  if (!logging.logger->should_log(ToSpdlog(level))) return;
  const std::string line = logging.json ? RenderJson(message, fields) : RenderText(message, fields);
  logging.logger->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace hydrant
