"""Writes and reads one object with boto3: `with_boto3.py write|read KEY FILE`."""

import json
import os
import sys

import boto3
from botocore.config import Config

operation, key, path = sys.argv[1:]
bucket = os.environ["BUCKET"]
client = boto3.client(
    "s3",
    endpoint_url=os.environ["ENDPOINT"],
    region_name=os.environ["REGION"],
    aws_access_key_id=os.environ["ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["SECRET_ACCESS_KEY"],
    config=Config(s3={"addressing_style": "path"}),
)

if operation == "write":
    with open(path, "rb") as body:
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="text/x-notes",
            CacheControl="no-cache",
            Metadata={"owner": "ann"},
        )
else:
    answer = client.get_object(Bucket=bucket, Key=key)
    with open(path, "wb") as file:
        file.write(answer["Body"].read())
    seen = {
        "content_type": answer.get("ContentType"),
        "cache_control": answer.get("CacheControl"),
        "user": answer.get("Metadata"),
    }
    print(json.dumps(seen))
