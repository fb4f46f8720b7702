#include "actors/node.h"

#include "actors/admin.h"
#include "actors/stream_registry.h"
#include "engine/access/audit_log.h"
#include "engine/access/request_gate.h"
#include "engine/base/logging.h"
#include "engine/build_support.h"
#include "engine/io/http_router.h"
#include "engine/io/listen_address.h"
#include "engine/io/runtime.h"
#include "engine/stream/catalog.h"
#include "engine/stream/control_plane.h"

#include <absl/time/clock.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

// How the memory budget is shared. Each part counts what it holds, so their sum bounds what is resident,
// but for buffers that are not counted one by one (of sockets and the like).
constexpr double kIngestShare = 0.25;
constexpr double kTailShare = 0.15;
constexpr double kPipelineShare = 0.45;
constexpr double kEncodeShare = 0.10;
constexpr double kIdleArenaShare = 0.05;
// Under usual load blocks are kept instead: a fresh one costs a page fault every 4 KiB.
constexpr double kResidentArenaShare = 0.3;
constexpr int kIoThreadsMax = 4;

uint64_t Share(const NodeConfig& config, double share) {
  return static_cast<uint64_t>(static_cast<double>(config.memory_bytes) * share);
}

int Cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

caf::actor_system_config MakeActorConfig(const NodeConfig& config) {
  caf::actor_system_config actor_config;
  const int workers = config.workers > 0 ? config.workers : Cores();
  actor_config.set("scheduler.max-threads", static_cast<size_t>(workers));
  // Workers that steal poll for work while there is any: with many quiet streams that costs more than the work.
  actor_config.set("scheduler.policy", caf::atom("sharing"));
  return actor_config;
}

}  // namespace

// Members end in the reverse order: who is used last is first.
struct Node::Impl {
  explicit Impl(const NodeConfig& c)
      : config(c),
        pool(Share(c, kIdleArenaShare), Share(c, kResidentArenaShare)),
        ingest_memory(Share(c, kIngestShare)),
        tail_memory(Share(c, kTailShare)),
        pipeline_memory(Share(c, kPipelineShare)),
        encode_memory(Share(c, kEncodeShare)),
        runtime(c.io_threads > 0 ? c.io_threads : std::min(Cores(), kIoThreadsMax)),
        actor_config(MakeActorConfig(c)),
        system(actor_config) {}
  ~Impl();

  Status Open();
  Status OpenAudit();
  Status StartSources();
  Status Listen();
  void SpawnLogActors();
  void ExposeMemory();
  bool WaitForRequests(absl::Time deadline);

  const NodeConfig config;
  ArenaPool pool;
  MemoryBudget ingest_memory;
  MemoryBudget tail_memory;
  MemoryBudget pipeline_memory;
  MemoryBudget encode_memory;
  MetricRegistry metrics;
  std::unique_ptr<FileLock> lock;
  std::atomic<bool> draining{false};
  std::vector<std::string> problems;  // found at start
  std::unique_ptr<AuditLog> audit;    // null: not wanted
  HttpRouter router;
  HttpRouter admin_router;
  std::unique_ptr<RequestGate> gate;
  IoRuntime runtime;
  std::unique_ptr<HttpClient> http;
  caf::actor_system_config actor_config;
  caf::actor_system system;
  std::vector<LogWriter> writers;
  LogReader reader;
  std::unique_ptr<StreamRegistry> registry;
  std::unique_ptr<StreamCatalog> catalog;
  std::unique_ptr<StreamControlPlane> control;
  std::vector<std::unique_ptr<Source>> sources;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpServer> admin;
};

Node::Impl::~Impl() {
  if (server) server->Close();
  if (admin) admin->Close();
  // First, so that no handler meets a part that is gone. Coroutines that wait are destroyed with the loop,
  // last of all; they may hold memory of the pool and handles of actors.
  runtime.Stop();
  control.reset();
  if (registry) registry->StopAll();
  for (LogWriter& writer : writers) {
    caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
    writer = LogWriter{};
  }
  caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
  reader = LogReader{};
}

