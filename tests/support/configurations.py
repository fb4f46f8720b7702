"""Random destination configurations: from the model's shapes, with by hand only what rules beyond the model want."""
import string

from hypothesis import strategies as st

from .hydrant import ROLE
from .service_model import pattern_of, service

FAMILIES = {  # the name in requests: (its member in create, update and describe, less the ending)
    "s3": "ExtendedS3Destination", "old_s3": "S3Destination", "redshift": "RedshiftDestination",
    "elasticsearch": "ElasticsearchDestination", "opensearch": "AmazonopensearchserviceDestination",
    "serverless": "AmazonOpenSearchServerlessDestination", "splunk": "SplunkDestination", "http": "HttpEndpointDestination",
    "snowflake": "SnowflakeDestination", "iceberg": "IcebergDestination"}
LETTERS = string.ascii_letters + string.digits
PRINTABLE = LETTERS + " !#$%&()*+,-./:;<=>?@[]^_`{|}~'\"\\"
ARN = "arn:aws:{}:us-east-1:000000000000:{}"

# Members with rules beyond the model that nothing here is about, or whose description is made and not given.
LEFT_OUT = {"VpcConfiguration", "SnowflakeVpcConfiguration", "DataFormatConversionConfiguration", "DynamicPartitioningConfiguration",
            "SchemaEvolutionConfiguration", "TableCreationConfiguration", "SecretsManagerConfiguration", "S3BackupMode",
            "S3BackupConfiguration", "S3BackupUpdate"}


def words(least=1, most=12, alphabet=LETTERS):
    return st.text(alphabet, min_size=least, max_size=most)


def folders():
    return st.lists(words(1, 6, LETTERS + "-_="), min_size=1, max_size=3).map(lambda names: "/".join(names) + "/")


def lambda_processor():
    return st.fixed_dictionaries({"Type": st.just("Lambda"), "Parameters": st.builds(
        lambda name, retries: [{"ParameterName": "LambdaArn", "ParameterValue": ARN.format("lambda", f"function:{name}")},
                               {"ParameterName": "NumberOfRetries", "ParameterValue": str(retries)},
                               {"ParameterName": "BufferSizeInMBs", "ParameterValue": "1"},
                               {"ParameterName": "BufferIntervalInSeconds", "ParameterValue": "60"}], words(), st.integers(0, 300))})


BY_SHAPE = {
    "RoleARN": words().map(lambda name: f"{ROLE}-{name}"),
    "BucketARN": words(3, 20, string.ascii_lowercase + string.digits).map(lambda name: f"arn:aws:s3:::{name}"),
    "Prefix": folders(),
    "ErrorOutputPrefix": folders().map(lambda text: text + "!{firehose:error-output-type}/"),
    "FileExtension": words(1, 5, string.ascii_lowercase).map(lambda text: "." + text),
    "CustomTimeZone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    "EncryptionConfiguration": st.one_of(
        st.just({"NoEncryptionConfig": "NoEncryption"}),
        words().map(lambda key: {"KMSEncryptionConfig": {"AWSKMSKeyARN": ARN.format("kms", f"key/{key}")}})),
    "CloudWatchLoggingOptions": st.one_of(
        st.just({"Enabled": False}),
        st.builds(lambda group, stream: {"Enabled": True, "LogGroupName": group, "LogStreamName": stream}, words(), words())),
    "ProcessingConfiguration": lambda_processor().flatmap(
        lambda processor: st.sampled_from([{"Enabled": True, "Processors": [processor]}, {"Enabled": False, "Processors": [processor]}])),
    "ElasticsearchDomainARN": words(3, 20, string.ascii_lowercase).map(lambda name: ARN.format("es", f"domain/{name}")),
    "AmazonopensearchserviceDomainARN": words(3, 20, string.ascii_lowercase).map(lambda name: ARN.format("es", f"domain/{name}")),
    "ClusterJDBCURL": words(1, 20, string.ascii_lowercase).map(lambda name: f"jdbc:redshift://{name}.redshift.amazonaws.com:5439/{name}"),
    "AmazonOpenSearchServerlessCollectionEndpoint": words().map(lambda name: f"https://{name}.us-east-1.aoss.amazonaws.com"),
    "ElasticsearchIndexName": words(1, 12, string.ascii_lowercase),
    "AmazonopensearchserviceIndexName": words(1, 12, string.ascii_lowercase),
    "AmazonOpenSearchServerlessIndexName": words(1, 12, string.ascii_lowercase),
    "HECToken": words(),
    "HECEndpoint": words().map(lambda name: f"https://{name}.example.com:8088"),
    "HttpEndpointUrl": words().map(lambda name: f"https://{name}.example.com/"),
    "SnowflakeAccountUrl": words().map(lambda name: f"https://{name}.us-east-1.snowflakecomputing.com"),
    "SnowflakePrivateKey": words(64, 64).map(lambda text: text * 4),
    "CatalogConfiguration": st.just({"CatalogARN": ARN.format("glue", "catalog")}),
    "DestinationTableConfigurationList": st.builds(lambda db, table: [{"DestinationDatabaseName": db, "DestinationTableName": table}], words(), words()),
    "HttpEndpointCommonAttributesList": st.dictionaries(words(), words(), max_size=3).map(
        lambda pairs: [{"AttributeName": name, "AttributeValue": value} for name, value in pairs.items()]),
    "SnowflakeRoleConfiguration": words().map(lambda role: {"Enabled": True, "SnowflakeRole": role}),
    "SnowflakeDataLoadingOption": st.just("JSON_MAPPING"),
    "IcebergS3BackupMode": st.just("FailedDataOnly"),
}


