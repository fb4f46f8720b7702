// What goes through sockets: requests in, their answers, objects out. One connection; the other end
// is a thread of its own, whose CPU is not counted.
#include "bench/roofline/hot_buffer.h"
#include "bench/roofline/loopback.h"
#include "bench/roofline/stage.h"
#include "engine/log/crc32c.h"
#include "sources/firehose_api/put_answer.h"

#include <absl/strings/str_cat.h>

#include <cstring>

namespace hydrant::roofline {
namespace {

constexpr size_t kReadBytes = 256 << 10;
constexpr char kRecordIdPrefix[] = "0123456789abcdef0123456789abcdef";
constexpr size_t kIdDigits = 20;  // behind the prefix
// What http_lines answers, with its head, give or take a digit.
constexpr size_t kLinesAnswerBytes = 160;

std::string_view PayloadOf(const Request& request) { return request.payload; }
std::string_view BodyOf(const Request& request) { return request.body; }
using BytesOf = std::string_view (*)(const Request&);

std::string RequestHead(size_t body_bytes) {
  return absl::StrCat(
      "POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.1\r\n"
      "X-Amz-Target: Firehose_20150804.PutRecordBatch\r\nHost: 127.0.0.1\r\nContent-Length: ",
      body_bytes, "\r\n\r\n");
}

Status SendRequests(const Work& work, BytesOf body_of, Socket& socket) {
  for (const Request& request : work.requests) {
    const std::string_view body = body_of(request);
    RETURN_IF_ERROR(socket.SendAll(RequestHead(body.size())));
    RETURN_IF_ERROR(socket.SendAll(body));
  }
  return absl::OkStatus();
}

// Each request comes as a whole into memory that it could stay in.
Status Receive(std::string_view name, const Work& work, BytesOf body_of, CpuStopwatch& watch) {
  ASSIGN_OR_RETURN(auto loopback, Loopback::Connect([&](Socket& socket) {
                     return SendRequests(work, body_of, socket);
                   }));
  std::string buffer;
  for (const Request& request : work.requests) {
    const std::string_view body = body_of(request);
    const std::string head = RequestHead(body.size());
    const size_t size = head.size() + body.size();
    if (buffer.size() < size) buffer.resize(size);
    watch.Start();
    const Status received = loopback->near().ReceiveAll({buffer.data(), size});
    watch.StopSystemCalls();
    RETURN_IF_ERROR(received);
    const auto text = std::string_view(buffer).substr(0, size);
    if (!text.starts_with(head) || !text.ends_with(body)) return WrongAnswer(name);
  }
  return loopback->Join();
}

// The far end of a stage that sends: reads to the end, and knows afterwards what came.
struct Drain {
  uint64_t bytes = 0;
  uint32_t crc = 0;

  Status Run(Socket& socket) {
    std::string buffer(kReadBytes, '\0');
    for (;;) {
      ASSIGN_OR_RETURN(const size_t n, socket.ReceiveSome(buffer));
      if (n == 0) return absl::OkStatus();
      bytes += n;
      crc = ExtendCrc32c(crc, std::string_view(buffer.data(), n));
    }
  }
};

// What the drain must have got.
struct Sent {
  uint64_t bytes = 0;
  uint32_t crc = 0;
  void Add(std::string_view text) {
    bytes += text.size();
    crc = ExtendCrc32c(crc, text);
  }
};

// Calls `send` with the near end, then compares.
template <typename SendAllOfIt>
Status WithDrain(std::string_view name, const SendAllOfIt& send) {
  Drain drain;
  Sent sent;
  ASSIGN_OR_RETURN(auto loopback,
                   Loopback::Connect([&drain](Socket& socket) { return drain.Run(socket); }));
  RETURN_IF_ERROR(send(loopback->near(), sent));
  loopback->near().EndSending();
  RETURN_IF_ERROR(loopback->Join());
  return drain.bytes == sent.bytes && drain.crc == sent.crc ? absl::OkStatus() : WrongAnswer(name);
}

Status SendObjects(std::string_view name, const std::vector<std::string_view>& objects,
                   CpuStopwatch& watch) {
  return WithDrain(name, [&](Socket& socket, Sent& expected) -> Status {
    HotBuffer hot(kObjectBytesMax);
    for (const std::string_view each : objects) {
      const std::string_view object = hot.Fill(each);
      const std::string head = absl::StrCat(
          "PUT /bucket/key HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ", object.size(),
          "\r\n\r\n");
      watch.Start();
      Status sent = socket.SendAll(head);
      if (sent.ok()) sent = socket.SendAll(object);
      watch.StopSystemCalls();
      RETURN_IF_ERROR(sent);
      expected.Add(head);
      expected.Add(object);
    }
    return absl::OkStatus();
  });
}

// The answer to a PutRecordBatch, all but the digits that tell its record ids apart made before.
class BatchAnswer {
 public:
  explicit BatchAnswer(size_t record_count) : text_(Render(Position{0}, record_count)) {
    const size_t prefix_bytes = sizeof(kRecordIdPrefix) - 1;
    for (size_t at = text_.find(kRecordIdPrefix); at != text_.npos;
         at = text_.find(kRecordIdPrefix, at)) {
      at += prefix_bytes;
      digits_at_.push_back(at);
    }
  }
  static std::string Render(Position first, size_t record_count) {
    const std::string body =
        firehose_api::RenderPutRecordBatchAnswer(kRecordIdPrefix, first, record_count, false);
    return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
  }

