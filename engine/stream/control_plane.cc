#include "engine/stream/control_plane.h"

#include "engine/stream/stream_operations.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <list>

namespace hydrant {
namespace {

// What runs when its time has come, unless it is dropped before. On the executor's one thread.
class Timers : public std::enable_shared_from_this<Timers> {
 public:
  explicit Timers(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void After(absl::Duration delay, std::function<void()> work) {
    asio::post(executor_, [self = shared_from_this(), delay, work = std::move(work)] {
      if (self->dropped_) return;
      const auto timer = self->timers_.emplace(self->timers_.end(), self->executor_);
      timer->expires_after(absl::ToChronoNanoseconds(delay));
      timer->async_wait([self, timer, work](const boost::system::error_code& error) {
        self->timers_.erase(timer);
        if (!error) work();
      });
    });
  }

  void Drop() {
    asio::post(executor_, [self = shared_from_this()] {
      self->dropped_ = true;
      for (asio::steady_timer& timer : self->timers_) timer.cancel();
    });
  }

 private:
  const asio::any_io_executor executor_;
  std::list<asio::steady_timer> timers_;
  bool dropped_ = false;
};

class SerialControlPlane : public StreamControlPlane {
 public:
  explicit SerialControlPlane(ControlPlaneOptions options)
      : operations_(WithTimers(std::move(options), timers_),
                    [pool = thread_](std::function<void()> work) {
                      asio::post(*pool, [work = std::move(work)] { RunLater(work); });
                    }) {}
  // What is posted later stays undone.
  ~SerialControlPlane() override {
    timers_->Drop();
    readers_.join();
    thread_->join();
  }

  asio::awaitable<ApiReply> Call(ChangeAuthor author, std::string body) override {
    asio::thread_pool& thread = StreamOperations::OnlyReads(author.operation) ? readers_ : *thread_;
    return asio::co_spawn(thread.get_executor(), Run(std::move(author), std::move(body)),
                          asio::use_awaitable);
  }

  Status ApplyConfiguredStream(const std::string& request_json) override {
    return OnThread([this, &request_json] {
      try {
        return operations_.Apply(request_json);
      } catch (const std::exception& error) {
        return Internal(error.what());
      }
    });
  }

  void StartStreams() override {
    OnThread([this] {
      operations_.StartAll();
      return absl::OkStatus();
    }).IgnoreError();  // each stream's failure is in its own state
  }

 private:
  static ControlPlaneOptions WithTimers(ControlPlaneOptions options,
                                        const std::shared_ptr<Timers>& timers) {
    if (!options.after) {
      options.after = [timers](absl::Duration delay, std::function<void()> work) {
        timers->After(delay, std::move(work));
      };
    }
    return options;
  }

  asio::awaitable<ApiReply> Run(ChangeAuthor author, std::string body) {
    const std::string operation = author.operation;
    try {
      co_return operations_.Call(std::move(author), body);
    } catch (const std::exception& error) {
      LogError("a control operation failed",
               {{"operation", operation}, {"reason", std::string_view(error.what())}});
      co_return ApiError::InternalFailure("Internal failure");
    }
  }

  static void RunLater(const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception& error) {
      LogError("A stream's state could not be brought forward; it is at the next start.",
               {{"reason", std::string_view(error.what())}});
    }
  }

  Status OnThread(std::function<Status()> work) {
    return asio::post(*thread_, std::packaged_task<Status()>(std::move(work))).get();
  }

  // Shared with what a host still has to report.
  const std::shared_ptr<asio::thread_pool> thread_ = std::make_shared<asio::thread_pool>(1);
  const std::shared_ptr<Timers> timers_ = std::make_shared<Timers>(thread_->get_executor());
  StreamOperations operations_;
  // A change may wait for the disk; who only looks does not wait for it.
  asio::thread_pool readers_{1};
};

}  // namespace

ParseOptions MakeParseOptions(const NodeConfig& config, StreamSupport support) {
  ParseOptions parsing;
  parsing.region = config.region;
  parsing.account_id = config.account_id;
  parsing.validation = config.strict_validation ? Validation::kStrict : Validation::kRelaxed;
  parsing.support = std::move(support);
  parsing.config = &config;
  return parsing;
}

std::unique_ptr<StreamControlPlane> MakeControlPlane(ControlPlaneOptions options) {
  return std::make_unique<SerialControlPlane>(std::move(options));
}

}  // namespace hydrant
