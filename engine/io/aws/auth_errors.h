// What AWS answers to a request whose signature does not hold.
// Owner:   any thread
// Source:  AWS General Reference, "Common errors" and "Troubleshooting Signature Version 4"; the words of
//          missing parts: kinesalite, which was tested against AWS
#pragma once

#include "engine/stream/api_error.h"

#include <string>
#include <string_view>
#include <utility>

namespace hydrant::aws {

inline ApiError MissingAuthentication() {
  return {"MissingAuthenticationTokenException", "Missing Authentication Token", 400};
}
inline ApiError IncompleteSignature(std::string message) {
  return {"IncompleteSignatureException", std::move(message), 400};
}
inline ApiError InvalidSignature(std::string message) {
  return {"InvalidSignatureException", std::move(message), 400};
}
inline ApiError UnrecognizedClient() {
  return {"UnrecognizedClientException", "The security token included in the request is invalid.",
          400};
}
inline ApiError SignatureMismatch() {
  return InvalidSignature(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

// What a client sent, fit for a message.
inline std::string QuotedForError(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 80)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + "'";
}

}  // namespace hydrant::aws
