#include "engine/testing/access_log.h"

#include <cstdio>
#include <random>

namespace hydrant::testing {
namespace {

constexpr const char* kPaths[] = {"/",
                                  "/login",
                                  "/api/v1/orders/%u",
                                  "/api/v1/users/%u/cart",
                                  "/static/app.%x.js",
                                  "/search?q=%x&page=%u",
                                  "/images/%x.webp",
                                  "/healthz",
                                  "/api/v2/events?since=%u",
                                  "/checkout/%x"};
constexpr const char* kAgents[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 "
    "Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) "
    "Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", "curl/8.5.0"};
constexpr const char* kMethods[] = {"GET", "GET", "GET", "POST", "PUT"};
constexpr int kStatuses[] = {200, 200, 200, 200, 201, 204, 301, 304, 404, 500};

// The values of std::mt19937_64 are fixed by the standard, those of its distributions are not.
template <typename T, size_t N>
const T& Pick(const T (&table)[N], std::mt19937_64& random) {
  return table[random() % N];
}

}  // namespace

std::string AccessLog(uint64_t seed, size_t bytes) {
  std::mt19937_64 random(seed);
  std::string text;
  text.reserve(bytes + 1024);
  for (uint64_t line = 0; text.size() < bytes; ++line) {
    const uint64_t client = random() % 5000 * 2654435761U;
    const auto id = static_cast<unsigned>(random() % 100000);
    char path[128];
    std::snprintf(path, sizeof(path), Pick(kPaths, random), id, id / 7);
    char buffer[1024];
    const int size = std::snprintf(
        buffer, sizeof(buffer),
        "%u.%u.%u.%u - - [21/Nov/2026:%02u:%02u:%02u +0000] \"%s %s HTTP/1.1\" %d %u "
        "\"https://shop.example.com/%x\" \"%s\" rt=%u.%03u id=%016llx\n",
        static_cast<unsigned>(client >> 24 & 255), static_cast<unsigned>(client >> 16 & 255),
        static_cast<unsigned>(client >> 8 & 255), static_cast<unsigned>(client & 255),
        static_cast<unsigned>(line / 360000 % 24), static_cast<unsigned>(line / 6000 % 60),
        static_cast<unsigned>(line / 100 % 60), Pick(kMethods, random), path,
        Pick(kStatuses, random), static_cast<unsigned>(random() % 40000), id / 50,
        Pick(kAgents, random), static_cast<unsigned>(random() % 2),
        static_cast<unsigned>(random() % 1000), static_cast<unsigned long long>(random()));
    text.append(buffer, static_cast<size_t>(size));
  }
  return text;
}

std::string LargeEvents(uint64_t seed, size_t bytes) {
  constexpr size_t kEventBytes = 20000;
  constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937_64 random(seed);
  std::string text;
  const auto print = [&](const char* format, auto... values) {
    char buffer[256];
    const int size = std::snprintf(buffer, sizeof(buffer), format, values...);
    text.append(buffer, static_cast<size_t>(size));
  };
  const auto token = [&](size_t characters) {
    for (size_t i = 0; i < characters; ++i) text.push_back(kBase64[random() % 64]);
  };
  while (text.size() < bytes) {
    const size_t end = text.size() + kEventBytes;
    print("{\"event_id\":\"%016llx\",\"payload\":\"", static_cast<unsigned long long>(random()));
    token(4000);
    text.append("\",\"items\":[");
    while (text.size() < end) {
      print("{\"sku\":\"%016llx\",\"price\":%u.%02u,\"at\":%u,\"token\":\"",
            static_cast<unsigned long long>(random()), static_cast<unsigned>(random() % 1000),
            static_cast<unsigned>(random() % 100), static_cast<unsigned>(random()));
      token(48);
      text.append("\"},");
    }
    text.back() = ']';
    text.append("}\n");
  }
  return text;
}

std::string Noise(uint64_t seed, size_t bytes) {
  std::mt19937_64 random(seed);
  std::string noise(bytes, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  return noise;
}

}  // namespace hydrant::testing