void Node::Impl::SpawnLogActors() {
  for (int i = 0; i < std::max(1, config.log_writers); ++i) {
    writers.push_back(SpawnLogWriter(system, {}));
  }
  reader = SpawnLogReader(system, {});
}

void Node::Impl::ExposeMemory() {
  auto gauge = [this](const char* part, const MemoryBudget* budget) {
    metrics.AddGaugeFunction("hydrant_memory_used_bytes", "Memory held, by part of the budget.",
                             {{"part", part}},
                             [budget] { return static_cast<double>(budget->used()); });
    metrics.AddGaugeFunction("hydrant_memory_limit_bytes", "Memory allowed, by part of the budget.",
                             {{"part", part}},
                             [budget] { return static_cast<double>(budget->limit()); });
  };
  gauge("ingest", &ingest_memory);
  gauge("tail_cache", &tail_memory);
  gauge("pipeline", &pipeline_memory);
  gauge("encode", &encode_memory);
}

Status Node::Impl::Open() {
  FileSystem& files = FileSystem::Posix();
  if (Status made = files.CreateDirectories(config.data_dir); !made.ok()) {
    return MakeStatus(made.code(), "data_dir: " + std::string(Message(made)) +
                                       "; name a directory that hydrant's user may make and write");
  }
  StatusOr<std::unique_ptr<FileLock>> held = files.Lock(config.data_dir + "/lock");
  if (!held.ok()) return WithContext(held.status(), "data_dir");
  lock = std::move(*held);

  HttpClientOptions http_options;
  http_options.ca_file = config.s3.ca_file;
  http_options.verify_tls = config.s3.verify_tls;
  http = MakeCurlHttpClient(runtime.executor(), http_options);
  SpawnLogActors();
  ExposeMemory();

  RegistryOptions options;
  options.config = &config;
  options.system = &system;
  options.writers = writers;
  options.reader = reader;
  options.sinks = {
      &config,          http.get(),        runtime.executor(), runtime.blocking_executor(),
      &Clock::System(), &Entropy::System()};
  options.pool = &pool;
  options.ingest_memory = &ingest_memory;
  options.tail_memory = &tail_memory;
  options.pipeline_memory = &pipeline_memory;
  options.encode_memory = &encode_memory;
  options.metrics = &metrics;
  options.files = &files;
  registry = std::make_unique<StreamRegistry>(std::move(options));
  registry->RemoveDeleted();

  CatalogOptions catalog_options;
  catalog_options.directory = config.data_dir + "/catalog";
  catalog_options.streams_max = config.streams_max;
  catalog_options.parse = MakeParseOptions(config, BuiltInSupport());
  ASSIGN_OR_RETURN(catalog, StreamCatalog::Open(std::move(catalog_options)));
  for (const CatalogDamage& damage : catalog->damage()) {
    problems.push_back("the definition of stream " + damage.stream + " is damaged: restore " +
                       damage.stream + ".json from a backup, or remove " + damage.file);
  }
  for (const std::string& log : registry->UnknownLogs(catalog->All())) {
    problems.push_back("the log of a stream whose definition is missing, kept and not delivered: " +
                       log);
    LogError(
        "The log of a stream whose definition is missing is kept; its records are not delivered.",
        {{"directory", log},
         {"mend", "restore the definition in catalog/ from a backup and restart, or remove it"}});
  }
  control = MakeControlPlane({&config, catalog.get(), registry.get(), &Clock::System(),
                              &Entropy::System(), BuiltInSupport()});
  for (const std::string& stream : config.streams) {
    RETURN_IF_ERROR(control->ApplyConfiguredStream(stream));
  }
  control->StartStreams();
  return absl::OkStatus();
}

