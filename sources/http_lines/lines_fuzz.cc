// Two ways to the same records: a text compressed or not, decoded and cut in pieces of the fuzzer's
// choice, must give what splitting the whole text at once gives; arbitrary bytes fed to the
// decompressors must give the same result in one piece as in many.
#include "engine/base/check.h"
#include "engine/testing/compressed_text.h"
#include "sources/http_lines/decompressor.h"
#include "sources/http_lines/line_cutter.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace hydrant::http_lines {
namespace {

// The plain way: look at the whole text.
std::vector<std::string> SplitWhole(std::string_view text, Newline newline) {
  std::vector<std::string> records;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      records.emplace_back(text);
      break;
    }
    std::string_view bare = text.substr(0, end);
    if (bare.ends_with('\r')) bare.remove_suffix(1);
    if (!bare.empty()) {
      records.emplace_back(newline == Newline::kStrip ? bare : text.substr(0, end + 1));
    }
    text.remove_prefix(end + 1);
  }
  return records;
}

// Piece lengths from the fuzzer's bytes, over and over.
class Pieces {
 public:
  explicit Pieces(std::string_view lengths) : lengths_(lengths) {}
  size_t Next() {
    if (lengths_.empty()) return 4096;
    const auto c = static_cast<unsigned char>(lengths_[at_++ % lengths_.size()]);
    return c < 200 ? c % 32 + 1 : size_t{c} * 37;
  }

 private:
  std::string_view lengths_;
  size_t at_ = 0;
};

std::vector<std::string> CutInPieces(ArenaPool& pool, std::string_view text, Newline newline,
                                     Pieces pieces) {
  LineCutter cutter(pool.Allocate(4096), newline);
  const auto grow = [&] {
    while (cutter.full()) HYDRANT_CHECK(cutter.Grow(pool.Allocate(cutter.block_bytes() * 2)).ok());
  };
  while (!text.empty()) {
    grow();
    const size_t n = std::min({pieces.Next(), text.size(), cutter.Room().size()});
    std::memcpy(cutter.Room().data(), text.data(), n);
    text.remove_prefix(n);
    HYDRANT_CHECK(cutter.Advance(n).ok());
  }
  while (cutter.stopped()) grow();
  const auto batch = cutter.TakeLast(absl::UnixEpoch());
  HYDRANT_CHECK(batch.ok());
  std::vector<std::string> records;
  for (size_t i = 0; i < (*batch)->record_count(); ++i) records.emplace_back((*batch)->Record(i));
  return records;
}

struct Decoded {
  bool ok = true;
  bool whole = false;
  std::string text;
};

constexpr size_t kTextMax = 1 << 18;

Decoded Decode(ContentCoding coding, std::string_view in, Pieces pieces, size_t window) {
  auto decompressor = MakeDecompressor(coding);
  Decoded result;
  std::string buffer(window, '\0');
  while (result.text.size() < kTextMax) {
    const std::string_view piece = in.substr(0, pieces.Next());
    const auto step = decompressor->Decode(piece, {buffer.data(), buffer.size()});
    if (!step.ok()) {
      result.ok = false;
      return result;
    }
    HYDRANT_CHECK(step->consumed <= piece.size() && step->produced <= window);
    result.text.append(buffer, 0, step->produced);
    in.remove_prefix(step->consumed);
    if (step->consumed + step->produced == 0) {
      HYDRANT_CHECK(piece.empty());
      break;
    }
  }
  result.whole = decompressor->at_boundary();
  return result;
}

void Fuzz(std::string_view data) {
  static ArenaPool& pool = *new ArenaPool(16 << 20);
  const Newline newline = data[0] & 1 ? Newline::kKeep : Newline::kStrip;
  const size_t lengths_size =
      std::min<size_t>(static_cast<unsigned char>(data[1]) % 16, data.size() - 2);
  const Pieces pieces(data.substr(2, lengths_size));
  const std::string_view text = data.substr(2 + lengths_size);

  const std::vector<std::string> expected = SplitWhole(text, newline);
  HYDRANT_CHECK(CutInPieces(pool, text, newline, pieces) == expected);
  const Decoded unpacked = Decode(ContentCoding::kGzip, testing::GzipText(text), pieces, 77);
  HYDRANT_CHECK(unpacked.ok && unpacked.whole && unpacked.text == text);

  for (ContentCoding coding : {ContentCoding::kGzip, ContentCoding::kZstd}) {
    const Decoded one = Decode(coding, text, Pieces("\xff"), 65536);
    const Decoded many = Decode(coding, text, pieces, 13);
    if (one.text.size() >= kTextMax || many.text.size() >= kTextMax) continue;
    HYDRANT_CHECK(one.ok == many.ok);
    if (one.ok) HYDRANT_CHECK(one.whole == many.whole && one.text == many.text);
  }
}

}  // namespace
}  // namespace hydrant::http_lines

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size >= 2 && size < 100000) {
    hydrant::http_lines::Fuzz({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