  size_t record_count() const { return digits_at_.size(); }
  std::string_view text() const { return text_; }
  // Writes the digits of `first` and of those that follow it.
  void Number(Position first) {
    char digits[kIdDigits];
    uint64_t value = first.value;
    for (size_t i = kIdDigits; i-- > 0; value /= 10)
      digits[i] = static_cast<char>('0' + value % 10);
    for (const size_t at : digits_at_) {
      std::memcpy(text_.data() + at, digits, kIdDigits);
      for (size_t i = kIdDigits; i-- > 0 && ++digits[i] > '9';) digits[i] = '0';
    }
  }

 private:
  std::string text_;
  std::vector<size_t> digits_at_;
};

Status AnswerBatches(const Work& work, CpuStopwatch& watch) {
  return WithDrain("answer-batch", [&](Socket& socket, Sent& expected) -> Status {
    Position first{123'456'789};
    BatchAnswer answer(0);
    for (const Request& request : work.requests) {
      const size_t count = request.ends.size();
      if (answer.record_count() != count) answer = BatchAnswer(count);
      watch.Start();
      answer.Number(first);
      watch.Stop();
      watch.Start();
      const Status sent = socket.SendAll(answer.text());
      watch.StopSystemCalls();
      RETURN_IF_ERROR(sent);
      expected.Add(BatchAnswer::Render(first, count));
      first = first + count;
    }
    return absl::OkStatus();
  });
}

Status AnswerLines(const Work& work, CpuStopwatch& watch) {
  return WithDrain("answer-lines", [&](Socket& socket, Sent& expected) -> Status {
    const std::string answer(kLinesAnswerBytes, 'a');
    for (size_t i = 0; i < work.requests.size(); ++i) {
      watch.Start();
      const Status sent = socket.SendAll(answer);
      watch.StopSystemCalls();
      RETURN_IF_ERROR(sent);
      expected.Add(answer);
    }
    return absl::OkStatus();
  });
}

}  // namespace

std::vector<Stage> SocketStages(const Work& work) {
  const uint64_t bytes = work.payload.size();
  const std::vector<std::string_view> objects(work.gzip_objects.begin(), work.gzip_objects.end());
  return {
      {"receive-batch", "PutRecordBatch requests from a loopback connection", bytes,
       [&work](CpuStopwatch& watch) { return Receive("receive-batch", work, &BodyOf, watch); }},
      {"receive-lines", "the same records as lines", bytes,
       [&work](CpuStopwatch& watch) { return Receive("receive-lines", work, &PayloadOf, watch); }},
      {"answer-batch", "numbering the record ids of an answer made before, and sending it", bytes,
       [&work](CpuStopwatch& watch) { return AnswerBatches(work, watch); }},
      {"answer-lines", "sending the answer to lines", bytes,
       [&work](CpuStopwatch& watch) { return AnswerLines(work, watch); }},
      {"send-gzip", "PUTs of the compressed objects to a loopback connection", bytes,
       [objects](CpuStopwatch& watch) { return SendObjects("send-gzip", objects, watch); }},
      {"send-plain", "PUTs of objects as they are", bytes,
       [&work](CpuStopwatch& watch) { return SendObjects("send-plain", work.chunks, watch); }},
  };
}

}  // namespace hydrant::roofline
