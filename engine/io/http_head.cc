#include "engine/io/http_head.h"

#include <absl/strings/match.h>
#include <boost/beast/http/basic_parser.hpp>

#include <cstring>

namespace hydrant {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

// Clients send about twenty; each is looked through for every header that anybody asks for.
constexpr size_t kHeadersMax = 256;

std::string_view FromBeast(BeastView text) { return {text.data(), text.size()}; }

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

// Beast's parser with fields kept as views instead of copies.
class HeadParser final : public beast_http::basic_parser<true> {
 public:
  HeadParser(std::string_view in, HttpRequestHead& head) : in_(in), head_(head) {
    head.headers.clear();
    header_limit(static_cast<uint32_t>(in.size() + 1));
    body_limit(boost::none);
    skip(true);
  }

  HttpHeadVerdict Run(HttpFraming& framing);

 private:
  void on_request_impl(beast_http::verb, BeastView method, BeastView target, int version,
                       error_code&) override {
    head_.method = FromBeast(method);
    head_.target = FromBeast(target);
    http10_ = version == 10;
  }
  void on_field_impl(beast_http::field field, BeastView name, BeastView value,
                     error_code&) override;
  void on_header_impl(error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(BeastView, error_code&) override { return 0; }
  void on_chunk_header_impl(uint64_t, BeastView, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, BeastView, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  // Nothing when the header section may be acted on.
  HttpHeadVerdict CheckFields() const;

  const std::string_view in_;
  HttpRequestHead& head_;
  bool http10_ = false;
  bool folded_ = false;
  int lengths_ = 0;
  int encodings_ = 0;
  int hosts_ = 0;
  std::string_view encoding_;
  std::string_view expect_;
};

void HeadParser::on_field_impl(beast_http::field field, BeastView name_view, BeastView value_view,
                               error_code& error) {
  if (head_.headers.size() == kHeadersMax) {
    error = beast_http::error::header_limit;
    return;
  }
  const std::string_view name = FromBeast(name_view);
  const std::string_view value = FromBeast(value_view);
  // A folded value is either joined in memory of the parser's own, or has a line end before it.
  const char* name_end = name.data() + name.size();
  const bool inside = value.data() >= name_end && value.data() <= in_.data() + in_.size();
  if (!inside || std::memchr(name_end, '\n', static_cast<size_t>(value.data() - name_end))) {
    folded_ = true;
  }
  if (field == beast_http::field::content_length) ++lengths_;
  if (field == beast_http::field::host) ++hosts_;
  if (field == beast_http::field::expect) expect_ = value;
  if (field == beast_http::field::transfer_encoding) {
    ++encodings_;
    encoding_ = value;
  }
  head_.headers.emplace_back(name, value);
}

HttpHeadVerdict HeadParser::CheckFields() const {
  if (folded_) return {400, "A header is folded over several lines."};
  if (lengths_ > 1) return {400, "There are several Content-Length headers."};
  if (lengths_ == 1 && encodings_ > 0) {
    return {400, "There are both Content-Length and Transfer-Encoding."};
  }
  if (encodings_ > 1) return {400, "There are several Transfer-Encoding headers."};
  if (encodings_ == 1 && http10_) return {400, "HTTP/1.0 has no Transfer-Encoding."};
  if (encodings_ == 1 && !EqualsIgnoreCase(encoding_, "chunked")) {
    return {501, "The only Transfer-Encoding understood is chunked."};
  }
  if (hosts_ > 1 || (hosts_ == 0 && !http10_)) return {400, "There must be one Host header."};
  if (!expect_.empty() && !EqualsIgnoreCase(expect_, "100-continue")) {
    return {417, "The only expectation understood is 100-continue."};
  }
  return {};
}

HttpHeadVerdict ErrorVerdict(error_code error) {
  if (error == beast_http::error::bad_version) return {505, "The protocol is not HTTP/1.1."};
  if (error == beast_http::error::header_limit) return {431, "There are too many headers."};
  if (error == beast_http::error::bad_content_length ||
      error == beast_http::error::multiple_content_length) {
    return {400, "Content-Length is not one decimal number, or is not alone."};
  }
  if (error == beast_http::error::bad_transfer_encoding) {
    return {400, "There are both Content-Length and Transfer-Encoding, or several of one."};
  }
  return {400, "The request is not HTTP."};
}

HttpHeadVerdict HeadParser::Run(HttpFraming& framing) {
  error_code error;
  const size_t consumed = put({in_.data(), in_.size()}, error);
  if (error == beast_http::error::need_more) return {};
  if (error) return ErrorVerdict(error);
  HttpHeadVerdict verdict = CheckFields();
  verdict.complete = true;
  verdict.size = consumed;
  framing.http10 = http10_;
  framing.keep_alive = keep_alive();
  framing.expect_continue = !expect_.empty() && !http10_;
  framing.content_length = chunked() ? HttpExchange::kChunked : content_length().value_or(0);
  if (framing.content_length == 0) framing.expect_continue = false;
  return verdict;
}

// Path and query of the target; the absolute form (for proxies) is taken too.
void SplitTarget(HttpRequestHead& head) {
  std::string_view rest = head.target;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(ToAbsl(rest), ToAbsl(scheme))) continue;
    const size_t slash = rest.find('/', scheme.size());
    rest = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
    break;
  }
  const size_t mark = rest.find('?');
  head.path = rest.substr(0, mark);
  head.query = mark == std::string_view::npos ? std::string_view() : rest.substr(mark + 1);
}

}  // namespace

HttpHeadVerdict ParseHttpHead(std::string_view in, HttpRequestHead& head, HttpFraming& framing) {
  HeadParser parser(in, head);
  const HttpHeadVerdict verdict = parser.Run(framing);
  if (verdict.complete) SplitTarget(head);
  return verdict;
}

std::string_view HttpRequestHead::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

}  // namespace hydrant
