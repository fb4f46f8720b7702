#include "engine/config/options.h"
#include "engine/config/text_rules.h"

namespace hydrant {
namespace {

constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kTiB = int64_t{1} << 40;
constexpr int64_t kSecond = 1000;  // bounds of durations are in milliseconds
constexpr int64_t kHour = 3600 * kSecond;

constexpr std::string_view kAuthModes[] = {"auto", "sigv4", "none"};
constexpr std::string_view kValidations[] = {"relaxed", "strict"};
constexpr std::string_view kDurabilities[] = {"fsync", "os", "memory"};
constexpr std::string_view kPayloadSignings[] = {"auto", "always", "never"};
constexpr std::string_view kLogEncryptions[] = {"none", "disk"};
constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kLogFormats[] = {"auto", "text", "json"};

#define SLOT(member) [](NodeConfig& config) -> OptionSlot { return &config.member; }

using enum OptionType;
constexpr OptionRow kRows[] = {
    {.name = "listen",
     .type = kText,
     .slot = SLOT(listen),
     .example = "0.0.0.0:4573",
     .help = "Address and port of the Firehose API and the plain ingest paths. An address that is "
             "not loopback needs credentials, or auth: none.",
     .broken_rule = BrokenAddressRule},
    {.name = "admin",
     .type = kText,
     .slot = SLOT(admin),
     .example = "127.0.0.1:9574",
     .help = "Address and port of /metrics, /health, /ready and the list of streams.",
     .broken_rule = BrokenAddressRule},
    {.name = "data_dir",
     .type = kText,
     .slot = SLOT(data_dir),
     .example = "/var/lib/hydrant",
     .help = "Directory of the record log and the stream definitions. Acknowledged records live "
             "here until they are delivered: put it on a disk that lasts.",
     .broken_rule = BrokenNotEmptyRule},
    {.name = "region",
     .type = kText,
     .slot = SLOT(region),
     .example = "eu-central-1",
     .help = "Region that stands in ARNs and in request signatures.",
     .broken_rule = BrokenRegionRule},
    {.name = "account_id",
     .type = kText,
     .slot = SLOT(account_id),
     .example = "123456789012",
     .help = "AWS account number that stands in ARNs.",
     .broken_rule = BrokenAccountRule},
    {.name = "auth",
     .type = kChoice,
     .slot = SLOT(auth),
     .example = "sigv4",
     .help = "Whether requests must be signed. auto: signed when credentials are configured, else "
             "open, on loopback only. none: open on every address, said in so many words.",
     .choices = kAuthModes},
    {.name = "credentials",
     .type = kAccessKeys,
     .slot = SLOT(credentials),
     .example = "[{access_key_id: AKIDEXAMPLE, secret_access_key: \"${HYDRANT_SECRET}\"}, "
                "{access_key_id: AKIDPUT, secret_access_key: {file: /run/secrets/put}, policy: "
                "{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: "
                "\"firehose:PutRecord*\", Resource: "
                "\"arn:aws:firehose:*:*:deliverystream/logs-*\"}]}}]",
     .help = "Access keys that producers sign with (or send as user name and password of HTTP "
             "Basic on the plain ingest paths).",
     .secret = true},
    {.name = "auth_replay_guard",
     .type = kInteger,
     .slot = SLOT(auth_replays_max),
     .example = "1000000",
     .help = "How many of the latest signatures are remembered; a request that brings one of them "
             "again is refused. 0 switches it off, as AWS has no such check. Some 70 bytes each: "
             "take the number of requests of ten minutes. What the API answers with 503 may come "
             "again. Most clients sign no id of their own (boto3, curl): what they send twice in a "
             "second, an equal record too, is then refused.",
     .max = 10'000'000},
    {.name = "tls.certificate_file",
     .type = kText,
     .slot = SLOT(tls_certificate_file),
     .example = "/etc/hydrant/tls.crt",
     .help = "PEM file of the server's certificate chain. With it, `listen` speaks TLS. The files "
             "are read again when they change, and at SIGHUP.",
     .unset = "no TLS"},
    {.name = "tls.private_key_file",
     .type = kText,
     .slot = SLOT(tls_private_key_file),
     .example = "/etc/hydrant/tls.key",
     .help = "PEM file of the certificate's private key.",
     .unset = "no TLS"},
    {.name = "tls.client_ca_file",
     .type = kText,
     .slot = SLOT(tls_client_ca_file),
     .example = "/etc/hydrant/clients.pem",
     .help = "PEM file of authorities. With it, every client must show a certificate that one of "
             "them vouches for, beside its signature.",
     .unset = "no client certificates"},
    {.name = "validation",
     .type = kChoice,
     .slot = SLOT(strict_validation),
     .example = "strict",
     .help = "relaxed also accepts what AWS refuses only because it is a managed service; strict "
             "refuses it too.",
     .choices = kValidations},
    {.name = "memory",
     .type = kSize,
     .slot = SLOT(memory_bytes),
     .example = "512 MiB",
     .help = "What resident memory may grow by for records on their way. At this bound producers "
             "are told to slow down.",
     .min = 64 * kMiB,
     .max = kTiB},
    {.name = "workers",
     .type = kInteger,
     .slot = SLOT(workers),
     .example = "4",
     .help = "Threads for decisions and CPU work.",
     .unset = "one a core",
     .max = 1024},
    {.name = "io_threads",
     .type = kInteger,
     .slot = SLOT(io_threads),
     .example = "2",
     .help = "Threads that serve connections, and as many others that deliver.",
     .unset = "one a core, at most 4",
     .max = 256},
    {.name = "s3.endpoint",
     .type = kText,
     .slot = SLOT(s3.endpoint),
     .example = "http://127.0.0.1:9000",
     .help = "Where buckets are: an S3 server's URL, or file:///DIRECTORY for a directory whose "
             "folders are the buckets; they must be there.",
     .unset = "AWS, by region",
     .broken_rule = BrokenS3EndpointRule},
    {.name = "s3.region",
     .type = kText,
     .slot = SLOT(s3.region),
     .example = "eu-central-1",
     .help = "Region of the buckets.",
     .unset = "`region`",
     .broken_rule = BrokenRegionRule},
    {.name = "s3.path_style",
     .type = kBoolean,
     .slot = SLOT(s3.path_style),
     .example = "true",
     .help = "Put the bucket into the path (most S3 servers want it) and not into the host name."},
    {.name = "s3.access_key_id",
     .type = kText,
     .slot = SLOT(s3.access_key_id),
     .example = "\"${S3_ACCESS_KEY_ID}\"",
     .help = "Access key for the buckets.",
     .unset = "the AWS default chain: environment, shared files, container, instance"},
    {.name = "s3.secret_access_key",
     .type = kText,
     .slot = SLOT(s3.secret_access_key),
     .example = "{file: /run/secrets/s3}",
     .help = "Secret of that access key.",
     .secret = true},
    {.name = "s3.session_token",
     .type = kText,
     .slot = SLOT(s3.session_token),
     .example = "\"${AWS_SESSION_TOKEN}\"",
     .help = "Session token, when the access key is a temporary one.",
     .secret = true},
    {.name = "s3.ca_file",
     .type = kText,
     .slot = SLOT(s3.ca_file),
     .example = "/etc/hydrant/ca.pem",
     .help = "PEM file of the authorities that may vouch for the S3 server.",
     .unset = "the system's"},
    {.name = "s3.verify_tls",
     .type = kBoolean,
     .slot = SLOT(s3.verify_tls),
     .example = "false",
     .help = "Check the S3 server's certificate. Switch it off for experiments only."},
    {.name = "s3.payload_signing",
     .type = kChoice,
     .slot = SLOT(s3.payload_signing),
     .example = "never",
     .help =
         "Whether the signature of an upload covers the SHA-256 of its bytes, so that nobody on "
         "the way can change them; hashing costs about as much as everything else that is done "
         "for an object that isn't compressed. auto: where neither TLS protects them nor the "
         "server is on this machine; with a tunnel on it that goes on without TLS, set always. A "
         "CRC-32C, which finds accidents, goes with every upload.",
     .choices = kPayloadSignings},
    {.name = "s3.multipart_size",
     .type = kSize,
     .slot = SLOT(s3.multipart_bytes),
     .example = "32 MiB",
     .help = "Objects larger than this go up in parts of this size.",
     .min = 5 * kMiB,
     .max = 5 * kGiB},
    {.name = "s3.timeout",
     .type = kDuration,
     .slot = SLOT(s3.timeout),
     .example = "2m",
     .help = "How long a request to the S3 server may stand still, nothing sent and nothing "
             "received, before it is given up and tried again. A slow line is no reason to: the "
             "whole request may take ten minutes and a second more for every 4 KiB.",
     .min = kSecond,
     .max = kHour},
    {.name = "log.durability",
     .type = kChoice,
     .slot = SLOT(log.durability),
     .example = "os",
     .help = "What an acknowledged record survives. fsync: power loss. os: kill -9. memory: "
             "nothing, for data that may be lost. A stream may say otherwise.",
     .choices = kDurabilities},
    {.name = "log.quota",
     .type = kSize,
     .slot = SLOT(log.quota_bytes),
     .example = "200 GiB",
     .help = "Most that the record logs of all streams may hold on disk. At this bound producers "
             "are told to slow down.",
     .min = 64 * kMiB,
     .max = 1024 * kTiB},
    {.name = "log.retention",
     .type = kDuration,
     .slot = SLOT(log.retention_time),
     .example = "1d",
     .help = "How long delivered records are kept for replay.",
     .max = 365 * 24 * kHour},
    {.name = "log.retention_size",
     .type = kSize,
     .slot = SLOT(log.retention_bytes),
     .example = "10 GiB",
     .help = "How much of a stream's delivered records is kept for replay, at most.",
     .max = 1024 * kTiB},
    {.name = "log.segment_size",
     .type = kSize,
     .slot = SLOT(log.segment_bytes),
     .example = "128 MiB",
     .help = "Size at which a new file of the record log is begun.",
     .min = 4 * kMiB,
     .max = 4 * kGiB},
    {.name = "log.encryption",
     .type = kChoice,
     .slot = SLOT(log.on_encrypted_disk),
     .example = "disk",
     .help = "What encrypts the record logs at rest; hydrant itself does not. disk: you say that "
             "the disk of data_dir is encrypted, so streams may have server-side encryption with "
             "the key type AWS_OWNED_CMK. none: nothing, and streams that ask for it are told so.",
     .choices = kLogEncryptions},
    {.name = "log.writers",
     .type = kInteger,
     .slot = SLOT(log_writers),
     .example = "2",
     .help = "Threads that write the record logs; streams are spread over them. More help only "
             "with disks that commit in parallel.",
     .min = 1,
     .max = 64},
    {.name = "limits.streams",
     .type = kInteger,
     .slot = SLOT(streams_max),
     .example = "50",
     .help = "Most delivery streams that this node takes.",
     .min = 1,
     .max = 100'000},
    {.name = "limits.connections",
     .type = kInteger,
     .slot = SLOT(limits.connections),
     .example = "2000",
     .help = "Most connections to `listen` at a time. Past it the one that is idle longest is "
             "closed; when all are busy, new ones are answered 503.",
     .min = 1,
     .max = 1'000'000},
    {.name = "limits.connections_per_address",
     .type = kInteger,
     .slot = SLOT(limits.connections_per_address),
     .example = "100",
     .help = "Most connections of one client address (of IPv6: of one /64). More are closed at "
             "once. 0: no limit.",
     .max = 1'000'000},
    {.name = "limits.requests_per_second",
     .type = kInteger,
     .slot = SLOT(limits.requests_per_second),
     .example = "1000",
     .help = "Most requests a second of one client address (of IPv6: of one /64), counted before "
             "anything is checked; those of one second may come at once. More are answered "
             "ThrottlingException, on the plain ingest paths 429. 0: no limit.",
     .max = 10'000'000},
    {.name = "limits.header_size",
     .type = kSize,
     .slot = SLOT(limits.header_bytes),
     .example = "16 KiB",
     .help = "Most that a request's headers may take.",
     .min = 4 * 1024,
     .max = 16 * kMiB},
    {.name = "limits.body_size",
     .type = kSize,
     .slot = SLOT(limits.body_bytes),
     .example = "100 MiB",
     .help = "Most that a request's body may take on the wire; for uploads of lines, which have no "
             "end of their own. The API's limits stay below it.",
     .unset = "no limit",
     .max = kTiB},
    {.name = "audit.enabled",
     .type = kBoolean,
     .slot = SLOT(audit.enabled),
     .example = "false",
     .help =
         "Write a record of every call that creates, changes, deletes or looks at streams (not "
         "of puts): one JSON object a line, in the form of CloudTrail's records. What is secret "
         "in a call is left out."},
    {.name = "audit.file",
     .type = kText,
     .slot = SLOT(audit.file),
     .example = "/var/log/hydrant/audit.jsonl",
     .help = "File of these records, a regular one. When it is moved away it is begun anew.",
     .unset = "`audit/audit.jsonl` in `data_dir`"},
    {.name = "audit.file_size",
     .type = kSize,
     .slot = SLOT(audit.file_bytes),
     .example = "64 MiB",
     .help = "Size at which that file gets the suffix .1, the one before .2, and so on.",
     .min = 64 * 1024,
     .max = kTiB},
    {.name = "audit.files",
     .type = kInteger,
     .slot = SLOT(audit.files),
     .example = "30",
     .help = "How many of these files are kept, the one that is written included.",
     .min = 1,
     .max = 1000},
    {.name = "transition_time",
     .type = kDuration,
     .slot = SLOT(transition_time),
     .example = "2s",
     .help = "How long CREATING, DELETING, ENABLING and DISABLING are shown at least, for clients "
             "that must cope with them as with AWS's. A restart ends all but DELETING.",
     .max = 60 * kSecond},
    {.name = "drain_timeout",
     .type = kDuration,
     .slot = SLOT(drain_timeout),
     .example = "2m",
     .help = "Longest time to deliver what is buffered after SIGTERM. What is left stays in the "
             "record log for the next start.",
     .max = kHour},
    {.name = "log_level",
     .type = kChoice,
     .slot = SLOT(log_level),
     .example = "debug",
     .help = "Least important log line that is written.",
     .choices = kLogLevels},
    {.name = "log_format",
     .type = kChoice,
     .slot = SLOT(log_format),
     .example = "json",
     .help = "Form of log lines. auto: text on a terminal, else one JSON object a line.",
     .choices = kLogFormats},
    {.name = "streams",
     .type = kStreams,
     .slot = SLOT(streams),
     .example = "[{DeliveryStreamName: logs, ExtendedS3DestinationConfiguration: {BucketARN: "
                "\"arn:aws:s3:::logs\", RoleARN: \"arn:aws:iam::000000000000:role/hydrant\"}}]",
     .help = "Delivery streams that are created or updated at start, each in the shape of a "
             "CreateDeliveryStream request, with our additions under its key `Hydrant`."},
};
#undef SLOT

constexpr AccessKeyMember kAccessKeyMembers[] = {
    {"access_key_id", &AccessKey::access_key_id, "Name of the key, as producers send it.",
     BrokenAccessKeyIdRule, false, true},
    {"secret_access_key", &AccessKey::secret_access_key, "Its secret.", BrokenNotEmptyRule, true,
     true},
    {"session_token", &AccessKey::session_token,
     "Token that requests signed with the key must bring along, when it is a temporary one.",
     BrokenNotEmptyRule, true, false},
    {"policy", &AccessKey::policy,
     "What the key may do, in IAM's policy language: Effect, Action or NotAction, Resource or "
     "NotResource, with * and ?. Without one it may do everything.",
     nullptr, false, false, true},
};

}  // namespace

std::span<const OptionRow> OptionRows() { return kRows; }
std::span<const AccessKeyMember> AccessKeyMembers() { return kAccessKeyMembers; }

}  // namespace hydrant
