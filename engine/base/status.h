// Status helpers: short names for Abseil's Status, the two macros it lacks, and string_view bridging.
// Owner:   any thread
// Errors:  the code says what to do; see docs/contributing.md ("Errors")
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>

namespace hydrant {

using absl::Status;
using absl::StatusOr;

// Debian's Abseil has a string_view of its own: convert in one place.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }
inline std::string_view Message(const Status& status) { return FromAbsl(status.message()); }

inline Status MakeStatus(absl::StatusCode code, std::string_view message) {
  return Status(code, ToAbsl(message));
}
inline Status InvalidArgument(std::string_view m) { return absl::InvalidArgumentError(ToAbsl(m)); }
inline Status NotFound(std::string_view m) { return absl::NotFoundError(ToAbsl(m)); }
inline Status Unavailable(std::string_view m) { return absl::UnavailableError(ToAbsl(m)); }
inline Status ResourceExhausted(std::string_view m) {
  return absl::ResourceExhaustedError(ToAbsl(m));
}
inline Status DataLoss(std::string_view m) { return absl::DataLossError(ToAbsl(m)); }
inline Status Internal(std::string_view m) { return absl::InternalError(ToAbsl(m)); }

// The same status with `context: ` in front of its message.
inline Status WithContext(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  std::string message(context);
  message.append(": ").append(Message(status));
  return MakeStatus(status.code(), message);
}

// An errno as a Status: "open /data/x: No space left on device". ENOSPC and EDQUOT are
// kResourceExhausted, ENOENT kNotFound, EACCES, EPERM and EROFS kPermissionDenied, the rest kInternal.
Status ErrnoStatus(int error, std::string_view what);

}  // namespace hydrant

#define HYDRANT_CONCAT_INNER_(a, b) a##b
#define HYDRANT_CONCAT_(a, b) HYDRANT_CONCAT_INNER_(a, b)

// Returns from the enclosing function when `expr` is not OK.
#define RETURN_IF_ERROR(expr)                             \
  do {                                                    \
    if (::absl::Status status_ = (expr); !status_.ok()) { \
      return status_;                                     \
    }                                                     \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): x is the value, or the enclosing function returns the error.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL_(HYDRANT_CONCAT_(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                           \
  if (!tmp.ok()) return tmp.status();          \
  lhs = std::move(tmp).value()

// The same two inside a coroutine.
#define CO_RETURN_IF_ERROR(expr)                          \
  do {                                                    \
    if (::absl::Status status_ = (expr); !status_.ok()) { \
      co_return status_;                                  \
    }                                                     \
  } while (false)
#define CO_ASSIGN_OR_RETURN(lhs, expr) \
  CO_ASSIGN_OR_RETURN_IMPL_(HYDRANT_CONCAT_(status_or_, __LINE__), lhs, expr)
#define CO_ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                              \
  if (!tmp.ok()) co_return tmp.status();          \
  lhs = std::move(tmp).value()
