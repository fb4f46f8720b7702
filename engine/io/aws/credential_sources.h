// The places of the default chain, each on its own. kNotFound: nothing is configured there, try the
// next one; any other error: something is, but it does not work, and another identity must not take
// its place.
// Owner:   any thread
// Source:  AWS SDKs and Tools Reference Guide, "Standardized credential providers": environment
//          variables, shared files, container credential provider, IMDS credential provider
#pragma once

#include "engine/base/status.h"
#include "engine/io/aws/credentials.h"
#include "engine/io/http_client.h"

#include <boost/asio/awaitable.hpp>

namespace hydrant::aws {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
StatusOr<Credentials> EnvironmentCredentials();
// Profile AWS_PROFILE of AWS_SHARED_CREDENTIALS_FILE, then of AWS_CONFIG_FILE.
StatusOr<Credentials> SharedFileCredentials();
// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS tasks, EKS pods).
asio::awaitable<StatusOr<Credentials>> ContainerCredentials(HttpClient& http);
// The EC2 instance's role, by IMDSv2.
asio::awaitable<StatusOr<Credentials>> InstanceCredentials(HttpClient& http);

// Is it https, or http to this machine or the container agents' own addresses?
bool IsAllowedContainerUri(std::string_view uri);
// {"AccessKeyId": …, "SecretAccessKey": …, "Token": …, "Expiration": …} as both services answer.
StatusOr<Credentials> ParseCredentialsDocument(const std::string& json);

}  // namespace hydrant::aws
