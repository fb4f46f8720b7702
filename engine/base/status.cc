#include "engine/base/status.h"

#include <cerrno>
#include <cstring>

namespace hydrant {

Status ErrnoStatus(int error, std::string_view what) {
  char buffer[256];
  std::string message(what);
  message.append(": ").append(strerror_r(error, buffer, sizeof(buffer)));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return ResourceExhausted(message);
    case ENOENT:
      return NotFound(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case EEXIST:
      return absl::AlreadyExistsError(message);
    default:
      return Internal(message);
  }
}

}  // namespace hydrant
