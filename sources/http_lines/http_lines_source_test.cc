// The source against a data plane of the test's own, without sockets.
#include "sources/http_lines/http_lines_source.h"

#include "engine/io/http_router.h"
#include "engine/testing/compressed_text.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/status_matchers.h"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstring>

namespace hydrant::http_lines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FakeIntake final : public StreamIntake {
 public:
  FakeIntake() { stream.type = kDirectPut; }
  const StreamDefinition& definition() const override { return stream; }
  std::string_view record_id_prefix() const override { return "shard"; }
  void Append(std::unique_ptr<RecordBatch> batch, MemoryReservation reservation,
              AppendDone done) override {
    EXPECT_GE(reservation.bytes(), batch->memory_bytes());
    if (++appends == fail_append) return done(fail_with);
    for (size_t i = 0; i < batch->record_count(); ++i) records.emplace_back(batch->Record(i));
    const AppendReceipt receipt{{next_}, batch->record_count()};
    next_ += batch->record_count();
    if (!hold) return done(receipt);
    held.push_back([done, receipt] { done(receipt); });
    most_held = std::max(most_held, held.size());
    // An answer for the oldest once the sender waits for it.
    if (held.size() == AppendWindow::kInFlightMax) {
      held.front()();
      held.erase(held.begin());
    }
  }

  StreamDefinition stream;
  int appends = 0;
  int fail_append = 0;
  Status fail_with = ResourceExhausted("quota");
  bool hold = false;
  size_t most_held = 0;
  std::vector<std::function<void()>> held;
  std::vector<std::string> records;

 private:
  uint64_t next_ = 0;
};

class FakeIngest final : public IngestPort {
 public:
  std::shared_ptr<StreamIntake> Find(std::string_view stream) const override {
    return stream == "logs" ? intake : nullptr;
  }
  asio::awaitable<StatusOr<MemoryReservation>> Admit(uint64_t bytes) override {
    MemoryReservation reservation = budget.TryReserve(bytes);
    most_used = std::max(most_used, budget.used());
    if (bytes > 0 && reservation.bytes() == 0) co_return ResourceExhausted("memory");
    co_return reservation;
  }
  ArenaPool& arena_pool() override { return pool; }

  ArenaPool pool{16 << 20};
  MemoryBudget budget{64 << 20};
  uint64_t most_used = 0;
  std::shared_ptr<FakeIntake> intake = std::make_shared<FakeIntake>();
};

class FakeExchange final : public HttpExchange {
 public:
  FakeExchange(std::string_view method, std::string_view path, std::string_view query,
               std::string body)
      : body_(std::move(body)) {
    head_.method = method;
    head_.path = path;
    head_.query = query;
  }
  const HttpRequestHead& head() const override { return head_; }
  uint64_t content_length() const override { return chunked ? kChunked : body_.size(); }
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t bytes_max) override {
    if (body_.size() > bytes_max) co_return ResourceExhausted("long");
    HttpBody body;
    body.arena = pool_->Allocate(body_.size() + HttpBody::kPadding);
    body.size = body_.size();
    std::memcpy(body.arena.data(), body_.data(), body_.size());
    co_return body;
  }
  void LimitBodyTime(uint64_t bytes) override { body_time_bytes = bytes; }
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char> buffer) override {
    const size_t n = std::min({piece, buffer.size(), body_.size() - at_});
    if (n == 0 && break_at_end) co_return Unavailable("broken");
    std::memcpy(buffer.data(), body_.data() + at_, n);
    at_ += n;
    co_return n;
  }
  asio::awaitable<Status> Respond(HttpResponse response) override {
    EXPECT_EQ(answer.status, 0);
    answer = std::move(response);
    co_return Status();
  }

  HttpRequestHead head_;
  ArenaPool* pool_ = nullptr;
  bool chunked = false;
  uint64_t body_time_bytes = 0;
  bool break_at_end = false;
  size_t piece = 1 << 20;
  HttpResponse answer{.status = 0};

 private:
  std::string body_;
  size_t at_ = 0;
};

asio::awaitable<bool> Route(const HttpRouter& router, FakeExchange& exchange) {
  co_await router.Handle(exchange);
  co_return true;
}