Status Node::Impl::OpenAudit() {
  if (!config.audit.enabled) return absl::OkStatus();
  AuditLogOptions options;
  options.file =
      config.audit.file.empty() ? config.data_dir + "/audit/audit.jsonl" : config.audit.file;
  options.file_bytes_max = config.audit.file_bytes;
  options.files_max = config.audit.files;
  options.files = &FileSystem::Posix();
  options.executor = runtime.blocking_executor();
  options.metrics = &metrics;
  StatusOr<std::unique_ptr<AuditLog>> opened = AuditLog::Open(std::move(options));
  if (!opened.ok()) return WithContext(opened.status(), "audit.file");
  audit = *std::move(opened);
  return absl::OkStatus();
}

Status Node::Impl::StartSources() {
  const SourceContext context{&config,  registry.get(),   control.get(),      &router,
                              &metrics, &Clock::System(), &Entropy::System(), audit.get()};
  for (const SourceSpec* spec : SourceSpecs()) {
    ASSIGN_OR_RETURN(std::unique_ptr<Source> source, spec->create(context));
    RETURN_IF_ERROR(source->Start());
    sources.push_back(std::move(source));
  }
  AddAdminRoutes(admin_router, {&metrics, registry.get(), catalog.get(), &draining,
                                runtime.blocking_executor(), problems});
  return absl::OkStatus();
}

Status Node::Impl::Listen() {
  ASSIGN_OR_RETURN(auto address, ParseListenAddress(config.listen));
  HttpServerOptions options;
  options.address = address.first;
  options.port = address.second;
  options.tls = {config.tls_certificate_file, config.tls_private_key_file,
                 config.tls_client_ca_file};
  options.header_bytes_max = config.limits.header_bytes;
  options.body_bytes_max = config.limits.body_bytes;
  options.connections_max = static_cast<size_t>(config.limits.connections);
  options.connections_per_network_max = static_cast<size_t>(config.limits.connections_per_address);
  gate = std::make_unique<RequestGate>(config.limits.requests_per_second, Clock::System(),
                                       Entropy::System(), metrics);
  server = MakeHttpServer(runtime, pool, options, gate->Before([this](HttpExchange& exchange) {
    return router.Handle(exchange);
  }));
  RETURN_IF_ERROR(WithContext(server->Start(), "listen"));
  ASSIGN_OR_RETURN(auto admin_address, ParseListenAddress(config.admin));
  HttpServerOptions admin_options;
  admin_options.address = admin_address.first;
  admin_options.port = admin_address.second;
  admin_options.quick_answers = false;  // they tell of all streams
  admin = MakeHttpServer(runtime, pool, admin_options,
                         [this](HttpExchange& exchange) { return admin_router.Handle(exchange); });
  return WithContext(admin->Start(), "admin");
}

bool Node::Impl::WaitForRequests(absl::Time deadline) {
  while (server->active_requests() > 0) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

StatusOr<std::unique_ptr<Node>> Node::Start(const NodeConfig& config) {
  auto impl = std::make_unique<Impl>(config);
  RETURN_IF_ERROR(impl->Open());
  RETURN_IF_ERROR(impl->OpenAudit());
  RETURN_IF_ERROR(impl->StartSources());
  RETURN_IF_ERROR(impl->Listen());
  return std::unique_ptr<Node>(new Node(std::move(impl)));
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::~Node() = default;

uint16_t Node::port() const { return impl_->server->port(); }
uint16_t Node::admin_port() const { return impl_->admin->port(); }
size_t Node::stream_count() const { return impl_->registry->Report().size(); }

void Node::ReloadTls() { impl_->server->ReloadTls().IgnoreError(); }  // it says so itself

bool Node::Drain(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  impl_->draining = true;
  impl_->server->StopAccepting();
  for (const std::unique_ptr<Source>& source : impl_->sources) source->Drain();
  // An upload without an end must not take the time in which the rest is delivered.
  const bool answered = impl_->WaitForRequests(absl::Now() + timeout / 2);
  return impl_->registry->DrainAll(deadline) && answered;
}

}  // namespace hydrant
