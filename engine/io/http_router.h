// HttpRouter: which handler answers a request of a listener.
// Owner:   filled before the listener starts, read by any thread afterwards
#pragma once

#include "engine/io/http_server.h"

#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

class HttpRouter {
 public:
  // `path` matches whole, or as a prefix when it ends in '/' and is longer than that. The longest
  // match wins.
  void Add(std::string path, HttpHandler handler);
  // Answers 404 as plain text when nothing matches. Handlers check methods themselves.
  asio::awaitable<void> Handle(HttpExchange& exchange) const;

 private:
  struct Route {
    std::string path;
    HttpHandler handler;
  };
  std::vector<Route> routes_;  // longest first
};

}  // namespace hydrant
