// What every actor file needs of CAF, and nothing more. CAF headers are included in actors/ only.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

// Marks a message type: a plain struct that never leaves the process. At global scope.
#define HYDRANT_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hydrant::type)