class HttpLinesTest : public ::testing::Test {
 protected:
  void Make() {
    context_ = {&config_, &ingest_, nullptr, &router_, &metrics_, &Clock::System(), nullptr};
    source_ = std::make_unique<HttpLinesSource>(context_);
    ASSERT_OK(source_->Start());
  }
  nlohmann::json Send(FakeExchange& exchange) {
    if (!source_) Make();
    exchange.pool_ = &ingest_.pool;
    asio::io_context loop;
    // Batches held by the intake are answered when nothing else is left to do.
    bool done = false;
    asio::co_spawn(loop, Route(router_, exchange), [&](std::exception_ptr, bool) { done = true; });
    while (!done) {
      loop.restart();
      if (loop.poll_one() > 0) continue;  // run_one would wait for the sender's timer
      if (ingest_.intake->held.empty()) break;
      ingest_.intake->held.front()();
      ingest_.intake->held.erase(ingest_.intake->held.begin());
    }
    EXPECT_TRUE(done);
    EXPECT_EQ(ingest_.budget.used(), 0) << "memory that was not given back";
    return nlohmann::json::parse(exchange.answer.body);
  }
  nlohmann::json Post(std::string_view path, std::string body, std::string_view query = "",
                      std::string_view coding = "") {
    FakeExchange exchange("POST", path, query, std::move(body));
    if (!coding.empty()) exchange.head_.headers.emplace_back("Content-Encoding", coding);
    nlohmann::json json = Send(exchange);
    status_ = exchange.answer.status;
    return json;
  }
  const std::vector<std::string>& records() const { return ingest_.intake->records; }

  NodeConfig config_;
  FakeIngest ingest_;
  HttpRouter router_;
  MetricRegistry metrics_;
  SourceContext context_;
  std::unique_ptr<HttpLinesSource> source_;
  int status_ = 0;
};

// It reads from elsewhere: nothing that is put would ever get into it.
TEST_F(HttpLinesTest, RefusesStreamsOfOtherSources) {
  ingest_.intake->stream.type = "KinesisStreamAsSource";
  Post("/streams/logs/lines", "a\n");
  EXPECT_EQ(status_, 404);
  EXPECT_EQ(ingest_.intake->appends, 0);
}