def _text(shape):
    low, high = shape.metadata.get("min", 0), min(shape.metadata.get("max", 30), shape.metadata.get("min", 0) + 30)
    if shape.enum:
        return st.sampled_from(shape.enum)
    pattern = pattern_of(shape)
    if pattern:
        return st.from_regex(pattern, fullmatch=True, alphabet=PRINTABLE).filter(lambda text: low <= len(text) <= high)
    return st.text(PRINTABLE, min_size=low, max_size=high)


def _number(shape):
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 2**31 - 1)
    return st.integers(low, high) if shape.type_name in ("integer", "long") else st.floats(low, high, allow_nan=False)


def value_of(shape, whole=False):
    """Valid values of a shape. `whole`: structures have all their members."""
    if shape.name in BY_SHAPE:
        return BY_SHAPE[shape.name]
    if shape.type_name == "string":
        return _text(shape)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name == "list":
        return st.lists(value_of(shape.member, whole), min_size=shape.metadata.get("min", 1), max_size=3)
    if shape.type_name == "structure":
        return structure(shape, whole)
    return _number(shape)


def structure(shape, whole=False):
    members = {name: value_of(member, whole or name.endswith("Hints") or name == "CopyCommand" or name == "EndpointConfiguration")
               for name, member in shape.members.items() if name not in LEFT_OUT}
    required = members.keys() if whole else [name for name in members if name in shape.required_members]
    return st.fixed_dictionaries({name: members[name] for name in required},
                                 optional={name: members[name] for name in members if name not in required}).map(_by_the_rules(shape.name))


def _by_the_rules(name):
    """What the model does not say: at most one of two, only together, never here."""
    def mend(value):
        if value.keys() >= {"DomainARN", "ClusterEndpoint"}:
            del value["ClusterEndpoint"]
        if name.startswith("Redshift"):
            for member in value.keys() & {"S3Configuration", "S3Update"}:
                value[member].pop("ErrorOutputPrefix", None)
                value[member].pop("CompressionFormat", None)
        for member in value.keys() & {"ContentColumnName", "MetaDataColumnName", "TypeName"}:
            del value[member]
        return value
    return mend


# What a valid configuration has although the model does not require it.
NEEDED = {"redshift": ("Username", "Password"), "elasticsearch": ("DomainARN",), "opensearch": ("DomainARN",), "splunk": ("HECToken",),
          "serverless": ("CollectionEndpoint",), "snowflake": ("PrivateKey", "User"), "http": ("RoleARN",), "iceberg": ("DestinationTableConfigurationList",)}


def configuration(family):
    shape = service().shape_for(FAMILIES[family] + "Configuration")
    needed = {name: value_of(shape.members[name]) for name in NEEDED.get(family, ())}
    return st.builds(lambda value, more: _by_the_rules(shape.name)(value | more), structure(shape), st.fixed_dictionaries(needed))


def update(family):
    """Any members, those that are structures whole: so that only whether members are kept matters, not how deep."""
    shape = service().shape_for(FAMILIES[family] + "Update")
    members = {name: structure(member) if name == "S3Update" else value_of(member, whole=True)
               for name, member in shape.members.items() if name not in LEFT_OUT | {"ProcessingConfiguration", "ClusterEndpoint", "CloudWatchLoggingOptions"}}
    members.pop("S3Configuration", None)  # of Iceberg: as S3Update elsewhere, but with required members
    return st.fixed_dictionaries({}, optional=members).map(_by_the_rules(shape.name))
