// The source with what is around it: a stream that keeps what it gets, memory to ask for, a control plane that notes
// its calls, and exchanges whose bodies a test makes.
#pragma once

#include "engine/access/audit_log.h"
#include "engine/io/http_router.h"
#include "engine/testing/coroutine.h"
#include "sources/firehose_api/firehose_api_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hydrant::firehose_api {

class FakeIntake : public StreamIntake {
 public:
  const StreamDefinition& definition() const override { return stream; }
  std::string_view record_id_prefix() const override { return "id-"; }
  void Append(std::unique_ptr<RecordBatch> batch, MemoryReservation reservation,
              AppendDone done) override {
    EXPECT_EQ(reservation.bytes(), batch->memory_bytes());
    if (!status.ok()) return done(status);
    const uint64_t count = batch->record_count();
    for (size_t i = 0; i < count; ++i) records.emplace_back(batch->Record(i));
    done(AppendReceipt{Position{records.size() - count}, count});
  }

  StreamDefinition stream;
  Status status;
  std::vector<std::string> records;
};

class FakeIngest : public IngestPort {
 public:
  std::shared_ptr<StreamIntake> Find(std::string_view name) const override {
    return name == intake->stream.name ? intake : nullptr;
  }
  asio::awaitable<StatusOr<MemoryReservation>> Admit(uint64_t bytes) override {
    asked.push_back(bytes);
    MemoryReservation reservation = budget.TryReserve(bytes);
    if (reservation.bytes() == 0) co_return ResourceExhausted("memory");
    co_return std::move(reservation);
  }
  ArenaPool& arena_pool() override { return pool; }

  ArenaPool pool{1 << 20};
  MemoryBudget budget{64 << 20};
  std::shared_ptr<FakeIntake> intake = std::make_shared<FakeIntake>();
  std::vector<uint64_t> asked;
};

class FakeControlPlane : public ControlPlane {
 public:
  asio::awaitable<ApiReply> Call(ChangeAuthor author, std::string body) override {
    calls.emplace_back(std::move(author.operation), std::move(body));
    co_return reply;
  }
  std::vector<std::pair<std::string, std::string>> calls;
  ApiReply reply = "{}";
};

class FakeExchange : public HttpExchange {
 public:
  FakeExchange(ArenaPool& pool, HttpRequestHead head, std::string body)
      : pool_(pool), head_(std::move(head)), body_(std::move(body)), length(body_.size()) {}
  const HttpRequestHead& head() const override { return head_; }
  uint64_t content_length() const override { return length; }
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t bytes_max) override {
    ++reads;
    if (!read_status.ok()) co_return read_status;
    if (body_.size() > bytes_max) co_return ResourceExhausted("body");
    HttpBody body{pool_.Allocate(body_.size() + HttpBody::kPadding), body_.size()};
    std::memcpy(body.arena.data(), body_.data(), body_.size());
    co_return std::move(body);
  }
  void LimitBodyTime(uint64_t /*bytes*/) override {}
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char> buffer) override {
    const size_t n = std::min({buffer.size(), body_.size() - sent, size_t{10'000}});
    std::memcpy(buffer.data(), body_.data() + sent, n);
    sent += n;
    if (on_read) on_read();
    co_return n;
  }
  asio::awaitable<Status> Respond(HttpResponse response) override {
    EXPECT_FALSE(answer.has_value()) << "answered twice";
    answer = std::move(response);
    co_return absl::OkStatus();
  }

 private:
  ArenaPool& pool_;
  HttpRequestHead head_;
  std::string body_;

 public:
  uint64_t length;
  int reads = 0;
  size_t sent = 0;  // by ReadSome
  std::function<void()> on_read;
  Status read_status;
  std::optional<HttpResponse> answer;
};

inline HttpRequestHead HeadFor(std::string_view target) {
  return {.method = "POST",
          .target = "/",
          .path = "/",
          .headers = {{"Host", "localhost"},
                      {"content-type", "application/x-amz-json-1.1"},
                      {"X-AMZ-TARGET", target}}};
}

inline constexpr std::string_view kPutTarget = "Firehose_20150804.PutRecord";
inline constexpr std::string_view kBatchTarget = "Firehose_20150804.PutRecordBatch";
inline constexpr char kPutBody[] = R"({"DeliveryStreamName":"web","Record":{"Data":"QQ=="}})";
inline constexpr char kBatchBody[] =
    R"({"Records":[{"Data":"QQ=="},{"Data":""},{"Data":"QUI="}],"DeliveryStreamName":"web"})";

class FirehoseApiSourceTest : public ::testing::Test {
 protected:
  FirehoseApiSourceTest() {
    ingest_.intake->stream.name = "web";
    ingest_.intake->stream.type = "DirectPut";
    Restart();
  }
  ~FirehoseApiSourceTest() override {
    EXPECT_EQ(ingest_.budget.used(), 0u) << "every reservation ends with its request";
    EXPECT_EQ(ingest_.pool.bytes_in_use(), 0u);
  }

  void Restart() {
    router_ = std::make_unique<HttpRouter>();
    metrics_ = std::make_unique<MetricRegistry>();
    source_ = MakeSource();
  }
  std::unique_ptr<FirehoseApiSource> MakeSource() {
    auto source = std::make_unique<FirehoseApiSource>(SourceContext{.config = &config_,
                                                                    .ingest = &ingest_,
                                                                    .control = &control_,
                                                                    .router = router_.get(),
                                                                    .metrics = metrics_.get(),
                                                                    .clock = &Clock::System(),
                                                                    .entropy = &Entropy::System(),
                                                                    .audit = audit_.get()});
    EXPECT_TRUE(source->Start().ok());
    return source;
  }
  void Run(FakeExchange& exchange) {
    const auto handle = [&]() -> asio::awaitable<bool> {
      co_await router_->Handle(exchange);
      co_return true;
    };
    asio::io_context context;
    testing::RunCoroutine<bool>(context, handle());
  }
  HttpResponse Send(HttpRequestHead head, std::string_view body) {
    FakeExchange exchange(ingest_.pool, std::move(head), std::string(body));
    Run(exchange);
    EXPECT_TRUE(exchange.answer.has_value());
    HttpResponse answer = exchange.answer.value_or(HttpResponse{});
    EXPECT_EQ(answer.headers.size(), 1u);
    EXPECT_EQ(answer.headers.at(0).first, "x-amzn-RequestId");
    EXPECT_THAT(
        answer.headers.at(0).second,
        ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"));
    return answer;
  }
  HttpResponse Send(std::string_view target, std::string_view body) {
    return Send(HeadFor(target), body);
  }
  void ExpectError(const HttpResponse& answer, int status, std::string_view type,
                   std::string_view message) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.content_type, "application/x-amz-json-1.1");
    const auto json = nlohmann::json::parse(answer.body);
    EXPECT_EQ(json["__type"], type);
    EXPECT_THAT(json.value("message", ""), ::testing::HasSubstr(std::string(message)));
    EXPECT_TRUE(ingest_.intake->records.empty());
  }
  std::string Metric(std::string_view series) {
    const std::string text = metrics_->Expose();
    const std::string start = "\n" + std::string(series) + " ";
    const size_t at = text.find(start);
    if (at == std::string::npos) return "none";
    const size_t from = at + start.size();
    return text.substr(from, text.find('\n', from) - from);
  }

  NodeConfig config_;
  FakeIngest ingest_;
  FakeControlPlane control_;
  std::unique_ptr<HttpRouter> router_;
  std::unique_ptr<MetricRegistry> metrics_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<FirehoseApiSource> source_;
};

}  // namespace hydrant::firehose_api
