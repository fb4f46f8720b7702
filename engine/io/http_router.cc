#include "engine/io/http_router.h"

#include <algorithm>

namespace hydrant {
namespace {

bool Matches(std::string_view route, std::string_view path) {
  if (route.size() > 1 && route.back() == '/') return path.starts_with(route);
  return path == route;
}

}  // namespace

void HttpRouter::Add(std::string path, HttpHandler handler) {
  routes_.push_back({std::move(path), std::move(handler)});
  std::stable_sort(routes_.begin(), routes_.end(),
                   [](const Route& a, const Route& b) { return a.path.size() > b.path.size(); });
}

asio::awaitable<void> HttpRouter::Handle(HttpExchange& exchange) const {
  for (const Route& route : routes_) {
    if (Matches(route.path, exchange.head().path)) {
      co_await route.handler(exchange);
      co_return;
    }
  }
  HttpResponse response;
  response.status = 404;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "Nothing is served at this path.\n";
  (co_await exchange.Respond(std::move(response)))
      .IgnoreError();  // the peer may be gone: nothing to add
}

}  // namespace hydrant
