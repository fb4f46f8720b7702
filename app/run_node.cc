#include "app/run_node.h"

#include "actors/node.h"
#include "app/console.h"
#include "app/file_limit.h"
#include "engine/base/logging.h"

#include <csignal>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace hydrant {
namespace {

sigset_t HandledSignals(const NodeConfig& config) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Without TLS there is nothing to read again: it ends the process, as when a terminal is closed.
  if (!config.tls_certificate_file.empty()) sigaddset(&signals, SIGHUP);
  return signals;
}

// Waits for one that ends the process; SIGHUP has the TLS files read again.
int WaitForSignal(const sigset_t& signals, Node* node) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) return signal;
    if (node != nullptr) node->ReloadTls();
  }
}

}  // namespace

int RunNode(const NodeConfig& config) {
  std::signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();  // a stream holds a few files and every producer a socket
  const sigset_t signals = HandledSignals(config);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  StatusOr<std::unique_ptr<Node>> node = Node::Start(config);
  if (!node.ok()) {
    LogError("hydrant can't start.", {{"error", Message(node.status())}});
    return 1;
  }
  LogInfo("hydrant is ready.", {{"listen", config.listen},
                                {"port", static_cast<int>((*node)->port())},
                                {"admin_port", static_cast<int>((*node)->admin_port())},
                                {"data_dir", config.data_dir},
                                {"streams", static_cast<uint64_t>((*node)->stream_count())}});

  WaitForSignal(signals, node->get());
  LogInfo("Draining: no more records are taken.",
          {{"timeout_seconds", absl::ToDoubleSeconds(config.drain_timeout)}});
  std::thread([signals] {
    // What was acknowledged is in the log: nothing is lost by leaving now.
    _exit(kExitBySignal + WaitForSignal(signals, nullptr));
  }).detach();
  const bool drained = (*node)->Drain(config.drain_timeout);
  node->reset();
  LogInfo(drained ? "Everything is delivered." : "The rest stays in the log for the next start.");
  return 0;
}

}  // namespace hydrant
