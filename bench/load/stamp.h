// Stamp: the first nine bytes of a record that is to be told from all others: which run it is of,
// and its number there.
//
//   RRR NNNNNN      three characters of the run, six of the number (most significant first), each
//                   one of 64: A-Z a-z 0-9 - _
//
// Its length is divisible by three, and so are its parts: in base64 the number has characters of
// its own, which are written over while the rest stays.
// Owner:   any thread
// Units:   numbers below kStampNumbers (68 billion)
#pragma once

#include "engine/base/clock.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hydrant::load {

inline constexpr size_t kStampRunBytes = 3;
inline constexpr size_t kStampNumberBytes = 6;
inline constexpr size_t kStampBytes = kStampRunBytes + kStampNumberBytes;
inline constexpr uint64_t kStampNumbers = uint64_t{1} << 36;

using RunId = std::array<char, kStampRunBytes>;
RunId MakeRunId(Entropy& entropy);

// Writes kStampBytes.
void WriteStamp(const RunId& run, uint64_t number, char* out);
// Over the number of a stamp that begins at `stamp`, as it is or in base64.
void PatchStamp(uint64_t number, char* stamp);
void PatchBase64Stamp(uint64_t number, char* stamp);

// The number, if `record` begins with a stamp of that run.
std::optional<uint64_t> ReadStamp(std::string_view record, const RunId& run);

}  // namespace hydrant::load
