"""What DescribeDeliveryStream must say of a destination that was configured so."""

SECRETS = {"Password", "AccessKey", "PrivateKey", "KeyPassphrase"}
RENAMED = {"S3Configuration": "S3DestinationDescription", "S3Update": "S3DestinationDescription"}
S3 = {"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300}, "CompressionFormat": "UNCOMPRESSED",
      "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}, "CloudWatchLoggingOptions": {"Enabled": False}}
SEARCH = {"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300}, "RetryOptions": {"DurationInSeconds": 300},
          "S3BackupMode": "FailedDocumentsOnly", "CloudWatchLoggingOptions": {"Enabled": False}}
DEFAULTS = {
    "s3": S3 | {"S3BackupMode": "Disabled"}, "old_s3": S3,
    "redshift": {"RetryOptions": {"DurationInSeconds": 3600}, "S3BackupMode": "Disabled", "CloudWatchLoggingOptions": {"Enabled": False}},
    "elasticsearch": SEARCH | {"IndexRotationPeriod": "OneDay"}, "opensearch": SEARCH | {"IndexRotationPeriod": "OneDay"}, "serverless": SEARCH,
    "splunk": {"HECAcknowledgmentTimeoutInSeconds": 180, "RetryOptions": {"DurationInSeconds": 3600}, "S3BackupMode": "FailedEventsOnly",
               "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}, "CloudWatchLoggingOptions": {"Enabled": False}},
    "http": {"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300}, "RetryOptions": {"DurationInSeconds": 300},
             "S3BackupMode": "FailedDataOnly", "CloudWatchLoggingOptions": {"Enabled": False}},
    "snowflake": {"RetryOptions": {"DurationInSeconds": 60}, "S3BackupMode": "FailedDataOnly", "CloudWatchLoggingOptions": {"Enabled": False}},
    "iceberg": {"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300}, "RetryOptions": {"DurationInSeconds": 300},
                "S3BackupMode": "FailedDataOnly", "CloudWatchLoggingOptions": {"Enabled": False}},
}
WHOLES = {"BufferingHints", "EncryptionConfiguration"}
# Where documentation names no default, or two: filled in or not, with any value.
MAY_BE_THERE = {"snowflake": {"BufferingHints", "DataLoadingOption"}, "elasticsearch": {"DocumentIdOptions"}, "opensearch": {"DocumentIdOptions"},
                "http": {"RequestConfiguration"}}


def without_secrets(value):
    if isinstance(value, list):
        return [without_secrets(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {key: without_secrets(member) for key, member in value.items() if key not in SECRETS}


def with_lambda_defaults(family, processing, role):
    """Lambda processors show what they do when they are not told, as users of AWS see it (terraform-provider-aws ignores just these)."""
    defaults = {"NumberOfRetries": "3", "RoleArn": role, "BufferSizeInMBs": "0.25" if family == "splunk" else "1", "BufferIntervalInSeconds": "60"}
    processors = []
    for processor in processing["Processors"]:
        named = {parameter["ParameterName"] for parameter in processor["Parameters"]}
        missing = [{"ParameterName": name, "ParameterValue": value} for name, value in defaults.items() if name not in named]
        processors.append(processor | {"Parameters": processor["Parameters"] + (missing if processor["Type"] == "Lambda" else [])})
    return processing | {"Processors": processors}


def described(family, configuration):
    """The description of a configuration: what was given without its secrets, and the defaults."""
    given = {RENAMED.get(key, key): member for key, member in without_secrets(configuration).items()}
    if "ProcessingConfiguration" in given:
        role = given.get("RoleARN") or given["S3DestinationDescription"]["RoleARN"]
        given["ProcessingConfiguration"] = with_lambda_defaults(family, given["ProcessingConfiguration"], role)
    if "S3DestinationDescription" in given:
        given["S3DestinationDescription"] = S3 | given["S3DestinationDescription"]
    if "RetryOptions" in given:
        given["RetryOptions"] = DEFAULTS[family]["RetryOptions"] | given["RetryOptions"]  # which may be empty
    return DEFAULTS[family] | given


def updated(configuration, changes):
    """The configuration after an update, of the form that `described` takes: only what is given changes; lists, and what comes together
    or not at all, as a whole."""
    result = dict(configuration)
    for key, member in changes.items():
        name = "S3Configuration" if key == "S3Update" else key
        deep = name not in WHOLES and isinstance(member, dict) and isinstance(result.get(name), dict)
        result[name] = updated(result[name], member) if deep else member
    return result


def says_nothing(value):
    """What describes a member as not being there: an empty text or list, what is switched off."""
    return not value or (isinstance(value, dict) and all(map(says_nothing, value.values())))


def wrong_members(family, expected, got, path=""):
    """Members that are not as expected, or there although they should not be."""
    found = []
    for key in expected.keys() | got.keys():
        name = f"{path}{key}"
        if key not in expected:
            if not says_nothing(got[key]) and key not in MAY_BE_THERE.get(family, ()):
                found.append(f"{name}: expected nothing, got {got[key]!r}")
        elif isinstance(expected[key], dict) and isinstance(got.get(key), dict):
            found += wrong_members(family, expected[key], got[key], name + ".")
        elif key in got and expected[key] != got[key] or key not in got and not says_nothing(expected[key]):
            found.append(f"{name}: expected {expected[key]!r}, got {got.get(key)!r}")
    return found