TEST_F(HttpLinesTest, RefusesBadRequests) {
  const struct {
    const char *method, *path, *query, *coding;
    int status;
  } cases[] = {
      {"POST", "/streams/", "", "", 404},
      {"POST", "/streams/logs", "", "", 404},
      {"POST", "/streams/logs/", "", "", 404},
      {"POST", "/streams/logs/line", "", "", 404},
      {"POST", "/streams/logs/lines/", "", "", 404},
      {"POST", "/streams/other/lines", "", "", 404},
      {"POST", "/streams/<script>/lines", "", "", 404},
      {"POST", "/streams//lines", "", "", 404},
      {"POST", "/streams/logs%/lines", "", "", 404},
      {"POST", "/streams/logs%7/lines", "", "", 404},
      {"POST", "/streams/%6cogs%2Flines", "", "", 404},
      {"POST", "/streams/logs%00/lines", "", "", 404},
      {"GET", "/streams/logs/lines", "", "", 405},
      {"PUT", "/streams/logs/record", "", "", 405},
      {"POST", "/streams/logs/lines", "newline=yes", "", 400},
      {"POST", "/streams/logs/lines", "newlines=keep", "", 400},
      {"POST", "/streams/logs/record", "newline=strip", "", 400},
      {"POST", "/streams/logs/lines", "", "br", 415},
      {"POST", "/streams/logs/lines", "", "gzip, zstd", 415},
      {"POST", "/streams/logs/lines", "", "gzip", 400},
      {"POST", "/streams/logs/lines", "", "zstd", 400},
  };
  for (const auto& c : cases) {
    FakeExchange exchange(c.method, c.path, c.query, "a\nb\n");
    if (*c.coding) exchange.head_.headers.emplace_back("content-encoding", c.coding);
    const nlohmann::json json = Send(exchange);
    EXPECT_EQ(exchange.answer.status, c.status) << c.path << json;
    EXPECT_FALSE(json["error"]["message"].get<std::string>().empty());
    EXPECT_EQ(json["records"], 0);
    EXPECT_THAT(exchange.answer.body, Not(HasSubstr("<script>")));
  }
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(HttpLinesTest, AStreamsNameMayBeEscaped) {
  Post("/streams/%6C%6fgs/lines", "one\n");
  EXPECT_EQ(status_, 200);
  Post("/streams/%6C%6F%67%73/record", "two");
  EXPECT_EQ(status_, 200);
  EXPECT_THAT(records(), ElementsAre("one\n", "two"));
}

TEST_F(HttpLinesTest, LinesKeepTheirNewlineByDefault) {
  const auto json = Post("/streams/logs/lines", "one\n\ntwo\r\nthree");
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(json, nlohmann::json({{"records", 3}, {"bytes", 14}}));
  EXPECT_THAT(records(), ElementsAre("one\n", "two\r\n", "three"));
}

TEST_F(HttpLinesTest, LinesCanBeStripped) {
  EXPECT_EQ(Post("/streams/logs/lines", "one\n\ntwo\r\nthree", "newline=strip")["bytes"], 11);
  EXPECT_THAT(records(), ElementsAre("one", "two", "three"));
}

TEST_F(HttpLinesTest, EmptyBodies) {
  EXPECT_EQ(Post("/streams/logs/lines", "")["records"], 0);
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(ingest_.intake->appends, 0);
  EXPECT_EQ(Post("/streams/logs/record", "")["records"], 1);
  EXPECT_THAT(records(), ElementsAre(""));
}

TEST_F(HttpLinesTest, WholeBodyAsOneRecord) {
  EXPECT_EQ(Post("/streams/logs/record", "a\nb\n")["bytes"], 4);
  EXPECT_EQ(Post("/streams/logs/record", testing::GzipText("c\nd"), "", "gzip")["bytes"], 3);
  EXPECT_THAT(records(), ElementsAre("a\nb\n", "c\nd"));
  EXPECT_EQ(Post("/streams/logs/record", std::string(kRecordBytesMax, 'x'))["records"], 1);
  Post("/streams/logs/record", std::string(kRecordBytesMax + 1, 'x'));
  EXPECT_EQ(status_, 413);
  Post("/streams/logs/record", testing::GzipText(std::string(kRecordBytesMax + 1, 'x')), "",
       "gzip");
  EXPECT_EQ(status_, 413);
  EXPECT_EQ(ingest_.intake->appends, 3);
}

TEST_F(HttpLinesTest, CompressedChunkedAndPlainGiveTheSame) {
  std::string text;
  std::vector<std::string> lines;
  for (int i = 0; i < 3000; ++i) {
    lines.push_back("line " + std::to_string(i) + "\n");
    text += lines.back();
  }
  for (bool gzip : {false, true}) {
    for (size_t piece : {1, 1000, 1 << 20}) {
      ingest_.intake->records.clear();
      FakeExchange exchange("POST", "/streams/logs/lines", "",
                            gzip ? testing::GzipText(text) : text);
      if (gzip) exchange.head_.headers.emplace_back("Content-Encoding", "gzip");
      exchange.chunked = true;
      exchange.piece = piece;
      EXPECT_EQ(Send(exchange)["records"], 3000);
      EXPECT_TRUE(records() == lines);
    }
  }
}

TEST_F(HttpLinesTest, UpToFourMebibytesAreTakenWholeOrNotAtAll) {
  std::string text;
  while (text.size() < (3 << 20)) text += std::string(999, 'x') + "\n";
  const std::string bad = text + std::string(kRecordBytesMax, 'y') + "\n";
  for (bool gzip : {false, true}) {
    const auto json =
        Post("/streams/logs/lines", gzip ? testing::GzipText(bad) : bad, "", gzip ? "gzip" : "");
    EXPECT_EQ(status_, 413);
    EXPECT_THAT(json["error"]["message"], HasSubstr("line 3147 "));
    EXPECT_EQ(json["records"], 0);
    EXPECT_EQ(ingest_.intake->appends, 0);
  }
  const std::string cut_off = testing::GzipText(text).substr(0, 3000);
  EXPECT_EQ(Post("/streams/logs/lines", cut_off, "", "gzip")["records"], 0);
  EXPECT_EQ(status_, 400);
  EXPECT_EQ(ingest_.intake->appends, 0);
  EXPECT_EQ(Post("/streams/logs/lines", testing::GzipText(text), "", "gzip")["records"], 3146);
  EXPECT_EQ(ingest_.intake->appends, 1);
}

TEST_F(HttpLinesTest, LongStreamsAreBatchedInBoundedMemory) {
  std::string text;
  size_t lines = 0;
  for (; text.size() < (40 << 20); ++lines) text += std::string(499, 'x') + "\n";
  ingest_.intake->hold = true;
  for (bool gzip : {false, true}) {
    ingest_.intake->records.clear();
    ingest_.most_used = 0;
    const auto json =
        Post("/streams/logs/lines", gzip ? testing::GzipText(text) : text, "", gzip ? "gzip" : "");
    EXPECT_EQ(json, nlohmann::json({{"records", lines}, {"bytes", text.size()}}));
    EXPECT_EQ(records().size(), lines);
    EXPECT_LE(ingest_.most_used, gzip ? 14 << 20 : 8 << 20);
    EXPECT_LE(ingest_.intake->most_held, AppendWindow::kInFlightMax);
  }
}

TEST_F(HttpLinesTest, SaysHowMuchOfALongStreamIsDurable) {
  std::string text;
  while (text.size() < (8 << 20)) text += std::string(499, 'x') + "\n";
  ingest_.intake->fail_append = 4;
  const auto json = Post("/streams/logs/lines", text);
  EXPECT_EQ(status_, 503);
  EXPECT_EQ(json["error"]["type"], "ServiceUnavailableException");
  EXPECT_EQ(json["error"]["message"], "Slow down.");
  EXPECT_EQ(json["records"], records().size());
  EXPECT_GT(records().size(), 6000);
}

TEST_F(HttpLinesTest, BodiesThatAreHeldWholeMustComeAtTheLeastRate) {
  FakeExchange lines("POST", "/streams/logs/lines", "", "a\nb\n");
  Send(lines);
  EXPECT_EQ(lines.body_time_bytes, 4u);
  FakeExchange record("POST", "/streams/logs/record", "", "abc");
  Send(record);
  EXPECT_EQ(record.body_time_bytes, 3u);
  FakeExchange stream("POST", "/streams/logs/lines", "", "a\n");
  stream.chunked = true;
  Send(stream);
  EXPECT_EQ(stream.body_time_bytes, 0u);  // may take its time: tail -F | curl
}

TEST_F(HttpLinesTest, PushesBackWithoutMemory) {
  ASSERT_TRUE(ingest_.budget.TryTake((64 << 20) - 1000));
  FakeExchange exchange("POST", "/streams/logs/lines", "", "a\n");
  Make();
  exchange.pool_ = &ingest_.pool;
  asio::io_context loop;
  testing::RunCoroutine(loop, Route(router_, exchange));
  EXPECT_EQ(exchange.answer.status, 503);
  EXPECT_THAT(exchange.answer.headers, ElementsAre(::testing::Pair("Retry-After", "1")));
  ingest_.budget.Give((64 << 20) - 1000);
  EXPECT_EQ(ingest_.budget.used(), 0);
}

TEST_F(HttpLinesTest, BodyThatBreaksOffIsNotTaken) {
  FakeExchange exchange("POST", "/streams/logs/lines", "", "a\nb\n");
  exchange.chunked = true;
  exchange.break_at_end = true;
  Send(exchange);
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(HttpLinesTest, DrainRefusesNewRequests) {
  Make();
  source_->Drain();
  Post("/streams/logs/lines", "a\n");
  EXPECT_EQ(status_, 503);
}

TEST_F(HttpLinesTest, BasicAuthentication) {
  config_.credentials = {{"AKID1", "secret-one"}, {"AKID2", "secret:two"}};
  const auto send = [&](std::string_view authorization) {
    FakeExchange exchange("POST", "/streams/logs/lines", "", "a\n");
    if (!authorization.empty()) {
      exchange.head_.headers.emplace_back("Authorization", authorization);
    }
    const auto json = Send(exchange);
    EXPECT_THAT(exchange.answer.body, Not(HasSubstr("secret-")));
    return exchange.answer.status;
  };
  const auto basic = [](std::string_view text) {
    std::string out = "Basic ";
    std::string encoded;
    absl::Base64Escape(ToAbsl(text), &encoded);
    return out + encoded;
  };
  EXPECT_EQ(send(""), 401);
  EXPECT_EQ(send("Basic"), 403);
  EXPECT_EQ(send("Basic !!!"), 401);
  EXPECT_EQ(send("Bearer x"), 403);
  for (const char* wrong : {"", ":", "AKID1", "AKID1:", "AKID1:secret-two", "AKID2:secret-one",
                            "akid1:secret-one", "AKID1:secret-one ", "AKID1:secret-onesecret"}) {
    EXPECT_EQ(send(basic(wrong)), 401) << wrong;
  }
  EXPECT_THAT(records(), IsEmpty());
  EXPECT_EQ(send(basic("AKID1:secret-one")), 200);
  EXPECT_EQ(send("basic" + basic("AKID2:secret:two").substr(5)), 200);
}

// Signs as a client does that sends x-amz-content-sha256.
void Sign(FakeExchange& exchange, const AccessKey& key, std::string_view payload_hash) {
  static std::vector<std::unique_ptr<std::string>> kept;  // heads are views
  const auto add = [&](const char* name, std::string value) {
    kept.push_back(std::make_unique<std::string>(std::move(value)));
    exchange.head_.headers.emplace_back(name, *kept.back());
  };
  const std::string date = aws::FormatAmzDate(absl::Now());
  add("Host", "h");
  add("X-Amz-Content-Sha256", std::string(payload_hash));
  add("X-Amz-Date", date);
  aws::SigV4Input input;
  input.method = exchange.head_.method;
  input.path = exchange.head_.path;
  input.query = exchange.head_.query;
  input.payload_hash = payload_hash;
  input.headers = {
      {"host", "h"}, {"x-amz-content-sha256", std::string(payload_hash)}, {"x-amz-date", date}};
  const aws::SigV4Scope scope{date.substr(0, 8), "us-east-1", "firehose"};
  const std::string signature =
      aws::ComputeSignature(aws::DeriveSigningKey(key.secret_access_key, scope), date, scope,
                            aws::CanonicalRequest(input));
  add("Authorization", "AWS4-HMAC-SHA256 Credential=" + key.access_key_id + "/" + scope.Text() +
                           ", SignedHeaders=" + aws::SignedHeaderNames(input) +
                           ", Signature=" + signature);
}

TEST_F(HttpLinesTest, SignedRequests) {
  config_.credentials = {{"AKIDEXAMPLE", "the-secret"}};
  const std::string body = "one\ntwo\n";
  const auto send = [&](const AccessKey& key, std::string_view hash, std::string sent) {
    FakeExchange exchange("POST", "/streams/logs/lines", "newline=keep", std::move(sent));
    Sign(exchange, key, hash);
    Send(exchange);
    return exchange.answer.status;
  };
  const AccessKey& good = config_.credentials[0];
  EXPECT_EQ(send({"AKIDEXAMPLE", "another"}, "UNSIGNED-PAYLOAD", body), 403);
  EXPECT_EQ(send({"AKIDOTHER", "the-secret"}, "UNSIGNED-PAYLOAD", body), 403);
  EXPECT_EQ(send(good, aws::Sha256Hex("something else"), body), 403);
  EXPECT_EQ(send(good, aws::Sha256Hex(body), std::string(9 << 20, 'x')), 413);
  EXPECT_THAT(records(), IsEmpty());
  EXPECT_EQ(send(good, "UNSIGNED-PAYLOAD", body), 200);
  EXPECT_EQ(send(good, aws::Sha256Hex(body), body), 200);
  EXPECT_THAT(records(), ElementsAre("one\n", "two\n", "one\n", "two\n"));
}

TEST_F(HttpLinesTest, PoliciesBindUploadsAsPutRecordBatch) {
  const auto policy = [](std::string action, std::string stream) {
    return R"({"Statement": {"Effect": "Allow", "Action": "firehose:)" + action +
           R"(", "Resource": "arn:aws:firehose:*:*:deliverystream/)" + stream + "\"}}";
  };
  config_.credentials = {{"AK1", "one", "", policy("PutRecord", "logs")},
                         {"AK2", "two", "", policy("PutRecordBatch", "other")},
                         {"AK3", "three", "", policy("PutRecord*", "lo*")},
                         {"AK4", "four", "a session's token"}};
  const auto send = [&](const char* key) {
    std::string encoded;
    absl::Base64Escape(key, &encoded);
    const std::string basic = "Basic " + encoded;
    FakeExchange exchange("POST", "/streams/logs/lines", "", "a\n");
    exchange.head_.headers.emplace_back("Authorization", basic);
    const auto json = Send(exchange);
    return std::to_string(exchange.answer.status) + " " + json.value("error", json).dump();
  };
  EXPECT_THAT(send("AK1:one"), HasSubstr("403 {\"message\":\"User: "));
  EXPECT_THAT(send("AK2:two"), HasSubstr("perform: firehose:PutRecordBatch on resource: "
                                         "arn:aws:firehose:us-east-1:000000000000:deliverystream/"
                                         "logs because"));
  EXPECT_THAT(send("AK4:four"), HasSubstr("401 "));  // a temporary key without its token
  EXPECT_THAT(records(), IsEmpty());
  EXPECT_THAT(send("AK3:three"), HasSubstr("200 "));
  // A signed upload is bound all the same.
  FakeExchange exchange("POST", "/streams/logs/lines", "", "b\n");
  Sign(exchange, config_.credentials[0], "UNSIGNED-PAYLOAD");
  Send(exchange);
  EXPECT_EQ(exchange.answer.status, 403);
  EXPECT_THAT(records(), ElementsAre("a\n"));
}

TEST_F(HttpLinesTest, ChunksThatAreSignedComeInOneByOne) {
  config_.credentials = {{"AKIDEXAMPLE", "the-secret"}};
  const auto send = [&](bool tamper) {
    FakeExchange head("POST", "/streams/logs/lines", "", "");
    Sign(head, config_.credentials[0], "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    const std::string authorization(head.head_.Header("authorization"));
    const std::string date(head.head_.Header("x-amz-date"));
    const aws::SigV4Scope scope{date.substr(0, 8), "us-east-1", "firehose"};
    std::string previous = authorization.substr(authorization.rfind('=') + 1);
    std::string body;
    for (const std::string data : {"one\ntw", "o\nthree\n", ""}) {
      const std::string to_sign = "AWS4-HMAC-SHA256-PAYLOAD\n" + date + "\n" + scope.Text() + "\n" +
                                  previous + "\n" + aws::Sha256Hex("") + "\n" +
                                  aws::Sha256Hex(data);
      previous =
          aws::HexLower(aws::HmacSha256(aws::DeriveSigningKey("the-secret", scope), to_sign));
      body += std::to_string(data.size()) + ";chunk-signature=" + previous + "\r\n" + data + "\r\n";
    }
    if (tamper) body[body.find("three")] = 'T';
    FakeExchange exchange("POST", "/streams/logs/lines", "", body);
    exchange.head_ = head.head_;
    exchange.head_.headers.emplace_back("Content-Encoding", "aws-chunked");
    exchange.piece = 10;
    Send(exchange);
    return exchange.answer.status;
  };
  EXPECT_EQ(send(true), 403);
  EXPECT_THAT(records(), Not(::testing::Contains(HasSubstr("hree"))));
  // Chunks that nobody takes apart are no lines.
  FakeExchange unsigned_chunks("POST", "/streams/logs/lines", "", "0;chunk-signature=\r\n");
  Sign(unsigned_chunks, config_.credentials[0], "UNSIGNED-PAYLOAD");
  unsigned_chunks.head_.headers.emplace_back("Content-Encoding", "aws-chunked");
  Send(unsigned_chunks);
  EXPECT_EQ(unsigned_chunks.answer.status, 415);
  ingest_.intake->records.clear();
  EXPECT_EQ(send(false), 200);
  EXPECT_THAT(records(), ElementsAre("one\n", "two\n", "three\n"));
}

}  // namespace
}  // namespace hydrant::http_lines
