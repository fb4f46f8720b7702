// What receiving costs: bodies of 340 KB (500 records of 500 bytes as PutRecordBatch sends them)
// over 8 connections on loopback, read and dropped. Reported: CPU seconds of the server's threads
// per GB of body, the clients' own CPU taken off.
#include "engine/base/check.h"
#include "engine/io/http_server.h"
#include "engine/io/runtime.h"

#include <benchmark/benchmark.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <chrono>
#include <ctime>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace hydrant {
namespace {

using asio::ip::tcp;

constexpr int kConnections = 8;
constexpr int kBodiesPerConnection = 25;

double ProcessCpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ThreadCpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Sends the requests one after another; returns the CPU seconds that it took itself.
double SendBodies(uint16_t port, const std::string& request) {
  const double start = ThreadCpuSeconds();
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  static constexpr std::string_view kAnswer =
      "HTTP/1.1 200 OK\r\nServer: hydrant\r\nContent-Length: 0\r\n\r\n";
  std::string answer(kAnswer.size(), '\0');
  for (int i = 0; i < kBodiesPerConnection; ++i) {
    asio::write(socket, asio::buffer(request));
    asio::read(socket, asio::buffer(answer));
    HYDRANT_CHECK(answer == kAnswer);
  }
  return ThreadCpuSeconds() - start;
}

void BM_ReceiveBodies(benchmark::State& state) {
  const size_t body_bytes = static_cast<size_t>(state.range(0));
  ArenaPool pool(64 << 20);
  IoRuntime runtime(1);
  std::atomic<uint64_t> received{0};
  auto server =
      MakeHttpServer(runtime, pool, {}, [&](HttpExchange& exchange) -> asio::awaitable<void> {
        StatusOr<HttpBody> body = co_await exchange.ReadBody(8 << 20);
        if (body.ok()) received += body->size;
        HttpResponse response;
        (co_await exchange.Respond(std::move(response))).IgnoreError();
      });
  HYDRANT_CHECK(server->Start().ok());
  const std::string request =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body_bytes) +
      "\r\n\r\n" + std::string(body_bytes, 'x');
  uint64_t sent = 0;
  double server_cpu = 0;
  for (auto _ : state) {
    const double cpu_before = ProcessCpuSeconds();
    std::atomic<double> client_cpu{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < kConnections; ++i) {
      clients.emplace_back([&] { client_cpu += SendBodies(server->port(), request); });
    }
    for (std::thread& client : clients) client.join();
    server_cpu += ProcessCpuSeconds() - cpu_before - client_cpu;
    sent += uint64_t{kConnections} * kBodiesPerConnection * body_bytes;
  }
  HYDRANT_CHECK(received == sent);
  state.SetBytesProcessed(static_cast<int64_t>(sent));
  state.counters["cpu_s_per_GB"] = server_cpu / (static_cast<double>(sent) * 1e-9);
  state.counters["cpu_us_per_request"] = server_cpu * 1e6 * body_bytes / static_cast<double>(sent);
  server->Close();
  runtime.Stop();
}
BENCHMARK(BM_ReceiveBodies)->Arg(340000)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hydrant
