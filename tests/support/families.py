"""A small right destination of each family but S3's, and streams with it."""
from .hydrant import ACCOUNT, ROLE

BUCKET = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::test-bucket"}
DOMAIN = f"arn:aws:es:us-east-1:{ACCOUNT}:domain/docs"
SECRET = "very-secret"
FAMILIES = {
    "Redshift": {"ClusterJDBCURL": "jdbc:redshift://c.x.us-east-1.redshift.amazonaws.com:5439/db", "RoleARN": ROLE,
                 "CopyCommand": {"DataTableName": "t"}, "Username": "u", "Password": SECRET},
    "Elasticsearch": {"DomainARN": DOMAIN, "IndexName": "i", "RoleARN": ROLE},
    "Amazonopensearchservice": {"DomainARN": DOMAIN, "IndexName": "i", "RoleARN": ROLE},
    "AmazonOpenSearchServerless": {"CollectionEndpoint": "https://c.us-east-1.aoss.amazonaws.com", "IndexName": "i", "RoleARN": ROLE},
    "Splunk": {"HECEndpoint": "https://splunk:8088", "HECEndpointType": "Raw", "HECToken": "the-token"},
    "HttpEndpoint": {"EndpointConfiguration": {"Url": "http://127.0.0.1:1/", "AccessKey": SECRET}},
    "Snowflake": {"AccountUrl": "https://account.snowflakecomputing.com", "User": "u", "PrivateKey": "verysecret" + "A" * 246,
                  "Database": "d", "Schema": "s", "Table": "t", "RoleARN": ROLE, "KeyPassphrase": SECRET},
    "Iceberg": {"CatalogConfiguration": {"CatalogARN": f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog"}, "RoleARN": ROLE,
                "DestinationTableConfigurationList": [{"DestinationTableName": "t", "DestinationDatabaseName": "d"}]},
}


def create(client, family, name="logs", **changes):
    destination = FAMILIES[family] | {"S3Configuration": BUCKET} | changes
    return client.create_delivery_stream(DeliveryStreamName=name, **{f"{family}DestinationConfiguration": destination})


def describe(client, name="logs"):
    return client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
