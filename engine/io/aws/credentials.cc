#include "engine/io/aws/credentials.h"

#include "engine/io/aws/credential_sources.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace hydrant::aws {
namespace {

// Fetched anew this long before they end; the instance metadata service has the next ones by then.
constexpr absl::Duration kRefreshAhead = absl::Minutes(5);
// After a failed fetch, as long as the old ones still hold.
constexpr absl::Duration kRefreshRetry = absl::Seconds(30);
// Another process may have put new ones into a file.
constexpr absl::Duration kRecheck = absl::Minutes(10);

class StaticProvider : public CredentialsProvider {
 public:
  explicit StaticProvider(Credentials credentials) : credentials_(std::move(credentials)) {}
  asio::awaitable<StatusOr<Credentials>> Get() override { co_return credentials_; }
  void Invalidate() override {}

 private:
  const Credentials credentials_;
};

// One fetch at a time: who comes meanwhile waits for it, or gets the cached ones while they hold.
class ChainProvider : public CredentialsProvider {
 public:
  ChainProvider(HttpClient& http, const Clock& clock) : http_(http), clock_(clock) {}

  asio::awaitable<StatusOr<Credentials>> Get() override {
    bool fetch = false;
    {
      std::lock_guard lock(mutex_);
      const absl::Time now = clock_.Now();
      const bool usable = have_ && now < cached_.expiration;
      if (usable && (now < refresh_at_ || fetching_)) co_return cached_;
      fetch = !std::exchange(fetching_, true);
    }
    if (!fetch) co_return co_await WaitForFetch();
    StatusOr<Credentials> fetched = co_await FetchFromChain();
    co_return Store(std::move(fetched));
  }

  void Invalidate() override {
    std::lock_guard lock(mutex_);
    have_ = false;
  }

 private:
  using Result = StatusOr<Credentials>;

  asio::awaitable<Result> FetchFromChain() {
    std::string tried = "environment: ";
    Result result = EnvironmentCredentials();
    if (!Continue(result, "; shared files: ", tried)) co_return Explain(result, tried);
    result = SharedFileCredentials();
    if (!Continue(result, "; container: ", tried)) co_return Explain(result, tried);
    result = co_await ContainerCredentials(http_);
    if (!Continue(result, "; instance metadata: ", tried)) co_return Explain(result, tried);
    result = co_await InstanceCredentials(http_);
    if (!Continue(result, "", tried)) co_return Explain(result, tried);
    co_return MakeStatus(absl::StatusCode::kUnauthenticated, "no AWS credentials; tried " + tried);
  }

  // Whether the next place is to be tried; notes why this one failed, and the next one's name.
  static bool Continue(const Result& result, std::string_view next, std::string& tried) {
    if (result.ok()) return false;
    tried.append(Message(result.status()));
    if (!absl::IsNotFound(result.status())) return false;
    tried.append(next);
    return true;
  }

  static Result Explain(const Result& result, const std::string& tried) {
    if (result.ok()) return result;
    return MakeStatus(result.status().code(), "no AWS credentials; tried " + tried);
  }

  Result Store(Result fetched) {
    std::vector<std::function<void(Result)>> waiters;
    {
      std::lock_guard lock(mutex_);
      const absl::Time now = clock_.Now();
      fetching_ = false;
      waiters.swap(waiters_);
      if (fetched.ok()) {
        cached_ = *fetched;
        have_ = true;
        refresh_at_ = std::min(cached_.expiration - kRefreshAhead, now + kRecheck);
        refresh_at_ = std::max(refresh_at_, now + kRefreshRetry);
      } else if (have_ && now < cached_.expiration) {
        refresh_at_ = now + kRefreshRetry;
        fetched = cached_;
      }
    }
    for (auto& waiter : waiters) waiter(fetched);
    return fetched;
  }

  asio::awaitable<Result> WaitForFetch() {
    auto executor = co_await asio::this_coro::executor;
    auto initiate = [this, executor](auto handler) {
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      auto resume = [shared, executor](Result result) {
        asio::post(executor, [shared, result = std::move(result)]() mutable {
          std::move (*shared)(std::move(result));
        });
      };
      std::unique_lock lock(mutex_);
      if (fetching_) {
        waiters_.push_back(std::move(resume));
        return;
      }
      // The fetch ended between the look and here.
      Result result =
          have_ ? Result(cached_) : Unavailable("fetching AWS credentials has just failed");
      lock.unlock();
      resume(std::move(result));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
        std::move(initiate), asio::use_awaitable);
  }

  HttpClient& http_;
  const Clock& clock_;
  std::mutex mutex_;
  Credentials cached_;
  bool have_ = false;
  bool fetching_ = false;
  absl::Time refresh_at_;
  std::vector<std::function<void(Result)>> waiters_;
};

}  // namespace

std::unique_ptr<CredentialsProvider> MakeStaticCredentials(Credentials credentials) {
  return std::make_unique<StaticProvider>(std::move(credentials));
}

std::unique_ptr<CredentialsProvider> MakeDefaultCredentialsChain(HttpClient& http,
                                                                 const Clock& clock) {
  return std::make_unique<ChainProvider>(http, clock);
}

}  // namespace hydrant::aws
