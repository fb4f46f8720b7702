// Input for tests and benches that looks like what people send, the same for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hydrant::testing {

// Lines of a web server's access log (combined format with request id and duration), about 280
// bytes each, whole lines up to at least `bytes`.
std::string AccessLog(uint64_t seed, size_t bytes);

// JSON events of about 20 KB, a line each, that hold mostly tokens, numbers and base64 of noise; whole lines up to at
// least `bytes`.
std::string LargeEvents(uint64_t seed, size_t bytes);

// Bytes that no codec can make smaller.
std::string Noise(uint64_t seed, size_t bytes);

}  // namespace hydrant::testing
