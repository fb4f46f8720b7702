// Server-side encryption: which key a request asks for, and whether this node can say that records are encrypted.
// hydrant encrypts nothing itself; it only passes on that the disk below its log is encrypted (log.encryption).
// Owner:   any thread; pure
// Source:  firehose 2015-08-04 service model (DeliveryStreamEncryptionConfigurationInput,
//          DeliveryStreamEncryptionConfiguration, StartDeliveryStreamEncryption); the wording of messages:
//          answers of AWS, as users and tools report them; docs/decisions/0012-encryption-at-rest.md
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace hydrant {

struct NodeConfig;

inline constexpr std::string_view kEncryptionInput = "DeliveryStreamEncryptionConfigurationInput";

// `input` has passed the model, or is the sound part of one that has not. Broken rules go to `problems`, of a
// create request for a stream of that type.
EncryptionKey ParseEncryption(const nlohmann::json& input, std::string_view stream_type,
                              const ProblemsBelow& problems);

// Why a stream's records can't be said to be encrypted with that key, for people; empty: they can.
std::string WhyNotEncrypted(const EncryptionKey& key, const NodeConfig& config);

// What DescribeDeliveryStream shows: DISABLED, ENABLED, or ENABLING_FAILED with the reason.
nlohmann::ordered_json DescribeEncryption(const StreamDefinition& stream);

}  // namespace hydrant
